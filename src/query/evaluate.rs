//! Views as rows: each by a stand-in or by its text, table expression by table expression, and only
//! the columns that are read.

use super::engine::{Engine, collect, with_times};
use super::kept::filled;
use super::lineage::{ColumnsRead, columns_read, merge, outline};
use super::messages::MESSAGES;
use super::predicate::Predicate;
use super::records::{Records, Rows};
use super::spans::SPANS;
use super::views::{self, View};
use super::{QueryError, guard, tables};
use crate::model::Kind;
use polars::prelude::{DataFrame, Expr, LazyFrame, SchemaRef, col};
use polars_sql::SQLContext;
use std::collections::BTreeSet;

/// What answers in the place of a view's text, and gives those of its rows that rest on events.
pub(super) struct StandIn {
    /// The events that it rests on.
    pub(super) rows: Rows,
    /// The columns of events that it reads for these of the view.
    pub(super) reads: fn(&BTreeSet<String>) -> BTreeSet<&str>,
    /// The view's rows of these events, with these of its columns, among which its time is.
    pub(super) make: fn(&Records, &BTreeSet<String>) -> Result<DataFrame, QueryError>,
}

/// What answers in the place of a view's text, and gives the same rows.
fn stand_in(view: &str) -> Option<&'static StandIn> {
    match view {
        "spans" => Some(&SPANS),
        "messages" => Some(&MESSAGES),
        _ => None,
    }
}

/// A view's text over outlines of what it reads.
struct Outlined {
    /// Its table expressions: name, text, plan, columns.
    steps: Vec<(String, String, LazyFrame, SchemaRef)>,
    last_sql: String,
    last: LazyFrame,
}

/// What a view's few rows of a table are called.
fn name_of_few(input: &str, view: &View) -> String {
    format!("{input} for {}", view.name)
}

fn names(columns: &BTreeSet<String>) -> Vec<Expr> {
    columns.iter().map(|name| col(name.as_str())).collect()
}

impl Engine {
    /// A view's rows before the filter, but for its parts `below`; nulls but for `columns`.
    pub(super) fn view(
        &self,
        view: &'static View,
        columns: BTreeSet<String>,
        below: &Predicate,
    ) -> Result<LazyFrame, QueryError> {
        let schema = self.view_schema(view)?;
        self.kept().rows(view.name, below, &schema, columns, |columns| match stand_in(view.name) {
            Some(stand_in) => self.stood_in(view, stand_in, columns, below),
            None => self.step_by_step(view, columns, below),
        })
    }

    /// The columns of a view.
    pub(super) fn view_schema(&self, view: &'static View) -> Result<SchemaRef, QueryError> {
        self.kept().schema(view.name, || Ok(self.outlined(view)?.last.collect_schema()?))
    }

    /// The columns that these columns of a view rest on: of views, and of its few rows of tables.
    pub(super) fn columns_below(
        &self,
        view: &'static View,
        columns: &BTreeSet<String>,
    ) -> Result<ColumnsRead, QueryError> {
        let mut read = columns_of_steps(&self.outlined(view)?, columns)?;
        if view.reads_only.is_some() {
            for input in view.inputs.iter().filter(|input| views::find(input).is_none()) {
                if let Some(columns) = read.remove(*input) {
                    read.insert(name_of_few(input, view), columns);
                }
            }
        }
        Ok(read)
    }

    fn outlined(&self, view: &View) -> Result<Outlined, QueryError> {
        let mut context = SQLContext::new();
        let table = tables::scan(self.snapshot(), Kind::Event, &[])?.collect_schema()?;
        for input in view.inputs {
            let schema = match views::find(input) {
                Some(inner) => self.view_schema(inner)?,
                None => table.clone(),
            };
            context.register(input, outline(input, &schema));
        }
        let (steps, last_sql) = guard::steps(view.sql)?;
        let steps = steps
            .into_iter()
            .map(|(name, sql)| {
                let mut frame = context.execute(&sql)?;
                let schema = frame.collect_schema()?;
                context.register(&name, outline(&name, &schema));
                Ok((name, sql, frame, schema))
            })
            .collect::<Result<Vec<_>, QueryError>>()?;
        let last = with_times(context.execute(&last_sql)?)?;
        Ok(Outlined { steps, last_sql, last })
    }

