//! All that can be said of one series, in the right order.
//!
//! The season is found first and taken out; then come the levels, the trend, and what both leave.

use super::changes::{ChangePoint, levels};
use super::outliers::{Outlier, outliers_of_fit};
use super::seasons::{Season, find_season};
use super::spread::median_absolute_deviation;
use super::trend::{Line, MannKendall, middle, test_around, theil_sen};

/// What was found in a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Buckets with a value.
    pub points: usize,
    /// The mean; 0 of nothing.
    pub mean: f64,
    /// The sample standard deviation; 0 of fewer than two values.
    pub deviation: f64,
    /// The coefficient of variation, deviation by mean; none where the mean is 0.
    pub variation: Option<f64>,
    /// The line through what the season leaves.
    pub line: Option<Line>,
    /// The test of its slope, with autocorrelation accounted for.
    pub test: Option<MannKendall>,
    /// The season.
    pub season: Option<Season>,
    /// Changes of the level without the season.
    pub changes: Vec<ChangePoint>,
    /// The bucket from which on the series follows one level or line: after its last change, or where it bent.
    pub since: usize,
    /// What level, trend and season make each bucket expect, from the first value to the last.
    pub expected: Vec<Option<f64>>,
    /// Values that are far from it.
    pub outliers: Vec<Outlier>,
    /// Between what values each bucket is not far from it; nothing where nobody knows.
    pub band: Vec<Option<(f64, f64)>>,
}

/// Examines a series; `periods` are the calendar's periods in buckets (hour, day, week).
pub fn examine(values: &[Option<f64>], periods: &[usize]) -> Profile {
    let (points, mean, deviation) = moments(values);
    let season = season_beside_steps(values, periods);
    let rests =
        season.as_ref().map_or_else(|| values.to_vec(), |season| season.remove_from(values));
    let period = season.as_ref().map_or(0, |season| season.period);
    let levels = levels(&rests, period);
    let add = |(at, level): (usize, &Option<f64>)| {
        level.map(|level| level + season.as_ref().map_or(0.0, |season| season.at(at)))
    };
    let expected: Vec<Option<f64>> = levels.expected.iter().enumerate().map(add).collect();
    let line = theil_sen(&rests);
    let borders: Vec<usize> = levels.changes.iter().map(|change| change.at).collect();
    let fitted = period + levels.changes.len() + 1;
    let unfitting = outliers_of_fit(values, &expected, fitted, &borders);
    Profile {
        points,
        mean,
        deviation,
        variation: (mean != 0.0).then(|| deviation / mean.abs()),
        line,
        test: line.and_then(|line| test_around(&rests, line.slope, period)),
        outliers: unfitting.outliers,
        band: unfitting.band,
        season,
        since: levels.since,
        changes: levels.changes,
        expected,
    }
}

/// A pattern has to leave less than a few steps do by this much, since it has a number for each phase.
const AS_GOOD: f64 = 1.2;

/// The season of a series, unless a few steps say the same: a step in the middle is a slope with a pattern
/// that falls back after half of the time. What is left without these steps may have another.
fn season_beside_steps(values: &[Option<f64>], periods: &[usize]) -> Option<Season> {
    let season = find_season(values, periods)?;
    let stepped = levels(values, 0);
    let steps = stepped.changes.len();
    let cycles = values.iter().flatten().count() / season.period;
    // A pattern goes up and down in each of its cycles.
    if steps == 0 || steps >= cycles {
        return Some(season);
    }
    let left = |rests: &[Option<f64>], period: usize| -> f64 {
        let levels = levels(rests, period).expected;
        let rests: Vec<f64> = difference(rests, &levels).into_iter().flatten().collect();
        median_absolute_deviation(&rests).unwrap_or(0.0)
    };
    let rests = difference(values, &stepped.expected);
    let other = find_season(&rests, periods).filter(|other| other.period < season.period);
    let without_other = other.as_ref().map_or(rests.clone(), |other| other.remove_from(&rests));
    let of_other = left(&without_other, other.as_ref().map_or(0, |other| other.period));
    let of_season = left(&season.remove_from(values), season.period);
    if of_other <= AS_GOOD * of_season { other } else { Some(season) }
}

fn difference(values: &[Option<f64>], others: &[Option<f64>]) -> Vec<Option<f64>> {
    values.iter().zip(others).map(|(value, other)| Some((*value)? - (*other)?)).collect()
}

/// The same of what is counted, where most buckets may have nothing: a zero is then to be expected, and so
/// is what those that have something usually have; only what is far beyond that is not.
pub fn examine_counts(values: &[Option<f64>], periods: &[usize]) -> Profile {
    let profile = examine(values, periods);
    let some: Vec<Option<f64>> = values.iter().map(|value| value.filter(|it| *it > 0.0)).collect();
    let with_any = some.iter().flatten().count();
    if with_any * 2 > profile.points {
        return profile;
    }
    let usual = vec![middle(&some); values.len()];
    let of_some = outliers_of_fit(&some, &usual, 1, &[]);
    let outliers = of_some.outliers.into_iter().filter(|outlier| outlier.score > 0.0);
    let band = of_some.band.into_iter().map(|both| both.map(|(_, high)| (0.0, high))).collect();
    Profile { outliers: outliers.collect(), band, ..profile }
}

