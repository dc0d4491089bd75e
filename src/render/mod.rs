//! An answer as bytes: terminal table, JSON, CSV, Markdown, a web page, Parquet, Arrow.
//!
//! One file per format and one line each in `Format::renderer`. What is to be said is in `report`;
//! opening the file, the terminal's width and whether it takes colours are the caller's.

mod ansi;
mod arrow;
mod calendar;
mod csv;
mod escape;
mod html;
mod humanize;
mod json;
mod json_text;
mod layout;
mod markdown;
mod parquet;
mod prose;
#[cfg(test)]
mod samples;
mod table;
mod tone;

pub use escape::{is_hidden, visible};
pub use html::{page_template, try_template};

use crate::report::{Column, Report, Table};
use std::borrow::Cow;
use std::io::{self, Write};

/// The column of texts that keep their lines, where a format can show several.
const OF_LINES: &str = "stack";

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Aligned columns for a terminal.
    Table,
    /// One JSON value.
    Json,
    /// A JSON object a line.
    Jsonl,
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// GitHub's Markdown.
    Md,
    /// One self-contained web page.
    Html,
    /// A Parquet file.
    Parquet,
    /// An Arrow IPC stream.
    Arrow,
}

impl Format {
    /// Every format, in the order of the docs.
    pub const ALL: [Self; 9] = [
        Self::Table,
        Self::Json,
        Self::Jsonl,
        Self::Csv,
        Self::Tsv,
        Self::Md,
        Self::Html,
        Self::Parquet,
        Self::Arrow,
    ];

    /// The spelling on the command line.
    pub fn name(self) -> &'static str {
        self.renderer().name
    }

    /// What it is, in one line.
    pub fn doc(self) -> &'static str {
        self.renderer().doc
    }

    /// Whether its bytes are no text, so that they do not belong on a terminal.
    pub fn is_binary(self) -> bool {
        self.renderer().is_binary
    }

    /// Whether it holds all sections of an answer, and not one table alone.
    pub fn holds_whole_answers(self) -> bool {
        self.renderer().report.is_some()
    }

    /// The format spelled `text`.
    pub fn from_name(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == text)
    }

    /// The format of a file whose name ends with `extension`; nothing for one that says nothing.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension {
            "htm" => Some(Self::Html),
            "markdown" => Some(Self::Md),
            "ndjson" => Some(Self::Jsonl),
            "table" => None,
            other => Self::from_name(other),
        }
    }

    fn renderer(self) -> &'static Renderer {
        match self {
            Self::Table => &table::RENDERER,
            Self::Json => &json::JSON,
            Self::Jsonl => &json::JSONL,
            Self::Csv => &csv::CSV,
            Self::Tsv => &csv::TSV,
            Self::Md => &markdown::RENDERER,
            Self::Html => &html::RENDERER,
            Self::Parquet => &parquet::RENDERER,
            Self::Arrow => &arrow::RENDERER,
        }
    }
}

/// What the caller knows of the place that the bytes go to.
#[derive(Clone, Debug)]
pub struct Options {
    /// Columns of the terminal; without it nothing is cut.
    pub width: Option<usize>,
    /// Whether ANSI colours are welcome.
    pub color: bool,
    /// Whether CSV cells that a spreadsheet would take for a formula get a leading `'`.
    pub csv_safe: bool,
    /// Title for people, in place of the report's own.
    pub title: Option<String>,
    /// Template of a web page, in place of the built-in one.
    pub template: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { width: None, color: false, csv_safe: true, title: None, template: None }
    }
}

/// Takes a stream of batches that all have the same columns.
pub trait RowWriter {
    /// Writes the rows of one batch.
    ///
    /// # Errors
    /// What the output says, and for Parquet and Arrow a batch whose columns differ from the first.
    fn write(&mut self, batch: &Table) -> io::Result<()>;

    /// Writes what is still held back and closes what is open; without any batch, an empty answer.
    ///
    /// # Errors
    /// What the output says.
    fn finish(&mut self) -> io::Result<()>;
}

/// A writer of rows in `format`.
pub fn row_writer<'w>(
    format: Format,
    out: Box<dyn Write + 'w>,
    options: &Options,
) -> Box<dyn RowWriter + 'w> {
    (format.renderer().rows)(out, options)
}

/// Writes the answer of an analysis; a format of plain rows takes the report's main section.
///
/// # Errors
/// What the output says.
pub fn write_report(
    format: Format,
    report: &Report,
    out: &mut dyn Write,
    options: &Options,
) -> io::Result<()> {
    let renderer = format.renderer();
    if let Some(write) = renderer.report {
        return write(report, out, options);
    }
    let mut writer = (renderer.rows)(Box::new(out), options);
    if let Some(table) = first_table(report) {
        writer.write(&table)?;
    }
    writer.finish()
}

