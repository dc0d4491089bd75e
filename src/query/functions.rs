//! SQL functions of our own: `time_from_micros(us)`, `json_text(json, 'a.b')`, `json_number(json, 'a.b')`.
//!
//! The texts of views and analyses use them by these names on every engine; [`DUCKDB`] defines them
//! there.

use super::json_path::keys;
use super::lower::{numbers_at, texts_at};
use polars::prelude::{
    AnyValue, Column, DataType, Field, PolarsError, PolarsResult, Schema, TimeUnit, TimeZone,
};
use polars_plan::dsl::{BaseColumnUdf, UserDefinedFunction};
use polars_sql::function_registry::FunctionRegistry;

/// Name, arguments and meaning of each function.
pub const DOCS: &[(&str, &str, &str)] = &[
    ("time_from_micros", "us", "the UTC time so many microseconds after 1970"),
    ("json_text", "json, path", "the value at a path such as 'a.b.0' as text"),
    ("json_number", "json, path", "the number at a path such as 'a.b.0'"),
];

/// The same functions for DuckDB.
pub const DUCKDB: &str = "\
CREATE OR REPLACE MACRO time_from_micros(us) AS make_timestamptz(us);
CREATE OR REPLACE MACRO json_text(doc, path) AS json_extract_string(doc, '$.' || path);
CREATE OR REPLACE MACRO json_number(doc, path) AS TRY_CAST(json_extract(doc, '$.' || path) AS DOUBLE);
";

/// Gives polars-sql our functions.
pub struct Functions;

impl FunctionRegistry for Functions {
    fn register(&mut self, name: &str, _function: UserDefinedFunction) -> PolarsResult<()> {
        Err(PolarsError::ComputeError(format!("function `{name}` cannot be added").into()))
    }

    fn get_udf(&self, name: &str) -> PolarsResult<Option<UserDefinedFunction>> {
        Ok(match name.to_lowercase().as_str() {
            "time_from_micros" => Some(function("time_from_micros", to_time, time_type())),
            "json_text" => Some(function("json_text", json_text, DataType::String)),
            "json_number" => Some(function("json_number", json_number, DataType::Float64)),
            _ => None,
        })
    }

    fn contains(&self, name: &str) -> bool {
        DOCS.iter().any(|(known, ..)| known.eq_ignore_ascii_case(name))
    }
}

fn time_type() -> DataType {
    DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))
}

fn function(
    name: &'static str,
    call: fn(&mut [Column]) -> PolarsResult<Column>,
    result: DataType,
) -> UserDefinedFunction {
    let data_type = move |_: &Schema, fields: &[Field]| {
        let name = fields.first().map_or("".into(), |field| field.name().clone());
        Ok(Field::new(name, result.clone()))
    };
    UserDefinedFunction::new(name.into(), BaseColumnUdf::new(call, data_type))
}

fn to_time(arguments: &mut [Column]) -> PolarsResult<Column> {
    let [micros] = arguments else { return Err(wrong("time_from_micros(us) takes one number")) };
    micros.cast(&DataType::Int64)?.cast(&time_type())
}

fn json_text(arguments: &mut [Column]) -> PolarsResult<Column> {
    let (json, keys) = json_and_keys(arguments)?;
    texts_at(json, &keys)
}

fn json_number(arguments: &mut [Column]) -> PolarsResult<Column> {
    let (json, keys) = json_and_keys(arguments)?;
    numbers_at(json, &keys)
}

fn json_and_keys(arguments: &[Column]) -> PolarsResult<(&Column, Vec<String>)> {
    if let [json, path] = arguments
        && let Ok(AnyValue::String(path)) = path.get(0)
    {
        return Ok((json, keys(path)));
    }
    if let [json, path] = arguments
        && path.is_empty()
    {
        return Ok((json, Vec::new()));
    }
    Err(wrong("json_text and json_number take a JSON column and a path such as 'a.b'"))
}

fn wrong(what: &'static str) -> PolarsError {
    PolarsError::ComputeError(what.into())
}
