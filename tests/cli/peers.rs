//! What other programs say: DuckDB runs every query of ours on the same files, and Python's `deltalake`
//! opens the store.
//!
//! The Python is `TRACEKIT_PYTHON`, else `python3`; where it lacks a package, the check is left out
//! with a word. The scripts are in `tests/peers/`.

use super::runner::{Sandbox, event, events, fixture};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use tracekit::analysis::{self, explain::Dialect};
use tracekit::query::VIEWS;

/// A Python that has these packages; says so where there is none.
pub(super) fn python(packages: &[&str]) -> Option<String> {
    let program = std::env::var("TRACEKIT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let imports: Vec<String> = packages.iter().map(|name| format!("import {name}")).collect();
    let output = Command::new(&program).args(["-c", &imports.join("; ")]).output();
    if output.is_ok_and(|output| output.status.success()) {
        return Some(program);
    }
    eprintln!("skipped: {program} has no {}; TRACEKIT_PYTHON names another", packages.join(", "));
    None
}

/// Runs a script of `tests/peers/`; gives what it prints.
pub(super) fn run_script(program: &str, script: &str, argument: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(script);
    let output = Command::new(program).arg(&script).arg(argument).output().unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{err}", script.display());
    out.into_owned()
}

/// A store with the fixtures and a made-up run.
pub(super) fn full_store() -> Sandbox {
    let sandbox = Sandbox::new();
    let demo = sandbox.run(["demo", "--events", "1500"]).done();
    sandbox.write("demo.jsonl", demo);
    let _ = sandbox.ingest(["demo.jsonl", &fixture("")]);
    sandbox
}

/// Builds the cases for another engine out of what the program prints.
pub(super) struct Cases<'s> {
    pub(super) sandbox: &'s Sandbox,
    pub(super) filter: &'s [&'s str],
    pub(super) name: &'s str,
    /// The engine, and how `--explain` is told it.
    pub(super) dialect: Dialect,
    pub(super) explain: &'s str,
    pub(super) all: Vec<Value>,
}

impl Cases<'_> {
    /// Writes the rows of a query to a file, and gives its name.
    fn rows(&self, name: &str, query: &str) -> String {
        let args = ["sql", "-", "--format", "json"].iter().chain(self.filter);
        let rows = self.sandbox.tracekit(args).stdin(query).run().done();
        let file = format!("{}-{name}.json", self.name);
        self.sandbox.write(&file, rows);
        file
    }

    fn explain(&self, command: &str) -> String {
        self.sandbox.run([command, self.explain].iter().chain(self.filter)).done()
    }

    fn add(
        &mut self,
        name: &str,
        script: &str,
        query: Option<&str>,
        rows: &[String],
        is_partial: bool,
    ) {
        let file = format!("{}-{name}.sql", self.name);
        self.sandbox.write(&file, script);
        let path = |file: &String| self.sandbox.path(file).to_str().unwrap().to_owned();
        let rows: Vec<String> = rows.iter().map(path).collect();
        self.all.push(json!({
            "name": format!("{} {name}", self.name), "script": path(&file),
            "query": query.map(|query| self.dialect.text(query)),
            "rows": rows, "partial": is_partial,
        }));
    }

    /// Every text of every analysis, as its script runs it.
    pub(super) fn add_analyses(&mut self) {
        let mut known = BTreeMap::new();
        for analysis in analysis::ALL {
            for name in analysis.texts() {
                if !known.contains_key(name) {
                    known.insert(*name, self.rows(name, analysis::text(name)));
                }
            }
            let texts = analysis.texts().iter();
            let rows: Vec<String> = texts.map(|name| known[name].clone()).collect();
            let script = self.explain(analysis.name());
            self.add(analysis.name(), &script, None, &rows, false);
        }
        // `trace` and exports have no scripts of their own; their texts read views that `report` uses.
        let script = self.explain("report");
        for text in analysis::TEXTS.iter().filter(|text| !known.contains_key(text.name)) {
            let rows = [self.rows(text.name, text.sql)];
            self.add(text.name, &script, Some(text.sql), &rows, false);
        }
    }

    /// Every view; those that no script makes are made here, where there is no filter.
    pub(super) fn add_views(&mut self) {
        let mut script = self.explain("report");
        for view in VIEWS {
            let is_made = script.contains(&format!("TEMP VIEW {} AS", view.name));
            if !is_made && !self.filter.is_empty() {
                continue;
            }
            if !is_made {
                let more = format!(
                    "\nCREATE OR REPLACE TEMP VIEW {} AS\nSELECT * FROM (\n{}\n);\n",
                    view.name,
                    self.dialect.text(view.sql)
                );
                script.push_str(&more);
            }
            let query = format!("SELECT * FROM {}", view.name);
            let name = format!("view-{}", view.name);
            let rows = [self.rows(&name, &query)];
            self.add(&name, &script, Some(&query), &rows, !is_made);
        }
    }
}

