//! How the program behaves: exit codes, what goes where, pipes, colours, settings and signals.

use super::runner::{Sandbox, events, run_fixture};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

fn run_store() -> Sandbox {
    Sandbox::with_store([run_fixture()])
}

#[test]
fn exit_codes_are_kept() {
    let sandbox = run_store();
    // 0, and 1 when the answer is no and somebody asked.
    assert_eq!(sandbox.run(["query", "--agent", "nobody"]).done(), "");
    assert_eq!(sandbox.run(["query", "--agent", "nobody", "--exit-code"]).ends(1, &[]), "");
    let _ = sandbox.run(["query", "--agent", "coder", "--exit-code"]).done();
    let no = sandbox.run(["errors", "--agent", "nobody", "--exit-code"]).ends(1, &[]);
    let report: Value = serde_json::from_str(&no).unwrap();
    assert_eq!(report["rows"], json!([]));
    // 2: usage.
    sandbox
        .run(["query", "--agnet", "x"])
        .fails(2, &["unexpected argument '--agnet'", "'--agent'"]);
    sandbox.run(["qeury"]).fails(2, &["'qeury'", "'query'"]);
    sandbox.run(["query", "--limit", "x"]).fails(2, &["--limit"]);
    sandbox.run(["query", "--format", "yaml"]).fails(2, &["yaml", "jsonl"]);
    sandbox.run([] as [&str; 0]).fails(2, &["Usage: tracekit"]);
    let both = ["query", "--store", "s", "--input", "x"];
    sandbox.run(both).fails(2, &["--input", "cannot be used with"]);
    // 3: the input is worse than allowed.
    sandbox.write("bad.jsonl", format!("{}oops\n", events("x", 1)));
    sandbox.run(["ingest", "bad.jsonl", "--strict"]).fails(3, &["1 of 2 lines"]);
    // 5: the system refuses.
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = sandbox.command(["query"]);
    let output = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("error: cannot write to standard output"), "{said}");
    sandbox.run(["query", "-o", "/dev/full"]).fails(5, &["cannot write to `/dev/full`"]);
    sandbox.run(["query", "-o", "no/such/folder"]).fails(5, &["`no/such/folder`"]);
}

#[test]
fn a_store_that_is_not_there_is_told_with_a_way_out() {
    let sandbox = Sandbox::new();
    for command in
        [&["query"][..], &["agents"], &["sql", "SELECT 1"], &["show", "x"], &["trace", "x"]]
    {
        let parts = ["error: no store at `.tracekit`", "hint: `tracekit ingest", "hint: --input"];
        sandbox.run(command).fails(2, &parts);
    }
    sandbox.write("plain/file.txt", "x");
    sandbox.run(["query", "--store", "plain"]).fails(2, &["`plain`", "hint: "]);
    sandbox.run(["query", "--store", "plain/file.txt"]).fails(2, &["plain/file.txt"]);
    sandbox.run(["ingest", "missing.jsonl"]).fails(2, &["cannot read `missing.jsonl`"]);
    sandbox.run(["query", "--input", "missing.jsonl"]).fails(2, &["cannot read `missing.jsonl`"]);
    assert!(!sandbox.path(".tracekit").exists());
}

#[test]
fn a_damaged_store_is_told() {
    let sandbox = run_store();
    let log = sandbox.path(".tracekit/_delta_log");
    let mut commits: Vec<_> =
        std::fs::read_dir(log).unwrap().map(|entry| entry.unwrap().path()).collect();
    commits.sort();
    std::fs::write(commits.last().unwrap(), "{\"add\":").unwrap();
    sandbox.run(["query"]).fails(4, &["error: ", "damaged"]);
    sandbox.run(["agents"]).fails(4, &["damaged"]);
}

