//! The analyses: the fields that they promise, the numbers that they find, and the same bytes from a
//! store and from raw files.

use super::super::runner::{Sandbox, fixture, run_fixture};
use serde_json::{Value, json};

/// The fields of a row that scripts may rely on, command by command.
const FIELDS: &[(&str, &str)] = &[
    (
        "agents",
        "agent events spans tasks tasks_failed errors error_rate success_rate mean_duration_ns \
         p50_duration_ns p95_duration_ns p99_duration_ns throughput_per_s input_tokens \
         output_tokens cost_microusd most_used_tool first_seen last_seen status",
    ),
    (
        "tools",
        "tool calls errors success_rate mean_duration_ns p50_duration_ns p95_duration_ns \
         p99_duration_ns total_duration_ns agents",
    ),
    (
        "components",
        "component operation spans errors error_rate mean_duration_ns p95_duration_ns self_time_ns",
    ),
    (
        "sessions",
        "session_id swarm_id start end duration_ns status events agents errors input_tokens \
         output_tokens cost_microusd",
    ),
    (
        "errors",
        "error_type pattern count agents first_seen last_seen recovered unresolved example_id",
    ),
    ("messages", "agent peer sent received lost duplicates mean_latency_ns p95_latency_ns"),
    (
        "tasks",
        "task_id session_id agent operation name status attempts failed wait_ns run_ns retry_ns \
         first last",
    ),
    (
        "trends",
        "metric direction slope_per_hour p_value mean points forecast_1h forecast_24h unit since \
         season_ns changes last_value sparkline",
    ),
    ("health", "scope subject status score trend deductions"),
    ("critical-path", "kind agent peer component operation tool exclusive_ns share evidence"),
];

const TRACE_FIELDS: &str =
    "id parent_id depth name agent start duration_ns self_time_ns status on_critical_path";

const INGEST_FIELDS: &str = "sources records events spans metrics rejected duplicates sampled_out \
     bytes seconds bytes_per_second files_written";

#[track_caller]
fn has_fields(object: &Value, fields: &str, of: &str) {
    let object = object.as_object().unwrap();
    for field in fields.split_whitespace() {
        assert!(object.contains_key(field), "{of}: no `{field}` in {object:?}");
    }
}

#[test]
fn answers_have_their_fields_and_are_the_same_from_raw_files() {
    let sandbox = Sandbox::with_store([fixture("")]);
    let fixtures = fixture("");
    for (command, fields) in FIELDS {
        let stored = sandbox.run([*command]).done();
        let report: Value = serde_json::from_str(&stored).unwrap();
        assert_eq!((&report["schema_version"], &report["report"]), (&json!(1), &json!(command)));
        for bound in ["from", "to"] {
            let time = report["range"][bound].as_str().unwrap();
            assert!(time.len() == 27 && time.ends_with('Z'), "{time}");
        }
        assert!(report["notices"].is_array());
        let rows = report["rows"].as_array().unwrap();
        assert!(!rows.is_empty(), "{command}");
        for row in rows {
            has_fields(row, fields, command);
        }
        let raw = sandbox.run([command, "-q", "--input", &fixtures]);
        assert!(raw.done() == stored, "{command} differs between the store and the raw files");
    }
    let trace = sandbox.run(["trace", "session-7"]).json();
    has_fields(&trace["rows"][0], TRACE_FIELDS, "trace");
    has_fields(&sandbox.ingest([run_fixture()]), INGEST_FIELDS, "ingest");
}

/// The rows of a command over the run, by the text in their first column.
fn row<'r>(report: &'r Value, field: &str, name: &str) -> &'r Value {
    let mut rows = report["rows"].as_array().unwrap().iter();
    rows.find(|row| row[field] == name).unwrap_or_else(|| panic!("no {name} in {report}"))
}

