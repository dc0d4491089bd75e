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
/// and counts are skewed.
pub fn find_outliers(values: &[Option<f64>], expected: &[Option<f64>]) -> Vec<Outlier> {
    let both = values.iter().zip(expected).enumerate();
    let rows: Vec<(usize, f64, f64)> =
        both.filter_map(|(at, (value, expected))| Some((at, (*value)?, (*expected)?))).collect();
    if rows.len() < LEAST_POINTS {
        return Vec::new();
    }
    let rests: Vec<f64> = rows.iter().map(|(_, value, expected)| value - expected).collect();
    let plain: Vec<f64> = rows.iter().map(|(_, value, _)| *value).collect();
    let Some(scales) = Scales::of(&rests, &plain) else { return Vec::new() };
    let outlier = |(at, value, expected): &(usize, f64, f64)| {
        let score = scales.score(value - expected);
        let (low, high) = (expected + scales.low(), expected + scales.high());
        let outlier = Outlier { at: *at, value: *value, expected: *expected, low, high, score };
        (score.abs() > CUTOFF).then_some(outlier)
    };
    rows.iter().filter_map(outlier).collect()
}

/// The middle of the distances, the deviation of each side, and what is granted on top.
struct Scales {
    middle: f64,
    below: f64,
    above: f64,
    /// Counts come in whole steps; one step is no distance where most values are equal.
    step: f64,
}

impl Scales {
    /// None for constants.
    fn of(rests: &[f64], values: &[f64]) -> Option<Self> {
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
        let skewed = |own: f64, other: f64| own.max(typical * 0.8) * (own / other).sqrt().max(1.0);
        Some(Self {
            middle,
            below: MAD_TO_SIGMA * skewed(below, above),
            above: MAD_TO_SIGMA * skewed(above, below),
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

    fn score(&self, rest: f64) -> f64 {
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
