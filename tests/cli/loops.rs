//! `loops` from end to end: what is planted is found first, what is not there is not claimed, whatever
//! the format, the filter and the order of the input.

use super::runner::{Sandbox, event, fixture, run_fixture};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn rows(sandbox: &Sandbox, args: &[&str]) -> Vec<Value> {
    let report = sandbox.run(["loops"].iter().chain(args)).json();
    report["rows"].as_array().unwrap().clone()
}

/// Verdicts and subjects, in their order.
fn told(sandbox: &Sandbox, args: &[&str]) -> Vec<(String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows(sandbox, args).iter().map(|row| (text(row, "verdict"), text(row, "subject"))).collect()
}

/// A store with a made-up run in which `planted` is planted, and the truth about it.
fn planted(planted: &str, seed: &str) -> (Sandbox, Vec<Value>) {
    let sandbox = Sandbox::new();
    let args = ["demo", "--plant", planted, "--seed", seed, "--truth", "truth.jsonl"];
    sandbox.write("run.jsonl", sandbox.run(args).done());
    let _ = sandbox.ingest(["run.jsonl"]);
    let truth = std::fs::read_to_string(sandbox.path("truth.jsonl")).unwrap();
    (sandbox, truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn ids(value: &Value) -> BTreeSet<&str> {
    value.as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect()
}

#[test]
fn what_is_planted_is_named_first_with_its_records() {
    for (fault, seed) in [("call-loop", "1"), ("ping-pong", "2"), ("deadlock", "3")] {
        let (sandbox, truth) = planted(fault, seed);
        let [truth] = truth.as_slice() else { panic!("{truth:?}") };
        let found = rows(&sandbox, &[]);
        assert_eq!(found.len(), 1, "{fault}: {found:?}");
        let first = &found[0];
        assert_eq!((&first["verdict"], &first["subject"]), (&truth["type"], &truth["subject"]));
        let (evidence, planted) = (ids(&first["evidence"]), ids(&truth["ids"]));
        assert!(!evidence.is_empty() && evidence.is_subset(&planted), "{evidence:?} {planted:?}");
        assert!(first["wasted_ns"].as_i64().unwrap() > 1_000_000_000, "{first}");
    }
}

#[test]
fn the_failing_tool_is_the_first_error() {
    let (sandbox, truth) = planted("all", "4");
    let errors = sandbox.run(["errors"]).json();
    let truth = truth.iter().find(|line| line["command"] == "errors").unwrap();
    let first = &errors["rows"][0];
    assert_eq!(first["error_type"], truth["type"]);
    assert!(ids(&truth["ids"]).contains(first["example_id"].as_str().unwrap()), "{first}");
    let verdicts: BTreeSet<String> =
        told(&sandbox, &[]).into_iter().map(|(verdict, _)| verdict).collect();
    assert_eq!(verdicts, ["deadlock", "ping-pong", "repeated-call"].map(str::to_owned).into());
}

#[test]
fn nothing_is_claimed_where_nothing_is() {
    for fault in ["none", "slow-agent", "failing-tool", "lost-message", "retry-storm"] {
        let (sandbox, _) = planted(fault, "1");
        assert_eq!(told(&sandbox, &[]), [], "{fault}");
    }
    let sandbox = Sandbox::with_store([fixture("")]);
    assert_eq!(told(&sandbox, &["--min-repeats", "2"]), []);
    let demo = sandbox.run(["demo", "--events", "3000"]).done();
    sandbox.write("demo.jsonl", demo);
    assert_eq!(told(&sandbox, &["--input", "demo.jsonl"]), []);
    let report = sandbox.run(["loops", "-q", "--input", "demo.jsonl"]).json();
    assert_eq!(report["notices"], json!(["no loop, stall or deadlock was found"]));
}

#[test]
fn a_finding_stays_where_one_of_its_records_fits() {
    let (sandbox, _) = planted("all", "1");
    let verdicts = |args: &[&str]| -> Vec<String> {
        told(&sandbox, args).into_iter().map(|(verdict, _)| verdict).collect()
    };
    assert_eq!(verdicts(&["--agent", "researcher"]), ["repeated-call"]);
    assert_eq!(verdicts(&["--agent", "reviewer"]), ["ping-pong"]);
    assert_eq!(verdicts(&["--agent", "coder-c"]), ["deadlock"]);
    assert_eq!(verdicts(&["--tool", "web_search"]), ["repeated-call"]);
    assert_eq!(verdicts(&["--type", "MESSAGE_SEND"]), ["deadlock", "ping-pong"]);
    assert_eq!(verdicts(&["--agent", "tester"]), Vec::<String>::new());
    assert_eq!(verdicts(&["--session", "session-1-1"]), Vec::<String>::new());
    assert_eq!(verdicts(&["--session", "session-1-2"]).len(), 3);
    assert_eq!(verdicts(&["--min-repeats", "6"]), ["deadlock", "repeated-call"]);
}

/// A task with a tool from its begin to its end, a second later; ids and task from `name`.
fn task(name: &str, second: i64, tool: &str, arguments: &str) -> String {
    let millis = 1_760_000_000_000 + second * 1000;
    let begin = format!(r#"{{"taskId":"t-{name}","tool":"{tool}","parameters":{arguments}}}"#);
    let end = format!(r#"{{"taskId":"t-{name}","tokens":{{"input":5,"output":2}}}}"#);
    format!(
        "{}\n{}\n",
        event(&format!("b-{name}"), millis, "TASK_START", &begin),
        event(&format!("e-{name}"), millis + 900, "TASK_COMPLETE", &end)
    )
}

#[test]
fn a_filter_does_not_put_calls_into_a_row() {
    let mut run = String::new();
    for n in 0..8 {
        run += &task(&format!("s{n}"), n * 2, "search", r#"{"q":"tides"}"#);
        run += &task(&format!("r{n}"), n * 2 + 1, "read", r#"{"page":3}"#);
    }
    let sandbox = Sandbox::new();
    sandbox.write("run.jsonl", run);
    let _ = sandbox.ingest(["run.jsonl"]);
    for filter in [&[][..], &["--tool", "search"], &["--where", "tool = 'read'"]] {
        assert_eq!(told(&sandbox, filter), [], "{filter:?}");
    }
}

#[test]
fn equal_calls_in_a_row_have_their_waste() {
    let sandbox = Sandbox::new();
    let run: String =
        (0..4).map(|n| task(&n.to_string(), n, "search", r#"{"q":"tides","n":[1,2]}"#)).collect();
    sandbox.write("run.jsonl", run);
    let found = rows(&sandbox, &["--input", "run.jsonl"]);
    assert_eq!(found.len(), 1);
    let expected = json!({
        "verdict": "repeated-call", "subject": "a", "tool": "search", "count": 4, "group_id": "s",
        "wasted_ns": 2_700_000_000_i64, "wasted_tokens": 21, "evidence_count": 4,
        "evidence": ["b-0", "b-1", "b-2", "b-3"],
        "first": "2025-10-09T08:53:20.000000Z", "last": "2025-10-09T08:53:23.900000Z",
        "detail": "4 × search {\"n\":[1,2],\"q\":\"tides\"} in 3.9 s",
    });
    assert_eq!(found[0], expected);
    let ask = |args: &[&str]| {
        let all = ["loops", "--input", "run.jsonl", "-q", "--exit-code"];
        sandbox.run(all.iter().chain(args)).code().unwrap()
    };
    assert_eq!((ask(&[]), ask(&["--min-repeats", "4"]), ask(&["--min-repeats", "5"])), (0, 0, 1));
    assert_eq!(ask(&["--min-repeats", "1"]), 2);
}

/// Three calls of `search` with equal arguments as each format writes them.
fn three_calls(format: &str) -> String {
    let line = |n: i64| match format {
        "otlp" => {
            let start = 1_760_000_000_000_000_000 + n * 1_000_000_000;
            format!(
                r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"5b8aa5a2d2c872e8321cf37308d69df2","spanId":"000000000000000{n}","name":"execute_tool search","startTimeUnixNano":"{start}","endTimeUnixNano":"{}","attributes":[{{"key":"gen_ai.operation.name","value":{{"stringValue":"execute_tool"}}}},{{"key":"gen_ai.tool.name","value":{{"stringValue":"search"}}}},{{"key":"gen_ai.agent.name","value":{{"stringValue":"a"}}}},{{"key":"gen_ai.tool.call.id","value":{{"stringValue":"call_{n}"}}}},{{"key":"gen_ai.tool.call.arguments","value":{{"stringValue":"{{\"q\":\"tides\"}}"}}}}]}}]}}]}}]}}"#,
                start + 500_000_000
            )
        }
        "jaeger" => format!(
            r#"{{"traceID":"r","spans":[{{"traceID":"r","spanID":"j{n}","operationName":"execute_tool search","startTime":{},"duration":500000,"tags":[{{"key":"gen_ai.agent.name","type":"string","value":"a"}},{{"key":"gen_ai.tool.call.arguments","type":"string","value":"{{\"q\":\"tides\"}}"}}],"processID":"p1"}}],"processes":{{"p1":{{"serviceName":"c"}}}}}}"#,
            1_760_000_000_000_000 + n * 1_000_000
        ),
        "myagent" => format!(
            r#"{{"type":"tool","id":"m{n}","trace_id":"r","tool_name":"search","input_params":{{"q":"tides"}},"duration":0.5,"success":true,"timestamp":{},"agent_name":"a"}}"#,
            1_760_000_000 + n
        ),
        "langswarm" => format!(
            r#"{{"timestamp":"2025-10-09T08:53:2{n}Z","trace_id":"r","span_id":"l{n}","component":"c","operation":"o","duration_ms":500,"tags":{{"tool":"search","agent":"a","input_fingerprint":"0a1b"}}}}"#
        ),
        "claude-code" => format!(
            r#"{{"parentUuid":null,"isSidechain":false,"userType":"external","cwd":"/w","sessionId":"s","version":"2.0.0","type":"assistant","message":{{"id":"msg_{n}","type":"message","role":"assistant","model":"m","content":[{{"type":"tool_use","id":"toolu_{n}","name":"search","input":{{"q":"tides"}}}}],"usage":{{"input_tokens":1,"output_tokens":1}}}},"uuid":"u{n}","timestamp":"2025-10-09T08:53:2{n}.000Z"}}"#
        ),
        _ => format!(
            r#"{{"timestamp":"2025-10-09T08:53:2{n}Z","kind":"span","type":"TOOL","id":"g{n}","trace_id":"r","agent":"a","tool":"search","duration_ms":500,"arguments":{{"q":"tides"}}}}"#
        ),
    };
    (1..4).map(|n| line(n) + "\n").collect()
}

