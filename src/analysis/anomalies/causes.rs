//! What else changed while an incident lasted: agents, tools, operations, models and kinds of errors, by
//! their share of the difference.

use super::super::finish::{integer_of, text_of};
use super::super::series::Grid;
use crate::report::{Table, both_with_unit, with_unit};
use std::collections::BTreeMap;

/// What has less of the difference is no likely cause.
const LEAST_SHARE: f64 = 0.5;

/// What changed by a smaller part of what is usual did not change.
const LEAST_CHANGE: f64 = 0.2;

/// So many causes are told of an incident, one a dimension.
const MOST_CAUSES: usize = 3;

/// What an incident is about, and so what is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// How much work there was.
    Amount,
    /// How long work took.
    Time,
    /// What failed.
    Errors,
    /// What was read and written by models.
    Tokens,
}

impl About {
    /// By the name of a metric.
    pub(super) fn of(metric: &str) -> Self {
        let has = |word: &str| metric.to_lowercase().contains(word);
        if has("latency") || has("duration") || has("responsetime") {
            Self::Time
        } else if has("error") {
            Self::Errors
        } else if has("token") || has("cost") {
            Self::Tokens
        } else {
            Self::Amount
        }
    }
}

/// What is asked of an incident.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// What it is about.
    pub(super) about: About,
    /// Whether there was more than usual, and not less.
    pub(super) is_more: bool,
    /// What its series is one of, such as `model`: what others of these did is no cause of it.
    pub(super) split_by: Option<&'a str>,
}

/// Something whose change explains most of an incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// `agent`, `tool`, `operation`, `model` or `error_type`.
    pub dimension: String,
    /// Which of them.
    pub key: String,
    /// Its part of the difference between what happened and what is usual, from 0.5 to 1.
    pub share: f64,
    /// Its share times how far it is from what is usual, by which causes are put in order.
    strength: f64,
    /// The change in words.
    pub words: String,
}

/// Finished work of one key in one bucket.
#[derive(Clone, Copy, Debug, Default)]
struct Work {
    spans: i64,
    errors: i64,
    busy_ns: i64,
    tokens: i64,
}

impl Work {
    fn add(&mut self, other: &Self) {
        self.spans += other.spans;
        self.errors += other.errors;
        self.busy_ns += other.busy_ns;
        self.tokens += other.tokens;
    }

    fn count(&self, about: About) -> f64 {
        match about {
            About::Amount => self.spans as f64,
            About::Time => self.busy_ns as f64,
            About::Errors => self.errors as f64,
            About::Tokens => self.tokens as f64,
        }
    }

    fn mean_ns(&self) -> Option<f64> {
        (self.spans > 0).then(|| self.busy_ns as f64 / self.spans as f64)
    }
}

/// All finished work by dimension and key, from `series_changes.sql`.
pub(super) struct Changes {
    by_key: BTreeMap<(String, String), Vec<(usize, Work)>>,
}

impl Changes {
    pub(super) fn new(found: &Table, grid: &Grid) -> Self {
        let (dimension, key) = (text_of(found, "dimension"), text_of(found, "dimension_key"));
        let bucket_us = integer_of(found, "bucket_us");
        let integer = |name: &str, row: usize| found.integer(name, row).unwrap_or_default();
        let mut by_key: BTreeMap<(String, String), Vec<(usize, Work)>> = BTreeMap::new();
        for row in 0..found.rows() {
            let (Some(dimension), Some(key)) = (dimension(row), key(row)) else { continue };
            let Some(place) = bucket_us(row).and_then(|time| grid.place(time)) else { continue };
            let work = Work {
                spans: integer("spans", row),
                errors: integer("errors", row),
                busy_ns: integer("busy_ns", row),
                tokens: integer("tokens", row),
            };
            by_key.entry((dimension.to_owned(), key.to_owned())).or_default().push((place, work));
        }
        Self { by_key }
    }

