//! The laws: any split, order and repetition of the input, and any number of threads, give the same
//! answers; the same input gives the same bytes.

use super::runner::Sandbox;
use std::collections::BTreeMap;
use std::path::Path;

/// Every answer that is compared.
const QUESTIONS: [&[&str]; 18] = [
    &["agents"],
    &["tools"],
    &["errors"],
    &["messages"],
    &["sessions"],
    &["components"],
    &["bottlenecks", "--min-impact", "0"],
    &["critical-path"],
    &["tokens"],
    &["trends"],
    &["trends", "--by", "agent"],
    &["anomalies"],
    &["health"],
    &["query", "--columns", "time,type,id,agent,status"],
    &["tasks"],
    &["query", "spans", "--columns", "time,id,end_id,duration_ns,status,agent,tool,model"],
    &["query", "messages", "--columns", "time,id,receive_id,delivery,latency_ns,agent,peer"],
    &["query", "unmatched_ends", "--columns", "time,id,interval_key"],
];

/// A made-up run of 3,000 events, its lines.
fn demo(sandbox: &Sandbox) -> Vec<String> {
    let text = sandbox.run(["demo", "--events", "3000"]).done();
    let lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
    assert_eq!(lines.len(), 3000);
    lines
}

fn answers(sandbox: &Sandbox) -> Vec<String> {
    QUESTIONS.iter().map(|question| sandbox.run(*question).done()).collect()
}

#[track_caller]
fn assert_same(found: &[String], expected: &[String], of: &str) {
    for ((question, found), expected) in QUESTIONS.iter().zip(found).zip(expected) {
        let differing = found.lines().zip(expected.lines()).find(|(left, right)| left != right);
        assert!(found == expected, "{of}: {question:?} differs, first in {differing:#?}");
    }
}

/// The lines in an order that is always the same and hardly ever the given one.
fn shuffled(lines: &[String]) -> Vec<String> {
    let mut lines = lines.to_vec();
    let mut state = 88_172_645_463_325_252_u64;
    for i in (1..lines.len()).rev() {
        // Marsaglia's xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let j = usize::try_from(state % (i as u64 + 1)).unwrap();
        lines.swap(i, j);
    }
    lines
}

#[test]
fn answers_do_not_depend_on_files_order_threads_or_repetition() {
    let whole = Sandbox::new();
    let lines = demo(&whole);
    whole.write("run.jsonl", lines.concat());
    assert_eq!(whole.ingest(["run.jsonl", "--threads", "1"])["events"], 3000);
    let expected = answers(&whole);
    // The answers are not empty: five agents and a query of all rows.
    let lines_of = |command: &str| {
        let place = QUESTIONS.iter().position(|question| question[0] == command).unwrap();
        expected[place].lines().count()
    };
    assert!(lines_of("agents") >= 7 && lines_of("query") > 3000);
    assert_same_however_told(&lines, &expected);
}

/// The same of a run in which all goes wrong that can, without a tenth of its lines. No end says which
/// begin it belongs to, so the order of time is all that there is to pair them by.
#[test]
fn answers_about_troubles_do_not_depend_on_files_or_order() {
    let whole = Sandbox::new();
    let text = whole.run(["demo", "--events", "1500", "--plant", "all"]).done();
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .filter(|(place, _)| place % 10 != 3)
        .map(|(_, line)| {
            let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
            event.as_object_mut().unwrap().remove("parentId");
            format!("{event}\n")
        })
        .collect();
    whole.write("run.jsonl", lines.concat());
    let _ = whole.ingest(["run.jsonl"]);
    let expected = answers(&whole);
    // Ends are without begins, begins without ends, messages without a sender.
    let unmatched = expected[10].lines().count();
    assert!(unmatched > 2, "{unmatched}");
    assert_same_however_told(&lines, &expected);
}

/// Checks the answers of the lines mixed, and in seven files some of which are read again.
#[track_caller]
fn assert_same_however_told(lines: &[String], expected: &[String]) {
    let mixed = Sandbox::new();
    let mixed_lines = shuffled(lines);
    assert_ne!(mixed_lines, lines);
    mixed.write("mixed.jsonl", mixed_lines.concat());
    let _ = mixed.ingest(["mixed.jsonl", "--threads", "4"]);
    assert_same(&answers(&mixed), expected, "shuffled");

    let split = Sandbox::new();
    for (i, part) in lines.chunks(lines.len() / 7 + 1).enumerate() {
        split.write(&format!("part-{i}.jsonl"), part.concat());
    }
    let order = ["4", "0", "6", "2", "5", "1", "3"].map(|i| format!("part-{i}.jsonl"));
    assert_eq!(split.ingest(&order[..3])["sources"], 3);
    let _ = split.ingest(["part-4.jsonl", "part-6.jsonl"]);
    let _ = split.ingest(order.iter().map(String::as_str).chain(["--threads", "4"]));
    let _ = split.ingest(["."]);
    assert_same(&answers(&split), expected, "in seven files, some of them again");
}

#[test]
fn answers_from_raw_files_do_not_depend_on_threads() {
    let sandbox = Sandbox::new();
    let lines = demo(&sandbox);
    let (front, back) = lines.split_at(1234);
    sandbox.write("b.jsonl", front.concat());
    sandbox.write("a.jsonl", back.concat());
    let ask = |question: &[&str], threads: &str| {
        let rest = ["--input", "a.jsonl", "b.jsonl", "--threads", threads];
        sandbox.run(question.iter().chain(&rest)).done()
    };
    for question in [QUESTIONS[3], QUESTIONS[6]] {
        assert!(ask(question, "1") == ask(question, "4"), "{question:?}");
    }
}

/// The store's part files, by kind and day, with their bytes.
fn parts(store: &Path) -> BTreeMap<String, Vec<Vec<u8>>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<Vec<u8>>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else if path.extension().is_some_and(|extension| extension == "parquet") {
                let place = folder.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.entry(place).or_default().push(std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(store, store, &mut found);
    found.retain(|place, _| place.starts_with("kind="));
    for files in found.values_mut() {
        files.sort();
    }
    found
}

#[test]
fn the_same_input_gives_the_same_bytes_in_the_store() {
    let sandbox = Sandbox::new();
    let lines = demo(&sandbox);
    sandbox.write("run.jsonl", lines.concat());
    for threads in ["1", "4", "16"] {
        let _ = sandbox.ingest([
            "run.jsonl",
            "--store",
            &format!("s{threads}/store"),
            "--threads",
            threads,
        ]);
    }
    let expected = parts(&sandbox.path("s1/store"));
    assert_eq!(expected.keys().count(), 2, "{:?}", expected.keys());
    for store in ["s4/store", "s16/store"] {
        assert!(parts(&sandbox.path(store)) == expected, "{store}");
    }
}

#[test]
fn the_same_question_gives_the_same_bytes() {
    let sandbox = Sandbox::new();
    let lines = demo(&sandbox);
    sandbox.write("run.jsonl", lines[..600].concat());
    let _ = sandbox.ingest(["run.jsonl"]);
    for format in ["parquet", "arrow", "html", "table"] {
        let args = ["query", "--format", format];
        assert!(sandbox.run(args).bytes() == sandbox.run(args).bytes(), "{format}");
    }
    let report = ["report", "--html", "--now", "2026-01-05T12:00:00Z"];
    assert!(sandbox.run(report).bytes() == sandbox.run(report).bytes(), "report");
}
