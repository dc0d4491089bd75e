//! What each agent did, folded from events in one pass: the answer of `analysis/sql/agents.sql`
//! without frames in between.
//!
//! The text is what it must equal; tests hold the two together. It answers where there is no filter,
//! and where neither spans that were written whole nor logs are stored; else the text is run.

mod errors;
mod intervals;
mod tokens;

use super::QueryError;
use super::engine::Engine;
use super::hashed::HashMap;
use super::pairing::Edge;
use super::predicate::Predicate;
use super::records::{Codes, Records, Rows, integers, select, texts};
use super::spans::{SPANS, edges_of, pair_records};
use super::tables::TIME_MICROS;
use super::views::{FAILING, SPENDING};
use crate::model::Kind;
use crate::report::{Table, Unit, Values};
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use std::collections::BTreeMap;

/// What is kept of edges, besides what pairs them.
const OF_EDGES: [&str; 10] = [
    "agent",
    "duration_ns",
    "id",
    "session_id",
    "source",
    "source_format",
    "status",
    "swarm_id",
    "tool",
    "trace_id",
];

/// What is read of events to pair them, besides that.
const PAIRING: [&str; 4] = ["interval_edge", "interval_key", "parent_id", TIME_MICROS];

/// What is kept of one batch of events.
struct Digest {
    seen: Vec<(String, Seen)>,
    edges: Vec<Edge>,
    scopes: Vec<Scope>,
    edge_records: RecordBatch,
    failing: RecordBatch,
    spending: RecordBatch,
}

/// When one agent had events.
#[derive(Clone, Copy)]
struct Seen {
    events: i64,
    first_us: i64,
    last_us: i64,
    destroyed_us: Option<i64>,
}

/// What an interval is of, as its key says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Agent,
    Task,
    Other,
}

/// What the totals are folded from.
struct Inputs {
    seen: Vec<(String, Seen)>,
    /// The edges, in parts; [`Scope`]s and records are in the same order.
    edges: Vec<Vec<Edge>>,
    scopes: Vec<Scope>,
    edge_records: Records,
    failing: Records,
    spending: Records,
}

/// What one agent did.
#[derive(Default)]
struct Totals<'r> {
    events: i64,
    spans: i64,
    turns: Turns,
    errors: i64,
    /// Input tokens, output tokens, millionths of a dollar; nothing where no record says any.
    spent: [Option<i64>; 3],
    /// How often each tool was called.
    calls: BTreeMap<&'r str, i64>,
    first_us: Option<i64>,
    last_us: Option<i64>,
    destroyed_us: Option<i64>,
}

/// An agent's turns.
#[derive(Default)]
struct Turns {
    begun: i64,
    open: i64,
    finished: i64,
    failed: i64,
    /// How long each of the finished ones took, in nanoseconds, where that is known.
    durations: Vec<i64>,
}

/// The agents that records name, each with its totals.
#[derive(Default)]
struct Agents<'r> {
    places: HashMap<&'r str, usize>,
    totals: Vec<Totals<'r>>,
}

impl<'r> Agents<'r> {
    /// Where the totals of an agent are.
    fn place(&mut self, name: &'r str) -> usize {
        *self.places.entry(name).or_insert_with(|| {
            self.totals.push(Totals::default());
            self.totals.len() - 1
        })
    }

    /// Where the totals of each of the texts are.
    fn places(&mut self, names: &Codes<'r>) -> Vec<usize> {
        names.texts().iter().map(|name| self.place(name)).collect()
    }

    fn into_named(self) -> impl Iterator<Item = (&'r str, Totals<'r>)> {
        let mut names: Vec<(&str, usize)> = self.places.into_iter().collect();
        names.sort_unstable_by_key(|(_, place)| *place);
        names.into_iter().map(|(name, _)| name).zip(self.totals)
    }
}

impl Totals<'_> {
    /// Takes in a time at which the agent was at work, from `first` to `last`.
    fn see(&mut self, first: i64, last: i64) {
        self.first_us = Some(self.first_us.map_or(first, |known| known.min(first)));
        self.last_us = self.last_us.max(Some(last));
    }
}

impl Engine {
    /// The table that `analysis/sql/agents.sql` gives, where it can be folded from events; nothing
    /// where the text is to be run.
    ///
    /// # Errors
    /// Those of reading the files.
    pub fn agent_totals(&self) -> Result<Option<Table>, QueryError> {
        self.kept().agents(|| self.fold_agents())
    }

