//! Views that are not run as their texts say give the rows of their texts.

use super::runner::{Sandbox, fixture};
use serde_json::Value;
use tracekit::query::{find_view, output_columns};

/// The rows of a query as texts, in an order of their own.
fn rows(sandbox: &Sandbox, sql: &str, filter: &[&str]) -> Vec<String> {
    let args = ["sql", "-", "--format", "jsonl"].iter().chain(filter);
    let answer = sandbox.tracekit(args).stdin(sql).run().done();
    let mut rows: Vec<String> = answer.lines().map(str::to_owned).collect();
    rows.sort();
    rows
}

/// The rows of a view as its text says and as it answers, with a filter that is of whole sessions.
#[track_caller]
fn assert_alike(sandbox: &Sandbox, view: &str, filter: &[&str], at_least: usize) {
    let text = find_view(view).unwrap().sql;
    let columns = output_columns(text).unwrap().join("\", \"");
    let found = rows(sandbox, &format!("SELECT \"{columns}\" FROM {view}"), filter);
    let expected = rows(sandbox, text, filter);
    assert!(found.len() >= at_least, "{view} has {} rows", found.len());
    let differing = found.iter().zip(&expected).find(|(one, other)| one != other);
    assert!(
        found == expected,
        "{view}: {} and {} rows, {differing:?}",
        found.len(),
        expected.len()
    );
}

#[test]
fn on_the_fixtures_and_a_made_up_run() {
    let sandbox = Sandbox::new();
    let demo = sandbox.run(["demo", "--events", "3000"]).done();
    sandbox.write("demo.jsonl", demo);
    let _ = sandbox.ingest(["demo.jsonl", &fixture("")]);
    assert_alike(&sandbox, "spans", &[], 300);
    assert_alike(&sandbox, "messages", &[], 50);
    let sessions =
        sandbox.rows(&["sql", "SELECT session_id FROM sessions ORDER BY events DESC LIMIT 1"]);
    let session = sessions[0]["session_id"].as_str().unwrap();
    assert_alike(&sandbox, "spans", &["--session", session], 1);
    assert_alike(&sandbox, "messages", &["--session", session], 1);
}

/// What is kept of a view for one of a report's questions is enough for the next.
#[test]
fn a_report_says_what_its_parts_say() {
    let sandbox = Sandbox::new();
    let demo = sandbox.run(["demo", "--events", "1500"]).done();
    sandbox.write("demo.jsonl", demo);
    let _ = sandbox.ingest(["demo.jsonl", &fixture("")]);
    let answer = |command: &str| -> Value {
        serde_json::from_str(&sandbox.run([command, "--format", "json"]).done()).unwrap()
    };
    let mut report = answer("report");
    for part in ["agents", "tools", "components", "errors", "messages", "sessions"] {
        // Only the report shows when each of them did something.
        let has_activity = ["agents", "tools", "components"].contains(&part);
        for row in report[part].as_array_mut().unwrap() {
            let activity = row.as_object_mut().unwrap().remove("activity");
            assert_eq!(activity.is_some(), has_activity, "{part}");
        }
        assert_eq!(report[part], answer(part)["rows"], "{part}");
        assert!(!report[part].as_array().unwrap().is_empty(), "{part}");
    }
}

/// What agents did is folded from events; with a filter, or with other records, its text is run.
#[test]
fn agents_are_folded_as_their_text_says() {
    let sandbox = Sandbox::new();
    let demo = sandbox.run(["demo", "--events", "3000"]).done();
    sandbox.write("demo.jsonl", demo);
    let _ = sandbox.ingest(["demo.jsonl", &fixture("claude-flow")]);
    let rows = |sandbox: &Sandbox, filter: &[&str]| -> Value {
        let args = ["agents", "--format", "json"].iter().chain(filter);
        let answer: Value = serde_json::from_str(&sandbox.run(args).done()).unwrap();
        assert!(answer["rows"].as_array().unwrap().len() > 4, "{answer}");
        answer["rows"].clone()
    };
    let all = ["--since", "1970-01-01"];
    assert_eq!(rows(&sandbox, &[]), rows(&sandbox, &all));
    let _ = sandbox.ingest([fixture("otlp"), fixture("generic")]);
    assert_eq!(rows(&sandbox, &[]), rows(&sandbox, &all));
}
