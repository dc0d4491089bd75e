//! One self-contained page: `report.html` filled with values that the template engine escapes.
//!
//! The page needs no script and no network, and forbids itself both. Each table shows its first
//! [`MOST_ROWS`] rows; what a cell says in short its title says in full.

use super::tone::Tone;
use super::{Options, Renderer, RowWriter, calendar, escape, humanize, prose, tone};
use crate::report::{Column, Report, Table, Unit, Values};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use std::io::{self, Write};

pub(super) static RENDERER: Renderer = Renderer {
    name: "html",
    doc: "one self-contained web page",
    is_binary: false,
    rows: |out, options| Box::new(HtmlRows::new(out, options)),
    report: Some(write_report),
};

/// Rows of a table in the page.
const MOST_ROWS: usize = 200;

/// Items of a list in a cell.
const MOST_ITEMS: usize = 4;

/// Characters of a text in a cell, and of a cell's title.
const MOST_CHARS: usize = 240;
const MOST_TITLE_CHARS: usize = 2_000;

#[derive(Serialize)]
struct Page {
    title: String,
    command: String,
    range: Option<Range>,
    summary: Vec<String>,
    figures: Vec<Figure>,
    sections: Vec<Part>,
    notices: Vec<String>,
}

#[derive(Serialize)]
struct Range {
    from: String,
    from_exact: String,
    to: String,
    to_exact: String,
    duration: String,
}

/// A single number.
#[derive(Serialize)]
struct Figure {
    label: String,
    cell: Cell,
}

/// A section as the page shows it.
#[derive(Default, Serialize)]
struct Part {
    key: String,
    title: String,
    lead: Option<String>,
    heads: Vec<Head>,
    rows: Vec<Vec<Cell>>,
    /// Rows of the whole table, shown and left out.
    total: String,
    left_out: Option<String>,
    /// Labels of the columns without a value.
    empty_columns: String,
}

#[derive(Serialize)]
struct Head {
    name: String,
    label: String,
    is_numeric: bool,
}

/// The value of one column in one row; its kind tells the template how it looks.
#[derive(Serialize)]
struct Cell {
    kind: Kind,
    text: String,
    /// The value in full.
    title: Option<String>,
    /// Length of a bar in percent, class of a status word.
    detail: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Null,
    Text,
    /// Text that may take more than a line.
    Long,
    List,
    Code,
    Number,
    Share,
    Status,
    Time,
}

/// Gathers what the page shows of a table, batch by batch.
#[derive(Default)]
struct Rows {
    heads: Vec<Head>,
    cells: Vec<Vec<Cell>>,
    is_filled: Vec<bool>,
    total: usize,
}

impl Rows {
    fn add(&mut self, batch: &Table) {
        if self.heads.is_empty() {
            self.heads = batch.columns.iter().map(head).collect();
            self.is_filled = vec![false; self.heads.len()];
        }
        for (is_filled, column) in self.is_filled.iter_mut().zip(&batch.columns) {
            let values = &column.values;
            *is_filled = *is_filled || (0..values.len()).any(|row| !values.is_null(row));
        }
        let space = MOST_ROWS.saturating_sub(self.cells.len());
        for row in 0..batch.rows().min(space) {
            self.cells.push(batch.columns.iter().map(|column| cell(column, row)).collect());
        }
        self.total += batch.rows();
    }

    fn into_part(self, key: &str, title: &str, lead: Option<&str>) -> Part {
        let is_filled = &self.is_filled;
        let left_out = self.total - self.cells.len();
        let rows = self.cells.into_iter().map(|cells| {
            let cells = cells.into_iter().zip(is_filled);
            cells.filter(|(_, is_filled)| **is_filled).map(|(cell, _)| cell).collect()
        });
        let rows = rows.collect();
        let heads = self.heads.into_iter().zip(is_filled);
        let (heads, empty): (Vec<_>, Vec<_>) = heads.partition(|(_, is_filled)| **is_filled);
        let empty: Vec<String> = empty.into_iter().map(|(head, _)| head.label).collect();
        Part {
            key: key.to_owned(),
            title: shown(title),
            lead: lead.map(shown),
            heads: heads.into_iter().map(|(head, _)| head).collect(),
            rows,
            total: count(self.total),
            left_out: (left_out > 0).then(|| count(left_out)),
            empty_columns: if self.total > 0 { empty.join(", ") } else { String::new() },
        }
    }
}

struct HtmlRows<'w> {
    out: Box<dyn Write + 'w>,
    title: Option<String>,
    rows: Rows,
}

