//! The schema as data: name, type, unit and meaning of every stored column.
//!
//! This is the one place that defines them. The store's Arrow schema, the engine's table schema,
//! `tracekit schema`, the docs and nearest-name hints are all made from these lists.

/// The type of a stored column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// 64-bit signed integer.
    Integer,
    /// 64-bit float.
    Float,
    /// Microseconds since 1970 UTC.
    Timestamp,
    /// A UTC day.
    Date,
    /// A list of texts.
    TextList,
    /// Text that holds a JSON value.
    Json,
}

impl ColumnType {
    /// The spelling in `tracekit schema` and the docs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "int64",
            Self::Float => "float64",
            Self::Timestamp => "timestamp[us, UTC]",
            Self::Date => "date",
            Self::TextList => "list<string>",
            Self::Json => "string (JSON)",
        }
    }
}

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name in the store, in SQL, in every output.
    pub name: &'static str,
    /// Type in the store.
    pub column_type: ColumnType,
    /// Whether it may be null.
    pub nullable: bool,
    /// Unit of its numbers, or empty.
    pub unit: &'static str,
    /// Meaning, in one line.
    pub doc: &'static str,
}

const fn column(
    name: &'static str,
    column_type: ColumnType,
    nullable: bool,
    unit: &'static str,
    doc: &'static str,
) -> Column {
    Column { name, column_type, nullable, unit, doc }
}

const fn required(name: &'static str, column_type: ColumnType, doc: &'static str) -> Column {
    column(name, column_type, false, "", doc)
}

const fn optional(name: &'static str, column_type: ColumnType, doc: &'static str) -> Column {
    column(name, column_type, true, "", doc)
}

const fn measured(
    name: &'static str,
    column_type: ColumnType,
    unit: &'static str,
    doc: &'static str,
) -> Column {
    column(name, column_type, true, unit, doc)
}

use ColumnType::{Date, Float, Integer, Json, Text, TextList, Timestamp};

/// The columns of `records`, in their order.
pub const RECORDS: &[Column] = &[
    required("kind", Text, "event, span, log or metric; first partition"),
    required("date", Date, "UTC day of time; second partition"),
    column("time", Timestamp, false, "us", "when it happened; for a span, its start"),
    measured("duration_ns", Integer, "ns", "how long it took; whole spans only"),
    required("type", Text, "the source's own type, or THINK, TOOL, LLM, AGENT, CHAIN, …"),
    optional("name", Text, "operation or span name; a metric's dotted name"),
    required("id", Text, "record or span id; h: and a hash where the source has none"),
    optional("parent_id", Text, "id of the record or span that caused it"),
    optional("trace_id", Text, "trace that it belongs to"),
    optional("session_id", Text, "session that it belongs to"),
    optional("swarm_id", Text, "swarm that it belongs to"),
    optional("correlation_id", Text, "correlation id of its source"),
    optional("agent", Text, "who acts"),
    optional("peer", Text, "the other agent of a message or hand-off"),
    optional("component", Text, "service or component"),
    optional("operation", Text, "what the component did"),
    optional("tool", Text, "tool that was called"),
    optional("model", Text, "model that was called"),
    optional("task_id", Text, "task that it belongs to"),
    optional("message_id", Text, "message that it sends or receives"),
    required("status", Text, "ok, error, cancelled, timeout, running or unset"),
    optional("severity", Text, "as in the source"),
    optional("error_type", Text, "class of the error"),
    optional("error_message", Text, "text of the error"),
    measured("input_tokens", Integer, "tokens", "tokens that the model read, cache apart"),
    measured("output_tokens", Integer, "tokens", "tokens that the model wrote"),
    measured("cache_read_tokens", Integer, "tokens", "tokens read from the prompt cache"),
    measured("cache_write_tokens", Integer, "tokens", "tokens written to the prompt cache"),
    measured("cost_microusd", Integer, "1e-6 USD", "cost as the source states it"),
    measured("value", Float, "see unit", "the sample; metric rows only"),
    optional(
        "unit",
        Text,
        "unit of value: % ms MB bytes bytes/hour 1/s 1 FPS, or the source's own",
    ),
    optional("metric_type", Text, "counter, gauge, histogram, timer or custom"),
    optional("tags", TextList, "the source's tags"),
    optional("interval_key", Text, "pairs the begin and the end of an interval"),
    optional("interval_edge", Text, "begin or end"),
    optional("labels", Json, "a metric's dimensions, keys sorted"),
    optional("data", Json, "the payload object, byte for byte; else the whole record"),
    optional("extra", Json, "leaves outside the payload that have no column"),
    required("source", Text, "file that it came from"),
    required("source_format", Text, "format that the file was read as"),
    column("source_offset", Integer, false, "bytes", "byte offset in the source"),
];

/// The columns of `rejects`: lines that were not accepted.
pub const REJECTS: &[Column] = &[
    required("source", Text, "file that it stands in"),
    required("line", Integer, "line number, from 1"),
    column("source_offset", Integer, false, "bytes", "byte offset in the source"),
    column("length", Integer, false, "bytes", "length of the line"),
    required("category", Text, "why, in one word"),
    required("message", Text, "why, in a sentence"),
    required("excerpt", Text, "its first 256 bytes"),
];

/// The column of `records` called `name`.
pub fn find(name: &str) -> Option<&'static Column> {
    RECORDS.iter().find(|column| column.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_documented() {
        for (i, column) in RECORDS.iter().enumerate() {
            assert!(!column.doc.is_empty(), "{} has no doc", column.name);
            assert!(RECORDS[..i].iter().all(|other| other.name != column.name), "{}", column.name);
        }
        assert_eq!(RECORDS.len(), 41);
    }
}
