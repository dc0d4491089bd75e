//! Is there a trend? The line of Theil and Sen, the test of Mann and Kendall, and many tests at once.
//!
//! Which direction is a good one, and what is said of a trend, is left to the analyses.

use super::drift::p_value_of_drift;
use super::spread::{median, median_of, nth_smallest, present, ranks};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Up to so many values every pair gives a slope; beyond, evenly chosen pairs, about as many.
const MOST_VALUES_IN_PAIRS: usize = 1000;

/// The quantile of the normal distribution that bounds 95 % on both sides.
const Z_OF_95_PERCENT: f64 = 1.959_963_984_540_054;

/// Where fewer independent values are left, each of them like those around it, the steps between
/// neighbours tell more.
const LEAST_INDEPENDENT: f64 = 6.0;

/// A line through a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Rise per bucket: the median of the slopes of all pairs (Theil 1950, Sen 1968).
    pub slope: f64,
    /// The value at bucket 0: the median of what is left of the values without the slope.
    pub intercept: f64,
    /// The lower bound of the slope's 95 % interval (Sen, "Estimates of the regression coefficient
    /// based on Kendall's tau", 1968).
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

impl Line {
    /// The line's value at a bucket.
    pub fn at(&self, bucket: usize) -> f64 {
        self.intercept + self.slope * bucket as f64
    }
}

/// The line of Theil and Sen; none of fewer than two values.
pub fn theil_sen(values: &[Option<f64>]) -> Option<Line> {
    let points = present(values);
    if points.len() < 2 {
        return None;
    }
    let mut slopes = slopes_of_pairs(&points);
    let slope = median_of(&mut slopes)?;
    let mut rests: Vec<f64> = points.iter().map(|(at, value)| value - slope * *at as f64).collect();
    let intercept = median_of(&mut rests)?;
    let plain: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let [low, high] = slope_bounds(&mut slopes, &plain);
    Some(Line { slope, intercept, low, high })
}

/// The slope of the line of Theil and Sen alone.
pub(super) fn median_slope(values: &[Option<f64>]) -> Option<f64> {
    slope_of_points(&present(values))
}

/// The same of buckets that have a value, each with its place.
pub(super) fn slope_of_points(points: &[(usize, f64)]) -> Option<f64> {
    median_of(&mut slopes_of_pairs(points))
}

fn slopes_of_pairs(points: &[(usize, f64)]) -> Vec<f64> {
    let stride = points.len().div_ceil(MOST_VALUES_IN_PAIRS).pow(2);
    let pairs = points.len() * points.len().saturating_sub(1) / 2 / stride.max(1);
    let mut slopes = Vec::with_capacity(pairs + points.len());
    // Distances between the two of a pair, evenly chosen; with a stride of 1 all of them.
    for distance in (1..points.len()).rev().step_by(stride.max(1)) {
        for (earlier, later) in points.iter().zip(&points[distance..]) {
            slopes.push((later.1 - earlier.1) / (later.0 - earlier.0) as f64);
        }
    }
    slopes
}

/// The slopes at the ranks `(pairs ∓ z·√variance of Kendall's S) / 2`.
fn slope_bounds(slopes: &mut [f64], values: &[f64]) -> [f64; 2] {
    let all_pairs = (values.len() * (values.len() - 1) / 2) as f64;
    let chosen = slopes.len() as f64 / all_pairs;
    let reach = Z_OF_95_PERCENT * variance_of_score(values).sqrt() * chosen;
    let pairs = slopes.len() as f64;
    let low = whole(((pairs - reach) / 2.0).round_ties_even() - 1.0);
    let high = whole(f64::midpoint(pairs, reach).round_ties_even()).min(slopes.len() - 1);
    [nth_smallest(slopes, low), nth_smallest(slopes, high)]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of pairs; below 0 it is 0"
)]
fn whole(number: f64) -> usize {
    number as usize
}

/// The test of Mann (1945) and Kendall for a monotonic trend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannKendall {
    /// Kendall's S: pairs that rise less pairs that fall.
    pub statistic: f64,
    /// Kendall's tau-b, from −1 (all pairs fall) to 1; 0 for constants.
    pub tau: f64,
    /// S, brought nearer to 0 by 1, in its standard deviations.
    pub z: f64,
    /// The probability of an S as far from 0 without a trend, on both sides; 1 for constants.
    pub p_value: f64,
}

