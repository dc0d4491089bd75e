//! Does the series repeat itself? A test for every period, and the pattern of the one that holds.
//!
//! Which calendar periods a series may have is said by the caller.

use super::spread::{mean, median_absolute_deviation, present, ranks, robust_deviation, variance};
use super::trend::median_slope;
use augurs::mstl::stlrs::StlParams;
use statrs::distribution::{ContinuousCDF, FisherSnedecor, Normal};
use std::f64::consts::TAU;

/// The probability of a season in a series that has none, over all periods that the caller names, and
/// over all others.
const FALSE_SEASONS: f64 = 0.002;

/// The longest period that is tried without being named.
const LONGEST: usize = 200;

/// A period of the calendar gives way to another whose criterion is lower by this: very strong evidence
/// (Kass & Raftery, "Bayes factors", 1995).
const VERY_STRONG: f64 = 10.0;

/// A pattern that explains less of a series says nothing of it, however sure it is.
const LEAST_STRENGTH: f64 = 0.1;

/// What a pattern leaves of a value is nothing that it could explain beyond so many deviations.
const FAR: f64 = 5.0;

/// A pattern that repeats.
#[derive(Clone, Debug, PartialEq)]
pub struct Season {
    /// Its length in buckets.
    pub period: usize,
    /// From 0.1 to 1, `1 − var(remainder) / var(seasonal + remainder)` without wild values (Wang, Smith &
    /// Hyndman, "Characteristic-based clustering for time series data", 2006).
    pub strength: f64,
    /// What it adds in each phase, which is the bucket's place modulo the period; sums to 0.
    pub pattern: Vec<f64>,
}

impl Season {
    /// What it adds to a bucket.
    pub fn at(&self, bucket: usize) -> f64 {
        self.pattern.get(bucket % self.period.max(1)).copied().unwrap_or(0.0)
    }

    /// The series without it.
    pub fn remove_from(&self, values: &[Option<f64>]) -> Vec<Option<f64>> {
        let rest = |(at, value): (usize, &Option<f64>)| value.map(|value| value - self.at(at));
        values.iter().enumerate().map(rest).collect()
    }
}

/// The period that best describes the series, if one does beyond doubt.
///
/// `candidates` are the calendar's periods in buckets, which must lie in the series twice; every other
/// period that lies in it three times is tried too, and has to be that much clearer. Each value is
/// regressed on the one before and on time, so that neither a trend nor values that resemble their
/// neighbours look like a season, and the F-test asks what a wave of the period adds, a wave and one of
/// half the period, and a mean for each phase. It is made on normal scores of the ranks, which no
/// outlier moves. Among what holds, the least criterion of Schwarz (1978) decides, so that neither multiples nor
/// parts of the true period are taken.
pub fn find_season(values: &[Option<f64>], candidates: &[usize]) -> Option<Season> {
    let first = values.iter().position(Option::is_some)?;
    let last = values.iter().rposition(Option::is_some)?;
    let span = last + 1 - first;
    let regression = Regression::of(values)?;
    let mut named: Vec<usize> =
        candidates.iter().copied().filter(|period| *period >= 2 && period * 2 <= span).collect();
    named.sort_unstable();
    named.dedup();
    // The F-test says too much of a few events among equal values.
    let (longest, doubt) =
        if regression.is_mostly_equal { (0, 30.0) } else { (LONGEST.min(span / 3), 1.0) };
    let level = FALSE_SEASONS / doubt / named.len().max(1) as f64;
    let other_level = FALSE_SEASONS / longest.max(1) as f64;
    let best_of = |period: usize, level: f64| {
        let held = regression.tests(period).into_iter().filter(|test| test.p_value < level / 3.0);
        held.map(|test| test.criterion).min_by(f64::total_cmp).map(|least| (least, period))
    };
    let by_criterion = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0);
    let in_calendar =
        named.iter().filter_map(|period| best_of(*period, level)).min_by(by_criterion);
    let others = (2..=longest).filter(|period| !named.contains(period));
    let held: Vec<(f64, usize)> =
        others.filter_map(|period| best_of(period, other_level)).collect();
    let other = held.iter().copied().min_by(by_criterion);
    // A multiple of a period describes the series as well, with some chance on top.
    let is_part = |(criterion, period): &(f64, usize)| {
        other.is_some_and(|(least, of)| of % period == 0 && *criterion < least + VERY_STRONG)
    };
    let other = held.iter().copied().find(is_part).or(other);
    let (_, period) = match (in_calendar, other) {
        (Some(named), Some(other)) if other.0 + VERY_STRONG < named.0 => other,
        (named, other) => named.or(other)?,
    };
    decompose(values, period)
}

