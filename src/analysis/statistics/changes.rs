//! Where did the level change for good? A step is held against a line, stretch by stretch.
//!
//! A season has to be taken out before; what is said of a change is left to the analyses.

use super::spread::{MAD_TO_SIGMA, median, median_of, present};
use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};

/// A stretch of one level has at least so many values, and at least this part of the series: what is
/// shorter is a burst of outliers.
const LEAST_STRETCH: usize = 6;
const LEAST_PART: usize = 25;

/// A change is one when it came about by chance once in so many series.
const FALSE_CHANGES: f64 = 0.004;

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
/// selected chi square statistics", 1982), with the errors' autocorrelation at lag 1 accounted for. Then both
/// halves are looked at. Because the line may slope, a ramp has no change point. Bursts shorter
/// than 6 values, and than a 25th of the series, are clipped before and so are no change points.
pub fn change_points(values: &[Option<f64>]) -> Vec<ChangePoint> {
    let points = present(values);
    let least = LEAST_STRETCH.max(points.len() / LEAST_PART);
    let clipped = clip(&points, least);
    let mut found: Vec<(usize, f64)> = Vec::new();
    let mut stretches = vec![(0, clipped.len())];
    while let Some((start, end)) = stretches.pop() {
        if let Some((place, p_value)) = split(&clipped[start..end], least) {
            found.push((start + place, p_value));
            stretches.extend([(start, start + place), (start + place, end)]);
        }
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

/// Draws values that lie far from the median of their neighbours back to three deviations from it. The
/// neighbours are so many that a stretch of `least` values is the majority among them.
fn clip(points: &[(usize, f64)], least: usize) -> Vec<(f64, f64)> {
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let window = (2 * least - 1).min(values.len());
    let around = |place: usize| {
        let start = place.saturating_sub(least - 1).min(values.len() - window);
        median(&values[start..start + window]).unwrap_or(0.0)
    };
    let middles: Vec<f64> = (0..values.len()).map(around).collect();
    let mut distances: Vec<f64> =
        values.iter().zip(&middles).map(|(value, middle)| (value - middle).abs()).collect();
    let spread = 3.0 * MAD_TO_SIGMA * median_of(&mut distances).unwrap_or(0.0);
    let drawn = values.iter().zip(&middles).map(|(value, middle)| {
        if spread > 0.0 { value.clamp(middle - spread, middle + spread) } else { *middle }
    });
    points.iter().map(|(at, _)| *at as f64).zip(drawn).collect()
}

/// The place of the step that describes a stretch best, and its p-value, if it is beyond chance.
fn split(stretch: &[(f64, f64)], least: usize) -> Option<(usize, f64)> {
    let count = stretch.len();
    if count < 2 * least {
        return None;
    }
    let fit = LineFit::of(stretch);
    if fit.squares <= fit.rounding {
        return None;
    }
    let (place, gain) = fit.best_step(least)?;
    let left = (fit.squares - gain).max(fit.rounding);
    let correlation = fit.correlation_with_step(place);
    let factor = (1.0 + correlation) / (1.0 - correlation);
    let freedom = (count as f64 / factor - 3.0).max(2.0);
    let statistic = (gain / (left / (count as f64 - 3.0)) / factor).sqrt();
    let tail = StudentsT::new(0.0, 1.0, freedom).ok()?.sf(statistic);
    let share = least as f64 / count as f64;
    let p_value = largest_of_all(tail, share);
    (p_value < FALSE_CHANGES).then_some((place, p_value))
}

/// The probability that the largest of all steps between the shares `share` and `1 − share` of a
/// stretch is as large as one that has the probability `tail` at one side of one place:
/// `φ(b)(b − 1/b)·ln((1−s)²/s²) + 4φ(b)/b` (Miller & Siegmund 1982).
fn largest_of_all(tail: f64, share: f64) -> f64 {
    let normal = Normal::standard();
    let bound = normal.inverse_cdf(1.0 - tail.max(1e-15));
    if bound < 1.0 {
        return 1.0;
    }
    let odds = ((1.0 - share) / share).powi(2).ln();
    let crossings = normal.pdf(bound) * ((bound - 1.0 / bound) * odds + 4.0 / bound);
    crossings.min(1.0)
}

/// A stretch and the line of least squares through it.
struct LineFit {
    times: Vec<f64>,
    rests: Vec<f64>,
    time_squares: f64,
    squares: f64,
    rounding: f64,
}

impl LineFit {
    fn of(stretch: &[(f64, f64)]) -> Self {
        let count = stretch.len() as f64;
        let (time, value) =
            stretch.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
        let (time, value) = (time / count, value / count);
        let times: Vec<f64> = stretch.iter().map(|row| row.0 - time).collect();
        let values: Vec<f64> = stretch.iter().map(|row| row.1 - value).collect();
        let time_squares: f64 = times.iter().map(|t| t * t).sum();
        let product: f64 = times.iter().zip(&values).map(|(t, v)| t * v).sum();
        let slope = product / time_squares.max(f64::MIN_POSITIVE);
        let rests: Vec<f64> = times.iter().zip(&values).map(|(t, v)| v - slope * t).collect();
        let squares = rests.iter().map(|rest| rest * rest).sum();
        let largest = stretch.iter().fold(0.0, |most: f64, row| most.max(row.1.abs()));
        let rounding = count * (largest * 1e-12).powi(2);
        Self { times, rests, time_squares, squares, rounding }
    }

    /// The place whose step takes most squares off the line's errors, and how many.
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
            let after = (count - place) as f64;
            let own = self.own_squares(after, time);
            let gain = if own > 1e-9 { error * error / own } else { 0.0 };
            if best.is_none_or(|(_, most)| gain > most) {
                best = Some((place, gain));
            }
        }
        best
    }

    /// The squares of a step of 1 over the last `after` values without the line through it.
    fn own_squares(&self, after: f64, time_after: f64) -> f64 {
        let count = self.rests.len() as f64;
        after * (count - after) / count - time_after * time_after / self.time_squares
    }

    /// The autocorrelation at lag 1 of what the line with a step leaves, freed of its bias; 0 to 0.9.
    fn correlation_with_step(&self, place: usize) -> f64 {
        let count = self.rests.len() as f64;
        let after = count - place as f64;
        let error: f64 = self.rests[place..].iter().sum();
        let time: f64 = self.times[place..].iter().sum();
        let height = error / self.own_squares(after, time).max(f64::MIN_POSITIVE);
        let slope = time / self.time_squares;
        let left: Vec<f64> = (self.rests.iter().zip(&self.times).enumerate())
            .map(|(at, (rest, time))| {
                let step = f64::from(u8::from(at >= place)) - after / count - slope * time;
                rest - height * step
            })
            .collect();
        let squares: f64 = left.iter().map(|rest| rest * rest).sum();
        if squares <= self.rounding {
            return 0.0;
        }
        let products: f64 = left.iter().zip(&left[1..]).map(|(a, b)| a * b).sum();
        let sampled = products / squares;
        ((count * sampled + 2.0) / (count - 4.0)).clamp(0.0, 0.9)
    }
}
