//! Whole records by one id, through the store's look-up: no scan, every column.

use super::QueryError;
use super::frame::batch_to_table;
use crate::report::Table;
use crate::store::{LookupColumn, Snapshot, find};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::error::ArrowError;

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