/// What a period adds to the regression.
struct PeriodTest {
    p_value: f64,
    criterion: f64,
}

/// Values whose predecessor is there too, as normal scores, and what their predecessor and time leave.
struct Regression {
    places: Vec<usize>,
    rests: Vec<f64>,
    /// A mean, time and the score before, each without those ahead of it and of length 1.
    taken_out: Vec<Vec<f64>>,
    squares: f64,
    is_mostly_equal: bool,
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Takes out of a column what columns of length 1 explain.
fn take_out(column: &mut [f64], explained: &[Vec<f64>]) {
    for unit in explained {
        let share = product(column, unit);
        column.iter_mut().zip(unit).for_each(|(value, unit)| *value -= share * unit);
    }
}

/// Makes a column one of length 1 that is at right angles with others; none if they explain it.
fn unit_column(mut column: Vec<f64>, others: &[Vec<f64>]) -> Option<Vec<f64>> {
    let before = product(&column, &column);
    take_out(&mut column, others);
    let squares = product(&column, &column);
    if squares <= 1e-9 * before {
        return None;
    }
    let length = squares.sqrt();
    for value in &mut column {
        *value /= length;
    }
    Some(column)
}

impl Regression {
    fn of(values: &[Option<f64>]) -> Option<Self> {
        let slope = median_slope(values)?;
        let points = present(values);
        let rests: Vec<f64> = points.iter().map(|(at, value)| value - slope * *at as f64).collect();
        let count = rests.len() as f64;
        // Blom's scores.
        let normal = Normal::standard();
        let score = |rank: &f64| normal.inverse_cdf((rank - 0.375) / (count + 0.25));
        let scores: Vec<f64> = ranks(&rests).iter().map(score).collect();
        let (mut places, mut now, mut before) = (Vec::new(), Vec::new(), Vec::new());
        for (pair, scores) in points.windows(2).zip(scores.windows(2)) {
            if pair[1].0 == pair[0].0 + 1 {
                places.push(pair[1].0);
                now.push(scores[1]);
                before.push(scores[0]);
            }
        }
        let time: Vec<f64> = places.iter().map(|place| *place as f64).collect();
        let mut taken_out: Vec<Vec<f64>> = Vec::new();
        for column in [vec![1.0; places.len()], time, before] {
            taken_out.extend(unit_column(column, &taken_out));
        }
        let whole = product(&now, &now);
        take_out(&mut now, &taken_out);
        let squares = product(&now, &now);
        let plain: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
        let is_mostly_equal = median_absolute_deviation(&plain)? == 0.0;
        let is_varied = squares > 1e-9 * whole.max(1e-9);
        is_varied.then_some(Self { places, rests: now, taken_out, squares, is_mostly_equal })
    }

    fn tests(&self, period: usize) -> Vec<PeriodTest> {
        let mut tests = self.test_waves(period);
        tests.extend(self.test_phases(period));
        tests
    }

    /// What `added` columns explain of the squares: the F-test, and Schwarz's criterion.
    fn judge(&self, added: f64, explained: f64) -> Option<PeriodTest> {
        let count = self.places.len() as f64;
        let left = count - self.taken_out.len() as f64 - added;
        if added < 1.0 || left < 3.0 {
            return None;
        }
        // A pattern without any noise leaves nothing but rounding.
        let unexplained = (self.squares - explained).max(1e-12 * count);
        let statistic = (explained.max(0.0) / added) / (unexplained / left);
        let p_value = FisherSnedecor::new(added, left).ok()?.sf(statistic);
        let criterion = count * (unexplained / count).ln() + added * count.ln();
        Some(PeriodTest { p_value, criterion })
    }

    /// A wave of the period, then with one of half the period.
    fn test_waves(&self, period: usize) -> Vec<PeriodTest> {
        let mut units = self.taken_out.clone();
        let (mut added, mut explained) = (0.0, 0.0);
        let mut tests = Vec::new();
        for harmonic in 1..=2 {
            let angle = |phase: usize| TAU * (phase * harmonic) as f64 / period as f64;
            let waves: Vec<(f64, f64)> = (0..period).map(|phase| angle(phase).sin_cos()).collect();
            let column = |of: fn(&(f64, f64)) -> f64| -> Vec<f64> {
                self.places.iter().map(|place| of(&waves[place % period])).collect()
            };
            for wave in [column(|wave| wave.0), column(|wave| wave.1)] {
                if let Some(unit) = unit_column(wave, &units) {
                    explained += product(&self.rests, &unit).powi(2);
                    added += 1.0;
                    units.push(unit);
                }
            }
            tests.extend(self.judge(added, explained));
        }
        tests
    }

