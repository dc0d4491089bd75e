//! All that can be said of one series, in the right order.
//!
//! The season is found first and taken out; then come the levels, the trend, and what both leave.

use super::changes::{ChangePoint, change_points};
use super::outliers::{Outlier, find_outliers};
use super::seasons::{Season, find_season};
use super::trend::{Line, MannKendall, middle, modified_mann_kendall, theil_sen};

/// A stretch between two changes has a slope of its own when its trend is this sure.
const SURE: f64 = 0.01;

/// In shorter stretches a trend is not looked for.
const LEAST_POINTS_OF_A_TREND: usize = 10;

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
    /// What level, trend and season make each bucket expect, from the first value to the last.
    pub expected: Vec<Option<f64>>,
    /// Values that are far from it.
    pub outliers: Vec<Outlier>,
}

/// Examines a series; `periods` are the calendar's periods in buckets (hour, day, week).
pub fn examine(values: &[Option<f64>], periods: &[usize]) -> Profile {
    let (points, mean, deviation) = moments(values);
    let season = find_season(values, periods);
    let rests =
        season.as_ref().map_or_else(|| values.to_vec(), |season| season.remove_from(values));
    let changes = change_points(&rests);
    let levels = expect_levels(&rests, &changes);
    let add = |(at, level): (usize, &Option<f64>)| {
        level.map(|level| level + season.as_ref().map_or(0.0, |season| season.at(at)))
    };
    let expected: Vec<Option<f64>> = levels.iter().enumerate().map(add).collect();
    Profile {
        points,
        mean,
        deviation,
        variation: (mean != 0.0).then(|| deviation / mean.abs()),
        line: theil_sen(&rests),
        test: modified_mann_kendall(&rests),
        outliers: find_outliers(values, &expected),
        season,
        changes,
        expected,
    }
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

/// The median of each stretch between changes, or its line where it has a trend of its own.
fn expect_levels(values: &[Option<f64>], changes: &[ChangePoint]) -> Vec<Option<f64>> {
    let mut expected = vec![None; values.len()];
    let (Some(first), Some(last)) =
        (values.iter().position(Option::is_some), values.iter().rposition(Option::is_some))
    else {
        return expected;
    };
    let mut borders = vec![first];
    borders.extend(changes.iter().map(|change| change.at));
    borders.push(last + 1);
    for border in borders.windows(2) {
        let stretch = &values[border[0]..border[1]];
        let level = middle(stretch);
        let line = slope_of_its_own(stretch);
        for (place, slot) in expected[border[0]..border[1]].iter_mut().enumerate() {
            *slot = line.map(|line| line.at(place)).or(level);
        }
    }
    expected
}

fn slope_of_its_own(stretch: &[Option<f64>]) -> Option<Line> {
    let is_long = stretch.iter().flatten().count() >= LEAST_POINTS_OF_A_TREND;
    let test = is_long.then(|| modified_mann_kendall(stretch)).flatten()?;
    (test.p_value < SURE).then(|| theil_sen(stretch)).flatten()
}
