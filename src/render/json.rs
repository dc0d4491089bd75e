//! JSON and JSON lines: every column, null included, numbers as they are.
//!
//! Rows stand one a line, so that a pipe can be cut by lines. How text is escaped is for `json_text`.

use super::json_text::{write_float, write_json, write_text, write_texts};
use super::{Renderer, RowWriter, calendar};
use crate::report::{Report, Table, Values};
use std::io::{self, Write};

pub(super) static JSON: Renderer = Renderer {
    name: "json",
    doc: "one JSON value: an array of rows, or an object for an analysis",
    is_binary: false,
    rows: |out, _| Box::new(JsonRows::new(out, false)),
    report: Some(write_report),
};

pub(super) static JSONL: Renderer = Renderer {
    name: "jsonl",
    doc: "a JSON object a line",
    is_binary: false,
    rows: |out, _| Box::new(JsonRows::new(out, true)),
    report: None,
};

/// Bytes gathered before they are passed on.
const CHUNK: usize = 128 * 1024;

/// Passes bytes on in chunks.
struct Buffered<W: Write> {
    out: W,
    bytes: Vec<u8>,
}

impl<W: Write> Buffered<W> {
    fn new(out: W) -> Self {
        Self { out, bytes: Vec::with_capacity(CHUNK + CHUNK / 4) }
    }

    fn pass_on_chunk(&mut self) -> io::Result<()> {
        if self.bytes.len() >= CHUNK { self.pass_on() } else { Ok(()) }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        self.out.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }

    /// Writes the rows of a table as objects, as the items of an array or a line each; `follows` says
    /// that items stand before them.
    fn write_rows(&mut self, table: &Table, lines: bool, follows: bool) -> io::Result<()> {
        let keys = row_keys(table);
        for row in 0..table.rows() {
            if !lines && (follows || row > 0) {
                self.bytes.extend_from_slice(b",\n");
            }
            for (key, column) in keys.iter().zip(&table.columns) {
                self.bytes.extend_from_slice(key);
                write_value(&mut self.bytes, &column.values, row)?;
            }
            self.bytes.extend_from_slice(if lines { b"}\n" } else { b"}" });
            self.pass_on_chunk()?;
        }
        Ok(())
    }
}

struct JsonRows<'w> {
    out: Buffered<Box<dyn Write + 'w>>,
    lines: bool,
    has_rows: bool,
}

impl<'w> JsonRows<'w> {
    fn new(out: Box<dyn Write + 'w>, lines: bool) -> Self {
        Self { out: Buffered::new(out), lines, has_rows: false }
    }
}

impl RowWriter for JsonRows<'_> {
    fn write(&mut self, batch: &Table) -> io::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        if !self.lines && !self.has_rows {
            self.out.bytes.extend_from_slice(b"[\n");
        }
        self.out.write_rows(batch, self.lines, self.has_rows)?;
        self.has_rows = true;
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let end: &[u8] = match (self.lines, self.has_rows) {
            (true, _) => b"",
            (false, true) => b"\n]\n",
            (false, false) => b"[]\n",
        };
        self.out.bytes.extend_from_slice(end);
        self.out.pass_on()?;
        self.out.out.flush()
    }
}

fn write_report(report: &Report, out: &mut dyn Write, _: &super::Options) -> io::Result<()> {
    let mut out = Buffered::new(out);
    out.bytes.extend_from_slice(b"{\"schema_version\":1,\"report\":");
    write_text(&mut out.bytes, report.command);
    out.bytes.extend_from_slice(b",\"range\":");
    if let Some((from, to)) = report.range {
        out.bytes.extend_from_slice(b"{\"from\":\"");
        out.bytes.extend_from_slice(calendar::instant(from).as_bytes());
        out.bytes.extend_from_slice(b"\",\"to\":\"");
        out.bytes.extend_from_slice(calendar::instant(to).as_bytes());
        out.bytes.extend_from_slice(b"\"}");
    } else {
        out.bytes.extend_from_slice(b"null");
    }
    if let Some(verdict) = &report.verdict {
        write_key(&mut out.bytes, "verdict");
        serde_json::to_writer(&mut out.bytes, verdict)?;
        write_key(&mut out.bytes, "fixes");
        serde_json::to_writer(&mut out.bytes, &report.fixes)?;
    }
    for section in &report.sections {
        write_key(&mut out.bytes, section.key);
        out.bytes.push(b'[');
        if !section.table.is_empty() {
            out.bytes.push(b'\n');
            out.write_rows(&section.table, false, false)?;
            out.bytes.push(b'\n');
        }
        out.bytes.push(b']');
    }
    for scalar in &report.scalars {
        write_key(&mut out.bytes, scalar.name);
        write_value(&mut out.bytes, &scalar.value, 0)?;
    }
    if !report.summary.is_empty() {
        write_key(&mut out.bytes, "summary");
        write_texts(&mut out.bytes, &report.summary);
    }
    write_key(&mut out.bytes, "notices");
    write_texts(&mut out.bytes, &report.notices);
    out.bytes.extend_from_slice(b"}\n");
    out.pass_on()?;
    out.out.flush()
}

/// The bytes before each value of a row: `{"a":`, then `,"b":`.
fn row_keys(table: &Table) -> Vec<Vec<u8>> {
    let names = table.columns.iter().enumerate();
    let key = names.map(|(i, column)| {
        let mut key = vec![if i == 0 { b'{' } else { b',' }];
        write_text(&mut key, &column.name);
        key.push(b':');
        key
    });
    key.collect()
}

fn write_key(out: &mut Vec<u8>, key: &str) {
    out.push(b',');
    write_text(out, key);
    out.push(b':');
}

