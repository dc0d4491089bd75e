//! What a stretch without a change makes each bucket expect: its level, its line, or a line that bends.
//!
//! Where stretches begin and end is for `changes`.

use super::spread::{median_of, present};
use super::steps::LineFit;
use super::trend::{Line, median_slope, test_around, theil_sen};

/// A stretch has a slope of its own when its trend is this sure.
const SURE: f64 = 0.01;

/// In shorter stretches a trend is not looked for.
const LEAST_POINTS_OF_A_TREND: usize = 10;

/// By how much the logarithm of the likelihood, twice, of a line that bends must be better than that of
/// a line or a level, over all places of the bend.
const BETTER_WITH_A_BEND: f64 = 15.0;

/// What a stretch makes its buckets expect.
pub(super) struct Course {
    /// One for each bucket of the stretch.
    pub(super) expected: Vec<Option<f64>>,
    /// The bucket in which its line bends.
    pub(super) bend: Option<usize>,
}

/// What each bucket of a stretch is expected to be, from its first value to its last; `calmed` are its
/// values with their times, without outliers.
///
/// It is the median, or the line of Theil and Sen where the stretch has a trend, or a line that bends once
/// (least squares, with at least `least` values on both sides) where that is far better: it follows what grows
/// faster and faster or fills up.
pub(super) fn course(stretch: &[Option<f64>], calmed: &[(f64, f64)], least: usize) -> Course {
    let mut plain: Vec<f64> = stretch.iter().copied().flatten().collect();
    let level = median_of(&mut plain);
    if plain.len() < LEAST_POINTS_OF_A_TREND {
        return Course { expected: vec![level; stretch.len()], bend: None };
    }
    let line = slope_of_its_own(stretch);
    if let Some((fitted, last_before)) = bent(calmed, line.as_ref(), least) {
        let bend = present(stretch).get(last_before).map(|(at, _)| *at);
        return Course { expected: between(stretch, &fitted), bend };
    }
    let at = |place: usize| line.map(|line| line.at(place)).or(level);
    Course { expected: (0..stretch.len()).map(at).collect(), bend: None }
}

fn slope_of_its_own(stretch: &[Option<f64>]) -> Option<Line> {
    let test = test_around(stretch, median_slope(stretch)?, 0)?;
    (test.p_value < SURE).then(|| theil_sen(stretch)).flatten()
}

/// What a line that bends makes of each value, and the place of the last value before its bend, where it is far
/// better than the line, or the level without one.
fn bent(calmed: &[(f64, f64)], line: Option<&Line>, least: usize) -> Option<(Vec<f64>, usize)> {
    let fit = LineFit::of(calmed, true);
    let simple = if line.is_some() { fit.squares } else { LineFit::of(calmed, false).squares };
    let bend = fit.bend(least);
    let rests = fit.rests_beside(&bend);
    let correlation = fit.correlation_of(&rests);
    let independent = calmed.len() as f64 * (1.0 - correlation) / (1.0 + correlation);
    let is_better = independent * (simple / bend.squares).ln() > BETTER_WITH_A_BEND;
    let fitted = calmed.iter().zip(&rests).map(|((_, value), rest)| value - rest);
    is_better.then(|| (fitted.collect(), bend.place))
}

/// A value for each bucket of a stretch, from those of the buckets that have one.
fn between(stretch: &[Option<f64>], fitted: &[f64]) -> Vec<Option<f64>> {
    let mut all = vec![None; stretch.len()];
    let points = present(stretch);
    for (pair, fitted) in points.windows(2).zip(fitted.windows(2)) {
        let (from, to) = (pair[0].0, pair[1].0);
        let step = (fitted[1] - fitted[0]) / (to - from) as f64;
        for (distance, slot) in all[from..=to].iter_mut().enumerate() {
            *slot = Some(fitted[0] + step * distance as f64);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::statistics::simulated::{Noise, plus};

    fn of(values: &[Option<f64>]) -> Vec<Option<f64>> {
        let points: Vec<_> =
            present(values).iter().map(|(at, value)| (*at as f64, *value)).collect();
        course(values, &points, 6).expected
    }

    #[test]
    fn few_values_and_unrest_have_a_level() {
        assert_eq!(of(&[Some(1.0), None, Some(5.0), Some(3.0)]), [Some(3.0); 4]);
        let noise = Noise::new(21).white(60);
        let found = of(&noise);
        assert!(found.iter().all(|value| *value == found[0]), "{found:?}");
    }

    #[test]
    fn a_ramp_is_its_line_and_gaps_lie_on_it() {
        let mut values = plus(&Noise::new(22).white(60), |at| 3.0 * at as f64);
        values[30] = None;
        let found = of(&values);
        for (at, value) in found.iter().enumerate() {
            assert!((value.unwrap() - 3.0 * at as f64).abs() < 2.0, "{at}: {value:?}");
        }
    }

    #[test]
    fn what_fills_up_bends() {
        let full = |at: usize| if at < 25 { 4.0 * at as f64 } else { 100.0 };
        let mut values = plus(&Noise::new(23).white(60), full);
        values[40] = None;
        for (at, value) in of(&values).iter().enumerate() {
            assert!((value.unwrap() - full(at)).abs() < 2.0, "{at}: {value:?}");
        }
    }
}
