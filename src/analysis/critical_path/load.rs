//! Runs out of the engine: which runs a filter picks, and their spans and messages, batch by batch.
//!
//! A filter picks the runs in which a span fits it; each of these is then taken whole. What a run's
//! spans mean is for [`super::assemble`].

use super::super::finish::run;
use super::assemble::assemble;
use super::run::{Names, Run, Unit};
use super::waits::About;
use crate::model::Kind;
use crate::query::{Engine, Predicate, QueryError};
use crate::report::Table;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// As many sessions or traces as a condition may name.
const MOST_NAMED: usize = 500;

/// Which runs are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::analysis) enum Wanted {
    /// Sessions; what is in none, by its trace, else by its swarm.
    #[default]
    All,
    /// Sessions alone.
    Sessions,
    /// Traces alone.
    Traces,
}

/// Whole runs, and the rows that they were made of.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Batch {
    /// In the order of their names.
    pub(in crate::analysis) runs: Vec<Run>,
    pub(in crate::analysis) spans: Table,
    pub(in crate::analysis) messages: Table,
}

impl Batch {
    /// The id of the record that something rests on.
    pub(in crate::analysis) fn id(&self, run: &Run, about: About) -> Option<&str> {
        match about {
            About::Nothing => None,
            About::Span(place) => self.spans.text("id", run.span(place)?.row as usize),
            About::Message(place) => {
                self.messages.text("id", run.messages.get(place as usize)?.row as usize)
            }
        }
    }
}

/// What a run is named after: what it is, and its id.
pub(super) type Key = (Unit, String);

/// Which run a span belongs to.
#[derive(Debug, Default)]
pub(super) struct Keys {
    wanted: Wanted,
    /// The session of each trace that names one anywhere.
    session_of: HashMap<String, String>,
    /// The runs that are asked for; all of them where there is no list.
    only: Option<BTreeSet<Key>>,
}

impl Keys {
    /// The run of a span with these groups; none where it is not asked for.
    pub(super) fn of(&self, groups: [Option<&str>; 3]) -> Option<Key> {
        let [session, trace, swarm] = groups;
        let trace_key = || Some((Unit::Trace, trace?.to_owned()));
        let session_key = || {
            let of_trace = || self.session_of.get(trace?).map(String::as_str);
            Some((Unit::Session, session.or_else(of_trace)?.to_owned()))
        };
        let key = match self.wanted {
            Wanted::Traces => trace_key()?,
            Wanted::Sessions => session_key()?,
            Wanted::All => session_key()
                .or_else(trace_key)
                .or_else(|| Some((Unit::Swarm, swarm?.to_owned())))
                .unwrap_or((Unit::Rest, String::new())),
        };
        self.only.as_ref().is_none_or(|only| only.contains(&key)).then_some(key)
    }
}

/// The groups of a row.
pub(super) fn groups(table: &Table, row: usize) -> [Option<&str>; 3] {
    ["session_id", "trace_id", "swarm_id"].map(|name| table.text(name, row))
}

/// Spans of one run: how many, and their first and last start in microseconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Extent {
    spans: i64,
    first_us: i64,
    last_us: i64,
}

/// An engine over the records of one run.
pub(super) fn alone(engine: &Engine, unit: Unit, id: Option<&str>) -> Engine {
    let id = || id.map(str::to_owned);
    let row = match unit {
        Unit::Session => [id(), None, None],
        Unit::Trace => [None, id(), None],
        Unit::Swarm => [None, None, id()],
        Unit::Rest => return engine.anew(),
    };
    Engine::new(engine.snapshot().clone(), members(vec![row]))
}

/// The runs that are asked for: the engine that reads them whole, and where each lies.
pub(in crate::analysis) struct Picked {
    engine: Engine,
    keys: Keys,
    extents: BTreeMap<Key, Extent>,
}

impl Picked {
    /// The runs in which a span fits the filter of `engine`.
    ///
    /// # Errors
    /// Those of the engine.
    pub(in crate::analysis) fn of(engine: &Engine, wanted: Wanted) -> Result<Self, QueryError> {
        let mut keys = Keys { wanted, ..Keys::default() };
        let first = run(engine, "path_runs")?;
        keys.note_sessions(&first);
        let snapshot = || engine.snapshot().clone();
        if *engine.predicate() == Predicate::True {
            let extents = keys.extents(&first);
            return Ok(Self { engine: Engine::new(snapshot(), Predicate::True), keys, extents });
        }
        let rows = |table: &Table| -> Vec<Row> {
            (0..table.rows()).map(|row| owned(table, row)).collect()
        };
        let mut whole = Engine::new(snapshot(), members(rows(&first)));
        let mut found = run(&whole, "path_runs")?;
        keys.note_sessions(&found);
        keys.only = Some(keys.extents(&first).into_keys().collect());
        // A trace may tell the session of a span that names none, and that session has other traces.
        let told = (0..found.rows()).filter_map(|row| {
            let [session, trace, swarm] = owned(&found, row);
            let (unit, id) = keys.of(groups(&found, row))?;
            Some([session.or((unit == Unit::Session).then_some(id)), trace, swarm])
        });
        let wider = members(told.collect());
        if wider != *whole.predicate() && *whole.predicate() != Predicate::True {
            whole = Engine::new(snapshot(), wider);
            found = run(&whole, "path_runs")?;
        }
        let extents = keys.extents(&found);
        Ok(Self { engine: whole, keys, extents })
    }

