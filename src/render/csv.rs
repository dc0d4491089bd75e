//! CSV and TSV after RFC 4180, lines ended by a line feed: a header, then a row a line.
//!
//! Null and the empty text are both an empty cell; lists are JSON texts. A text cell that a
//! spreadsheet would take for a formula gets a leading `'`, unless the options forbid it.

use super::{Options, Renderer, RowWriter, calendar, json_text};
use crate::report::{Column, Table, Values};
use std::io::{self, Write};

pub(super) static CSV: Renderer = Renderer {
    name: "csv",
    doc: "comma-separated values with a header",
    is_binary: false,
    rows: |out, options| Box::new(CsvRows::new(out, b',', options)),
    report: None,
};

pub(super) static TSV: Renderer = Renderer {
    name: "tsv",
    doc: "tab-separated values with a header",
    is_binary: false,
    rows: |out, options| Box::new(CsvRows::new(out, b'\t', options)),
    report: None,
};

struct CsvRows<'w> {
    writer: ::csv::Writer<Box<dyn Write + 'w>>,
    is_safe: bool,
    has_header: bool,
    /// The cell being made.
    cell: Vec<u8>,
}

impl<'w> CsvRows<'w> {
    fn new(out: Box<dyn Write + 'w>, delimiter: u8, options: &Options) -> Self {
        let writer = ::csv::WriterBuilder::new()
            .delimiter(delimiter)
            .buffer_capacity(128 * 1024)
            .from_writer(out);
        Self { writer, is_safe: options.csv_safe, has_header: false, cell: Vec::new() }
    }

    /// Writes a cell of text.
    fn write_text(&mut self, text: &str) -> io::Result<()> {
        if self.is_safe && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            self.cell.clear();
            self.cell.push(b'\'');
            self.cell.extend_from_slice(text.as_bytes());
            self.writer.write_field(&self.cell).map_err(to_io)
        } else {
            self.writer.write_field(text).map_err(to_io)
        }
    }

    fn write_cell(&mut self, column: &Column, row: usize) -> io::Result<()> {
        self.cell.clear();
        match &column.values {
            Values::Text(texts) | Values::Json(texts) => {
                return self.write_text(texts.get(row).unwrap_or_default());
            }
            Values::Integer(values) => {
                if let Some(value) = values.get(row).copied().flatten() {
                    write!(self.cell, "{value}")?;
                }
            }
            Values::Float(values) => match values.get(row).copied().flatten() {
                Some(value) if value.is_finite() => json_text::write_float(&mut self.cell, value)?,
                Some(value) => write!(self.cell, "{value}")?,
                None => {}
            },
            Values::Bool(values) => {
                if let Some(value) = values.get(row).copied().flatten() {
                    self.cell.extend_from_slice(if value { b"true" } else { b"false" });
                }
            }
            Values::Time(values) => {
                if let Some(value) = values.get(row).copied().flatten() {
                    let stamp = calendar::instant(value);
                    return self.writer.write_field(stamp.as_bytes()).map_err(to_io);
                }
            }
            Values::Date(values) => {
                if let Some(value) = values.get(row).copied().flatten() {
                    let stamp = calendar::day(value);
                    return self.writer.write_field(stamp.as_bytes()).map_err(to_io);
                }
            }
            Values::TextList(values) => {
                if let Some(texts) = values.get(row).and_then(Option::as_ref) {
                    json_text::write_texts(&mut self.cell, texts);
                }
            }
        }
        self.writer.write_field(&self.cell).map_err(to_io)
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.writer.write_record(None::<&[u8]>).map_err(to_io)
    }
}

impl RowWriter for CsvRows<'_> {
    fn write(&mut self, batch: &Table) -> io::Result<()> {
        if batch.columns.is_empty() {
            return Ok(());
        }
        if !self.has_header {
            self.has_header = true;
            for column in &batch.columns {
                self.write_text(&column.name)?;
            }
            self.end_row()?;
        }
        for row in 0..batch.rows() {
            for column in &batch.columns {
                self.write_cell(column, row)?;
            }
            self.end_row()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The error of the output itself where there is one, so that a closed pipe is known as such.
fn to_io(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, row_writer, samples, write_report};
    use super::*;
    use crate::report::Unit;

    fn rows(format: Format, options: &Options, batches: &[Table]) -> String {
        let mut out = Vec::new();
        let mut writer = row_writer(format, Box::new(&mut out), options);
        for batch in batches {
            writer.write(batch).unwrap();
        }
        writer.finish().unwrap();
        drop(writer);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_type_has_its_text() {
        let text = rows(Format::Csv, &Options::default(), &[samples::every_type()]);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(
            rows[0].iter().collect::<Vec<_>>(),
            [
                "researcher",
                "12345",
                "0.06",
                "true",
                "1240000000",
                "1230000",
                "4404019",
                "2025-10-09T08:53:20.123000Z",
                "2025-10-09",
                r#"["a","b"]"#,
                "{\n \"n\": 1.50,\n \"s\": \"x\\n\"\n}",
                "ok",
                ""
            ]
        );
        assert!(rows[1].iter().all(str::is_empty));
        assert_eq!(&rows[2][0], format!("'{}", samples::HOSTILE));
        assert_eq!(&rows[2][1], "-1");
    }

    #[test]
    fn formulas_are_guarded_unless_told_otherwise() {
        let texts = ["=1", "+1", "-1", "@a", "\tx", "\rx", "a=1", "", "'"];
        let table = Table::default().with("=a", Unit::None, Values::texts(texts));
        let text = rows(Format::Csv, &Options::default(), std::slice::from_ref(&table));
        assert_eq!(text, "'=a\n'=1\n'+1\n'-1\n'@a\n'\tx\n\"'\rx\"\na=1\n\"\"\n'\n");
        let options = Options { csv_safe: false, ..Options::default() };
        assert!(rows(Format::Csv, &options, &[table]).starts_with("=a\n=1\n"));
    }

    #[test]
    fn what_would_break_a_cell_is_quoted() {
        let table = Table::default()
            .with("a", Unit::None, Values::texts(["x\ty", "say \"hi\"\nbye"]))
            .with("b", Unit::None, Values::texts(["1,2", "c"]));
        let text = rows(Format::Tsv, &Options::default(), std::slice::from_ref(&table));
        assert_eq!(text, "a\tb\n\"x\ty\"\t1,2\n\"say \"\"hi\"\"\nbye\"\tc\n");
        let text = rows(Format::Csv, &Options::default(), &[table]);
        assert_eq!(text, "a,b\nx\ty,\"1,2\"\n\"say \"\"hi\"\"\nbye\",c\n");
    }

    #[test]
    fn an_empty_batch_gives_the_header_once() {
        let table = Table::default().with("a", Unit::None, Values::Float(vec![]));
        assert_eq!(rows(Format::Csv, &Options::default(), &[table.clone(), table]), "a\n");
        assert_eq!(rows(Format::Csv, &Options::default(), &[]), "");
    }

    #[test]
    fn a_report_is_its_first_section() {
        let mut out = Vec::new();
        write_report(Format::Tsv, &samples::report(), &mut out, &Options::default()).unwrap();
        assert!(out.starts_with(b"agent\tevents\terror_rate\t"));
    }
}
