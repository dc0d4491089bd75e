//! Tokens and cost, each once: the rule of `views/token_uses.sql`, summed by agent.

use super::super::hashed::{HashMap, HashSet};
use super::Agents;
use crate::query::records::{Records, integers, texts};
use crate::query::tables::TIME_MICROS;

/// The counts that are summed.
const SUMMED: [&str; 3] = ["input_tokens", "output_tokens", "cost_microusd"];

/// What is kept of records that tell of tokens or a cost.
pub(super) const COLUMNS: [&str; 10] = [
    "agent",
    "cost_microusd",
    "id",
    "input_tokens",
    "output_tokens",
    "session_id",
    "source",
    "trace_id",
    TIME_MICROS,
    "type",
];

/// The call of a model in one of the sources that tell of it.
struct Copy<'r> {
    /// Which comes first is the one that counts: by source, then session, those without one before.
    order: (Option<&'r str>, Option<&'r str>),
    place: usize,
}

/// Takes in what records spent: calls of models once, and totals of agents, chains, turns and traces
/// where their trace has no such call.
pub(super) fn add_tokens<'r>(agents: &mut Agents<'r>, spending: &'r Records) {
    let mut calls: HashMap<(&str, &str, i64), Copy<'_>> = HashMap::default();
    let mut called = HashSet::default();
    let mut totals = Vec::new();
    let mut counting = Vec::new();
    let mut first = 0;
    for batch in spending.batches() {
        let [ids, traces, types, sources, sessions] =
            ["id", "trace_id", "type", "source", "session_id"].map(|name| texts(batch, name));
        let times = integers(batch, TIME_MICROS);
        for row in 0..batch.num_rows() {
            let (place, trace) = (first + row, traces.get(row));
            match types.get(row) {
                Some("LLM") => {
                    called.extend(trace);
                    let copy = Copy { order: (sources.get(row), sessions.get(row)), place };
                    let id = ids.get(row).unwrap_or_default();
                    let call = (id, trace.unwrap_or_default(), times.value(row));
                    let known = calls.entry(call).or_insert(Copy { ..copy });
                    if copy.order < known.order {
                        *known = copy;
                    }
                }
                Some("AGENT" | "CHAIN" | "TURN" | "TRACE") => totals.push((place, trace)),
                Some(other) => {
                    called.extend(trace.filter(|_| other == "THINK"));
                    counting.push(place);
                }
                None => {}
            }
        }
        first += batch.num_rows();
    }
    let is_alone = |trace: Option<&str>| !trace.is_some_and(|trace| called.contains(trace));
    counting.extend(calls.into_values().map(|copy| copy.place));
    counting.extend(totals.into_iter().filter(|(_, trace)| is_alone(*trace)).map(|one| one.0));
    let names = spending.codes("agent");
    let places = agents.places(&names);
    let names: Vec<Option<usize>> = names.iter().collect();
    for (place, name) in SUMMED.into_iter().enumerate() {
        let counts = spending.batches().iter().map(|batch| integers(batch, name));
        let counts: Vec<Option<i64>> =
            counts.flat_map(|counts| counts.iter().collect::<Vec<_>>()).collect();
        for record in &counting {
            if let (Some(name), Some(count)) = (names[*record], counts[*record]) {
                let sum = &mut agents.totals[places[name]].spent[place];
                *sum = Some(sum.unwrap_or_default().wrapping_add(count));
            }
        }
    }
}