    /// How many runs there are.
    pub(in crate::analysis) fn len(&self) -> usize {
        self.extents.len()
    }

    /// Calls `take` with all runs, batch by batch: with as many spans as `most`, unless one run has more.
    ///
    /// # Errors
    /// Those of the engine.
    pub(in crate::analysis) fn for_each_batch(
        mut self,
        names: &mut Names,
        most: i64,
        mut take: impl FnMut(&mut Names, Batch),
    ) -> Result<(), QueryError> {
        let spans: i64 = self.extents.values().map(|extent| extent.spans).sum();
        if self.extents.len() > 1 && spans > most {
            // Batches are cut out by time, and messages go out before and after spans begin.
            let found = run(&self.engine, "path_message_runs")?;
            for (key, messages) in self.keys.extents(&found) {
                if let Some(extent) = self.extents.get_mut(&key) {
                    extent.first_us = extent.first_us.min(messages.first_us);
                    extent.last_us = extent.last_us.max(messages.last_us);
                }
            }
        }
        let batches = batches(std::mem::take(&mut self.extents), most);
        if let [_] = batches.as_slice() {
            let batch = read(&self.engine, &self.keys, names)?;
            take(names, batch);
            return Ok(());
        }
        for (only, first_us, last_us) in batches {
            let times = Predicate::times("time", first_us, last_us);
            let predicate = Predicate::all([self.engine.predicate().clone(), times]);
            let engine = Engine::new(self.engine.snapshot().clone(), predicate);
            self.keys.only = Some(only);
            let batch = read(&engine, &self.keys, names)?;
            take(names, batch);
        }
        Ok(())
    }
}

impl Keys {
    fn note_sessions(&mut self, found: &Table) {
        for row in 0..found.rows() {
            if let [Some(session), Some(trace), _] = groups(found, row) {
                let known = self.session_of.entry(trace.to_owned());
                let known = known.or_insert_with(|| session.to_owned());
                if session < known.as_str() {
                    session.clone_into(known);
                }
            }
        }
    }

    fn extents(&self, found: &Table) -> BTreeMap<Key, Extent> {
        let mut extents: BTreeMap<Key, Extent> = BTreeMap::new();
        for row in 0..found.rows() {
            let Some(key) = self.of(groups(found, row)) else { continue };
            let number = |name: &str| found.integer(name, row).unwrap_or_default();
            let (first_us, last_us) = (number("first_us"), number("last_us"));
            let extent = extents.entry(key).or_insert(Extent { spans: 0, first_us, last_us });
            extent.spans += number("spans");
            extent.first_us = extent.first_us.min(first_us);
            extent.last_us = extent.last_us.max(last_us);
        }
        extents
    }
}

/// A row's session, trace and swarm.
type Row = [Option<String>; 3];

fn owned(table: &Table, row: usize) -> Row {
    groups(table, row).map(|group| group.map(str::to_owned))
}

/// The condition that a record is of one of the sessions and traces of these rows; always true where
/// they are too many to name or some are of neither.
fn members(rows: Vec<Row>) -> Predicate {
    let mut sessions = BTreeSet::new();
    let mut traces = BTreeSet::new();
    for [session, trace, _] in rows {
        if session.is_none() && trace.is_none() {
            return Predicate::True;
        }
        sessions.extend(session);
        traces.extend(trace);
    }
    if sessions.len() + traces.len() > MOST_NAMED {
        return Predicate::True;
    }
    let mut parts: Vec<Predicate> = [("session_id", sessions), ("trace_id", traces)]
        .into_iter()
        .filter(|(_, ids)| !ids.is_empty())
        .map(|(column, ids)| Predicate::one_of(column, ids))
        .collect();
    match parts.len() {
        // No run at all: what asks for nothing finds nothing.
        0 => Predicate::one_of("session_id", []),
        1 => parts.swap_remove(0),
        _ => Predicate::Or(parts),
    }
}

/// Runs in the order of their start, cut into batches; each with its first and last start.
fn batches(extents: BTreeMap<Key, Extent>, most: i64) -> Vec<(BTreeSet<Key>, i64, i64)> {
    let mut extents: Vec<(Key, Extent)> = extents.into_iter().collect();
    extents.sort_by(|(left, a), (right, b)| (a.first_us, left).cmp(&(b.first_us, right)));
    let mut batches: Vec<(BTreeSet<Key>, i64, i64)> = Vec::new();
    let mut room = 0;
    for (key, extent) in extents {
        if room < extent.spans || batches.is_empty() {
            batches.push((BTreeSet::new(), extent.first_us, extent.last_us));
            room = most;
        }
        room -= extent.spans;
        if let Some((keys, _, last_us)) = batches.last_mut() {
            keys.insert(key);
            *last_us = extent.last_us.max(*last_us);
        }
    }
    if batches.is_empty() {
        batches.push(Default::default());
    }
    batches
}

fn read(engine: &Engine, keys: &Keys, names: &mut Names) -> Result<Batch, QueryError> {
    let spans = run(engine, "path_spans")?;
    let messages = run(engine, "path_messages")?;
    let has_spans = engine.snapshot().files.iter().any(|file| file.kind == Kind::Span);
    let marks = if has_spans { run(engine, "path_marks")? } else { Table::default() };
    let runs = assemble(&spans, &messages, &marks, keys, names);
    Ok(Batch { runs, spans, messages })
}
