//! What gets into the store: counts that add up, formats and compressions, and every way to ingest
//! again.
//!
//! Bad lines are for [`super::broken`].

use super::runner::{Sandbox, event, events, fixture, run_fixture};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

/// A fixture, counted by hand: its lines; of these those that became records, those that are skipped,
/// and those that hold nothing but repetitions; and rejects.
type Fixture = (&'static str, u64, u64, u64, u64, u64);

const FIXTURES: [Fixture; 16] = [
    ("claude-code/agent-7c1d9e02.jsonl", 4, 4, 0, 0, 0),
    ("claude-code/resumed.jsonl", 8, 5, 3, 0, 0),
    ("claude-code/session.jsonl", 24, 22, 2, 0, 0),
    ("claude-flow-metrics/dashboard.jsonl", 7, 6, 1, 0, 0),
    ("claude-flow/run.jsonl", 24, 24, 0, 0, 0),
    // Line 9 holds a repetition and an event without a time.
    ("claude-flow/websocket.jsonl", 9, 4, 2, 1, 2),
    ("generic/hotel.jsonl", 4, 4, 0, 0, 0),
    // One document; all its records stand at its start.
    ("jaeger/bridge.json", 117, 1, 0, 0, 0),
    ("jaeger/old.jsonl", 2, 2, 0, 0, 0),
    ("langswarm/bakery.jsonl", 4, 4, 0, 0, 0),
    ("mplp/harbour.jsonl", 6, 6, 0, 0, 0),
    ("myagent/library.jsonl", 7, 7, 0, 0, 0),
    // One document, too.
    ("otlp/document.json", 68, 1, 0, 0, 0),
    ("otlp/mixed.jsonl", 5, 5, 0, 0, 0),
    ("otlp/openinference.jsonl", 2, 2, 0, 0, 0),
    ("otlp/traces.jsonl", 3, 3, 0, 0, 0),
];

/// The sum of the numbers in an object.
fn sum(object: &Value) -> u64 {
    object.as_object().unwrap().values().map(|value| value.as_u64().unwrap()).sum()
}

#[test]
fn every_line_of_the_fixtures_is_accounted_for() {
    let sandbox = Sandbox::new();
    let summary = sandbox.ingest([fixture("")]);
    let total = |of: fn(&Fixture) -> u64| FIXTURES.iter().map(of).sum::<u64>();
    assert_eq!(summary["sources"], 16);
    assert_eq!(summary["lines"], total(|row| row.1));
    assert_eq!(sum(&summary["skipped"]), total(|row| row.3));
    assert_eq!(summary["rejected"], total(|row| row.5));
    assert_eq!(summary["blank"], 0);
    let kinds = ["events", "spans", "logs", "metrics"].map(|kind| summary[kind].as_u64().unwrap());
    assert_eq!(summary["records"], kinds.iter().sum::<u64>());
    assert_eq!(sandbox.count("records"), kinds.iter().sum::<u64>());
    assert_eq!(sandbox.count("events"), kinds[0]);
    assert_eq!(sandbox.count("metrics"), kinds[3]);
    let sql = "SELECT source, COUNT(DISTINCT source_offset) AS n FROM records GROUP BY source";
    let rows = sandbox.rows(&["sql", sql, "--format", "jsonl"]);
    let places: BTreeMap<String, u64> = rows
        .iter()
        .map(|row| (row["source"].as_str().unwrap().to_owned(), row["n"].as_u64().unwrap()))
        .collect();
    for (name, lines, records, skipped, repeated, rejected) in FIXTURES {
        let text = std::fs::read_to_string(fixture(name)).unwrap();
        assert_eq!(text.lines().count() as u64, lines, "{name}");
        let place = places.iter().find(|(source, _)| source.ends_with(name));
        assert_eq!(place.map(|(_, count)| *count), Some(records), "{name}");
        let is_document = ["jaeger/bridge.json", "otlp/document.json"].contains(&name);
        let others = if is_document { lines - 1 } else { 0 };
        assert_eq!(records + skipped + repeated + rejected + others, lines, "{name}");
    }
}

#[test]
fn a_second_time_adds_nothing() {
    let sandbox = Sandbox::new();
    let first = sandbox.ingest([fixture("")]);
    let before = sandbox.count("records");
    let again = sandbox.run(["ingest", &fixture("")]);
    assert_eq!(again.says(&["0 new records (already ingested)"]), "");
    let summary = sandbox.ingest([fixture("")]);
    assert_eq!((&summary["records"], &summary["files_written"]), (&0.into(), &0.into()));
    assert_eq!(summary["unchanged"], first["sources"]);
    assert_eq!(sandbox.count("records"), before);
}

#[test]
fn a_longer_file_adds_its_tail() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", events("x", 5));
    assert_eq!(sandbox.ingest(["a.jsonl"])["records"], 5);
    sandbox.write("a.jsonl", events("x", 8));
    let summary = sandbox.ingest(["a.jsonl"]);
    assert_eq!((&summary["records"], &summary["lines"]), (&3.into(), &3.into()));
    assert_eq!(sandbox.ids(&[]), ["x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7"]);
    // Offsets go on from the start of the file.
    let rows =
        sandbox.rows(&["query", "--columns", "source_offset", "--limit", "2", "--offset", "4"]);
    let length = events("x", 5).len();
    assert_eq!(rows[1]["source_offset"], length);
    assert_eq!(rows[0]["source_offset"], events("x", 4).len());
}

