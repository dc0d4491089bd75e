//! Errors, each once: the rule of `views/errors.sql`, counted by agent.

use super::super::hashed::{HashMap, HashSet};
use super::intervals::{Ending, Interval};
use super::{Agents, Inputs};
use crate::query::pairing::series;
use crate::query::records::{Records, integers, texts};
use crate::query::spans::GROUP;
use crate::query::tables::TIME_MICROS;

/// What is kept of records that tell of an error.
pub(super) const COLUMNS: [&str; 9] = [
    "agent",
    "id",
    "interval_edge",
    "interval_key",
    "session_id",
    "swarm_id",
    "task_id",
    "trace_id",
    TIME_MICROS,
];

/// A record by its group and its id.
type Key<'r> = (&'r str, &'r str);

/// A failing record that is no failed interval's end.
struct Failure<'r> {
    /// Its place among the failing records.
    place: usize,
    /// Stands for the task that it is of, see [`series`].
    task: Option<u128>,
    time: i64,
    key: Key<'r>,
    /// Whether it ends an interval.
    is_end: bool,
}

/// One attempt at a task: it lasts until the next one at the same task begins.
struct Attempt<'r> {
    start_us: i64,
    id: Option<&'r str>,
    is_failed: bool,
}

/// Takes in failed intervals, and failing records that are not of a failed attempt at a task.
pub(super) fn add_errors<'r>(agents: &mut Agents<'r>, inputs: &'r Inputs, intervals: &[Interval]) {
    let names = inputs.edge_records.codes("agent");
    let places = agents.places(&names);
    let ids = inputs.edge_records.texts("id");
    let groups = GROUP.map(|name| inputs.edge_records.texts(name));
    let group = |place| groups.iter().find_map(|group| group(place)).unwrap_or_default();
    let mut failed = HashSet::default();
    for interval in intervals.iter().filter(|one| one.ending == Ending::Failed) {
        let id = ids(interval.end.unwrap_or(interval.owner));
        failed.extend(id.map(|id| (group(interval.owner), id)));
        if let Some(name) = names.get(interval.owner) {
            agents.totals[places[name]].errors += 1;
        }
    }
    let failures = failures(&inputs.failing, &failed);
    let told = told(&failures, inputs, intervals, ids);
    let names = inputs.failing.codes("agent");
    let places = agents.places(&names);
    let names: Vec<Option<usize>> = names.iter().collect();
    for failure in failures.iter().filter(|one| one.is_end || !told.contains(&one.key)) {
        if let Some(name) = names[failure.place] {
            agents.totals[places[name]].errors += 1;
        }
    }
}

/// The failing records that are no edge, and those that end nothing that is known to have failed.
fn failures<'r>(failing: &'r Records, failed: &HashSet<Key<'_>>) -> Vec<Failure<'r>> {
    let mut failures = Vec::new();
    let mut first = 0;
    for batch in failing.batches() {
        let groups = GROUP.map(|name| texts(batch, name));
        let [ids, keys, edges, tasks] =
            ["id", "interval_key", "interval_edge", "task_id"].map(|name| texts(batch, name));
        let times = integers(batch, TIME_MICROS);
        for row in 0..batch.num_rows() {
            let id = ids.get(row).unwrap_or_default();
            let group = groups.into_iter().find_map(|group| group.get(row)).unwrap_or_default();
            let task = match edges.get(row) {
                None => tasks.get(row).map(|task| series(group, &format!("task:{task}"))),
                Some("end") if !failed.contains(&(group, id)) => {
                    keys.get(row).map(|key| series(group, key))
                }
                Some(_) => continue,
            };
            let (place, time) = (first + row, times.value(row));
            let key = (group, id);
            failures.push(Failure { place, task, time, key, is_end: edges.get(row).is_some() });
        }
        first += batch.num_rows();
    }
    failures
}

/// The groups and ids of those failing records without an edge that belong to a failed attempt at their task.
fn told<'r>(
    failures: &[Failure<'r>],
    inputs: &Inputs,
    intervals: &[Interval],
    ids: impl Fn(u32) -> Option<&'r str>,
) -> HashSet<Key<'r>> {
    let moments = || failures.iter().filter(|one| !one.is_end);
    let mut attempts: HashMap<u128, Vec<Attempt<'_>>> =
        moments().filter_map(|one| one.task).map(|task| (task, Vec::new())).collect();
    if attempts.is_empty() {
        return HashSet::default();
    }
    let series = |place: u32| {
        let (part, edge) = inputs.edge_records.locate(place);
        inputs.edges[part as usize][edge as usize].series
    };
    for interval in intervals {
        if let Some(attempts) = attempts.get_mut(&series(interval.owner)) {
            let is_failed = interval.ending == Ending::Failed;
            let id = ids(interval.owner);
            attempts.push(Attempt { start_us: interval.start_us, id, is_failed });
        }
    }
    for attempts in attempts.values_mut() {
        attempts.sort_unstable_by_key(|one| (one.start_us, one.id));
    }
    // An end that nobody began tells of all that its task's records tell.
    let ended: HashSet<u128> =
        failures.iter().filter(|one| one.is_end).filter_map(|one| one.task).collect();
    let is_told = |failure: &&Failure<'_>| {
        let Some(task) = failure.task else { return false };
        let attempts = &attempts[&task];
        let next = |place: usize| attempts.get(place + 1).map(|next| next.start_us);
        let is_of = |(place, one): (usize, &Attempt<'_>)| {
            one.is_failed
                && failure.time >= one.start_us
                && next(place).is_none_or(|next| failure.time < next)
        };
        (ended.contains(&task) && failure.time >= 0) || attempts.iter().enumerate().any(is_of)
    };
    moments().filter(is_told).map(|one| one.key).collect()
}