#[test]
fn every_format_has_its_calls_and_arguments() {
    for format in ["otlp", "jaeger", "myagent", "langswarm", "claude-code", "generic"] {
        let sandbox = Sandbox::new();
        sandbox.write("run.jsonl", three_calls(format));
        let args = ["--input", "run.jsonl", "--from", format];
        let found = rows(&sandbox, &args);
        assert_eq!(found.len(), 1, "{format}: {found:?}");
        assert_eq!(
            (&found[0]["tool"], &found[0]["count"]),
            (&json!("search"), &json!(3)),
            "{format}"
        );
        let other = three_calls(format).replacen("tides", "ebbs", 1).replacen("0a1b", "0a1c", 1);
        sandbox.write("run.jsonl", other);
        assert_eq!(rows(&sandbox, &args), Vec::<Value>::new(), "{format}");
    }
}

/// An event of another agent at this second.
fn of(agent: &str, id: &str, second: i64, record_type: &str, data: &str) -> String {
    let line = event(id, 1_760_000_000_000 + second * 1000, record_type, data);
    line.replace(r#""agentId":"a""#, &format!(r#""agentId":"{agent}""#)) + "\n"
}

#[test]
fn an_agent_that_falls_silent_over_its_task_is_stalled() {
    let mut run = of("lost", "begin", 0, "TASK_START", r#"{"taskId":"t"}"#);
    for second in 1..6 {
        let data = r#"{"taskId":"t","progress":0.1}"#;
        run += &of("lost", &format!("p{second}"), second, "TASK_PROGRESS", data);
    }
    for second in 0..60 {
        run += &of("busy", &format!("w{second}"), second, "MEMORY_WRITE", r#"{"key":"k"}"#);
    }
    let sandbox = Sandbox::new();
    sandbox.write("run.jsonl", &run);
    let found = rows(&sandbox, &["--input", "run.jsonl"]);
    assert_eq!(found.len(), 1, "{found:?}");
    let expected = json!({"verdict": "stall", "subject": "lost", "count": 1, "evidence": ["begin"],
        "wasted_ns": 54_000_000_000_i64, "first": "2025-10-09T08:53:25.000000Z"});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&found[0][name], value, "{name}");
    }
    sandbox.write("run.jsonl", run + &of("lost", "end", 59, "TASK_COMPLETE", r#"{"taskId":"t"}"#));
    assert_eq!(told(&sandbox, &["--input", "run.jsonl"]), []);
}

#[test]
fn much_work_without_a_completed_task_is_no_progress() {
    let mut run = String::new();
    for n in 0..10 {
        run += &of("able", &format!("a{n}"), n, "TASK_START", &format!(r#"{{"taskId":"t{n}"}}"#));
        run +=
            &of("able", &format!("z{n}"), n, "TASK_COMPLETE", &format!(r#"{{"taskId":"t{n}"}}"#));
    }
    run += &of("vain", "begin", 0, "TASK_START", r#"{"taskId":"v"}"#);
    for n in 1..100 {
        run += &of("vain", &format!("v{n}"), n, "MEMORY_READ", r#"{"key":"k"}"#);
    }
    let sandbox = Sandbox::new();
    sandbox.write("run.jsonl", &run);
    let found = rows(&sandbox, &["--input", "run.jsonl"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0]["verdict"], &found[0]["subject"]),
        (&json!("no-progress"), &json!("vain"))
    );
    assert_eq!((&found[0]["count"], &found[0]["evidence"]), (&json!(100), &json!(["begin"])));
    let less: Vec<&str> = run.lines().filter(|line| !line.contains(r#""v99""#)).collect();
    sandbox.write("run.jsonl", less.join("\n"));
    assert_eq!(told(&sandbox, &["--input", "run.jsonl"]), []);
}

#[test]
fn order_and_files_do_not_matter() {
    let (sandbox, _) = planted("all", "7");
    let run = std::fs::read_to_string(sandbox.path("run.jsonl")).unwrap();
    let expected = [sandbox.run(["loops"]).done(), sandbox.run(["errors"]).done()];
    let mut parts = vec![String::new(); 5];
    for (place, line) in run.lines().rev().enumerate() {
        parts[place * 7 % 5] += line;
        parts[place * 7 % 5] += "\n";
    }
    let split = Sandbox::new();
    for (n, part) in parts.iter().enumerate() {
        split.write(&format!("part-{n}.jsonl"), part);
    }
    let _ = split.ingest([
        "part-3.jsonl",
        "part-1.jsonl",
        "part-4.jsonl",
        "part-0.jsonl",
        "part-2.jsonl",
    ]);
    assert!([split.run(["loops"]).done(), split.run(["errors"]).done()] == expected);
}

#[test]
fn circles_of_parents_and_huge_arguments_do_no_harm() {
    let mut run = String::new();
    let blob = format!(r#"{{"text":"{}"}}"#, "x".repeat(3 << 20));
    for n in 0..3 {
        run += &task(&n.to_string(), n, "write", &blob);
    }
    for (id, parent) in [("p", "q"), ("q", "p"), ("own", "own")] {
        let data = format!(r#"{{"taskId":"{id}","errorMessage":"boom"}}"#);
        for (edge, record_type) in [("", "TASK_START"), ("-end", "TASK_FAIL")] {
            let line = of("c", &format!("{id}{edge}"), 9, record_type, &data);
            run += &line.replacen('{', &format!(r#"{{"parentId":"{parent}","#), 1);
        }
    }
    run +=
        &of("c", "x", 9, "TASK_START", r#"{"taskId":"x"}"#).replacen('{', r#"{"parentId":"x","#, 1);
    let sandbox = Sandbox::new();
    sandbox.write("run.jsonl", run);
    let found = rows(&sandbox, &["--input", "run.jsonl"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0]["detail"].as_str().unwrap().len() < 300);
    let errors = sandbox.run(["errors", "--input", "run.jsonl"]).json();
    assert_eq!((&errors["rows"][0]["count"], &errors["chains"]), (&json!(3), &json!([])));
}

#[test]
fn explain_says_how_findings_are_made() {
    let sandbox = Sandbox::with_store([run_fixture()]);
    let script = sandbox.run(["loops", "--explain"]).done();
    for part in ["CREATE OR REPLACE TEMP VIEW agent_turns", "repeated-call:", "-- Question: "] {
        assert!(script.contains(part), "no {part} in {script}");
    }
}
