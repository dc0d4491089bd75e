//! Hostile data in every output: no terminal obeys it, no page runs it, no spreadsheet computes it, and
//! what programs read comes back as it was.
//!
//! Commands and formats are walked by their registries, so that new ones are checked too.

mod commands;
mod exports;
mod store;

use super::*;
use crate::runner::Outcome;
use commands::{HARMLESS, HOSTILE, Names, Question, questions};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use store::{FILE, STORE, TEXTS, sandbox, text_columns, text_of_row};
use tracekit::render::Format;

/// Whether a character does something other than show itself.
fn is_hidden(c: char) -> bool {
    let is_invisible = matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() && c != '\n' || is_invisible
}

/// The text without the colours that tracekit itself sets: `ESC [ numbers m`.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !(c.is_ascii_digit() || c == ';'));
        match end.map(|end| part.split_at(end)) {
            Some((_, rest)) if rest.starts_with('m') => plain.push_str(&rest[1..]),
            _ => plain.extend(["\u{1b}[", part]),
        }
    }
    plain
}

#[track_caller]
fn assert_visible(text: &str, what: &str) {
    let hidden = text.find(is_hidden);
    let near = hidden.map(|at| text[at..].chars().take(40).collect::<String>());
    assert_eq!(near, None, "{what} shows a hidden character");
}

/// Asks a question in a format; whatever is said beside the answer must be visible.
#[track_caller]
fn ask(sandbox: &Sandbox, question: &Question, format: Format, more: &[&str]) -> Vec<u8> {
    let args = question.args.iter().map(String::as_str);
    let args: Vec<&str> =
        args.chain([question.flag, format.name()]).chain(more.iter().copied()).collect();
    let outcome: Outcome = sandbox.run(&args);
    assert_visible(outcome.stderr(), &format!("{args:?} on standard error"));
    assert_eq!(outcome.code(), Some(0), "{args:?}: {}", outcome.stderr());
    outcome.stdout().to_vec()
}

