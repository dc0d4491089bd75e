//! The forms of viewers of traces: each span is there, as long as it was.

use super::super::peers::full_store;
use super::super::runner::Sandbox;
use super::small_store;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn json(sandbox: &Sandbox, args: &[&str]) -> Value {
    let args: Vec<&str> = ["export"].iter().chain(args).copied().collect();
    serde_json::from_str(&sandbox.run(args).done()).unwrap()
}

fn number(sandbox: &Sandbox, query: &str) -> i64 {
    sandbox.rows(&["sql", query])[0]["n"].as_i64().unwrap_or_default()
}

/// Every event has what its phase needs by the description of the format, and spans of a thread nest.
#[test]
fn chrome_events_are_as_their_format_has_them() {
    let sandbox = full_store();
    let trace = json(&sandbox, &["--to", "chrome"]);
    let events = trace["traceEvents"].as_array().unwrap();
    let (mut spans, mut total_ns, mut open) = (0, 0.0, 0);
    let mut flows: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
    let mut threads: BTreeMap<(u64, u64), Vec<(f64, f64)>> = BTreeMap::new();
    for event in events {
        let phase = event["ph"].as_str().unwrap();
        assert!(
            event["name"].is_string() && event["pid"].is_u64() && event["tid"].is_u64(),
            "{event}"
        );
        assert!(phase == "M" || event["ts"].is_i64(), "{event}");
        match phase {
            "X" if event["cat"] == "span" => {
                let dur = event["dur"].as_f64().unwrap();
                spans += 1;
                total_ns += dur * 1000.0;
                let thread = (event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap());
                let start = event["ts"].as_f64().unwrap();
                threads.entry(thread).or_default().push((start, start + dur));
            }
            "X" => assert!(event["cat"] == "message" && event["dur"] == 1, "{event}"),
            "B" => open += 1,
            "s" | "f" => flows.entry(event["id"].as_u64().unwrap()).or_default().push(phase),
            "C" => assert!(event["args"].as_object().unwrap().values().all(Value::is_number)),
            "i" => assert!(event["s"] == "t", "{event}"),
            "M" => assert!(event["args"].is_object()),
            other => panic!("the phase {other} of {event}"),
        }
    }
    assert_eq!(spans, number(&sandbox, "SELECT COUNT(duration_ns) AS n FROM spans"));
    assert_eq!(open, number(&sandbox, "SELECT COUNT(*) AS n FROM spans WHERE duration_ns IS NULL"));
    let expected = number(&sandbox, "SELECT SUM(duration_ns) AS n FROM spans");
    assert!((total_ns - expected as f64).abs() < 1e4, "{total_ns} {expected}");
    assert!(flows.values().all(|phases| phases == &["s", "f"]));
    let delivered =
        "SELECT COUNT(*) AS n FROM messages WHERE sent_us IS NOT NULL AND received_us IS NOT NULL
        AND agent IS NOT NULL AND peer IS NOT NULL";
    assert_eq!(flows.len(), usize::try_from(number(&sandbox, delivered)).unwrap());
    assert!(threads.len() > 3);
    for spans in threads.values() {
        for (i, one) in spans.iter().enumerate() {
            for other in &spans[i + 1..] {
                let apart = other.0 >= one.1 - 1e-6 || one.0 >= other.1 - 1e-6;
                let nests = other.1 <= one.1 + 1e-6 || one.1 <= other.1 + 1e-6 && one.0 >= other.0;
                assert!(apart || nests, "{one:?} {other:?}");
            }
        }
    }
}

/// A sum of a column of folded stacks: each line is a stack, a space and a whole number.
fn folded(sandbox: &Sandbox, weight: &str) -> i64 {
    let text = sandbox.run(["export", "--to", "folded", "--weight", weight]).done();
    assert!(!text.is_empty());
    let weights = text.lines().map(|line| {
        let (stack, weight) = line.rsplit_once(' ').unwrap();
        assert!(!stack.is_empty() && stack.split(';').all(|frame| !frame.is_empty()), "{line}");
        weight.parse::<i64>().unwrap()
    });
    weights.sum()
}

#[test]
fn stacks_hold_every_token_and_no_more_time_than_there_was() {
    let sandbox = full_store();
    let tokens = "SELECT SUM(COALESCE(input_tokens, 0) + COALESCE(output_tokens, 0)
        + COALESCE(cache_read_tokens, 0) + COALESCE(cache_write_tokens, 0)) AS n FROM token_uses";
    assert_eq!(folded(&sandbox, "tokens"), number(&sandbox, tokens));
    let cost = "SELECT SUM(cost_microusd) AS n FROM token_uses";
    assert_eq!(folded(&sandbox, "cost"), number(&sandbox, cost));
    let time = folded(&sandbox, "time");
    let all = number(&sandbox, "SELECT SUM(duration_ns) AS n FROM spans") / 1000;
    assert!(time > 0 && time <= all + 1000, "{time} of {all}");
    sandbox.run(["export", "--to", "folded", "--weight", "grams"]).fails(2, &["grams"]);
}

