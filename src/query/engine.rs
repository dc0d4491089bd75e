//! One question's tables: scans and views over one snapshot, filtered, and SQL run over them.

use super::functions::with_calls;
use super::lineage::{columns_read, outline};
use super::lower::expression;
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
    DataFrame, Engine as PolarsEngine, Expr, IntoLazy, LazyFrame, NULL, SchemaRef, col, lit,
};
use polars_sql::SQLContext;
use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Answers questions about one snapshot through one set of filters.
pub struct Engine {
    snapshot: Snapshot,
    predicate: Predicate,
    /// The columns of the view `spans`.
    span_schema: OnceLock<SchemaRef>,
    /// The view `spans`, kept because most views rest on it.
    spans: Mutex<Vec<KeptSpans>>,
}

/// Some columns of the view `spans`, over the events that fit a part of the filter.
struct KeptSpans {
    below: Predicate,
    columns: BTreeSet<String>,
    frame: DataFrame,
}

/// What stands for the view `spans` in a plan.
#[derive(Clone, Copy)]
enum Spans<'c> {
    /// Nothing but its columns: it shows which of them the plan reads.
    Outline,
    /// Its rows, with nulls but for these columns.
    Columns(&'c BTreeSet<String>),
}

/// The view that is not run as its text says.
const SPANS: &str = "spans";

impl Engine {
    /// An engine over the rows of `snapshot` that fit `predicate`.
    pub fn new(snapshot: Snapshot, predicate: Predicate) -> Self {
        let (span_schema, spans) = (OnceLock::new(), Mutex::new(Vec::new()));
        Self { snapshot, predicate, span_schema, spans }
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
    /// rests on the view `spans`, it is made twice: first to see which columns it reads.
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
        if !names.iter().any(|name| views::rests_on(name, SPANS)) {
            return Ok(outlined);
        }
        let columns = columns_read(outlined)?;
        make(&|name| self.frame(name, Spans::Columns(&columns)))
    }

    /// A table or view that is not to be run: where it rests on the view `spans`, it has no rows.
    pub(super) fn outline(&self, name: &str) -> Result<LazyFrame, QueryError> {
        self.frame(name, Spans::Outline)
    }

    fn frame(&self, name: &str, spans: Spans<'_>) -> Result<LazyFrame, QueryError> {
        let Some(view) = views::find(name) else {
            return self.table(name, &self.predicate);
        };
        // Only where a row rests on records of its own session alone.
        let below = match view.name {
            "spans" | "tasks" | "messages" | "errors" => below_pairing(&self.predicate),
            _ => Predicate::True,
        };
        let frame = self.view(view, spans, &below)?;
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
        spans: Spans<'_>,
        below: &Predicate,
    ) -> Result<LazyFrame, QueryError> {
        if view.name == SPANS {
            return with_times(self.spans(spans, below)?);
        }
        let mut context = SQLContext::new();
        for input in view.inputs {
            let frame = match views::find(input) {
                Some(inner) => self.view(inner, spans, below)?,
                None => self.table(input, below)?,
            };
            context.register(input, frame);
        }
        with_times(context.execute(view.sql)?)
    }

    /// The view `spans`, but for the times beside its microseconds.
    fn spans(&self, spans: Spans<'_>, below: &Predicate) -> Result<LazyFrame, QueryError> {
        let schema = self.span_schema()?;
        let columns = match spans {
            Spans::Outline => return Ok(outline(&schema)),
            Spans::Columns(columns) => columns,
        };
        let nulls: Vec<Expr> = schema
            .iter()
            .filter(|(name, _)| !columns.contains(name.as_str()))
            .map(|(name, dtype)| lit(NULL).cast(dtype.clone()).alias(name.clone()))
            .collect();
        let names: Vec<Expr> = schema.iter_names().cloned().map(col).collect();
        Ok(self.kept_spans(columns, below)?.lazy().with_columns(nulls).select(names))
    }

    /// The columns of the view `spans`, as its text says.
    fn span_schema(&self) -> Result<SchemaRef, QueryError> {
        if let Some(schema) = self.span_schema.get() {
            return Ok(schema.clone());
        }
        let nothing = tables::scan(&self.snapshot, Kind::Event, &[])?;
        let schema = spans_by_text(nothing.clone(), nothing)?.collect_schema()?;
        Ok(self.span_schema.get_or_init(|| schema).clone())
    }

    /// These columns of the view `spans`, and perhaps more, computed once.
    fn kept_spans(
        &self,
        columns: &BTreeSet<String>,
        below: &Predicate,
    ) -> Result<DataFrame, QueryError> {
        let mut all = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.iter().position(|kept| kept.below == *below);
        if let Some(place) = kept
            && columns.is_subset(&all[place].columns)
        {
            return Ok(all[place].frame.clone());
        }
        let mut columns = columns.clone();
        columns.insert(tables::TIME_MICROS.to_owned());
        if let Some(place) = kept {
            columns.append(&mut all.swap_remove(place).columns);
        }
        let mut frame = paired_spans(self.table("events", below)?, &columns)?;
        if self.snapshot.files.iter().any(|file| file.kind == Kind::Span) {
            let nothing = tables::scan(&self.snapshot, Kind::Event, &[])?;
            let whole = spans_by_text(nothing, self.table("whole_spans", below)?)?;
            let names: Vec<Expr> = columns.iter().map(|name| col(name.as_str())).collect();
            frame = collect(whole.select(names))?.vstack(&frame)?;
        }
        all.push(KeptSpans { below: below.clone(), columns, frame: frame.clone() });
        Ok(frame)
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

/// The view `spans` as its text says, but for the times beside its microseconds.
pub(super) fn spans_by_text(
    events: LazyFrame,
    whole_spans: LazyFrame,
) -> Result<LazyFrame, QueryError> {
    let mut context = SQLContext::new();
    context.register("events", events);
    context.register("whole_spans", whole_spans);
    let sql = views::find(SPANS).map_or("", |view| view.sql);
    Ok(context.execute(sql)?)
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
