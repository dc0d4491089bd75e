//! How far apart things happen: how long a bucket has to be, and which silence is a rest and which a gap.
//!
//! What series are made of their buckets is for the others.

use super::super::statistics::spread::present;
use super::{COUNTED, Draft, Origin};

/// Of fewer distances nobody knows what is usual.
const LEAST_DISTANCES: usize = 8;

/// Of fewer values nobody knows how far they are apart.
const LEAST_VALUES: usize = 4;

/// A silence is a gap beyond so many times what nine of ten silences last.
const LONG: usize = 3;

/// How many buckets lie from one value to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spacing {
    /// In most series: what half of them have at most.
    pub(super) of_most: usize,
    /// In every series.
    pub(super) of_all: usize,
}

/// How far values are apart, in the middle of each series. None where series have hardly any values.
pub(super) fn of(drafts: &[Draft]) -> Option<Spacing> {
    let of_draft = |draft: &Draft| {
        let is_count = draft.origin == Origin::Derived && COUNTED.contains(&draft.metric.as_str());
        let values = present(&draft.values).into_iter();
        let places: Vec<usize> =
            values.filter(|(_, value)| !is_count || *value != 0.0).map(|(at, _)| at).collect();
        let mut distances = distances(&places);
        (distances.len() >= LEAST_VALUES).then(|| middle(&mut distances))
    };
    let mut all: Vec<usize> = drafts.iter().filter_map(of_draft).collect();
    let of_all = *all.iter().min()?;
    Some(Spacing { of_most: middle(&mut all), of_all })
}

fn distances(places: &[usize]) -> Vec<usize> {
    places.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn middle(values: &mut [usize]) -> usize {
    let place = (values.len() - 1) / 2;
    *values.select_nth_unstable(place).1
}

/// The buckets in which something was recorded, with the ones between where that is how things are: where
/// work comes once an hour, nothing in a bucket of ten minutes is no work, and not that nobody looked.
pub(super) fn awake(mut observed: Vec<bool>) -> Vec<bool> {
    let places: Vec<usize> = (0..observed.len()).filter(|place| observed[*place]).collect();
    let mut sorted = distances(&places);
    if sorted.len() < LEAST_DISTANCES {
        return observed;
    }
    sorted.sort_unstable();
    let usual = sorted[(sorted.len() - 1) * 9 / 10];
    if usual < 2 {
        return observed;
    }
    for pair in places.windows(2).filter(|pair| pair[1] - pair[0] <= LONG * usual) {
        observed[pair[0]..pair[1]].fill(true);
    }
    observed
}

/// The gaps of what is recorded at all, those that are more than a twentieth of the time: the first bucket of
/// each, and the first one after it.
pub(super) fn gaps(awake: &[bool]) -> Vec<(usize, usize)> {
    let places: Vec<usize> = (0..awake.len()).filter(|place| awake[*place]).collect();
    let gap = |pair: &[usize]| (pair[0] + 1, pair[1]);
    let is_long = |(from, to): &(usize, usize)| (to - from) * PARTS > awake.len();
    places.windows(2).map(gap).filter(is_long).collect()
}

/// A gap is told of where it is more than one of so many parts of the time.
const PARTS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(metric: &str, values: Vec<Option<f64>>) -> Draft {
        let (metric, unit) = (metric.to_owned(), String::new());
        Draft { metric, unit, key: None, origin: Origin::Derived, values, pieces: None }
    }

    #[test]
    fn most_series_say_how_far_values_are_apart() {
        let every = |apart: usize, count: usize| -> Vec<Option<f64>> {
            (0..count).map(|at| (at % apart == 0).then_some(1.0)).collect()
        };
        let latency = || draft("latency.p95", every(6, 100));
        let spacing = |of_most, of_all| Some(Spacing { of_most, of_all });
        assert_eq!(of(&[latency(), latency(), draft("x", every(1, 100))]), spacing(6, 1));
        assert_eq!(of(&[latency(), draft("x", every(1, 100))]), spacing(1, 1));
        // Zeros of what is counted are no values, and few values say nothing.
        let zeros = every(4, 100).iter().map(|value| value.or(Some(0.0))).collect();
        assert_eq!(of(&[draft("throughput", zeros)]), spacing(4, 4));
        assert_eq!(of(&[draft("x", every(30, 100))]), None);
    }

    #[test]
    fn usual_silences_are_rests_and_long_ones_gaps() {
        // Something in every sixth of 60 buckets, then nothing for 30, then again.
        let mut observed: Vec<bool> = (0..100).map(|at| at % 6 == 0).collect();
        observed[55..85].fill(false);
        let found = awake(observed.clone());
        assert!(found[..55].iter().all(|is_awake| *is_awake));
        assert_eq!(found[55..84].iter().filter(|is_awake| **is_awake).count(), 0);
        assert_eq!(gaps(&found), [(55, 90)]);
        // Where something is recorded all the time, nothing is a gap.
        let mut always = vec![true; 100];
        always[40..42].fill(false);
        assert_eq!(awake(always.clone()), always);
        assert_eq!(awake(observed[..40].to_vec()), observed[..40]);
    }
}
