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
        let data = document.as_object_mut().unwrap().remove("data");
        let mut list = if let Some(Value::Array(list)) = data {
            rest = without_null(&document);
            list
        } else {
            vec![document]
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

/// A trace of OTLP goes out as Jaeger's own translation of it.
#[test]
fn real_otlp_is_translated_as_jaeger_does() {
    let Some(root) = std::env::var_os("TRACEKIT_REAL_DATA").map(PathBuf::from) else {
        eprintln!("skipped: TRACEKIT_REAL_DATA names no folder");
        return;
    };
    let file = |name: &str| root.join("jaeger").join(name).to_str().unwrap().to_owned();
    let sandbox = Sandbox::with_store([file("otlp2jaeger-in.json")]);
    let text = sandbox.run(["export", "--to", "jaeger"]).done();
    let expected = std::fs::read_to_string(file("otlp2jaeger-out.json")).unwrap();
    assert_eq!(traces(&text), traces(&expected));
}

/// What is read of it is what was read of OTLP, but for spans that had not ended: Jaeger has none.
#[test]
fn otlp_means_the_same_as_jaeger() {
    let sandbox =
        Sandbox::with_store([fixture("otlp/traces.jsonl"), fixture("otlp/openinference.jsonl")]);
    let text = sandbox.run(["export", "--to", "jaeger"]).done();
    let again = Sandbox::new();
    again.write("again.json", text);
    assert_eq!(again.ingest(["again.json"])["rejected"], 0);
    for query in [
        "SELECT id, parent_id, trace_id, type, name, agent, peer, tool, model, component, operation,
         session_id, error_type, error_message, input_tokens, output_tokens, cache_read_tokens,
         cost_microusd, ts_us FROM whole_spans ORDER BY id",
        "SELECT id, parent_id, type, name, ts_us, agent, error_type FROM events ORDER BY id",
        "SELECT status, COUNT(*) AS n, SUM(duration_ns) AS ns FROM whole_spans WHERE duration_ns > 0
         GROUP BY status ORDER BY status",
    ] {
        let (one, other) = (again.rows(&["sql", query]), sandbox.rows(&["sql", query]));
        assert!(one.len() > 2, "{one:?}");
        assert_eq!(one, other, "{query}");
    }
}

/// The spans of a trace that came in two files stand together, each with its own service.
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
