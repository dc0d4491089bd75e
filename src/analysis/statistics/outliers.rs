//! Which values are out of the ordinary? Distances from what was expected, in scales of either side.
//!
//! What is expected is said by the caller (`profile` has levels, trend and season); how grave an
//! outlier is, is left to the analyses.

use super::spread::{MAD_TO_SIGMA, mean, median, median_of};

/// The score above which a value is an outlier (Iglewicz & Hoaglin, "How to detect and handle
/// outliers", 1993).
pub const CUTOFF: f64 = 3.5;

/// Among fewer values nothing is out of the ordinary.
pub const LEAST_POINTS: usize = 8;

/// Scales of few values are unsure, as if so many more had been fitted.
const FEW: f64 = 1.5;

/// A value that does not fit the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlier {
    /// Its bucket.
    pub at: usize,
    /// Its value.
    pub value: f64,
    /// What was expected.
    pub expected: f64,
    /// The lowest value that would not be an outlier.
    pub low: f64,
    /// The highest value that would not be one.
    pub high: f64,
    /// How far it lies from what was expected, in deviations of its side: above 3.5, or below −3.5.
    pub score: f64,
}

/// The values that lie too far from what was expected, in order of time.
///
/// Deviations are 1.4826 times the median distance, of values above and below on their own, since durations
/// and counts are skewed; the longer side is lengthened by what it is longer, because such
/// distributions have long tails too. Where most values are equal, the standard deviation takes their place.
pub fn find_outliers(values: &[Option<f64>], expected: &[Option<f64>]) -> Vec<Outlier> {
    outliers_of_fit(values, expected, 1).outliers
}

/// What does not fit, and how far values may lie from what was expected.
#[derive(Clone, Debug, Default)]
pub(super) struct Unfitting {
    /// In order of time.
    pub(super) outliers: Vec<Outlier>,
    /// The lowest and the highest distance that is none of an outlier; nothing where values are too few
    /// or all equal.
    pub(super) bounds: Option<(f64, f64)>,
}

/// The same where `fitted` numbers of what was expected were chosen by the values themselves, which
/// brings them nearer than new ones would be.
pub(super) fn outliers_of_fit(
    values: &[Option<f64>],
    expected: &[Option<f64>],
    fitted: usize,
) -> Unfitting {
    let both = values.iter().zip(expected).enumerate();
    let rows: Vec<(usize, f64, f64)> =
        both.filter_map(|(at, (value, expected))| Some((at, (*value)?, (*expected)?))).collect();
    if rows.len() < LEAST_POINTS {
        return Unfitting::default();
    }
    let rests: Vec<f64> = rows.iter().map(|(_, value, expected)| value - expected).collect();
    let plain: Vec<f64> = rows.iter().map(|(_, value, _)| *value).collect();
    let free = 1.0 - (fitted as f64 + FEW) / (rows.len() as f64 + FEW);
    let looseness = 1.0 / free.max(0.25);
    let Some(scales) = Scales::of(&rests, &plain, looseness) else { return Unfitting::default() };
    let outlier = |(at, value, expected): &(usize, f64, f64)| {
        let score = scales.score(value - expected);
        let (low, high) = (expected + scales.low(), expected + scales.high());
        let outlier = Outlier { at: *at, value: *value, expected: *expected, low, high, score };
        (score.abs() > CUTOFF).then_some(outlier)
    };
    let outliers = rows.iter().filter_map(outlier).collect();
    Unfitting { outliers, bounds: Some((scales.low(), scales.high())) }
}

/// The middle of the distances, the deviation of each side, and what is granted on top.
pub(super) struct Scales {
    middle: f64,
    below: f64,
    above: f64,
    /// Counts come in whole steps; one step is no distance where most values are equal.
    step: f64,
}

impl Scales {
    /// The scales of distances from what was expected; none for constants.
    pub(super) fn of(rests: &[f64], values: &[f64], looseness: f64) -> Option<Self> {
        let middle = median(rests)?;
        let distances: Vec<f64> = rests.iter().map(|rest| (rest - middle).abs()).collect();
        let largest = values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        let rounding = largest * 1e-12;
        let typical = median(&distances)?;
        if typical <= rounding {
            return Self::of_mostly_equal(middle, &distances, values, rounding);
        }
        let side = |sign: f64| {
            let mut side: Vec<f64> =
                rests.iter().map(|rest| sign * (rest - middle)).filter(|d| *d >= 0.0).collect();
            median_of(&mut side).unwrap_or(typical)
        };
        let (below, above) = (side(-1.0).max(typical * 0.5), side(1.0).max(typical * 0.5));
        let unit = MAD_TO_SIGMA * looseness;
        let skewed =
            |own: f64, other: f64| own.max(typical * 0.8) * (own / other).powf(0.85).max(1.0);
        Some(Self {
            middle,
            below: unit * skewed(below, above),
            above: unit * skewed(above, below),
            step: 0.0,
        })
    }