    fn fold_agents(&self) -> Result<Option<Table>, QueryError> {
        let is_told = |kind| matches!(kind, Kind::Event | Kind::Metric);
        let is_events_alone = self.snapshot().files.iter().all(|file| is_told(file.kind));
        if *self.predicate() != Predicate::True || !is_events_alone {
            return Ok(None);
        }
        let columns = [
            &OF_EDGES[..],
            &PAIRING,
            &errors::COLUMNS,
            FAILING.columns,
            &tokens::COLUMNS,
            SPENDING.columns,
        ];
        let columns = columns.into_iter().flatten().copied().collect();
        let digests =
            self.digest_records(Kind::Event, Rows::ALL, &Predicate::True, &columns, |batch| {
                digest(&batch)
            })?;
        Ok(Some(table(fold(&Inputs::gather(digests)))))
    }
}

fn digest(batch: &RecordBatch) -> Result<Digest, ArrowError> {
    let are_edges = (SPANS.rows.are_wanted)(batch);
    let rows = || are_edges.values().set_indices();
    let edges = edges_of(batch, rows(), 0);
    let keys = texts(batch, "interval_key");
    let scope = |row| match keys.get(row) {
        Some(key) if key.starts_with("task:") => Scope::Task,
        Some(key) if key.starts_with("agent:") => Scope::Agent,
        _ => Scope::Other,
    };
    let scopes: Vec<Scope> = rows().map(scope).collect();
    let ends = texts(batch, "interval_edge");
    let ends_agent = |(row, scope): (usize, &Scope)| {
        (*scope == Scope::Agent && ends.get(row) == Some("end")).then_some(row)
    };
    Ok(Digest {
        seen: seen(batch, rows().zip(&scopes).filter_map(ends_agent)),
        edge_records: select(batch, &are_edges, &OF_EDGES)?,
        failing: select(batch, &(FAILING.are_wanted)(batch), &errors::COLUMNS)?,
        spending: select(batch, &(SPENDING.are_wanted)(batch), &tokens::COLUMNS)?,
        edges,
        scopes,
    })
}

/// When each agent had events, and when it was destroyed by those in the rows `ends`.
fn seen(batch: &RecordBatch, ends: impl Iterator<Item = usize>) -> Vec<(String, Seen)> {
    let records = Records::new(vec![batch.clone()]);
    let names = records.codes("agent");
    let times = integers(batch, TIME_MICROS);
    let mut seen: Vec<Option<Seen>> = vec![None; names.texts().len()];
    for (name, time) in names.iter().zip(times.values()) {
        let Some(name) = name else { continue };
        let new = Seen { events: 0, first_us: *time, last_us: *time, destroyed_us: None };
        let seen = seen[name].get_or_insert(new);
        seen.events += 1;
        seen.first_us = seen.first_us.min(*time);
        seen.last_us = seen.last_us.max(*time);
    }
    for row in ends {
        let name = u32::try_from(row).ok().and_then(|row| names.get(row));
        if let Some(seen) = name.and_then(|name| seen[name].as_mut()) {
            seen.destroyed_us = seen.destroyed_us.max(Some(times.value(row)));
        }
    }
    let all = names.texts().iter().zip(seen);
    all.filter_map(|(name, seen)| Some(((*name).to_owned(), seen?))).collect()
}

impl Inputs {
    fn gather(digests: Vec<Digest>) -> Self {
        let (mut agents, mut edges, mut scopes) = (Vec::new(), Vec::new(), Vec::new());
        let (mut of_edges, mut failing, mut spending) = (Vec::new(), Vec::new(), Vec::new());
        for digest in digests {
            agents.extend(digest.seen);
            edges.push(digest.edges);
            scopes.extend(digest.scopes);
            of_edges.push(digest.edge_records);
            failing.push(digest.failing);
            spending.push(digest.spending);
        }
        let edge_records = Records::new(of_edges);
        for (edges, start) in edges.iter_mut().zip(edge_records.starts()) {
            for edge in edges {
                edge.place += start;
            }
        }
        let (failing, spending) = (Records::new(failing), Records::new(spending));
        Self { seen: agents, edges, scopes, edge_records, failing, spending }
    }
}