    /// A mean for each phase. The regression is done within phases, on sums by phase.
    fn test_phases(&self, period: usize) -> Option<PeriodTest> {
        let columns: Vec<&[f64]> = std::iter::once(self.rests.as_slice())
            .chain(self.taken_out.iter().skip(1).map(Vec::as_slice))
            .collect();
        let mut sums = vec![[0.0; 4]; period];
        for (row, place) in self.places.iter().enumerate() {
            let sum = &mut sums[place % period];
            for (total, column) in sum.iter_mut().zip(&columns) {
                *total += column[row];
            }
            sum[3] += 1.0;
        }
        let phases = sums.iter().filter(|sum| sum[3] > 0.0).count() as f64;
        // What is left of a product when the means of the phases are taken out of both.
        let within = |i: usize, j: usize| {
            let whole = match (i, j) {
                (0, 0) => self.squares,
                _ => f64::from(u8::from(i == j)),
            };
            let between =
                sums.iter().filter(|sum| sum[3] > 0.0).map(|sum| sum[i] * sum[j] / sum[3]);
            whole - between.sum::<f64>()
        };
        let mut unexplained = within(0, 0);
        match columns.len() {
            1 => {}
            2 => unexplained -= part(within(0, 1), within(1, 1)),
            _ => {
                let (yt, tt, tx) = (within(0, 1), within(1, 1), within(1, 2));
                let out =
                    |product: f64, a: f64| if tt > 1e-9 { product - a * tx / tt } else { product };
                unexplained -= part(yt, tt) + part(out(within(0, 2), yt), out(within(2, 2), tx));
            }
        }
        self.judge(phases - 1.0, self.squares - unexplained)
    }
}

/// The squares that a column takes off, by its product with the rest and its own squares.
fn part(product: f64, squares: f64) -> f64 {
    if squares > 1e-9 { product * product / squares } else { 0.0 }
}

/// The pattern of a period, and its strength: STL with a pattern that stays the same
/// (Cleveland, Cleveland, McRae & Terpenning, 1990), with robust weights.
fn decompose(values: &[Option<f64>], period: usize) -> Option<Season> {
    let first = values.iter().position(Option::is_some)?;
    let last = values.iter().rposition(Option::is_some)?;
    let within = &values[first..=last];
    let filled = fill(within, period);
    let mut settings = StlParams::new();
    settings
        .seasonal_length(10 * within.len() + 1)
        .seasonal_degree(0)
        .low_pass_length(period + 1 + period % 2)
        .robust(true)
        .outer_loops(6);
    let parts = settings.fit(&filled, period).ok()?;
    let mut sums = vec![(0.0, 0.0); period];
    for (place, value) in parts.seasonal().iter().enumerate() {
        let sum = &mut sums[(first + place) % period];
        *sum = (sum.0 + value, sum.1 + 1.0);
    }
    let means: Vec<f64> =
        sums.iter().map(|(sum, count): &(f64, f64)| sum / count.max(1.0)).collect();
    let middle = means.iter().sum::<f64>() / period as f64;
    let pattern: Vec<f64> = means.iter().map(|mean| mean - middle).collect();
    let mut rests = Vec::with_capacity(within.len());
    let mut seasonal = Vec::with_capacity(within.len());
    for (place, value) in within.iter().enumerate() {
        let Some(value) = value else { continue };
        let detrended = value - parts.trend()[place];
        seasonal.push(detrended);
        rests.push(detrended - pattern[(first + place) % period]);
    }
    // A wild value is as far off with the pattern as without it.
    let far = FAR * robust_deviation(&rests);
    let both = seasonal.into_iter().zip(rests).filter(|(_, rest)| rest.abs() <= far);
    let (seasonal, rests): (Vec<f64>, Vec<f64>) = both.unzip();
    let whole = variance(&seasonal);
    let strength = if whole > 0.0 { (1.0 - variance(&rests) / whole).max(0.0) } else { 0.0 };
    (strength >= LEAST_STRENGTH).then_some(Season { period, strength, pattern })
}

/// The series with its gaps filled: by the mean of the phase, and the line between the gap's ends through
/// what is left without these means.
fn fill(values: &[Option<f64>], period: usize) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); period];
    for (at, value) in present(values) {
        let sum: &mut (f64, f64) = &mut sums[at % period];
        *sum = (sum.0 + value, sum.1 + 1.0);
    }
    let known: Vec<f64> =
        sums.iter().filter(|sum| sum.1 > 0.0).map(|(sum, count)| sum / count).collect();
    let middle = mean(&known);
    let means: Vec<f64> = sums
        .iter()
        .map(|(sum, count)| if *count > 0.0 { sum / count - middle } else { 0.0 })
        .collect();
    let mut filled: Vec<f64> = Vec::with_capacity(values.len());
    let mut ends: Option<(usize, f64)> = None;
    for (at, value) in present(values) {
        let rest = value - means[at % period];
        let (start, from) = ends.unwrap_or((at, rest));
        for between in filled.len()..at {
            let share = (between - start) as f64 / (at - start) as f64;
            filled.push(from + share * (rest - from) + means[between % period]);
        }
        filled.push(value);
        ends = Some((at, rest));
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::statistics::simulated::{Noise, plus};

    /// Adds up to 0.
    const PATTERN: [f64; 6] = [5.0, -1.0, -2.0, -1.0, 0.0, -1.0];

    #[test]
    fn a_planted_pattern_is_found_with_its_phases() {
        let noise = Noise::new(1).white(48);
        let values = plus(&noise, |at| 20.0 + 2.0 * PATTERN[at % 6]);
        let season = find_season(&values, &[24]).unwrap();
        assert_eq!(season.period, 6);
        // The variance of the pattern is 4 · 32/6, that of the noise 1.
        assert!((0.9..1.0).contains(&season.strength), "{}", season.strength);
        for (found, planted) in season.pattern.iter().zip(PATTERN) {
            assert!((found - 2.0 * planted).abs() < 1.2, "{:?}", season.pattern);
        }
        assert!(season.pattern.iter().sum::<f64>().abs() < 1e-9);
    }

    #[test]
    fn the_pattern_may_begin_late_and_have_gaps_and_a_trend() {
        let mut values: Vec<Option<f64>> =
            (0..50).map(|at| Some(PATTERN[at % 6] + 0.3 * at as f64)).collect();
        for gap in [0, 1, 2, 20, 33, 34] {
            values[gap] = None;
        }
        values[25] = Some(500.0);
        let season = find_season(&values, &[6]).unwrap();
        assert_eq!(season.period, 6);
        assert!((season.at(6) - 5.0).abs() < 0.3, "{season:?}");
        let rests = season.remove_from(&values);
        assert!((rests[6].unwrap() - 1.8).abs() < 0.5, "{:?}", rests[6]);
        assert_eq!(rests[20], None);
    }

    #[test]
    fn a_series_without_noise_has_its_shortest_period() {
        let values: Vec<Option<f64>> = (0..60).map(|at| Some(PATTERN[at % 6])).collect();
        let season = find_season(&values, &[12, 24]).unwrap();
        assert_eq!(season.period, 6);
        assert!(season.strength > 0.999_999);
    }

    #[test]
    fn what_does_not_repeat_has_no_season() {
        let ramp: Vec<Option<f64>> = (0..60).map(|at| Some(f64::from(at))).collect();
        let step: Vec<Option<f64>> = (0..60).map(|at| Some(f64::from(at / 30))).collect();
        for values in [ramp, step, vec![Some(3.0); 60], vec![None; 60], vec![], vec![Some(1.0)]] {
            assert_eq!(find_season(&values, &[12, 24]), None, "{values:?}");
        }
    }

    #[test]
    fn gaps_are_filled_between_their_ends_on_the_pattern() {
        // Period 2: means 3 and 1 of the phases, so +1 and −1 around 2; rests 1 and 3 with 2 between.
        let values = [Some(2.0), None, Some(4.0), Some(1.0)];
        assert_eq!(fill(&values, 2), [2.0, 1.0, 4.0, 1.0]);
        // A period of 1 has no pattern: the line alone.
        assert_eq!(fill(&[Some(2.0), None, None, Some(8.0)], 1), [2.0, 4.0, 6.0, 8.0]);
    }
}