fn compare_with_duckdb(name: &str, filter: &[&str]) {
    let Some(program) = python(&["duckdb"]) else { return };
    let sandbox = full_store();
    let (dialect, explain) = (Dialect::DuckDb, "--explain");
    let mut cases = Cases { sandbox: &sandbox, filter, name, dialect, explain, all: Vec::new() };
    cases.add_analyses();
    cases.add_views();
    assert!(cases.all.len() > analysis::ALL.len() + 5, "{} cases", cases.all.len());
    // Scripts name files below the current folder.
    for case in &cases.all {
        let path = case["script"].as_str().unwrap();
        let script = std::fs::read_to_string(path).unwrap();
        let root = sandbox.root();
        std::fs::write(
            path,
            script.replace("'.tracekit/", &format!("'{}/.tracekit/", root.display())),
        )
        .unwrap();
    }
    let list = sandbox.write("cases.json", serde_json::to_vec(&cases.all).unwrap());
    eprintln!("{}", run_script(&program, "duckdb_answers.py", &list));
}

#[test]
fn duckdb_gives_the_same_answers() {
    compare_with_duckdb("all", &[]);
}

#[test]
fn duckdb_gives_the_same_answers_through_a_filter() {
    compare_with_duckdb("filtered", &["--agent", "co*", "--agent", "re*", "--no-errors"]);
}

#[test]
fn duckdb_gives_the_same_answers_through_a_condition() {
    let condition =
        "(agent LIKE '%er' OR status IN ('error', 'timeout')) AND NOT (severity = 'low')";
    compare_with_duckdb("condition", &["--where", condition, "--since", "2025-10-09"]);
}

/// Percentiles are numpy's of the nearest rank, for few and many values, odd and even numbers of them,
/// where the rank is whole and where it is not, and among equal values.
#[test]
fn percentiles_are_those_of_numpy() {
    let Some(program) = python(&["numpy"]) else { return };
    let sandbox = Sandbox::new();
    let mut state = 7_u64;
    let mut lists: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut lines = Vec::new();
    for count in (1..=60).chain([99, 100, 101, 200, 400, 1000]) {
        let tool = format!("tool-{count}");
        for i in 0..count {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99_991);
            // Half of the lists have many equal values.
            let millis = 1 + (state >> 33) % if count % 2 == 0 { 20 } else { 1_000_000 };
            let (id, data) = (format!("{tool}-{i}"), |more: &str| {
                format!(r#"{{"taskId":"{tool}-{i}","tool":"{tool}"{more}}}"#)
            });
            let begin = i64::from(i) * 1_000;
            let end = begin + i64::try_from(millis).unwrap();
            lines.push(event(&id, begin, "TASK_START", &data("")));
            lines.push(event(&format!("{id}-end"), end, "TASK_COMPLETE", &data("")));
            lists.entry(tool.clone()).or_default().push(millis * 1_000_000);
        }
    }
    sandbox.write("run.jsonl", lines.join("\n"));
    let _ = sandbox.ingest(["run.jsonl"]);
    let list = sandbox.write("lists.json", serde_json::to_vec(&lists).unwrap());
    let printed = run_script(&program, "percentiles.py", &list);
    let expected: BTreeMap<String, Vec<u64>> = serde_json::from_str(&printed).unwrap();
    let report = sandbox.run(["tools"]).json();
    let found: BTreeMap<String, Vec<u64>> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let names = ["p50_duration_ns", "p95_duration_ns", "p99_duration_ns"];
            let values = names.iter().map(|name| row[*name].as_u64().unwrap());
            (row["tool"].as_str().unwrap().to_owned(), values.collect())
        })
        .collect();
    assert_eq!(found.len(), lists.len());
    assert_eq!(found, expected);
}