impl<'w> HtmlRows<'w> {
    fn new(out: Box<dyn Write + 'w>, options: &Options) -> Self {
        Self { out, title: options.title.clone(), rows: Rows::default() }
    }
}

impl RowWriter for HtmlRows<'_> {
    fn write(&mut self, batch: &Table) -> io::Result<()> {
        self.rows.add(batch);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let title = self.title.take().unwrap_or_else(|| "Rows".to_owned());
        let rows = std::mem::take(&mut self.rows);
        let page = Page {
            title: shown(&title),
            command: String::new(),
            range: None,
            summary: Vec::new(),
            figures: Vec::new(),
            sections: vec![rows.into_part("rows", &title, None)],
            notices: Vec::new(),
        };
        write_page(&page, &mut self.out)
    }
}

fn write_report(report: &Report, out: &mut dyn Write, options: &Options) -> io::Result<()> {
    let sections = report.sections.iter().map(|section| {
        let mut rows = Rows::default();
        rows.add(&section.table);
        rows.into_part(section.key, &section.title, section.lead.as_deref())
    });
    let figures = report.scalars.iter().map(|scalar| {
        let label = humanize::label(scalar.name, scalar.unit);
        let (name, unit, values) = (scalar.name.to_owned(), scalar.unit, scalar.value.clone());
        Figure { label: shown(&label), cell: cell(&Column { name, unit, values }, 0) }
    });
    let page = Page {
        title: shown(options.title.as_ref().unwrap_or(&report.title)),
        command: report.command.to_owned(),
        range: report.range.map(|(from, to)| range(from, to)),
        summary: report.summary.iter().map(|line| shown(line)).collect(),
        figures: figures.collect(),
        sections: sections.collect(),
        notices: report.notices.iter().map(|line| shown(line)).collect(),
    };
    write_page(&page, out)
}

fn write_page(page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let text = render_page(page).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn render_page(page: &Page) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    // The ending of the name turns escaping on.
    environment.add_template("report.html", include_str!("report.html"))?;
    environment.get_template("report.html")?.render(Serde(page))
}

fn head(column: &Column) -> Head {
    Head {
        name: shown(&column.name),
        label: shown(&humanize::label(&column.name, column.unit)),
        is_numeric: humanize::is_numeric(&column.values),
    }
}

fn cell(column: &Column, row: usize) -> Cell {
    if column.values.is_null(row) {
        return Cell { kind: Kind::Null, text: "–".to_owned(), title: None, detail: None };
    }
    let mut full = String::new();
    humanize::write_cell(&mut full, column, row);
    let mut text = full.clone();
    let mut kind = Kind::Text;
    let mut title = humanize::exact(column, row);
    let mut detail = None;
    match &column.values {
        Values::Text(_) => {
            if tone::has_tones(&column.name) {
                kind = Kind::Status;
                detail = Some(tone::of_word(&full).map_or("plain", Tone::as_str).to_owned());
            }
        }
        Values::Json(texts) => {
            if let Some(words) = texts.get(row).and_then(prose::from_json) {
                title = Some(full);
                text = words;
            } else {
                kind = Kind::Code;
            }
        }
        Values::TextList(values) => {
            let items = values.get(row).and_then(Option::as_deref).unwrap_or_default();
            if let Some((first, more @ [_, ..])) = items.split_at_checked(MOST_ITEMS) {
                text = format!("{} +{}", first.join(", "), count(more.len()));
                title = Some(full);
            }
            kind = Kind::List;
        }
        Values::Float(values) if column.unit == Unit::Ratio => {
            kind = Kind::Share;
            let share = values.get(row).copied().flatten().unwrap_or(0.0);
            let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
            detail = Some(format!("{:.1}", share * 100.0));
        }
        Values::Integer(_) | Values::Float(_) => kind = Kind::Number,
        Values::Time(_) => kind = Kind::Time,
        Values::Bool(_) | Values::Date(_) => {}
    }
    if kind == Kind::Text && text.chars().nth(28).is_some() {
        kind = Kind::Long;
    }
    if let Some((end, _)) = text.char_indices().nth(MOST_CHARS) {
        title = title.or(Some(text.clone()));
        text.truncate(end);
        text.push('…');
    }
    let cut = |title: String| shown(&title.chars().take(MOST_TITLE_CHARS).collect::<String>());
    Cell { kind, text: shown(&text), title: title.map(cut), detail }
}