#[test]
fn lines_of_a_tail_are_numbered_from_the_start_of_the_file() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", events("x", 5));
    let _ = sandbox.ingest(["a.jsonl"]);
    sandbox.write("a.jsonl", events("x", 6) + "broken\n" + &events("y", 1));
    assert_eq!(sandbox.ingest(["a.jsonl"])["rejected"], 1);
    let rejects = sandbox.rows(&["query", "rejects"]);
    assert_eq!((&rejects[0]["line"], &rejects[0]["excerpt"]), (&7.into(), &"broken".into()));
    assert_eq!(rejects[0]["source_offset"], events("x", 6).len());
}

#[test]
fn a_longer_file_that_is_assembled_replaces_its_rows() {
    let sandbox = Sandbox::new();
    let text = std::fs::read_to_string(fixture("claude-code/session.jsonl")).unwrap();
    let half = text.lines().take(12).fold(String::new(), |all, line| all + line + "\n");
    sandbox.write("s.jsonl", &half);
    assert!(sandbox.ingest(["s.jsonl"])["records"].as_u64() > Some(0));
    sandbox.write("s.jsonl", &text);
    let _ = sandbox.ingest(["s.jsonl"]);
    let grown = sandbox.run(["query"]).done();
    let whole = Sandbox::new();
    whole.write("s.jsonl", &text);
    let _ = whole.ingest(["s.jsonl"]);
    assert!(whole.run(["query"]).done() == grown, "{grown}");
}

#[test]
fn a_rewritten_file_is_refused_appended_or_put_in_its_place() {
    let new = "y0 y1 y2".split(' ').map(str::to_owned).collect::<Vec<_>>();
    for (choice, expected) in [("append", 5 + 3), ("replace", 3)] {
        let sandbox = Sandbox::new();
        sandbox.write("a.jsonl", events("x", 5));
        let _ = sandbox.ingest(["a.jsonl"]);
        sandbox.write("a.jsonl", events("y", 3));
        let refused = sandbox.run(["ingest", "a.jsonl"]);
        refused.fails(3, &["error: `a.jsonl` was rewritten", "hint: --on-rewrite replace"]);
        sandbox.run(["ingest", "a.jsonl", "--on-rewrite", "error"]).fails(3, &["rewritten"]);
        assert_eq!(sandbox.count("records"), 5);
        assert_eq!(sandbox.ingest(["a.jsonl", "--on-rewrite", choice])["records"], 3);
        let ids = sandbox.ids(&[]);
        assert_eq!(ids.len(), expected, "{choice}: {ids:?}");
        assert!(new.iter().all(|id| ids.contains(id)), "{choice}: {ids:?}");
        sandbox.run(["ingest", "a.jsonl"]).says(&["already ingested"]);
    }
}

/// A file may also change without changing its length.
#[test]
fn the_same_length_with_other_content_is_a_rewrite() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", events("x", 5));
    let _ = sandbox.ingest(["a.jsonl"]);
    sandbox.write("a.jsonl", events("y", 5));
    sandbox.run(["ingest", "a.jsonl"]).fails(3, &["rewritten"]);
    sandbox.write("a.jsonl", events("y", 9));
    sandbox.run(["ingest", "a.jsonl"]).fails(3, &["rewritten"]);
    sandbox.write("a.jsonl", events("x", 4));
    sandbox.run(["ingest", "a.jsonl"]).fails(3, &["rewritten"]);
}

