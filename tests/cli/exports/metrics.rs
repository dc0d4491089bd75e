//! The metrics: what their parsers read equals what `tracekit sql` says.

use super::super::peers::{full_store, python, run_script};
use super::super::runner::Sandbox;
use super::small_store;
use serde_json::Value;
use std::process::Command;

/// The sum over an answer of SQL, and the number of its rows.
fn sql(sandbox: &Sandbox, query: &str) -> f64 {
    sandbox.rows(&["sql", query])[0]["n"].as_f64().unwrap_or_default()
}

fn exported() -> Sandbox {
    let sandbox = full_store();
    sandbox.run(["export", "--to", "prometheus,openmetrics", "-o", "metrics"]).done();
    sandbox
}

fn is_near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(1.0)
}

#[test]
fn parsers_read_the_values_that_sql_says() {
    let Some(program) = python(&["prometheus_client"]) else { return };
    let sandbox = exported();
    let said = run_script(&program, "read_metrics.py", &sandbox.path("metrics"));
    let said: Value = serde_json::from_str(&said).unwrap();
    let mut open: Vec<&Value> = said["openmetrics"].as_array().unwrap().iter().collect();
    let mut samples: Vec<&Value> = said["prometheus"].as_array().unwrap().iter().collect();
    assert!(samples.len() > 100, "{}", samples.len());
    let key = |sample: &&Value| sample.to_string();
    open.sort_by_key(key);
    samples.sort_by_key(key);
    assert_eq!(samples, open);
    let sum = |name: &str, labels: &[(&str, &str)]| -> f64 {
        let fits = samples.iter().filter(|sample| {
            sample[0] == name && labels.iter().all(|(label, value)| sample[1][label] == *value)
        });
        fits.map(|sample| sample[2].as_f64().unwrap()).sum()
    };
    for (name, labels, query) in [
        ("tracekit_events_total", vec![], "SELECT COUNT(*) AS n FROM events"),
        (
            "tracekit_events_total",
            vec![("agent", "researcher"), ("type", "TASK_START")],
            "SELECT COUNT(*) AS n FROM events WHERE agent = 'researcher' AND type = 'TASK_START'",
        ),
        ("tracekit_errors_total", vec![], "SELECT COUNT(*) AS n FROM errors"),
        (
            "tracekit_tokens_total",
            vec![("kind", "input")],
            "SELECT SUM(input_tokens) AS n FROM token_uses",
        ),
        (
            "tracekit_tokens_total",
            vec![("kind", "output")],
            "SELECT SUM(output_tokens) AS n FROM token_uses",
        ),
        (
            "tracekit_cost_usd_total",
            vec![],
            "SELECT SUM(cost_microusd) / 1000000.0 AS n FROM token_uses",
        ),
        (
            "tracekit_agent_duration_seconds_count",
            vec![],
            "SELECT COUNT(duration_ns) AS n FROM spans",
        ),
        (
            "tracekit_agent_duration_seconds_sum",
            vec![],
            "SELECT SUM(duration_ns) / 1000000000.0 AS n FROM spans",
        ),
        (
            "tracekit_agent_duration_seconds_bucket",
            vec![("le", "2.5")],
            "SELECT COUNT(*) AS n FROM spans WHERE duration_ns <= 2500000000",
        ),
        (
            "tracekit_tool_duration_seconds_bucket",
            vec![("le", "+Inf")],
            "SELECT COUNT(duration_ns) AS n FROM tool_calls",
        ),
    ] {
        let (found, expected) = (sum(name, &labels), sql(&sandbox, query));
        assert!(is_near(found, expected), "{name} {labels:?}: {found}, not {expected}");
        assert!(expected > 0.0, "{name}: {query}");
    }
    let traces = sandbox.rows(&["sql", "SELECT DISTINCT trace_id FROM spans"]);
    for example in said["examples"].as_array().unwrap() {
        let trace = &example[1]["trace_id"];
        assert!(traces.iter().any(|row| row["trace_id"] == *trace), "{example}");
    }
    assert!(!said["examples"].as_array().unwrap().is_empty());
}

#[test]
fn the_newest_value_of_a_recorded_series_is_exposed() {
    let sandbox = Sandbox::new();
    let line = |millis: i64, usage: f64| {
        super::super::runner::event(
            &format!("m{millis}"),
            millis,
            "PERFORMANCE_METRIC",
            &format!(r#"{{"metrics":{{"cpu":{{"usage":{usage}}},"latency":3}}}}"#),
        )
    };
    let lines = [line(2000, 40.0), line(3000, 62.5), line(1000, 99.0)].join("\n");
    sandbox.write("a.jsonl", lines + "\n");
    let _ = sandbox.ingest(["a.jsonl"]);
    let text = sandbox.run(["export", "--to", "prometheus"]).done();
    assert!(text.contains("\ntracekit_cpu_usage_ratio{agent=\"a\"} 0.625\n"), "{text}");
    let early = sandbox.run(["export", "--to", "prometheus", "--until", "1970-01-01T00:00:03Z"]);
    assert!(early.done().contains("\ntracekit_cpu_usage_ratio{agent=\"a\"} 0.4\n"));
}

#[test]
fn too_many_series_are_an_error_and_no_cut() {
    let sandbox = small_store();
    let run = sandbox.run(["export", "--to", "prometheus", "--max-series", "2", "-o", "x.prom"]);
    run.fails(2, &["3 series are more than 2", "--max-series"]);
    assert!(!sandbox.path("x.prom").exists());
    let text = sandbox.run(["export", "--to", "prometheus", "--max-series", "3"]).done();
    assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 3);
}

/// The checker of Prometheus itself has nothing to say.
#[test]
fn promtool_finds_nothing_wrong() {
    if !Command::new("promtool").arg("--version").output().is_ok_and(|out| out.status.success()) {
        eprintln!("skipped: there is no promtool");
        return;
    }
    let sandbox = exported();
    let text = std::fs::File::open(sandbox.path("metrics/export.prom")).unwrap();
    let mut promtool = Command::new("promtool");
    let output = promtool.args(["check", "metrics"]).stdin(text).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // 3 is what it ends with where it would have other names; those are the sources' words.
    assert!(output.status.success() || output.status.code() == Some(3), "{said}");
    let own = [
        "tracekit_events",
        "tracekit_errors",
        "tracekit_tokens",
        "tracekit_cost",
        "_duration_seconds",
    ];
    assert!(!own.iter().any(|name| said.contains(name)), "{said}");
}
