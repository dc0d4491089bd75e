//! `critical-path`: paths worked out by hand from whole files, what-ifs, filters and words.

use super::super::runner::{Sandbox, event, fixture};
use serde_json::{Value, json};
use tracekit::analysis::{Analysis as _, CriticalPath, Runs, Slowest};
use tracekit::query::{Engine, Predicate};
use tracekit::store::Store;

const SECOND: i64 = 1_000_000_000;

/// An event of a session, at so many seconds.
fn at(session: &str, agent: &str, id: &str, second: f64, record_type: &str, data: &str) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a few seconds")]
    let millis = 1_760_000_000_000 + (second * 1000.0) as i64;
    let line = event(id, millis, record_type, data);
    let line = line.replace(r#""agentId":"a""#, &format!(r#""agentId":"{agent}""#));
    line.replace(r#""sessionId":"s""#, &format!(r#""sessionId":"{session}""#)) + "\n"
}

fn task(session: &str, agent: &str, id: &str, from: f64, to: f64, tool: &str) -> String {
    let data = format!(r#"{{"taskId":"{id}","tool":"{tool}"}}"#);
    let begin = at(session, agent, &format!("{session}-{id}"), from, "TASK_START", &data);
    begin + &at(session, agent, &format!("{session}-{id}-end"), to, "TASK_COMPLETE", &data)
}

fn message(session: &str, id: &str, pair: [&str; 2], times: [f64; 2]) -> String {
    let [from, to] = pair;
    let data = format!(r#"{{"messageId":"{id}","sender":"{from}","recipient":"{to}"}}"#);
    let begin = at(session, from, &format!("{session}-{id}"), times[0], "MESSAGE_SEND", &data);
    let end = format!("{session}-{id}-end");
    begin + &at(session, to, &end, times[1], "MESSAGE_RECEIVE", &data)
}

/// The lead plans for 10 s; its message is 5 s under way and acted upon 3 s later; the coder works from
/// 18 s to 60 s, beside a tester from 18.5 s to 50 s; 4 s later the lead closes for 1 s.
fn session(name: &str) -> String {
    [
        task(name, "lead", "plan", 0.0, 10.0, "think"),
        message(name, "m", ["lead", "coder"], [10.0, 15.0]),
        task(name, "coder", "code", 18.0, 60.0, "edit"),
        task(name, "tester", "test", 18.5, 50.0, "pytest"),
        task(name, "lead", "close", 64.0, 65.0, "think"),
    ]
    .concat()
}

/// Two sessions: the one above, and a shorter one.
fn two_sessions() -> Sandbox {
    let sandbox = Sandbox::new();
    let short = task("short", "coder", "fix", 100.0, 105.0, "edit");
    sandbox.write("run.jsonl", session("long") + &short);
    let _ = sandbox.ingest(["run.jsonl"]);
    sandbox
}

fn report(sandbox: &Sandbox, args: &[&str]) -> Value {
    sandbox.run(["critical-path"].iter().chain(args)).json()
}

/// Fields of the rows of a list, each row as a text.
fn list(report: &Value, key: &str, fields: &[&str]) -> Vec<String> {
    let field = |row: &Value, field: &&str| match &row[*field] {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        #[expect(clippy::float_cmp, reason = "whole seconds")]
        Value::Number(nanos) if field.ends_with("_ns") => {
            let seconds = nanos.as_f64().unwrap() / 1e9;
            if seconds == seconds.trunc() {
                format!("{seconds:.0} s")
            } else {
                format!("{seconds} s")
            }
        }
        other => other.to_string(),
    };
    let rows = report[key].as_array().unwrap().iter();
    rows.map(|row| fields.iter().map(|name| field(row, name)).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn a_session_goes_back_along_messages() {
    let sandbox = two_sessions();
    let found = report(&sandbox, &["--session", "long"]);
    assert_eq!(
        list(&found, "sections", &["id", "kind", "agent", "peer", "duration_ns"]),
        [
            "long-plan work lead – 10 s",
            "long-m queue coder lead 5 s",
            "long-m hand-off coder lead 3 s",
            "long-code work coder – 42 s",
            "– idle – – 4 s",
            "long-close work lead – 1 s",
        ]
    );
    assert_eq!(found["sections"][0]["from"], "2025-10-09T08:53:20.000000Z");
    assert_eq!(found["sections"][5]["to"], "2025-10-09T08:54:25.000000Z");
    assert_eq!(
        list(&found, "rows", &["kind", "agent", "tool", "exclusive_ns", "sections"]),
        [
            "work coder edit 42 s 1",
            "work lead think 11 s 2",
            "queue coder – 5 s 1",
            "idle – – 4 s 1",
            "hand-off coder – 3 s 1",
        ]
    );
    assert_eq!(found["rows"][1]["evidence"], json!(["long-plan", "long-close"]));
    assert_eq!(found["total_ns"], json!(65 * SECOND));
    assert_eq!(found["work_ns"], json!(53 * SECOND));
    // 18.5–50 s two at work; 10–18 s and 60–64 s none.
    assert_eq!(
        list(&found, "runs", &["run", "unit", "top", "top_ns", "max_degree"]),
        ["long session coder · edit 42 s 2"]
    );
    let share = |name: &str| found["runs"][0][name].as_f64().unwrap() * 65.0;
    assert!((share("parallel_share") - 31.5).abs() < 1e-9, "{}", found["runs"]);
    assert!((share("serial_share") - (65.0 - 31.5 - 12.0)).abs() < 1e-9, "{}", found["runs"]);
    assert!((share("mean_degree") - (53.0 + 31.5)).abs() < 1e-9, "{}", found["runs"]);
    // `trace` marks the same spans.
    let tree = sandbox.run(["trace", "long"]).json();
    assert_eq!(
        list(&tree, "rows", &["id", "on_critical_path"]),
        ["long-plan true", "long-code true", "long-test false", "long-close true"]
    );
}

#[test]
fn what_ifs_go_through_the_run_again() {
    let sandbox = two_sessions();
    let after = |what_ifs: &[&str]| {
        let flags = what_ifs.iter().flat_map(|one| ["--what-if", one]);
        let args: Vec<&str> = ["--session", "long"].into_iter().chain(flags).collect();
        let found = report(&sandbox, &args);
        assert_eq!(found["total_ns"], json!(65 * SECOND));
        assert_eq!(found["runs"][0]["what_if_ns"], found["what_if_total_ns"]);
        found["what_if_total_ns"].as_f64().unwrap() / 1e9
    };
    let is = |what_ifs: &[&str], seconds: f64| {
        assert!((after(what_ifs) - seconds).abs() < 1e-6, "{what_ifs:?}: {}", after(what_ifs));
    };
    is(&["agent=coder:-0%"], 65.0);
    is(&["agent=coder:-10%"], 60.8);
    // The tester began half a second into the coder's 42 s, which take 21 s now, and ends at 49.75 s;
    // closing begins 4 s after that.
    is(&["agent=coder:-50%"], 54.75);
    is(&["agent=coder:-50%", "agent=tester:-50%"], 44.0);
    is(&["tool=think:-200ms"], 64.6);
    is(&["agent=*:-100%"], 12.0);
    is(&["agent=co*:+50%"], 86.0);
    let both = report(&sandbox, &["--session", "*", "--what-if", "tool=edit:-1s"]);
    assert_eq!(
        list(&both, "runs", &["run", "duration_ns", "what_if_ns", "saved_ns"]),
        ["long 65 s 64 s 1 s", "short 5 s 4 s 1 s"]
    );
    assert_eq!(both["what_if_saved_ns"], json!(2 * SECOND));
}

#[test]
fn wrong_changes_are_refused_with_a_way_out() {
    let sandbox = two_sessions();
    let fails = |args: &[&str], parts: &[&str]| {
        sandbox.run(["critical-path"].iter().chain(args)).fails(2, parts);
    };
    fails(&["--what-if", "coder:-50%"], &["SUBJECT=NAME:CHANGE", "agent=researcher:-50%"]);
    fails(
        &["--what-if", "agnt=coder:-50%"],
        &["`agnt` cannot be changed", "did you mean `agent`?"],
    );
    fails(&["--what-if", "agent=coder:50%"], &["`50%` is no change", "-50% is half the time"]);
    fails(&["--what-if", "agent=codre:-50%"], &["no agent has that name", "did you mean `coder`?"]);
    fails(&["--what-if", "model=gpt:-50%"], &["no span of these runs names any model"]);
    fails(&["--slowest", "0"], &["--slowest `0`", "such as 5%"]);
    fails(&["--overlap-allowance", "2"], &["--overlap-allowance `2`", "from 0 to 1"]);
}

#[test]
fn filters_pick_runs_and_take_them_whole() {
    let sandbox = two_sessions();
    let whole = report(&sandbox, &["--session", "long"]);
    for filter in
        [["--agent", "tester"], ["--operation", "none"], ["--until", "2025-10-09T08:53:21Z"]]
    {
        let found = report(&sandbox, &filter);
        let runs: Vec<String> = list(&found, "runs", &["run"]);
        if filter[0] == "--operation" {
            assert_eq!((runs.len(), &found["total_ns"]), (0, &json!(0)));
            continue;
        }
        assert_eq!(runs, ["long"], "{filter:?}");
        assert_eq!(found["rows"], whole["rows"], "{filter:?}");
    }
    let args = ["critical-path", "--agent", "nobody", "--exit-code"];
    let said = sandbox.run(args).ends(1, &[]);
    assert!(said.contains("no record fits the filters"), "{said}");
    assert_eq!(report(&sandbox, &["--trace", "*"])["rows"], json!([]));
}

#[test]
fn the_slowest_runs_are_a_share_or_a_number() {
    let sandbox = two_sessions();
    for (band, runs) in [("5%", 1), ("50%", 1), ("51%", 2), ("1", 1), ("7", 2)] {
        let found = report(&sandbox, &["--session", "*", "--slowest", band]);
        assert_eq!(list(&found, "runs", &["run"]), ["long", "short"][..runs], "{band}");
        assert_eq!(found["total_ns"], json!([65 * SECOND, 70 * SECOND][runs - 1]), "{band}");
    }
    let all = report(&sandbox, &[]);
    assert_eq!(
        list(&all, "subjects", &["kind", "subject", "exclusive_ns"]),
        ["agent coder 47 s", "tool edit 47 s", "agent lead 11 s", "tool think 11 s"]
    );
    assert_eq!(
        list(&all, "waits", &["kind", "agent", "peer", "count", "total_ns", "on_path_ns"]),
        ["queue lead coder 1 5 s 5 s", "hand-off lead coder 1 3 s 3 s"]
    );
}

/// A span of OTLP; times in seconds.
fn span(service: &str, ids: [&str; 2], kind: u8, times: [f64; 2], more: &str) -> String {
    let [id, parent] = ids;
    let nanos = times.map(|seconds| format!("{:.0}", (1_760_000_000.0 + seconds) * 1e9));
    format!(
        concat!(
            r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","#,
            r#""value":{{"stringValue":"{}"}}}}]}},"scopeSpans":[{{"spans":[{{"#,
            r#""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"{:0>16}","parentSpanId":"{}","#,
            r#""name":"{}","kind":{},"startTimeUnixNano":"{}","endTimeUnixNano":"{}"{}}}]}}]}}]}}"#,
            "\n"
        ),
        service,
        id,
        if parent.is_empty() { String::new() } else { format!("{parent:0>16}") },
        format_args!("op {id}"),
        kind,
        nanos[0],
        nanos[1],
        more,
    )
}

/// A client's call of 40 s is answered in 30 s; a consumer and a span that follows from the root run on
/// to its end; a person is asked for 20 s.
fn calls() -> String {
    let links = format!(
        r#","links":[{{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"{:0>16}"}}]"#,
        "a"
    );
    let asks =
        r#","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"ask_user"}}]"#;
    [
        span("web", ["a", ""], 1, [0.0, 100.0], ""),
        span("web", ["b", "a"], 3, [10.0, 50.0], ""),
        span("search", ["c", "b"], 2, [15.0, 45.0], ""),
        span("web", ["d", "a"], 1, [60.0, 80.0], asks),
        span("mail", ["e", "a"], 5, [82.0, 99.0], ""),
        span("log", ["f", "a"], 1, [85.0, 100.0], &links),
    ]
    .concat()
}

#[test]
fn a_trace_knows_calls_links_and_persons() {
    let sandbox = Sandbox::new();
    sandbox.write("calls.jsonl", calls());
    let _ = sandbox.ingest(["calls.jsonl"]);
    let trace = "0102030405060708090a0b0c0d0e0f10";
    let found = report(&sandbox, &["--trace", trace]);
    assert_eq!(
        list(&found, "sections", &["name", "kind", "component", "duration_ns"]),
        [
            "op a work web 10 s",
            "op b work web 5 s",
            "op c work search 30 s",
            "op b work web 5 s",
            "op a work web 10 s",
            "op d approval web 20 s",
            "op a work web 20 s",
        ]
    );
    assert_eq!(
        list(&found, "network", &["client", "server", "calls", "total_ns", "longest_ns"]),
        ["web search 1 10 s 10 s"]
    );
    assert_eq!(found["approval_ns"], json!(20 * SECOND));
    // All work gone, the person stays.
    let gone = report(&sandbox, &["--what-if", "component=*:-100%"]);
    assert_eq!(gone["what_if_total_ns"], json!(20 * SECOND));
    // As a swarm, session or rest nothing else is picked.
    assert_eq!(report(&sandbox, &["--session", "*"])["rows"], json!([]));
}

#[test]
fn a_trace_tells_the_session_of_its_spans() {
    let sandbox = Sandbox::new();
    let named = r#","attributes":[{"key":"session.id","value":{"stringValue":"chat"}}]"#;
    let other = span("web", ["d", ""], 1, [50.0, 60.0], named);
    let lines = [
        span("web", ["a", ""], 1, [0.0, 30.0], named),
        span("search", ["b", "a"], 1, [10.0, 25.0], ""),
        other.replace("0102030405", "1112131415"),
    ];
    sandbox.write("chat.jsonl", lines.concat());
    let _ = sandbox.ingest(["chat.jsonl"]);
    // Also where the filter fits only the span that names no session.
    for args in [["--session", "chat"], ["--component", "search"]] {
        let found = report(&sandbox, &args);
        assert_eq!(list(&found, "runs", &["run", "unit", "spans"]), ["chat session 3"], "{args:?}");
        assert_eq!(
            list(&found, "sections", &["name", "kind", "duration_ns"]),
            ["op a work 10 s", "op b work 15 s", "op a work 5 s", "– idle 20 s", "op d work 10 s"],
        );
    }
}

#[test]
fn spans_without_a_parent_hang_under_the_interval_of_their_trace() {
    let sandbox = Sandbox::new();
    let phase = |id: &str, second, phase: &str| {
        let data = format!(r#"{{"phase":"{phase}","traceId":"T"}}"#);
        at("s", "lead", id, second, "WORKFLOW", &data)
    };
    let step = task("s", "coder", "step", 5.0, 15.0, "edit")
        .replace("\"tool\"", "\"traceId\":\"T\",\"tool\"");
    sandbox
        .write("run.jsonl", phase("begin", 0.0, "start") + &step + &phase("end", 20.0, "complete"));
    let _ = sandbox.ingest(["run.jsonl"]);
    let found = report(&sandbox, &["--trace", "T"]);
    assert_eq!(
        list(&found, "sections", &["id", "duration_ns"]),
        ["begin 5 s", "s-step 10 s", "begin 5 s"]
    );
}

#[test]
fn times_of_thousands_of_years_do_no_harm() {
    let sandbox = Sandbox::new();
    let far = task("s", "a", "far", 0.0, 1.0, "t").replace("1760000000000", "-62000000000000");
    let farther =
        task("s", "b", "farther", 0.0, 1.0, "t").replace("1760000001000", "250000000000000");
    sandbox.write("far.jsonl", far + &farther + &task("s", "c", "near", 3.0, 4.0, "t"));
    let _ = sandbox.ingest(["far.jsonl"]);
    for args in [&["--session", "*"][..], &["--what-if", "agent=*:+100000%"]] {
        let found = report(&sandbox, args);
        assert!(found["total_ns"].as_i64().unwrap() > 0, "{found}");
    }
}

#[test]
fn a_person_reads_bars_and_short_lists() {
    let sandbox = two_sessions();
    let args = ["critical-path", "--format", "table", "--what-if", "agent=coder:-50%"];
    let text = sandbox.run(args).done();
    for part in [
        "Critical path of 2 runs",
        "67.1 % of the time goes to coder · edit.",
        "With these changes it takes",
        "coder · edit",
        "lead → coder",
        "█████████████▍",
        "what if total",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    let named = ["critical-path", "--format", "table", "--columns", "agent,share"];
    let named = sandbox.run(named).done();
    assert!(named.contains("coder  67.1 %"), "{named}");
    let one = sandbox.run(["critical-path", "--session", "long", "--format", "table"]).done();
    assert!(one.contains("At work over time: |"), "{one}");
}

#[test]
fn shares_change_no_answer() {
    let sandbox = Sandbox::new();
    let demo = sandbox.run(["demo", "--events", "300"]).done();
    sandbox.write("demo.jsonl", demo);
    let sessions: String = (0..5).map(|i| session(&format!("s{i}"))).collect();
    sandbox.write("sessions.jsonl", sessions);
    let _ =
        sandbox.ingest(["demo.jsonl", "sessions.jsonl", &fixture("otlp"), &fixture("claude-code")]);
    let store = Store::open(&sandbox.path(".tracekit")).unwrap();
    let answer = |share_records, slowest| {
        let analysis = CriticalPath { slowest, ..CriticalPath::new(Runs::All) };
        let engine = Engine::new(store.snapshot().unwrap(), Predicate::True);
        let engine = engine.with_share_records(share_records);
        format!("{:?}", analysis.report(&engine).unwrap().sections)
    };
    for slowest in [None, Some(Slowest::Runs(3))] {
        let whole = answer(u64::MAX, slowest);
        assert!(whole.contains("session-1-2"), "{whole}");
        assert!(answer(150, slowest) == whole, "{slowest:?}");
    }
}

#[test]
fn the_made_up_run_waits_for_its_slow_agent() {
    let sandbox = Sandbox::new();
    let demo = sandbox.run(["demo", "--events", "1000"]).done();
    sandbox.write("demo.jsonl", demo);
    let stored = {
        let _ = sandbox.ingest(["demo.jsonl"]);
        sandbox.run(["critical-path", "--session", "*"]).done()
    };
    let found: Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(found["rows"][0]["agent"], "reviewer");
    // Rows sum to the total, and runs do.
    let sum = |key: &str, field: &str| -> i64 {
        found[key].as_array().unwrap().iter().map(|row| row[field].as_i64().unwrap()).sum()
    };
    assert_eq!(json!(sum("rows", "exclusive_ns")), found["total_ns"]);
    assert_eq!(json!(sum("runs", "duration_ns")), found["total_ns"]);
    let raw = sandbox.run(["critical-path", "-q", "--session", "*", "--input", "demo.jsonl"]);
    assert_eq!(raw.done(), stored);
    let one_thread = sandbox.run(["critical-path", "--session", "*", "--threads", "1"]);
    assert_eq!(one_thread.done(), stored);
}
