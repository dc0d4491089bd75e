//! Which values are out of the ordinary? Distances from what was expected, in scales of either side.
//!
//! What is expected is said by the caller (`profile` has levels, trend and season); how grave an
//! outlier is, is left to the analyses.

use super::scales::{CUTOFF, Scales};

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
    /// How far it lies from what was expected, in deviations of its side: above 3.5, or below −3.5.
    pub score: f64,
    fit: Fit,
}

impl Outlier {
    /// The lowest and the highest value that would lie no further off than `score` deviations.
    pub fn bounds(&self, score: f64) -> (f64, f64) {
        self.fit.bounds(self.expected, score)
    }
}

/// The values that lie too far from what was expected, in order of time.
///
/// Deviations are 1.4826 times the median distance, of values above and below on their own, since durations
/// and counts are skewed; the longer side is lengthened by what it is longer, because such
/// distributions have long tails too, and a side that one in ten of all values goes far beyond is as long as
/// they say. Where most values are equal, the standard deviation of the others takes their place.
pub fn find_outliers(values: &[Option<f64>], expected: &[Option<f64>]) -> Vec<Outlier> {
    outliers_of_fit(values, expected, 1, &[]).outliers
}

/// What does not fit, and between what values all would.
#[derive(Clone, Debug, Default)]
pub(super) struct Unfitting {
    /// In order of time.
    pub(super) outliers: Vec<Outlier>,
    /// The lowest and the highest value of each bucket that is no outlier; nothing where values are too
    /// few or all equal.
    pub(super) band: Vec<Option<(f64, f64)>>,
}

/// A stretch has scales of its own from so many values on.
const LEAST_POINTS_OF_A_SCALE: usize = 16;

/// The same where `fitted` numbers of what was expected were chosen by the values themselves, which
/// brings them nearer than new ones would be. What lies between two `borders` varies as it does, and not as
/// what lies before and after it.
pub(super) fn outliers_of_fit(
    values: &[Option<f64>],
    expected: &[Option<f64>],
    fitted: usize,
    borders: &[usize],
) -> Unfitting {
    let row = |at: usize| Some((at, values[at]?, expected[at]?));
    let rows: Vec<(usize, f64, f64)> = (0..values.len()).filter_map(row).collect();
    if rows.len() < LEAST_POINTS {
        return Unfitting { outliers: Vec::new(), band: vec![None; values.len()] };
    }
    let share = fitted as f64 / rows.len() as f64;
    let all = Fit::of(&rows, share);
    let mut found = Unfitting { outliers: Vec::new(), band: Vec::with_capacity(values.len()) };
    let ends = borders.iter().copied().chain([values.len()]);
    for end in ends {
        let from = found.band.len();
        let inside = |(at, ..): &(usize, f64, f64)| (from..end).contains(at);
        let stretch: Vec<_> = rows.iter().copied().filter(inside).collect();
        let own = stretch.len() >= LEAST_POINTS_OF_A_SCALE && !borders.is_empty();
        let fit = if own { Fit::of(&stretch, share) } else { all };
        let Some(fit) = fit else {
            found.band.resize(end, None);
            continue;
        };
        let outlier = |(at, value, expected): &(usize, f64, f64)| {
            let score = fit.score(*value, *expected);
            let outlier = Outlier { at: *at, value: *value, expected: *expected, score, fit };
            (score.abs() > CUTOFF).then_some(outlier)
        };
        found.outliers.extend(stretch.iter().filter_map(outlier));
        let band = expected[from..end].iter().map(|level| level.map(|it| fit.bounds(it, CUTOFF)));
        found.band.extend(band);
    }
    found
}

/// Values reach so many times as far to one side as to the other where they are taken to be skewed.
const SKEWED: f64 = 1.2;

/// How far values lie from what is expected and, where they reach further to one side, how far they do on a
/// scale on which that side is no longer. What is out has to be so on both.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fit {
    plain: Scales,
    even: Option<(Evening, Scales)>,
}

/// A scale that shortens a long side.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Evening {
    /// Logarithms, of positive values that reach far up: of durations and amounts a few times as much is less
    /// of a wonder than as much less.
    Logarithms,
    /// Logarithms of what is missing to so much above what is expected, beyond which all is out anyway, of
    /// values that reach far down.
    Reflected(f64),
}