/// The fields of `row` that `expected` names are as there.
#[track_caller]
fn agrees(row: &Value, expected: &Value) {
    for (name, value) in expected.as_object().unwrap() {
        match (row[name].as_f64(), value.as_f64()) {
            (Some(left), Some(right)) => assert!((left - right).abs() < 1e-9, "{name} in {row}"),
            _ => assert_eq!(&row[name], value, "{name} in {row}"),
        }
    }
}

const SECOND: u64 = 1_000_000_000;

#[test]
fn agents_are_counted() {
    let sandbox = Sandbox::with_store([run_fixture()]);
    let report = sandbox.run(["agents"]).json();
    assert_eq!(report["rows"].as_array().unwrap().len(), 3);
    // Tasks: 13 runs, 14 took 1 s and failed, 24 took 1.5 s; nearest rank: p50 is the first of two.
    agrees(
        row(&report, "agent", "coder"),
        &json!({
            "events": 10, "spans": 4, "tasks": 3, "tasks_failed": 1, "errors": 1,
            "error_rate": 0.5, "success_rate": 0.5, "mean_duration_ns": 1_250_000_000,
            "p50_duration_ns": SECOND, "p95_duration_ns": 1_500_000_000,
            "p99_duration_ns": 1_500_000_000, "throughput_per_s": 2.0 / 9.0, "input_tokens": null,
            "cost_microusd": null, "most_used_tool": "plotter",
            "first_seen": "2025-10-09T08:53:22.250000Z", "last_seen": "2025-10-09T08:53:28.500000Z",
        }),
    );
    agrees(
        row(&report, "agent", "researcher"),
        &json!({
            "events": 11, "spans": 3, "tasks": 1, "tasks_failed": 0, "errors": 0, "error_rate": 0.0,
            "success_rate": 1.0, "mean_duration_ns": 4 * SECOND, "p99_duration_ns": 4 * SECOND,
            "throughput_per_s": 1.0 / 9.0, "input_tokens": 1200, "output_tokens": 340,
            "cost_microusd": 12_500, "most_used_tool": null,
        }),
    );
    let system = json!({"events": 3, "tasks": 0, "success_rate": null, "mean_duration_ns": null});
    agrees(row(&report, "agent", "system"), &system);
}

#[test]
fn the_others_are_counted_too() {
    let sandbox = Sandbox::with_store([run_fixture()]);
    let report = |command: &str| sandbox.run([command]).json();
    let rows = |report: &Value| report["rows"].as_array().unwrap().len();
    let tools = report("tools");
    assert_eq!(rows(&tools), 1);
    let running = json!({"calls": 1, "errors": 0, "success_rate": null, "agents": 1});
    agrees(row(&tools, "tool", "plotter"), &running);
    let errors = report("errors");
    assert_eq!(rows(&errors), 1);
    agrees(
        row(&errors, "error_type", "RateLimitError"),
        &json!({"count": 1, "agents": 1, "recovered": 0, "unresolved": 1, "example_id": "ev-17"}),
    );
    let messages = report("messages");
    assert_eq!(rows(&messages), 2);
    let to_coder = json!({"peer": "coder", "sent": 1, "received": 1, "lost": 0, "mean_latency_ns": 250_000_000});
    agrees(row(&messages, "agent", "researcher"), &to_coder);
    let to_all =
        json!({"peer": null, "sent": 1, "received": 0, "lost": 1, "mean_latency_ns": null});
    agrees(row(&messages, "agent", "coder"), &to_all);
    let sessions = report("sessions");
    assert_eq!(rows(&sessions), 1);
    agrees(
        row(&sessions, "session_id", "session-7"),
        &json!({
            "swarm_id": "swarm-a", "start": "2025-10-09T08:53:20.000000Z",
            "end": "2025-10-09T08:53:29.000000Z", "duration_ns": 9 * SECOND, "status": "error",
            "events": 24, "agents": 3, "errors": 1, "input_tokens": 1200, "output_tokens": 340,
            "cost_microusd": 12_500,
        }),
    );
    let components = report("components");
    // The research task took 4 s, 0.25 s of which in a decision below it.
    let research =
        json!({"component": null, "spans": 1, "errors": 0, "self_time_ns": 3_750_000_000_u64});
    agrees(row(&components, "operation", "research"), &research);
    let implement = json!({"spans": 2, "errors": 1, "error_rate": 0.5, "p95_duration_ns": SECOND});
    agrees(row(&components, "operation", "implement"), &implement);
}

