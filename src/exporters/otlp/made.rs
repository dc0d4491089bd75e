//! Items of OTLP that are made of records of other formats.

use super::super::attributes::{Value, attributes, hexadecimal_id, span_name, trace_of};
use super::super::columns::Row;
use super::super::json::Json;
use crate::importers::json::Tape;
use std::borrow::Cow;

/// Digits of a trace's id.
const TRACE_ID: usize = 32;
/// Digits of a span's id.
const SPAN_ID: usize = 16;

/// `SPAN_KIND_INTERNAL`.
const INTERNAL: i64 = 1;

/// Makes items, each in the room of the one before.
#[derive(Debug, Default)]
pub(super) struct Made {
    json: Json,
    header: Json,
}

impl Made {
    /// A span that begins at `time_us`, in microseconds since 1970; without an end where it has none.
    pub(super) fn span(&mut self, row: Row<'_>, time_us: Option<i64>) -> &str {
        let json = &mut self.json;
        json.clear();
        json.open('{').member("traceId", &hexadecimal_id(trace_of(row), TRACE_ID));
        json.member("spanId", &hexadecimal_id(row.text("id").unwrap_or_default(), SPAN_ID));
        if let Some(parent) = row.text("parent_id") {
            json.member("parentSpanId", &hexadecimal_id(parent, SPAN_ID));
        }
        json.member("name", span_name(row)).key("kind").raw(INTERNAL);
        let start = i128::from(time_us.unwrap_or_default()) * 1000;
        json.member("startTimeUnixNano", &start.to_string());
        if let Some(duration) = row.integer("duration_ns") {
            json.member("endTimeUnixNano", &(start + i128::from(duration)).to_string());
        }
        push_attributes(json, row);
        json.key("status").open('{');
        match row.text("status") {
            Some("ok") => _ = json.key("code").raw(1),
            Some("error" | "timeout") => {
                json.key("code").raw(2).optional("message", row.text("error_message"));
            }
            _ => {}
        }
        json.close('}').close('}');
        json.text()
    }

    /// A log record: what happened at one instant.
    pub(super) fn log(&mut self, row: Row<'_>) -> &str {
        let json = &mut self.json;
        json.clear();
        json.open('{').member("timeUnixNano", &nanos(row));
        let severity = row.text("severity");
        if let Some(number) = severity.and_then(severity_number) {
            json.key("severityNumber").raw(number);
        }
        json.optional("severityText", severity).optional("eventName", row.text("type"));
        if let Some(message) = row.text("error_message").or(row.text("name")) {
            json.key("body").open('{').member("stringValue", message).close('}');
        }
        push_attributes(json, row);
        json.member("traceId", &hexadecimal_id(trace_of(row), TRACE_ID));
        if let Some(parent) = row.text("parent_id") {
            json.member("spanId", &hexadecimal_id(parent, SPAN_ID));
        }
        json.close('}');
        json.text()
    }

    /// A metric up to its first data point, and one point.
    pub(super) fn point(&mut self, row: Row<'_>) -> (&str, &str) {
        let header = &mut self.header;
        header.clear();
        header.open('{').member("name", row.text("name").unwrap_or("metric"));
        header.optional("unit", row.text("unit"));
        if row.text("metric_type") == Some("counter") {
            // 2 is cumulative.
            header.key("sum").open('{').key("aggregationTemporality").raw(2);
            header.key("isMonotonic").raw(true);
        } else {
            header.key("gauge").open('{');
        }
        header.key("dataPoints").open('[');
        let json = &mut self.json;
        json.clear();
        json.open('{').member("timeUnixNano", &nanos(row));
        if let Some(value) = row.float("value") {
            json.key("asDouble").float(value);
        }
        json.key("attributes").open('[');
        let columns = [("gen_ai.agent.name", "agent"), ("session.id", "session_id")];
        for (key, column) in columns {
            if let Some(text) = row.text(column) {
                push_attribute(json, key, Value::Text(text));
            }
        }
        let mut tape = Tape::new();
        let labels = tape.value(row.text("labels").unwrap_or("{}")).unwrap_or_default();
        for (key, value) in labels.members() {
            let text = value.as_str().unwrap_or(Cow::Borrowed(value.text()));
            push_attribute(json, key, Value::Text(&text));
        }
        json.close(']').close('}');
        (self.header.text(), self.json.text())
    }
}

/// The time of a record in nanoseconds since 1970.
fn nanos(row: Row<'_>) -> String {
    (i128::from(row.integer("time").unwrap_or_default()) * 1000).to_string()
}

fn push_attributes(json: &mut Json, row: Row<'_>) {
    json.key("attributes").open('[');
    for (key, value) in attributes(row) {
        push_attribute(json, key, value);
    }
    json.close(']');
}

fn push_attribute(json: &mut Json, key: &str, value: Value<'_>) {
    json.open('{').member("key", key).key("value").open('{');
    match value {
        Value::Text(text) => _ = json.member("stringValue", text),
        // 64-bit integers are texts in JSON.
        Value::Integer(number) => _ = json.member("intValue", &number.to_string()),
        Value::Float(number) => _ = json.key("doubleValue").float(number),
    }
    json.close('}').close('}');
}

/// The least severity number of a severity's name.
fn severity_number(name: &str) -> Option<i64> {
    Some(match name.to_ascii_lowercase().as_str() {
        "trace" => 1,
        "debug" | "low" | "verbose" => 5,
        "info" | "information" | "notice" | "normal" => 9,
        "warn" | "warning" | "medium" => 13,
        "error" | "high" => 17,
        "fatal" | "critical" => 21,
        _ => return None,
    })
}