#[test]
fn rejects_of_a_replaced_file_go_with_it() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", format!("{}oops\n", events("x", 2)));
    assert_eq!(sandbox.ingest(["a.jsonl"])["rejected"], 1);
    assert_eq!(sandbox.count("rejects"), 1);
    sandbox.write("a.jsonl", events("y", 3));
    let _ = sandbox.ingest(["a.jsonl", "--on-rewrite", "replace"]);
    assert_eq!(sandbox.count("rejects"), 0);
}

/// Without a line to add there is still an answer to whether lines were rejected.
#[test]
fn strict_minds_rejects_of_an_earlier_run() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", format!("{}oops\n", events("x", 2)));
    assert_eq!(sandbox.ingest(["a.jsonl"])["rejected"], 1);
    let again = sandbox.run(["ingest", "--strict", "a.jsonl"]);
    again.fails(3, &["1 of its lines were rejected", "tracekit query rejects"]);
    sandbox.run(["ingest", "a.jsonl"]).says(&["already ingested"]);
    sandbox.write("b.jsonl", events("y", 2));
    let _ = sandbox.ingest(["b.jsonl"]);
    let said = sandbox.run(["ingest", "--strict", "b.jsonl"]);
    said.says(&["`b.jsonl`: it was ingested before, so --strict did not", "already ingested"]);
}

#[test]
fn a_tiny_file_has_a_rate_that_can_be_read() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", events("x", 1));
    let run = sandbox.run(["ingest", "a.jsonl"]);
    assert!(!run.stderr().contains(" 0 "), "{}", run.stderr());
    run.says(&["1 record (1 event) from 1 source", "B/s)"]);
}

/// The parts are parts of the whole, and what is derived follows from them.
#[test]
fn figures_of_the_run_itself_agree_with_each_other() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", events("x", 2000));
    let summary = sandbox.ingest(["a.jsonl"]);
    let number = |name: &str| summary[name].as_f64().unwrap();
    let (working, reading) = (number("working_seconds"), number("reading_seconds"));
    assert!(reading > 0.0 && number("committing_seconds") > 0.0, "{summary}");
    assert!(reading + number("committing_seconds") <= working, "{summary}");
    assert!(working <= number("seconds") * 1.01, "{summary}");
    let is_near = |found: f64, expected: f64| (found - expected).abs() <= expected * 1e-6;
    assert!(is_near(number("overhead"), 1.0 - reading / working), "{summary}");
    assert!(is_near(number("records_per_second"), 2000.0 / working), "{summary}");
    assert!(is_near(number("mean_record_us"), working * 1e6 / 2000.0), "{summary}");
    assert_eq!(summary["commits"], 1);
    let again = sandbox.ingest(["a.jsonl"]);
    assert_eq!((&again["mean_record_us"], &again["commits"]), (&Value::Null, &0.into()));
    assert_eq!(again["overhead"], 1.0);
}

#[test]
fn a_copy_under_another_name_is_skipped_unless_allowed() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", events("x", 5));
    let _ = sandbox.ingest(["a.jsonl"]);
    sandbox.write("b.jsonl", events("x", 5));
    let parts = ["the same content as `a.jsonl`", "--allow-duplicate", "0 new records"];
    assert_eq!(sandbox.run(["ingest", "b.jsonl"]).says(&parts), "");
    assert_eq!(sandbox.count("records"), 5);
    assert_eq!(sandbox.ingest(["b.jsonl", "--allow-duplicate"])["records"], 5);
    assert_eq!(sandbox.count("records"), 10);
}

