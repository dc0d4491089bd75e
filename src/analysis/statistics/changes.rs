//! Where did the level change for good? A step is held against a line, stretch by stretch.
//!
//! A season has to be taken out before; what is said of a change is left to the analyses.

use super::outliers::{CUTOFF, Scales};
use super::spread::{median, median_absolute_deviation, present};
use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};

/// A stretch of one level has at least so many values.
const LEAST_STRETCH: usize = 6;

/// A stretch has at least this part of the series' values, so that what is shorter is a burst.
const LEAST_PART: usize = 25;

/// A change is one when chance makes such a one in less than this part of all series.
const FALSE_CHANGES: f64 = 0.002;

/// The same of two changes at once.
const FALSE_PULSES: f64 = 0.0002;

/// By how much the logarithm of the likelihood, twice, must be better than that of a line.
const BETTER_THAN_A_LINE: f64 = 10.0;

/// An autocorrelation at lag 1 is too low by about this, divided by the number of values.
const BIAS: f64 = 3.5;

/// An autocorrelation above this may be made by changes that are still to be found.
const MODERATE: f64 = 0.5;

/// The places on a grid between which another level is looked for.
const MOST_PLACES_OF_A_PULSE: usize = 300;

/// A new level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// The first bucket of the new level.
    pub at: usize,
    /// The median before, back to the change before.
    pub before: f64,
    /// The median from there on, up to the next change.
    pub after: f64,
    /// The probability of a step as clear as this somewhere in a stretch that has none.
    pub p_value: f64,
}

/// The buckets in which a new level begins, in order of time.
///
/// A stretch is split where a line with a step in it fits it best, if that step is beyond chance: the
/// largest of all steps is held against the distribution of maxima (Miller & Siegmund, "Maximally
/// selected chi square statistics", 1982), with the errors' autocorrelation at lag 1 accounted for; where no
/// single step is, two at once are tried, up and down again. Then each part is looked at. A
/// step has to describe a stretch better than a slope, so that a ramp has no change point. Outliers among
/// their neighbours are taken out before: a burst is a level of its own once it has lasted 9 buckets with a
/// value, in series of more than 150 values 6 % of them.
pub fn change_points(values: &[Option<f64>]) -> Vec<ChangePoint> {
    change_points_beside(values, 0)
}

/// The same where a season of this period was taken out, which makes the errors smaller than those of new
/// values would be.
pub(super) fn change_points_beside(values: &[Option<f64>], period: usize) -> Vec<ChangePoint> {
    let points = present(values);
    let free = 1.0 - period as f64 / points.len().max(1) as f64;
    let plain: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    // A few events among equal values come in clusters by chance.
    let is_mostly_equal = median_absolute_deviation(&plain) == Some(0.0);
    let looseness = if is_mostly_equal { 2.0 } else { 1.0 } / free.max(0.25).powi(2);
    let least = LEAST_STRETCH.max(points.len() / LEAST_PART);
    let calmed = calm(&points, least);
    let mut found: Vec<(usize, f64)> = Vec::new();
    let mut stretches = vec![(0, calmed.len())];
    while let Some((start, end)) = stretches.pop() {
        let Some(Split { places, p_value }) = split(&calmed[start..end], least, looseness) else {
            continue;
        };
        let mut from = start;
        for place in places {
            found.push((start + place, p_value));
            stretches.push((from, start + place));
            from = start + place;
        }
        stretches.push((from, end));
    }
    found.sort_unstable_by_key(|(place, _)| *place);
    let level = |from: usize, to: usize| {
        let stretch: Vec<f64> = points[from..to].iter().map(|(_, value)| *value).collect();
        median(&stretch).unwrap_or(0.0)
    };
    let neighbour = |place: usize| found.get(place).map_or(points.len(), |(at, _)| *at);
    let change = |(rank, (place, p_value)): (usize, &(usize, f64))| ChangePoint {
        at: points[*place].0,
        before: level(if rank == 0 { 0 } else { found[rank - 1].0 }, *place),
        after: level(*place, neighbour(rank + 1)),
        p_value: *p_value,
    };
    found.iter().enumerate().map(change).collect()
}

/// Puts the median of the neighbours in the place of outliers. The neighbours are so many that only a
/// stretch of one and a half times `least` values is the majority among them.
fn calm(points: &[(usize, f64)], least: usize) -> Vec<(f64, f64)> {
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let window = (3 * least - 1).min(values.len());
    let around = |place: usize| {
        let start = place.saturating_sub(window / 2).min(values.len() - window);
        median(&values[start..start + window]).unwrap_or(0.0)
    };
    let middles: Vec<f64> = (0..values.len()).map(around).collect();
    let rests: Vec<f64> =
        values.iter().zip(&middles).map(|(value, middle)| value - middle).collect();
    let scales = Scales::of(&rests, &values, 1.0);
    let is_far = |rest: f64| scales.as_ref().is_some_and(|s| s.score(rest).abs() > CUTOFF);
    let calm = (values.iter().zip(&middles).zip(&rests))
        .map(|((value, middle), rest)| if is_far(*rest) { *middle } else { *value });
    points.iter().map(|(at, _)| *at as f64).zip(calm).collect()
}