#[test]
fn data_goes_to_stdout_and_the_rest_to_stderr() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", events("x", 2));
    assert_eq!(
        sandbox.run(["ingest", "a.jsonl"]).says(&["2 records (2 events) from 1 source"]),
        ""
    );
    assert_eq!(sandbox.run(["ingest", "a.jsonl", "-q"]).done(), "");
    let summary = sandbox.run(["ingest", "a.jsonl", "--format", "json"]).json();
    assert_eq!(summary["records"], 0);
    let detail = sandbox.run(["ingest", "a.jsonl", "-v", "--store", "other"]);
    assert_eq!(detail.says(&["`a.jsonl`: claude-flow, 2 lines"]), "");
    for args in [&["--help"][..], &["query", "--help"], &["help", "ingest"], &["--version"]] {
        assert!(!sandbox.run(args).done().is_empty());
    }
    let written = sandbox.run(["query", "--columns", "id", "-o", "-"]).done();
    assert_eq!(written, "{\"id\":\"x0\"}\n{\"id\":\"x1\"}\n");
}

/// Rows are JSON lines and analyses JSON where nobody looks and nobody says otherwise.
#[test]
fn formats_have_their_order_of_precedence() {
    let sandbox = run_store();
    let head = |run: super::runner::Run| run.run().done().chars().next();
    assert_eq!(head(sandbox.tracekit(["query", "--limit", "1"])), Some('{'));
    assert_eq!(
        head(sandbox.tracekit(["query", "--limit", "1"]).env("TRACEKIT_FORMAT", "json")),
        Some('[')
    );
    let flag = ["query", "--limit", "1", "--columns", "id", "--format", "csv"];
    assert_eq!(head(sandbox.tracekit(flag).env("TRACEKIT_FORMAT", "json")), Some('i'));
    sandbox.write("tracekit.toml", "format = \"md\"\n");
    assert_eq!(head(sandbox.tracekit(["query", "--limit", "1"])), Some('|'));
    assert_eq!(
        head(sandbox.tracekit(["query", "--limit", "1"]).env("TRACEKIT_FORMAT", "json")),
        Some('[')
    );
    sandbox.write("deep/er/x", "");
    let below = sandbox.tracekit(["query", "--limit", "1", "--store", "../../.tracekit"]);
    assert_eq!(head(below.below(&sandbox.path("deep/er"))), Some('|'));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", events("x", 20_000));
    let _ = sandbox.ingest(["a.jsonl"]);
    let mut command = sandbox.command(["query"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut line).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["id"], "x0");
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]));
}

