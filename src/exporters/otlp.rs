//! OTLP in JSON: traces, logs and metrics as requests to a collector, one a line.
//!
//! A record that came in as OTLP goes out as it was, to the nanosecond: `data` is the span, log record or
//! data point, `extra` what stood around it. Other records become spans (whole ones and pairs of begin
//! and end), log records (events) and data points, which is for `otlp/made.rs`.
//!
//! See the OTLP specification, "JSON Protobuf Encoding", and its "file exporter".

mod envelope;
mod made;

use super::attributes::ATTRIBUTES;
use super::columns::{GROUP, Row, STEP, rows};
use super::{Export, ExportError, Exporter, Input, Options};
use crate::report::Table;
use envelope::{Requests, Signal};
use made::Made;
use std::collections::HashSet;
use std::io::Write;

pub(super) static OTLP: Otlp = Otlp;

/// The form `otlp`.
pub(super) struct Otlp;

const INPUTS: &[Input] = &[
    Input::rows("spans", &[GROUP, STEP, ATTRIBUTES, &["origin", "end_id", "ts_us"]]),
    Input::rows("records", &[]),
];

impl Exporter for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn ending(&self) -> &'static str {
        "otlp.jsonl"
    }

    fn doc(&self) -> &'static str {
        "OTLP-JSON traces, logs and metrics, a request a line"
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn begin(&self, out: Box<dyn Write>, _: &Options) -> Box<dyn Export> {
        Box::new(OtlpExport {
            requests: Requests::new(out),
            made: Made::default(),
            ends: HashSet::new(),
        })
    }
}

struct OtlpExport {
    requests: Requests,
    made: Made,
    /// The records that are part of a span already: begins and ends.
    ends: HashSet<String>,
}

