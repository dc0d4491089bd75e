//! Jaeger's JSON, as its UI takes and its HTTP API gives it: traces of spans, with their services.
//!
//! A span that came in as Jaeger's goes out as it was, with its process, its trace's warnings and what
//! else stood around it; one of OTLP is translated; others are made of their columns, an id that is no
//! hexadecimal one hashed. A trace's spans must stand together, so all of them are held until the end.

mod traces;
mod translated;

use super::attributes::{ATTRIBUTES, Value, attributes, hexadecimal_id, span_name, trace_of};
use super::columns::{GROUP, Row, STEP, rows};
use super::json::Json;
use super::{Export, ExportError, Exporter, Input, Options};
use crate::importers::json::Tape;
use crate::report::Table;
use std::io::Write;
use traces::Traces;

pub(super) static JAEGER: Jaeger = Jaeger;

/// The form `jaeger`.
pub(super) struct Jaeger;

const INPUTS: &[Input] = &[
    Input::rows("spans", &[GROUP, STEP, ATTRIBUTES, &["origin", "ts_us"]]),
    Input::rows("whole_spans", &[GROUP, STEP, ATTRIBUTES, &["time", "source_format", "extra"]]),
];

impl Exporter for Jaeger {
    fn name(&self) -> &'static str {
        "jaeger"
    }

    fn ending(&self) -> &'static str {
        "jaeger.json"
    }

    fn doc(&self) -> &'static str {
        "Jaeger's JSON traces, for its UI"
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn begin(&self, out: Box<dyn Write>, _: &Options) -> Box<dyn Export> {
        Box::new(JaegerExport { out, traces: Traces::default() })
    }
}

struct JaegerExport {
    out: Box<dyn Write>,
    traces: Traces,
}