/// What each agent did, by name.
fn fold(inputs: &Inputs) -> BTreeMap<&str, Totals<'_>> {
    let mut agents = Agents::default();
    for (name, seen) in &inputs.seen {
        let place = agents.place(name);
        let totals = &mut agents.totals[place];
        totals.events += seen.events;
        totals.see(seen.first_us, seen.last_us);
        totals.destroyed_us = totals.destroyed_us.max(seen.destroyed_us);
    }
    let pairs = pair_records(&inputs.edge_records, &inputs.edges);
    let intervals = intervals::intervals(inputs, &pairs);
    intervals::add_turns(&mut agents, inputs, &intervals);
    intervals::add_calls(&mut agents, &inputs.edge_records, &intervals);
    errors::add_errors(&mut agents, inputs, &intervals);
    tokens::add_tokens(&mut agents, &inputs.spending);
    agents.into_named().collect()
}

/// The value below which the share `rank` of the values lies (nearest rank), as the engine gives it:
/// a floating-point number.
fn percentile(values: &mut [i64], rank: f64) -> Option<f64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list, which is small and not negative"
    )]
    let place = ((values.len() as f64 * rank).ceil() - 1.0).max(0.0) as usize;
    (!values.is_empty()).then(|| *values.select_nth_unstable(place).1 as f64)
}

impl Turns {
    /// How long they took together.
    fn duration_ns(&self) -> Option<i64> {
        let sum = || self.durations.iter().fold(0_i64, |sum, one| sum.wrapping_add(*one));
        (!self.durations.is_empty()).then(sum)
    }
}

impl<'r> Totals<'r> {
    fn most_used_tool(&self) -> Option<&'r str> {
        let most = self.calls.iter().min_by_key(|(tool, calls)| (-**calls, **tool));
        most.map(|(tool, _)| *tool)
    }
}

