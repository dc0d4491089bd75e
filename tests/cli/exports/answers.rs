//! Analyses as files: what their commands write, a file for each analysis, form and table.

use super::super::peers::full_store;
use super::super::runner::Sandbox;
use super::{files, small_store};
use tracekit::analysis;

fn read(sandbox: &Sandbox, path: &str) -> Vec<u8> {
    std::fs::read(sandbox.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Text tells more where it differs.
fn assert_same(found: &[u8], expected: &[u8], what: &str) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]).into_owned();
    assert!(found == expected, "{what}:\n{}\n---\n{}", text(found), text(expected));
}

#[test]
fn every_analysis_is_what_its_command_writes() {
    let sandbox = Sandbox::new();
    let demo = sandbox.run(["demo", "--events", "1200"]).done();
    sandbox.write("demo.jsonl", demo);
    let _ = sandbox.ingest(["demo.jsonl"]);
    let export = |of: &[&str], to: &str| {
        sandbox.run(["export", "--of", &of.join(","), "--to", to, "-o", "all"]).done();
    };
    let check = |name: &str, form: &str| {
        let own = sandbox.run([name, "--format", form]);
        assert_eq!(own.code(), Some(0), "{}", own.stderr());
        let found = read(&sandbox, &format!("all/{name}.{form}"));
        assert_same(&found, own.stdout(), &format!("{name} {form}"));
    };
    let names: Vec<&str> = analysis::ALL.iter().map(|analysis| analysis.name()).collect();
    export(&names, "csv");
    for name in &names {
        check(name, "csv");
    }
    let four = ["bottlenecks", "trends", "anomalies", "health"];
    export(&four, "json,html");
    for name in four {
        check(name, "json");
    }
    check("trends", "html");
    // People see less of these, and more in words.
    let drawn = ["bottlenecks", "health", "critical-path", "errors", "loops", "tokens"];
    export(&drawn, "md");
    for name in drawn {
        check(name, "md");
    }
    assert!(read(&sandbox, "all/bottlenecks.csv").len() > 300);
    sandbox
        .run(["export", "--of", "bottlenecks,agents", "--to", "parquet,arrow", "-o", "binary"])
        .done();
    let own = sandbox.run(["bottlenecks", "--format", "parquet"]);
    assert_same(&read(&sandbox, "binary/bottlenecks.parquet"), own.stdout(), "parquet");
}

#[test]
fn each_further_table_has_a_file_of_its_own() {
    let sandbox = full_store();
    let run = ["export", "--of", "health,sessions", "--to", "csv,json", "-o", "out"];
    sandbox.run(run).done();
    let whole: serde_json::Value =
        serde_json::from_slice(&read(&sandbox, "out/health.json")).unwrap();
    let lists = whole.as_object().unwrap().iter().filter(|(_, value)| value.is_array());
    let lists = lists.filter(|(key, _)| !matches!(key.as_str(), "rows" | "notices" | "summary"));
    let mut expected: Vec<String> = lists.map(|(key, _)| format!("health.{key}.csv")).collect();
    assert!(expected.len() > 1, "{whole}");
    expected
        .extend(["health.csv", "health.json", "sessions.csv", "sessions.json"].map(str::to_owned));
    expected.sort();
    assert_eq!(files(&sandbox, "out"), expected);
    // A row of the CSV is a row of the JSON.
    let issues = whole["issues"].as_array().unwrap();
    let text = String::from_utf8(read(&sandbox, "out/health.issues.csv")).unwrap();
    let mut lines = csv::Reader::from_reader(text.as_bytes());
    let headers = lines.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = lines.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), issues.len());
    for (row, issue) in rows.iter().zip(issues) {
        for (name, cell) in headers.iter().zip(row) {
            if let Some(text) = issue[name].as_str() {
                assert_eq!(cell, text, "{name}");
            }
        }
    }
}