fn write_value(out: &mut Vec<u8>, values: &Values, row: usize) -> io::Result<()> {
    let is_there = match values {
        Values::Text(texts) => texts.get(row).map(|text| write_text(out, text)),
        Values::Json(texts) => texts.get(row).map(|text| write_json(out, text)),
        Values::Integer(values) => match values.get(row).copied().flatten() {
            Some(value) => Some(write!(out, "{value}")?),
            None => None,
        },
        Values::Float(values) => match values.get(row).copied().flatten() {
            Some(value) => Some(write_float(out, value)?),
            None => None,
        },
        Values::Bool(values) => values.get(row).copied().flatten().map(|value| {
            out.extend_from_slice(if value { b"true" } else { b"false" });
        }),
        Values::Time(values) => values.get(row).copied().flatten().map(|value| {
            write_quoted(out, calendar::instant(value).as_bytes());
        }),
        Values::Date(values) => values.get(row).copied().flatten().map(|value| {
            write_quoted(out, calendar::day(value).as_bytes());
        }),
        Values::TextList(values) => {
            values.get(row).and_then(Option::as_ref).map(|texts| write_texts(out, texts))
        }
    };
    if is_there.is_none() {
        out.extend_from_slice(b"null");
    }
    Ok(())
}

/// Text that needs no escape.
fn write_quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Options, row_writer, samples, write_report};
    use super::*;
    use crate::report::{Scalar, Unit};
    use serde_json::Value;

    fn rows(format: Format, batches: &[Table]) -> String {
        let mut out = Vec::new();
        let mut writer = row_writer(format, Box::new(&mut out), &Options::default());
        for batch in batches {
            writer.write(batch).unwrap();
        }
        writer.finish().unwrap();
        drop(writer);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_row_holds_every_column() {
        let text = rows(Format::Jsonl, &[samples::every_type()]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            concat!(
                r#"{"agent":"researcher","events":12345,"error_rate":0.06,"done":true,"#,
                r#""p95_duration_ns":1240000000,"cost_microusd":1230000,"bytes":4404019,"#,
                r#""first_seen":"2025-10-09T08:53:20.123000Z","date":"2025-10-09","#,
                r#""tags":["a","b"],"data":{"n":1.50,"s":"x\n"},"status":"ok","nothing":null}"#
            )
        );
        assert!(
            lines[1].starts_with(r#"{"agent":null,"events":null,"error_rate":null,"done":null,"#)
        );
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn an_array_spans_batches() {
        let batch = Table::default().with("a", Unit::None, Values::texts(["x"]));
        let text = rows(Format::Json, &[batch.clone(), Table::default(), batch]);
        assert_eq!(text, "[\n{\"a\":\"x\"},\n{\"a\":\"x\"}\n]\n");
        assert_eq!(rows(Format::Json, &[]), "[]\n");
        assert_eq!(rows(Format::Jsonl, &[]), "");
    }

    #[test]
    fn numbers_that_are_none_are_null() {
        let floats = vec![Some(f64::NAN), Some(f64::INFINITY), Some(0.1), Some(1.0), Some(1e300)];
        let table = Table::default().with("a", Unit::None, Values::Float(floats));
        let text = rows(Format::Jsonl, &[table]);
        assert_eq!(text, "{\"a\":null}\n{\"a\":null}\n{\"a\":0.1}\n{\"a\":1.0}\n{\"a\":1e+300}\n");
    }

    #[test]
    fn embedded_json_stays_on_its_line() {
        let texts = [
            "{\n  \"a b\": \"x \\\" \\\\\",\n  \"c\": [1, 2.0]\n}",
            "not json",
            " 7 ",
            "\"\u{9b}\t\"",
        ];
        let table = Table::default().with(
            "data",
            Unit::None,
            Values::Json(texts.into_iter().map(Some).collect()),
        );
        let text = rows(Format::Jsonl, &[table]);
        let expected = [
            r#"{"data":{"a b":"x \" \\","c":[1,2.0]}}"#,
            r#"{"data":"not json"}"#,
            r#"{"data":7}"#,
            // A raw tab makes the text no JSON, so that it is a string.
            r#"{"data":"\"\u009b\t\""}"#,
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
        let safe = Table::default().with(
            "data",
            Unit::None,
            Values::Json(
                [Some("{\t\"a\":\"\u{9b}\u{202e}\u{e0041}\\u001b\"}")].into_iter().collect(),
            ),
        );
        assert_eq!(
            rows(Format::Jsonl, &[safe]),
            "{\"data\":{ \"a\":\"\\u009b\\u202e\\udb40\\udc41\\u001b\"}}\n"
        );
    }

    #[test]
    fn a_report_is_one_object_in_a_fixed_order() {
        let report = samples::report();
        let mut out = Vec::new();
        write_report(Format::Json, &report, &mut out, &Options::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with(concat!(
            r#"{"schema_version":1,"report":"agents","range":{"from":"2025-10-09T08:53:20.123000Z","#,
            r#""to":"2025-10-09T09:53:20.123000Z"},"rows":["#,
            "\n"
        )));
        assert!(text.ends_with(concat!(
            r#"],"empty":[],"total_ns":1240000000,"summary":["researcher is slow"],"#,
            r#""notices":["costs are estimates"]}"#,
            "\n"
        )));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["rows"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn a_report_of_nothing_is_still_an_object() {
        let scalars = vec![Scalar { name: "n", unit: Unit::None, value: Values::Bool(vec![]) }];
        let report = Report { command: "state", scalars, ..Report::default() };
        let mut out = Vec::new();
        write_report(Format::Json, &report, &mut out, &Options::default()).unwrap();
        assert_eq!(
            out,
            b"{\"schema_version\":1,\"report\":\"state\",\"range\":null,\"n\":null,\"notices\":[]}\n"
        );
    }
}