    /// These columns of a view, its table expressions computed one after the other where they rest
    /// on what is kept; so none is computed twice, and no plan grows with the number of its uses.
    fn step_by_step(
        &self,
        view: &View,
        columns: &BTreeSet<String>,
        below: &Predicate,
    ) -> Result<DataFrame, QueryError> {
        let outlined = self.outlined(view)?;
        let read = columns_of_steps(&outlined, columns)?;
        let of = |name: &str| read.get(name).cloned().unwrap_or_default();
        let mut context = SQLContext::new();
        let mut is_kept = true;
        for input in view.inputs {
            let frame = match (views::find(input), view.reads_only) {
                (Some(inner), _) => self.view(inner, of(input), below)?,
                (None, Some(rows)) => {
                    let schema = self.table(input, below)?.collect_schema()?;
                    let name = name_of_few(input, view);
                    self.kept().rows(&name, below, &schema, of(input), |columns| {
                        let columns = columns.iter().map(String::as_str).collect();
                        let kind = tables::kind_of(input);
                        Ok(self.read_records(kind, rows, below, &columns)?.frame(&columns)?)
                    })?
                }
                (None, None) => {
                    is_kept = false;
                    self.table(input, below)?
                }
            };
            context.register(input, frame);
        }
        for (name, sql, _, schema) in &outlined.steps {
            let frame = match self.of_all_shares(view.name, name, schema)? {
                Some(frame) => frame,
                None => context.execute(sql)?,
            };
            if is_kept {
                let mut columns = of(name);
                if columns.is_empty() {
                    columns.extend(schema.iter_names().next().map(ToString::to_string));
                }
                context.register(name, filled(collect(frame.select(names(&columns)))?, schema));
            } else {
                context.register(name, frame);
            }
        }
        collect(with_times(context.execute(&outlined.last_sql)?)?.select(names(columns)))
    }

    /// These columns of a view that has a stand-in: what rests on events by that, the rest, if there
    /// is any, by the text.
    fn stood_in(
        &self,
        view: &View,
        stand_in: &StandIn,
        columns: &BTreeSet<String>,
        below: &Predicate,
    ) -> Result<DataFrame, QueryError> {
        let nothing = tables::scan(self.snapshot(), Kind::Event, &[])?;
        let schema = by_text(view, &|_| Ok(nothing.clone()))?.collect_schema()?;
        let timed = with_times(outline(view.name, &schema))?.select(names(columns));
        let mut own = columns_read(timed)?.remove(view.name).unwrap_or_default();
        own.insert(tables::TIME_MICROS.to_owned());
        let read = (stand_in.reads)(&own);
        let records = self.read_records(Kind::Event, stand_in.rows, below, &read)?;
        let mut found = (stand_in.make)(&records, &own)?;
        let has_spans = self.snapshot().files.iter().any(|file| file.kind == Kind::Span);
        if has_spans && view.inputs.contains(&"whole_spans") {
            let whole = by_text(view, &|input| match input {
                "events" => Ok(nothing.clone()),
                input => self.table(input, below),
            })?;
            found = collect(whole.select(names(&own)))?.vstack(&found)?;
        }
        collect(with_times(filled(found, &schema))?.select(names(columns)))
    }
}

/// The columns that are read of what a view's text reads, and of its table expressions, for these of
/// its columns.
fn columns_of_steps(
    outlined: &Outlined,
    columns: &BTreeSet<String>,
) -> Result<ColumnsRead, QueryError> {
    let mut read = columns_read(outlined.last.clone().select(names(columns)))?;
    for (name, _, frame, _) in outlined.steps.iter().rev() {
        if let Some(columns) = read.get(name) {
            let more = columns_read(frame.clone().select(names(columns)))?;
            merge(&mut read, more);
        }
    }
    Ok(read)
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