#[test]
fn a_trace_is_a_tree_with_self_times() {
    let sandbox = Sandbox::with_store([run_fixture()]);
    let report = sandbox.run(["trace", "session-7"]).json();
    let found: Vec<_> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let seconds = row["self_time_ns"].as_f64().map(|nanos| nanos / 1e9);
            (row["id"].as_str().unwrap(), row["depth"].as_u64().unwrap(), seconds)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("ev-01", 0, Some(9.0)),
            ("ev-02", 0, Some(3.5)),
            ("ev-03", 1, Some(3.75)),
            ("ev-04", 2, Some(0.25)),
            ("ev-12", 0, None),
            ("ev-13", 0, None),
            ("ev-14", 0, Some(1.0)),
            ("ev-24", 0, Some(1.5)),
        ]
    );
    let below = sandbox.run(["trace", "ev-03"]).json();
    let ids: Vec<&Value> = below["rows"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, ["ev-03", "ev-04"]);
}

#[test]
fn filters_narrow_analyses() {
    let sandbox = Sandbox::with_store([run_fixture()]);
    let rows = |args: &[&str]| sandbox.run(args).json()["rows"].as_array().unwrap().clone();
    assert_eq!(rows(&["tools", "--agent", "researcher"]).len(), 0);
    assert_eq!(rows(&["messages", "--agent", "coder"]).len(), 1);
    assert_eq!(rows(&["errors", "--until", "2025-10-09T08:53:22Z"]).len(), 0);
    let sorted = rows(&["messages", "--sort", "-lost", "--limit", "1", "--columns", "agent,lost"]);
    assert_eq!(sorted, [json!({"agent": "coder", "lost": 1})]);
}

/// Ten records in eight seconds: two tasks of 2 s and 4 s, one of which failed, and samples that name `a`.
#[test]
fn the_report_has_the_metrics_of_the_trace_and_of_agents_over_time() {
    let event = |id: &str, agent: &str, second: u32, name: &str, data: &str| {
        format!(
            "{{\"id\":\"{id}\",\"timestamp\":\"2026-03-02T09:00:0{second}Z\",\"type\":\"{name}\",\
             \"agentId\":\"{agent}\",\"sessionId\":\"s\",\"data\":{data}}}\n"
        )
    };
    let usage = |percent: u32| {
        format!(
            "{{\"metrics\":{{\"cpu\":{{\"usage\":{percent}}},\"memory\":{{\"used\":{percent}0}}}}}}"
        )
    };
    let lines = [
        event("1", "a", 0, "TASK_START", "{\"taskId\":\"t\"}"),
        event("2", "a", 1, "PERFORMANCE_METRIC", &usage(70)),
        event("3", "a", 2, "TASK_COMPLETE", "{\"taskId\":\"t\"}"),
        event("4", "b", 3, "TASK_START", "{\"taskId\":\"u\"}"),
        event("5", "a", 5, "PERFORMANCE_METRIC", &usage(40)),
        event("6", "b", 7, "TASK_FAIL", "{\"taskId\":\"u\"}"),
    ];
    let sandbox = Sandbox::new();
    sandbox.write("run.jsonl", lines.concat() + &event("7", "c", 8, "AGENT_SPAWN", "{}"));
    let report = sandbox.run(["report", "--json", "--input", "run.jsonl"]).json();
    let metrics = &report["trace_metrics"][0];
    // Seven events, and two metrics of each sample.
    agrees(
        metrics,
        &json!({
            "records": 11, "records_per_s": 1.375, "traces": 0, "mean_trace_ns": null, "spans": 2,
            "mean_duration_ns": 3_000_000_000_u64, "errors": 1, "error_rate": 0.5,
        }),
    );
    let of_type = |name: &str| {
        let mut types = report["types"].as_array().unwrap().iter();
        types.find(|row| row["type"] == name).unwrap()["records"].clone()
    };
    assert_eq!((of_type("TASK_START"), of_type("TASK_FAIL")), (2.into(), 1.into()));
    let shares = report["types"].as_array().unwrap().iter();
    let shares: f64 = shares.map(|row| row["share"].as_f64().unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-9);
    let agents = report["agent_uptimes"].as_array().unwrap();
    assert_eq!(agents.len(), 3);
    agrees(
        &agents[0],
        &json!({
            "agent": "a", "uptime_ns": 5_000_000_000_u64, "cpu_usage_percent": 40.0,
            "memory": 400.0, "last_activity": "2026-03-02T09:00:05.000000Z",
        }),
    );
    agrees(
        &agents[1],
        &json!({"agent": "b", "uptime_ns": 4_000_000_000_u64, "cpu_usage_percent": null}),
    );
}

