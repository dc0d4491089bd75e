//! Is there a step in a stretch of a series? Levels are held against a line, and against one that bends.
//!
//! What becomes of the parts of a stretch that is split is left to `changes`.

use super::spread::median;
use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};

/// A change is one when chance makes such a one in less than this part of all series.
const FALSE_CHANGES: f64 = 0.002;

/// The same of two changes at once.
const FALSE_PULSES: f64 = 0.0002;

/// By how much the logarithm of the likelihood, twice, of levels must be better than that of a line.
const BETTER_THAN_A_LINE: f64 = 10.0;

/// What one more number to fit costs (Akaike 1974): a bend has one more than levels.
const PRICE: f64 = 2.0;

/// By how much that of a slope with a step in it must be better than that of a slope with a bend.
const BETTER_THAN_A_BEND: f64 = 4.0;

/// An autocorrelation at lag 1 is too low by about this, divided by the number of values.
const BIAS: f64 = 3.5;

/// An autocorrelation above this may be made by changes that are still to be found.
const MODERATE: f64 = 0.5;

/// The places on a grid between which another level is looked for.
const MOST_PLACES_OF_A_PULSE: usize = 300;

/// Where a stretch is split, and how sure that is.
pub(super) struct Split {
    pub(super) places: Vec<usize>,
    pub(super) p_value: f64,
}

/// The shapes that a stretch may have beside a line.
#[derive(Clone, Copy)]
enum Shape {
    /// One level, then another.
    Step { place: usize },
    /// One level, another for a while, then the first again.
    Pulse { from: usize, to: usize },
}

/// Splits a stretch where it is beyond chance that it has one level.
pub(super) fn split(stretch: &[(f64, f64)], least: usize, looseness: f64) -> Option<Split> {
    let count = stretch.len();
    if count < 2 * least {
        return None;
    }
    let (line, level) = (LineFit::of(stretch, true), LineFit::of(stretch, false));
    if line.squares <= line.rounding {
        return None;
    }
    let bent = line.bend(1).squares;
    let is_level = |judged: &Judged| {
        judged.beats(line.squares, BETTER_THAN_A_LINE) && judged.beats(bent, -PRICE)
    };
    let steps = [&line, &level].into_iter().filter_map(|fit| {
        let (place, gain) = fit.best_step(least)?;
        let judged = fit.judge(Shape::Step { place }, gain, looseness)?;
        let p_value = judged.p_value_of_largest(least, count);
        let is_better =
            if fit.is_sloped { judged.beats(bent, BETTER_THAN_A_BEND) } else { is_level(&judged) };
        is_better.then_some(Split { places: vec![place], p_value })
    });
    let step = steps.min_by(|a, b| a.p_value.total_cmp(&b.p_value));
    let step = step.filter(|split| split.p_value < FALSE_CHANGES);
    step.or_else(|| {
        let (from, to, gain) = level.best_pulse(least)?;
        let judged = level.judge(Shape::Pulse { from, to }, gain, looseness)?;
        // All pairs of places, as if each were a test of its own.
        let p_value = judged.tail * (count as f64).powi(2);
        let is_change = is_level(&judged) && p_value < FALSE_PULSES;
        is_change.then(|| Split { places: vec![from, to], p_value })
    })
}

/// How a shape does against chance.
struct Judged {
    /// The probability of as large a step, at one side, were the place not chosen.
    tail: f64,
    /// The squares that the shape leaves.
    left: f64,
    /// The values that there are, as if they were independent.
    independent: f64,
}

impl Judged {
    /// The probability that the largest of all steps that leave `least` values at both sides is as large:
    /// `φ(b)(b − 1/b)·ln((1−s)²/s²) + 4φ(b)/b` (Miller & Siegmund 1982).
    fn p_value_of_largest(&self, least: usize, count: usize) -> f64 {
        let normal = Normal::standard();
        let bound = -normal.inverse_cdf(self.tail.max(1e-300));
        if bound < 1.0 {
            return 1.0;
        }
        let share = least as f64 / count as f64;
        let odds = ((1.0 - share) / share).powi(2).ln();
        let crossings = normal.pdf(bound) * ((bound - 1.0 / bound) * odds + 4.0 / bound);
        crossings.min(1.0)
    }

    /// Whether the shape describes the stretch better, by this much, than what leaves other squares.
    fn beats(&self, squares: f64, by: f64) -> bool {
        self.independent * (squares / self.left).ln() > by
    }
}

/// A stretch and the line of least squares through it, or its mean.
pub(super) struct LineFit {
    times: Vec<f64>,
    rests: Vec<f64>,
    /// Infinite without a slope.
    time_squares: f64,
    pub(super) squares: f64,
    rounding: f64,
    is_sloped: bool,
    correlation_of_differences: f64,
}

/// Another slope from one of the values on, and what the part of time beyond it is beside the line.
pub(super) struct Bend {
    /// The last value before the bend.
    pub(super) place: usize,
    /// What is added to the slope.
    slope: f64,
    sum: f64,
    with_time: f64,
    /// The squares that are left.
    pub(super) squares: f64,
}