#[test]
fn colours_are_for_terminals_unless_forced() {
    let sandbox = run_store();
    let has_color = |args: &[&str], variables: &[(&str, &str)]| {
        let all = ["query", "--format", "table", "--limit", "2"].iter().chain(args);
        let run = sandbox.tracekit(all);
        let run = variables.iter().fold(run, |run, (name, value)| run.env(name, value));
        run.run().done().contains('\u{1b}')
    };
    assert!(!has_color(&[], &[]));
    assert!(has_color(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!has_color(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!has_color(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(has_color(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!has_color(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    let said = sandbox.tracekit(["query", "nothing"]).env("CLICOLOR_FORCE", "1").run();
    said.fails(2, &["\u{1b}[1m"]);
    let said = sandbox.run(["query", "nothing"]);
    assert!(!said.stderr().contains('\u{1b}'));
    said.fails(2, &["error: "]);
    // Formats for programs are never coloured.
    let json = sandbox.tracekit(["agents"]).env("CLICOLOR_FORCE", "1").run().done();
    assert!(!json.contains('\u{1b}'));
}

/// What stands in data or in a file's name must not command the terminal.
#[test]
fn control_characters_from_data_are_shown_not_sent() {
    let sandbox = Sandbox::new();
    let hostile = events("x", 1).replace("\"a\"", "\"\\u001b[2Jme\\u202e\"");
    sandbox.write("a.jsonl", hostile);
    for format in ["table", "md"] {
        let args = ["query", "--input", "a.jsonl", "--columns", "agent", "--format", format];
        let text = sandbox.run(args).done();
        assert!(!text.contains(['\u{1b}', '\u{202e}']) && text.contains("me"), "{text:?}");
    }
    let said = sandbox.run(["ingest", "\u{1b}[2Jmissing"]);
    assert!(!said.stderr().contains('\u{1b}'), "{:?}", said.stderr());
    said.fails(2, &["missing"]);
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let sandbox = run_store();
    sandbox.write("answer.csv", "old");
    sandbox.run(["query", "--columns", "agnet", "-o", "answer.csv"]).fails(2, &["`agnet`"]);
    assert_eq!(std::fs::read(sandbox.path("answer.csv")).unwrap(), b"old");
    let args = ["query", "--columns", "id", "--limit", "1", "--format", "csv", "-o", "answer.csv"];
    assert_eq!(sandbox.run(args).done(), "");
    assert_eq!(std::fs::read(sandbox.path("answer.csv")).unwrap(), b"id\nev-01\n");
    let names: Vec<_> = std::fs::read_dir(sandbox.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 2, "the store and the answer: {names:?}");
}

#[test]
fn settings_have_their_order_and_are_shown_with_their_origin() {
    let sandbox = Sandbox::new();
    std::fs::create_dir_all(sandbox.home().join(".config/tracekit")).unwrap();
    let user = sandbox.home().join(".config/tracekit/config.toml");
    std::fs::write(&user, "threads = 2\nmax_errors = \"5%\"\ncolor = \"never\"\n").unwrap();
    sandbox.write("tracekit.toml", "threads = 3\nstore = \"traces\"\n[mapping]\ntime = \"ts\"\n");
    let args = ["config", "--color", "always"];
    let report = sandbox.tracekit(args).env("TRACEKIT_ASSUME_TZ", "UTC").run().json();
    let setting = |key: &str| {
        let mut rows = report["rows"].as_array().unwrap().iter();
        let row = rows.find(|row| row["key"] == key).unwrap();
        let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
        (text("value"), text("origin"))
    };
    let pair = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    assert_eq!(setting("color"), pair("always", "--color"));
    assert_eq!(setting("assume_tz"), pair("UTC", "TRACEKIT_ASSUME_TZ"));
    assert_eq!(setting("max_errors"), pair("5%", user.to_str().unwrap()));
    assert_eq!(setting("max_line_bytes"), pair("16MiB", "default"));
    for key in ["threads", "store", "mapping.time"] {
        assert!(setting(key).1.ends_with("work/tracekit.toml"), "{key}: {:?}", setting(key));
    }
    assert_eq!(setting("threads").0, "3");
    // The settings are used: the store lies beside the file.
    sandbox.write("a.jsonl", events("x", 1));
    let _ = sandbox.ingest(["a.jsonl"]);
    assert!(sandbox.path("traces/_delta_log").is_dir());
    let ingest = sandbox.tracekit(["ingest", "a.jsonl", "-q"]).env("TRACEKIT_STORE", "elsewhere");
    let _ = ingest.run().done();
    assert!(sandbox.path("elsewhere/_delta_log").is_dir());
    sandbox.write("tracekit.toml", "\ncolour = \"never\"\n");
    sandbox.run(["config"]).fails(2, &["`colour`", "tracekit.toml:2", "did you mean `color`?"]);
}

/// Waits until `is_met`, for half a minute at most.
#[track_caller]
fn wait_until(what: &str, mut is_met: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_met() {
        assert!(begin.elapsed() < Duration::from_secs(30), "still waiting for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Starts the program so that it reads standard input and never sees its end.
fn start_reading(sandbox: &Sandbox, args: &[&str]) -> Child {
    let mut command = sandbox.command(args);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(events("x", 10).as_bytes()).unwrap();
    child
}

fn send(child: &Child, signal: &str) {
    let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn a_signal_ends_reading_and_leaves_no_temporary_folder() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let sandbox = Sandbox::new();
        let mut child = start_reading(&sandbox, &["query", "--input", "-"]);
        wait_until("a temporary folder", || !sandbox.temporary_files().is_empty());
        send(&child, signal);
        wait_until("the end", || child.try_wait().unwrap().is_some());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        assert!(sandbox.temporary_files().is_empty(), "{:?}", sandbox.temporary_files());
    }
}

#[test]
fn a_signal_ends_ingesting_and_nothing_half_done_stays() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let sandbox = Sandbox::new();
        sandbox.write("a.jsonl", events("a", 3));
        let _ = sandbox.ingest(["a.jsonl"]);
        let mut child = start_reading(&sandbox, &["ingest", "-"]);
        std::thread::sleep(Duration::from_millis(300));
        send(&child, signal);
        wait_until("the end", || child.try_wait().unwrap().is_some());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(sandbox.count("records"), 3);
        let staged = std::fs::read_dir(sandbox.path(".tracekit/_tracekit/tmp")).unwrap().count();
        assert_eq!(staged, 0);
    }
}
