//! Aligned columns for a terminal, and around them what else a report has to say.
//!
//! Columns without any value are left out and named below the table. A single row that does not fit is
//! written a column a line. A stream is laid out in blocks, the later ones under the widths of the first
//! as long as they fit. Where the columns stand is for `layout`.

use super::ansi::{BOLD, DIM, mark, paint, to_ansi};
use super::layout::{self, Head, Place, Yields};
use super::tone::{self, Tone};
use super::{Options, Renderer, RowWriter, escape, humanize};
use crate::report::{Report, Section, Table, Values};
use std::borrow::Cow;
use std::io::{self, Write};

pub(super) static RENDERER: Renderer = Renderer {
    name: "table",
    doc: "aligned columns for people",
    is_binary: false,
    rows: |out, options| Box::new(TableRows::new(out, Labels::Names, options)),
    report: Some(write_report),
};

/// Rows laid out at once.
const BLOCK_ROWS: usize = 10_000;

/// Bytes laid out at once, about: a block with very long texts has fewer rows.
const BLOCK_BYTES: usize = 64 << 20;

/// Columns of texts that say nothing, or something else, when they are cut: drawings and values with units.
const WHOLE: [&str; 9] = [
    "metric",
    "past_and_forecast",
    "last",
    "in_1_h",
    "in_24_h",
    "per_hour",
    "activity",
    "score",
    "expected",
];

/// Columns of sentences that a person has to read to their end: they go on in the next line.
const SENTENCES: [&str; 4] = ["what", "deducted", "suggestion", "note"];

/// What stands above a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Labels {
    /// Its name, which the reader may want to type.
    Names,
    /// Its name in words.
    Words,
}

/// Rows that are laid out together.
#[derive(Default)]
struct Block {
    /// Cells ready to be shown.
    rows: Vec<Vec<String>>,
    /// The longest cell of each column in bytes.
    longest: Vec<usize>,
    /// The columns that hold a value.
    is_filled: Vec<bool>,
}

impl Block {
    fn is_full(&self, width: Option<usize>) -> bool {
        let line: usize = self.longest.iter().sum();
        let line = width.map_or(line, |width| width.min(line));
        self.rows.len() >= BLOCK_ROWS || self.rows.len() * line >= BLOCK_BYTES
    }
}

struct TableRows<'w> {
    out: io::BufWriter<Box<dyn Write + 'w>>,
    title: Option<String>,
    labels: Labels,
    width: Option<usize>,
    has_color: bool,
    heads: Vec<Head>,
    block: Block,
    /// Of the rows written last.
    places: Option<Vec<Place>>,
    /// The columns that held a value so far, and those that were left out.
    ever_filled: Vec<bool>,
    ever_left_out: Vec<bool>,
    has_rows: bool,
    /// Whether a column has sentences.
    has_sentences: bool,
}

impl<'w> TableRows<'w> {
    fn new(out: Box<dyn Write + 'w>, labels: Labels, options: &Options) -> Self {
        Self {
            out: io::BufWriter::with_capacity(64 * 1024, out),
            title: options.title.clone(),
            labels,
            width: options.width,
            has_color: options.color,
            heads: Vec::new(),
            block: Block::default(),
            places: None,
            ever_filled: Vec::new(),
            ever_left_out: Vec::new(),
            has_rows: false,
            has_sentences: false,
        }
    }

    fn read_heads(&mut self, batch: &Table) {
        for column in &batch.columns {
            let label = match self.labels {
                Labels::Names => Cow::Borrowed(column.name.as_str()),
                Labels::Words => Cow::Owned(humanize::label(&column.name, column.unit)),
            };
            self.has_sentences |= SENTENCES.contains(&column.name.as_str());
            self.heads.push(Head {
                label: escape::visible(&label).into_owned(),
                is_numeric: humanize::is_numeric(&column.values),
                yields: match column.values {
                    Values::Json(_) | Values::TextList(_) => Yields::First,
                    Values::Text(_) if WHOLE.contains(&column.name.as_str()) => Yields::Never,
                    Values::Text(_) if !tone::has_tones(&column.name) => Yields::Second,
                    _ => Yields::Never,
                },
            });
        }
        self.ever_filled = vec![false; self.heads.len()];
        self.ever_left_out = vec![false; self.heads.len()];
        self.start_block();
    }

    fn start_block(&mut self) {
        self.block = Block {
            rows: Vec::new(),
            longest: self.heads.iter().map(|head| head.label.len()).collect(),
            is_filled: vec![false; self.heads.len()],
        };
    }