fn range(from: i64, to: i64) -> Range {
    let mut duration = String::new();
    humanize::write_duration(&mut duration, to.saturating_sub(from) as f64 * 1e3);
    // Without the milliseconds, which nobody reads here.
    let second = |micros| calendar::moment(micros).as_str().split('.').next().map(str::to_owned);
    Range {
        from: second(from).unwrap_or_default(),
        from_exact: calendar::instant(from).as_str().to_owned(),
        to: second(to).unwrap_or_default(),
        to_exact: calendar::instant(to).as_str().to_owned(),
        duration,
    }
}

fn shown(text: &str) -> String {
    escape::visible(text).into_owned()
}

fn count(number: usize) -> String {
    let mut out = String::new();
    let values = Values::Integer(vec![i64::try_from(number).ok()]);
    humanize::write_value(&mut out, &values, Unit::Count, 0);
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Format, row_writer, samples, write_report};
    use super::*;
    use crate::report::Section;

    const HOSTILE: &str = "\"'></td><script>alert(1)</script><img src=x onerror=alert(1)>\
        ]]>--><!-- {{ 7*7 }}{% raw %}\u{2028}\u{202e}\u{0}</title></style>&lt;";

    fn page(report: &Report) -> String {
        let mut out = Vec::new();
        write_report(Format::Html, report, &mut out, &Options::default()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn data_never_becomes_markup() {
        let hostile = || HOSTILE.to_owned();
        let list = vec![Some(vec![hostile(); MOST_ITEMS + 1]), Some(vec![hostile()])];
        let table = Table::default()
            .with(HOSTILE, Unit::None, Values::texts([HOSTILE, HOSTILE]))
            .with("status", Unit::None, Values::texts([HOSTILE, "error"]))
            .with("tags", Unit::None, Values::TextList(list))
            .with("data", Unit::None, Values::Json([Some(HOSTILE); 2].into_iter().collect()))
            .with(format!("{HOSTILE}2"), Unit::None, Values::Bool(vec![None, None]));
        let report = Report {
            title: hostile(),
            summary: vec![hostile()],
            notices: vec![hostile()],
            sections: vec![
                Section::new("rows", HOSTILE, table.clone()).with_lead(HOSTILE),
                Section::new("more", HOSTILE, Table::default()),
            ],
            ..samples::report()
        };
        let harmless = page(&samples::report());
        let mut text = page(&report);
        let mut rows = Vec::new();
        let options = Options { title: Some(hostile()), ..Options::default() };
        let mut writer = row_writer(Format::Html, Box::new(&mut rows), &options);
        writer.write(&table).unwrap();
        writer.finish().unwrap();
        drop(writer);
        text.push_str(&String::from_utf8(rows).unwrap());
        for mark in ["<script", "<img", "]]>", "-->", "<!--", "49", "\u{2028}", "\0"] {
            assert!(!text.contains(mark), "{mark}");
        }
        assert!(text.contains("&lt;script&gt;alert(1)"));
        // Each page closes what its template closes, no more.
        assert_eq!(text.matches("</title>").count(), 2);
        assert_eq!(text.matches("</style>").count(), 2);
        // No attribute ends early: `onerror` stands in text only.
        assert!(text.split('<').all(|tag| !tag.split('>').next().unwrap().contains(" onerror=\"")));
        assert!(!harmless.contains("<script"));
    }

    #[test]
    fn the_page_needs_nothing_from_outside() {
        let text = page(&samples::report());
        assert!(text.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
        // Names of XML are no addresses; there is no other link.
        let links = text.replace("http://www.w3.org/2000/svg", "");
        assert!(
            !links.contains("http:") && !links.contains("https:") && !links.contains("@import")
        );
        assert_eq!(text.matches("<h1>").count(), 1);
    }

    #[test]
    fn cells_show_the_short_value_and_hold_the_exact_one() {
        let text = page(&samples::report());
        assert!(text.contains(r#"<td class="number" title="1240000000 ns">1.24 s</td>"#));
        assert!(text.contains(r#"<i style="width:6.0%"></i></span>6.0 %"#));
        assert!(text.contains(r#"<span class="bad">error</span>"#));
        assert!(text.contains("Columns without values: nothing"));
        assert!(text.contains("No rows"));
    }

    #[test]
    fn a_long_table_is_cut_and_says_so() {
        let table =
            Table::default().with("n", Unit::None, Values::Integer((0..1234).map(Some).collect()));
        let text = page(&Report::of_rows("query", "Many", table));
        assert_eq!(text.matches("<tr>").count(), 1 + MOST_ROWS);
        assert!(text.contains("The first 200 of 1,234 rows; 1,034 more"));
    }
}