/// The test of Mann and Kendall for independent values, its variance corrected for ties; none of fewer
/// than three values.
pub fn mann_kendall(values: &[Option<f64>]) -> Option<MannKendall> {
    let plain: Vec<f64> = values.iter().copied().flatten().collect();
    test(&plain, 1.0, |z| 2.0 * Normal::standard().sf(z.abs()))
}

/// The test of Mann and Kendall for values that may depend on the ones before.
///
/// The variance of S is multiplied by the factor of Hamed & Rao ("A modified Mann-Kendall trend test
/// for autocorrelated data", 1998), which is never taken to be below 1. The autocorrelations in it are
/// `φ^k`, of an autoregression of order 1 on the ranks of what is left without the line: sampled
/// ones beyond lag 1 are mostly chance in short series. φ is freed of the bias that it has in short
/// series without their line, and z is looked up in Student's distribution with as many degrees of
/// freedom as there are independent values, less 2.
pub fn modified_mann_kendall(values: &[Option<f64>]) -> Option<MannKendall> {
    test_around(values, median_slope(values)?, 0)
}

/// The modified test, where the slope of the line is known already and a season of this period was taken
/// out. Of `n` values, `n − period` are then free to vary, which makes the noise smaller but no
/// difference between one whole period and the next.
pub(super) fn test_around(
    values: &[Option<f64>],
    slope: f64,
    period: usize,
) -> Option<MannKendall> {
    let plain: Vec<f64> = values.iter().copied().flatten().collect();
    let rests: Vec<f64> =
        present(values).iter().map(|(at, value)| value - slope * *at as f64).collect();
    let count = plain.len() as f64;
    let free = (1.0 - period as f64 / count).max(0.25);
    let factor = variance_factor(count, autocorrelation_of_ranks(&rests, &plain)) / free;
    let independent = count / factor;
    let around = test(&plain, factor, |z| both_tails(z, independent - 2.0))?;
    if independent >= LEAST_INDEPENDENT {
        return Some(around);
    }
    let drift = p_value_of_drift(&plain).max(mann_kendall(values)?.p_value);
    Some(MannKendall { p_value: around.p_value.min(drift), ..around })
}

/// The probability of a value of Student's distribution as far from 0, on both sides.
pub(super) fn both_tails(statistic: f64, freedom: f64) -> f64 {
    let student = StudentsT::new(0.0, 1.0, freedom.max(1.0));
    student.map_or(1.0, |student| (2.0 * student.sf(statistic.abs())).min(1.0))
}

fn test(values: &[f64], factor: f64, tail: impl Fn(f64) -> f64) -> Option<MannKendall> {
    if values.len() < 3 {
        return None;
    }
    let mut statistic = 0.0;
    for (place, earlier) in values.iter().enumerate() {
        let mut sum = 0_i32;
        for later in &values[place + 1..] {
            sum += i32::from(later > earlier) - i32::from(later < earlier);
        }
        statistic += f64::from(sum);
    }
    let variance = variance_of_score(values) * factor;
    if variance <= 0.0 {
        return Some(MannKendall { statistic: 0.0, tau: 0.0, z: 0.0, p_value: 1.0 });
    }
    let count = values.len() as f64;
    let pairs = count * (count - 1.0) / 2.0;
    let tied: f64 = ties(values).map(|tied| tied * (tied - 1.0) / 2.0).sum();
    let tau = statistic / (pairs * (pairs - tied)).sqrt();
    let z = statistic.signum() * (statistic.abs() - 1.0).max(0.0) / variance.sqrt();
    Some(MannKendall { statistic, tau, z, p_value: tail(z).min(1.0) })
}

/// How many values are equal, for each group of equal ones.
fn ties(values: &[f64]) -> impl Iterator<Item = f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let sizes: Vec<f64> = sorted.chunk_by(|a, b| a >= b).map(|tied| tied.len() as f64).collect();
    sizes.into_iter()
}

