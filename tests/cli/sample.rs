//! `ingest --sample`: whole sessions, always the same ones, whatever the files, order and threads.

use super::runner::{Sandbox, event, fixture};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A run of 2,000 events in many sessions: lines of Claude-Flow.
fn run() -> Vec<String> {
    (0..2000)
        .map(|i| {
            let session = format!("session-{}", i % 97);
            let (trace, swarm) = (format!("trace-{}", i % 388), format!("swarm-{}", i % 2));
            format!(
                "{{\"id\":\"e{i}\",\"type\":\"AGENT_IDLE\",\"agentId\":\"a\",\"swarmId\":\"{swarm}\",\
                 \"sessionId\":\"{session}\",\"timestamp\":{},\"data\":{{}},\
                 \"metadata\":{{\"traceId\":\"{trace}\"}}}}\n",
                1_760_000_000_000_i64 + i * 1000
            )
        })
        .collect()
}

/// The kept ids by session.
fn kept(sandbox: &Sandbox) -> BTreeMap<String, BTreeSet<String>> {
    let rows = sandbox.rows(&["query", "--columns", "id,session_id", "--format", "jsonl"]);
    let mut sessions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in &rows {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        assert!(sessions.entry(text("session_id")).or_default().insert(text("id")), "{row}");
    }
    sessions
}

#[test]
fn sessions_are_whole_and_the_counts_add_up() {
    let lines = run();
    let all = Sandbox::new();
    all.write("run.jsonl", lines.concat());
    assert_eq!(all.ingest(["run.jsonl"])["sampled_out"], 0);
    let everything = kept(&all);
    assert_eq!(everything.len(), 97);
    let sandbox = Sandbox::new();
    sandbox.write("run.jsonl", lines.concat());
    let summary = sandbox.ingest(["run.jsonl", "--sample", "0.3"]);
    let sample = kept(&sandbox);
    assert!((10..60).contains(&sample.len()), "{}", sample.len());
    for (session, ids) in &sample {
        assert_eq!(ids, &everything[session], "{session} is torn");
    }
    let rows = sample.values().map(BTreeSet::len).sum::<usize>() as u64;
    assert_eq!(summary["records"], rows);
    assert_eq!(summary["sampled_out"], 2000 - rows);
    assert_eq!((&summary["lines"], &summary["rejected"]), (&2000.into(), &0.into()));
    // The log says what share it is, and a second time adds nothing, whatever the share.
    let log = sandbox.path(".tracekit/_delta_log/00000000000000000001.json");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains(r#""sampleRate":0.3"#), "{log}");
    assert!(log.contains(&format!(r#""sampledOut":{}"#, 2000 - rows)), "{log}");
    sandbox.run(["ingest", "run.jsonl", "--sample", "0.9"]).says(&["already ingested"]);
    assert_eq!(kept(&sandbox), sample);
    let said = Sandbox::new();
    said.write("run.jsonl", lines.concat());
    said.run(["ingest", "run.jsonl", "--sample", "0.3"]).says(&[" sampled out"]);
}

/// A tail is sampled like the rest, and a follower like a plain run.
#[test]
fn a_file_that_grows_gives_the_same_sample() {
    let lines = run();
    let whole = Sandbox::new();
    whole.write("run.jsonl", lines.concat());
    let _ = whole.ingest(["run.jsonl", "--sample", "0.5"]);
    let grown = Sandbox::new();
    grown.write("run.jsonl", lines[..777].concat());
    let _ = grown.ingest(["run.jsonl", "--sample", "0.5"]);
    grown.write("run.jsonl", lines.concat());
    let _ = grown.ingest(["run.jsonl", "--sample", "0.5"]);
    assert_eq!(kept(&grown), kept(&whole));
}

/// What an assembled session is made of stays together, its sub-agents' files too.
#[test]
fn an_assembled_session_is_kept_whole_or_left_out() {
    let files = ["claude-code/session.jsonl", "claude-code/agent-7c1d9e02.jsonl"].map(fixture);
    let whole = Sandbox::with_store(&files);
    let expected = kept(&whole);
    assert_eq!(expected.len(), 1, "{:?}", expected.keys());
    for rate in ["0.05", "0.2", "0.4", "0.6", "0.8", "0.95"] {
        let sandbox = Sandbox::new();
        let summary = sandbox.ingest(files.iter().map(String::as_str).chain(["--sample", rate]));
        let found = kept(&sandbox);
        assert!(found.is_empty() || found == expected, "{rate}");
        let sum = summary["records"].as_u64().unwrap() + summary["sampled_out"].as_u64().unwrap();
        assert_eq!(sum, expected.values().map(BTreeSet::len).sum::<usize>() as u64);
    }
}

#[test]
fn records_without_a_group_go_by_their_id() {
    let sandbox = Sandbox::new();
    let mut text = String::new();
    for i in 0..400 {
        let _ = writeln!(text, r#"{{"time":{},"id":"g{i}","n":{i}}}"#, 1_760_000_000 + i);
    }
    sandbox.write("g.jsonl", text);
    let summary = sandbox.ingest(["g.jsonl", "--sample", "0.5"]);
    let rows = summary["records"].as_u64().unwrap();
    assert!((120..280).contains(&rows), "{rows}");
    assert_eq!(summary["sampled_out"], 400 - rows);
}

#[test]
fn rejects_are_not_sampled() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", format!("{}\noops\n", event("x", 1000, "AGENT_IDLE", "{}")));
    assert_eq!(sandbox.ingest(["a.jsonl", "--sample", "0.000001"])["rejected"], 1);
    assert_eq!((sandbox.count("records"), sandbox.count("rejects")), (0, 1));
}

#[test]
fn wrong_shares_are_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", event("x", 1000, "AGENT_IDLE", "{}"));
    for rate in ["0", "-0.5", "1.5", "10%", "NaN", "much"] {
        let wrong = sandbox.run(["ingest", "a.jsonl", "--sample", rate]);
        wrong.fails(2, &["--sample", "share above 0 and at most 1"]);
    }
    assert!(!sandbox.path(".tracekit").exists());
    assert_eq!(sandbox.ingest(["a.jsonl", "--sample", "1"])["records"], 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    /// Any cut into files, any order and number of threads give the same sample, and of two shares
    /// the smaller one is a part of the larger.
    #[test]
    fn a_sample_depends_on_the_records_alone(
        rates in (0.05f64..0.95, 0.05f64..0.95),
        cut in 1usize..1999,
        turn in 0usize..2000,
        threads in 1usize..5,
    ) {
        let lines = run();
        let sample = |rate: f64, parts: &[&[String]], threads: usize| {
            let sandbox = Sandbox::new();
            for (i, part) in parts.iter().enumerate() {
                sandbox.write(&format!("runs/{i}.jsonl"), part.concat());
            }
            let (rate, threads) = (rate.to_string(), threads.to_string());
            let _ = sandbox.ingest(["runs", "--sample", &rate, "--threads", &threads]);
            kept(&sandbox)
        };
        let (smaller, larger) = (rates.0.min(rates.1), rates.0.max(rates.1));
        let expected = sample(smaller, &[&lines], 1);
        let mut turned = lines.clone();
        turned.rotate_left(turn);
        let (front, back) = turned.split_at(cut);
        prop_assert_eq!(&sample(smaller, &[back, front], threads), &expected);
        let more = sample(larger, &[front, back], threads);
        prop_assert!(expected.iter().all(|(session, ids)| more.get(session) == Some(ids)));
    }
}
