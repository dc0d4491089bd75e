//! Every output format, read back by a reader that is not tracekit's own.

use super::super::runner::{Sandbox, event, run_fixture};
use arrow::array::{Array, RecordBatch, StringArray};
use arrow::ipc::reader::StreamReader;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use std::fs::File;

const IDS: [&str; 7] = ["ev-03", "ev-10", "ev-11", "ev-13", "ev-14", "ev-17", "ev-24"];
const COLUMNS: &str = "id,name,duration_ns,tags,data,time";

/// The seven records of tasks, in this format.
fn written(format: &str) -> Vec<u8> {
    let sandbox = Sandbox::new();
    let args = ["query", "--type", "TASK_*", "--columns", COLUMNS, "--format", format, "--input"];
    sandbox.run(args.map(str::to_owned).into_iter().chain([run_fixture()])).bytes()
}

fn text(format: &str) -> String {
    String::from_utf8(written(format)).unwrap()
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[test]
fn json_is_one_array_and_jsonl_a_row_a_line() {
    let array: Vec<Value> = serde_json::from_slice(&written("json")).unwrap();
    assert_eq!(ids(&array), IDS);
    let lines: Vec<Value> =
        text("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, array);
    assert_eq!(array[0]["tags"], json!(["task", "research"]));
    assert_eq!(array[0]["data"]["parameters"]["sources"][1], "patents");
    assert_eq!(array[2]["duration_ns"], 4_000_000_000_u64);
    assert_eq!(array[4]["name"], "Search for prior plots “tidal”");
}

#[test]
fn an_empty_answer_is_valid_too() {
    let sandbox = Sandbox::with_store([run_fixture()]);
    let empty = |format: &str| {
        let args = ["query", "--agent", "nobody", "--columns", "id,agent", "--format", format];
        sandbox.run(args).done()
    };
    assert_eq!(serde_json::from_str::<Vec<Value>>(&empty("json")).unwrap(), Vec::<Value>::new());
    assert_eq!(empty("jsonl"), "");
    assert_eq!(empty("csv").trim_end(), "id,agent");
    assert_eq!(empty("tsv").trim_end(), "id\tagent");
}

#[test]
fn csv_and_tsv_have_a_header_and_quote_what_must_be() {
    for (format, delimiter) in [("csv", b','), ("tsv", b'\t')] {
        let bytes = written(format);
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes.as_slice());
        assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>().join(","), COLUMNS);
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.iter().map(|row| &row[0]).collect::<Vec<_>>(), IDS, "{format}");
        assert_eq!(&rows[2][2], "4000000000");
        assert_eq!(&rows[1][2], "", "{format}: null is empty");
        let tags: Value = serde_json::from_str(&rows[0][3]).unwrap();
        assert_eq!(tags, json!(["task", "research"]));
        let data: Value = serde_json::from_str(&rows[0][4]).unwrap();
        assert_eq!(data["description"], "Collect sources on tidal power");
        assert_eq!(&rows[0][5], "2025-10-09T08:53:21.000000Z");
    }
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_made_safe() {
    let sandbox = Sandbox::new();
    let hostile = event("x", 1000, "=1+1", r#"{"taskId":"-2"}"#);
    sandbox.write("a.jsonl", hostile.replace("\"a\"", "\"@who\"") + "\n");
    let first = |flags: &[&str]| {
        let args = ["query", "--input", "a.jsonl", "--columns", "type,agent,task_id,source_offset"];
        let text = sandbox.run(args.iter().chain(&["--format", "csv"]).chain(flags)).done();
        text.lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(first(&[]), "'=1+1,'@who,'-2,0");
    assert_eq!(first(&["--csv-safe", "never"]), "=1+1,@who,-2,0");
}

#[test]
fn markdown_and_tables_show_every_row() {
    let markdown = text("md");
    let lines: Vec<&str> = markdown.lines().collect();
    assert_eq!(lines.len(), 2 + IDS.len(), "{markdown}");
    assert!(lines[0].starts_with("| id | name |"), "{markdown}");
    assert!(lines[1].starts_with("|---|"), "{markdown}");
    for (line, id) in lines[2..].iter().zip(IDS) {
        assert!(line.starts_with(&format!("| {id} |")) && line.ends_with('|'), "{line}");
    }
    let table = text("table");
    assert!(!table.contains('\u{1b}'), "colour where nobody looks: {table}");
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("id "), "{table}");
    for id in IDS {
        assert!(lines.iter().any(|line| line.starts_with(id)), "{id} in {table}");
    }
}

#[test]
fn html_is_one_page_without_network() {
    let page = text("html");
    assert!(page.trim_start().to_lowercase().starts_with("<!doctype html"), "{page}");
    assert!(page.contains("Content-Security-Policy"), "{page}");
    for forbidden in ["src=\"http", "href=\"http", "url(http", "url(\"http", "@import", "fetch("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("ev-24"));
}

fn id_column(batches: &[RecordBatch]) -> Vec<String> {
    let ids = batches.iter().flat_map(|batch| {
        let column = batch.column_by_name("id").unwrap();
        let column = arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8).unwrap();
        let column = column.as_any().downcast_ref::<StringArray>().unwrap().clone();
        (0..column.len()).map(move |row| column.value(row).to_owned()).collect::<Vec<_>>()
    });
    ids.collect()
}

#[test]
fn arrow_is_a_stream() {
    let bytes = written("arrow");
    let reader = StreamReader::try_new(bytes.as_slice(), None).unwrap();
    let schema = reader.schema();
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names.join(","), COLUMNS);
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    assert_eq!(id_column(&batches), IDS);
}

#[test]
fn parquet_is_a_file() {
    let bytes = written("parquet");
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let sandbox = Sandbox::new();
    let path = sandbox.write("answer.parquet", &bytes);
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    assert_eq!(builder.metadata().file_metadata().num_rows(), 7);
    let batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
    assert_eq!(id_column(&batches), IDS);
    assert_eq!(batches[0].num_columns(), 6);
}

#[test]
fn reports_are_written_in_every_format() {
    let sandbox = Sandbox::with_store([run_fixture()]);
    for (flag, start) in
        [("--html", "<!doctype html"), ("--md", "#"), ("--json", "{\"schema_version\":1")]
    {
        let text = sandbox.run(["report", flag]).done();
        assert!(text.to_lowercase().starts_with(start), "{flag}: {text}");
        assert!(text.contains("researcher"), "{flag}");
    }
}

/// What comes out as numbers must not change on the way.
#[test]
fn numbers_and_kept_text_come_out_as_they_went_in() {
    let sandbox = Sandbox::new();
    let data =
        r#"{"big":12345678901234567890123,"e":1e400,"f":0.1,"z":-0,"u":"\u00e9\u2028","n":null}"#;
    sandbox.write("a.jsonl", event("x", 1, "AGENT_IDLE", data) + "\n");
    let text = sandbox.run(["query", "--input", "a.jsonl", "--columns", "data"]).done();
    assert_eq!(text, format!("{{\"data\":{data}}}\n"));
}