/// The variance of S without a trend: `(n(n−1)(2n+5) − Σ t(t−1)(2t+5)) / 18` (Kendall 1975).
fn variance_of_score(values: &[f64]) -> f64 {
    let term = |count: f64| count * (count - 1.0) * (2.0 * count + 5.0);
    (term(values.len() as f64) - ties(values).map(term).sum::<f64>()) / 18.0
}

/// The autocorrelation at lag 1 of the ranks of values without their line, freed of its bias, which is
/// `−(2 + 4φ)/n` to the first order (Kendall 1954, for a mean and a slope that were estimated).
/// What is left is rounding where it is a 1e-12th of the values.
fn autocorrelation_of_ranks(rests: &[f64], values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    let (low, high) = rests.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), rest| {
        (low.min(*rest), high.max(*rest))
    });
    if high - low <= 1e-12 * largest {
        return 0.0;
    }
    let ranks = ranks(rests);
    let count = ranks.len() as f64;
    let middle = f64::midpoint(count, 1.0);
    let squares: f64 = ranks.iter().map(|rank| (rank - middle).powi(2)).sum();
    if squares <= 0.0 || count <= 5.0 {
        return 0.0;
    }
    let products: f64 =
        ranks.iter().zip(&ranks[1..]).map(|(a, b)| (a - middle) * (b - middle)).sum();
    let sampled = products / squares;
    ((count * sampled + 2.0) / (count - 4.0)).clamp(0.0, 0.98)
}

/// `1 + 2/(n(n−1)(n−2)) · Σ (n−k)(n−k−1)(n−k−2) φ^k` (Hamed & Rao 1998, equation 12).
fn variance_factor(count: f64, autocorrelation: f64) -> f64 {
    let mut sum = 0.0;
    let (mut left, mut power) = (count - 1.0, autocorrelation);
    while left >= 3.0 && power > 1e-6 {
        sum += left * (left - 1.0) * (left - 2.0) * power;
        left -= 1.0;
        power *= autocorrelation;
    }
    1.0 + 2.0 * sum / (count * (count - 1.0) * (count - 2.0)).max(1.0)
}

/// P-values adjusted for there being many, in the order given: those below `q` hold a share of at most
/// `q` false ones (Benjamini & Hochberg, "Controlling the false discovery rate", 1995).
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least: f64 = 1.0;
    for (rank, place) in order.iter().enumerate().rev() {
        least = least.min(p_values[*place] * (p_values.len() as f64 / (rank + 1) as f64));
        adjusted[*place] = least;
    }
    adjusted
}

