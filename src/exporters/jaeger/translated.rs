//! Spans of OTLP as Jaeger has them: attributes as tags, events as logs, links as references, the resource
//! as the process.
//!
//! See the OpenTelemetry specification, "OpenTelemetry to Jaeger Transformation". Jaeger counts
//! microseconds, so nanoseconds are cut.

use super::super::attributes::hexadecimal_id;
use super::super::columns::Row;
use super::super::json::Json;
use crate::importers::json::Raw;
use std::borrow::Cow;

/// The largest integer that JavaScript has room for; larger ones are in quotes.
const LARGEST: u64 = 1 << 53;

/// Kinds of spans by number, as names.
const KINDS: [&str; 6] = ["unspecified", "internal", "server", "client", "producer", "consumer"];

/// The process that a resource is.
pub(super) fn process(extra: Raw<'_>) -> String {
    let attributes = extra.get("resource").and_then(|resource| resource.get("attributes"));
    let is_service =
        |key: &Raw<'_>| key.get("key").and_then(Raw::as_str).as_deref() == Some("service.name");
    let service = elements(attributes).find(is_service);
    let service = service.and_then(|service| service.get("value")?.get("stringValue")?.as_text());
    let mut json = Json::default();
    json.open('{').member("serviceName", service.as_deref().unwrap_or("unknown"));
    json.key("tags").open('[');
    for attribute in elements(attributes).filter(|attribute| !is_service(attribute)) {
        push_attribute(&mut json, attribute);
    }
    json.close(']').close('}');
    json.text().to_owned()
}

/// A span: ids and times as the columns have them, the rest as it is in `span` and around it.
pub(super) fn span(
    row: Row<'_>,
    span: Raw<'_>,
    extra: Raw<'_>,
    (trace_id, process): (&str, &str),
) -> String {
    let mut json = Json::default();
    json.open('{').member("traceID", trace_id);
    json.member("spanID", &hexadecimal_id(row.text("id").unwrap_or_default(), 16));
    json.member("operationName", row.text("name").unwrap_or_default()).key("references").open('[');
    if let Some(parent) = row.text("parent_id") {
        push_reference(&mut json, "CHILD_OF", trace_id, &hexadecimal_id(parent, 16));
    }
    for link in elements(span.get("links")) {
        let id = |key: &str| link.get(key).and_then(Raw::as_text).unwrap_or_default();
        let is_parent = elements(link.get("attributes")).any(|attribute| {
            attribute.get("key").and_then(Raw::as_str).as_deref() == Some("opentracing.ref_type")
                && attribute.text().contains("child_of")
        });
        let kind = if is_parent { "CHILD_OF" } else { "FOLLOWS_FROM" };
        push_reference(&mut json, kind, &id("traceId"), &id("spanId"));
    }
    json.close(']').key("startTime").raw(row.integer("time").unwrap_or_default());
    json.key("duration").raw(row.integer("duration_ns").unwrap_or_default() / 1000);
    json.key("tags").open('[');
    push_scope(&mut json, extra.get("scope"));
    elements(span.get("attributes")).for_each(|attribute| push_attribute(&mut json, attribute));
    push_kind(&mut json, span.get("kind"));
    push_status(&mut json, row, span.get("status"));
    if let Some(state) = span.get("traceState").and_then(Raw::as_text) {
        push_text(&mut json, "w3c.tracestate", &state);
    }
    json.close(']').key("logs").open('[');
    elements(span.get("events")).for_each(|event| push_log(&mut json, event));
    json.close(']').member("processID", process).key("warnings").raw("null").close('}');
    json.text().to_owned()
}

