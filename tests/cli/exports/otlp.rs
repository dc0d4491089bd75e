//! OTLP out equals OTLP in; what came in otherwise means the same when it is read again.

use super::super::runner::{Sandbox, fixture};
use serde_json::{Map, Value, json};

/// The lists of a signal: resources, scopes by their names of today and before, items.
const SIGNALS: [(&str, [&str; 2], [&str; 2]); 3] = [
    ("resourceSpans", ["scopeSpans", "instrumentationLibrarySpans"], ["spans", "spans"]),
    ("resourceLogs", ["scopeLogs", "instrumentationLibraryLogs"], ["logRecords", "logs"]),
    ("resourceMetrics", ["scopeMetrics", "instrumentationLibraryMetrics"], ["metrics", "metrics"]),
];

/// An object without some of its members, and without those that are null.
fn without(value: &Value, keys: &[&str]) -> Value {
    let members = value.as_object().unwrap().iter();
    let kept = members.filter(|(key, value)| !keys.contains(&key.as_str()) && !value.is_null());
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
}

fn list<'v>(value: &'v Value, keys: &[&str]) -> Vec<&'v Value> {
    keys.iter().find_map(|key| value[key].as_array()).into_iter().flatten().collect()
}

/// Every item of a request with all that stands around it, as texts in order.
fn items(requests: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    for request in requests {
        let around = without(request, &SIGNALS.map(|signal| signal.0));
        for (resources, scopes, names) in SIGNALS {
            for resource in list(request, &[resources]) {
                let rest = without(resource, &["resource", scopes[0], scopes[1]]);
                for scope in list(resource, &scopes) {
                    let name = scope.get("scope").or(scope.get("instrumentationLibrary"));
                    let hidden = ["scope", "instrumentationLibrary", names[0], names[1]];
                    let parts = json!([
                        around,
                        resources,
                        resource["resource"],
                        rest,
                        name,
                        without(scope, &hidden)
                    ]);
                    for item in list(scope, &names) {
                        push(&mut found, &parts, item, resources == "resourceMetrics");
                    }
                }
            }
        }
    }
    found.sort();
    found
}

/// An item, or each data point of a metric with the metric around it.
fn push(found: &mut Vec<String>, parts: &Value, item: &Value, is_metric: bool) {
    if !is_metric {
        return found.push(json!([parts, item]).to_string());
    }
    let shapes = ["sum", "gauge", "histogram", "exponentialHistogram", "summary"];
    let shape = shapes.into_iter().find(|shape| item[shape].is_object()).unwrap();
    let around = json!([without(item, &[shape]), shape, without(&item[shape], &["dataPoints"])]);
    for point in list(&item[shape], &["dataPoints"]) {
        found.push(json!([parts, around, point]).to_string());
    }
}

fn requests(text: &str) -> Vec<Value> {
    serde_json::from_str(text).map_or_else(
        |_| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        |whole| vec![whole],
    )
}

#[test]
fn what_came_in_goes_out() {
    for name in ["traces.jsonl", "mixed.jsonl", "openinference.jsonl", "document.json"] {
        let file = fixture(&format!("otlp/{name}"));
        let sandbox = Sandbox::with_store([&file]);
        let text = sandbox.run(["export", "--to", "otlp"]).done();
        let expected = items(&requests(&std::fs::read_to_string(&file).unwrap()));
        assert!(!expected.is_empty());
        let found = items(&requests(&text));
        assert_eq!(found, expected, "{name}");
        // And again.
        let again = Sandbox::new();
        again.write("again.jsonl", &text);
        let _ = again.ingest(["again.jsonl"]);
        assert_eq!(again.run(["export", "--to", "otlp"]).done(), text, "{name}");
    }
}

#[test]
fn nanoseconds_stay() {
    let sandbox = Sandbox::new();
    let line = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":"00000000000000aa","name":"x","startTimeUnixNano":"1760000000000000001","endTimeUnixNano":"1760000000000000777","attributes":[{"key":"n","value":{"intValue":"9007199254740993"}}]}]}]}]}"#;
    sandbox.write("a.jsonl", format!("{line}\n"));
    let _ = sandbox.ingest(["a.jsonl"]);
    assert_eq!(sandbox.run(["export", "--to", "otlp"]).done(), format!("{line}\n"));
}

/// Spans, tokens, costs and errors of other formats are read again as they were.
#[test]
fn other_formats_mean_the_same_as_otlp() {
    let sandbox = Sandbox::new();
    let demo = sandbox.run(["demo", "--events", "1500"]).done();
    sandbox.write("demo.jsonl", demo);
    let _ = sandbox.ingest(["demo.jsonl", &fixture("myagent"), &fixture("langswarm")]);
    let text = sandbox.run(["export", "--to", "otlp"]).done();
    let again = Sandbox::new();
    again.write("again.jsonl", &text);
    let summary = again.ingest(["again.jsonl"]);
    assert_eq!(summary["rejected"], 0);
    for query in [
        "SELECT agent, COUNT(*) AS spans, SUM(duration_ns) AS total, COUNT(duration_ns) AS ended
         FROM spans GROUP BY agent ORDER BY agent NULLS LAST",
        "SELECT SUM(input_tokens) AS i, SUM(output_tokens) AS o, SUM(cost_microusd) AS c FROM token_uses",
        "SELECT tool, COUNT(*) AS calls FROM tool_calls GROUP BY tool ORDER BY tool NULLS LAST",
        "SELECT name, unit, COUNT(*) AS n, MAX(value) AS most FROM metrics GROUP BY name, unit
         ORDER BY name, unit NULLS LAST",
    ] {
        assert_eq!(again.rows(&["sql", query]), sandbox.rows(&["sql", query]), "{query}");
    }
}
