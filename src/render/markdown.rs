//! GitHub's Markdown: headings, sentences, tables, notes, with values as people read them.

use super::{Options, Renderer, RowWriter, escape, humanize};
use crate::report::{Column, Report, Section, Table};
use std::io::{self, Write};

pub(super) static RENDERER: Renderer = Renderer {
    name: "md",
    doc: "GitHub Markdown",
    is_binary: false,
    rows: |out, options| Box::new(MarkdownRows::new(out, options)),
    report: Some(write_report),
};

struct MarkdownRows<'w> {
    out: io::BufWriter<Box<dyn Write + 'w>>,
    title: Option<String>,
    has_header: bool,
}

impl<'w> MarkdownRows<'w> {
    fn new(out: Box<dyn Write + 'w>, options: &Options) -> Self {
        let out = io::BufWriter::with_capacity(64 * 1024, out);
        Self { out, title: options.title.clone(), has_header: false }
    }
}

impl RowWriter for MarkdownRows<'_> {
    fn write(&mut self, batch: &Table) -> io::Result<()> {
        if let Some(title) = self.title.take() {
            writeln!(self.out, "# {}\n", escape::markdown(&title))?;
        }
        let columns: Vec<&Column> = batch.columns.iter().collect();
        if !self.has_header && !columns.is_empty() {
            self.has_header = true;
            write_header(&mut self.out, &columns, |column| column.name.clone())?;
        }
        write_rows(&mut self.out, &columns, batch.rows(), humanize::write_cell)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn write_report(report: &Report, out: &mut dyn Write, options: &Options) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(64 * 1024, out);
    let title = options.title.as_ref().unwrap_or(&report.title);
    writeln!(out, "# {}", escape::markdown(title))?;
    if let Some((from, to)) = report.range {
        writeln!(out, "\n{}", humanize::range(from, to))?;
    }
    if let Some(verdict) = &report.verdict {
        writeln!(out, "\n**{}**", escape::markdown(&verdict.text))?;
    }
    for (i, fix) in report.fixes.iter().enumerate() {
        let [title, text, suggestion] =
            [&fix.title, &fix.text, &fix.suggestion].map(|text| escape::markdown(text));
        let start = if i == 0 { "\n" } else { "" };
        // A sentence may end without its stop, and there may be no other.
        let stop = if text.is_empty() || suggestion.ends_with('.') { "" } else { "." };
        let line =
            format!("{start}{}. **{title}** ({}): {suggestion}{stop} {text}", i + 1, fix.severity);
        writeln!(out, "{}", line.trim_end())?;
    }
    for (i, line) in report.summary.iter().enumerate() {
        let line = escape::markdown(line);
        if i == 0 && report.verdict.is_none() {
            writeln!(out, "\n**{line}**")?;
        } else {
            writeln!(out, "\n{line}")?;
        }
    }
    for (i, scalar) in report.scalars.iter().enumerate() {
        let text = humanize::scalar(scalar);
        let label = escape::markdown(&humanize::label(scalar.name, scalar.unit));
        let text = if text.is_empty() { "–".to_owned() } else { escape::markdown(&text) };
        writeln!(out, "{}- {label}: **{text}**", if i == 0 { "\n" } else { "" })?;
    }
    // Where there is a verdict, the tables are what it rests on: folded, and short enough for a comment.
    let is_folded = report.verdict.is_some();
    for section in &report.sections {
        if is_folded {
            write_folded(&mut out, section)?;
        } else {
            write_section(&mut out, section)?;
        }
    }
    for notice in &report.notices {
        writeln!(out, "\n> **Note:** {}", escape::markdown(notice))?;
    }
    out.flush()
}

/// So many rows a folded table has.
const MOST_FOLDED: usize = 20;

fn write_folded(out: &mut impl Write, section: &Section) -> io::Result<()> {
    let rows = section.table.rows();
    let title = escape::markdown(&section.title);
    writeln!(out, "\n<details><summary>{title} ({rows})</summary>\n")?;
    let cut = Section { table: section.table.first(MOST_FOLDED), ..section.clone() };
    write_content(out, &cut)?;
    if rows > MOST_FOLDED {
        writeln!(out, "\n{} more rows are in the other formats.", rows - MOST_FOLDED)?;
    }
    writeln!(out, "\n</details>")
}

