//! Whole records by one id, through the store's look-up: no scan, every column.

use super::QueryError;
use super::engine::Engine;
use super::frame::batch_to_table;
use crate::report::Table;
use crate::store::{LookupColumn, Snapshot, find};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::error::ArrowError;

impl Engine {
    /// The record called `id`, all of it and whatever the filter; nothing where there is none.
    ///
    /// # Errors
    /// Those of reading the files.
    pub fn record(&self, id: &str) -> Result<Option<Table>, QueryError> {
        records_by(self.snapshot(), LookupColumn::Id, id)
    }

    /// The records whose parent is called `id`, likewise.
    ///
    /// # Errors
    /// Those of reading the files.
    pub fn children(&self, id: &str) -> Result<Option<Table>, QueryError> {
        records_by(self.snapshot(), LookupColumn::ParentId, id)
    }
}

/// The records whose `column` is `value`, by time, kind and name; nothing where there is none.
///
/// # Errors
/// Those of reading the files.
pub fn records_by(
    snapshot: &Snapshot,
    column: LookupColumn,
    value: &str,
) -> Result<Option<Table>, QueryError> {
    let batches = find(snapshot, column, value)?;
    let Some(first) = batches.first() else { return Ok(None) };
    let schema = first.schema();
    let sorted = || -> Result<_, ArrowError> {
        let all = concat_batches(&schema, &batches)?;
        let keys: Vec<SortColumn> = ["time", "kind", "id", "name", "labels"]
            .into_iter()
            .filter_map(|name| all.column_by_name(name))
            .map(|values| SortColumn { values: values.clone(), options: None })
            .collect();
        take_record_batch(&all, &lexsort_to_indices(&keys, None)?)
    };
    let sorted = sorted().map_err(|error| QueryError::Engine(error.to_string()))?;
    Ok((sorted.num_rows() > 0).then(|| batch_to_table(&sorted)))
}
