//! Files of real tools, where `TRACEKIT_REAL_DATA` names a folder of them: every line is accounted
//! for.
//!
//! Nothing of them is kept here; without the variable this says so and does nothing.

use super::runner::Sandbox;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Where files of the formats that are read lie below the folder, with their format.
const PLACES: [(&str, &str); 10] = [
    ("otel-proto", "otlp"),
    ("jaeger/otlp2jaeger-in.json", "otlp"),
    ("jaeger/otlp2jaeger-out.json", "jaeger"),
    ("jaeger/ui_01.json", "jaeger"),
    ("jaeger-ui", "jaeger"),
    ("claude-code-log", "claude-code"),
    ("claude-code-viewer", "claude-code"),
    ("agtrace/claude_session.jsonl", "claude-code"),
    ("agtrace/claude_agent.jsonl", "claude-code"),
    ("ccusage", "claude-code"),
];

/// The trace files at or below `path`.
fn trace_files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for entry in entries {
            trace_files(&entry, found);
        }
    } else if path.extension().is_some_and(|end| end == "jsonl" || end == "json") {
        found.push(path.to_owned());
    }
}

fn sum(object: &Value) -> u64 {
    object.as_object().unwrap().values().filter_map(Value::as_u64).sum()
}

/// Ingests one file by itself; what is wrong, and its row of the table.
fn check(file: &Path, format: &str) -> (String, Option<String>) {
    let sandbox = Sandbox::new();
    let name = file.to_str().unwrap();
    let summary = sandbox.ingest([name, "--from", format, "--max-errors", "100%"]);
    let of = |name: &str| summary[name].as_u64().unwrap();
    let sql = "SELECT COUNT(DISTINCT source_offset) AS n FROM records";
    let with_records = sandbox.rows(&["sql", sql])[0]["n"].as_u64().unwrap();
    let rejected_lines = sandbox.rows(&["query", "rejects", "--columns", "line"]);
    let mut rejected: Vec<u64> =
        rejected_lines.iter().map(|row| row["line"].as_u64().unwrap()).collect();
    rejected.dedup();
    let row = format!(
        "{:>6} lines {with_records:>6} with records {:>5} rejected {:>5} skipped {:>4} blank {:>6} records  {name}",
        of("lines"),
        rejected.len(),
        sum(&summary["skipped"]),
        of("blank"),
        of("records"),
    );
    let text = std::fs::read_to_string(file).unwrap();
    // A document is one line over many; its records stand at its start.
    let is_document = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .is_some_and(|line| serde_json::from_str::<Value>(line).is_err());
    let accounted = with_records + rejected.len() as u64 + sum(&summary["skipped"]) + of("blank");
    let problem = if is_document {
        (of("rejected") > 0 || of("records") == 0)
            .then(|| format!("a document without records: {row}"))
    } else {
        let lines = text.lines().count() as u64;
        (of("lines") != lines || accounted != lines)
            .then(|| format!("{lines} lines in the file: {row}"))
    };
    (row, problem)
}

#[test]
fn every_line_of_real_files_is_accounted_for() {
    let Some(root) = std::env::var_os("TRACEKIT_REAL_DATA").map(PathBuf::from) else {
        eprintln!("skipped: TRACEKIT_REAL_DATA names no folder");
        return;
    };
    let mut problems = Vec::new();
    let mut count = 0;
    for (place, format) in PLACES {
        let mut files = Vec::new();
        let path = root.join(place);
        if path.exists() {
            trace_files(&path, &mut files);
        }
        eprintln!("{place}: {} files", files.len());
        for file in files {
            let (row, problem) = check(&file, format);
            eprintln!("{row}");
            problems.extend(problem);
            count += 1;
        }
    }
    assert!(count > 0, "there is no known file below {}", root.display());
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
