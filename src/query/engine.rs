//! One question's tables: scans and views over one snapshot, filtered, and SQL run over them.

use super::functions::with_calls;
use super::guard;
use super::lower::expression;
use super::predicate::Predicate;
use super::prune::matching_files;
use super::tables::data_type;
use super::views::{self, Filtering, View, below_pairing};
use super::{QueryError, tables};
use crate::model::Kind;
use crate::model::schema::ColumnType;
use crate::store::Snapshot;
use polars::prelude::{
    DataFrame, DataType, Engine as PolarsEngine, Expr, IntoLazy, LazyFrame, NULL, by_name, col, lit,
};
use polars_sql::SQLContext;
use std::sync::OnceLock;

/// Answers questions about one snapshot through one set of filters.
pub struct Engine {
    snapshot: Snapshot,
    predicate: Predicate,
    /// The view `spans` without its payloads, kept because most views rest on it.
    spans: OnceLock<DataFrame>,
}

/// The column of payloads, by far the largest.
const PAYLOAD: &str = "data";

/// Whether payloads are needed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Payloads {
    Read,
    Left,
}

impl Payloads {
    const fn of(is_read: bool) -> Self {
        if is_read { Self::Read } else { Self::Left }
    }
}

impl Engine {
    /// An engine over the rows of `snapshot` that fit `predicate`.
    pub fn new(snapshot: Snapshot, predicate: Predicate) -> Self {
        Self { snapshot, predicate, spans: OnceLock::new() }
    }

    /// The snapshot that it answers from.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The filter.
    pub fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    /// The table or view called `name`, filtered.
    ///
    /// # Errors
    /// [`QueryError::UnknownTable`]; [`QueryError::NoSuchFilter`] where a view lacks a column that
    /// the filter needs.
    pub fn frame(&self, name: &str) -> Result<LazyFrame, QueryError> {
        self.frame_with(name, Payloads::Read)
    }

    fn frame_with(&self, name: &str, payloads: Payloads) -> Result<LazyFrame, QueryError> {
        let Some(view) = views::find(name) else {
            return self.table(name, &self.predicate);
        };
        let is_read = payloads == Payloads::Read || self.predicate.reads_json();
        // Only where a row rests on records of its own session alone.
        let below = match view.name {
            "spans" | "tasks" | "messages" | "errors" => below_pairing(&self.predicate),
            _ => Predicate::True,
        };
        let frame = self.view(view, Payloads::of(is_read), &below)?;
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
        payloads: Payloads,
        below: &Predicate,
    ) -> Result<LazyFrame, QueryError> {
        if view.name == "spans" && payloads == Payloads::Left && *below == Predicate::True {
            return self.kept_spans();
        }
        let mut context = SQLContext::new();
        for input in view.inputs {
            let frame = match views::find(input) {
                Some(inner) => self.view(inner, payloads, below)?,
                None => self.table(input, below)?,
            };
            context.register(input, frame);
        }
        with_times(context.execute(view.sql)?)
    }

    /// The view `spans` with nulls for payloads, computed once.
    fn kept_spans(&self) -> Result<LazyFrame, QueryError> {
        let spans = if let Some(spans) = self.spans.get() {
            spans
        } else {
            let Some(view) = views::find("spans") else {
                return Err(QueryError::unknown_table("spans", &views::names()));
            };
            let frame = self.view(view, Payloads::Read, &Predicate::True)?;
            let spans = collect(frame.drop(by_name([PAYLOAD], true, false)))?;
            self.spans.get_or_init(|| spans)
        };
        let none = lit(NULL).cast(DataType::String).alias(PAYLOAD);
        Ok(spans.clone().lazy().with_columns([none]))
    }

    /// Runs an SQL text of ours over the filtered tables and views.
    ///
    /// # Errors
    /// Those of [`Engine::frame`], and of running it.
    pub fn run(&self, sql: &str) -> Result<DataFrame, QueryError> {
        let mut context = SQLContext::new();
        let reading = guard::reading(sql, PAYLOAD)?;
        for name in &reading.tables {
            context.register(name, self.frame_with(name, Payloads::of(reading.names_column))?);
        }
        collect(context.execute(sql)?)
    }

    /// Runs a user's SQL over the filtered tables and views, refusing what would be answered wrongly.
    ///
    /// # Errors
    /// As [`Engine::run`]; [`QueryError::Unsupported`] with what to write instead;
    /// [`QueryError::UnknownColumn`] with the nearest name.
    pub fn run_guarded(&self, sql: &str) -> Result<DataFrame, QueryError> {
        let guarded = guard::check(sql, &views::names(), PAYLOAD)?;
        let mut context = SQLContext::new();
        let mut columns: Vec<String> = Vec::new();
        for name in &guarded.tables {
            let mut frame = self.frame_with(name, Payloads::of(guarded.reads_payloads))?;
            columns.extend(frame.collect_schema()?.iter_names().map(ToString::to_string));
            context.register(name, with_calls(frame, &guarded.calls)?);
        }
        context
            .execute(&guarded.sql)
            .map_err(QueryError::from)
            .and_then(collect)
            .map_err(|error| error.with_nearest(&columns))
    }
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
