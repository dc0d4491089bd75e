//! One question's tables: scans and views over one snapshot, filtered, and SQL run over them.

use super::functions::with_calls;
use super::lineage::{ColumnsRead, columns_read, outline};
use super::lower::expression;
use super::messages::matched_messages;
use super::predicate::Predicate;
use super::prune::matching_files;
use super::spans::paired_spans;
use super::tables::data_type;
use super::views::{self, Filtering, View, below_pairing};
use super::{QueryError, guard, tables};
use crate::model::Kind;
use crate::model::schema::ColumnType;
use crate::store::Snapshot;
use polars::prelude::{
    DataFrame, Engine as PolarsEngine, Expr, IntoLazy, LazyFrame, NULL, Schema, col, lit,
};
use polars_sql::SQLContext;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Answers questions about one snapshot through one set of filters.
pub struct Engine {
    snapshot: Snapshot,
    predicate: Predicate,
    /// What several views rest on.
    kept: Mutex<Vec<Kept>>,
}

/// Some columns of a table or view, over the records that fit a part of the filter.
struct Kept {
    name: String,
    below: Predicate,
    columns: BTreeSet<String>,
    frame: DataFrame,
}

/// What stands in a plan for what is kept.
#[derive(Clone, Copy)]
enum Stage<'c> {
    /// Nothing but its columns: it shows which of them the plan reads.
    Outline,
    /// Its rows, with nulls but for these columns.
    Rows(&'c ColumnsRead),
}

impl Engine {
    /// An engine over the rows of `snapshot` that fit `predicate`.
    pub fn new(snapshot: Snapshot, predicate: Predicate) -> Self {
        Self { snapshot, predicate, kept: Mutex::new(Vec::new()) }
    }

    /// The snapshot that it answers from.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The filter.
    pub fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    /// The plan that `make` makes of filtered tables and views, which it asks for by name. Where it
    /// rests on what is kept, it is made twice: first to see which columns it reads.
    ///
    /// # Errors
    /// Those of `make`. For a name: [`QueryError::UnknownTable`]; [`QueryError::NoSuchFilter`] where
    /// a view lacks a column that the filter needs.
    pub(super) fn plan(
        &self,
        names: &[&str],
        make: impl Fn(&dyn Fn(&str) -> Result<LazyFrame, QueryError>) -> Result<LazyFrame, QueryError>,
    ) -> Result<LazyFrame, QueryError> {
        let outlined = make(&|name| self.outline(name))?;
        if !names.iter().any(|name| views::rests_on_kept(name)) {
            return Ok(outlined);
        }
        let columns = columns_read(outlined)?;
        make(&|name| self.frame(name, Stage::Rows(&columns)))
    }

    /// A table or view that is not to be run: where it rests on what is kept, it has no rows.
    pub(super) fn outline(&self, name: &str) -> Result<LazyFrame, QueryError> {
        self.frame(name, Stage::Outline)
    }

    fn frame(&self, name: &str, stage: Stage<'_>) -> Result<LazyFrame, QueryError> {
        let Some(view) = views::find(name) else {
            return self.table(name, &self.predicate);
        };
        // Only where a row rests on records of its own session alone.
        let below = match view.name {
            "spans" | "tasks" | "messages" | "errors" => below_pairing(&self.predicate),
            _ => Predicate::True,
        };
        let frame = self.view(view, stage, &below)?;
        match view.filtering {
            Filtering::Rows => filter_rows(frame, view.name, &self.predicate),
            Filtering::Members(_) if self.predicate == Predicate::True => Ok(frame),
            Filtering::Members(group) => {
                let members = self.table("records", &self.predicate)?;
                let groups = members.select([col(group)]).filter(col(group).is_not_null());
                Ok(frame.semi_join(groups, col(group), col(group)))
            }
        }
    }

    /// A scan, filtered by `predicate`.
    fn table(&self, name: &str, predicate: &Predicate) -> Result<LazyFrame, QueryError> {
        let files = matching_files(&self.snapshot, predicate)?;
        let frame = match name {
            "records" => tables::scan_all(&self.snapshot, &files)?,
            "events" => tables::scan(&self.snapshot, Kind::Event, &files)?,
            "whole_spans" => tables::scan(&self.snapshot, Kind::Span, &files)?,
            "logs" => tables::scan(&self.snapshot, Kind::Log, &files)?,
            "metrics" => tables::scan(&self.snapshot, Kind::Metric, &files)?,
            "rejects" => return tables::rejects(&self.snapshot),
            _ => return Err(QueryError::unknown_table(name, &views::names())),
        };
        filter_rows(frame, name, predicate)
    }

