//! Query results as tables of the report layer: from polars frames, and from Arrow batches of look-ups.

use crate::model::schema::{self, ColumnType};
use crate::report::{Table, Texts, Unit, Values};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, PolarsResult, Series};

/// What a column's numbers count, by its name.
pub fn unit_of(name: &str) -> Unit {
    if name.ends_with("_ns") {
        return Unit::Nanoseconds;
    }
    if name.ends_with("_microusd") {
        return Unit::Microusd;
    }
    if name.ends_with("_tokens") {
        return Unit::Tokens;
    }
    if name.ends_with("_rate") || name == "share" {
        return Unit::Ratio;
    }
    if name.ends_with("_per_s") {
        return Unit::PerSecond;
    }
    if name == "bytes" || name.ends_with("_bytes") {
        return Unit::Bytes;
    }
    Unit::None
}

fn holds_json(name: &str) -> bool {
    schema::find(name).is_some_and(|column| column.column_type == ColumnType::Json)
}

/// A polars frame as a table.
///
/// # Errors
/// Those of casting a column of a type that tables do not have to text.
pub fn to_table(frame: &DataFrame) -> PolarsResult<Table> {
    let mut table = Table::default();
    for column in frame.columns() {
        let name = column.name().as_str();
        table = table.with(name, unit_of(name), values(name, column)?);
    }
    Ok(table)
}

fn values(name: &str, column: &Column) -> PolarsResult<Values> {
    Ok(match column.dtype() {
        DataType::String => {
            let texts: Texts = column.str()?.iter().collect();
            if holds_json(name) { Values::Json(texts) } else { Values::Text(texts) }
        }
        DataType::Boolean => Values::Bool(column.bool()?.iter().collect()),
        dtype if dtype.is_integer() => {
            Values::Integer(column.cast(&DataType::Int64)?.i64()?.iter().collect())
        }
        dtype if dtype.is_float() => {
            Values::Float(column.cast(&DataType::Float64)?.f64()?.iter().collect())
        }
        DataType::Datetime(..) => {
            let micros = DataType::Datetime(polars::prelude::TimeUnit::Microseconds, None);
            let physical = column.cast(&micros)?.cast(&DataType::Int64)?;
            Values::Time(physical.i64()?.iter().collect())
        }
        DataType::Date => Values::Date(column.cast(&DataType::Int32)?.i32()?.iter().collect()),
        DataType::List(inner) if **inner == DataType::String => {
            let lists = column.list()?;
            let list = |series: &Series| -> PolarsResult<Vec<String>> {
                Ok(series.str()?.iter().map(|text| text.unwrap_or_default().to_owned()).collect())
            };
            Values::TextList(
                lists
                    .amortized_iter()
                    .map(|series| series.map(|series| list(series.as_ref())).transpose())
                    .collect::<PolarsResult<_>>()?,
            )
        }
        DataType::Null => Values::Text((0..column.len()).map(|_| None::<&str>).collect()),
        _ => Values::Text(column.cast(&DataType::String)?.str()?.iter().collect()),
    })
}

/// An Arrow batch of the store as a table.
pub fn batch_to_table(batch: &RecordBatch) -> Table {
    let mut table = Table::default();
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        table = table.with(
            field.name(),
            unit_of(field.name()),
            array_values(field.name(), array.as_ref()),
        );
    }
    table
}

fn array_values(name: &str, array: &dyn Array) -> Values {
    match array.data_type() {
        ArrowType::Utf8 => {
            let texts: Texts = array.as_string::<i32>().iter().collect();
            if holds_json(name) { Values::Json(texts) } else { Values::Text(texts) }
        }
        ArrowType::Int64 => Values::Integer(array.as_primitive::<Int64Type>().iter().collect()),
        ArrowType::Float64 => Values::Float(array.as_primitive::<Float64Type>().iter().collect()),
        ArrowType::Timestamp(..) => {
            Values::Time(array.as_primitive::<TimestampMicrosecondType>().iter().collect())
        }
        ArrowType::Date32 => Values::Date(array.as_primitive::<Date32Type>().iter().collect()),
        ArrowType::List(_) => Values::TextList(
            array
                .as_list::<i32>()
                .iter()
                .map(|list| {
                    let list = list?;
                    let texts = list.as_string_opt::<i32>()?;
                    Some(texts.iter().map(|text| text.unwrap_or_default().to_owned()).collect())
                })
                .collect(),
        ),
        _ => Values::Text((0..array.len()).map(|_| None::<&str>).collect()),
    }
}

/// The columns of a small Arrow batch as polars columns: texts and whole numbers only.
pub(super) fn columns_of(batch: &RecordBatch) -> Vec<Column> {
    batch
        .schema()
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, array)| {
            let name = field.name().as_str().into();
            if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
                let numbers: Vec<Option<i64>> = numbers.iter().collect();
                return Series::new(name, numbers).into_column();
            }
            let texts = array.as_string_opt::<i32>();
            let texts: Vec<Option<&str>> =
                texts.map(|texts| texts.iter().collect()).unwrap_or_default();
            Series::new(name, texts).into_column()
        })
        .collect()
}