/// Where a stretch is split, and how sure that is.
struct Split {
    places: Vec<usize>,
    p_value: f64,
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
fn split(stretch: &[(f64, f64)], least: usize, looseness: f64) -> Option<Split> {
    let count = stretch.len();
    if count < 2 * least {
        return None;
    }
    let (line, level) = (LineFit::of(stretch, true), LineFit::of(stretch, false));
    if line.squares <= line.rounding {
        return None;
    }
    let on_line = line.best_step(least).and_then(|(place, gain)| {
        let judged = line.judge(Shape::Step { place }, gain, looseness)?;
        Some(Split { places: vec![place], p_value: judged.p_value_of_largest(least, count) })
    });
    let on_level = level.best_step(least).and_then(|(place, gain)| {
        let judged = level.judge(Shape::Step { place }, gain, looseness)?;
        let is_better = judged.beats(line.squares);
        let p_value = judged.p_value_of_largest(least, count);
        is_better.then_some(Split { places: vec![place], p_value })
    });
    let steps = [on_line, on_level].into_iter().flatten();
    let step = steps.min_by(|a, b| a.p_value.total_cmp(&b.p_value));
    let step = step.filter(|split| split.p_value < FALSE_CHANGES);
    step.or_else(|| {
        let (from, to, gain) = level.best_pulse(least)?;
        let judged = level.judge(Shape::Pulse { from, to }, gain, looseness)?;
        // All pairs of places, as if each were a test of its own.
        let p_value = judged.tail * (count as f64).powi(2);
        let is_change = judged.beats(line.squares) && p_value < FALSE_PULSES;
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

    /// Whether the shape without a slope describes the stretch far better than the line without a shape.
    fn beats(&self, squares_of_line: f64) -> bool {
        self.independent * (squares_of_line / self.left).ln() > BETTER_THAN_A_LINE
    }
}

/// A stretch and the line of least squares through it, or its mean.
struct LineFit {
    times: Vec<f64>,
    rests: Vec<f64>,
    /// Infinite without a slope.
    time_squares: f64,
    squares: f64,
    rounding: f64,
    is_sloped: bool,
    correlation_of_differences: f64,
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
    fn of(stretch: &[(f64, f64)], is_sloped: bool) -> Self {
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

    /// The autocorrelation at lag 1 of what the line with its shape leaves, freed of the bias that it has
    /// because line and shape were fitted; 0 to 0.9.
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
    use crate::analysis::statistics::simulated::{Noise, plus};

    fn levels(parts: &[(usize, f64)]) -> Vec<Option<f64>> {
        parts.iter().flat_map(|(count, level)| std::iter::repeat_n(Some(*level), *count)).collect()
    }

    #[test]
    fn a_clean_step_is_found_at_its_first_bucket() {
        let mut values = vec![None; 4];
        values.extend(levels(&[(20, 3.0), (15, 8.0)]));
        values.insert(10, None);
        let changes = change_points(&values);
        let [change] = changes.as_slice() else { panic!("{changes:?}") };
        assert_eq!((change.at, change.before, change.after), (25, 3.0, 8.0));
        assert!(change.p_value < 1e-6);
    }

    #[test]
    fn several_levels_are_told_in_order() {
        let noise = Noise::new(3).white(120);
        let values = plus(&noise, |at| [10.0, 20.0, 14.0, 40.0][at / 30]);
        let changes = change_points(&values);
        assert_eq!(changes.iter().map(|change| change.at).collect::<Vec<_>>(), [30, 60, 90]);
        assert!((changes[1].before - 20.0).abs() < 1.0 && (changes[1].after - 14.0).abs() < 1.0);
    }

    #[test]
    fn up_and_down_again_is_two_changes_when_it_lasts_and_none_when_it_is_a_burst() {
        let noise = Noise::new(4).white(60);
        let pulse = |length: usize| {
            let values =
                plus(&noise, |at| if (20..20 + length).contains(&at) { 12.0 } else { 0.0 });
            change_points(&values).iter().map(|change| change.at).collect::<Vec<_>>()
        };
        assert!(pulse(1).is_empty() && pulse(3).is_empty() && pulse(5).is_empty());
        assert_eq!(pulse(12), [20, 32]);
    }

    #[test]
    fn a_ramp_and_a_constant_have_no_change() {
        let ramp: Vec<Option<f64>> = (0..80).map(|at| Some(0.1 * f64::from(at))).collect();
        assert_eq!(change_points(&ramp), []);
        let noisy = plus(&Noise::new(5).white(80), |at| 0.2 * at as f64);
        assert_eq!(change_points(&noisy), []);
        for values in [levels(&[(50, 7.0)]), levels(&[(5, 1.0), (5, 2.0)]), vec![None; 9], vec![]] {
            assert_eq!(change_points(&values), [], "{values:?}");
        }
    }

    #[test]
    fn a_wild_value_beside_a_step_hides_nothing() {
        let mut values = levels(&[(20, 1.0), (20, 2.0)]);
        values[18] = Some(1e6);
        assert_eq!(change_points(&values).iter().map(|c| c.at).collect::<Vec<_>>(), [20]);
    }

    #[test]
    fn the_largest_of_many_steps_is_less_of_a_wonder_than_one() {
        let judged = Judged { tail: 0.001, left: 1.0, independent: 60.0 };
        // b = 3.0902, φ(b) = 0.003367, share 0.1: 0.003367·((3.0902 − 0.3236)·4.3944 + 1.2944).
        let p_value = judged.p_value_of_largest(6, 60);
        assert!((p_value - 0.045_29).abs() < 1e-4, "{p_value}");
    }
}