/// The questions whose answers can be written so.
fn asked(names: &Names, format: Format) -> Vec<Question> {
    let found: Vec<_> =
        questions(names).into_iter().filter(|question| question.takes(format)).collect();
    assert!(found.len() >= 10, "{} for {}", found.len(), format.name());
    found
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_terminal_gets_no_command_from_data() {
    let sandbox = sandbox(true);
    for question in asked(&HOSTILE, Format::Table) {
        let what = format!("{:?}", question.args);
        let plain = text(ask(&sandbox, &question, Format::Table, &[]));
        assert_visible(&plain, &what);
        if is_long() {
            let colored = text(ask(&sandbox, &question, Format::Table, &["--color", "always"]));
            assert_visible(&without_colors(&colored), &what);
        }
    }
    let colored = sandbox.run(["query", "--color", "always", "--format", "table"]).done();
    assert!(colored.contains("\u{1b}["));
    assert_visible(&without_colors(&colored), "query in colours");
}

#[test]
fn json_comes_back_as_it_went_in() {
    let sandbox = sandbox(true);
    let rows: Vec<Value> = sandbox.rows(&["query", "--format", "jsonl"]);
    let mut found = 0;
    for row in rows.iter().filter(|row| row["source_format"] == "generic") {
        let expected = text_of_row(found);
        for column in text_columns() {
            // A text of nothing is no text.
            assert_eq!(row[column], expected.as_str(), "{column} of {expected:?}");
        }
        assert_eq!(row["source"], FILE);
        assert_eq!(row["tags"][0], expected.as_str());
        assert_eq!(row["data"][&expected][&expected][0], expected.as_str());
        found += 1;
    }
    assert_eq!(found, TEXTS.len());
    for question in asked(&HOSTILE, Format::Json) {
        let answer = text(ask(&sandbox, &question, Format::Json, &[]));
        let whole: Value = serde_json::from_str(&answer).unwrap();
        let lines = text(ask(&sandbox, &question, Format::Jsonl, &[]));
        let lines: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let rows = if whole.is_array() { &whole } else { &whole["rows"] };
        if question.is_rows {
            assert_eq!(rows.as_array().unwrap(), &lines, "{:?}", question.args);
        }
    }
}

/// Half of a pair of surrogates is JSON, but no text: it stays as it was written.
#[test]
fn half_a_character_stays_an_escape() {
    let sandbox = Sandbox::new();
    let line = r#"{"id":"x","type":"ERROR","agentId":"\ud800 \udfff","timestamp":1760000000000,"data":{"a":"\ud83d"}}"#;
    sandbox.write("a.jsonl", format!("{line}\n"));
    let _ = sandbox.ingest(["a.jsonl"]);
    for format in Format::ALL.into_iter().filter(|format| !format.is_binary()) {
        let answer = sandbox.run(["query", "--format", format.name()]).done();
        assert!(answer.contains("ud83d") && !answer.contains('\u{fffd}'), "{}", format.name());
    }
}

/// The cells of a row of JSON as CSV has them; nothing for those that are no text.
fn cell(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    Some(if is_formula { format!("'{text}") } else { text.to_owned() })
}

#[test]
fn csv_has_the_same_cells_and_no_formula() {
    let sandbox = sandbox(true);
    let mut guarded = 0;
    for question in asked(&HOSTILE, Format::Csv).iter().filter(|question| question.is_rows) {
        let what = format!("{:?}", question.args);
        let lines = text(ask(&sandbox, question, Format::Jsonl, &[]));
        let rows: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (format, delimiter) in [(Format::Csv, b','), (Format::Tsv, b'\t')] {
            if format == Format::Tsv && !is_long() {
                continue;
            }
            let answer = ask(&sandbox, question, format, &[]);
            let mut reader =
                csv::ReaderBuilder::new().delimiter(delimiter).from_reader(answer.as_slice());
            let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
            let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            assert_eq!(records.len(), rows.len(), "{what}");
            for (record, row) in records.iter().zip(&rows) {
                for (found, name) in record.iter().zip(&names) {
                    let computes = found.starts_with(['=', '+', '@', '\t', '\r']);
                    assert!(!computes, "{what} has the formula {found:?} in {name}");
                    if let Some(expected) = cell(&row[name]) {
                        assert_eq!(found, expected, "{name} of {what}");
                        guarded += usize::from(found.starts_with('\''));
                    }
                }
            }
        }
    }
    assert!(guarded > 20, "{guarded}");
}

/// Asserts that each table of a Markdown text has as many cells in every row, and that no text of data
/// is a link or markup.
#[track_caller]
fn assert_markdown(text: &str, what: &str) {
    assert_visible(text, what);
    let mut width = None;
    for line in text.lines() {
        // A notice is a quotation.
        let plain = line.strip_prefix("> ").unwrap_or(line);
        // Tables of a report are folded.
        let folded = plain
            .strip_prefix("<details><summary>")
            .and_then(|rest| rest.strip_suffix("</summary>"))
            .or_else(|| plain.strip_suffix("</details>").filter(|rest| rest.is_empty()));
        let plain = folded.unwrap_or(plain).replace("\\\\", "");
        let bars = plain.replace("\\|", "").matches('|').count();
        if line.starts_with('|') {
            assert_eq!(*width.get_or_insert(bars), bars, "{what}: {line}");
        } else {
            width = None;
        }
        let unescaped = ["[", "]", "`", "*"]
            .iter()
            .fold(plain, |text, mark| text.replace(&format!("\\{mark}"), ""));
        assert!(!unescaped.contains("]("), "{what} has a link: {line}");
        assert!(!unescaped.contains(['<', '>']), "{what} has markup: {line}");
    }
}

#[test]
fn markdown_keeps_its_tables_and_has_no_link() {
    let sandbox = sandbox(true);
    for question in asked(&HOSTILE, Format::Md) {
        let answer = text(ask(&sandbox, &question, Format::Md, &[]));
        assert!(!answer.is_empty(), "{:?}", question.args);
        assert_markdown(&answer, &format!("{:?}", question.args));
    }
}

/// What Python's parser says of the pages of all questions.
fn pages(sandbox: &Sandbox, names: &Names, python: &str) -> Vec<Value> {
    let mut files: Vec<PathBuf> = Vec::new();
    for (number, question) in asked(names, Format::Html).iter().enumerate() {
        let page = text(ask(sandbox, question, Format::Html, &[]));
        let no_hidden = page.replace('\n', "");
        assert_visible(&no_hidden, &format!("{:?}", question.args));
        files.push(sandbox.write(&format!("page{number}.html"), page));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/read_page.py");
    let output = Command::new(python).arg(script).args(&files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    text(output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_page_has_nothing_that_data_put_there() {
    let python = std::env::var("TRACEKIT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if !has_program(&python) {
        return say_skipped("pages read by another parser", "there is no Python");
    }
    let parts = |pages: &[Value]| -> BTreeSet<String> {
        let parts = pages.iter().flat_map(|page| page["parts"].as_array().unwrap());
        parts.map(|part| part.as_str().unwrap().to_owned()).collect()
    };
    let hostile = pages(&sandbox(true), &HOSTILE, &python);
    for (page, question) in hostile.iter().zip(asked(&HOSTILE, Format::Html)) {
        assert_eq!(page["wrong"], serde_json::json!([]), "{:?}", question.args);
    }
    // Whatever the pages are made of, harmless data makes it too.
    let harmless = parts(&pages(&sandbox(false), &HARMLESS, &python));
    let new: Vec<_> = parts(&hostile).difference(&harmless).cloned().collect();
    assert_eq!(new, [] as [&str; 0]);
}

/// Arrow and Parquet hold the same texts, as Python reads them.
#[test]
fn binary_formats_hold_the_same_texts() {
    let python = std::env::var("TRACEKIT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_arrow = Command::new(&python).args(["-c", "import pyarrow.parquet"]).output();
    if !has_arrow.is_ok_and(|output| output.status.success()) {
        return say_skipped("Arrow and Parquet read by Python", "there is no pyarrow");
    }
    let sandbox = sandbox(true);
    let question = Question::rows(&["query", "--columns", "id,agent,source,error_message,tags"]);
    let lines = text(ask(&sandbox, &question, Format::Jsonl, &[]));
    let expected: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (format, read) in [
        (Format::Parquet, "pyarrow.parquet.read_table(sys.argv[1])"),
        (Format::Arrow, "pyarrow.ipc.open_stream(sys.argv[1]).read_all()"),
    ] {
        let file = sandbox.write(format.name(), ask(&sandbox, &question, format, &[]));
        let script = format!(
            "import sys, json, pyarrow, pyarrow.parquet; print(json.dumps({read}.to_pylist()))"
        );
        let output = Command::new(&python).args(["-c", &script]).arg(file).output().unwrap();
        let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        assert!(found == expected, "{}", format.name());
    }
}

/// What people are told repeats what they typed, and names of files.
#[test]
fn messages_show_hostile_words_and_do_not_send_them() {
    let sandbox = sandbox(true);
    sandbox.write("\u{1b}[2Jbad.jsonl", "oops\n".repeat(200));
    sandbox.write("-- \u{202e}x.jsonl", "{\"what\":1}\n");
    let mut runs: Vec<Vec<String>> = Vec::new();
    for hostile in TEXTS.iter().filter(|text| !text.is_empty() && !text.contains('\0')) {
        let words: [&[&str]; 14] = [
            &["show", hostile],
            &["trace", hostile],
            &["query", hostile],
            &["query", "--columns", hostile],
            &["query", "--sort", hostile],
            &["query", "--where", hostile],
            &["query", "--since", hostile],
            &["query", "--agent", hostile],
            &["query", "--store", hostile],
            &["query", "--format", hostile],
            &["sql", hostile],
            // Before there is such a file: what is written would be read, and the store doubled.
            &["ingest", hostile],
            &["query", "-o", hostile],
            &[hostile],
        ];
        let every = if is_long() { 1 } else { 9 };
        // What is written stays in the sandbox: one of the texts is a path to a file of the system.
        let leaves = |args: &&&[&str]| args.contains(&"-o") && hostile.contains("..");
        let chosen = words.iter().skip(runs.len() % every).step_by(every);
        let chosen = chosen.filter(|args| !leaves(args));
        runs.extend(chosen.map(|args| args.iter().map(|arg| (*arg).to_owned()).collect()));
    }
    for args in [
        vec!["ingest", "\u{1b}[2Jbad.jsonl", "-v"],
        vec!["ingest", "-- \u{202e}x.jsonl", "-v"],
        vec!["ingest", "-v", ".", "--progress", "always"],
        vec!["query", "--input", "\u{1b}[2Jbad.jsonl"],
    ] {
        runs.push(args.into_iter().map(str::to_owned).collect());
    }
    for args in runs {
        let outcome = sandbox.run(&args);
        // The bar of progress moves the cursor; what it is made of is checked without a terminal.
        if !args.contains(&"--progress".to_owned()) {
            assert_visible(outcome.stderr(), &format!("{args:?}"));
        }
        assert!(outcome.code().is_some(), "{args:?}");
        assert!(!outcome.stderr().contains("panicked"), "{args:?}: {}", outcome.stderr());
    }
}

/// The script of `--explain` is run by DuckDB, so nothing of it may leave its quotes.
#[test]
fn scripts_for_other_engines_keep_hostile_words_in_quotes() {
    let python = std::env::var("TRACEKIT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_duckdb = Command::new(&python).args(["-c", "import duckdb"]).output();
    if !has_duckdb.is_ok_and(|output| output.status.success()) {
        return say_skipped("scripts for other engines", "there is no DuckDB");
    }
    let sandbox = sandbox(true);
    assert!(sandbox.path(STORE).exists());
    let run = "import sys, duckdb; duckdb.connect().execute(open(sys.argv[1], encoding='utf-8', newline='').read())";
    let is_sayable = |text: &&&str| !text.is_empty() && !text.contains('\0');
    for hostile in TEXTS.iter().filter(is_sayable).step_by(short_or_long(4, 1)) {
        let args = [format!("--agent={hostile}"), format!("--tool={hostile}")];
        let args = ["agents", "--explain"].into_iter().chain(args.iter().map(String::as_str));
        let script = sandbox.run(args).done();
        let file = sandbox.write("script.sql", script);
        let mut duckdb = Command::new(&python);
        let output =
            duckdb.args(["-c", run]).arg(file).current_dir(sandbox.root()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{hostile:?}: {said}");
    }
}
