//! Spans as stacks with a weight: what each span spent itself, under those that it is within.
//!
//! A stack's frames are the agents and the names of their spans, from the root; an agent stands where it
//! takes over. How stacks are written is for `folded` and `speedscope`.

use super::columns::{GROUP, Row, STEP, rows};
use super::{Input, attributes::span_name};
use crate::report::Table;
use std::collections::{BTreeMap, HashMap};

/// What is weighed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// Time of its own, in microseconds: without what its children took.
    #[default]
    Time,
    /// Tokens, each counted once.
    Tokens,
    /// Cost as the source states it, in millionths of a US dollar.
    Cost,
}

impl Weight {
    /// Every weight with its spelling, in the order of the help.
    pub const ALL: [(&'static str, Self); 3] =
        [("time", Self::Time), ("tokens", Self::Tokens), ("cost", Self::Cost)];
}

/// What stacks are made of.
pub(super) const INPUTS: &[Input] = &[
    Input::rows("spans", &[GROUP, STEP, &["end_id", "ts_us", "duration_ns"]]),
    Input::rows(
        "token_uses",
        &[
            GROUP,
            STEP,
            &["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"],
            &["cost_microusd"],
        ],
    ),
];

/// The most frames of a stack: what is deeper hangs at the last of them.
const DEEPEST: usize = 200;

#[derive(Debug)]
struct Span {
    parent: Option<usize>,
    parent_id: Option<String>,
    session: String,
    agent: Option<String>,
    name: String,
    start_ns: i64,
    /// Nothing for spans that have not ended.
    end_ns: Option<i64>,
    children: Vec<usize>,
    /// Tokens or cost.
    spent: i64,
}

#[derive(Debug)]
struct Loose {
    session: String,
    parent: Option<usize>,
    agent: Option<String>,
    name: String,
    spent: i64,
}

/// Spans that are being made into stacks.
#[derive(Debug)]
pub(super) struct Stacks {
    weight: Weight,
    spans: Vec<Span>,
    /// Spans by the ids of their records, within their session.
    by_id: HashMap<(String, String), usize>,
    /// What was spent by records that are no spans.
    loose: Vec<Loose>,
}

fn session_of(row: Row<'_>) -> &str {
    ["session_id", "swarm_id", "trace_id"]
        .into_iter()
        .find_map(|name| row.text(name))
        .unwrap_or("no session")
}

impl Stacks {
    pub(super) fn new(weight: Weight) -> Self {
        Self { weight, spans: Vec::new(), by_id: HashMap::new(), loose: Vec::new() }
    }

    /// Takes rows of one of [`INPUTS`].
    pub(super) fn take(&mut self, name: &str, batch: &Table) {
        for row in rows(batch) {
            if name == "spans" { self.take_span(row) } else { self.take_use(row) }
        }
    }

    fn take_span(&mut self, row: Row<'_>) {
        let session = session_of(row).to_owned();
        let start_ns = row.integer("ts_us").unwrap_or_default().saturating_mul(1000);
        let place = self.spans.len();
        for id in [row.text("id"), row.text("end_id")].into_iter().flatten() {
            self.by_id.entry((session.clone(), id.to_owned())).or_insert(place);
        }
        self.spans.push(Span {
            parent: None,
            parent_id: row.text("parent_id").map(str::to_owned),
            session,
            agent: row.text("agent").map(str::to_owned),
            name: span_name(row).to_owned(),
            start_ns,
            end_ns: row.integer("duration_ns").map(|nanos| start_ns.saturating_add(nanos)),
            children: Vec::new(),
            spent: 0,
        });
    }

    fn take_use(&mut self, row: Row<'_>) {
        let tokens = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"];
        let spent = match self.weight {
            Weight::Time => return,
            Weight::Tokens => tokens.iter().filter_map(|name| row.integer(name)).sum(),
            Weight::Cost => row.integer("cost_microusd").unwrap_or_default(),
        };
        let session = session_of(row).to_owned();
        let place = |id: Option<&str>| self.by_id.get(&(session.clone(), id?.to_owned())).copied();
        if let Some(own) = place(row.text("id")) {
            self.spans[own].spent += spent;
            return;
        }
        let parent = place(row.text("parent_id"));
        let agent = row.text("agent").map(str::to_owned);
        self.loose.push(Loose { parent, agent, name: span_name(row).to_owned(), spent, session });
    }

    /// Puts spans under their parents. A cycle is cut where it is met.
    fn link(&mut self) {
        for place in 0..self.spans.len() {
            let span = &self.spans[place];
            let key = span.parent_id.clone().map(|id| (span.session.clone(), id));
            let parent = key.and_then(|key| self.by_id.get(&key).copied());
            let mut above = parent;
            let mut steps = 0;
            while let Some(next) = above.filter(|next| *next != place && steps <= self.spans.len())
            {
                above = self.spans[next].parent;
                steps += 1;
            }
            if above.is_none()
                && let Some(parent) = parent
            {
                self.spans[place].parent = Some(parent);
                self.spans[parent].children.push(place);
            }
        }
    }

    /// The frames of a span, from its root.
    fn frames(&self, place: usize) -> Vec<String> {
        let mut path = Vec::new();
        let mut next = Some(place);
        while let Some(at) = next {
            path.push(at);
            next = self.spans[at].parent;
        }
        path.reverse();
        let mut frames = Vec::new();
        let mut agent: Option<&String> = None;
        for at in path {
            let span = &self.spans[at];
            if frames.len() >= DEEPEST {
                break;
            }
            if span.agent.is_some() && span.agent.as_ref() != agent {
                agent = span.agent.as_ref();
                frames.extend(span.agent.clone());
            }
            frames.push(span.name.clone());
        }
        frames
    }

    /// Time of its own, in nanoseconds: its duration without the union of its children's, cut to it.
    fn self_time(&self, span: &Span) -> i64 {
        let Some(end) = span.end_ns else { return 0 };
        let ended = span.children.iter().filter_map(|child| {
            let child = &self.spans[*child];
            Some((child.start_ns.max(span.start_ns), child.end_ns?.min(end)))
        });
        let mut children: Vec<(i64, i64)> = ended.filter(|(from, to)| from < to).collect();
        children.sort_unstable();
        let mut own = end.saturating_sub(span.start_ns);
        let mut covered = span.start_ns;
        for (from, to) in children {
            own -= (to - from.max(covered)).max(0);
            covered = covered.max(to);
        }
        own
    }

    /// The stacks that weigh something, by session and frames.
    pub(super) fn weigh(mut self) -> BTreeMap<String, BTreeMap<Vec<String>, i64>> {
        self.link();
        let mut nanos: BTreeMap<String, BTreeMap<Vec<String>, i64>> = BTreeMap::new();
        let mut add = |session: &str, frames: Vec<String>, weight: i64| {
            if weight > 0 {
                *nanos.entry(session.to_owned()).or_default().entry(frames).or_default() += weight;
            }
        };
        for (place, span) in self.spans.iter().enumerate() {
            let weight =
                if self.weight == Weight::Time { self.self_time(span) } else { span.spent };
            if weight > 0 {
                add(&span.session, self.frames(place), weight);
            }
        }
        for loose in &self.loose {
            let mut frames = loose.parent.map(|parent| self.frames(parent)).unwrap_or_default();
            let above = loose.parent.and_then(|parent| self.spans[parent].agent.as_ref());
            frames.extend(loose.agent.clone().filter(|agent| above != Some(agent)));
            frames.push(loose.name.clone());
            add(&loose.session, frames, loose.spent);
        }
        if self.weight == Weight::Time {
            // Rounded once, after the sum.
            for weight in nanos.values_mut().flat_map(BTreeMap::values_mut) {
                *weight = (*weight + 500) / 1000;
            }
        }
        nanos
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::samples::table;
    use super::*;
    use serde_json::json;

    /// A plan of 10 ms with a search of 4 ms that overlaps a call of 3 ms by 1 ms and ends beyond it.
    pub(in super::super) fn inputs() -> Vec<(&'static str, Table)> {
        let span = |id: &str, parent: &str, agent: &str, name: &str, from: i64, micros: i64| {
            json!({"id": id, "parent_id": parent, "session_id": "s", "agent": agent, "name": name,
                "ts_us": from, "duration_ns": micros * 1000})
        };
        vec![
            (
                "spans",
                table(&json!([
                    span("1", "", "ann", "plan", 0, 10_000),
                    span("2", "1", "ann", "search; deep", 2_000, 4_000),
                    span("3", "1", "bob", "call", 5_000, 3_000),
                ])),
            ),
            (
                "token_uses",
                table(&json!([
                    {"id": "3", "session_id": "s", "agent": "bob", "name": "call", "input_tokens": 100,
                     "output_tokens": 20, "cost_microusd": 7},
                    {"id": "x", "parent_id": "2", "session_id": "s", "agent": "ann", "name": "log",
                     "input_tokens": 5, "output_tokens": null, "cost_microusd": null}
                ])),
            ),
        ]
    }

    fn weighed(weight: Weight) -> Vec<(String, i64)> {
        let mut stacks = Stacks::new(weight);
        for (name, batch) in inputs() {
            stacks.take(name, &batch);
        }
        let all = stacks.weigh();
        assert_eq!(all.len(), 1);
        all["s"].iter().map(|(frames, weight)| (frames.join("/"), *weight)).collect()
    }

    #[test]
    fn time_is_without_what_children_took_together() {
        // Children cover 2 to 8 ms of 10: 4 ms are the plan's own.
        assert_eq!(
            weighed(Weight::Time),
            [
                ("ann/plan".to_owned(), 4_000),
                ("ann/plan/bob/call".to_owned(), 3_000),
                ("ann/plan/search; deep".to_owned(), 4_000)
            ]
        );
    }

    #[test]
    fn tokens_and_cost_are_where_they_were_spent() {
        assert_eq!(
            weighed(Weight::Tokens),
            [("ann/plan/bob/call".to_owned(), 120), ("ann/plan/search; deep/log".to_owned(), 5)]
        );
        assert_eq!(weighed(Weight::Cost), [("ann/plan/bob/call".to_owned(), 7)]);
    }

    #[test]
    fn spans_that_are_their_own_ancestors_stand_alone() {
        let spans = table(&json!([
            {"id": "1", "parent_id": "2", "name": "a", "ts_us": 0, "duration_ns": 5000},
            {"id": "2", "parent_id": "1", "name": "b", "ts_us": 0, "duration_ns": 5000}
        ]));
        let mut stacks = Stacks::new(Weight::Time);
        stacks.take("spans", &spans);
        assert_eq!(stacks.weigh().len(), 1);
    }
}