fn elements(list: Option<Raw<'_>>) -> impl Iterator<Item = Raw<'_>> {
    list.into_iter().flat_map(Raw::elements)
}

fn push_reference(json: &mut Json, kind: &str, trace_id: &str, span_id: &str) {
    json.open('{').member("refType", kind).member("traceID", trace_id);
    json.member("spanID", span_id).close('}');
}

fn push_text(json: &mut Json, key: &str, value: &str) {
    json.open('{').member("key", key).member("type", "string").member("value", value).close('}');
}

fn push_scope(json: &mut Json, scope: Option<Raw<'_>>) {
    for (key, member) in [("otel.scope.name", "name"), ("otel.scope.version", "version")] {
        let text = scope.and_then(|scope| scope.get(member)?.as_text());
        if let Some(text) = text {
            push_text(json, key, &text);
        }
    }
}

fn push_kind(json: &mut Json, kind: Option<Raw<'_>>) {
    let Some(kind) = kind else { return };
    let by_number = kind.as_i64().ok().flatten().and_then(|number| usize::try_from(number).ok());
    let by_name = kind
        .as_str()
        .map(|name| name.strip_prefix("SPAN_KIND_").unwrap_or(&name).to_ascii_lowercase());
    let by_number = by_number.and_then(|number| KINDS.get(number).map(|name| (*name).to_owned()));
    if let Some(name) = by_number.or(by_name).filter(|name| name != KINDS[0]) {
        push_text(json, "span.kind", &name);
    }
}

fn push_status(json: &mut Json, row: Row<'_>, status: Option<Raw<'_>>) {
    match row.text("status") {
        Some("error") => {
            push_text(json, "otel.status_code", "ERROR");
            json.open('{').member("key", "error").member("type", "bool").key("value").raw(true);
            json.close('}');
        }
        Some("ok") => push_text(json, "otel.status_code", "OK"),
        _ => {}
    }
    if let Some(message) = status.and_then(|status| status.get("message")?.as_text()) {
        push_text(json, "otel.status_description", &message);
    }
}

fn push_log(json: &mut Json, event: Raw<'_>) {
    let nanos = event.get("timeUnixNano");
    let nanos = nanos
        .map_or(Cow::Borrowed("0"), |nanos| nanos.as_str().unwrap_or(Cow::Borrowed(nanos.text())));
    let micros = nanos.parse::<i64>().unwrap_or_default() / 1000;
    json.open('{').key("timestamp").raw(micros).key("fields").open('[');
    if let Some(name) = event.get("name").and_then(Raw::as_text) {
        push_text(json, "event", &name);
    }
    elements(event.get("attributes")).for_each(|attribute| push_attribute(json, attribute));
    json.close(']').close('}');
}

/// An attribute as a tag; lists and maps as the JSON that they stand for.
fn push_attribute(json: &mut Json, attribute: Raw<'_>) {
    let key = attribute.get("key").and_then(Raw::as_str);
    let value = attribute.get("value").and_then(|value| value.members().last());
    let (Some(key), Some((kind, content))) = (key, value) else { return };
    let (tag, value) = match kind {
        "intValue" | "boolValue" | "doubleValue" => scalar(kind, content),
        "bytesValue" => ("binary", quoted(&text_of(content))),
        "arrayValue" | "kvlistValue" => ("string", quoted(&plain(kind, content))),
        _ => ("string", quoted(&text_of(content))),
    };
    json.open('{').member("key", &key).member("type", tag).key("value").raw(value).close('}');
}

/// A string's value; anything else as it is written.
fn text_of(content: Raw<'_>) -> Cow<'_, str> {
    content.as_str().unwrap_or(Cow::Borrowed(content.text()))
}

/// A number or truth value, in quotes or not, with its type; what is none is a text.
fn scalar(kind: &str, content: Raw<'_>) -> (&'static str, String) {
    let text = text_of(content);
    let large = |number: &i64| number.unsigned_abs() > LARGEST;
    let found = match kind {
        "intValue" => text.parse::<i64>().ok().map(|number| {
            let digits = number.to_string();
            ("int64", if large(&number) { quoted(&digits) } else { digits })
        }),
        "boolValue" => text.parse::<bool>().ok().map(|flag| ("bool", flag.to_string())),
        _ => {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            number.map(|number| ("float64", number.to_string()))
        }
    };
    found.unwrap_or_else(|| ("string", quoted(&text)))
}

fn quoted(text: &str) -> String {
    let mut json = Json::default();
    json.string(text);
    json.text().to_owned()
}

/// The JSON that a value of OTLP stands for.
fn plain(kind: &str, content: Raw<'_>) -> String {
    let one = |value: Raw<'_>| {
        value.members().last().map_or("null".to_owned(), |(kind, content)| plain(kind, content))
    };
    let values = || elements(content.get("values"));
    match kind {
        "arrayValue" => format!("[{}]", values().map(one).collect::<Vec<_>>().join(",")),
        "kvlistValue" => {
            let members = values().filter_map(|member| {
                let key = member.get("key")?.as_str()?;
                Some(format!("{}:{}", quoted(&key), one(member.get("value")?)))
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        "intValue" | "boolValue" | "doubleValue" => scalar(kind, content).1,
        _ => quoted(&text_of(content)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::{export_text, table};
    use super::super::JAEGER;
    use serde_json::{Value, json};

    fn exported(span: &Value, extra: &Value, columns: &Value) -> Value {
        let mut row = columns.clone();
        row["source_format"] = "otlp".into();
        row["data"] = span.to_string().into();
        row["extra"] = extra.to_string().into();
        let text = export_text(&JAEGER, &[("whole_spans", table(&json!([row])))]);
        serde_json::from_str::<Value>(&text).unwrap()["data"][0].take()
    }

    #[test]
    fn values_have_the_types_of_jaeger() {
        let attribute = |key: &str, value: Value| json!({"key": key, "value": value});
        let span = json!({"attributes": [
            attribute("text", json!({"stringValue": "a\"b"})),
            attribute("small", json!({"intValue": "7"})),
            attribute("large", json!({"intValue": "9223372036854775807"})),
            attribute("odd", json!({"boolValue": "\"},{"})),
            attribute("whole", json!({"doubleValue": "NaN"})),
            attribute("share", json!({"doubleValue": 72.5})),
            attribute("round", json!({"doubleValue": 72})),
            attribute("flag", json!({"boolValue": true})),
            attribute("bytes", json!({"bytesValue": "AAAwOQ=="})),
            attribute("list", json!({"arrayValue": {"values": [{"stringValue": "x"}, {"intValue": "1"}, {}]}})),
            attribute("map", json!({"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": false}}]}})),
        ]});
        let found =
            exported(&span, &json!({}), &json!({"id": "b", "time": 5, "duration_ns": 7999}));
        let span = &found["spans"][0];
        assert_eq!((&span["startTime"], &span["duration"]), (&json!(5), &json!(7)));
        let tag =
            |key: &str, kind: &str, value: Value| json!({"key": key, "type": kind, "value": value});
        assert_eq!(
            span["tags"],
            json!([
                tag("text", "string", json!("a\"b")),
                tag("small", "int64", json!(7)),
                tag("large", "int64", json!("9223372036854775807")),
                tag("odd", "string", json!("\"},{")),
                tag("whole", "string", json!("NaN")),
                tag("share", "float64", json!(72.5)),
                tag("round", "float64", json!(72)),
                tag("flag", "bool", json!(true)),
                tag("bytes", "binary", json!("AAAwOQ==")),
                tag("list", "string", json!("[\"x\",1,null]")),
                tag("map", "string", json!("{\"k\":false}")),
            ])
        );
    }

    #[test]
    fn what_stands_around_is_the_process_and_the_rest_are_tags_logs_and_references() {
        let span = json!({"kind": "SPAN_KIND_CONSUMER", "traceState": "s=1",
            "status": {"code": 2, "message": "why"},
            "links": [{"traceId": "t", "spanId": "l"}, {"traceId": "t", "spanId": "m", "attributes":
                [{"key": "opentracing.ref_type", "value": {"stringValue": "child_of"}}]}],
            "events": [{"timeUnixNano": "1760000000000000999", "name": "exception", "attributes":
                [{"key": "exception.type", "value": {"stringValue": "E"}}]}]});
        let extra = json!({"resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "crew"}},
            {"key": "host", "value": {"stringValue": "h"}}]}, "scope": {"name": "n", "version": "1"}});
        let columns = json!({"id": "00000000000000aa", "parent_id": "00000000000000ab", "status": "error",
            "trace_id": "5b8aa5a2d2c872e8321cf37308d69df2", "name": "dig"});
        let found = exported(&span, &extra, &columns);
        assert_eq!(
            found["processes"],
            json!({"p1": {"serviceName": "crew", "tags": [{"key": "host", "type": "string", "value": "h"}]}})
        );
        let span = &found["spans"][0];
        let keys: Vec<&str> = span["tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| tag["key"].as_str().unwrap())
            .collect();
        let expected = [
            "otel.scope.name",
            "otel.scope.version",
            "span.kind",
            "otel.status_code",
            "error",
            "otel.status_description",
            "w3c.tracestate",
        ];
        assert_eq!(keys, expected);
        assert_eq!(span["tags"][2]["value"], "consumer");
        let kinds: Vec<&Value> =
            span["references"].as_array().unwrap().iter().map(|one| &one["refType"]).collect();
        assert_eq!(kinds, ["CHILD_OF", "FOLLOWS_FROM", "CHILD_OF"]);
        assert_eq!(
            span["logs"],
            json!([{"timestamp": 1_760_000_000_000_000_i64, "fields": [
                {"key": "event", "type": "string", "value": "exception"},
                {"key": "exception.type", "type": "string", "value": "E"}]}])
        );
    }
}