/// The middle of the values that are there; none of nothing.
pub(super) fn middle(values: &[Option<f64>]) -> Option<f64> {
    let plain: Vec<f64> = values.iter().copied().flatten().collect();
    median(&plain)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "whole numbers and their halves")]

    use super::*;

    fn series(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().map(|value| Some(*value)).collect()
    }

    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }

    #[test]
    fn the_slope_is_the_median_of_all_pairs() {
        // Slopes: 1, 3/2, 7/3, 2, 3, 4; what they leave of the values: 1, −1/6, −1/3, 3/2.
        let line = theil_sen(&series(&[1.0, 2.0, 4.0, 8.0])).unwrap();
        assert_near(line.slope, 13.0 / 6.0);
        assert_near(line.intercept, 5.0 / 12.0);
        // Six pairs are too few for an interval of 95 % that leaves one out.
        assert_eq!((line.low, line.high), (1.0, 4.0));
        assert_near(line.at(3), 5.0 / 12.0 + 6.5);
    }

    #[test]
    fn a_gap_takes_its_time_and_one_wild_value_changes_nothing() {
        let mut values = series(&[0.0, 2.0, 4.0, 6.0, 1000.0, 10.0, 12.0, 14.0, 16.0, 18.0]);
        assert_near(theil_sen(&values).unwrap().slope, 2.0);
        values[1] = None;
        values[2] = None;
        assert_near(theil_sen(&values).unwrap().slope, 2.0);
        assert_near(theil_sen(&values).unwrap().intercept, 0.0);
        assert_eq!(theil_sen(&[None, Some(3.0), None]), None);
    }

    #[test]
    fn long_series_are_judged_by_a_part_of_their_pairs() {
        let values: Vec<Option<f64>> = (0..2500).map(|at| Some(f64::from(at) * 0.5)).collect();
        let line = theil_sen(&values).unwrap();
        assert_near(line.slope, 0.5);
        assert_near(line.low, 0.5);
        assert!(slopes_of_pairs(&present(&values)).len() < 510_000);
    }

    #[test]
    fn pairs_that_rise_less_pairs_that_fall_are_the_statistic() {
        // Five pairs rise and one is tied; the variance is (156 − 18) / 18.
        let test = mann_kendall(&series(&[1.0, 2.0, 2.0, 3.0])).unwrap();
        assert_eq!(test.statistic, 5.0);
        assert_near(test.tau, 5.0 / 30.0_f64.sqrt());
        assert_near(test.z, 4.0 / (138.0_f64 / 18.0).sqrt());
        assert_near(test.p_value, 0.148_57);
        // 45 pairs fall, the variance is 10·9·25/18 = 125.
        let falling: Vec<f64> = (0..10).map(|at| -f64::from(at)).collect();
        let test = mann_kendall(&series(&falling)).unwrap();
        assert_eq!((test.statistic, test.tau), (-45.0, -1.0));
        assert_near(test.z, -44.0 / 125.0_f64.sqrt());
        assert!((8.29e-5..8.32e-5).contains(&test.p_value), "{}", test.p_value);
    }

    #[test]
    fn constants_have_no_trend_and_two_values_no_test() {
        let test = mann_kendall(&series(&[4.0; 7])).unwrap();
        assert_eq!((test.statistic, test.tau, test.p_value), (0.0, 0.0, 1.0));
        assert_eq!(modified_mann_kendall(&series(&[4.0; 7])).unwrap().p_value, 1.0);
        assert_eq!(mann_kendall(&series(&[1.0, 2.0])), None);
    }

    #[test]
    fn the_factor_of_the_variance_is_the_sum_of_its_lags() {
        // n = 5: 1 + 2/60 · (4·3·2·½ + 3·2·1·¼) = 1.45.
        assert_near(variance_factor(5.0, 0.5), 1.45);
        assert_near(variance_factor(50.0, 0.0), 1.0);
        // Far from its ends a series of lags with 0.5 has three times the variance.
        assert!((2.99..3.0).contains(&variance_factor(5000.0, 0.5)));
    }

    #[test]
    fn what_always_rises_rises_however_bent_it_is() {
        type Shape = fn(f64) -> f64;
        let shapes: [(&str, Shape); 5] = [
            ("square", |t| t * t),
            ("root", f64::sqrt),
            ("growth", |t| (0.1 * t).exp()),
            ("line", |t| 0.2 + 0.006 * t),
            ("leak", |t| 1.1e9 + 1.5e8 * t + 3e7 * (0.2 * t).sin()),
        ];
        for (name, shape) in shapes {
            let values: Vec<f64> = (0..40).map(|at| shape(f64::from(at))).collect();
            let test = modified_mann_kendall(&series(&values)).unwrap();
            assert!(test.p_value < 1e-9, "{name}: {test:?}");
        }
    }

    #[test]
    fn values_like_their_neighbours_are_no_sure_trend() {
        // Two slow waves, of which the second half happens to lie higher.
        let slow: Vec<f64> =
            (0..40).map(|at| (f64::from(at) * 0.3).sin() + f64::from(at) * 0.1).collect();
        let plain = mann_kendall(&series(&slow)).unwrap();
        let modified = modified_mann_kendall(&series(&slow)).unwrap();
        assert_eq!(plain.statistic, modified.statistic);
        assert!(plain.p_value < 0.001 && modified.p_value > 0.01, "{plain:?} {modified:?}");
    }

    #[test]
    fn p_values_are_adjusted_for_their_number() {
        // 0.005·4/1, 0.01·4/2, 0.03·4/3, 0.04·4/4, and none above a later one.
        let adjusted = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in adjusted.iter().zip([0.02, 0.04, 0.04, 0.02]) {
            assert_near(*found, expected);
        }
        assert_eq!(benjamini_hochberg(&[0.9, 0.9]), [0.9, 0.9]);
        assert!(benjamini_hochberg(&[]).is_empty());
    }
}