#[test]
fn a_pipe_is_a_new_source_unless_it_has_a_name() {
    let sandbox = Sandbox::new();
    let pipe = |args: &[&str], count: usize| {
        let all = ["ingest", "-", "-q", "--format", "json"].iter().chain(args);
        sandbox.tracekit(all).stdin(events("x", count)).run().json()["records"].clone()
    };
    assert_eq!(pipe(&[], 3), 3);
    assert_eq!(pipe(&[], 3), 3);
    assert_eq!(sandbox.count("records"), 6);
    assert_eq!(pipe(&["--source-id", "nightly"], 3), 3);
    assert_eq!(pipe(&["--source-id", "nightly"], 3), 0);
    assert_eq!(sandbox.count("records"), 9);
    // Longer, with the same start: nothing is there twice.
    let _ = pipe(&["--source-id", "nightly"], 5);
    assert_eq!(
        sandbox.ids(&["--where", "source = 'stdin:nightly'"]),
        ["x0", "x1", "x2", "x3", "x4"]
    );
}

/// A named pipe whose bytes are others is a rewritten source like any other.
#[test]
fn a_named_pipe_with_other_bytes_is_a_rewrite() {
    let sandbox = Sandbox::new();
    let pipe = |prefix: &str, count: usize| {
        let args = ["ingest", "-", "--source-id", "nightly"];
        sandbox.tracekit(args).stdin(events(prefix, count)).run()
    };
    pipe("x", 5).says(&["5 records"]);
    pipe("y", 3).fails(3, &["was rewritten"]);
    pipe("y", 9).fails(3, &["was rewritten"]);
    assert_eq!(sandbox.ids(&[]), ["x0", "x1", "x2", "x3", "x4"]);
}

#[test]
fn a_last_line_without_its_end_waits_while_it_is_not_whole() {
    let sandbox = Sandbox::new();
    let whole = events("x", 3);
    sandbox.write("a.jsonl", &whole[..whole.len() - 20]);
    let said = sandbox.run(["ingest", "a.jsonl"]);
    assert_eq!(said.says(&["left for the next run", "2 records"]), "");
    assert_eq!(sandbox.count("rejects"), 0);
    sandbox.write("a.jsonl", &whole);
    assert_eq!(sandbox.ingest(["a.jsonl"])["records"], 1);
    assert_eq!(sandbox.ids(&[]), ["x0", "x1", "x2"]);
    // Of a file at rest it is taken when it is valid.
    sandbox.write("b.jsonl", events("z", 2).trim_end());
    assert_eq!(sandbox.ingest(["b.jsonl"])["records"], 2);
    sandbox.write("b.jsonl", events("z", 2));
    let _ = sandbox.ingest(["b.jsonl"]);
    assert_eq!(sandbox.ids(&["--where", "source = 'b.jsonl'"]), ["z0", "z1"]);
}

#[test]
fn packed_files_are_known_by_their_content() {
    let plain = std::fs::read(run_fixture()).unwrap();
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    let half = plain.len() / 2;
    let joined =
        |pack: &dyn Fn(&[u8]) -> Vec<u8>| [pack(&plain[..half]), pack(&plain[half..])].concat();
    let plain_rows = rows_of(&plain);
    assert_eq!(plain_rows.lines().count(), 29);
    for packed in [gzip(&plain), zstd(&plain), joined(&gzip), joined(&zstd)] {
        assert!(rows_of(&packed) == plain_rows, "{:?}", &packed[..4]);
    }
}

/// All rows of a file without a telling name, but for its path.
fn rows_of(bytes: &[u8]) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("a.dat", bytes);
    let _ = sandbox.ingest(["a.dat"]);
    sandbox.run(["query"]).done()
}

