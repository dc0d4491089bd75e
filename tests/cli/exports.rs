//! `tracekit export` through the program: every form, the files that it makes, and what other tools
//! read in them.

mod answers;
mod chrome;
mod jaeger;
mod metrics;
mod otlp;
mod traces;

use super::peers::{full_store, python, run_script};
use super::runner::{Sandbox, event};
use serde_json::Value;
use std::collections::BTreeMap;
use tracekit::exporters;

/// The names of the files in a folder of the sandbox.
fn files(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(sandbox.path(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Three events of two agents in two sessions, and one of nobody in none.
fn small_store() -> Sandbox {
    let sandbox = Sandbox::new();
    let lines = [
        event("e1", 1_760_000_000_000, "AGENT_IDLE", r#"{"note":"a,b"}"#),
        event("e2", 1_760_000_001_000, "AGENT_IDLE", "{}").replace("\"a\"", "\"../x\""),
        event("e3", 1_760_086_400_000, "AGENT_IDLE", "{}").replace("\"s\"", "\"t\""),
        r#"{"id":"e4","type":"AGENT_IDLE","timestamp":1760086401000,"data":{}}"#.to_owned(),
    ];
    sandbox.write("a.jsonl", lines.join("\n") + "\n");
    let _ = sandbox.ingest(["--from", "claude-flow", "a.jsonl"]);
    sandbox
}

#[test]
fn an_export_has_the_records_of_a_query() {
    let sandbox = small_store();
    for form in ["json", "jsonl", "csv", "tsv"] {
        let export = sandbox.run(["export", "--to", form]).done();
        assert_eq!(export, sandbox.run(["query", "--format", form]).done(), "{form}");
        assert!(export.contains("e3"));
    }
    let only = sandbox.run(["export", "--to", "csv", "--agent", "../x"]).done();
    assert_eq!(only.lines().count(), 2);
}

#[test]
fn several_forms_go_to_a_folder() {
    let sandbox = small_store();
    sandbox.run(["export", "--to", "json,csv,json", "-o", "out/all"]).done();
    assert_eq!(files(&sandbox, "out/all"), ["export.csv", "export.json"]);
    sandbox.run(["export", "--to", "json,csv"]).fails(2, &["several files", "-o DIR"]);
    sandbox.run(["export", "--split-by", "agent"]).fails(2, &["--split-by writes several files"]);
    sandbox.run(["export", "--to", "yaml"]).fails(2, &["yaml"]);
    // A file stands where the folder should be.
    sandbox.write("file", "x");
    sandbox.run(["export", "--to", "json,csv", "-o", "file"]).fails(5, &["file"]);
    assert_eq!(std::fs::read(sandbox.path("file")).unwrap(), b"x");
}

#[test]
fn a_failed_export_leaves_no_file() {
    let sandbox = small_store();
    sandbox.run(["export", "--where", "nothing = 1", "-o", "out.csv"]).fails(2, &["nothing"]);
    assert!(!sandbox.path("out.csv").exists());
    let failed = sandbox.run(["export", "--where", "nothing = 1", "--to", "csv,json", "-o", "out"]);
    failed.fails(2, &["nothing"]);
    assert_eq!(files(&sandbox, "out"), [] as [&str; 0]);
}

#[test]
fn a_split_puts_every_record_in_one_file_with_a_safe_name() {
    let sandbox = small_store();
    for (what, names) in [
        ("session", vec!["_none.jsonl", "s.jsonl", "t.jsonl"]),
        ("agent", vec!["%2E.%2Fx.jsonl", "_none.jsonl", "a.jsonl"]),
        // 1,760,000,000 s after 1970 is 2025-10-09 08:53 UTC.
        ("date", vec!["2025-10-09.jsonl", "2025-10-10.jsonl"]),
    ] {
        sandbox.run(["export", "--split-by", what, "-o", what]).done();
        assert_eq!(files(&sandbox, what), names);
        let mut lines: Vec<String> = Vec::new();
        for name in names {
            let text = std::fs::read_to_string(sandbox.path(&format!("{what}/{name}"))).unwrap();
            assert!(!text.is_empty(), "{name}");
            lines.extend(text.lines().map(str::to_owned));
        }
        let whole = sandbox.run(["export"]).done();
        let mut expected: Vec<&str> = whole.lines().collect();
        expected.sort_unstable();
        lines.sort_unstable();
        assert_eq!(lines, expected, "by {what}");
    }
    let one = std::fs::read_to_string(sandbox.path("agent/%2E.%2Fx.jsonl")).unwrap();
    let row: Value = serde_json::from_str(&one).unwrap();
    assert_eq!((row["id"].as_str(), row["agent"].as_str()), (Some("e2"), Some("../x")));
}

/// Python reads what was written: its own csv and json, and pyarrow for the binary forms.
#[test]
fn python_reads_the_rows_back() {
    let Some(program) = python(&["pyarrow"]) else { return };
    let sandbox = full_store();
    sandbox.run(["export", "--to", "json,jsonl,csv,tsv,parquet,arrow", "-o", "rows"]).done();
    let said = run_script(&program, "read_rows.py", &sandbox.path("rows"));
    let said: BTreeMap<String, Value> = serde_json::from_str(&said).unwrap();
    let count = sandbox.rows(&["sql", "SELECT COUNT(*) AS n, SUM(input_tokens) AS t FROM records"]);
    assert!(count[0]["n"].as_i64().unwrap() > 1500);
    assert_eq!(said.len(), 6);
    for (form, found) in said {
        assert_eq!(found["rows"], count[0]["n"], "{form}");
        assert_eq!(found["input_tokens"], count[0]["t"], "{form}");
    }
}

#[test]
fn every_form_takes_no_record_and_every_record() {
    let sandbox = full_store();
    let names: Vec<&str> = exporters::ALL.iter().map(|exporter| exporter.name()).collect();
    let all = names.join(",");
    sandbox.run(["export", "--to", &all, "--agent", "nobody", "-o", "empty"]).done();
    sandbox.run(["export", "--to", &all, "-o", "full"]).done();
    sandbox.run(["export", "--to", &all, "-o", "twice", "--threads", "1"]).done();
    assert_eq!(files(&sandbox, "empty").len(), names.len());
    for exporter in exporters::ALL {
        let read = |folder: &str| {
            let path = sandbox.path(&format!("{folder}/export.{}", exporter.ending()));
            std::fs::read(path).unwrap()
        };
        let bytes = read("full");
        assert!(bytes.len() > read("empty").len(), "{}", exporter.name());
        assert!(bytes == read("twice"), "{}", exporter.name());
    }
}
