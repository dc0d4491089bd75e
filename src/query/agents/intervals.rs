//! Intervals as numbers: which there are, which of them are turns, and which call tools.

use super::super::hashed::HashMap;
use super::{Agents, Inputs, Scope, Turns};
use crate::query::pairing::Pairs;
use crate::query::records::{Records, integers};
use arrow::array::Array;

/// One row of the view `spans`: records are named by their places among the edges.
pub(super) struct Interval {
    /// The record that says whose it is: its begin, else its end.
    pub(super) owner: u32,
    /// The record that ends it; nothing while it runs.
    pub(super) end: Option<u32>,
    /// Microseconds since 1970 UTC.
    pub(super) start_us: i64,
    end_us: Option<i64>,
    duration_ns: Option<i64>,
    /// How it ended.
    pub(super) ending: Ending,
}

/// How an interval ended, as its status says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Untold,
    Running,
    Cancelled,
    Failed,
    Well,
}

impl Ending {
    fn of(status: &str) -> Self {
        match status {
            "running" => Self::Running,
            "cancelled" => Self::Cancelled,
            "error" | "timeout" => Self::Failed,
            _ => Self::Well,
        }
    }

    fn is_final(self) -> bool {
        matches!(self, Self::Failed | Self::Well)
    }
}

/// The rows of the view `spans` that rest on these pairs.
pub(super) fn intervals(inputs: &Inputs, pairs: &Pairs) -> Vec<Interval> {
    let records = &inputs.edge_records;
    let times: Vec<i64> = inputs.edges.iter().flatten().map(|edge| edge.time).collect();
    let statuses = records.codes("status");
    let endings: Vec<Ending> = statuses.texts().iter().map(|status| Ending::of(status)).collect();
    let ending = |end: u32| statuses.get(end).map_or(Ending::Untold, |status| endings[status]);
    let paired = pairs.begins.iter().map(|(begin, end)| {
        let start_us = times[*begin as usize];
        let end_us = end.map(|end| times[end as usize]);
        Interval {
            owner: *begin,
            end: *end,
            start_us,
            end_us,
            duration_ns: end_us.filter(|end| *end >= start_us).map(|end| (end - start_us) * 1000),
            ending: end.map_or(Ending::Running, ending),
        }
    });
    let durations: Vec<_> =
        records.batches().iter().map(|batch| integers(batch, "duration_ns")).collect();
    let loose = pairs.loose_ends.iter().filter_map(|end| {
        let (batch, row) = records.locate(*end);
        let (durations, row) = (&durations[batch as usize], row as usize);
        let duration = durations.is_valid(row).then(|| durations.value(row))?;
        let end_us = times[*end as usize];
        Some(Interval {
            owner: *end,
            end: Some(*end),
            start_us: end_us - duration.div_euclid(1000),
            end_us: Some(end_us),
            duration_ns: Some(duration),
            ending: ending(*end),
        })
    });
    paired.chain(loose).collect()
}

/// Takes in intervals, and turns: attempts at tasks, and in a format without tasks all intervals.
pub(super) fn add_turns<'r>(agents: &mut Agents<'r>, inputs: &'r Inputs, intervals: &[Interval]) {
    let names = inputs.edge_records.codes("agent");
    let places = agents.places(&names);
    let formats = inputs.edge_records.codes("source_format");
    let is_of_task = |one: &Interval| inputs.scopes[one.owner as usize] == Scope::Task;
    let mut has_tasks = vec![false; formats.texts().len()];
    for interval in intervals.iter().filter(|one| is_of_task(one)) {
        if let Some(format) = formats.get(interval.owner) {
            has_tasks[format] = true;
        }
    }
    for interval in intervals {
        let Some(name) = names.get(interval.owner) else { continue };
        let totals = &mut agents.totals[places[name]];
        totals.spans += 1;
        totals.see(interval.start_us, interval.end_us.unwrap_or(interval.start_us));
        let is_turn = is_of_task(interval)
            || !formats.get(interval.owner).is_some_and(|format| has_tasks[format]);
        if is_turn {
            add_turn(&mut totals.turns, interval);
        }
    }
}

fn add_turn(turns: &mut Turns, interval: &Interval) {
    turns.begun += 1;
    turns.open += i64::from(interval.ending == Ending::Running);
    if interval.ending.is_final() {
        turns.finished += 1;
        turns.failed += i64::from(interval.ending == Ending::Failed);
        turns.durations.extend(interval.duration_ns);
    }
}

/// Takes in calls of tools; one that several sources repeat, under one id, trace and time, once.
pub(super) fn add_calls<'r>(agents: &mut Agents<'r>, records: &'r Records, intervals: &[Interval]) {
    let names = records.codes("agent");
    let places = agents.places(&names);
    let tools = records.codes("tool");
    if tools.texts().is_empty() {
        return;
    }
    let ids = records.texts("id");
    let [traces, sources, sessions] =
        ["trace_id", "source", "session_id"].map(|name| records.codes(name));
    let tool_of =
        |one: &Interval| tools.get(one.owner).or_else(|| tools.get(one.end.unwrap_or(one.owner)));
    // Among repeated ones the first by source, then session, those without one before.
    let origin = |one: &Interval| (sources.text(one.owner), sessions.text(one.owner));
    let mut calls: HashMap<(&str, &str, i64), (&Interval, usize)> = HashMap::default();
    for interval in intervals {
        let Some(tool) = tool_of(interval) else { continue };
        let id = ids(interval.owner).unwrap_or_default();
        let trace = traces.text(interval.owner).unwrap_or_default();
        let call = calls.entry((id, trace, interval.start_us)).or_insert((interval, tool));
        if origin(interval) < origin(call.0) {
            *call = (interval, tool);
        }
    }
    for (interval, tool) in calls.into_values() {
        if let Some(name) = names.get(interval.owner) {
            *agents.totals[places[name]].calls.entry(tools.texts()[tool]).or_default() += 1;
        }
    }
}