    /// The likely causes of what happened from bucket `from` to bucket `to`. What is usual are the means of
    /// all buckets in which `is_usual` says so.
    pub(super) fn causes(
        &self,
        (from, to): (usize, usize),
        asked: Asked<'_>,
        is_usual: &[bool],
    ) -> Vec<Cause> {
        let Asked { about, is_more, split_by } = asked;
        let counts = |place: &usize| is_usual[*place] && !(from..=to).contains(place);
        let usual_buckets = (0..is_usual.len()).filter(counts).count();
        if usual_buckets == 0 {
            return Vec::new();
        }
        let scale = (to + 1 - from) as f64 / usual_buckets as f64;
        let mut differences: BTreeMap<&str, Vec<(&str, f64, Work, Work)>> = BTreeMap::new();
        let others = self.by_key.iter().filter(|((of, _), _)| split_by != Some(of.as_str()));
        for ((dimension, key), buckets) in others {
            let (mut within, mut usual) = (Work::default(), Work::default());
            for (place, work) in buckets {
                if (from..=to).contains(place) {
                    within.add(work);
                } else if is_usual.get(*place).copied().unwrap_or(false) {
                    usual.add(work);
                }
            }
            let difference = match about {
                // How much longer the work took that there was.
                About::Time => match (within.mean_ns(), usual.mean_ns()) {
                    (Some(now), Some(then)) => (now - then) * within.spans as f64,
                    _ => 0.0,
                },
                _ => within.count(about) - usual.count(about) * scale,
            };
            let difference = if is_more { difference } else { -difference };
            if difference > 0.0 {
                differences.entry(dimension).or_default().push((key, difference, within, usual));
            }
        }
        let mut causes: Vec<Cause> = differences
            .into_iter()
            .filter_map(|(dimension, keys)| {
                let whole: f64 = keys.iter().map(|(_, difference, ..)| difference).sum();
                let (key, difference, within, usual) =
                    keys.into_iter().reduce(|best, one| if one.1 > best.1 { one } else { best })?;
                let share = difference / whole;
                let then = match about {
                    About::Time => usual.mean_ns()? * within.spans as f64,
                    _ => usual.count(about) * scale,
                };
                let most = within.count(about).max(then);
                (share >= LEAST_SHARE && is_change(about, difference, then)).then(|| Cause {
                    strength: share * difference / most.max(f64::MIN_POSITIVE),
                    words: words(dimension, key, about, &within, &usual, scale),
                    dimension: dimension.to_owned(),
                    key: key.to_owned(),
                    share,
                })
            })
            .collect();
        causes.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(rank(a).cmp(&rank(b))));
        causes.truncate(MOST_CAUSES);
        causes
    }
}

/// Whether something differs enough from what is usual to be said: by a fifth, and what is counted one by
/// one by twice of what it varies by chance (Poisson: the square root).
fn is_change(about: About, difference: f64, usual: f64) -> bool {
    let by_chance = match about {
        About::Amount | About::Errors => 2.0 * usual.max(1.0).sqrt(),
        About::Time | About::Tokens => 0.0,
    };
    difference >= LEAST_CHANGE * usual && difference > by_chance
}

/// What says most about a cause comes first among equals.
fn rank(cause: &Cause) -> Option<usize> {
    let order = ["error_type", "tool", "operation", "model", "agent"];
    order.iter().position(|dimension| *dimension == cause.dimension)
}