impl Evening {
    /// Which one values with such scales take.
    fn of(rows: &[(usize, f64, f64)], plain: &Scales) -> Option<Self> {
        if plain.above > SKEWED * plain.below {
            let is_positive =
                |(_, value, expected): &(usize, f64, f64)| *value > 0.0 && *expected > 0.0;
            return rows.iter().all(is_positive).then_some(Self::Logarithms);
        }
        (plain.below > SKEWED * plain.above).then(|| Self::Reflected(plain.high(CUTOFF)))
    }

    /// How far a value lies from what is expected; nothing where there is no logarithm.
    fn distance(self, value: f64, expected: f64) -> Option<f64> {
        let distance = match self {
            Self::Logarithms => (value / expected).ln(),
            Self::Reflected(most) => -(1.0 - (value - expected) / most).ln(),
        };
        Some(distance).filter(|it| it.is_finite())
    }

    /// The value that lies so far from what is expected.
    fn value(self, distance: f64, expected: f64) -> f64 {
        match self {
            Self::Logarithms => expected * distance.exp(),
            Self::Reflected(most) => expected + most * (1.0 - (-distance).exp()),
        }
    }
}

impl Fit {
    fn of(rows: &[(usize, f64, f64)], share: f64) -> Option<Self> {
        let plain = Scales::of_rows(rows, share)?;
        let even = Evening::of(rows, &plain).and_then(|evening| {
            let distance = |(at, value, expected): &(usize, f64, f64)| {
                Some((*at, evening.distance(*value, *expected)?, 0.0))
            };
            let distances: Vec<_> = rows.iter().filter_map(distance).collect();
            Some((evening, Scales::of_rows(&distances, share)?))
        });
        Some(Self { plain, even })
    }

    fn score(&self, value: f64, expected: f64) -> f64 {
        let plain = self.plain.score(value - expected);
        let even = self
            .even
            .as_ref()
            .and_then(|(evening, scales)| Some(scales.score(evening.distance(value, expected)?)));
        match even {
            Some(even) if even * plain <= 0.0 => 0.0,
            Some(even) if even.abs() < plain.abs() => even,
            _ => plain,
        }
    }

