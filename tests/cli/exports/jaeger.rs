//! Jaeger out equals Jaeger in, order aside.

use super::super::runner::{Sandbox, fixture};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// An object without those of its members that are null.
fn without_null(value: &Value) -> Value {
    let members = value.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
    Value::Object(members.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
}

/// The traces of a file, spans in an order of their own, and the rest of its answers.
fn traces(text: &str) -> (Vec<String>, Value) {
    let documents: Vec<Value> = serde_json::from_str(text).map_or_else(
        |_| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        |whole| vec![whole],
    );
    let (mut found, mut rest) = (Vec::new(), json!({}));
    for mut document in documents {
        let mut list = match document["data"].take() {
            Value::Array(list) => {
                rest = without_null(&document);
                list
            }
            _ => {
                document.as_object_mut().unwrap().remove("data");
                vec![document]
            }
        };
        for trace in &mut list {
            let spans = trace["spans"].as_array_mut().unwrap();
            spans.sort_by_key(Value::to_string);
            found.push(without_null(trace).to_string());
        }
    }
    found.sort();
    (found, rest)
}

/// Fails unless a file goes out as it came in, and once more.
fn check(file: &Path) {
    let sandbox = Sandbox::new();
    let summary = sandbox.ingest([file.to_str().unwrap()]);
    assert_eq!(summary["rejected"], 0, "{}", file.display());
    let text = sandbox.run(["export", "--to", "jaeger"]).done();
    let (expected, rest) = traces(&std::fs::read_to_string(file).unwrap());
    assert!(!expected.is_empty());
    let (found, answer) = traces(&text);
    assert_eq!(found, expected, "{}", file.display());
    let zeros = json!({"total": 0, "limit": 0, "offset": 0});
    assert_eq!(answer, if rest == json!({}) { zeros } else { rest });
    let again = Sandbox::new();
    again.write("again.json", &text);
    let _ = again.ingest(["again.json"]);
    assert_eq!(again.run(["export", "--to", "jaeger"]).done(), text, "{}", file.display());
}

#[test]
fn what_came_in_goes_out() {
    for name in ["bridge.json", "old.jsonl"] {
        check(Path::new(&fixture(&format!("jaeger/{name}"))));
    }
}

#[test]
fn real_traces_go_out_as_they_came_in() {
    let Some(root) = std::env::var_os("TRACEKIT_REAL_DATA").map(PathBuf::from) else {
        eprintln!("skipped: TRACEKIT_REAL_DATA names no folder");
        return;
    };
    for name in
        ["jaeger/otlp2jaeger-out.json", "jaeger/ui_01.json", "jaeger-ui/genaiTestTrace.json"]
    {
        check(&root.join(name));
    }
}

/// An answer of several lines holds the spans once each, in the traces that they came in.
#[test]
fn files_of_one_trace_become_one() {
    let sandbox = Sandbox::new();
    let trace = |span: &str, service: &str| {
        format!(
            r#"{{"traceID":"T","spans":[{{"traceID":"T","spanID":"{span}","startTime":1,"duration":2,"processID":"p1"}}],"processes":{{"p1":{{"serviceName":"{service}"}}}}}}"#
        )
    };
    sandbox.write("a.jsonl", trace("a", "one") + "\n");
    sandbox.write("b.jsonl", trace("b", "two") + "\n");
    let _ = sandbox.ingest(["a.jsonl", "b.jsonl"]);
    let text = sandbox.run(["export", "--to", "jaeger"]).done();
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    let trace = &found["data"][0];
    for (span, service) in trace["spans"].as_array().unwrap().iter().zip(["one", "two"]) {
        let process = span["processID"].as_str().unwrap();
        assert_eq!(trace["processes"][process]["serviceName"], service);
    }
}

/// What is said of a path, of calls and of errors is said of Jaeger's spans too.
#[test]
fn analyses_take_the_spans() {
    let sandbox = Sandbox::with_store([fixture("jaeger")]);
    let tokens = sandbox.rows(&["sql", "SELECT model, input_tokens, output_tokens FROM llm_calls"]);
    assert_eq!(tokens, [json!({"model": "stone-1", "input_tokens": 300, "output_tokens": 85})]);
    let errors = sandbox.rows(&["sql", "SELECT error_type FROM errors ORDER BY error_type"]);
    assert_eq!(errors, [json!({"error_type": "KeyError"}), json!({"error_type": "TimeoutError"})]);
    // Of 9.5 s the model took 2.25 and the tool 0.5; what follows from the agent is not waited for.
    let trace = "7c3f0a91d2b84e65a1f09c4d5e6b7a80";
    let path = sandbox.run(["critical-path", "--trace", trace]).done();
    let path: Value = serde_json::from_str(&path).unwrap();
    assert_eq!(path["total_ns"], 9_500_000_000_i64);
    let rows = path["rows"].as_array().unwrap();
    let mut shares: Vec<i64> =
        rows.iter().map(|row| row["exclusive_ns"].as_i64().unwrap()).collect();
    shares.sort_unstable();
    assert_eq!(shares, [500_000_000, 2_250_000_000, 6_750_000_000]);
}