type ReportWriter = fn(&Report, &mut dyn Write, &Options) -> io::Result<()>;

/// One entry of the registry.
struct Renderer {
    name: &'static str,
    doc: &'static str,
    is_binary: bool,
    rows: for<'w> fn(Box<dyn Write + 'w>, &Options) -> Box<dyn RowWriter + 'w>,
    /// Without it a report is the rows of its first table.
    report: Option<ReportWriter>,
}

/// The table that stands for a report where only rows can be written: its main section, or without
/// any its scalars as one row.
fn first_table(report: &Report) -> Option<Cow<'_, Table>> {
    if let Some(place) = report.main_section() {
        return Some(Cow::Borrowed(&report.sections[place].table));
    }
    let columns = report.scalars.iter().filter(|scalar| scalar.value.len() == 1);
    let columns: Vec<Column> = columns
        .map(|scalar| Column {
            name: scalar.name.to_owned(),
            unit: scalar.unit,
            values: scalar.value.clone(),
        })
        .collect();
    (!columns.is_empty()).then_some(Cow::Owned(Table { columns }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Scalar, Unit, Values};

    #[test]
    fn names_lead_back_to_their_formats() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(format));
            assert!(!format.doc().is_empty());
        }
        assert_eq!(Format::from_name("yaml"), None);
    }

    #[test]
    fn every_format_takes_no_batch_an_empty_batch_and_a_batch_without_columns() {
        let empty = samples::every_type().columns.into_iter().map(|column| Column {
            values: Values::Text([None::<&str>; 0].into_iter().collect()),
            ..column
        });
        let empty = Table { columns: empty.collect() };
        for format in Format::ALL {
            for batches in [vec![], vec![empty.clone()], vec![Table::default()]] {
                let mut out = Vec::new();
                let mut writer = row_writer(format, Box::new(&mut out), &Options::default());
                for batch in &batches {
                    writer.write(batch).unwrap();
                }
                writer.finish().unwrap();
                drop(writer);
                if format == Format::Json {
                    assert_eq!(out, b"[]\n");
                }
            }
        }
    }

    #[test]
    fn a_closed_pipe_is_known_as_such() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        // More than any format holds back.
        let text = "x".repeat(1_000_000);
        let table = Table::default().with("a", Unit::None, Values::texts([text.as_str(), "y"]));
        for format in Format::ALL {
            let mut writer = row_writer(format, Box::new(Closed), &Options::default());
            let error = writer.write(&table).and_then(|()| writer.finish()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{format:?}");
            let error = write_report(format, &samples::report(), &mut Closed, &Options::default());
            assert_eq!(error.unwrap_err().kind(), io::ErrorKind::BrokenPipe, "{format:?}");
        }
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        for format in Format::ALL {
            let bytes = || {
                let mut out = Vec::new();
                write_report(format, &samples::report(), &mut out, &Options::default()).unwrap();
                out
            };
            assert_eq!(bytes(), bytes(), "{format:?}");
        }
    }

    #[test]
    fn formats_for_people_show_no_hidden_character() {
        for format in [Format::Table, Format::Md, Format::Html] {
            let mut report = samples::report();
            report.title = samples::HOSTILE.to_owned();
            report.summary.push(samples::HOSTILE.to_owned());
            report.notices.push(samples::HOSTILE.to_owned());
            report.sections[0].title = samples::HOSTILE.to_owned();
            report.sections[0].lead = Some(samples::HOSTILE.to_owned());
            report.sections[0].table.columns[0].name = samples::HOSTILE.to_owned();
            let mut out = Vec::new();
            write_report(format, &report, &mut out, &Options::default()).unwrap();
            let mut writer = row_writer(format, Box::new(&mut out), &Options::default());
            writer.write(&report.sections[0].table).unwrap();
            writer.finish().unwrap();
            drop(writer);
            let text = String::from_utf8(out).unwrap();
            assert!(!text.replace('\n', "").contains(escape::is_hidden), "{format:?}");
            assert!(text.contains("u{202e}"), "{format:?}");
        }
    }

    #[test]
    fn a_report_without_sections_is_a_row_of_its_scalars() {
        let scalar = |name, value| Scalar { name, unit: Unit::Count, value };
        let report = Report {
            scalars: vec![
                scalar("records", Values::Integer(vec![Some(12)])),
                scalar("rejected", Values::Integer(vec![Some(1)])),
            ],
            ..Report::default()
        };
        let mut out = Vec::new();
        write_report(Format::Csv, &report, &mut out, &Options::default()).unwrap();
        assert_eq!(out, b"records,rejected\n12,1\n");
    }
}
