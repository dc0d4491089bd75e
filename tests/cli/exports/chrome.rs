//! Chrome's trace events: a validator of their format, written in Python, has nothing to say and counts
//! what SQL counts.

use super::super::peers::{full_store, python, run_script};
use super::super::runner::Sandbox;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the validator says of a text.
fn read(program: &str, sandbox: &Sandbox, text: &str) -> Value {
    sandbox.write("trace.json", text);
    let said = run_script(program, "read_chrome.py", &sandbox.path("trace.json"));
    serde_json::from_str(&said).unwrap()
}

/// An agent of a thread: `ann` of `ann (2)`, which holds what overlaps in the first.
fn agent_of(thread: &str) -> &str {
    thread.rsplit_once(" (").filter(|(_, rest)| rest.ends_with(')')).map_or(thread, |(it, _)| it)
}

#[test]
fn lanes_hold_the_spans_that_sql_counts() {
    let Some(program) = python(&["json"]) else { return };
    let sandbox = full_store();
    let text = sandbox.run(["export", "--to", "chrome"]).done();
    let found = read(&program, &sandbox, &text);
    assert_eq!(found["problems"], json!([]));
    for phase in ["X", "B", "i", "C", "s", "f", "M"] {
        assert!(found["phases"][phase].as_u64() > Some(0), "no {phase}: {}", found["phases"]);
    }
    let mut lanes: BTreeMap<(String, String), [i64; 3]> = BTreeMap::new();
    for lane in found["lanes"].as_array().unwrap() {
        let name = |key: &str| lane[key].as_str().unwrap();
        let key = (name("process").to_owned(), agent_of(name("thread")).to_owned());
        let sums = lanes.entry(key).or_default();
        for (sum, key) in sums.iter_mut().zip(["spans", "open", "duration_ns"]) {
            *sum += lane[key].as_i64().unwrap();
        }
    }
    let query = "SELECT COALESCE(session_id, swarm_id, trace_id, 'no session') AS process,
        COALESCE(agent, 'no agent') AS agent, COUNT(*) AS spans, COUNT(duration_ns) AS ended,
        SUM(duration_ns) AS duration_ns FROM spans
        GROUP BY COALESCE(session_id, swarm_id, trace_id, 'no session'), COALESCE(agent, 'no agent')";
    let rows = sandbox.rows(&["sql", query]).into_iter().map(|row| {
        let number = |key: &str| row[key].as_i64().unwrap_or_default();
        let name = |key: &str| row[key].as_str().unwrap().to_owned();
        let open = number("spans") - number("ended");
        ((name("process"), name("agent")), [number("spans"), open, number("duration_ns")])
    });
    let expected: BTreeMap<(String, String), [i64; 3]> = rows.collect();
    assert!(expected.len() > 10, "{expected:?}");
    assert_eq!(lanes, expected);
}

#[test]
fn flows_and_counters_are_those_of_sql() {
    let Some(program) = python(&["json"]) else { return };
    let sandbox = full_store();
    let text = sandbox.run(["export", "--to", "chrome"]).done();
    let found = read(&program, &sandbox, &text);
    let delivered = "SELECT COUNT(*) AS n FROM messages WHERE sent_us IS NOT NULL
        AND received_us IS NOT NULL AND agent IS NOT NULL AND peer IS NOT NULL";
    assert_eq!(found["flows"], sandbox.rows(&["sql", delivered])[0]["n"]);
    let query = "SELECT COALESCE(session_id, swarm_id, trace_id, 'no session') AS process,
        SUM(COALESCE(input_tokens, 0)) AS input, SUM(COALESCE(output_tokens, 0)) AS output
        FROM token_uses GROUP BY COALESCE(session_id, swarm_id, trace_id, 'no session')";
    let rows = sandbox.rows(&["sql", query]);
    assert!(rows.len() > 3, "{rows:?}");
    for row in rows {
        let counted = &found["counters"][row["process"].as_str().unwrap()]["tokens"];
        for key in ["input", "output"] {
            assert_eq!(counted[key].as_f64(), row[key].as_f64(), "{row}: {counted}");
        }
    }
}

/// A validator that finds nothing wrong in anything would prove nothing.
#[test]
fn the_validator_sees_what_is_wrong() {
    let Some(program) = python(&["json"]) else { return };
    let sandbox = Sandbox::new();
    let slice = |name: &str, start: i64, micros: i64| {
        json!({"name": name, "ph": "X", "pid": 1,
        "tid": 1, "ts": start, "dur": micros, "cat": "span"})
    };
    let flow = |phase: &str, at: i64| {
        json!({"name": "message", "ph": phase, "pid": 1, "tid": 1,
        "ts": at, "id": 7, "cat": "message"})
    };
    let named =
        |kind: &str| json!({"name": kind, "ph": "M", "pid": 1, "tid": 1, "args": {"name": "n"}});
    let good = [
        slice("a", 10, 100),
        slice("b", 20, 30),
        flow("s", 15),
        flow("f", 40),
        named("process_name"),
        named("thread_name"),
    ];
    let problems = |events: &[Value]| {
        let text = json!({"traceEvents": events}).to_string();
        read(&program, &sandbox, &text)["problems"].as_array().unwrap().len()
    };
    assert_eq!(problems(&good), 0);
    for (place, key, value) in [
        (0, "ph", json!("Q")),
        (0, "name", json!("")),
        (0, "ts", json!("10")),
        (0, "dur", json!(-1)),
        (0, "dur", Value::Null),
        (1, "dur", json!(300)),
        (1, "tid", json!(2)),
        (1, "pid", json!("one")),
        (2, "ts", json!(5)),
        (2, "id", json!(8)),
        (3, "ph", json!("s")),
        (4, "args", json!({})),
        (5, "name", json!("thread_title")),
    ] {
        let mut bad = good.clone();
        bad[place][key] = value.clone();
        assert!(problems(&bad) > 0, "{key} {value}");
    }
}
