//! One question's tables: scans and views over one snapshot, filtered, and SQL run over them.

use super::functions::with_calls;
use super::kept::Kept;
use super::lineage::{ColumnsRead, columns_read, merge, outline};
use super::lower::expression;
use super::predicate::Predicate;
use super::prune::matching_files;
use super::shares::{SHARE_RECORDS, Share};
use super::tables::data_type;
use super::views::{self, Filtering, below_pairing};
use super::{QueryError, guard, panics, tables};
use crate::model::schema::ColumnType;
use crate::store::{DataFile, Snapshot};
use polars::prelude::{DataFrame, Engine as PolarsEngine, Expr, LazyFrame, col};
use polars_sql::SQLContext;
use std::sync::Arc;

/// Answers questions about one snapshot through one set of filters.
pub struct Engine {
    snapshot: Snapshot,
    predicate: Predicate,
    /// The only records that it sees; all where there is none.
    share: Option<Share>,
    share_records: u64,
    /// What was computed of views.
    kept: Arc<Kept>,
}

/// What stands in a plan for a view.
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
        let share_records = SHARE_RECORDS;
        Self { snapshot, predicate, share: None, share_records, kept: Arc::default() }
    }

    /// The snapshot that it answers from.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The filter.
    pub fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    /// An engine over all records of the sessions that the filter asks for by their ids, or of all
    /// sessions; `None` where this is one. What is true of a session as a whole, such as what led to
    /// what, is to be asked of it.
    pub fn around(&self) -> Option<Self> {
        let predicate = below_pairing(&self.predicate);
        (predicate != self.predicate).then(|| self.with_predicate(predicate))
    }

    /// Another engine over the same records, which has kept nothing of views yet; what it keeps goes
    /// when it does.
    #[must_use]
    pub fn anew(&self) -> Self {
        self.with_predicate(self.predicate.clone())
    }

    /// Another engine over the same records, with what is kept of views, or is to be; where there is none
    /// of that, what it keeps goes when it does.
    #[must_use]
    pub fn beside(&self) -> Self {
        let new = self.anew();
        if self.kept.is_empty() { new } else { Self { kept: Arc::clone(&self.kept), ..new } }
    }

    /// Another engine over the same snapshot, and the same share of it, with another filter.
    #[must_use]
    pub fn with_predicate(&self, predicate: Predicate) -> Self {
        let share_records = self.share_records;
        let new = Self::new(self.snapshot.clone(), predicate);
        Self { share: self.share.clone(), share_records, ..new }
    }

    /// The same, with about so many records held at once by those that ask for shares; it changes no
    /// answer.
    #[must_use]
    pub fn with_share_records(mut self, records: u64) -> Self {
        self.share_records = records;
        self
    }

    /// As many records are held at once by those that ask for shares.
    pub(super) fn share_records(&self) -> u64 {
        self.share_records
    }

    /// An engine that sees one share of the records.
    pub(super) fn of_share(&self, share: Share) -> Self {
        Self { share: Some(share), ..self.anew() }
    }

    /// The only records that it sees; all where there is none.
    pub(super) fn share(&self) -> Option<&Share> {
        self.share.as_ref()
    }

    /// The plan that `make` makes of filtered tables and views, which it asks for by name. Where there
    /// are views among them, it is made twice: first to see which of their columns it reads.
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
        if names.iter().all(|name| views::find(name).is_none()) {
            return Ok(outlined);
        }
        self.plan_reading(&columns_read(outlined)?, make)
    }

    /// The same where it is known which columns of views it reads.
    fn plan_reading(
        &self,
        columns: &ColumnsRead,
        make: impl Fn(&dyn Fn(&str) -> Result<LazyFrame, QueryError>) -> Result<LazyFrame, QueryError>,
    ) -> Result<LazyFrame, QueryError> {
        if !self.kept.is_expected(columns) {
            self.expect_columns(columns.clone())?;
        }
        make(&|name| self.frame(name, Stage::Rows(columns)))
    }

    /// A table, or a view that is not to be run: it has no rows.
    pub(super) fn outline(&self, name: &str) -> Result<LazyFrame, QueryError> {
        self.frame(name, Stage::Outline)
    }

    /// Where the engine failed, the reason may be a damaged file, which it does not name.
    pub(super) fn name_damage(&self, error: QueryError) -> QueryError {
        match error {
            QueryError::Engine(_) => self.snapshot.find_damage().map_or(error, QueryError::Store),
            other => other,
        }
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
        let frame = match stage {
            Stage::Outline => outline(view.name, self.view_schema(view)?.as_ref()),
            Stage::Rows(read) => {
                let columns = read.get(view.name).cloned().unwrap_or_default();
                self.view(view, columns, &below).map_err(|error| self.name_damage(error))?
            }
        };
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

    /// Says which texts of ours will be run, so that what they share is computed once.
    ///
    /// # Errors
    /// Those of [`Engine::run`] before it runs.
    pub fn expect(&self, texts: &[&str]) -> Result<(), QueryError> {
        let mut read = ColumnsRead::new();
        for sql in texts {
            let mut context = SQLContext::new();
            let names = guard::tables_read(sql)?;
            let (runnable, calls) = guard::runnable(sql)?;
            for name in names {
                match self.outline(&name) {
                    Ok(frame) => context.register(&name, with_calls(frame, &calls)?),
                    // A view that cannot be filtered so is left out where its text is run.
                    Err(QueryError::NoSuchFilter { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            if let Ok(frame) = context.execute(&runnable) {
                let columns = columns_read(frame)?;
                self.kept.note_columns(sql, columns.clone());
                merge(&mut read, columns);
            }
        }
        self.expect_columns(read)
    }

    /// Says which columns of views will be asked for, and with them what these rest on.
    fn expect_columns(&self, mut read: ColumnsRead) -> Result<(), QueryError> {
        for view in views::ALL.iter().rev() {
            if let Some(columns) = read.get(view.name).cloned() {
                merge(&mut read, self.columns_below(view, &columns)?);
            }
        }
        self.kept.expect(read);
        Ok(())
    }

    /// A scan, filtered by `predicate`.
    pub(super) fn table(&self, name: &str, predicate: &Predicate) -> Result<LazyFrame, QueryError> {
        let files = self.files(predicate)?;
        let mut frame = match name {
            "records" => tables::scan_all(&self.snapshot, &files)?,
            "events" | "whole_spans" | "logs" | "metrics" => {
                tables::scan(&self.snapshot, tables::kind_of(name), &files)?
            }
            "rejects" => return tables::rejects(&self.snapshot),
            _ => return Err(QueryError::unknown_table(name, &views::names())),
        };
        if let Some(share) = &self.share {
            for expression in share.expressions() {
                frame = frame.filter(expression);
            }
        }
        filter_rows(frame, name, predicate)
    }

    /// The files that may hold records that fit.
    pub(super) fn files(&self, predicate: &Predicate) -> Result<Vec<&DataFile>, QueryError> {
        let times = self.share.iter().map(Share::times);
        let predicate = Predicate::all(times.chain([predicate.clone()]));
        Ok(matching_files(&self.snapshot, &predicate)?)
    }

    /// What is kept of views.
    pub(super) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Runs an SQL text of ours over the filtered tables and views.
    ///
    /// # Errors
    /// Those of the texts' tables and views, and of running it.
    pub fn run(&self, sql: &str) -> Result<DataFrame, QueryError> {
        self.kept.answer(sql, || self.run_anew(sql))
    }

    fn run_anew(&self, sql: &str) -> Result<DataFrame, QueryError> {
        let names = guard::tables_read(sql)?;
        let (runnable, calls) = guard::runnable(sql)?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let make = |frame: &dyn Fn(&str) -> Result<LazyFrame, QueryError>| {
            let mut context = SQLContext::new();
            for name in &names {
                context.register(name, with_calls(frame(name)?, &calls)?);
            }
            Ok(context.execute(&runnable)?)
        };
        let plan = match self.kept.columns_of_text(sql) {
            Some(columns) => self.plan_reading(&columns, make)?,
            None => self.plan(&names, make)?,
        };
        collect(plan).map_err(|error| self.name_damage(error))
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
        let run = || {
            let plan = self.plan(&names, |frame| {
                let mut context = SQLContext::new();
                for name in &names {
                    context.register(name, with_calls(frame(name)?, &guarded.calls)?);
                }
                Ok(context.execute(&guarded.sql)?)
            })?;
            collect(plan)
        };
        // Making a plan of a user's query may panic too.
        panics::catch(run).map_err(|error| self.name_damage(error.with_nearest(&columns)))
    }
}

/// Puts beside each column of microseconds, such as `end_us`, the time `end`; beside `ts_us` `time`.
pub(super) fn with_times(mut frame: LazyFrame) -> Result<LazyFrame, QueryError> {
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
    panics::catch(|| Ok(frame.collect_with_engine(PolarsEngine::Streaming)?.unwrap_single()))
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