    /// A view's rows before the filter, but for the parts that may go below its pairing.
    fn view(
        &self,
        view: &View,
        stage: Stage<'_>,
        below: &Predicate,
    ) -> Result<LazyFrame, QueryError> {
        if let Some(rows) = stand_in(view.name) {
            let nothing = tables::scan(&self.snapshot, Kind::Event, &[])?;
            let schema = by_text(view, &|_| Ok(nothing.clone()))?.collect_schema()?;
            let rows = |columns: &BTreeSet<String>| self.paired(view, rows, columns, below);
            return with_times(self.kept(view.name, &schema, stage, below, &rows)?);
        }
        let mut context = SQLContext::new();
        for input in view.inputs {
            let frame = match (views::find(input), view.reads_only) {
                (Some(inner), _) => self.view(inner, stage, below)?,
                (None, Some(condition)) => {
                    let mut table = self.table(input, below)?;
                    let schema = table.collect_schema()?;
                    let rows = |columns: &BTreeSet<String>| {
                        let names: Vec<Expr> =
                            columns.iter().map(|name| col(name.as_str())).collect();
                        collect(table.clone().filter(condition()).select(names))
                    };
                    let name = format!("{input} for {}", view.name);
                    self.kept(&name, &schema, stage, below, &rows)?
                }
                (None, None) => self.table(input, below)?,
            };
            context.register(input, frame);
        }
        with_times(context.execute(view.sql)?)
    }

    /// What is called `name` and has the columns of `schema`: as an outline, or with the rows that
    /// `rows` gives once, and columns that nobody reads null.
    fn kept(
        &self,
        name: &str,
        schema: &Schema,
        stage: Stage<'_>,
        below: &Predicate,
        rows: &dyn Fn(&BTreeSet<String>) -> Result<DataFrame, QueryError>,
    ) -> Result<LazyFrame, QueryError> {
        let read = match stage {
            Stage::Outline => return Ok(outline(name, schema)),
            Stage::Rows(read) => read,
        };
        // There is always one, so that rows can be counted.
        let mut columns = read.get(name).cloned().unwrap_or_default();
        columns.insert(tables::TIME_MICROS.to_owned());
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = all.iter().position(|kept| kept.name == name && kept.below == *below);
        let frame = match place {
            Some(place) if columns.is_subset(&all[place].columns) => all[place].frame.clone(),
            place => {
                if let Some(place) = place {
                    columns.append(&mut all.swap_remove(place).columns);
                }
                let frame = rows(&columns)?;
                let (name, below) = (name.to_owned(), below.clone());
                let kept = Kept { name, below, columns: columns.clone(), frame: frame.clone() };
                all.push(kept);
                frame
            }
        };
        let nulls: Vec<Expr> = schema
            .iter()
            .filter(|(name, _)| frame.schema().get(name).is_none())
            .map(|(name, dtype)| lit(NULL).cast(dtype.clone()).alias(name.clone()))
            .collect();
        let names: Vec<Expr> = schema.iter_names().cloned().map(col).collect();
        Ok(frame.lazy().with_columns(nulls).select(names))
    }

    /// These columns of a view that has a stand-in: what rests on events by that, the rest, if there
    /// is any, by the text.
    fn paired(
        &self,
        view: &View,
        rows: StandIn,
        columns: &BTreeSet<String>,
        below: &Predicate,
    ) -> Result<DataFrame, QueryError> {
        let paired = rows(self.table("events", below)?, columns)?;
        let has_spans = self.snapshot.files.iter().any(|file| file.kind == Kind::Span);
        if !(has_spans && view.inputs.contains(&"whole_spans")) {
            return Ok(paired);
        }
        let whole = by_text(view, &|input| match input {
            "events" => tables::scan(&self.snapshot, Kind::Event, &[]),
            input => self.table(input, below),
        })?;
        let names: Vec<Expr> = columns.iter().map(|name| col(name.as_str())).collect();
        Ok(collect(whole.select(names))?.vstack(&paired)?)
    }