    /// Between what values none is further off than `score`.
    fn bounds(&self, expected: f64, score: f64) -> (f64, f64) {
        let (low, high) = (expected + self.plain.low(score), expected + self.plain.high(score));
        let Some((evening, scales)) = &self.even else { return (low, high) };
        let of =
            |distance: f64| Some(evening.value(distance, expected)).filter(|it| it.is_finite());
        let even = (of(scales.low(score)), of(scales.high(score)));
        (even.0.map_or(low, |other| low.min(other)), even.1.map_or(high, |other| high.max(other)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scales::MOST_SCORE;
    use super::*;

    fn found(values: &[f64], expected: f64) -> Vec<usize> {
        let series: Vec<Option<f64>> = values.iter().map(|value| Some(*value)).collect();
        let outliers = find_outliers(&series, &vec![Some(expected); values.len()]);
        outliers.iter().map(|outlier| outlier.at).collect()
    }

    #[test]
    fn a_value_far_out_is_told_with_the_bounds_that_it_broke() {
        // Distances from 10: 0, 1, 1, 2, 2, 1, 1, 0, 20: the median of each side is 1.
        let values = [10.0, 9.0, 11.0, 8.0, 12.0, 9.0, 11.0, 10.0, 30.0].map(Some);
        let outliers = find_outliers(&values, &[Some(10.0); 9]);
        let [outlier] = outliers.as_slice() else { panic!("{outliers:?}") };
        assert_eq!((outlier.at, outlier.value, outlier.expected), (8, 30.0, 10.0));
        assert!(outlier.score > CUTOFF);
        // Even if the deviation is lengthened by half, the bounds lie within 10 ± 3.5·1.4826·1.5.
        let (low, high) = outlier.bounds(CUTOFF);
        assert!((2.0..8.0).contains(&low) && (12.0..18.0).contains(&high), "{outlier:?}");
        // The bounds of its own score end at the value.
        assert!((outlier.bounds(outlier.score).1 - outlier.value).abs() < 1e-9);
    }

    #[test]
    fn neighbours_that_are_out_stay_apart_and_gaps_are_none() {
        let mut values = [10.0, 9.0, 11.0, 10.5, 9.5, 10.0, 9.0, 11.0, 50.0, 60.0, 10.0].map(Some);
        values[2] = None;
        let outliers = find_outliers(&values, &[Some(10.0); 11]);
        assert_eq!(outliers.iter().map(|outlier| outlier.at).collect::<Vec<_>>(), [8, 9]);
    }

    #[test]
    fn low_values_are_out_by_their_own_side() {
        // Above, distances reach 12; below, 2: so −11 is out, and +11 is not.
        let above = [10.0, 14.0, 16.0, 18.0, 22.0, 13.0, 15.0, 21.0];
        let below = [10.0, 9.0, 8.5, 9.5, 8.0, 9.2, 9.8, 8.8];
        let both = [above.as_slice(), below.as_slice()].concat();
        assert!(found(&both, 10.0).is_empty());
        assert_eq!(found(&[both.as_slice(), &[21.0, -11.0]].concat(), 10.0), [17]);
    }

    #[test]
    fn what_reaches_far_down_or_up_is_measured_by_what_is_left() {
        // The highest of several durations of up to 100 each: exponential below 100, and above 0 upwards.
        let below = |at: usize| (((at * 7 % 40) as f64 + 0.5) / 40.0).ln() * 5.0;
        let down: Vec<f64> = (0..40).map(|at| 100.0 + below(at)).collect();
        let up: Vec<f64> = (0..40).map(|at| 10.0 - below(at)).collect();
        // A deviation of the middle of them is 5; one in 1,500 lies 7.3 times that beyond the end.
        assert!(found(&[down.as_slice(), &[100.0 - 36.5]].concat(), 96.5).is_empty());
        assert!(found(&[up.as_slice(), &[10.0 + 36.5]].concat(), 13.5).is_empty());
        // What is no more than half of the usual is out, and what is well above all others.
        assert_eq!(found(&[down.as_slice(), &[5.0]].concat(), 96.5), [40]);
        assert_eq!(found(&[down.as_slice(), &[112.0]].concat(), 96.5), [40]);
        assert_eq!(found(&[up.as_slice(), &[1.0]].concat(), 13.5), [40]);
    }

    #[test]
    fn nothing_is_claimed_of_constants_and_of_few_values() {
        assert!(found(&[3.0; 30], 3.0).is_empty());
        assert!(found(&[0.1 + 0.2; 30], 0.3).is_empty());
        assert!(found(&[1.0, 2.0, 1.0, 900.0], 1.0).is_empty());
    }

    #[test]
    fn an_outlier_among_equal_values_does_not_widen_its_own_band() {
        let mut values = vec![Some(7.0); 60];
        values[30] = Some(7000.0);
        let found = outliers_of_fit(&values, &[Some(7.0); 60], 1, &[]);
        let [outlier] = found.outliers.as_slice() else { panic!("{found:?}") };
        // Whole numbers: one more or less is no distance.
        assert_eq!((outlier.at, outlier.bounds(CUTOFF)), (30, (6.0, 8.0)));
        assert_eq!((found.band[0], outlier.score), (Some((6.0, 8.0)), MOST_SCORE));
    }

    #[test]
    fn what_one_in_ten_does_is_not_out_of_the_ordinary() {
        // Of sixty values eight go to 30, evenly spread; then the same with two.
        let with = |each: usize| -> Vec<f64> {
            (0..60).map(|at| if at % each == 3 { 30.0 } else { 10.0 + (at % 5) as f64 }).collect()
        };
        assert!(found(&with(8), 12.0).is_empty());
        assert_eq!(found(&with(40), 12.0), [3, 43]);
    }

    #[test]
    fn a_level_varies_as_it_does_and_not_as_the_one_before() {
        // Around 10 by 1, then around 100 by 10.
        let unrest = |at: usize| (at * 7 % 5) as f64 - 2.0;
        let value =
            |at: usize| if at < 30 { 10.0 + unrest(at) / 2.0 } else { 100.0 + 5.0 * unrest(at) };
        let values: Vec<Option<f64>> = (0..60).map(|at| Some(value(at))).collect();
        let expected: Vec<Option<f64>> =
            (0..60).map(|at| Some(if at < 30 { 10.0 } else { 100.0 })).collect();
        let found = outliers_of_fit(&values, &expected, 2, &[30]);
        assert!(found.outliers.is_empty(), "{found:?}");
        let width = |at: usize| found.band[at].map_or(0.0, |(low, high)| high - low);
        assert!((width(45) / width(15) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn among_equal_values_a_spike_is_out_and_a_rare_event_is_not() {
        let mut values = vec![5.0; 60];
        for at in [7, 30, 31] {
            values[at] = 100.0;
        }
        assert_eq!(found(&values, 5.0), [7, 30, 31]);
        // Some ones among zeros are what a rare count looks like.
        let mut events = vec![0.0; 60];
        for at in [5, 22, 47] {
            events[at] = 1.0;
        }
        assert!(found(&events, 0.0).is_empty());
    }
}