#[test]
fn explain_prints_a_script() {
    let sandbox = Sandbox::with_store([run_fixture()]);
    for (command, _) in FIELDS {
        let script = sandbox.run([*command, "--explain"]).done();
        for part in ["read_parquet([", "CREATE OR REPLACE TEMP VIEW", "-- Question: ", "SELECT"] {
            assert!(script.contains(part), "{command}: no {part} in {script}");
        }
        assert!(script.trim_end().ends_with(';'), "{command}");
    }
    let filtered = sandbox.run(["agents", "--explain", "--agent", "coder"]).done();
    assert!(filtered.contains("agent = 'coder'"), "{filtered}");
}

/// Each class of duration has its bounds; sizes are summed, and their ratio is that of the sums.
#[test]
fn components_have_classes_and_flow() {
    let span = |id: u32, micros: u64, tags: &str| {
        let millis = micros as f64 / 1000.0;
        format!(
            "{{\"timestamp\":\"2026-01-15T10:30:0{id}Z\",\"trace_id\":\"t\",\"span_id\":\"s{id}\",\
             \"parent_span_id\":null,\"component\":\"kiln\",\"operation\":\"fire\",\"description\":\"d\",\
             \"duration_ms\":{millis},\"tags\":{{{tags}}},\"metadata\":{{}}}}\n"
        )
    };
    let lines = [
        span(1, 999, "\"input_size_bytes\":100,\"output_size_bytes\":400"),
        span(2, 1000, "\"input_size_bytes\":300,\"output_size_bytes\":200"),
        span(3, 10_000, "\"input_size_bytes\":7"),
        span(4, 999_999, "\"memory_delta_bytes\":1023"),
        span(5, 1_000_000, "\"memory_delta_bytes\":1048576"),
    ];
    let sandbox = Sandbox::new();
    sandbox.write("run.jsonl", lines.concat());
    let report = sandbox.run(["components", "-q", "--input", "run.jsonl"]).json();
    agrees(
        &report["classes"][0],
        &json!({
            "component": "kiln", "very_fast": 1, "fast": 1, "normal": 1, "slow": 1, "very_slow": 1,
        }),
    );
    // 600 bytes came out of 400; 1,049,599 bytes of memory were taken.
    agrees(
        &report["flow"][0],
        &json!({
            "sized": 2, "input_bytes": 400, "output_bytes": 600, "growth_ratio": 1.5,
            "memory_delta_bytes": 1_049_599, "minimal": 1, "small": 0, "moderate": 1, "large": 0,
        }),
    );
}