/// How many values there are, their mean and their sample standard deviation.
fn moments(values: &[Option<f64>]) -> (usize, f64, f64) {
    let plain: Vec<f64> = values.iter().copied().flatten().collect();
    let count = plain.len() as f64;
    // Summed around the first value, so that a constant is its own mean to the last digit.
    let Some(first) = plain.first() else { return (0, 0.0, 0.0) };
    let mean = first + plain.iter().map(|value| value - first).sum::<f64>() / count;
    let squares: f64 = plain.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = if plain.len() < 2 { 0.0 } else { (squares / (count - 1.0)).sqrt() };
    (plain.len(), mean, deviation)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "whole numbers, and 1 of a certain answer")]

    use super::*;
    use crate::analysis::statistics::simulated::{Noise, plus};

    #[test]
    fn mean_deviation_and_variation_are_those_of_the_values_that_are_there() {
        // 2, 4, 9 around 5: squares 9 + 1 + 16 = 26, by 2.
        let profile = examine(&[None, Some(2.0), None, Some(4.0), Some(9.0)], &[]);
        assert_eq!((profile.points, profile.mean), (3, 5.0));
        assert!((profile.deviation - 13.0_f64.sqrt()).abs() < 1e-12);
        assert!((profile.variation.unwrap() - 13.0_f64.sqrt() / 5.0).abs() < 1e-12);
        assert_eq!(profile.expected, [None, Some(4.0), Some(4.0), Some(4.0), Some(4.0)]);
        assert_eq!(examine(&[Some(-1.0), Some(1.0)], &[]).variation, None);
        assert_eq!(examine(&[Some(-2.0), Some(-4.0)], &[]).variation, Some(2.0_f64.sqrt() / 3.0));
    }

    #[test]
    fn nothing_and_constants_have_nothing_to_tell() {
        for values in [vec![], vec![None; 12], vec![Some(3.0)], vec![Some(0.3); 40]] {
            let profile = examine(&values, &[12, 24]);
            let is_quiet = profile.season.is_none()
                && profile.changes.is_empty()
                && profile.outliers.is_empty()
                && profile.test.is_none_or(|test| test.p_value == 1.0)
                && profile.deviation == 0.0;
            assert!(is_quiet, "{profile:?}");
        }
    }

    #[test]
    fn where_most_have_nothing_those_that_have_are_compared() {
        // One in four has 3 to 7; one of them has 60.
        let mut values: Vec<Option<f64>> = (0..80)
            .map(|at| Some(if at % 4 == 0 { 3.0 + f64::from(at % 5) } else { 0.0 }))
            .collect();
        assert_eq!(examine_counts(&values, &[]).outliers, []);
        values[40] = Some(60.0);
        let profile = examine_counts(&values, &[]);
        assert_eq!(profile.outliers.iter().map(|outlier| outlier.at).collect::<Vec<_>>(), [40]);
        assert!(profile.band[3].is_some_and(|(low, high)| low == 0.0 && high < 60.0));
        // Three buckets that have any say nothing of a fourth.
        let rare: Vec<Option<f64>> =
            (0..80).map(|at| Some(f64::from(u8::from(at % 25 == 0)) * 9.0)).collect();
        assert_eq!(examine_counts(&rare, &[]).outliers, []);
    }

    #[test]
    fn a_step_in_the_middle_is_a_step_and_no_week() {
        // Two weeks of eight buckets a day: a slope with a pattern of a week describes it as well.
        let noise = Noise::new(14).white(112);
        let values = plus(&noise, |at| if at < 56 { 100.0 } else { 160.0 });
        let profile = examine(&values, &[8, 56]);
        assert_eq!(profile.season, None);
        assert_eq!(profile.changes.iter().map(|change| change.at).collect::<Vec<_>>(), [56]);
        // With days in it, the days are found too.
        let daily = plus(&values, |at| 8.0 * f64::from(u8::from(at % 8 < 3)));
        let profile = examine(&daily, &[8, 56]);
        assert_eq!(profile.season.as_ref().map(|season| season.period), Some(8));
        assert_eq!(profile.changes.iter().map(|change| change.at).collect::<Vec<_>>(), [56]);
    }

    #[test]
    fn season_step_and_spike_are_told_apart() {
        let noise = Noise::new(12).white(96);
        let wave = |at: usize| 6.0 * f64::from(u8::from(at % 12 < 4));
        let mut values = plus(&noise, |at| 100.0 + wave(at) + if at < 60 { 0.0 } else { 20.0 });
        values[30] = values[30].map(|value| value + 15.0);
        let profile = examine(&values, &[12, 24]);
        assert_eq!(profile.season.as_ref().map(|season| season.period), Some(12));
        assert_eq!(profile.changes.iter().map(|change| change.at).collect::<Vec<_>>(), [60]);
        assert_eq!(profile.outliers.iter().map(|outlier| outlier.at).collect::<Vec<_>>(), [30]);
        let expected = profile.expected[72].unwrap();
        assert!((expected - 126.0).abs() < 2.0, "{expected}");
    }

    #[test]
    fn values_on_a_steep_line_are_no_outliers() {
        let values = plus(&Noise::new(13).white(60), |at| 2.0 * at as f64);
        let profile = examine(&values, &[12]);
        assert!(profile.outliers.is_empty() && profile.changes.is_empty(), "{profile:?}");
        let line = profile.line.unwrap();
        assert!(line.low < 2.0 && 2.0 < line.high && (line.slope - 2.0).abs() < 0.05);
        assert!(profile.test.unwrap().p_value < 1e-6);
    }
}