fn write_section(out: &mut impl Write, section: &Section) -> io::Result<()> {
    writeln!(out, "\n## {}\n", escape::markdown(&section.title))?;
    write_content(out, section)
}

fn write_content(out: &mut impl Write, section: &Section) -> io::Result<()> {
    if let Some(lead) = &section.lead {
        writeln!(out, "{}\n", escape::markdown(lead))?;
    }
    let table = &section.table;
    if table.is_empty() {
        return writeln!(out, "No rows.");
    }
    let is_filled = |column: &&Column| {
        let values = &column.values;
        (0..values.len()).any(|row| !values.is_null(row))
    };
    let (filled, empty): (Vec<&Column>, Vec<&Column>) = table.columns.iter().partition(is_filled);
    let label = |column: &Column| humanize::label(&column.name, column.unit);
    if !filled.is_empty() {
        write_header(out, &filled, label)?;
        write_rows(out, &filled, table.rows(), humanize::write_words)?;
    }
    if !empty.is_empty() {
        let labels: Vec<String> = empty.into_iter().map(label).collect();
        writeln!(out, "\nColumns without values: {}", escape::markdown(&labels.join(", ")))?;
    }
    Ok(())
}

fn write_header(
    out: &mut impl Write,
    columns: &[&Column],
    label: impl Fn(&Column) -> String,
) -> io::Result<()> {
    for column in columns {
        write!(out, "| {} ", escape::markdown(&label(column)))?;
    }
    writeln!(out, "|")?;
    for column in columns {
        let is_numeric = humanize::is_numeric(&column.values);
        write!(out, "|{}", if is_numeric { "---:" } else { "---" })?;
    }
    writeln!(out, "|")
}

fn write_rows(
    out: &mut impl Write,
    columns: &[&Column],
    rows: usize,
    write_cell: fn(&mut String, &Column, usize),
) -> io::Result<()> {
    let mut cell = String::new();
    for row in 0..rows {
        for column in columns {
            cell.clear();
            write_cell(&mut cell, column, row);
            let text = if column.name == super::OF_LINES {
                cell.lines().map(escape::markdown).collect::<Vec<_>>().join("<br>")
            } else {
                escape::markdown(&cell)
            };
            write!(out, "| {text} ")?;
        }
        writeln!(out, "|")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Format, row_writer, samples, write_report};
    use super::*;
    use crate::report::{Unit, Values};

    #[test]
    fn a_report_has_headings_sentences_tables_and_notes() {
        let mut report = samples::report();
        report.sections[0].table = Table::default()
            .with("agent", Unit::None, Values::texts(["a|b", "<i>\n"]))
            .with("cost_microusd", Unit::Microusd, Values::Integer(vec![Some(1_230_000), None]))
            .with("none", Unit::None, Values::Bool(vec![None, None]));
        let mut out = Vec::new();
        write_report(Format::Md, &report, &mut out, &Options::default()).unwrap();
        let expected = r"# Agents

2025-10-09 08:53:20.123 to 2025-10-09 09:53:20.123 UTC (1h 00m)

**researcher is slow**

- total: **1.24 s**

## Agents

| agent | cost |
|---|---:|
| a\|b | $1.23 |
| &lt;i&gt;\\n |  |

Columns without values: none

## Tools

Calls by tool.

No rows.

> **Note:** costs are estimates
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_stream_is_one_table_of_all_columns() {
        let table = Table::default()
            .with("a_ns", Unit::Nanoseconds, Values::Integer(vec![Some(7)]))
            .with("none", Unit::None, Values::Bool(vec![None]));
        let mut out = Vec::new();
        let mut writer = row_writer(Format::Md, Box::new(&mut out), &Options::default());
        writer.write(&table).unwrap();
        writer.write(&table).unwrap();
        writer.finish().unwrap();
        drop(writer);
        let expected = "| a_ns | none |\n|---:|---|\n| 7 ns |  |\n| 7 ns |  |\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