/// What tracekit says about its own store, in the words of `read_store.py`.
fn own_figures(sandbox: &Sandbox) -> Value {
    let sql = "SELECT COUNT(*) AS n, SUM(duration_ns) AS duration_ns, SUM(input_tokens) AS input_tokens, \
               SUM(output_tokens) AS output_tokens, SUM(cost_microusd) AS cost_microusd, \
               SUM(source_offset) AS source_offset FROM records";
    let mut sums = sandbox.rows(&["sql", sql])[0].clone();
    let rows = sums.as_object_mut().unwrap().remove("n").unwrap();
    let sql = "SELECT kind, type, COUNT(*) AS n FROM records GROUP BY kind, type";
    let types: BTreeMap<String, Value> = sandbox
        .rows(&["sql", sql])
        .into_iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            (format!("{} {}", text("kind"), text("type")), row["n"].clone())
        })
        .collect();
    json!({"rows": rows, "sums": sums, "types": types})
}

#[track_caller]
fn assert_read_alike(program: &str, sandbox: &Sandbox) {
    let printed = run_script(program, "read_store.py", &sandbox.path(".tracekit"));
    let found: Value = serde_json::from_str(&printed).unwrap();
    let own = own_figures(sandbox);
    assert_eq!(found["delta"], own, "Python's deltalake and tracekit");
    assert_eq!(found["duckdb"], own, "DuckDB and tracekit");
    let schema = sandbox.rows(&["schema", "records", "--columns", "name"]);
    let mut names: Vec<&Value> = schema.iter().map(|row| &row["name"]).collect();
    let mut columns: Vec<&Value> = found["columns"].as_array().unwrap().iter().collect();
    names.sort_by_key(ToString::to_string);
    columns.sort_by_key(ToString::to_string);
    assert_eq!(columns, names);
}

#[test]
fn delta_readers_see_what_is_committed() {
    let Some(program) = python(&["duckdb", "deltalake", "pyarrow"]) else { return };
    let sandbox = full_store();
    assert_read_alike(&program, &sandbox);
    // Also when rows were replaced, and the files of the old ones still lie there.
    sandbox.write("grown.jsonl", events("x", 40));
    let _ = sandbox.ingest(["grown.jsonl"]);
    sandbox.write("grown.jsonl", events("y", 25));
    let _ = sandbox.ingest(["grown.jsonl", "--on-rewrite", "replace"]);
    assert_eq!(sandbox.ids(&["--where", "source = 'grown.jsonl'"]).len(), 25);
    assert_read_alike(&program, &sandbox);
}

