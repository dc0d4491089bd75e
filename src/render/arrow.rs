//! An Arrow IPC stream, and the Arrow batches that `parquet` writes too.
//!
//! Times are microseconds in UTC, days Date32, lists are of UTF-8 texts called `element`, JSON is UTF-8.

use super::{Renderer, RowWriter};
use crate::report::{Column, Table, Texts, Values};
use ::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, ListBuilder, RecordBatch,
    StringBuilder, TimestampMicrosecondArray,
};
use ::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use ::arrow::error::ArrowError;
use ::arrow::ipc::writer::StreamWriter;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

pub(super) static RENDERER: Renderer = Renderer {
    name: "arrow",
    doc: "an Arrow IPC stream",
    is_binary: true,
    rows: |out, _| Box::new(ArrowRows { out: Some(out), stream: None }),
    report: None,
};

/// Rows of one Arrow batch.
const BATCH_ROWS: usize = 65_536;

/// Bytes of text in one Arrow batch; offsets have 31 bits.
const BATCH_BYTES: usize = 256 << 20;

type Buffered<'w> = io::BufWriter<Box<dyn Write + 'w>>;

struct ArrowRows<'w> {
    /// Until the first batch says what the columns are.
    out: Option<Box<dyn Write + 'w>>,
    stream: Option<(SchemaRef, StreamWriter<Buffered<'w>>)>,
}

impl ArrowRows<'_> {
    /// Begins the stream if nothing has begun it yet.
    fn begin(&mut self, batch: &Table) -> io::Result<()> {
        if let Some(out) = self.out.take() {
            let schema = schema(batch);
            let out = io::BufWriter::with_capacity(64 * 1024, out);
            let writer = StreamWriter::try_new(out, &schema).map_err(to_io)?;
            self.stream = Some((schema, writer));
        }
        Ok(())
    }
}

impl RowWriter for ArrowRows<'_> {
    fn write(&mut self, batch: &Table) -> io::Result<()> {
        self.begin(batch)?;
        if let Some((schema, writer)) = &mut self.stream {
            for part in record_batches(batch, schema)? {
                writer.write(&part.map_err(to_io)?).map_err(to_io)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.begin(&Table::default())?;
        if let Some((_, writer)) = &mut self.stream {
            writer.finish().map_err(to_io)?;
            writer.get_mut().flush()?;
        }
        Ok(())
    }
}

/// The error of the output itself where there is one, so that a closed pipe is known as such.
fn to_io(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        error => io::Error::other(error),
    }
}