impl Export for JaegerExport {
    fn write(&mut self, name: &str, batch: &Table) -> Result<(), ExportError> {
        let (mut tape, mut extra_tape) = (Tape::new(), Tape::new());
        for row in rows(batch) {
            if name == "spans" && row.text("origin") == Some("whole") {
                continue;
            }
            let format = row.text("source_format").unwrap_or_default();
            let own = row.text("data").filter(|_| ["jaeger", "otlp"].contains(&format));
            let own = own.and_then(|text| tape.value(text).ok());
            let extra = row.text("extra").and_then(|text| extra_tape.value(text).ok());
            match own.map(|span| (span, extra.unwrap_or_default())) {
                Some((span, extra)) if format == "jaeger" => {
                    self.traces.keep(span, extra, row.text("trace_id"));
                }
                Some((span, extra)) => {
                    let process = translated::process(extra);
                    self.add(row, &process, |ids| translated::span(row, span, extra, ids));
                }
                None => {
                    let service = ["component", "agent"].into_iter().find_map(|it| row.text(it));
                    let process = named_process(service.unwrap_or("unknown"));
                    self.add(row, &process, |ids| made_span(row, ids));
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        std::mem::take(&mut self.traces).write(&mut self.out)?;
        Ok(self.out.flush()?)
    }
}

impl JaegerExport {
    /// Adds a span of a process, which `make` makes of the ids of its trace and its process.
    fn add(&mut self, row: Row<'_>, process: &str, make: impl FnOnce((&str, &str)) -> String) {
        let trace_id = hexadecimal_id(trace_of(row), 32);
        let trace = self.traces.of(&trace_id);
        let process = trace.process(None, Some(process));
        trace.add(make((&trace_id, &process)));
    }
}

/// The process of a service that is known by its name alone.
fn named_process(name: &str) -> String {
    let mut json = Json::default();
    json.open('{').member("serviceName", name).key("tags").open('[').close(']').close('}');
    json.text().to_owned()
}

fn made_span(row: Row<'_>, (trace_id, process): (&str, &str)) -> String {
    let mut json = Json::default();
    json.open('{').member("traceID", trace_id);
    json.member("spanID", &hexadecimal_id(row.text("id").unwrap_or_default(), 16));
    json.member("operationName", span_name(row)).key("references").open('[');
    if let Some(parent) = row.text("parent_id") {
        json.open('{').member("refType", "CHILD_OF").member("traceID", trace_id);
        json.member("spanID", &hexadecimal_id(parent, 16)).close('}');
    }
    let start = row.integer("ts_us").or(row.integer("time"));
    json.close(']').key("startTime").raw(start.unwrap_or_default());
    // Jaeger counts microseconds; a span that has not ended has none.
    let micros = row.integer("duration_ns").map_or(0, |nanos| (nanos + 500) / 1000);
    json.key("duration").raw(micros).key("tags").open('[');
    push_tag(&mut json, "span.kind", Value::Text("internal"));
    if matches!(row.text("status"), Some("error" | "timeout")) {
        json.open('{').member("key", "error").member("type", "bool").key("value").raw(true);
        json.close('}');
    }
    if let Some(status) = row.text("status") {
        push_tag(&mut json, "tracekit.status", Value::Text(status));
    }
    for (key, value) in attributes(row) {
        push_tag(&mut json, key, value);
    }
    json.close(']').key("logs").open('[').close(']');
    json.member("processID", process).key("warnings").raw("null").close('}');
    json.text().to_owned()
}

fn push_tag(json: &mut Json, key: &str, value: Value<'_>) {
    json.open('{').member("key", key);
    match value {
        Value::Text(text) => _ = json.member("type", "string").member("value", text),
        Value::Integer(number) => _ = json.member("type", "int64").key("value").raw(number),
        Value::Float(number) => _ = json.member("type", "float64").key("value").float(number),
    }
    json.close('}');
}

#[cfg(test)]
mod tests {
    use super::super::samples::{export_text, table};
    use super::*;
    use serde_json::json;

    fn traces(spans: &serde_json::Value) -> serde_json::Value {
        let text = export_text(&JAEGER, &[("spans", table(spans))]);
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["data"].take()
    }

    #[test]
    fn spans_are_made_of_their_columns() {
        let found = traces(&json!([
            {"id": "00000000000000aa", "trace_id": "5b8aa5a2d2c872e8321cf37308d69df2", "name": "dig",
             "component": "crew", "ts_us": 1_760_000_000_000_001_i64, "duration_ns": 1_500_600,
             "status": "error", "input_tokens": 7},
            {"id": "00000000000000ab", "trace_id": "5b8aa5a2d2c872e8321cf37308d69df2",
             "parent_id": "00000000000000aa", "agent": "ann", "ts_us": 5, "duration_ns": 0, "type": "TOOL"}
        ]));
        assert_eq!(found.as_array().unwrap().len(), 1);
        let span = &found[0]["spans"][0];
        assert_eq!(span["spanID"], "00000000000000aa");
        assert_eq!(
            (&span["startTime"], &span["duration"]),
            (&json!(1_760_000_000_000_001_i64), &json!(1501))
        );
        let tags = span["tags"].as_array().unwrap();
        assert!(tags.contains(&json!({"key": "error", "type": "bool", "value": true})));
        assert!(
            tags.contains(
                &json!({"key": "gen_ai.usage.input_tokens", "type": "int64", "value": 7})
            )
        );
        assert_eq!(
            found[0]["spans"][1]["references"],
            json!([{"refType": "CHILD_OF", "traceID": "5b8aa5a2d2c872e8321cf37308d69df2",
                "spanID": "00000000000000aa"}])
        );
        let service = span["processID"].as_str().unwrap();
        assert_eq!(found[0]["processes"][service]["serviceName"], "crew");
    }

    #[test]
    fn a_span_that_was_jaegers_stays_as_it_was() {
        let own = r#"{"traceID":"A","spanID":"B","processID":"p9","tags":[{"key":"n","type":"int64","value":9007199254740993}]}"#;
        let extra = concat!(
            r#"{"kind":"server","process":{"serviceName":"c","tags":[{"key":"k"}]},"#,
            r#""processes":{"p2":{"serviceName":"idle"}},"trace":{"warnings":["w"],"x":1},"answer":{"total":7}}"#
        );
        let spans = json!([{"id": "B", "source_format": "jaeger", "data": own, "extra": extra}]);
        let text = export_text(&JAEGER, &[("whole_spans", table(&spans))]);
        let trace = format!(
            concat!(
                r#"{{"traceID":"A","spans":[{}],"processes":{{"p2":{{"serviceName":"idle"}},"#,
                r#""p9":{{"serviceName":"c","tags":[{{"key":"k"}}]}}}},"warnings":["w"],"x":1}}"#
            ),
            own
        );
        let answer = r#""total":7,"limit":0,"offset":0,"errors":null"#;
        assert_eq!(text, format!("{{\"data\":[\n{trace}\n],{answer}}}\n"));
    }

    #[test]
    fn a_span_that_names_no_trace_is_in_that_of_its_column() {
        let own = r#"{"spanID":"B","startTime":7}"#;
        let spans = json!([{"id": "B", "trace_id": "A", "source_format": "jaeger", "data": own, "extra": "{}"}]);
        let text = export_text(&JAEGER, &[("whole_spans", table(&spans))]);
        let trace =
            format!(r#"{{"traceID":"A","spans":[{own}],"processes":{{}},"warnings":null}}"#);
        assert!(text.contains(&trace), "{text}");
    }

    #[test]
    fn a_process_gets_another_id_where_two_have_one() {
        let span = |id: &str, service: &str| {
            json!({"source_format": "jaeger",
                "data": format!(r#"{{"traceID":"A","spanID":"{id}","processID":"p1"}}"#),
                "extra": format!(r#"{{"process":{{"serviceName":"{service}"}}}}"#)})
        };
        let spans = json!([span("a", "one"), span("b", "two"), span("c", "one"), span("d", "two")]);
        let text = export_text(&JAEGER, &[("whole_spans", table(&spans))]);
        let found: serde_json::Value = serde_json::from_str(&text).unwrap();
        let trace = &found["data"][0];
        let named: Vec<&str> = trace["spans"]
            .as_array()
            .unwrap()
            .iter()
            .map(|span| {
                let id = span["processID"].as_str().unwrap();
                trace["processes"][id]["serviceName"].as_str().unwrap()
            })
            .collect();
        assert_eq!(named, ["one", "two", "one", "two"]);
        assert_eq!(trace["processes"].as_object().unwrap().len(), 2);
    }
}
