//! How far values lie from their middle, on either side, without what a few wild ones do to it.

use super::spread::{MAD_TO_SIGMA, median, median_of, nth_smallest};

/// The score above which a value is an outlier (Iglewicz & Hoaglin, "How to detect and handle
/// outliers", 1993).
pub const CUTOFF: f64 = 3.5;

/// Scales of few values are unsure, as if so many more had been fitted.
const FEW: f64 = 1.5;

/// The middle of the distances, the deviation of each side, and what is granted on top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scales {
    middle: f64,
    pub(super) below: f64,
    pub(super) above: f64,
    /// Counts come in whole steps; one step is no distance where most values are equal.
    step: f64,
    /// Less is no distance.
    rounding: f64,
}

/// The part of the distances of one side that the wide ones may be without being looked at: with both
/// sides, one in ten.
const WIDE: f64 = 0.8;

/// On a side with fewer values a burst may be one in ten of all.
const LEAST_POINTS_OF_WIDE: usize = 20;

/// Beyond it lies what is above that part of the distances of normal values, in deviations:
/// `Φ⁻¹(0.9)`.
const SIGMAS_OF_WIDE: f64 = 1.281_551_565_544_600_4;

/// Scores are at most this: where the others are equal, any distance is that far.
pub const MOST_SCORE: f64 = 100.0;

impl Scales {
    /// The scales of rows of places, values, and what was expected of them, of which such a share was
    /// chosen by the values.
    pub(super) fn of_rows(rows: &[(usize, f64, f64)], share: f64) -> Option<Self> {
        let rests: Vec<f64> = rows.iter().map(|(_, value, expected)| value - expected).collect();
        let plain: Vec<f64> = rows.iter().map(|(_, value, _)| *value).collect();
        let count = rows.len() as f64;
        let free = 1.0 - (share * count + FEW) / (count + FEW);
        Self::of(&rests, &plain, 1.0 / free.max(0.25))
    }

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
            let wide = if side.len() < LEAST_POINTS_OF_WIDE {
                0.0
            } else {
                let rank = share_of(side.len(), WIDE);
                nth_smallest(&mut side, rank) / SIGMAS_OF_WIDE
            };
            (median_of(&mut side).unwrap_or(typical).max(typical * 0.5), wide)
        };
        let ((below, wide_below), (above, wide_above)) = (side(-1.0), side(1.0));
        let skewed = |own: f64, other: f64, wide: f64| {
            let own = own.max(typical * 0.8) * (own / other).powf(0.85).max(1.0);
            looseness * (MAD_TO_SIGMA * own).max(wide)
        };
        Some(Self {
            middle,
            below: skewed(below, above, wide_below),
            above: skewed(above, below, wide_above),
            step: 0.0,
            rounding,
        })
    }

    /// More than half of the values are equal, so that the median distance is 0: the standard deviation of
    /// all that are no outliers, each held against the others.
    fn of_mostly_equal(
        middle: f64,
        distances: &[f64],
        values: &[f64],
        rounding: f64,
    ) -> Option<Self> {
        let is_count = values.iter().all(|value| *value >= 0.0 && value.fract() == 0.0);
        let step = if is_count { 1.0 } else { 0.0 };
        let mut sorted = distances.to_vec();
        sorted.sort_by(f64::total_cmp);
        if sorted.last().is_none_or(|largest| *largest <= rounding) {
            return None;
        }
        let mut squares: f64 = sorted.iter().map(|distance| distance * distance).sum();
        while let Some(largest) = sorted.pop() {
            squares = (squares - largest * largest).max(0.0);
            let others = (squares / sorted.len().max(1) as f64).sqrt();
            if largest - step <= CUTOFF * others {
                sorted.push(largest);
                squares += largest * largest;
                break;
            }
        }
        let deviation = (squares / sorted.len().max(1) as f64).sqrt();
        let deviation = if deviation > rounding { deviation } else { 0.0 };
        Some(Self { middle, below: deviation, above: deviation, step, rounding })
    }

    /// How far out a distance is, in deviations of its side; from −100 to 100.
    pub(super) fn score(&self, rest: f64) -> f64 {
        let distance = rest - self.middle;
        let beyond = (distance.abs() - self.step).max(0.0);
        let deviation = if distance < 0.0 { self.below } else { self.above };
        // Where nothing varies, what is beyond rounding is as far as can be.
        let score = if beyond > self.rounding { (beyond / deviation).min(MOST_SCORE) } else { 0.0 };
        if distance < 0.0 { -score } else { score }
    }

    /// The lowest distance that is no further out than `score`.
    pub(super) fn low(&self, score: f64) -> f64 {
        self.middle - self.step - score * self.below
    }

    /// The highest one.
    pub(super) fn high(&self, score: f64) -> f64 {
        self.middle + self.step + score * self.above
    }
}

/// The rank from 0 below which this part of so many values lies.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of a count is smaller than the count"
)]
fn share_of(count: usize, part: f64) -> usize {
    ((count as f64 * part) as usize).min(count.saturating_sub(1))
}