/// Another tool may write a checkpoint, which all readers then start from.
#[test]
fn a_checkpoint_of_another_tool_changes_nothing() {
    let Some(program) = python(&["duckdb", "deltalake", "pyarrow"]) else { return };
    let sandbox = Sandbox::new();
    for i in 0..5 {
        sandbox.write(&format!("runs/{i}.jsonl"), events(&format!("r{i}-"), 2));
    }
    assert_eq!(sandbox.ingest(["runs"])["records"], 10);
    let before = sandbox.run(["query"]).done();
    let script = "import sys, deltalake; deltalake.DeltaTable(sys.argv[1]).create_checkpoint()";
    let store = sandbox.path(".tracekit");
    let made = Command::new(&program).args(["-c", script]).arg(&store).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(store.join("_delta_log/_last_checkpoint").exists());
    assert!(sandbox.run(["query"]).done() == before);
    // Which sources there are is known from the checkpoint alone.
    for version in 0..3 {
        std::fs::remove_file(store.join(format!("_delta_log/{version:020}.json"))).unwrap();
    }
    assert_eq!(sandbox.ingest(["runs"])["records"], 0);
    sandbox.write("runs/6.jsonl", events("late", 3));
    assert_eq!(sandbox.ingest(["runs"])["records"], 3);
    assert_read_alike(&program, &sandbox);
}

/// Compaction, replaced sources, retention and collection, each seen by all readers alike.
#[test]
fn delta_readers_see_the_same_after_every_kind_of_upkeep() {
    let Some(program) = python(&["duckdb", "deltalake", "pyarrow"]) else { return };
    let sandbox = full_store();
    for file in ["x", "y", "z"] {
        sandbox.write(&format!("{file}.jsonl"), events(file, 30));
        let _ = sandbox.ingest([format!("{file}.jsonl")]);
    }
    let store = |args: &[&str]| sandbox.run(["store"].iter().chain(args).chain(&["-q"])).done();
    let rows = sandbox.count("records");
    store(&["compact"]);
    assert_eq!(sandbox.count("records"), rows);
    assert_read_alike(&program, &sandbox);
    // A source of a shared file is replaced; the others stay.
    sandbox.write("y.jsonl", events("other", 12));
    let _ = sandbox.ingest(["y.jsonl", "--on-rewrite", "replace"]);
    assert_eq!(sandbox.count("records"), rows - 18);
    assert_read_alike(&program, &sandbox);
    store(&["compact"]);
    store(&["retain", "--max-records", "1000", "--exact"]);
    assert!(sandbox.count("records") <= 1000);
    assert_read_alike(&program, &sandbox);
    store(&["gc", "--older-than", "0s"]);
    assert_read_alike(&program, &sandbox);
    assert_eq!(sandbox.ingest(["x.jsonl", "y.jsonl", "z.jsonl"])["records"], 0);
}

/// tracekit's own checkpoint stands for the commits before it, for every reader.
#[test]
fn our_checkpoint_is_read_by_others() {
    let Some(program) = python(&["duckdb", "deltalake", "pyarrow"]) else { return };
    let sandbox = Sandbox::new();
    for i in 0..99 {
        sandbox.write(&format!("runs/{i}.jsonl"), events(&format!("r{i}-"), 2));
    }
    assert_eq!(sandbox.ingest(["runs"])["records"], 198);
    let log = sandbox.path(".tracekit/_delta_log");
    assert!(!log.join("_last_checkpoint").exists());
    // Commit 100 removes files, too.
    let _ = sandbox.run(["store", "compact", "-q"]).done();
    assert!(log.join("00000000000000000100.checkpoint.parquet").exists());
    assert!(std::fs::read_to_string(log.join("_last_checkpoint")).unwrap().contains("100"));
    sandbox.write("runs/late.jsonl", events("late", 3));
    assert_eq!(sandbox.ingest(["runs"])["records"], 3);
    assert_read_alike(&program, &sandbox);
    let before = sandbox.run(["query"]).done();
    // Only the checkpoint can tell now.
    for version in 0..=100 {
        std::fs::remove_file(log.join(format!("{version:020}.json"))).unwrap();
    }
    assert!(sandbox.run(["query"]).done() == before);
    assert_read_alike(&program, &sandbox);
    assert_eq!(sandbox.ingest(["runs"])["records"], 0);
    sandbox.write("runs/7.jsonl", events("seven", 1));
    assert_eq!(sandbox.ingest(["runs", "--on-rewrite", "replace"])["records"], 1);
    assert_eq!(sandbox.count("records"), 200);
    assert_read_alike(&program, &sandbox);
}
