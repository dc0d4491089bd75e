//! Jaeger's JSON, as its UI takes and its HTTP API gives it: traces of spans, with their services.
//!
//! A span that came in as Jaeger's keeps its ids, references, tags and logs as they were; others are made
//! of their columns, an id that is no hexadecimal one hashed. A trace's spans must stand together, so all
//! of them are held until the end.

use super::attributes::{ATTRIBUTES, Value, attributes, hexadecimal_id, span_name, trace_of};
use super::columns::{GROUP, Row, STEP, rows};
use super::json::Json;
use super::{Export, ExportError, Exporter, Input, Options};
use crate::importers::json::{Raw, Tape};
use crate::report::Table;
use std::collections::BTreeMap;
use std::io::Write;

pub(super) static JAEGER: Jaeger = Jaeger;

/// The form `jaeger`.
pub(super) struct Jaeger;

const INPUTS: &[Input] =
    &[Input::rows("spans", &[GROUP, STEP, ATTRIBUTES, &["ts_us", "source_format"]])];

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
        Box::new(JaegerExport { out, traces: BTreeMap::new() })
    }
}

/// One trace that is being collected.
#[derive(Default)]
struct Trace {
    spans: Vec<String>,
    /// The numbers of services, by name.
    services: BTreeMap<String, usize>,
}

struct JaegerExport {
    out: Box<dyn Write>,
    traces: BTreeMap<String, Trace>,
}

impl Export for JaegerExport {
    fn write(&mut self, _: &str, batch: &Table) -> Result<(), ExportError> {
        let mut tape = Tape::new();
        for row in rows(batch) {
            let own = row.text("data").filter(|_| row.text("source_format") == Some("jaeger"));
            let own = own.and_then(|text| tape.value(text).ok());
            let own = own.filter(|span| span.get("spanID").is_some());
            let trace_id = own
                .and_then(|span| Some(span.get("traceID")?.as_text()?.into_owned()))
                .unwrap_or_else(|| hexadecimal_id(trace_of(row), 32));
            let trace = self.traces.entry(trace_id.clone()).or_default();
            let service = ["component", "agent"].into_iter().find_map(|name| row.text(name));
            let next = trace.services.len() + 1;
            let service = service.unwrap_or("unknown").to_owned();
            let number = *trace.services.entry(service).or_insert(next);
            trace.spans.push(match own {
                Some(span) => kept_span(span, number),
                None => made_span(row, &trace_id, number),
            });
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.out.write_all(b"{\"data\":[")?;
        for (place, (trace_id, trace)) in std::mem::take(&mut self.traces).into_iter().enumerate() {
            let mut json = Json::default();
            json.open('{').member("traceID", &trace_id).key("spans").open('[');
            for span in &trace.spans {
                json.raw(span);
            }
            json.close(']').key("processes").open('{');
            for (service, number) in &trace.services {
                json.key(&format!("p{number}")).open('{').member("serviceName", service);
                json.key("tags").open('[').close(']').close('}');
            }
            json.close('}').key("warnings").raw("null").close('}');
            let separator = if place == 0 { "\n" } else { ",\n" };
            write!(self.out, "{separator}{}", json.text())?;
        }
        self.out.write_all(b"\n],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":null}\n")?;
        Ok(self.out.flush()?)
    }
}

/// A span as it was, but for the number of its service.
fn kept_span(span: Raw<'_>, service: usize) -> String {
    let mut json = Json::default();
    json.open('{');
    for (key, value) in span.members().filter(|(key, _)| !matches!(*key, "processID" | "process")) {
        json.key(key).raw(value.text());
    }
    json.member("processID", &format!("p{service}")).close('}');
    json.text().to_owned()
}

fn made_span(row: Row<'_>, trace_id: &str, service: usize) -> String {
    let mut json = Json::default();
    json.open('{').member("traceID", trace_id);
    json.member("spanID", &hexadecimal_id(row.text("id").unwrap_or_default(), 16));
    json.member("operationName", span_name(row)).key("references").open('[');
    if let Some(parent) = row.text("parent_id") {
        json.open('{').member("refType", "CHILD_OF").member("traceID", trace_id);
        json.member("spanID", &hexadecimal_id(parent, 16)).close('}');
    }
    json.close(']').key("startTime").raw(row.integer("ts_us").unwrap_or_default());
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
    json.member("processID", &format!("p{service}")).key("warnings").raw("null").close('}');
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
        let own = r#"{"traceID":"A","spanID":"B","operationName":"x","tags":[{"key":"n","type":"int64","value":9007199254740993}],"processID":"p9"}"#;
        let spans = json!([{"id": "B", "source_format": "jaeger", "data": own, "component": "c"}]);
        let text = export_text(&JAEGER, &[("spans", table(&spans))]);
        let kept = own.replace(r#","processID":"p9"}"#, r#","processID":"p1"}"#);
        assert!(text.contains(&kept) && text.contains("{\"traceID\":\"A\",\"spans\":["), "{text}");
    }
}
