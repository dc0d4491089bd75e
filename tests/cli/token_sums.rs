//! Tokens and costs are those that a script adds up straight from the files: with messages that stand in
//! several lines, history that a resumed session and a repeated export bring again, totals above the calls
//! that they are made of, and models that nobody knows.

use super::peers::{python, run_script};
use super::runner::Sandbox;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Whole dollars a million, so that no cost needs rounding. The table in the tree has other prices for two of the models.
const PRICES: &str = "\
[[model]]
name = \"house-large\"
input = 3
output = 15
cache_read = 1
cache_write = 4
cache_write_1h = 6
[[model]]
name = \"claude-sonnet-4-5\"
input = 2
output = 9
cache_read = 1
cache_write = 3
cache_write_1h = 5
[[model]]
name = \"claude-haiku-4-5\"
input = 1
output = 7
cache_read = 1
cache_write = 1
cache_write_1h = 2
";

/// A line of a session of Claude Code, `minute` minutes after nine.
fn claude(session: &str, minute: u32, agent: Option<&str>, uuid: &str, parent: &Value) -> Value {
    let mut line = json!({
        "sessionId": session, "uuid": uuid, "parentUuid": parent, "isSidechain": agent.is_some(),
        "timestamp": format!("2026-03-02T09:{minute:02}:00.000Z"), "cwd": "/opt/shop", "version": "2.0.1",
    });
    if let Some(agent) = agent {
        line["agentId"] = agent.into();
    }
    line
}

fn prompt(session: &str, minute: u32, agent: Option<&str>, uuid: &str) -> String {
    let mut line = claude(session, minute, agent, uuid, &Value::Null);
    line["type"] = "user".into();
    line["message"] = json!({"role": "user", "content": format!("do {uuid}")});
    format!("{line}\n")
}

/// A call in three lines that repeat its usage, of which the last has all of what was written.
fn call(session: &str, minute: u32, agent: Option<&str>, prompt: &str, number: i64) -> String {
    let models = ["claude-sonnet-4-5-20250929", "house-large", "nobody-1", "nobody-2"];
    let model = models[usize::try_from(number).unwrap() % models.len()];
    let mut lines = String::new();
    let mut parent: Value = prompt.into();
    for (part, written) in [1, 1, 100 + number].into_iter().enumerate() {
        let uuid = format!("{prompt}-{number}-{part}");
        let mut line = claude(session, minute, agent, &uuid, &parent);
        line["type"] = "assistant".into();
        line["requestId"] = format!("req-{number}").into();
        line["message"] = json!({
            "id": format!("msg-{number}"), "role": "assistant", "type": "message", "model": model,
            "content": [{"type": "text", "text": format!("part {part}")}],
            "usage": {
                "input_tokens": 10 + number, "output_tokens": written,
                "cache_read_input_tokens": 1000 * number, "cache_creation_input_tokens": 300,
                "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100},
            },
        });
        lines.push_str(&line.to_string());
        lines.push('\n');
        parent = uuid.into();
    }
    lines
}

/// Two turns, the second in a session that resumes the first one and repeats its lines under its own name;
/// a sub-agent within, and one in a file of its own.
fn write_claude(sandbox: &Sandbox) {
    let first = |session: &str| {
        let mut lines = prompt(session, 1, None, "p1");
        for number in 0..6 {
            lines += &call(session, 2, None, "p1", number);
        }
        lines
    };
    let inner = prompt("s1", 4, Some("inner"), "i1") + &call("s1", 5, Some("inner"), "i1", 20);
    sandbox.write("claude/one.jsonl", first("s1") + &inner);
    let second = prompt("s2", 30, None, "p2") + &call("s2", 31, None, "p2", 7);
    sandbox.write("claude/two.jsonl", first("s2") + &second);
    let apart = prompt("s1", 6, Some("apart"), "a1")
        + &call("s1", 7, Some("apart"), "a1", 30)
        + &call("s1", 8, Some("apart"), "a1", 31);
    sandbox.write("claude/agent-apart.jsonl", apart);
}

