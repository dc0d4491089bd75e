//! What was computed of views, kept while questions are asked: most of them rest on the same few.

use super::QueryError;
use super::lineage::{ColumnsRead, merge};
use super::predicate::Predicate;
use crate::report::Table;
use polars::prelude::{DataFrame, Expr, IntoLazy, LazyFrame, NULL, Schema, SchemaRef, col, lit};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Rows and columns of views.
#[derive(Default)]
pub(super) struct Kept {
    frames: Mutex<Vec<Part>>,
    schemas: Mutex<BTreeMap<&'static str, SchemaRef>>,
    expected: Mutex<ColumnsRead>,
    /// The columns that each text reads which was said to be run.
    columns_of_texts: Mutex<HashMap<String, ColumnsRead>>,
    /// Whoever computes something has its lock, so that two at a time do it once. What is computed below it
    /// has others, and never its own.
    computing: Mutex<HashMap<String, Arc<Mutex<()>>>>,
    /// The sums of agents, once they were asked for.
    agents: OnceLock<Option<Table>>,
    /// The rows of texts, where they are few.
    answers: Mutex<HashMap<String, DataFrame>>,
}

/// Answers of more rows are not kept.
const MOST_ROWS: usize = 10_000;

/// Some columns of a view, or of a view's few rows of a table.
struct Part {
    name: String,
    /// The part of the filter that its records fit.
    below: Predicate,
    columns: BTreeSet<String>,
    frame: DataFrame,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    /// Says which columns will be asked for.
    pub(super) fn expect(&self, read: ColumnsRead) {
        merge(&mut lock(&self.expected), read);
    }

    /// Whether it was said that all these columns will be asked for.
    pub(super) fn is_expected(&self, read: &ColumnsRead) -> bool {
        let expected = lock(&self.expected);
        read.iter().all(|(name, columns)| {
            expected.get(name).is_some_and(|expected| columns.is_subset(expected))
        })
    }

    /// Says which columns a text reads.
    pub(super) fn note_columns(&self, sql: &str, columns: ColumnsRead) {
        lock(&self.columns_of_texts).insert(sql.to_owned(), columns);
    }

    /// The columns that a text reads, where that was said.
    pub(super) fn columns_of_text(&self, sql: &str) -> Option<ColumnsRead> {
        lock(&self.columns_of_texts).get(sql).cloned()
    }

    /// Whether nothing was computed, or is to be.
    pub(super) fn is_empty(&self) -> bool {
        lock(&self.frames).is_empty() && lock(&self.expected).is_empty()
    }

    fn turn(&self, name: &str) -> Arc<Mutex<()>> {
        lock(&self.computing).entry(name.to_owned()).or_default().clone()
    }

    /// The rows of a text, which `run` gives, once where they are few.
    ///
    /// # Errors
    /// Those of `run`.
    pub(super) fn answer(
        &self,
        sql: &str,
        run: impl FnOnce() -> Result<DataFrame, QueryError>,
    ) -> Result<DataFrame, QueryError> {
        let turn = self.turn(sql);
        let _turn = lock(&turn);
        if let Some(rows) = lock(&self.answers).get(sql) {
            return Ok(rows.clone());
        }
        let rows = run()?;
        if rows.height() <= MOST_ROWS {
            lock(&self.answers).insert(sql.to_owned(), rows.clone());
        }
        Ok(rows)
    }

    /// The sums of agents, which `find` finds out once.
    ///
    /// # Errors
    /// Those of `find`.
    pub(super) fn agents(
        &self,
        find: impl FnOnce() -> Result<Option<Table>, QueryError>,
    ) -> Result<Option<Table>, QueryError> {
        let turn = self.turn("the sums of agents");
        let _turn = lock(&turn);
        if let Some(agents) = self.agents.get() {
            return Ok(agents.clone());
        }
        let found = find()?;
        Ok(self.agents.get_or_init(|| found).clone())
    }

    /// The columns of a view, which `find` finds out once.
    ///
    /// # Errors
    /// Those of `find`.
    pub(super) fn schema(
        &self,
        view: &'static str,
        find: impl Fn() -> Result<SchemaRef, QueryError>,
    ) -> Result<SchemaRef, QueryError> {
        if let Some(schema) = lock(&self.schemas).get(view) {
            return Ok(schema.clone());
        }
        let schema = find()?;
        Ok(lock(&self.schemas).entry(view).or_insert(schema).clone())
    }

    /// What is called `name`, with all columns of `schema`, of which those that nobody reads are null;
    /// `compute` gives the others once.
    ///
    /// # Errors
    /// Those of `compute`.
    pub(super) fn rows(
        &self,
        name: &str,
        below: &Predicate,
        schema: &Schema,
        mut columns: BTreeSet<String>,
        compute: impl Fn(&BTreeSet<String>) -> Result<DataFrame, QueryError>,
    ) -> Result<LazyFrame, QueryError> {
        if columns.is_empty() {
            // There is always one, so that rows can be counted.
            columns.extend(schema.iter_names().next().map(ToString::to_string));
        }
        let turn = self.turn(name);
        let _turn = lock(&turn);
        let mut all = lock(&self.frames);
        let place = all.iter().position(|part| part.name == name && part.below == *below);
        if let Some(place) = place {
            if columns.is_subset(&all[place].columns) {
                return Ok(filled(all[place].frame.clone(), schema));
            }
            columns.append(&mut all.swap_remove(place).columns);
        }
        drop(all);
        columns.extend(lock(&self.expected).get(name).into_iter().flatten().cloned());
        let frame = compute(&columns)?;
        let (name, below) = (name.to_owned(), below.clone());
        lock(&self.frames).push(Part { name, below, columns, frame: frame.clone() });
        Ok(filled(frame, schema))
    }
}

/// The columns of `schema`: those of `frame`, the others null.
pub(super) fn filled(frame: DataFrame, schema: &Schema) -> LazyFrame {
    let columns: Vec<Expr> = schema
        .iter()
        .map(|(name, dtype)| {
            if frame.schema().contains(name) {
                col(name.clone())
            } else {
                lit(NULL).cast(dtype.clone()).alias(name.clone())
            }
        })
        .collect();
    frame.lazy().select(columns)
}
