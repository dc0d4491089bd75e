//! Reads some columns of some rows as Arrow batches, row group by row group, on all threads.
//!
//! Texts that a file keeps as codes of a dictionary stay codes, and pages without a wanted row are
//! left alone. Which rows are wanted, and what is made of them, is for the query.

use super::StoreError;
use super::columns::arrow_field;
use super::decoding::{decoding_error, guard};
use super::snapshot::{DataFile, Snapshot};
use crate::model::Kind;
use crate::model::schema::{self, Column, ColumnType};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, RecordBatch, RecordBatchOptions, StringArray,
    new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
    RowFilter,
};
use parquet::basic::Encoding;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use parquet::file::statistics::Statistics;
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::path::PathBuf;
use std::sync::Arc;

/// The most rows of one batch: few enough that the room of one is used again for the next.
const BATCH_ROWS: usize = 1 << 13;

/// Which rows are read.
pub trait RowChoice: Send + Sync {
    /// The columns of `records` that decide.
    fn columns(&self) -> Vec<&str>;

    /// Whether each row of a batch of these columns is wanted; null means no.
    ///
    /// # Errors
    /// What keeps it from deciding.
    fn choose(&self, batch: &RecordBatch) -> Result<BooleanArray, ArrowError>;

    /// The first and last time that wanted rows can have, in microseconds since 1970; any where there is
    /// none.
    fn times_us(&self) -> Option<(i64, i64)> {
        None
    }
}

