//! What the kinds ask: the results of their texts, each run once, and the options.

use super::super::critical_path::{PathOverview, path_overview};
use super::super::finish;
use super::super::text;
use super::{Kind, Options, kinds};
use crate::query::{Engine, QueryError, Shares, Staged, to_table};
use crate::report::Table;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// One question under way.
pub(super) struct Asked<'e> {
    pub(super) engine: &'e Engine,
    pub(super) options: &'e Options,
    tables: RefCell<BTreeMap<&'static str, Answer>>,
    paths: OnceCell<PathOverview>,
}

/// The rows of a text, or the view and column that a filter cannot be put on.
type Answer = Result<Rc<Table>, (String, String)>;

/// The texts whose work is on groups, each up to one of its table expressions.
const IN_SHARES: [(&str, &str); 7] = [
    ("contended_writes", "c_overlaps"),
    ("error_windows", "c_errors"),
    ("message_waits", "c_delivered"),
    ("retried_tasks", "c_failed"),
    ("run_times", "c_runs"),
    ("stragglers", "c_late"),
    ("work_times", "c_known"),
];

impl<'e> Asked<'e> {
    /// Asks what is to be asked share by share, where there are several.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) fn new(engine: &'e Engine, options: &'e Options) -> Result<Self, QueryError> {
        let shares = engine.shares()?;
        let tables = if shares.is_one() {
            BTreeMap::new()
        } else {
            answers_in_shares(engine, options, &shares)?
        };
        Ok(Self { engine, options, tables: RefCell::new(tables), paths: OnceCell::new() })
    }

    /// Whether there are answers of shares, so that nothing is kept of views of all records.
    pub(super) fn is_in_shares(&self) -> bool {
        !self.tables.borrow().is_empty()
    }

    /// The same, where the critical paths of all runs are known.
    pub(super) fn with_paths(self, paths: Option<PathOverview>) -> Self {
        if let Some(paths) = paths {
            let _ = self.paths.set(paths);
        }
        self
    }

    /// The rows of the text called `name`.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) fn table(&self, name: &'static str) -> Result<Rc<Table>, QueryError> {
        if let Some(answer) = self.tables.borrow().get(name) {
            return match answer {
                Ok(table) => Ok(Rc::clone(table)),
                Err((view, column)) => {
                    let (view, column) = (view.clone(), column.clone());
                    Err(QueryError::NoSuchFilter { view, column })
                }
            };
        }
        let table = Rc::new(to_table(&self.engine.run(&sql(name, self.options))?)?);
        self.tables.borrow_mut().insert(name, Ok(Rc::clone(&table)));
        Ok(table)
    }

    /// The limit of a kind.
    pub(super) fn threshold(&self, kind: &Kind) -> f64 {
        self.options.threshold(kind)
    }

    /// The time that was observed, in nanoseconds and at least one: the length of all runs together;
    /// where no record names a run, of everything.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) fn observed_ns(&self) -> Result<f64, QueryError> {
        let found = self.table("run_times")?;
        let of = |name: &str| found.integer(name, 0).unwrap_or_default();
        let micros = Some(of("run_us")).filter(|micros| *micros > 0).unwrap_or(of("loose_us"));
        Ok((micros as f64 * 1000.0).max(1.0))
    }

    /// The critical paths of all runs; nothing where the filter is about parts of runs, whose paths
    /// would be those of others too.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) fn paths(&self) -> Result<Option<&PathOverview>, QueryError> {
        if !self.asks_for_whole_runs() {
            return Ok(None);
        }
        if self.paths.get().is_none() {
            let _ = self.paths.set(path_overview(self.engine)?);
        }
        Ok(self.paths.get())
    }

    /// Whether the filter picks runs and not parts of them.
    pub(super) fn asks_for_whole_runs(&self) -> bool {
        const OF_RUNS: [&str; 6] =
            ["session_id", "trace_id", "swarm_id", "time", "source", "source_format"];
        self.engine.predicate().columns().iter().all(|column| OF_RUNS.contains(&column.as_str()))
    }

    /// How many windows the observed range of the filtered records has, at least one.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) fn windows(&self) -> Result<i64, QueryError> {
        let width = self.options.window_us;
        let bounds = finish::range(self.engine)?.bounds;
        Ok(bounds.map_or(1, |(first, last)| last.div_euclid(width) - first.div_euclid(width) + 1))
    }
}

fn answers_in_shares(
    engine: &Engine,
    options: &Options,
    shares: &Shares,
) -> Result<BTreeMap<&'static str, Answer>, QueryError> {
    let texts = IN_SHARES.map(|(name, step)| (sql(name, options), step));
    let staged: Vec<Staged<'_>> = texts.iter().map(|(sql, step)| Staged { sql, step }).collect();
    let found = engine.run_in_shares(shares, &staged)?;
    let answer = |found| match found {
        Ok(rows) => Ok(Ok(Rc::new(to_table(&rows)?))),
        Err(QueryError::NoSuchFilter { view, column }) => Ok(Err((view, column))),
        Err(error) => Err(error),
    };
    IN_SHARES.iter().zip(found).map(|((name, _), found)| Ok((*name, answer(found)?))).collect()
}

/// The text called `name`, with these options in the place of the defaults that it holds.
pub(super) fn sql(name: &str, options: &Options) -> Cow<'static, str> {
    let sql = text(name);
    let defaults = Options::DEFAULT;
    let mut changes: Vec<(String, String)> = Vec::new();
    if options.window_us != defaults.window_us {
        changes.push((defaults.window_us.to_string(), options.window_us.to_string()));
    }
    for kind in kinds::KINDS {
        let threshold = options.threshold(kind);
        if let Some(anchor) = kind.anchor
            && threshold.to_bits() != kind.threshold.to_bits()
        {
            let with = |value: f64| anchor.replace("{}", &format!("{value:?}"));
            changes.push((with(kind.threshold), with(threshold)));
        }
    }
    if changes.is_empty() {
        return Cow::Borrowed(sql);
    }
    let filled = changes.iter().fold(sql.to_owned(), |sql, (from, to)| sql.replace(from, to));
    Cow::Owned(filled)
}