    fn add_row(&mut self, batch: &Table, row: usize) {
        let mut cells = Vec::with_capacity(batch.columns.len());
        let states = self.block.longest.iter_mut().zip(&mut self.block.is_filled);
        for (column, (longest, is_filled)) in batch.columns.iter().zip(states) {
            let mut text = String::new();
            if column.values.is_null(row) {
                if self.has_color {
                    text = mark("–", Tone::Faint);
                }
            } else {
                *is_filled = true;
                match self.labels {
                    Labels::Names => humanize::write_cell(&mut text, column, row),
                    Labels::Words => humanize::write_words(&mut text, column, row),
                }
                if let Cow::Owned(safe) = escape::visible(&text) {
                    text = safe;
                }
                if self.has_color
                    && tone::has_tones(&column.name)
                    && let Some(tone) = tone::of_word(&text)
                {
                    text = mark(&text, tone);
                }
            }
            *longest = text.len().max(*longest);
            cells.push(text);
        }
        self.block.rows.push(cells);
    }

    fn write_block(&mut self, is_last: bool) -> io::Result<()> {
        let has_sentences = self.labels == Labels::Words && self.has_sentences;
        let is_cut = self.width.is_some() && !has_sentences;
        let is_filled = std::mem::take(&mut self.block.is_filled);
        let rows = std::mem::take(&mut self.block.rows);
        for (ever, now) in self.ever_filled.iter_mut().zip(&is_filled) {
            *ever |= now;
        }
        let is_single = is_last && self.places.is_none() && rows.len() == 1;
        let labels = self.heads.iter().map(|head| head.label.clone()).collect();
        let single = if is_single { rows.first().cloned() } else { None };
        let grid = layout::grid(labels, rows, is_cut);
        let natural = grid.column_max_content_widths();
        let may_follow = self
            .places
            .take()
            .filter(|places| layout::holds(places, &self.heads, &natural, &is_filled, is_cut));
        let follows = may_follow.is_some();
        let places = may_follow.unwrap_or_else(|| {
            layout::choose_places(&self.heads, &natural, &is_filled, self.width)
        });
        let is_whole = places.iter().zip(&natural).all(|(place, natural)| match place {
            Place::Shown(width) => width >= natural,
            Place::LeftOut => false,
            Place::Empty => true,
        });
        if let Some(cells) = single
            && !is_whole
        {
            self.has_rows = true;
            return self.write_single(cells, &is_filled);
        }
        for (ever, place) in self.ever_left_out.iter_mut().zip(&places) {
            *ever |= *place == Place::LeftOut;
        }
        if self.has_rows && !follows {
            writeln!(self.out)?;
        }
        self.has_rows = true;
        for (i, line) in layout::draw(grid, &self.heads, &places).enumerate() {
            match i {
                0 | 1 if follows => {}
                0 => writeln!(self.out, "{}", paint(&line, BOLD, self.has_color))?,
                1 => writeln!(self.out, "{}", paint(&line, DIM, self.has_color))?,
                _ => writeln!(self.out, "{}", to_ansi(&line))?,
            }
        }
        self.places = Some(places);
        self.start_block();
        Ok(())
    }

    /// Writes the columns of the only row below one another.
    fn write_single(&mut self, cells: Vec<String>, is_filled: &[bool]) -> io::Result<()> {
        let wide = self.heads.iter().map(|head| head.label.chars().count()).max().unwrap_or(0);
        for ((head, cell), is_filled) in self.heads.iter().zip(cells).zip(is_filled) {
            if *is_filled {
                let label = format!("{:wide$}", head.label);
                let label = paint(&label, BOLD, self.has_color);
                writeln!(self.out, "{label}  {}", to_ansi(&cell))?;
            }
        }
        Ok(())
    }

