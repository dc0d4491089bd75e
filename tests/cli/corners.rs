//! Corners that once gave wrong answers: each with the smallest input that showed it.

use crate::runner::Sandbox;
use serde_json::Value;

/// A Claude-Flow event at `ms` milliseconds, with more members.
fn event(id: &str, kind: &str, ms: u64, more: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"type\":\"{kind}\",\"agentId\":\"a\",\"swarmId\":\"w\",\"timestamp\":{ms}{more}}}\n"
    )
}

fn rows(sandbox: &Sandbox, args: &[&str]) -> Vec<Value> {
    sandbox.rows(args)
}

#[test]
fn a_column_that_breaks_ties_can_be_sorted_by() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", event("x", "ERROR", 1, "") + &event("y", "ERROR", 1, ""));
    let _ = sandbox.ingest(["a.jsonl"]);
    for sort in ["-id", "agent,agent,-id", "-source_offset"] {
        let found = rows(&sandbox, &["query", "--sort", sort, "--columns", "id", "--limit", "1"]);
        assert_eq!(found[0]["id"], "y", "{sort}");
    }
}

#[test]
fn calls_of_two_runs_may_share_an_id() {
    let sandbox = Sandbox::new();
    let span = |trace: &str| {
        format!(
            "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{\"traceId\":\"{}\",\"spanId\":\"00000000000000aa\",\
             \"name\":\"chat\",\"startTimeUnixNano\":\"1000000000\",\"endTimeUnixNano\":\"2000000000\",\"attributes\":[\
             {{\"key\":\"gen_ai.operation.name\",\"value\":{{\"stringValue\":\"chat\"}}}},\
             {{\"key\":\"gen_ai.request.model\",\"value\":{{\"stringValue\":\"m\"}}}},\
             {{\"key\":\"gen_ai.usage.input_tokens\",\"value\":{{\"intValue\":\"5\"}}}}]}}]}}]}}]}}\n",
            trace.repeat(32)
        )
    };
    sandbox.write("a.jsonl", span("1"));
    sandbox.write("b.jsonl", span("2"));
    let _ = sandbox.ingest(["a.jsonl", "b.jsonl"]);
    let sum = "SELECT SUM(input_tokens) AS n, COUNT(*) AS calls FROM token_uses";
    let found = rows(&sandbox, &["sql", sum]);
    assert_eq!((&found[0]["n"], &found[0]["calls"]), (&10.into(), &2.into()));
    assert_eq!(rows(&sandbox, &["query", "llm_calls"]).len(), 2);
}

#[test]
fn a_filter_does_not_tear_a_begin_from_its_end() {
    let sandbox = Sandbox::new();
    let begin = event("b", "TASK_START", 1000, ",\"traceId\":\"T\",\"data\":{\"taskId\":\"t\"}");
    let end = event("e", "TASK_COMPLETE", 2500, ",\"data\":{\"taskId\":\"t\"}");
    sandbox.write("begin.jsonl", begin);
    sandbox.write("end.jsonl", end);
    let _ = sandbox.ingest(["begin.jsonl", "end.jsonl"]);
    for filter in [["--trace", "T"], ["--where", "source = 'begin.jsonl'"], ["--swarm", "w"]] {
        let found = rows(&sandbox, &["query", "spans", filter[0], filter[1]]);
        assert_eq!(found.len(), 1, "{filter:?}");
        assert_eq!(found[0]["status"], "ok", "{filter:?}");
        assert_eq!(found[0]["duration_ns"], 1_500_000_000, "{filter:?}");
    }
}

#[test]
fn an_end_before_its_begin_has_no_duration() {
    let sandbox = Sandbox::new();
    let begin = event("b", "TASK_START", 1000, ",\"data\":{\"taskId\":\"t\"}");
    let end = event("e", "TASK_COMPLETE", 500, ",\"parentId\":\"b\",\"data\":{\"taskId\":\"t\"}");
    sandbox.write("a.jsonl", begin + &end);
    let _ = sandbox.ingest(["a.jsonl"]);
    let found = rows(&sandbox, &["query", "spans"]);
    assert_eq!((&found[0]["status"], &found[0]["duration_ns"]), (&"ok".into(), &Value::Null));
}

#[test]
fn a_source_that_was_emptied_is_a_rewritten_one() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", event("x", "ERROR", 1, ""));
    let _ = sandbox.ingest(["a.jsonl"]);
    sandbox.write("a.jsonl", "");
    sandbox.run(["ingest", "a.jsonl"]).fails(3, &["was rewritten"]);
    assert_eq!(sandbox.count("records"), 1);
    let _ = sandbox.ingest(["a.jsonl", "--on-rewrite", "replace"]);
    assert_eq!(sandbox.count("records"), 0);
}