/// The Arrow schema of a table; every column may be null.
pub(super) fn schema(table: &Table) -> SchemaRef {
    let fields = table.columns.iter().map(|column| {
        let data_type = match &column.values {
            Values::Text(_) | Values::Json(_) => DataType::Utf8,
            Values::Integer(_) => DataType::Int64,
            Values::Float(_) => DataType::Float64,
            Values::Bool(_) => DataType::Boolean,
            Values::Time(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Values::Date(_) => DataType::Date32,
            Values::TextList(_) => DataType::List(Arc::new(element())),
        };
        Field::new(&column.name, data_type, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The table as Arrow batches of a size that their offsets can hold.
pub(super) fn record_batches<'t>(
    table: &'t Table,
    expected: &SchemaRef,
) -> io::Result<impl Iterator<Item = Result<RecordBatch, ArrowError>> + 't> {
    if schema(table) != *expected {
        let message = "the columns of a batch differ from those of the first one";
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let schema = Arc::clone(expected);
    let batches = row_ranges(table, BATCH_ROWS, BATCH_BYTES).into_iter().map(move |rows| {
        let arrays = table.columns.iter().map(|column| array(column, rows.clone())).collect();
        RecordBatch::try_new(Arc::clone(&schema), arrays)
    });
    Ok(batches)
}

/// The rows of a table in pieces of at most `most_rows`, and of about `most_bytes` of text.
fn row_ranges(table: &Table, most_rows: usize, most_bytes: usize) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for row in 0..table.rows() {
        let text: usize = table.columns.iter().map(|column| text_bytes(column, row)).sum();
        if row > start && (row - start >= most_rows || bytes + text > most_bytes) {
            ranges.push(start..row);
            (start, bytes) = (row, 0);
        }
        bytes += text;
    }
    if start < table.rows() {
        ranges.push(start..table.rows());
    }
    ranges
}

fn text_bytes(column: &Column, row: usize) -> usize {
    match &column.values {
        Values::Text(texts) | Values::Json(texts) => texts.get(row).map_or(0, str::len),
        Values::TextList(lists) => {
            lists.get(row).into_iter().flatten().flatten().map(String::len).sum()
        }
        _ => 0,
    }
}

fn array(column: &Column, rows: Range<usize>) -> ArrayRef {
    match &column.values {
        Values::Text(texts) | Values::Json(texts) => text_array(texts, rows),
        Values::Integer(values) => {
            Arc::new(rows.map(|row| *values.get(row)?).collect::<Int64Array>())
        }
        Values::Float(values) => {
            Arc::new(rows.map(|row| *values.get(row)?).collect::<Float64Array>())
        }
        Values::Bool(values) => {
            Arc::new(rows.map(|row| *values.get(row)?).collect::<BooleanArray>())
        }
        Values::Time(values) => {
            let times = rows.map(|row| *values.get(row)?);
            Arc::new(times.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        }
        Values::Date(values) => {
            Arc::new(rows.map(|row| *values.get(row)?).collect::<Date32Array>())
        }
        Values::TextList(lists) => {
            let mut builder = ListBuilder::new(StringBuilder::new()).with_field(element());
            for row in rows {
                let list = lists.get(row).and_then(Option::as_ref);
                for text in list.into_iter().flatten() {
                    builder.values().append_value(text);
                }
                builder.append(list.is_some());
            }
            Arc::new(builder.finish())
        }
    }
}

fn text_array(texts: &Texts, rows: Range<usize>) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(rows.len(), rows.len() * 16);
    rows.for_each(|row| builder.append_option(texts.get(row)));
    Arc::new(builder.finish())
}

/// The field of a list's items.
fn element() -> Field {
    Field::new("element", DataType::Utf8, true)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Format, Options, row_writer, samples};
    use super::*;
    use crate::report::Unit;
    use ::arrow::array::{Array, AsArray};
    use ::arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
    use ::arrow::ipc::reader::StreamReader;

    fn stream(batches: &[Table]) -> (SchemaRef, Vec<RecordBatch>) {
        let mut out = Vec::new();
        let mut writer = row_writer(Format::Arrow, Box::new(&mut out), &Options::default());
        for batch in batches {
            writer.write(batch).unwrap();
        }
        writer.finish().unwrap();
        drop(writer);
        let reader = StreamReader::try_new(out.as_slice(), None).unwrap();
        (reader.schema(), reader.map(Result::unwrap).collect())
    }

    /// Checks the values of [`samples::every_type`].
    pub(in super::super) fn assert_every_type(batch: &RecordBatch) {
        let column = |name: &str| batch.column_by_name(name).unwrap();
        assert_eq!(column("agent").as_string::<i32>().value(2), samples::HOSTILE);
        assert_eq!(column("events").as_primitive::<Int64Type>().value(0), 12_345);
        assert!(column("error_rate").as_primitive::<Float64Type>().value(2).is_nan());
        assert!(column("done").as_boolean().value(0));
        let times = column("first_seen").as_primitive::<TimestampMicrosecondType>();
        assert_eq!(times.value(0), 1_760_000_000_123_000);
        assert_eq!(times.timezone(), Some("UTC"));
        assert_eq!(column("date").as_primitive::<Date32Type>().value(0), 20_370);
        let tags = column("tags").as_list::<i32>();
        assert_eq!(
            tags.value(0).as_string::<i32>().iter().flatten().collect::<Vec<_>>(),
            ["a", "b"]
        );
        assert!(tags.is_null(1) && tags.is_valid(2) && tags.value(2).is_empty());
        assert_eq!(column("data").as_string::<i32>().value(2), r#"{"a":"<b>"}"#);
        assert_eq!(column("nothing").null_count(), 3);
        assert!(batch.columns().iter().all(|column| column.is_null(1)));
    }

    #[test]
    fn every_type_comes_back() {
        let (_, batches) = stream(&[samples::every_type(), samples::every_type()]);
        assert_eq!(batches.len(), 2);
        batches.iter().for_each(assert_every_type);
    }

    #[test]
    fn an_empty_stream_has_a_schema() {
        let table = Table::default().with("a", Unit::None, Values::Time(vec![]));
        let (schema, batches) = stream(&[table]);
        assert_eq!(schema.field(0).name(), "a");
        assert!(batches.is_empty());
        assert!(stream(&[]).0.fields().is_empty());
    }

    #[test]
    fn a_batch_of_other_columns_is_an_error() {
        let first = Table::default().with("a", Unit::None, Values::texts(["x"]));
        let second = Table::default().with("a", Unit::None, Values::Integer(vec![Some(1)]));
        for format in [Format::Arrow, Format::Parquet] {
            let mut out = Vec::new();
            let mut writer = row_writer(format, Box::new(&mut out), &Options::default());
            writer.write(&first).unwrap();
            assert_eq!(writer.write(&second).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }

    #[test]
    fn batches_end_before_their_texts_are_too_long() {
        let table =
            Table::default().with("a", Unit::None, Values::texts(["12345", "1", "1", "123456789"]));
        assert_eq!(row_ranges(&table, 100, 6), [0..2, 2..3, 3..4]);
        assert_eq!(row_ranges(&table, 3, 100), [0..3, 3..4]);
        assert!(row_ranges(&Table::default(), 3, 100).is_empty());
    }
}
