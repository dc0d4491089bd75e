//! Columns into compressed column chunks: pure work for many threads.
//!
//! A row group is encoded apart from any file; `part` puts it into one.

use super::StoreError;
use super::batch::PartitionBatch;
use super::columns::{ColumnSet, LOOKED_UP, PRUNING, RISING, arrow_field, stored_columns};
use super::pages::{PagedChunk, TextOptions, encode_text};
use super::stats::FileStats;
use crate::model::Kind;
use crate::model::schema::Column;
use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, SchemaDescriptor};
use std::fmt;
use std::io::Write;
use std::sync::Arc;

/// The one place that says how hard files are compressed.
pub(super) const ZSTD_LEVEL: i32 = 1;

/// How often a bloom filter says yes for a value that is not there.
pub(super) const BLOOM_FALSE_POSITIVES: f64 = 0.05;

/// One row group, encoded and compressed, that fits any part file of its partition.
#[derive(Debug)]
pub struct EncodedRowGroup {
    /// First partition column.
    pub kind: Kind,
    /// Second partition column: the UTC day, in days since 1970.
    pub date: i32,
    /// How many rows it holds.
    pub rows: u64,
    /// How many bytes it takes.
    pub bytes: u64,
    pub(super) stats: FileStats,
    pub(super) columns: ColumnSet,
    /// By position in the schema, ascending.
    pub(super) chunks: Vec<(usize, Chunk)>,
}

/// One column of a row group.
pub(super) enum Chunk {
    /// From our own writer of texts.
    Pages(Box<PagedChunk>),
    /// From the parquet crate's writer.
    Arrow(Box<ArrowColumnChunk>),
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes())
    }
}

impl Chunk {
    fn bytes(&self) -> u64 {
        match self {
            Self::Pages(chunk) => chunk.bytes(),
            Self::Arrow(chunk) => chunk.close().bytes_written,
        }
    }

    /// Writes it as the next column of a row group.
    pub(super) fn append_to<W: Write + Send>(
        self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        match self {
            Self::Pages(chunk) => chunk.append_to(group),
            Self::Arrow(chunk) => chunk.append_to_row_group(group),
        }
    }
}

/// Encodes one batch as one row group.
///
/// # Errors
/// `Encode` when the parquet crate refuses, which is a fault of tracekit's.
pub fn encode_row_group(batch: PartitionBatch) -> Result<EncodedRowGroup, StoreError> {
    let PartitionBatch { kind, date, batch } = batch;
    let rows = batch.num_rows() as u64;
    let stats = FileStats::of(&batch);
    let mut columns = ColumnSet::default();
    let mut chunks = Vec::with_capacity(batch.num_columns());
    for (position, column) in stored_columns() {
        if let Some(array) = batch.column_by_name(column.name) {
            columns.insert(position);
            chunks.push((position, encode_column(column, array, &stats)?));
        }
    }
    let bytes = chunks.iter().map(|(_, chunk)| chunk.bytes()).sum();
    Ok(EncodedRowGroup { kind, date, rows, bytes, stats, columns, chunks })
}

/// Encodes a column of `rows` nulls.
pub(super) fn encode_nulls(column: &Column, rows: u64) -> Result<Chunk, StoreError> {
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let array = new_null_array(arrow_field(column).data_type(), rows);
    encode_column(column, &array, &FileStats::default())
}

fn encode_column(
    column: &Column,
    array: &ArrayRef,
    stats: &FileStats,
) -> Result<Chunk, StoreError> {
    let field = arrow_field(column);
    let describe = || StoreError::Encode(format!("no such column `{}`", column.name));
    if field.data_type().is_string() {
        let descriptor = parquet_schema(vec![field])?.columns().first().cloned();
        let bounds = stats.texts().into_iter().find(|(name, _)| *name == column.name);
        let options = TextOptions {
            stats: bounds.map(|(_, bounds)| bounds),
            has_bloom_filter: LOOKED_UP.contains(&column.name),
        };
        let chunk = encode_text(&descriptor.ok_or_else(describe)?, array, options)?;
        return Ok(Chunk::Pages(Box::new(chunk)));
    }
    encode_generally(column, &field, array)
        .map_err(|error| StoreError::Encode(format!("{}: {error}", column.name)))?
        .map(|chunk| Chunk::Arrow(Box::new(chunk)))
        .ok_or_else(describe)
}

fn encode_generally(
    column: &Column,
    field: &Field,
    array: &ArrayRef,
) -> Result<Option<ArrowColumnChunk>, ParquetError> {
    let path = ColumnPath::from(column.name);
    let mut properties = base_properties();
    if RISING.contains(&column.name) || field.data_type().is_integer() {
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path.clone(), Encoding::DELTA_BINARY_PACKED);
    }
    if field.data_type().is_floating() {
        properties = properties.set_column_dictionary_enabled(path.clone(), false);
    }
    if PRUNING.contains(&column.name) {
        properties = properties.set_column_statistics_enabled(path, EnabledStatistics::Chunk);
    }
    let arrow_schema = Arc::new(Schema::new(vec![field.clone()]));
    let schema = ArrowSchemaConverter::new().convert(&arrow_schema)?.root_schema_ptr();
    let nowhere = SerializedFileWriter::new(std::io::sink(), schema, Arc::new(properties.build()))?;
    let factory = ArrowRowGroupWriterFactory::new(&nowhere, arrow_schema);
    let writer = factory.create_column_writers(0)?.pop();
    let Some(mut writer) = writer else { return Ok(None) };
    for leaf in compute_leaves(field, array)? {
        writer.write(&leaf)?;
    }
    writer.close().map(Some)
}

/// The Parquet schema of some columns.
pub(super) fn parquet_schema(fields: Vec<Field>) -> Result<SchemaDescriptor, StoreError> {
    let schema = ArrowSchemaConverter::new().convert(&Schema::new(fields));
    schema.map_err(|error| StoreError::Encode(error.to_string()))
}

/// What all files have in common.
pub(super) fn base_properties() -> WriterPropertiesBuilder {
    let level = ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default();
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_created_by(concat!("tracekit version ", env!("CARGO_PKG_VERSION")).to_owned())
}

/// The properties of a part file; its first column is `time`, which its row groups are sorted by.
pub(super) fn part_properties() -> WriterProperties {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let by_time = SortingColumn { column_idx: 0, descending: false, nulls_first: false };
    base_properties()
        .set_sorting_columns(Some(vec![by_time]))
        .set_key_value_metadata(Some(vec![KeyValue::new("tracekit.version".to_owned(), version)]))
        .build()
}
