//! What the reader of a metric's history should know.

use crate::report::Table;
use std::collections::BTreeSet;

/// Says of which metrics a rate is not how fast they grow.
pub(super) fn no_counters(found: &Table) -> Option<String> {
    let is_counter = |row: &usize| found.text("metric_type", *row) == Some("counter");
    let others = (0..found.rows()).filter(|row| !is_counter(row));
    let names: BTreeSet<&str> = others.filter_map(|row| found.text("name", row)).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let what = "a rate is the sum of the samples by the second, and not how fast it grows";
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("{one} is no counter: {what}")),
        [one, rest @ ..] => Some(format!("{one} and {} more are no counters: {what}", rest.len())),
    }
}

/// A bucket of which less is missing is taken to be whole.
const LEAST_MISSING: f64 = 0.05;

/// Says that the first or the last bucket reaches beyond what was observed, so that less adds up in it. A sample
/// at one of `times_us` stands for the time to the next one.
pub(super) fn cut_short(mut times_us: Vec<i64>, interval_us: i64) -> Option<String> {
    times_us.sort_unstable();
    times_us.dedup();
    let (first_us, last_us) = (*times_us.first()?, *times_us.last()?);
    let mut apart_us: Vec<i64> = times_us.windows(2).map(|two| two[1] - two[0]).collect();
    apart_us.sort_unstable();
    let usual_us = *apart_us.get(apart_us.len() / 2)?;
    let share = |micros: i64| micros as f64 / interval_us as f64;
    let ahead = share(first_us.rem_euclid(interval_us) - usual_us).max(0.0);
    let behind = (1.0 - share(last_us.rem_euclid(interval_us) + usual_us)).max(0.0);
    let is_one = first_us.div_euclid(interval_us) == last_us.div_euclid(interval_us);
    let of = |missing: f64| format!("{:.0} % of its length", 100.0 * (1.0 - missing));
    let (which, observed) = match (ahead > LEAST_MISSING, behind > LEAST_MISSING) {
        (false, false) => return None,
        _ if is_one => ("the bucket was", of(ahead + behind)),
        (true, true) => (
            "the first and the last bucket were",
            format!(
                "{:.0} % and {:.0} % of their length",
                100.0 * (1.0 - ahead),
                100.0 * (1.0 - behind)
            ),
        ),
        (true, false) => ("the first bucket was", of(ahead)),
        (false, true) => ("the last bucket was", of(behind)),
    };
    Some(format!("{which} observed for {observed}, so that less adds up there"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_that_were_not_observed_as_a_whole_are_told() {
        let of = |first_s: i64, last_s: i64, apart_s: usize| {
            let times = (first_s..=last_s).step_by(apart_s).map(|second| second * 1_000_000);
            cut_short(times.collect(), 100_000_000)
        };
        assert_eq!(of(0, 299, 1), None);
        assert_eq!(of(3, 296, 1), None);
        // A sample a bucket, and one in all, which stands for nobody knows how long.
        assert_eq!((of(0, 300, 100), of(40, 340, 100), of(7, 7, 1)), (None, None, None));
        let words = |first_s, last_s| of(first_s, last_s, 1).unwrap();
        assert!(words(0, 239).starts_with("the last bucket was observed for 40 % of its length"));
        assert!(words(71, 299).starts_with("the first bucket was observed for 30 % of its"));
        assert!(
            words(71, 239)
                .starts_with("the first and the last bucket were observed for 30 % and 40 %")
        );
        assert!(words(21, 69).starts_with("the bucket was observed for 50 % of its length"));
    }
}
