//! Where did the level change for good? A step is held against a line, stretch by stretch.
//!
//! A season has to be taken out before; what is said of a change is left to the analyses.

use super::course::course;
use super::scales::{CUTOFF, Scales};
use super::spread::{MAD_TO_SIGMA, median, median_absolute_deviation, present};
use super::steps::{Split, split};
use super::trend::slope_of_points;

/// A stretch of one level has at least so many values.
const LEAST_STRETCH: usize = 6;

/// A stretch has at least this part of the series' values, so that what is shorter is a burst.
const LEAST_PART: usize = 25;

/// Between two lines with slopes of their own, less of a step than this part of the deviation around them
/// is none.
const LEAST_SIZE: f64 = 0.5;

/// A new level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// The first bucket of the new level.
    pub at: usize,
    /// The level before: the median back to the change before or, where values there follow a line, the
    /// end of it.
    pub before: f64,
    /// The level from there on: the median up to the next change, or the begin of a line.
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
/// step has to describe a stretch better than a slope that bends, so that a ramp has no change point. Outliers among
/// their neighbours are taken out before: a burst is a level of its own once it has lasted 9 buckets with a
/// value, in series of more than 150 values 6 % of them.
pub fn change_points(values: &[Option<f64>]) -> Vec<ChangePoint> {
    levels(values, 0).changes
}

/// Where the level of a series changed, and what its level, with its slope, makes each bucket expect.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    /// In order of time.
    pub(super) changes: Vec<ChangePoint>,
    /// From the first value to the last.
    pub(super) expected: Vec<Option<f64>>,
    /// The bucket from which on the last stretch follows one level or line: after the last change, or where
    /// its line bent.
    pub(super) since: usize,
}

/// The same with what is expected, where a season of this period was taken out, which makes the errors
/// smaller than those of new values would be.
pub(super) fn levels(values: &[Option<f64>], period: usize) -> Levels {
    let points = present(values);
    if points.is_empty() {
        return Levels { expected: vec![None; values.len()], ..Levels::default() };
    }
    let free = 1.0 - period as f64 / points.len() as f64;
    let plain: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    // A few events among equal values come in clusters by chance.
    let is_mostly_equal = median_absolute_deviation(&plain) == Some(0.0);
    let looseness = if is_mostly_equal { 2.0 } else { 1.0 } / free.max(0.25).powi(2);
    let least = LEAST_STRETCH.max(points.len() / LEAST_PART);
    let calmed = calm(&points, least);
    let mut found = places(&calmed, least, looseness);
    settle(&mut found, &plain, least);
    loop {
        let (expected, since) = courses(values, &points, &found, least);
        let change = |(place, p_value): &(usize, f64)| {
            let (at, before) = (points[*place].0, points[*place - 1].0);
            let (before, after) = (expected[before]?, expected[at]?);
            Some(ChangePoint { at, before, after, p_value: *p_value })
        };
        let changes: Vec<ChangePoint> = found.iter().filter_map(change).collect();
        let rests: Vec<f64> =
            points.iter().filter_map(|(at, value)| Some(value - expected[*at]?)).collect();
        let deviation = MAD_TO_SIGMA * median_absolute_deviation(&rests).unwrap_or(0.0);
        let size = |change: &ChangePoint| (change.after - change.before).abs();
        let smallest =
            (0..changes.len()).min_by(|a, b| size(&changes[*a]).total_cmp(&size(&changes[*b])));
        match smallest {
            Some(place) if size(&changes[place]) < LEAST_SIZE * deviation => {
                found.remove(place);
            }
            _ => return Levels { changes, expected, since },
        }
    }
}

/// Moves each place to where the values of both sides lie nearest to the medians of what is around them.
/// What was calmed may hide the first values of a level that varies more than the one before.
fn settle(found: &mut [(usize, f64)], values: &[f64], least: usize) {
    for rank in 0..found.len() {
        let place = found[rank].0;
        let start = if rank == 0 { 0 } else { found[rank - 1].0 };
        let end = found.get(rank + 1).map_or(values.len(), |(next, _)| *next);
        let (from, to) = (place.saturating_sub(2 * least).max(start), (place + 2 * least).min(end));
        let (Some(before), Some(after)) =
            (median(&values[from..place]), median(&values[place..to]))
        else {
            continue;
        };
        let near = (start + least).max(place.saturating_sub(least)).min(place);
        let far = (place + least).min(end.saturating_sub(least)).max(place);
        // Absolute distances, which wild values do not rule; nearer to the place among equals.
        let distance = |at: usize| -> f64 {
            let of = |values: &[f64], level: f64| -> f64 {
                values.iter().map(|value| (value - level).abs()).sum()
            };
            of(&values[near..at], before) + of(&values[at..far], after)
        };
        let best = (near..=far).min_by(|a, b| {
            distance(*a).total_cmp(&distance(*b)).then(a.abs_diff(place).cmp(&b.abs_diff(place)))
        });
        found[rank].0 = best.unwrap_or(place);
    }
}

/// What the stretches between these places make each bucket expect, and since when the last of them follows
/// one level or line.
fn courses(
    values: &[Option<f64>],
    points: &[(usize, f64)],
    places: &[(usize, f64)],
    least: usize,
) -> (Vec<Option<f64>>, usize) {
    let mut expected = vec![None; values.len()];
    let mut since = 0;
    let mut borders = vec![0];
    borders.extend(places.iter().map(|(place, _)| *place));
    borders.push(points.len());
    for border in borders.windows(2) {
        let from = points[border[0]].0;
        let end = points.get(border[1]).or(points.last());
        let to = end.map_or(from, |point| point.0 + usize::from(border[1] == points.len()));
        // A level has outliers of its own.
        let calmed = calm(&points[border[0]..border[1]], least);
        let course = course(&values[from..to], &calmed, least);
        expected[from..to].copy_from_slice(&course.expected);
        since = from + course.bend.unwrap_or(0);
    }
    (expected, since)
}

/// The places at which another level begins, in order, each with how probable it is by chance.
fn places(calmed: &[(f64, f64)], least: usize, looseness: f64) -> Vec<(usize, f64)> {
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
    found
}

/// Puts the median of the neighbours in the place of outliers. The neighbours are so many that only a
/// stretch of one and a half times `least` values is the majority among them. At both ends, where they
/// all lie on one side, their slope is taken out.
fn calm(points: &[(usize, f64)], least: usize) -> Vec<(f64, f64)> {
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let window = (3 * least - 1).min(values.len());
    let around = |place: usize| {
        let start = place.saturating_sub(window / 2).min(values.len() - window);
        let neighbours = start..start + window;
        let is_within = place - start == window / 2;
        if is_within {
            return median(&values[neighbours]).unwrap_or(0.0);
        }
        let slope = slope_of_points(&points[neighbours.clone()]).unwrap_or(0.0);
        let distance = |at: usize| at as f64 - points[place].0 as f64;
        let moved: Vec<f64> =
            points[neighbours].iter().map(|(at, value)| value - slope * distance(*at)).collect();
        median(&moved).unwrap_or(0.0)
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
}