    /// Runs an SQL text of ours over the filtered tables and views.
    ///
    /// # Errors
    /// Those of the texts' tables and views, and of running it.
    pub fn run(&self, sql: &str) -> Result<DataFrame, QueryError> {
        let names = guard::tables_read(sql)?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let plan = self.plan(&names, |frame| {
            let mut context = SQLContext::new();
            for name in &names {
                context.register(name, frame(name)?);
            }
            Ok(context.execute(sql)?)
        })?;
        collect(plan)
    }

    /// Runs a user's SQL over the filtered tables and views, refusing what would be answered wrongly.
    ///
    /// # Errors
    /// As [`Engine::run`]; [`QueryError::Unsupported`] with what to write instead;
    /// [`QueryError::UnknownColumn`] with the nearest name.
    pub fn run_guarded(&self, sql: &str) -> Result<DataFrame, QueryError> {
        let guarded = guard::check(sql, &views::names())?;
        let names: Vec<&str> = guarded.tables.iter().map(String::as_str).collect();
        let mut columns: Vec<String> = Vec::new();
        for name in &names {
            let schema = self.outline(name)?.collect_schema()?;
            columns.extend(schema.iter_names().map(ToString::to_string));
        }
        self.plan(&names, |frame| {
            let mut context = SQLContext::new();
            for name in &names {
                context.register(name, with_calls(frame(name)?, &guarded.calls)?);
            }
            Ok(context.execute(&guarded.sql)?)
        })
        .and_then(collect)
        .map_err(|error| error.with_nearest(&columns))
    }
}

/// Gives those of a view's rows that rest on events, with these of its columns.
pub(super) type StandIn = fn(LazyFrame, &BTreeSet<String>) -> Result<DataFrame, QueryError>;

/// What answers in the place of a view's text, and gives the same rows.
fn stand_in(view: &str) -> Option<StandIn> {
    match view {
        "spans" => Some(paired_spans),
        "messages" => Some(matched_messages),
        _ => None,
    }
}

/// A view as its text says, but for the times beside its microseconds.
pub(super) fn by_text(
    view: &View,
    input: &dyn Fn(&str) -> Result<LazyFrame, QueryError>,
) -> Result<LazyFrame, QueryError> {
    let mut context = SQLContext::new();
    for name in view.inputs {
        context.register(name, input(name)?);
    }
    Ok(context.execute(view.sql)?)
}

/// Puts beside each column of microseconds, such as `end_us`, the time `end`; beside `ts_us` `time`.
fn with_times(mut frame: LazyFrame) -> Result<LazyFrame, QueryError> {
    let known = frame.collect_schema()?;
    let times: Vec<Expr> = known
        .iter_names()
        .filter_map(|name| {
            let time = time_name(name)?;
            let micros = col(name.clone()).cast(data_type(ColumnType::Timestamp));
            (!known.contains(time)).then(|| micros.alias(time))
        })
        .collect();
    Ok(frame.with_columns(times))
}

/// The time that stands beside a column of microseconds.
pub fn time_name(name: &str) -> Option<&str> {
    if name == tables::TIME_MICROS { Some("time") } else { name.strip_suffix("_us") }
}

/// Runs a plan on the streaming engine.
///
/// # Errors
/// [`QueryError::Engine`].
pub(super) fn collect(frame: LazyFrame) -> Result<DataFrame, QueryError> {
    Ok(frame.collect_with_engine(PolarsEngine::Streaming)?.unwrap_single())
}

/// A scan with a filter put on it: cheap parts first, so that JSON is looked into last.
pub(super) fn filtered(mut frame: LazyFrame, predicate: &Predicate) -> LazyFrame {
    let (dear, cheap): (Vec<&Predicate>, Vec<&Predicate>) =
        predicate.conjuncts().iter().partition(|part| part.reads_json());
    for part in cheap.into_iter().chain(dear) {
        frame = frame.filter(expression(part));
    }
    frame
}

fn filter_rows(
    mut frame: LazyFrame,
    name: &str,
    predicate: &Predicate,
) -> Result<LazyFrame, QueryError> {
    if *predicate == Predicate::True {
        return Ok(frame);
    }
    let known = frame.collect_schema()?;
    for column in predicate.columns() {
        if !known.contains(column.as_str()) {
            return Err(QueryError::NoSuchFilter { view: name.to_owned(), column });
        }
    }
    Ok(filtered(frame, predicate))
}
