//! `tracekit metrics`: the series, and their history.

use super::super::runner::Sandbox;
use serde_json::{Value, json};

/// A sample of the generic format, `second` seconds into 2026.
fn sample(name: &str, second: u32, value: f64, more: &str) -> String {
    let (minute, second) = (second / 60, second % 60);
    format!(
        "{{\"time\":\"2026-01-01T00:{minute:02}:{second:02}Z\",\"kind\":\"metric\",\"name\":\"{name}\",\
         \"value\":{value}{more}}}\n"
    )
}

fn rows(sandbox: &Sandbox, more: &[&str]) -> Vec<Value> {
    let args = ["metrics", "--format", "json"].iter().chain(more);
    let answer = sandbox.run(args).json();
    answer["rows"].as_array().unwrap().clone()
}

/// Two series: one of every ten seconds with a gap of a minute, one of two routes.
fn scene() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut lines = String::new();
    for (second, value) in [(0, 5.0), (10, 1.0), (20, 9.0), (80, 3.0), (90, 7.0)] {
        lines += &sample("queue.depth", second, value, "");
    }
    for (second, route, value) in [(0, "a", 10.0), (0, "b", 1.0), (30, "a", 40.0), (30, "b", 2.0)] {
        let more = format!(
            ",\"metric_type\":\"counter\",\"unit\":\"1\",\"session_id\":\"of-{route}\",\
             \"labels\":{{\"route\":\"{route}\"}}"
        );
        lines += &sample("http.requests", second, value, &more);
    }
    sandbox.write("m.jsonl", lines);
    let _ = sandbox.ingest(["m.jsonl"]);
    sandbox
}

#[test]
fn every_series_is_listed_with_its_gaps() {
    let found = rows(&scene(), &[]);
    let depth = found.iter().find(|row| row["name"] == "queue.depth").unwrap();
    for (field, expected) in [
        ("samples", json!(5)),
        ("first", json!("2026-01-01T00:00:00.000000Z")),
        ("last", json!("2026-01-01T00:01:30.000000Z")),
        ("min", json!(1.0)),
        ("max", json!(9.0)),
        ("last_value", json!(7.0)),
        ("interval_ns", json!(10_000_000_000_i64)),
        ("gaps", json!(1)),
        ("longest_gap_ns", json!(60_000_000_000_i64)),
    ] {
        assert_eq!(depth[field].as_f64(), expected.as_f64(), "{field}");
        assert!(depth[field] == expected || expected.is_number(), "{field}: {}", depth[field]);
    }
    let requests = found.iter().find(|row| row["name"] == "http.requests").unwrap();
    assert_eq!((&requests["metric_type"], &requests["gaps"]), (&json!("counter"), &json!(0)));
}

#[test]
fn a_history_is_made_of_buckets_that_have_samples() {
    let sandbox = scene();
    let found = rows(&sandbox, &["queue.*", "--interval", "30s"]);
    let values: Vec<_> = found
        .iter()
        .map(|row| (row["time"].as_str().unwrap(), row["value"].as_f64().unwrap()))
        .collect();
    assert_eq!(
        values,
        [
            ("2026-01-01T00:00:00.000000Z", 5.0),
            ("2026-01-01T00:01:00.000000Z", 3.0),
            ("2026-01-01T00:01:30.000000Z", 7.0)
        ]
    );
    let found = rows(
        &sandbox,
        &["http.requests", "--agg", "rate", "--by", "label.route", "--interval", "1m"],
    );
    // Of route a 30 in a minute, of b one.
    assert_eq!(found[0]["label.route"], "a");
    assert_eq!((found[0]["value"].as_f64(), &found[0]["unit"]), (Some(0.5), &json!("1/s")));
    assert_eq!(found[1]["value"].as_f64(), Some(1.0 / 60.0));
    // A session is called so here as it is in `trends`; its column has its own name.
    for by in ["session", "session_id"] {
        let found = rows(&sandbox, &["http.requests", "--by", by, "--agg", "max"]);
        let keys: Vec<_> = found.iter().filter_map(|row| row["session_id"].as_str()).collect();
        assert_eq!(keys, ["of-a", "of-a", "of-b", "of-b"], "{by}");
    }
}

#[test]
fn wrong_questions_are_told() {
    let sandbox = scene();
    sandbox.run(["metrics", "queue.depth", "--by", "agnt"]).fails(2, &["did you mean `agent`?"]);
    sandbox
        .run(["metrics", "queue.depth", "--agg", "p100"])
        .fails(2, &["no percentile such as p95"]);
    sandbox
        .run(["metrics", "queue.depth", "--interval", "0s"])
        .fails(2, &["no length of a bucket"]);
    sandbox.run(["metrics", "--agg", "max"]).fails(2, &["NAME"]);
    let answer = sandbox.run(["metrics", "queue.dept", "--format", "json"]).json();
    let notices = answer["notices"].to_string();
    assert!(notices.contains("`tracekit metrics` lists"), "{notices}");
}