/// The autocorrelation at lag 1 of an autoregression of order 1, by the typical sizes of its differences over
/// two steps and over one, whose squares are as `1 + φ` to 1. A few steps hardly change it.
fn correlation_of_differences(stretch: &[(f64, f64)]) -> f64 {
    let typical = |lag: usize| {
        let pairs = stretch.iter().zip(&stretch[lag..]);
        median(&pairs.map(|(a, b)| (a.1 - b.1).abs()).collect::<Vec<_>>()).unwrap_or(0.0)
    };
    let one = typical(1);
    if one > 0.0 { ((typical(2) / one).powi(2) - 1.0).clamp(0.0, 0.9) } else { 0.0 }
}

impl LineFit {
    pub(super) fn of(stretch: &[(f64, f64)], is_sloped: bool) -> Self {
        let count = stretch.len() as f64;
        let sum = stretch.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
        let (time, value) = (sum.0 / count, sum.1 / count);
        let times: Vec<f64> = stretch.iter().map(|row| row.0 - time).collect();
        let values: Vec<f64> = stretch.iter().map(|row| row.1 - value).collect();
        let time_squares: f64 =
            if is_sloped { times.iter().map(|t| t * t).sum() } else { f64::INFINITY };
        let product: f64 = times.iter().zip(&values).map(|(t, v)| t * v).sum();
        let slope = product / time_squares;
        let rests: Vec<f64> = times.iter().zip(&values).map(|(t, v)| v - slope * t).collect();
        let squares = rests.iter().map(|rest| rest * rest).sum();
        let largest = stretch.iter().fold(0.0, |most: f64, row| most.max(row.1.abs()));
        let rounding = count * (largest * 1e-12).powi(2);
        Self {
            times,
            rests,
            time_squares,
            squares,
            rounding,
            is_sloped,
            correlation_of_differences: correlation_of_differences(stretch),
        }
    }

    /// The place whose step takes most squares off the errors, and how many.
    fn best_step(&self, least: usize) -> Option<(usize, f64)> {
        let count = self.rests.len();
        let mut best = None;
        let (mut error, mut time) = (0.0, 0.0);
        for place in (least..count).rev() {
            error += self.rests[place];
            time += self.times[place];
            if count - place < least {
                continue;
            }
            let own = self.own_squares((count - place) as f64, time);
            let gain = if own > 1e-9 { error * error / own } else { 0.0 };
            if best.is_none_or(|(_, most)| gain > most) {
                best = Some((place, gain));
            }
        }
        best
    }

    /// The place from which on another slope takes most squares off the errors around the line, with at
    /// least so many values on both sides.
    pub(super) fn bend(&self, least: usize) -> Bend {
        let count = self.rests.len();
        // Of the part of time beyond the bend: its sum, its squares, its product with time and with errors.
        let (mut sum, mut squares, mut with_time, mut with_errors) = (0.0, 0.0, 0.0, 0.0);
        let (mut errors, mut time) = (0.0, 0.0);
        let mut best = Bend { place: count, slope: 0.0, sum: 0.0, with_time: 0.0, squares: 0.0 };
        for place in (1..count).rev() {
            errors += self.rests[place];
            time += self.times[place];
            let beyond = (count - place) as f64;
            let step = self.times[place] - self.times[place - 1];
            squares += step * (2.0 * sum + step * beyond);
            sum += step * beyond;
            with_time += step * time;
            with_errors += step * errors;
            let own =
                squares - sum * sum / count as f64 - with_time * with_time / self.time_squares;
            let gain = if own > 1e-9 * squares { with_errors * with_errors / own } else { 0.0 };
            if gain > best.squares && place >= least && count - place >= least {
                let slope = with_errors / own;
                best = Bend { place: place - 1, slope, sum, with_time, squares: gain };
            }
        }
        Bend { squares: (self.squares - best.squares).max(self.rounding), ..best }
    }

    /// What the line with a bend leaves of each value.
    pub(super) fn rests_beside(&self, bend: &Bend) -> Vec<f64> {
        let from = self.times.get(bend.place).copied().unwrap_or(f64::INFINITY);
        let (mean, slope) =
            (bend.sum / self.rests.len() as f64, bend.with_time / self.time_squares);
        let rows = self.rests.iter().zip(&self.times);
        let rest = |(rest, time): (&f64, &f64)| {
            rest - bend.slope * ((time - from).max(0.0) - mean - slope * time)
        };
        rows.map(rest).collect()
    }