#[test]
fn a_packed_file_that_was_cut_is_an_error_and_nothing_is_committed() {
    let sandbox = Sandbox::new();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(events("x", 2000).as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    sandbox.write("a.gz", &packed[..packed.len() / 2]);
    sandbox.run(["ingest", "a.gz"]).fails(5, &["reading `a.gz` failed"]);
    assert_eq!(sandbox.count("records"), 0);
}

#[test]
fn a_folder_is_walked_and_other_files_in_it_are_left_out() {
    let sandbox = Sandbox::new();
    sandbox.write("runs/a.jsonl", events("x", 2));
    sandbox.write("runs/deep/er/b.jsonl", events("y", 3));
    sandbox.write("runs/notes.txt", "remember the milk\n");
    sandbox.write("runs/.hidden/c.jsonl", events("z", 4));
    let said = sandbox.run(["ingest", "runs"]);
    assert_eq!(said.says(&["note: skipped `runs/notes.txt`", "5 records"]), "");
    assert_eq!(sandbox.count("records"), 5);
    // Where it is named, it is an error, and the others are ingested all the same.
    sandbox.write("d.jsonl", events("v", 1));
    let both = sandbox.run(["ingest", "runs/notes.txt", "d.jsonl"]);
    both.fails(2, &["error: `runs/notes.txt`: no known trace format", "1 source failed"]);
    assert_eq!(sandbox.count("records"), 6);
}

#[test]
fn unknown_and_ambiguous_formats_ask_for_a_name() {
    let sandbox = Sandbox::new();
    sandbox.write("notes.txt", "remember the milk\n");
    sandbox
        .run(["ingest", "notes.txt"])
        .fails(2, &["no known trace format", "hint: --from FORMAT"]);
    let both = format!("{}{}\n", events("x", 1), r#"{"resourceSpans":[]}"#);
    sandbox.write("both.jsonl", both);
    let parts = ["more than one format: claude-flow, otlp", "hint: --from FORMAT"];
    sandbox.run(["ingest", "both.jsonl"]).fails(2, &parts);
    let summary = sandbox.ingest(["both.jsonl", "--from", "claude-flow"]);
    assert_eq!((&summary["records"], &summary["rejected"]), (&1.into(), &1.into()));
    let unknown = sandbox.run(["ingest", "both.jsonl", "--from", "cloude-flow"]);
    unknown.fails(2, &["claude-flow"]);
}

#[test]
fn an_empty_file_is_no_error() {
    let sandbox = Sandbox::new();
    sandbox.write("empty.jsonl", "");
    sandbox.write("blank.jsonl", "\n  \n\r\n");
    for name in ["empty.jsonl", "blank.jsonl"] {
        assert_eq!(sandbox.run(["ingest", name]).says(&["holds no records", "0 new records"]), "");
    }
    assert_eq!(sandbox.count("records"), 0);
    // It may be filled later.
    sandbox.write("empty.jsonl", events("x", 2));
    assert_eq!(sandbox.ingest(["empty.jsonl"])["records"], 2);
}

#[test]
fn generic_lines_are_mapped() {
    let sandbox = Sandbox::new();
    let mut text = String::new();
    for (second, who) in [(0, "ada"), (1, "bob")] {
        let _ = writeln!(text, r#"{{"clock":{second},"meta":{{"who":"{who}"}},"took":1.5}}"#);
    }
    sandbox.write("app.log", &text);
    let map = "time=clock,agent=meta.who";
    let summary = sandbox.ingest(["app.log", "--from", "generic", "--map", map]);
    assert_eq!(summary["records"], 2);
    let rows = sandbox.rows(&["query", "--columns", "time,agent"]);
    assert_eq!(rows[0]["time"], "1970-01-01T00:00:00.000000Z");
    assert_eq!(rows[1]["time"], "1970-01-01T00:00:01.000000Z");
    assert_eq!((&rows[0]["agent"], &rows[1]["agent"]), (&"ada".into(), &"bob".into()));
    let wrong = sandbox.run(["ingest", "app.log", "--from", "generic", "--map", "tiem=clock"]);
    wrong.fails(2, &["--map", "tiem"]);
}

#[test]
fn files_are_the_same_source_however_they_are_named() {
    let sandbox = Sandbox::new();
    sandbox.write("runs/a.jsonl", events("x", 2));
    let _ = sandbox.ingest(["runs/a.jsonl"]);
    for name in ["./runs/a.jsonl", "runs/../runs/a.jsonl", "runs", "."] {
        assert_eq!(sandbox.ingest([name])["records"], 0, "{name}");
    }
    assert_eq!(sandbox.ingest([sandbox.path("runs/a.jsonl")])["records"], 0);
    let below = sandbox.tracekit(["ingest", "a.jsonl", "--store", "../.tracekit"]);
    below.below(&sandbox.path("runs")).run().says(&["already ingested"]);
}

#[test]
fn the_same_id_with_other_content_keeps_both() {
    let sandbox = Sandbox::new();
    let twice = [event("x", 1000, "AGENT_IDLE", "{}"), event("x", 2000, "AGENT_IDLE", "{}")];
    sandbox.write("a.jsonl", twice.join("\n"));
    assert_eq!(sandbox.ingest(["a.jsonl"])["records"], 2);
    assert_eq!(sandbox.ids(&[]), ["x", "x"]);
}