    /// More than half of the values are equal, so that the median distance is 0.
    fn of_mostly_equal(
        middle: f64,
        distances: &[f64],
        values: &[f64],
        rounding: f64,
    ) -> Option<Self> {
        let squares: Vec<f64> = distances.iter().map(|distance| distance * distance).collect();
        let deviation = mean(&squares).sqrt();
        if deviation <= rounding {
            return None;
        }
        let is_count = values.iter().all(|value| *value >= 0.0 && value.fract() == 0.0);
        let step = if is_count { 1.0 } else { 0.0 };
        Some(Self { middle, below: deviation, above: deviation, step })
    }

    /// How far out a distance is, in deviations of its side.
    pub(super) fn score(&self, rest: f64) -> f64 {
        let distance = rest - self.middle;
        let beyond = (distance.abs() - self.step).max(0.0);
        if distance < 0.0 { -beyond / self.below } else { beyond / self.above }
    }

    fn low(&self) -> f64 {
        self.middle - self.step - CUTOFF * self.below
    }

    fn high(&self) -> f64 {
        self.middle + self.step + CUTOFF * self.above
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[f64], expected: f64) -> Vec<usize> {
        let series: Vec<Option<f64>> = values.iter().map(|value| Some(*value)).collect();
        let outliers = find_outliers(&series, &vec![Some(expected); values.len()]);
        outliers.iter().map(|outlier| outlier.at).collect()
    }

    #[test]
    fn a_value_far_out_is_told_with_the_bounds_that_it_broke() {
        // Distances from 10: 0, 1, 1, 2, 2, 1, 1, 0, 20: the median of each side is 1.
        let values = [10.0, 9.0, 11.0, 8.0, 12.0, 9.0, 11.0, 10.0, 30.0].map(Some);
        let outliers = find_outliers(&values, &[Some(10.0); 9]);
        let [outlier] = outliers.as_slice() else { panic!("{outliers:?}") };
        assert_eq!((outlier.at, outlier.value, outlier.expected), (8, 30.0, 10.0));
        assert!(outlier.score > CUTOFF);
        // Even if the deviation is lengthened by half, the bounds lie within 10 ± 3.5·1.4826·1.5.
        assert!(
            (2.0..8.0).contains(&outlier.low) && (12.0..18.0).contains(&outlier.high),
            "{outlier:?}"
        );
        // The bounds are where the score is the cutoff.
        let share = (outlier.value - outlier.expected) / (outlier.high - outlier.expected);
        assert!((outlier.score / CUTOFF - share).abs() < 1e-9);
    }

    #[test]
    fn neighbours_that_are_out_stay_apart_and_gaps_are_none() {
        let mut values = [10.0, 9.0, 11.0, 10.5, 9.5, 10.0, 9.0, 11.0, 50.0, 60.0, 10.0].map(Some);
        values[2] = None;
        let outliers = find_outliers(&values, &[Some(10.0); 11]);
        assert_eq!(outliers.iter().map(|outlier| outlier.at).collect::<Vec<_>>(), [8, 9]);
    }

    #[test]
    fn low_values_are_out_by_their_own_side() {
        // Above, distances reach 12; below, 2: so −11 is out, and +11 is not.
        let above = [10.0, 14.0, 16.0, 18.0, 22.0, 13.0, 15.0, 21.0];
        let below = [10.0, 9.0, 8.5, 9.5, 8.0, 9.2, 9.8, 8.8];
        let both = [above.as_slice(), below.as_slice()].concat();
        assert!(found(&both, 10.0).is_empty());
        assert_eq!(found(&[both.as_slice(), &[21.0, -11.0]].concat(), 10.0), [17]);
    }

    #[test]
    fn nothing_is_claimed_of_constants_and_of_few_values() {
        assert!(found(&[3.0; 30], 3.0).is_empty());
        assert!(found(&[0.1 + 0.2; 30], 0.3).is_empty());
        assert!(found(&[1.0, 2.0, 1.0, 900.0], 1.0).is_empty());
    }

    #[test]
    fn among_equal_values_a_spike_is_out_and_a_rare_event_is_not() {
        let mut values = vec![5.0; 60];
        for at in [7, 30, 31] {
            values[at] = 100.0;
        }
        assert_eq!(found(&values, 5.0), [7, 30, 31]);
        // Some ones among zeros are what a rare count looks like.
        let mut events = vec![0.0; 60];
        for at in [5, 22, 47] {
            events[at] = 1.0;
        }
        assert!(found(&events, 0.0).is_empty());
    }
}