/// By the documented schema of speedscope's files.
#[test]
fn speedscope_files_are_as_their_schema_has_them() {
    let sandbox = full_store();
    for (weight, unit) in [("time", "microseconds"), ("tokens", "none")] {
        let file = json(&sandbox, &["--to", "speedscope", "--weight", weight]);
        let frames = file["shared"]["frames"].as_array().unwrap();
        assert!(frames.iter().all(|frame| frame["name"].is_string()) && frames.len() > 3);
        let mut sum = 0;
        for profile in file["profiles"].as_array().unwrap() {
            assert_eq!((&profile["type"], &profile["unit"]), (&"sampled".into(), &unit.into()));
            let samples = profile["samples"].as_array().unwrap();
            let weights = profile["weights"].as_array().unwrap();
            assert_eq!(samples.len(), weights.len());
            let places = samples.iter().flat_map(|stack| stack.as_array().unwrap());
            assert!(places.map(|place| place.as_u64().unwrap()).all(|at| at < frames.len() as u64));
            let total: i64 = weights.iter().map(|weight| weight.as_i64().unwrap()).sum();
            assert_eq!(profile["endValue"], total);
            assert_eq!(profile["startValue"], 0);
            sum += total;
        }
        assert_eq!(sum, folded(&sandbox, weight));
        let active = file["activeProfileIndex"].as_u64().unwrap();
        assert!(usize::try_from(active).unwrap() < file["profiles"].as_array().unwrap().len());
    }
}

#[test]
fn jaeger_has_every_span_once_under_its_parent() {
    let sandbox = full_store();
    let file = json(&sandbox, &["--to", "jaeger"]);
    let (mut count, mut micros) = (0, 0);
    for trace in file["data"].as_array().unwrap() {
        for span in trace["spans"].as_array().unwrap() {
            assert_eq!(span["traceID"], trace["traceID"]);
            let process = span["processID"].as_str().unwrap();
            assert!(trace["processes"][process]["serviceName"].is_string(), "{span}");
            for tag in span["tags"].as_array().unwrap() {
                let is_fitting = match tag["type"].as_str().unwrap() {
                    "string" | "binary" => tag["value"].is_string(),
                    "bool" => tag["value"].is_boolean(),
                    // Those that JavaScript has no room for are in quotes.
                    "int64" => tag["value"].is_i64() || tag["value"].is_string(),
                    "float64" => tag["value"].is_number(),
                    _ => false,
                };
                assert!(is_fitting && tag["key"].is_string(), "{tag}");
            }
            count += 1;
            micros += span["duration"].as_i64().unwrap_or_default();
        }
    }
    assert_eq!(count, number(&sandbox, "SELECT COUNT(*) AS n FROM spans"));
    let expected = number(&sandbox, "SELECT SUM(duration_ns) AS n FROM spans") / 1000;
    assert!((micros - expected).abs() <= count, "{micros} {expected}");
}

/// Each metric that the dashboard asks for is one that the Prometheus export has.
#[test]
fn the_dashboard_asks_for_metrics_that_are_there() {
    let sandbox = full_store();
    let text = sandbox.run(["export", "--to", "prometheus"]).done();
    let names: BTreeSet<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split(['{', ' ']).next().unwrap())
        .collect();
    let dashboard = json(&sandbox, &["--to", "grafana"]);
    let mut asked = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let words = target["expr"]
                .as_str()
                .unwrap()
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            asked.extend(words.filter(|word| word.starts_with("tracekit_")).map(str::to_owned));
        }
    }
    assert!(asked.len() > 5);
    for name in &asked {
        assert!(names.contains(name.as_str()), "{name}");
    }
}

#[test]
fn bodies_for_services_say_when_the_newest_record_was() {
    let sandbox = small_store();
    let body = json(&sandbox, &["--to", "datadog"]);
    let series = body["series"].as_array().unwrap();
    assert_eq!(series.len(), 3);
    // The last event is at 1,760,086,401 s.
    assert!(series.iter().all(|one| one["points"][0]["timestamp"] == 1_760_086_401), "{body}");
    let body = json(&sandbox, &["--to", "newrelic"]);
    assert_eq!(body[0]["metrics"][0]["timestamp"], 1_760_086_401_000_i64);
    assert_eq!(body[0]["metrics"][0]["name"], "tracekit.events");
}
