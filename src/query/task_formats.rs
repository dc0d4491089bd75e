//! Which formats have tasks: what the view `agent_turns` must know of all records, though an engine of a
//! share sees its own.
//!
//! It is the table expression `c_task_formats` of `views/agent_turns.sql`, read past SQL.

use super::QueryError;
use super::engine::Engine;
use super::predicate::Predicate;
use super::records::{Rows, texts};
use crate::model::Kind;
use arrow::array::{Array, BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use polars::prelude::{Column, DataFrame, Expr, IntoLazy, LazyFrame, Schema, col, lit};
use std::collections::BTreeSet;

/// Edges of attempts at tasks that make a span: begins, and ends that state their duration.
const TASK_EDGES: Rows =
    Rows { columns: &["interval_key", "interval_edge", "duration_ns"], are_wanted: are_task_edges };

fn are_task_edges(batch: &RecordBatch) -> BooleanArray {
    let tasks = texts(batch, "interval_key").matching(|key| key.starts_with("task:"));
    let ends = texts(batch, "interval_edge").matching(|edge| edge != "begin");
    let durations = &batch["duration_ns"];
    let is_span = |row: usize| tasks.value(row) && !(ends.value(row) && durations.is_null(row));
    BooleanBuffer::collect_bool(batch.num_rows(), is_span).into()
}

impl Engine {
    /// What a share's view must know of all records, though the others see its own: the table expression
    /// of `agent_turns` that says which formats have tasks.
    ///
    /// # Errors
    /// Those of reading the records.
    pub(super) fn of_all_shares(
        &self,
        view: &str,
        step: &str,
        schema: &Schema,
    ) -> Result<Option<LazyFrame>, QueryError> {
        let Some(share) =
            self.share().filter(|_| (view, step) == ("agent_turns", "c_task_formats"))
        else {
            return Ok(None);
        };
        let formats = share.task_formats(|| {
            let all = Self::new(self.snapshot().clone(), Predicate::True);
            let columns = BTreeSet::from(["source_format"]);
            let mut formats = BTreeSet::new();
            for kind in [Kind::Event, Kind::Span] {
                all.digest_records(kind, TASK_EDGES, &Predicate::True, &columns, |batch| {
                    let texts = texts(&batch, "source_format");
                    let rows = 0..batch.num_rows();
                    Ok(rows.filter_map(|row| texts.get(row)).map(str::to_owned).collect())
                })?
                .into_iter()
                .for_each(|mut more: BTreeSet<String>| formats.append(&mut more));
            }
            Ok(formats)
        })?;
        let names: Vec<&str> = formats.iter().map(String::as_str).collect();
        let names = Column::new("task_format".into(), names);
        let columns = schema.iter().map(|(name, dtype)| match name.as_str() {
            "task_format" => col("task_format"),
            // How many it has does not matter.
            _ => lit(1).cast(dtype.clone()).alias(name.clone()),
        });
        let columns: Vec<Expr> = columns.collect();
        Ok(Some(DataFrame::new(names.len(), vec![names])?.lazy().select(columns)))
    }
}