    /// Writes the labels of the columns for which `is_meant`.
    fn write_names(&mut self, lead: &str, is_meant: &[bool]) -> io::Result<()> {
        let names = self.heads.iter().zip(is_meant).filter(|(_, is_meant)| **is_meant);
        let names: Vec<&str> = names.map(|(head, _)| head.label.as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let line = format!("({lead}: {})", names.join(", "));
        writeln!(self.out, "{}", paint(&line, DIM, self.has_color))
    }
}

impl RowWriter for TableRows<'_> {
    fn write(&mut self, batch: &Table) -> io::Result<()> {
        if let Some(title) = self.title.take() {
            let title = paint(&escape::visible(&title), BOLD, self.has_color);
            writeln!(self.out, "{title}\n")?;
        }
        if self.heads.is_empty() {
            self.read_heads(batch);
        }
        for row in 0..batch.rows() {
            if self.block.is_full(self.width) {
                self.write_block(false)?;
            }
            self.add_row(batch, row);
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        if !self.block.rows.is_empty() {
            self.write_block(true)?;
        }
        if self.has_rows {
            let never_filled: Vec<bool> = self.ever_filled.iter().map(|filled| !filled).collect();
            let left_out = std::mem::take(&mut self.ever_left_out);
            self.write_names("columns that do not fit", &left_out)?;
            self.write_names("columns without values", &never_filled)?;
        } else {
            writeln!(self.out, "{}", paint("(no rows)", DIM, self.has_color))?;
        }
        self.out.flush()
    }
}

fn write_report(report: &Report, out: &mut dyn Write, options: &Options) -> io::Result<()> {
    let style = |text: &str, style| paint(&escape::visible(text), style, options.color);
    let title = options.title.as_ref().unwrap_or(&report.title);
    if !title.is_empty() {
        writeln!(out, "{}", style(title, BOLD))?;
    }
    if let Some((from, to)) = report.range {
        writeln!(out, "{}", style(&humanize::range(from, to), DIM))?;
    }
    if let Some(verdict) = &report.verdict {
        writeln!(out, "\n{}", style(&verdict.text, BOLD))?;
        for (i, fix) in report.fixes.iter().enumerate() {
            let text = format!("{}. {}: {}", i + 1, fix.title, fix.suggestion);
            writeln!(out, "{}", escape::visible(&text))?;
        }
    }
    if !report.summary.is_empty() {
        writeln!(out)?;
    }
    for line in &report.summary {
        writeln!(out, "{}", escape::visible(line))?;
    }
    write_scalars(report, out, options)?;
    for section in &report.sections {
        writeln!(out)?;
        write_section(section, section.title != *title, out, options)?;
    }
    if !report.notices.is_empty() {
        writeln!(out)?;
    }
    for notice in &report.notices {
        writeln!(out, "{} {}", style("note:", BOLD), escape::visible(notice))?;
    }
    out.flush()
}

fn write_scalars(report: &Report, out: &mut dyn Write, options: &Options) -> io::Result<()> {
    let labels: Vec<String> =
        report.scalars.iter().map(|scalar| humanize::label(scalar.name, scalar.unit)).collect();
    let wide = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    for (i, (scalar, label)) in report.scalars.iter().zip(&labels).enumerate() {
        let text = humanize::scalar(scalar);
        let label = paint(&format!("{label:wide$}"), DIM, options.color);
        let start = if i == 0 { "\n" } else { "" };
        let text = if text.is_empty() { Cow::Borrowed("–") } else { escape::visible(&text) };
        writeln!(out, "{start}{label}  {text}")?;
    }
    Ok(())
}

fn write_section(
    section: &Section,
    has_title: bool,
    out: &mut dyn Write,
    options: &Options,
) -> io::Result<()> {
    if has_title {
        let title = paint(&escape::visible(&section.title), BOLD, options.color);
        writeln!(out, "{title}")?;
    }
    if let Some(lead) = &section.lead {
        writeln!(out, "{}", escape::visible(lead))?;
    }
    let options = Options { title: None, ..options.clone() };
    let mut rows = TableRows::new(Box::new(out), Labels::Words, &options);
    rows.write(&section.table)?;
    rows.finish()
}

#[cfg(test)]
mod tests {
    use super::super::{Format, row_writer, samples, write_report};
    use super::*;
    use crate::report::Unit;
    use proptest::prelude::*;

    fn rows(options: &Options, batches: &[Table]) -> String {
        let mut out = Vec::new();
        let mut writer = row_writer(Format::Table, Box::new(&mut out), options);
        for batch in batches {
            writer.write(batch).unwrap();
        }
        writer.finish().unwrap();
        drop(writer);
        String::from_utf8(out).unwrap()
    }

    fn narrow(width: usize) -> Options {
        Options { width: Some(width), ..Options::default() }
    }

    fn tools() -> Table {
        Table::default()
            .with("tool", Unit::None, Values::texts(["Bash", "東京"]))
            .with("calls", Unit::Count, Values::Integer(vec![Some(12_345), None]))
            .with("agents", Unit::None, Values::TextList(vec![None, None]))
            .with(
                "p95_duration_ns",
                Unit::Nanoseconds,
                Values::Float(vec![Some(1.24e9), Some(12e3)]),
            )
            .with("status", Unit::None, Values::texts(["error", "ok"]))
    }

    #[test]
    fn numbers_stand_right_and_empty_columns_are_named() {
        let expected = "\
tool   calls  p95_duration_ns  status
─────────────────────────────────────
Bash  12,345           1.24 s  error
東京                  12.0 µs  ok
(columns without values: agents)
";
        assert_eq!(rows(&Options::default(), &[tools()]), expected);
    }