fn words(
    dimension: &str,
    key: &str,
    about: About,
    within: &Work,
    usual: &Work,
    scale: f64,
) -> String {
    let name = dimension.replace('_', " ");
    if about == About::Time {
        let millis = |work: &Work| work.mean_ns().unwrap_or_default() / 1e6;
        let (now, then) = both_with_unit(millis(within), millis(usual), "ms");
        return format!("{name} {key}: {now} instead of {then}");
    }
    let noun = match about {
        About::Errors => "errors",
        About::Tokens => "tokens",
        About::Amount | About::Time => "spans",
    };
    format!(
        "{name} {key}: {} {noun} instead of {}",
        with_unit(within.count(about), ""),
        with_unit(usual.count(about) * scale, "")
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::made_rows::rows_of;
    use super::*;

    fn row(
        dimension: &str,
        key: &str,
        minute: i64,
        [spans, errors, busy_ns, tokens]: [i64; 4],
    ) -> String {
        let bucket_us = minute * 60_000_000;
        format!(
            r#"{{"dimension":"{dimension}","dimension_key":"{key}","bucket_us":{bucket_us},"spans":{spans},
                "errors":{errors},"busy_ns":{busy_ns},"tokens":{tokens}}}"#
        )
    }

    fn changes() -> Changes {
        let second = 1_000_000_000;
        let mut rows = Vec::new();
        for minute in 0..5 {
            // In the third minute `search` fails and takes five times as long; `code` is as ever.
            let (errors, seconds) = if minute == 2 { (8, 50) } else { (0, 10) };
            rows.push(row("tool", "search", minute, [10, errors, seconds * second, 100]));
            rows.push(row("tool", "code", minute, [20, 1, 20 * second, 100]));
            rows.push(row("agent", "a", minute, [30, errors + 1, (seconds + 20) * second, 200]));
        }
        Changes::new(&rows_of(&rows), &Grid::new((0, 299_999_999), Some(60_000_000)))
    }

    const USUAL: [bool; 5] = [true, true, false, true, true];

    fn asked(about: About, is_more: bool) -> Asked<'static> {
        Asked { about, is_more, split_by: None }
    }

    #[test]
    fn what_changed_most_is_the_cause() {
        let found = changes().causes((2, 2), asked(About::Errors, true), &USUAL);
        let told: Vec<_> = found.iter().map(|cause| cause.words.as_str()).collect();
        assert_eq!(told, ["tool search: 8 errors instead of 0", "agent a: 9 errors instead of 1"]);
        let found = changes().causes((2, 2), asked(About::Time, true), &USUAL);
        assert_eq!(found[0].words, "tool search: 5 s instead of 1 s");
    }

    #[test]
    fn what_hardly_changed_and_what_others_did_is_no_cause() {
        // Beside 30 a little more is chance; of 29 where 28.8 are usual nothing is to be said.
        assert!(!is_change(About::Amount, 0.2, 28.8) && !is_change(About::Amount, 10.0, 30.0));
        assert!(is_change(About::Amount, 12.0, 30.0) && is_change(About::Errors, 3.0, 0.0));
        assert!(!is_change(About::Tokens, 19.0, 100.0) && is_change(About::Tokens, 20.0, 100.0));
        let of_tool = Asked { split_by: Some("tool"), ..asked(About::Errors, true) };
        let found = changes().causes((2, 2), of_tool, &USUAL);
        let told: Vec<_> = found.iter().map(|cause| cause.words.as_str()).collect();
        assert_eq!(told, ["agent a: 9 errors instead of 1"]);
    }

    #[test]
    fn nothing_is_claimed_where_nothing_changed() {
        let found = changes().causes((1, 1), asked(About::Errors, true), &USUAL);
        assert_eq!(found, []);
        assert_eq!(changes().causes((2, 2), asked(About::Errors, false), &USUAL), []);
        assert_eq!(changes().causes((2, 2), asked(About::Errors, true), &[false; 5]), []);
    }

    #[test]
    fn metrics_say_what_is_compared() {
        for (metric, expected) in [
            ("latency.p95", About::Time),
            ("queries.avgResponseTime", About::Time),
            ("error_rate", About::Errors),
            ("cost", About::Tokens),
            ("throughput", About::Amount),
            ("cpu.usage", About::Amount),
        ] {
            assert_eq!(About::of(metric), expected, "{metric}");
        }
    }
}