#[test]
fn records_and_analyses_go_together() {
    let sandbox = small_store();
    let run = ["export", "--of", "records,agents", "--to", "csv,html", "-o", "out"];
    sandbox.run(run).done();
    assert_eq!(files(&sandbox, "out"), ["agents.csv", "agents.html", "export.csv"]);
    sandbox.run(["export", "--to", "json,csv,html", "-o", "page"]).done();
    assert_eq!(files(&sandbox, "page"), ["export.csv", "export.json", "report.html"]);
    let own = sandbox.run(["report", "--html"]);
    assert_same(&read(&sandbox, "page/report.html"), own.stdout(), "the page");
    // One alone goes to a file, to standard output, or into a folder that is named as one.
    sandbox.run(["export", "--of", "agents", "-o", "agents.csv"]).done();
    assert_same(&read(&sandbox, "agents.csv"), &read(&sandbox, "out/agents.csv"), "a file");
    let out = sandbox.run(["export", "--of", "agents", "--to", "csv"]);
    assert_same(out.stdout(), &read(&sandbox, "out/agents.csv"), "standard output");
    sandbox.run(["export", "--of", "agents", "--to", "csv", "-o", "one/"]).done();
    assert_eq!(files(&sandbox, "one"), ["agents.csv"]);
    sandbox
        .run(["export", "--of", "trends,agents", "--to", "csv"])
        .fails(2, &["several files", "-o DIR"]);
    sandbox
        .run(["export", "--of", "trends", "--to", "chrome"])
        .fails(2, &["no form of trends", "written as json"]);
    sandbox
        .run(["export", "--of", "records", "--to", "md"])
        .fails(2, &["no form of records", "--of report"]);
    sandbox.run(["export", "--of", "trend", "--to", "csv"]).fails(2, &["trend", "trends"]);
}

#[test]
fn filters_and_splits_hold_for_analyses() {
    let sandbox = small_store();
    let run =
        ["export", "--of", "records,agents", "--to", "csv", "--split-by", "session", "-o", "by"];
    sandbox.run(run).done();
    let names = ["_none.csv", "_none@agents.csv", "s.csv", "s@agents.csv", "t.csv", "t@agents.csv"];
    assert_eq!(files(&sandbox, "by"), names);
    let own = sandbox.run(["agents", "--format", "csv", "--session", "s"]);
    assert_same(&read(&sandbox, "by/s@agents.csv"), own.stdout(), "a session");
    let one = sandbox.run(["export", "--of", "agents", "--to", "csv", "--agent", "../x"]).done();
    assert_eq!(one.lines().count(), 2, "{one}");
    let trace = ["critical-path", "--session", "s", "--format", "json"];
    let export = ["export", "--of", "critical-path", "--session", "s"];
    assert_eq!(sandbox.run(export).done(), sandbox.run(trace).done());
}

#[test]
fn settings_hold_and_a_failure_leaves_no_file() {
    let sandbox = full_store();
    sandbox.write("tracekit.toml", "[bottlenecks]\nmin_impact = 60\n");
    let few = sandbox.run(["export", "--of", "bottlenecks", "--to", "csv"]).done();
    let alone = sandbox.run(["bottlenecks", "--format", "csv"]);
    assert_eq!(few, alone.says(&["no bottleneck has an impact of 60 or more"]));
    sandbox.write("tracekit.toml", "");
    let all = sandbox.run(["export", "--of", "bottlenecks", "--to", "csv"]).done();
    assert!(all.lines().count() > few.lines().count(), "{all}");
    let run =
        ["export", "--of", "agents,health", "--to", "csv", "--where", "nothing = 1", "-o", "x"];
    sandbox.run(run).fails(2, &["nothing"]);
    assert_eq!(files(&sandbox, "x"), [] as [&str; 0]);
}

#[test]
fn answers_are_redacted_too() {
    let sandbox = Sandbox::new();
    let line = |id: &str, agent: &str, millis: i64| {
        format!(
            r#"{{"id":"{id}","type":"TASK_FAIL","agentId":"{agent}","swarmId":"s","timestamp":{millis},"data":{{"taskId":"{id}","errorType":"Refused","errorMessage":"no mail for ann@example.com at all"}}}}"#
        )
    };
    let lines =
        [line("1", "ben@example.com", 1_760_000_000_000), line("2", "b", 1_760_000_001_000)];
    sandbox.write("a.jsonl", lines.join("\n") + "\n");
    let _ = sandbox.ingest(["a.jsonl"]);
    let forms = ["json", "csv", "md", "html"];
    let run = |folder: &'static str, more: &[&str]| {
        let args =
            ["export", "--of", "errors,agents,report", "--to", "json,csv,md,html", "-o", folder];
        let run = sandbox.run(args.iter().chain(more));
        assert_eq!(run.code(), Some(0), "{}", run.stderr());
    };
    run("plain", &[]);
    run("kept", &["--redact", "email"]);
    let holds = |folder: &str, text: &str| {
        let names = files(&sandbox, folder);
        let names = names.iter().filter(|name| forms.iter().any(|form| name.ends_with(form)));
        let texts =
            names.map(|name| String::from_utf8(read(&sandbox, &format!("{folder}/{name}"))));
        texts.filter(|found| found.as_ref().unwrap().contains(text)).count()
    };
    assert!(holds("plain", "ben@example.com") >= 4);
    assert_eq!(holds("kept", "@example.com"), 0);
    assert!(holds("kept", "email") >= 4);
}