impl Export for OtlpExport {
    fn write(&mut self, name: &str, batch: &Table) -> Result<(), ExportError> {
        for row in rows(batch) {
            if name == "spans" {
                self.write_pair(row)?;
            } else if row.text("source_format") == Some("otlp") {
                self.write_as_it_was(row)?;
            } else {
                self.write_record(row)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.requests.finish()
    }
}

impl OtlpExport {
    fn write_pair(&mut self, row: Row<'_>) -> Result<(), ExportError> {
        if row.text("origin") == Some("whole") {
            return Ok(());
        }
        self.ends
            .extend([row.text("id"), row.text("end_id")].into_iter().flatten().map(str::to_owned));
        let span = self.made.span(row, row.integer("ts_us").or(row.integer("time")));
        self.requests.add_made(Signal::Spans, row, span)
    }

    fn write_record(&mut self, row: Row<'_>) -> Result<(), ExportError> {
        match row.text("kind") {
            Some("span") => {
                let span = self.made.span(row, row.integer("time"));
                self.requests.add_made(Signal::Spans, row, span)
            }
            Some("metric") => {
                let (header, point) = self.made.point(row);
                self.requests.add_made_point(row, header, point)
            }
            _ if row.text("id").is_some_and(|id| self.ends.contains(id)) => Ok(()),
            _ => {
                let log = self.made.log(row);
                self.requests.add_made(Signal::Logs, row, log)
            }
        }
    }

    /// The item itself; events of spans are within theirs.
    fn write_as_it_was(&mut self, row: Row<'_>) -> Result<(), ExportError> {
        let Some(item) = row.text("data") else { return Ok(()) };
        let extra = row.text("extra").unwrap_or_default();
        match row.text("kind") {
            Some("span") => self.requests.add(Signal::Spans, extra, item),
            Some("log") => self.requests.add(Signal::Logs, extra, item),
            Some("metric") => {
                let header = envelope::metric_header(row, extra, item);
                self.requests.add_point(extra, &header, item)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{export_text, table};
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn what_came_in_goes_out_byte_for_byte() {
        let span = r#"{"spanId":"aa","startTimeUnixNano":"1760000000000000007"}"#;
        let point = r#"{"timeUnixNano":"5","asInt":"12"}"#;
        let resource = r#""resource":{"attributes":[]},"scope":{"name":"s"}"#;
        let records = table(&json!([
            {"kind": "span", "source_format": "otlp", "data": span, "extra": format!("{{{resource},\"scopeSpans\":{{\"schemaUrl\":\"u\"}}}}")},
            {"kind": "event", "source_format": "otlp", "data": "{}", "extra": ""},
            {"kind": "metric", "source_format": "otlp", "data": point, "name": "n", "unit": "1",
             "metric_type": "counter",
             "extra": format!("{{{resource},\"metric\":{{\"description\":\"d\"}},\"sum\":{{\"isMonotonic\":true}}}}")},
        ]));
        let text = export_text(&OTLP, &[("records", records)]);
        assert_eq!(
            text,
            concat!(
                r#"{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":{"name":"s"},"#,
                r#""schemaUrl":"u","spans":[{"spanId":"aa","startTimeUnixNano":"1760000000000000007"}]}]}]}"#,
                "\n",
                r#"{"resourceMetrics":[{"resource":{"attributes":[]},"scopeMetrics":[{"scope":{"name":"s"},"#,
                r#""metrics":[{"name":"n","unit":"1","description":"d","sum":{"isMonotonic":true,"#,
                r#""dataPoints":[{"timeUnixNano":"5","asInt":"12"}]}}]}]}]}"#,
                "\n"
            )
        );
    }

    #[test]
    fn pairs_become_spans_and_loose_events_logs() {
        let spans = table(&json!([
            {"origin": "paired", "id": "b", "end_id": "e", "session_id": "s", "agent": "ann", "type": "TASK_START",
             "name": "dig", "ts_us": 1_760_000_000_000_001_i64, "duration_ns": 2_000_000_003_i64, "status": "error",
             "error_message": "why \"not\"", "component": "crew"},
            {"origin": "whole", "id": "w", "ts_us": 5}
        ]));
        let records = table(&json!([
            {"kind": "event", "id": "b", "time": 1, "type": "TASK_START", "source_format": "claude-flow"},
            {"kind": "event", "id": "e", "time": 2, "type": "TASK_FAIL", "source_format": "claude-flow"},
            {"kind": "event", "id": "x", "time": 3, "type": "AGENT_IDLE", "source_format": "claude-flow"},
            {"kind": "metric", "id": "m", "time": 4, "type": "METRIC", "source_format": "claude-flow",
             "name": "cpu", "unit": "%", "value": 1.5, "metric_type": "gauge"},
        ]));
        let text = export_text(&OTLP, &[("spans", spans), ("records", records)]);
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        let resource = &lines[0]["resourceSpans"][0];
        assert_eq!(resource["resource"]["attributes"][0]["value"]["stringValue"], "crew");
        let span = &resource["scopeSpans"][0]["spans"][0];
        assert_eq!((span["name"].as_str(), span["kind"].as_i64()), (Some("dig"), Some(1)));
        assert_eq!(span["startTimeUnixNano"], "1760000000000001000");
        assert_eq!(span["endTimeUnixNano"], "1760000002000001003");
        assert_eq!(span["status"], json!({"code": 2, "message": "why \"not\""}));
        assert_eq!(span["traceId"].as_str().unwrap().len(), 32);
        let log = &lines[1]["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
        assert_eq!(log.as_array().unwrap().len(), 1);
        assert_eq!(
            (&log[0]["eventName"], &log[0]["timeUnixNano"]),
            (&json!("AGENT_IDLE"), &json!("3000"))
        );
        let metric = &lines[2]["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0];
        assert_eq!((&metric["name"], &metric["unit"]), (&json!("cpu"), &json!("%")));
        assert_eq!(metric["gauge"]["dataPoints"][0]["asDouble"], 1.5);
    }
}