#[test]
fn a_recorded_stream_that_grows_repeats_nothing() {
    let sandbox = Sandbox::new();
    let message = |id: &str| {
        let one = event(id, "AGENT_IDLE", 5, "");
        format!("{{\"type\":\"trace_event\",\"data\":{}}}\n", one.trim_end())
    };
    sandbox.write("ws.jsonl", message("w1"));
    assert_eq!(sandbox.ingest(["ws.jsonl"])["records"], 1);
    sandbox.write("ws.jsonl", message("w1") + &message("w1") + &message("w2"));
    let _ = sandbox.ingest(["ws.jsonl"]);
    assert_eq!(sandbox.ids(&[]), ["w1", "w2"]);
}

#[test]
fn angle_brackets_in_a_pattern_stand_for_themselves() {
    let sandbox = Sandbox::new();
    let tagged = |id: &str, tag: &str| {
        event(id, "ERROR", 1, &format!(",\"metadata\":{{\"tags\":[\"{tag}\"]}}"))
    };
    sandbox.write("a.jsonl", tagged("plain", "t") + &tagged("marked", "<t>"));
    let _ = sandbox.ingest(["a.jsonl"]);
    assert_eq!(sandbox.ids(&["--tag", "<t>"]), ["marked"]);
    assert_eq!(sandbox.ids(&["--tag", "*<*"]), ["marked"]);
}

#[test]
fn a_quotient_in_a_condition_is_no_whole_number() {
    let sandbox = Sandbox::new();
    let begin = event("b", "TASK_START", 1000, ",\"data\":{\"taskId\":\"t\"}");
    let end = event("e", "TASK_COMPLETE", 2500, ",\"data\":{\"taskId\":\"t\"}");
    sandbox.write("a.jsonl", begin + &end);
    let _ = sandbox.ingest(["a.jsonl"]);
    let longer = ["query", "spans", "--where", "duration_ns / 1000000000 > 1.2"];
    assert_eq!(rows(&sandbox, &longer).len(), 1);
}

#[test]
fn many_records_of_one_time_are_put_in_order_at_once() {
    let sandbox = Sandbox::new();
    let child = |i: u32| {
        event(&format!("c{i:05}"), "ERROR", 7, &format!(",\"parentId\":\"p{:05}\"", i % 50))
    };
    let parent = |i: u32| event(&format!("p{i:05}"), "ERROR", 7, "");
    let text: String = (0..3000).map(child).chain((0..50).map(parent)).collect();
    sandbox.write("a.jsonl", text);
    let _ = sandbox.ingest(["a.jsonl"]);
    let ids = sandbox.ids(&[]);
    let place = |id: &str| ids.iter().position(|one| one == id);
    assert_eq!(ids.len(), 3050);
    assert!(place("p00007") < place("c00007"));
    assert_eq!(&ids[..3], ["p00000", "c00000", "p00001"]);
}

#[test]
fn one_message_to_two_receivers_reaches_each_once() {
    let sandbox = Sandbox::new();
    let send = |id: &str, ms: u64, to: &str| {
        let data = format!(",\"data\":{{\"messageId\":\"m\",\"recipient\":\"{to}\"}}");
        event(id, "MESSAGE_SEND", ms, &data)
    };
    let receive = |id: &str, ms: u64, who: &str| {
        let data = ",\"data\":{\"messageId\":\"m\",\"sender\":\"a\"}";
        event(id, "MESSAGE_RECEIVE", ms, data)
            .replace("\"agentId\":\"a\"", &format!("\"agentId\":\"{who}\""))
    };
    let text = send("s1", 10, "x")
        + &send("s2", 20, "y")
        + &receive("r1", 25, "y")
        + &receive("r2", 40, "x")
        + &receive("r3", 50, "x");
    sandbox.write("a.jsonl", text);
    let _ = sandbox.ingest(["a.jsonl"]);
    let sql = "SELECT peer, delivery, latency_ns FROM messages ORDER BY ts_us NULLS LAST";
    let found: Vec<(String, String, Value)> = rows(&sandbox, &["sql", sql])
        .into_iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            (text("peer"), text("delivery"), row["latency_ns"].clone())
        })
        .collect();
    let expected = [
        ("x", "delivered", Value::from(30_000_000)),
        ("y", "delivered", Value::from(5_000_000)),
        ("x", "duplicate", Value::Null),
    ];
    let expected: Vec<_> =
        expected.into_iter().map(|(who, what, ns)| (who.to_owned(), what.to_owned(), ns)).collect();
    assert_eq!(found, expected);
}

#[test]
fn an_error_beside_a_failed_task_is_one_error() {
    let sandbox = Sandbox::new();
    let task = ",\"data\":{\"taskId\":\"t\"}";
    let late = event("b", "TASK_START", 10, task)
        + &event("f", "TASK_FAIL", 20, task)
        + &event("x", "ERROR", 21, task);
    sandbox.write("late.jsonl", late);
    let without_start = event("x", "ERROR", 19, task) + &event("f", "TASK_FAIL", 20, task);
    sandbox.write("cut.jsonl", without_start);
    for input in ["late.jsonl", "cut.jsonl"] {
        let found = rows(&sandbox, &["query", "errors", "--input", input]);
        assert_eq!(found.len(), 1, "{input}");
    }
}