/// Reads the rows of `files` that `choice` wants, or all, with these columns of `records` in this
/// order, and gives what `each` makes of their batches.
///
/// Results come in the order of files and of rows in them; no batch is empty. A text column is an
/// array of texts or a dictionary of them, batch by batch; what a file lacks is null.
///
/// # Errors
/// `Io` and `Damaged`, naming the file.
pub fn read_rows<R: Send>(
    snapshot: &Snapshot,
    files: &[&DataFile],
    columns: &[&str],
    choice: Option<&Arc<dyn RowChoice>>,
    each: impl Fn(RecordBatch) -> Result<R, ArrowError> + Sync,
) -> Result<Vec<R>, StoreError> {
    let opened: Vec<Opened<'_>> =
        files.par_iter().map(|file| Opened::open(snapshot, file)).collect::<Result<_, _>>()?;
    let times_us = choice.and_then(|choice| choice.times_us());
    let groups: Vec<(&Opened<'_>, usize)> = opened
        .iter()
        .flat_map(|file| (0..file.metadata.metadata().num_row_groups()).map(move |at| (file, at)))
        .filter(|(file, group)| times_us.is_none_or(|times_us| file.may_hold(*group, times_us)))
        .collect();
    let results: Vec<Vec<R>> = groups
        .into_par_iter()
        .map(|(file, group)| file.read(snapshot, group, columns, choice, &each))
        .collect::<Result<_, _>>()?;
    Ok(results.into_iter().flatten().collect())
}

/// A file whose footer was read.
struct Opened<'s> {
    file: &'s DataFile,
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

impl<'s> Opened<'s> {
    fn open(snapshot: &Snapshot, file: &'s DataFile) -> Result<Self, StoreError> {
        let path = snapshot.locate(file)?;
        let source = snapshot.disk.open(&path)?;
        let options = || {
            ArrowReaderOptions::new()
                .with_skip_arrow_metadata(true)
                .with_offset_index_policy(PageIndexPolicy::Optional)
        };
        let metadata = guard(&path, || {
            let plain = ArrowReaderMetadata::load(&source, options());
            let plain = plain.map_err(decoding_error(&path))?;
            let schema = with_codes(plain.schema(), plain.metadata());
            let coded = ArrowReaderMetadata::try_new(
                plain.metadata().clone(),
                options().with_schema(schema),
            );
            coded.map_err(decoding_error(&path))
        })?;
        Ok(Self { file, path, metadata })
    }

    /// Whether a row group may hold a row of this time.
    fn may_hold(&self, group: usize, (first_us, last_us): (i64, i64)) -> bool {
        let columns = self.metadata.metadata().row_group(group).columns();
        let times = columns.iter().find(|chunk| chunk.column_path().parts() == ["time"]);
        let Some(Statistics::Int64(times)) = times.and_then(|chunk| chunk.statistics()) else {
            return true;
        };
        times.min_opt().is_none_or(|min| *min <= last_us)
            && times.max_opt().is_none_or(|max| *max >= first_us)
    }

    fn read<R>(
        &self,
        snapshot: &Snapshot,
        group: usize,
        columns: &[&str],
        choice: Option<&Arc<dyn RowChoice>>,
        each: &impl Fn(RecordBatch) -> Result<R, ArrowError>,
    ) -> Result<Vec<R>, StoreError> {
        let source = snapshot.disk.open(&self.path)?;
        let damaged = |error: ArrowError| StoreError::damaged(&self.path, error.to_string());
        let partition = Partition::of(self.file);
        guard(&self.path, || {
            let schema = self.metadata.parquet_schema();
            let mask = ProjectionMask::columns(schema, columns.iter().copied());
            let mut builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(source, self.metadata.clone())
                    .with_row_groups(vec![group])
                    .with_batch_size(BATCH_ROWS)
                    .with_projection(mask);
            if let Some(choice) = choice.cloned() {
                let mask = ProjectionMask::columns(schema, choice.columns());
                let is_wanted = ArrowPredicateFn::new(mask, move |batch: RecordBatch| {
                    choice.choose(&widen(&batch, partition, &choice.columns())?)
                });
                builder = builder.with_row_filter(RowFilter::new(vec![Box::new(is_wanted)]));
            }
            let reader = builder.build().map_err(decoding_error(&self.path))?;
            reader
                .filter(|batch| batch.as_ref().map_or(true, |batch| batch.num_rows() > 0))
                .map(|batch| each(widen(&batch?, partition, columns)?))
                .collect::<Result<_, _>>()
                .map_err(damaged)
        })
    }
}

/// The file's schema, with those texts as codes that all its row groups keep as codes.
fn with_codes(schema: &SchemaRef, metadata: &ParquetMetaData) -> SchemaRef {
    let is_coded = |name: &str| {
        metadata.row_groups().iter().all(|group| {
            group.columns().iter().any(|chunk| {
                chunk.column_path().parts() == [name]
                    && chunk.encodings().any(|encoding| encoding == Encoding::RLE_DICTIONARY)
            })
        })
    };
    let fields = schema.fields().iter().map(|field| {
        if *field.data_type() == DataType::Utf8 && is_coded(field.name()) {
            Field::new(field.name(), coded_text(), field.is_nullable())
        } else {
            field.as_ref().clone()
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn coded_text() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// What the log says of all rows of a file.
#[derive(Clone, Copy)]
pub(super) struct Partition {
    kind: Kind,
    date: i32,
}

impl Partition {
    pub(super) fn of(file: &DataFile) -> Self {
        Self { kind: file.kind, date: file.date }
    }
}

/// The rows of a batch with these columns: those of the file's partition from the log, those that the
/// file lacks as nulls, the others in the type that the schema says, as texts or as their codes.
pub(super) fn widen(
    batch: &RecordBatch,
    partition: Partition,
    columns: &[&str],
) -> Result<RecordBatch, ArrowError> {
    let rows = batch.num_rows();
    let mut fields = Vec::with_capacity(columns.len());
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for column in columns.iter().filter_map(|name| schema::find(name)) {
        let array = array_of(batch, partition, rows, column)?;
        fields.push(Field::new(column.name, array.data_type().clone(), column.nullable));
        arrays.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
}

fn array_of(
    batch: &RecordBatch,
    partition: Partition,
    rows: usize,
    column: &Column,
) -> Result<ArrayRef, ArrowError> {
    let data_type = arrow_field(column).data_type().clone();
    Ok(match (column.name, batch.column_by_name(column.name)) {
        ("kind", _) => Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
            partition.kind.as_str(),
            rows,
        ))),
        ("date", _) => {
            Arc::new(Date32Array::from_iter_values(std::iter::repeat_n(partition.date, rows)))
        }
        (_, Some(array))
            if column.column_type == ColumnType::Text && *array.data_type() == coded_text() =>
        {
            array.clone()
        }
        (_, Some(array)) => cast(array, &data_type)?,
        (_, None) => new_null_array(&data_type, rows),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Record;
    use crate::store::{
        BatchBuilder, CommitInfo, Durability, SourceCommit, Store, StoreError, Transaction,
    };
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::{Int32Type, Int64Type};

    /// Rows whose type is `wanted`.
    struct OfType(&'static str);

    impl RowChoice for OfType {
        fn columns(&self) -> Vec<&str> {
            vec!["trace_id", "type"]
        }

        fn choose(&self, batch: &RecordBatch) -> Result<BooleanArray, ArrowError> {
            assert_eq!(batch["trace_id"].null_count(), batch.num_rows());
            let types = cast(&batch["type"], &DataType::Utf8)?;
            Ok(types.as_string::<i32>().iter().map(|one| one.map(|one| one == self.0)).collect())
        }
    }

    /// A store of 40 events of two types by one agent; every other one has a name.
    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create_or_open(folder.path(), Durability::Scratch).unwrap();
        let mut builder = BatchBuilder::new("a.jsonl", "generic");
        for number in 0..40 {
            let (id, name) = (format!("id-{number}"), format!("name {number}"));
            builder.append(&Record {
                kind: Kind::Event,
                time_us: number,
                record_type: if number % 4 == 0 { "RARE" } else { "OFTEN" },
                id: &id,
                name: (number % 2 == 0).then_some(&name),
                agent: Some("ada"),
                ..Record::default()
            });
        }
        let base = store.snapshot().unwrap();
        let source = SourceCommit {
            id: "a.jsonl".into(),
            format: "generic".into(),
            from: 0,
            expected: None,
        };
        let mut transaction = Transaction::begin(&store, &base, source).unwrap();
        for group in builder.finish().unwrap() {
            transaction.append(group).unwrap();
        }
        transaction.commit(400, 7, CommitInfo { rows: 40, ..CommitInfo::default() }).unwrap();
        (folder, store)
    }

    #[test]
    fn wanted_rows_come_with_the_columns_asked_for() {
        let (_folder, store) = store();
        let snapshot = store.snapshot().unwrap();
        let files: Vec<&DataFile> = snapshot.files.iter().collect();
        let choice: Arc<dyn RowChoice> = Arc::new(OfType("RARE"));
        let columns = ["name", "agent", "input_tokens", "tool", "kind"];
        let batches = read_rows(&snapshot, &files, &columns, Some(&choice), Ok).unwrap();
        let batch = &batches[0];
        assert_eq!((batches.len(), batch.num_rows()), (1, 10));
        let names: Vec<&str> = batch["name"].as_string::<i32>().iter().flatten().collect();
        assert_eq!(names[..3], ["name 0", "name 4", "name 8"]);
        let agents = batch["agent"].as_dictionary::<Int32Type>();
        assert_eq!(agents.values().as_string::<i32>().value(0), "ada");
        assert_eq!(batch["input_tokens"].as_primitive::<Int64Type>().null_count(), 10);
        assert_eq!(batch["tool"].null_count(), 10);
        assert_eq!(batch["kind"].as_string::<i32>().value(9), "event");
        let none: Arc<dyn RowChoice> = Arc::new(OfType("NEVER"));
        assert!(read_rows(&snapshot, &files, &columns, Some(&none), Ok).unwrap().is_empty());
        let rows = read_rows(&snapshot, &files, &["id"], None, |batch| Ok(batch.num_rows()));
        assert_eq!(rows.unwrap().iter().sum::<usize>(), 40);
    }

    #[test]
    fn a_damaged_page_names_its_file() {
        let (_folder, store) = store();
        let snapshot = store.snapshot().unwrap();
        let path = snapshot.path_of(&snapshot.files[0]);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4..400].fill(0xaa);
        std::fs::write(&path, bytes).unwrap();
        let files: Vec<&DataFile> = snapshot.files.iter().collect();
        let columns: Vec<&str> = crate::model::schema::RECORDS.iter().map(|one| one.name).collect();
        let error = read_rows(&snapshot, &files, &columns, None, Ok).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("part-"), "{error}");
    }
}
