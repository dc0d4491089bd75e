//! What is planted in a run is named by the right command, first in its list, with evidence that points
//! at the planted records; in a run without it nothing of the kind is claimed.

use super::runner::Sandbox;
use serde_json::Value;
use std::collections::BTreeSet;

/// A store with a run in which `list` is planted, and the truth about it.
fn planted(list: &str, seed: &str) -> (Sandbox, Vec<Value>) {
    let sandbox = Sandbox::new();
    let args =
        ["demo", "--plant", list, "--seed", seed, "--truth", "truth.jsonl", "-o", "run.jsonl"];
    sandbox.run(args).says(&["2,000 events"]);
    let _ = sandbox.ingest(["run.jsonl"]);
    let truth = std::fs::read_to_string(sandbox.path("truth.jsonl")).unwrap();
    (sandbox, truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn rows(sandbox: &Sandbox, command: &str) -> Vec<Value> {
    sandbox.run([command]).json()["rows"].as_array().unwrap().clone()
}

fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

/// Whether a row of a command says what the truth does.
#[track_caller]
fn assert_named(row: &Value, truth: &Value) {
    let ids = texts(&truth["ids"]);
    let points_there = |evidence: &Value| {
        let evidence = texts(evidence);
        assert!(!evidence.is_empty(), "{row}");
        let elsewhere: Vec<_> = evidence.difference(&ids).collect();
        assert!(elsewhere.is_empty(), "{elsewhere:?} are not of it: {row}");
    };
    match truth["command"].as_str().unwrap() {
        "bottlenecks" => {
            assert_eq!((&row["type"], &row["subject"]), (&truth["type"], &truth["subject"]));
            points_there(&row["evidence"]);
        }
        "loops" => {
            assert_eq!((&row["verdict"], &row["subject"]), (&truth["type"], &truth["subject"]));
            points_there(&row["evidence"]);
        }
        "errors" => {
            assert_eq!(row["error_type"], truth["type"], "{row}");
            assert!(ids.contains(row["example_id"].as_str().unwrap()), "{row}");
        }
        "tools" => assert_eq!(row["tool"], truth["subject"]),
        "messages" => {
            let pair = [&row["agent"], &row["peer"]];
            assert_eq!(
                pair.to_vec(),
                truth["agents"].as_array().unwrap().iter().collect::<Vec<_>>()
            );
            assert_eq!(row["lost"], ids.len(), "{row}");
        }
        other => panic!("`{other}` is no command of the truth"),
    }
}

#[test]
fn each_trouble_is_the_first_that_its_command_names() {
    for fault in [
        "slow-agent",
        "failing-tool",
        "lost-message",
        "retry-storm",
        "call-loop",
        "ping-pong",
        "deadlock",
    ] {
        let (sandbox, truth) = planted(fault, "1");
        assert!(!truth.is_empty() && truth.iter().all(|one| one["fault"] == fault), "{truth:?}");
        for one in &truth {
            let rows = rows(&sandbox, one["command"].as_str().unwrap());
            assert!(!rows.is_empty(), "{fault}");
            assert_named(&rows[0], one);
        }
    }
}

/// Of all at once, each is in the list of its command.
#[test]
fn all_troubles_of_one_run_are_told_apart() {
    let (sandbox, truth) = planted("all", "2");
    assert_eq!(truth.len(), 8);
    for one in &truth {
        let found = rows(&sandbox, one["command"].as_str().unwrap());
        let is_it = |row: &&Value| match one["command"].as_str().unwrap() {
            "bottlenecks" => row["type"] == one["type"] && row["subject"] == one["subject"],
            "loops" => row["verdict"] == one["type"] && row["subject"] == one["subject"],
            "errors" => row["error_type"] == one["type"],
            "tools" => row["tool"] == one["subject"],
            _ => row["lost"].as_i64() > Some(0),
        };
        let row = found.iter().find(is_it).unwrap_or_else(|| panic!("{one} is not in {found:?}"));
        assert_named(row, one);
    }
}

#[test]
fn nothing_is_claimed_of_a_calm_run() {
    for seed in ["1", "2", "3"] {
        let (sandbox, truth) = planted("none", seed);
        assert_eq!(truth, Vec::<Value>::new());
        for command in ["bottlenecks", "loops", "errors"] {
            assert_eq!(rows(&sandbox, command), Vec::<Value>::new(), "{command} of seed {seed}");
        }
        let errors = rows(&sandbox, "tools").iter().filter(|row| row["errors"] != 0).count();
        let lost = rows(&sandbox, "messages").iter().filter(|row| row["lost"] != 0).count();
        assert_eq!((errors, lost), (0, 0), "seed {seed}");
    }
}

/// Ids of commands' lists that are about series: the metric, and what it is split by.
fn is_of(row: &Value, truth: &Value) -> bool {
    let by = truth["by"].as_str();
    row["metric"] == truth["metric"] && by.is_none_or(|by| row[by] == truth["subject"])
}

/// The rows of a command about series, split as the truth says.
fn series_rows(sandbox: &Sandbox, truth: &Value) -> Vec<Value> {
    let mut args = vec![truth["command"].as_str().unwrap()];
    if let Some(by) = truth["by"].as_str() {
        args.extend(["--by", by]);
    }
    sandbox.run(&args).json()["rows"].as_array().unwrap().clone()
}

fn micros(time: &Value) -> i64 {
    time.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

const HOUR_US: i64 = 3_600_000_000;

/// Troubles of numbers, in a run of a week: each is found at its time, to two buckets of an hour.
#[test]
fn troubles_of_days_are_named_at_their_time() {
    for fault in ["cpu-ramp", "latency-step", "traffic-burst", "daily-season", "cost-explosion"] {
        let sandbox = Sandbox::new();
        let plant = ["demo", "--plant", fault, "--truth", "truth.jsonl", "-o", "run.jsonl", "-q"];
        let _ = sandbox.run(plant).done();
        let _ = sandbox.ingest(["run.jsonl"]);
        let truth = std::fs::read_to_string(sandbox.path("truth.jsonl")).unwrap();
        let truth: Vec<Value> =
            truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(!truth.is_empty(), "{fault}");
        let mut first = Vec::new();
        for one in truth.iter().filter(|one| one["command"] != "tokens") {
            let rows = series_rows(&sandbox, one);
            let row = rows.iter().find(|row| is_of(row, one));
            let row = row.unwrap_or_else(|| panic!("{one} is not in {rows:#?}"));
            first.push(is_of(&rows[0], one));
            match one["type"].as_str().unwrap() {
                "ramp" => {
                    assert!(
                        matches!(row["direction"].as_str(), Some("degrading" | "rising")),
                        "{row}"
                    );
                }
                "season" => assert_eq!(row["season_ns"], 24 * HOUR_US * 1000, "{row}"),
                _ => {
                    let at = if one["at"].is_null() { &one["from"] } else { &one["at"] };
                    let late = micros(&row["time"]) - micros(at);
                    assert!((-2 * HOUR_US..=2 * HOUR_US).contains(&late), "{row}, and not {at}");
                }
            }
        }
        assert!(first.contains(&true), "{fault} is not first in any list");
    }
}

/// Of runs in which nothing changes, at most one series in a hundred is called anything else: three runs
/// in short, a hundred in long.
#[test]
fn nothing_goes_anywhere_in_stationary_runs() {
    let runs = if std::env::var_os("TRACEKIT_SOAK").is_some() { 100 } else { 3 };
    let (mut all, mut going) = (0, Vec::new());
    for seed in 1..=runs {
        let sandbox = Sandbox::new();
        let seed = seed.to_string();
        let args = ["demo", "--days", "2", "--seed", &seed, "-o", "run.jsonl", "-q"];
        let _ = sandbox.run(args).done();
        for by in [&[][..], &["--by", "agent"]] {
            let args = [&["trends", "--input", "run.jsonl"], by].concat();
            let report = sandbox.run(&args).json();
            for row in report["rows"].as_array().unwrap() {
                all += 1;
                if !matches!(row["direction"].as_str(), Some("stable" | "volatile" | "unknown")) {
                    going.push(format!("seed {seed}: {} {}", row["metric"], row["direction"]));
                }
            }
        }
    }
    if runs > 3 {
        eprintln!("{} of {all} series of {runs} stationary runs go somewhere", going.len());
    }
    assert!(all >= runs * 20 && going.len() * 100 <= all, "{} of {all}: {going:#?}", going.len());
}
