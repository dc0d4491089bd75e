//! Runs out of the engine: which runs a filter picks, and their spans and messages, share by share.
//!
//! A filter picks the runs in which a span fits it; each of these is then taken whole. What a run's
//! spans mean is for [`super::assemble`].

use super::super::finish::run;
use super::assemble::assemble;
use super::run::{Names, Run, Unit};
use super::waits::About;
use crate::model::Kind;
use crate::query::hashed::{HashMap, HashSet};
use crate::query::{Engine, Predicate, QueryError};
use crate::report::Table;
use std::collections::BTreeSet;

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
    /// The session of each trace of which some spans name one and others do not.
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

/// The runs of a share that are asked for, and the engine that reads them whole.
pub(in crate::analysis) struct Picked {
    engine: Engine,
    keys: Keys,
    /// How many there are.
    pub(in crate::analysis) count: usize,
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
        if *engine.predicate() == Predicate::True {
            let count = keys.runs(&first).len();
            return Ok(Self { engine: engine.beside(), keys: keys.without_settled(&first), count });
        }
        let rows = |table: &Table| -> Vec<Row> {
            (0..table.rows()).map(|row| owned(table, row)).collect()
        };
        let mut whole = engine.with_predicate(members(rows(&first)));
        let mut found = run(&whole, "path_runs")?;
        keys.note_sessions(&found);
        let only = keys.runs(&first);
        let count = only.len();
        keys.only = Some(only);
        // A trace may tell the session of a span that names none, and that session has other traces.
        let told = (0..found.rows()).filter_map(|row| {
            let [session, trace, swarm] = owned(&found, row);
            let (unit, id) = keys.of(groups(&found, row))?;
            Some([session.or((unit == Unit::Session).then_some(id)), trace, swarm])
        });
        let wider = members(told.collect());
        if wider != *whole.predicate() && *whole.predicate() != Predicate::True {
            whole = engine.with_predicate(wider);
            found = run(&whole, "path_runs")?;
        }
        Ok(Self { engine: whole.anew(), keys: keys.without_settled(&found), count })
    }

    /// These runs, whole.
    ///
    /// # Errors
    /// Those of the engine.
    pub(in crate::analysis) fn read(&self, names: &mut Names) -> Result<Batch, QueryError> {
        let engine = self.engine.beside();
        let spans = run(&engine, "path_spans")?;
        let messages = run(&engine, "path_messages")?;
        let has_spans = engine.snapshot().files.iter().any(|file| file.kind == Kind::Span);
        let marks = if has_spans { run(&engine, "path_marks")? } else { Table::default() };
        let runs = assemble(&spans, &messages, &marks, &self.keys, names);
        Ok(Batch { runs, spans, messages })
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

    /// The runs that rows of `path_runs.sql` are of.
    fn runs(&self, found: &Table) -> BTreeSet<Key> {
        (0..found.rows()).filter_map(|row| self.of(groups(found, row))).collect()
    }

    /// The same, without the sessions of traces whose spans all name it themselves.
    fn without_settled(mut self, found: &Table) -> Self {
        let open: HashSet<&str> = (0..found.rows())
            .map(|row| groups(found, row))
            .filter_map(|[session, trace, _]| trace.filter(|_| session.is_none()))
            .collect();
        self.session_of.retain(|trace, _| open.contains(trace.as_str()));
        self
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