    /// The two places between which another level takes most squares off the errors around the mean. In
    /// long stretches both lie on a grid.
    fn best_pulse(&self, least: usize) -> Option<(usize, usize, f64)> {
        let count = self.rests.len();
        let grid = count.div_ceil(MOST_PLACES_OF_A_PULSE).max(1);
        let mut sums = Vec::with_capacity(count + 1);
        sums.push(0.0);
        for rest in &self.rests {
            sums.push(sums.last().copied().unwrap_or(0.0) + rest);
        }
        let mut best = None;
        for from in (least..count).step_by(grid) {
            for to in (from + least..(count + 1).saturating_sub(least)).step_by(grid) {
                let error: f64 = sums[to] - sums[from];
                let inside = (to - from) as f64;
                let gain = error * error / (inside * (count as f64 - inside) / count as f64);
                if best.is_none_or(|(_, _, most)| gain > most) {
                    best = Some((from, to, gain));
                }
            }
        }
        best
    }

    /// The squares of a 1 over the values with these sums, without the line through it.
    fn own_squares(&self, inside: f64, time_inside: f64) -> f64 {
        let count = self.rests.len() as f64;
        inside * (count - inside) / count - time_inside * time_inside / self.time_squares
    }

    fn judge(&self, shape: Shape, gain: f64, looseness: f64) -> Option<Judged> {
        let count = self.rests.len() as f64;
        let left = (self.squares - gain).max(self.rounding);
        let found = self.correlation_beside(shape);
        // Other changes in the stretch look like autocorrelation too; differences tell them apart.
        let correlation = if found > MODERATE {
            found.min(self.correlation_of_differences.max(MODERATE))
        } else {
            found
        };
        let factor = looseness * (1.0 + correlation) / (1.0 - correlation);
        let freedom = count - if self.is_sloped { 3.0 } else { 2.0 };
        let student = StudentsT::new(0.0, 1.0, (count / factor - 3.0).max(2.0)).ok()?;
        let statistic = (gain / (left / freedom) / factor).sqrt();
        Some(Judged { tail: student.sf(statistic), left, independent: count / factor })
    }

    /// The autocorrelation at lag 1 of what the line with its shape leaves.
    fn correlation_beside(&self, shape: Shape) -> f64 {
        let count = self.rests.len() as f64;
        let inside = match shape {
            Shape::Step { place } => place..self.rests.len(),
            Shape::Pulse { from, to } => from..to,
        };
        let error: f64 = self.rests[inside.clone()].iter().sum();
        let time: f64 = self.times[inside.clone()].iter().sum();
        let height = error / self.own_squares(inside.len() as f64, time).max(f64::MIN_POSITIVE);
        let (part, slope) = (inside.len() as f64 / count, time / self.time_squares);
        let rows = self.rests.iter().zip(&self.times).enumerate();
        let left: Vec<f64> = rows
            .map(|(at, (rest, time))| {
                let level = f64::from(u8::from(inside.contains(&at)));
                rest - height * (level - part - slope * time)
            })
            .collect();
        self.correlation_of(&left)
    }

    /// The autocorrelation at lag 1 of what a fit leaves, freed of the bias that it has because three
    /// numbers or so were fitted; 0 to 0.9.
    pub(super) fn correlation_of(&self, left: &[f64]) -> f64 {
        let count = left.len() as f64;
        let squares: f64 = left.iter().map(|rest| rest * rest).sum();
        if squares <= self.rounding {
            return 0.0;
        }
        let products: f64 = left.iter().zip(&left[1..]).map(|(a, b)| a * b).sum();
        let sampled = products / squares;
        ((count * sampled + BIAS) / (count - 2.0 * BIAS)).clamp(0.0, 0.9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_many_steps_is_less_of_a_wonder_than_one() {
        let judged = Judged { tail: 0.001, left: 1.0, independent: 60.0 };
        // b = 3.0902, φ(b) = 0.003367, share 0.1: 0.003367·((3.0902 − 0.3236)·4.3944 + 1.2944).
        let p_value = judged.p_value_of_largest(6, 60);
        assert!((p_value - 0.045_29).abs() < 1e-4, "{p_value}");
    }

    #[test]
    fn a_line_that_bends_leaves_nothing_around_itself() {
        // Level for four values, then up by 2 each; a gap before the last.
        let values = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 9.0]
            .map(|t: f64| (t, 7.0 + 2.0 * (t - 3.0).max(0.0)));
        let line = LineFit::of(&values, true);
        let bend = line.bend(1);
        assert_eq!(bend.place, 3);
        assert!((bend.slope - 2.0).abs() < 1e-9 && bend.squares < 1e-9 && line.squares > 1.0);
        assert!(line.rests_beside(&bend).iter().all(|rest| rest.abs() < 1e-9));
    }

    #[test]
    fn a_bend_is_no_step_and_a_step_is_no_bend() {
        let bent: Vec<(f64, f64)> =
            (0..60).map(f64::from).map(|t| (t, (t - 20.0).max(0.0) + t % 2.0)).collect();
        assert!(split(&bent, 6, 1.0).is_none());
        let step: Vec<(f64, f64)> = bent
            .iter()
            .map(|(t, _)| (*t, 20.0 * f64::from(u8::from(*t >= 20.0)) + t % 2.0))
            .collect();
        assert_eq!(split(&step, 6, 1.0).map(|split| split.places), Some(vec![20]));
    }
}