/// A span with tokens: input (of which some from the cache) and output.
fn span(trace: u32, id: u32, parent: Option<u32>, operation: &str, tokens: [i64; 3]) -> Value {
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let number =
        |key: &str, value: i64| json!({"key": key, "value": {"intValue": value.to_string()}});
    let [input, cached, output] = tokens;
    let mut attributes = vec![
        text("gen_ai.operation.name", operation),
        text("gen_ai.agent.name", "guide"),
        number("gen_ai.usage.input_tokens", input),
        number("gen_ai.usage.cache_read.input_tokens", cached),
        number("gen_ai.usage.output_tokens", output),
    ];
    if operation == "chat" {
        attributes.push(text("gen_ai.request.model", "house-large"));
    }
    json!({
        "traceId": format!("{trace:032x}"), "spanId": format!("{id:016x}"), "name": operation,
        "parentSpanId": parent.map_or(String::new(), |parent| format!("{parent:016x}")),
        "kind": 1, "startTimeUnixNano": format!("17600000000{id:02}000000"),
        "endTimeUnixNano": format!("17600000001{id:02}000000"), "attributes": attributes,
    })
}

/// An agent whose total is that of its two calls, one of which is exported again; and one that states its
/// total alone.
fn write_otlp(sandbox: &Sandbox) {
    let export = |spans: &[Value]| {
        let scope = json!([{"scope": {"name": "made"}, "spans": spans}]);
        format!(
            "{}\n",
            json!({"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": scope}]})
        )
    };
    let twice = span(1, 3, Some(1), "chat", [700, 200, 70]);
    let spans = [
        span(1, 1, None, "invoke_agent", [1200, 200, 120]),
        span(1, 2, Some(1), "chat", [500, 0, 50]),
        twice.clone(),
        span(2, 9, None, "invoke_agent", [90, 0, 9]),
    ];
    sandbox.write("otlp-1.jsonl", export(&spans));
    sandbox.write("otlp-2.jsonl", export(&[twice]));
}

fn write_myagent(sandbox: &Sandbox) {
    let think = |id: &str, rest: &str| {
        format!(
            "{{\"type\":\"think\",\"trace_id\":\"run\",\"id\":\"{id}\",\"agent_name\":\"scout\",\"duration\":1,\
             \"timestamp\":1736937000,\"llm_response\":\"\",{rest}}}\n"
        )
    };
    let lines = [
        think("1", "\"model\":\"house-large\",\"tokens_used\":180"),
        think("2", "\"model\":\"nobody-3\",\"tokens_used\":20"),
        think(
            "3",
            "\"model\":\"house-large\",\"tokens_used\":12,\"input_tokens\":10,\"output_tokens\":2",
        ),
    ];
    sandbox.write("myagent.jsonl", lines.concat());
}

type Rows = BTreeMap<(Option<String>, Option<String>), Vec<Option<i64>>>;

/// The columns that both have, by agent and model.
fn rows(answer: &Value) -> Rows {
    let columns = [
        "calls",
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "unsplit_tokens",
        "cost_microusd",
    ];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let row = |row: &Value| {
        let key = (text(&row["agent"]), text(&row["model"]));
        (key, columns.iter().map(|column| row[*column].as_i64()).collect())
    };
    answer["rows"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a_script_that_reads_the_files_itself_has_the_same_sums() {
    let Some(program) = python(&["tomllib"]) else { return };
    let sandbox = Sandbox::new();
    sandbox.write("prices.toml", PRICES);
    write_claude(&sandbox);
    write_otlp(&sandbox);
    write_myagent(&sandbox);
    let demo = ["demo", "--plant", "failing-tool", "--events", "900", "-q", "-o", "flow.jsonl"];
    sandbox.run(demo).done();
    let expected = run_script(&program, "sum_tokens.py", &sandbox.path("."));
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let files = ["claude", "flow.jsonl", "otlp-1.jsonl", "otlp-2.jsonl", "myagent.jsonl"];
    let args = ["tokens", "--prices", "prices.toml", "--format", "json", "--input"];
    let answer = sandbox.run(args.iter().chain(&files)).json();
    let known = rows(&expected);
    assert!(known.len() > 10, "{known:?}");
    assert_eq!(rows(&answer), known);
    let models = |list: &Value, name: &str| -> BTreeSet<String> {
        let one = |row: &Value| row.get(name).unwrap_or(row).as_str().map(str::to_owned);
        list.as_array().unwrap().iter().filter_map(one).collect()
    };
    let unknown = models(&expected["unknown"], "model");
    assert_eq!(unknown.len(), 3, "{unknown:?}");
    // Those with a price are there for tokens that are not split.
    let mut unpriced = models(&answer["unpriced"], "model");
    assert!(unpriced.remove("house-large"));
    assert_eq!(unpriced, unknown);
    let told = answer["notices"].to_string();
    let named = unknown.iter().filter(|model| **model != "nobody-3");
    assert!(named.clone().all(|model| told.contains(model.as_str())), "{told}");
}