    #[test]
    fn colours_are_only_added() {
        let text = rows(&Options { color: true, ..Options::default() }, &[tools()]);
        assert!(text.contains("\u{1b}[31merror\u{1b}[0m\n"));
        assert!(text.contains("\u{1b}[2m–\u{1b}[0m"));
        let codes = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m"];
        let plain = codes.iter().fold(text, |text, code| text.replace(code, ""));
        assert_eq!(plain.replace('–', " "), rows(&Options::default(), &[tools()]));
    }

    #[test]
    fn texts_are_cut_and_columns_left_out_where_space_is_scarce() {
        let long = "a text of words that goes on and on";
        let table = Table::default()
            .with("name", Unit::None, Values::texts([long, "b"]))
            .with("tags", Unit::None, Values::TextList(vec![Some(vec![long.to_owned()]), None]))
            .with("n", Unit::None, Values::Integer(vec![Some(1_234_567), Some(1)]))
            .with("note", Unit::None, Values::texts([long, "c"]));
        let text = rows(&narrow(50), std::slice::from_ref(&table));
        assert_eq!(text.lines().nth(2), Some("a text of w…  a text of w…  1234567  a text of w…"));
        let text = rows(&narrow(31), std::slice::from_ref(&table));
        assert_eq!(text.lines().nth(2), Some("a text of…  1234567  a text of…"));
        assert!(text.ends_with("(columns that do not fit: tags)\n"));
        let text = rows(&narrow(5), &[table]);
        assert_eq!(text.lines().nth(2), Some("a text of…"));
        assert!(text.ends_with("(columns that do not fit: tags, n, note)\n"));
    }

    #[test]
    fn a_single_row_that_does_not_fit_stands_upright() {
        let table = Table::default()
            .with("name", Unit::None, Values::texts(["a text of words"]))
            .with("none", Unit::None, Values::Bool(vec![None]))
            .with("duration_ns", Unit::Nanoseconds, Values::Integer(vec![Some(7)]));
        let expected = "\
name         a text of words
duration_ns  7 ns
(columns without values: none)
";
        assert_eq!(rows(&narrow(20), std::slice::from_ref(&table)), expected);
        assert!(rows(&narrow(80), &[table]).starts_with("name             duration_ns\n"));
    }

    #[test]
    fn later_blocks_stand_under_the_first_header_as_long_as_they_fit() {
        let block = |text: &str| {
            Table::default().with("name", Unit::None, Values::texts(vec![text; BLOCK_ROWS]))
        };
        let text = rows(&Options::default(), &[block("abc"), block("ab"), block("abcdef")]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3 * BLOCK_ROWS + 2 + 3);
        assert_eq!(lines[BLOCK_ROWS + 2], "ab");
        assert_eq!(lines[2 * BLOCK_ROWS + 2..][..4], ["", "name", "──────", "abcdef"]);
        let text = rows(&narrow(80), &[block("abc"), block("abcdef")]);
        assert_eq!(text.lines().last(), Some("abc…"));
        assert_eq!(text.lines().count(), 2 * BLOCK_ROWS + 2);
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
        assert_eq!(rows(&Options::default(), &[]), "(no rows)\n");
        let table = Table::default().with("a", Unit::None, Values::Bool(vec![]));
        assert_eq!(rows(&Options::default(), &[table]), "(no rows)\n");
    }

    #[test]
    fn a_report_reads_from_top_to_bottom() {
        let mut report = samples::report();
        report.sections[0].table = tools();
        let mut out = Vec::new();
        write_report(Format::Table, &report, &mut out, &Options::default()).unwrap();
        let expected = "\
Agents
2025-10-09 08:53:20.123 to 2025-10-09 09:53:20.123 UTC (1h 00m)

researcher is slow

total  1.24 s

tool   calls  p95 duration  status
──────────────────────────────────
Bash  12,345        1.24 s  error
東京               12.0 µs  ok
(columns without values: agents)

Tools
Calls by tool.
(no rows)

note: costs are estimates
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn rows_stay_rows_and_fit(texts in prop::collection::vec(any::<String>(), 2..6), width in 25usize..60) {
            let count = texts.len();
            let numbers = Values::Integer(vec![Some(5); count]);
            let table = Table::default()
                .with("n", Unit::None, numbers)
                .with("text", Unit::None, Values::texts(&texts))
                .with("other", Unit::None, Values::texts(&texts));
            let text = rows(&narrow(width), &[table]);
            prop_assert_eq!(text.lines().count(), count + 2);
            prop_assert!(!text.replace('\n', "").contains(escape::is_hidden));
            prop_assert!(text.lines().nth(1).is_some_and(|rule| rule.chars().count() <= width));
        }
    }
}
