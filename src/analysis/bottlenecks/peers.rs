//! An agent slower than its peers at the same sort of work, or a tool slower than others that do the
//! same.
//!
//! Peers of an agent are those with tasks of the same type, or calls of the same tool; peers of a tool
//! are those that tasks of the same type use.

use super::super::statistics::Counts;
use super::Kind;
use super::asked::Asked;
use super::finding::{Finding, words_of};
use super::work::{Comparison, Stratum, Times, counts_of, longer, times_of};
use crate::query::QueryError;
use std::collections::BTreeMap;

/// Takes longer than its peers.
pub(super) static SLOW_PEER: Kind = Kind {
    name: "slow-peer",
    threshold: 1.5,
    unit: "times",
    doc: "as long as its peers, or longer, at the same work (medians)",
    texts: &["work_times", "run_times"],
    anchor: None,
    explains: &["straggler", "critical-path"],
    find,
};

/// One sort of work: who did it, and how long it took each of them.
type Doers<'t> = BTreeMap<&'t str, Vec<Times<'t>>>;

fn find(asked: &Asked<'_>, kind: &'static Kind) -> Result<Vec<Finding>, QueryError> {
    let found = asked.table("work_times")?;
    let times = times_of(&found);
    // How long a model takes goes by what it is asked, so its calls are not compared between agents.
    let agents = by_work(&times, |one| {
        Some(one.agent).filter(|agent| !agent.is_empty() && one.work != "model")
    });
    let tools = by_work(&times, |one| one.tool.filter(|_| one.work == "task"));
    let compared: Vec<Comparison<'_>> =
        [compare(&agents), compare(&tools)].into_iter().flatten().collect();
    longer(asked, kind, &compared, suggest)
}

/// The rows by work and operation, and by whom `doer` names.
fn by_work<'t>(
    times: &[Times<'t>],
    doer: impl Fn(&Times<'t>) -> Option<&'t str>,
) -> BTreeMap<(&'t str, &'t str), Doers<'t>> {
    let mut found: BTreeMap<(&str, &str), Doers<'t>> = BTreeMap::new();
    for one in times {
        if let Some(name) = doer(one) {
            found.entry((one.work, one.operation)).or_default().entry(name).or_default().push(*one);
        }
    }
    found
}

/// Everybody beside all others that did the same.
fn compare<'t>(works: &BTreeMap<(&'t str, &'t str), Doers<'t>>) -> Vec<Comparison<'t>> {
    let mut found: BTreeMap<&str, Comparison<'t>> = BTreeMap::new();
    for ((_, operation), doers) in works.iter().filter(|(_, doers)| doers.len() > 1) {
        let counts: BTreeMap<&str, Counts> =
            doers.iter().map(|(name, times)| (*name, counts_of(times))).collect();
        let mut all = Counts::default();
        for one in counts.values() {
            all.add_all(one);
        }
        for (name, times) in doers {
            let others = all.without(&counts[name]);
            let fastest = counts
                .iter()
                .filter(|(other, _)| *other != name)
                .min_by_key(|(other, counts)| (counts.median(), **other))
                .map(|(other, _)| *other);
            found
                .entry(name)
                .or_insert_with(|| Comparison::of(name))
                .add(operation, times, &others, fastest);
        }
    }
    found.into_values().collect()
}

fn suggest(subject: &str, worst: &Stratum<'_>) -> String {
    let example = worst.example.unwrap_or("its peers");
    format!(
        "move `{0}` from `{subject}` to `{example}`, or give `{subject}` what `{example}` works with: \
         `{0}` takes it {1}, its peers {2}",
        worst.operation,
        words_of(worst.own_ns as f64),
        words_of(worst.other_ns as f64)
    )
}