/// The totals under the names of the text's columns.
fn table(mut totals: BTreeMap<&str, Totals<'_>>) -> Table {
    let mut percentiles = |rank: f64| {
        let of = |totals: &mut Totals<'_>| percentile(&mut totals.turns.durations, rank);
        Values::Float(totals.values_mut().map(of).collect())
    };
    let [p50, p95, p99] = [0.5, 0.95, 0.99].map(&mut percentiles);
    let all = || totals.values();
    let maybe = |one: fn(&Totals<'_>) -> Option<i64>| Values::Integer(all().map(one).collect());
    let count =
        |one: fn(&Totals<'_>) -> i64| Values::Integer(all().map(|all| Some(one(all))).collect());
    let columns = [
        ("agent", Values::texts(totals.keys())),
        ("events", count(|all| all.events)),
        ("spans", count(|all| all.spans)),
        ("tasks", count(|all| all.turns.begun)),
        ("tasks_finished", count(|all| all.turns.finished)),
        ("tasks_timed", maybe(|all| i64::try_from(all.turns.durations.len()).ok())),
        ("tasks_failed", count(|all| all.turns.failed)),
        ("open_tasks", count(|all| all.turns.open)),
        ("errors", count(|all| all.errors)),
        ("sum_duration_ns", maybe(|all| all.turns.duration_ns())),
        ("p50_duration_ns", p50),
        ("p95_duration_ns", p95),
        ("p99_duration_ns", p99),
        ("input_tokens", maybe(|all| all.spent[0])),
        ("output_tokens", maybe(|all| all.spent[1])),
        ("cost_microusd", maybe(|all| all.spent[2])),
        ("most_used_tool", Values::Text(all().map(Totals::most_used_tool).collect())),
        ("first_us", maybe(|all| all.first_us)),
        ("last_us", maybe(|all| all.last_us)),
        ("destroyed_us", maybe(|all| all.destroyed_us)),
    ];
    columns
        .into_iter()
        .fold(Table::default(), |table, (name, values)| table.with(name, Unit::None, values))
}

#[cfg(test)]
mod tests {
    use super::super::frame::to_table;
    use super::super::made_events::{Made, answer, batch_of, events, made, told_apart};
    use super::*;
    use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};
    use proptest::prelude::*;

    const TEXT: &str = include_str!("../../analysis/sql/agents.sql");

    /// The records with words that matter to agents: tasks, tools, models, failures.
    fn work(all: &[Made]) -> DataFrame {
        let mut frame = events(all).collect().unwrap();
        let texts = |name: &str, one: &dyn Fn(usize, &Made) -> Option<String>| -> Column {
            let texts: Vec<_> = all.iter().enumerate().map(|(i, made)| one(i, made)).collect();
            Series::new(name.into(), texts).into_column()
        };
        let one_of = |made: &Made, shift: u32, words: &[&str]| {
            Some(words[usize::from(made.filled >> shift) % words.len()].to_owned())
        };
        let statuses = ["ok", "error", "timeout", "running", "cancelled", "unset", "error"];
        let types = ["LLM", "AGENT", "TURN", "OTHER", "LLM"];
        let keys = ["message:m", "task:1", "task:2", "agent:a"];
        let name = |is_end: bool, id: u8| format!("{}{id}", if is_end { "end" } else { "begin" });
        let columns = [
            texts("kind", &|_, _| Some("event".to_owned())),
            texts("status", &|_, made| one_of(made, 0, &statuses)),
            texts("type", &|_, made| one_of(made, 3, &types)),
            texts("interval_key", &|_, made| Some(keys[usize::from(made.key?)].to_owned())),
            texts("task_id", &|_, made| Some(format!("{}", made.parent? % 3))),
            texts("tool", &|_, made| {
                one_of(made, 7, &["hammer", "saw", ""]).filter(|one| !one.is_empty())
            }),
            texts("id", &|_, made| Some(name(made.is_end, made.id))),
            texts("parent_id", &|_, made| Some(name(false, made.parent?))),
            // The last that was written comes first; all differ, for of equal ones any may count.
            texts("source", &|i, _| Some(format!("{:04}", all.len() - i))),
            texts("source_format", &|_, made| one_of(made, 9, &["one", "other"])),
        ];
        for column in columns {
            frame.with_column(column).unwrap();
        }
        frame
    }

    /// What the fold says of records that come in two batches.
    fn folded(events: &DataFrame) -> Table {
        let batch = batch_of(events);
        let half = batch.num_rows() / 2;
        let halves = [batch.slice(0, half), batch.slice(half, batch.num_rows() - half)];
        table(fold(&Inputs::gather(halves.iter().map(|half| digest(half).unwrap()).collect())))
    }

    /// The rows of a table as texts, one kind of number like the other.
    fn rows(table: &Table) -> Vec<String> {
        let value = |row, name: &str| match table.text(name, row) {
            Some(text) => format!("{name}={text:?}"),
            None => format!("{name}={:?}", table.float(name, row)),
        };
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let row = |row| names.iter().map(|name| value(row, name)).collect::<Vec<_>>().join(" ");
        (0..table.rows()).map(row).collect()
    }

    #[track_caller]
    fn assert_as_the_text(events: &DataFrame) {
        assert_eq!(rows(&folded(events)), rows(&to_table(&answer(TEXT, events)).unwrap()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn the_text_and_the_fold_agree(all in prop::collection::vec(made(), 0..70)) {
            assert_as_the_text(&work(&told_apart(all)));
        }
    }

    /// Of calls that one source repeats, the first by session counts; those without one come first.
    #[test]
    fn of_copies_one_counts() {
        let one = |session, parent| Made {
            is_end: false,
            key: Some(1),
            groups: [session, None, Some(1)],
            time: 1,
            id: 1,
            parent: Some(parent),
            duration: None,
            filled: 0xffff,
        };
        let mut events = work(&[one(Some(1), 0), one(None, 1), one(Some(0), 2)]);
        let words = ["source", "type", "tool"]
            .map(|name| Series::new(name.into(), [if name == "type" { "LLM" } else { name }; 3]));
        for column in words {
            events.with_column(column.into_column()).unwrap();
        }
        assert_as_the_text(&events);
        let found = folded(&events);
        let counted: Vec<bool> =
            (0..3).map(|row| found.integer("input_tokens", row).is_some()).collect();
        assert_eq!(counted, [false, true, false]);
        assert_eq!(found.text("most_used_tool", 1), Some("tool"));
        assert_eq!(found.text("most_used_tool", 0), None);
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut values: Vec<i64> = (1..=20).rev().collect();
        assert_eq!(percentile(&mut values, 0.5), Some(10.0));
        assert_eq!(percentile(&mut values, 0.95), Some(19.0));
        assert_eq!(percentile(&mut values, 0.99), Some(20.0));
        assert_eq!(percentile(&mut [7], 0.5), Some(7.0));
        assert_eq!(percentile(&mut [], 0.5), None);
    }
}
