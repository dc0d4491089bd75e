//! One self-contained page: `html/page.html` filled with values that the template engine escapes.
//!
//! The page needs no network, and forbids itself any; scripts are in it only where a section has charts, and
//! only those that its policy names by their hashes. Tables are made by [`cells`], charts by [`charts`].

mod cells;
mod charts;

use super::{Options, Renderer, RowWriter, calendar, escape, humanize, tone};
use crate::report::{Column, Fix, Report, Table, Unit, Values, Verdict};
use cells::{Cell, Part, Rows, cell};
use charts::Scripts;
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

/// How the page looks.
const STYLE: &str = include_str!("html/style.css");

/// How a page with charts looks.
const STYLE_WITH_CHARTS: &str = concat!(
    include_str!("html/style.css"),
    include_str!("html/charts.css"),
    include_str!("html/timeline.css")
);

#[derive(Serialize)]
struct Page {
    title: String,
    command: String,
    range: Option<Range>,
    verdict: Option<Told>,
    fixes: Vec<Mend>,
    summary: Vec<String>,
    figures: Vec<Figure>,
    sections: Vec<Part>,
    notices: Vec<String>,
    style: &'static str,
    #[serde(flatten)]
    scripts: Scripts,
}

/// Whether all is well.
#[derive(Serialize)]
struct Told {
    status: &'static str,
    tone: &'static str,
    score: Option<String>,
    text: String,
}

/// Something to mend.
#[derive(Serialize)]
struct Mend {
    title: String,
    text: String,
    suggestion: String,
    tone: &'static str,
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
            verdict: None,
            fixes: Vec::new(),
            summary: Vec::new(),
            figures: Vec::new(),
            sections: vec![rows.into_part("rows", &title, None)],
            notices: Vec::new(),
            style: STYLE,
            scripts: Scripts::none(),
        };
        write_page(&page, None, &mut self.out)
    }
}

fn write_report(report: &Report, out: &mut dyn Write, options: &Options) -> io::Result<()> {
    let sections = report.sections.iter().map(|section| {
        let mut rows = Rows::default();
        rows.add(&section.table);
        let mut part = rows.into_part(section.key, &section.title, section.lead.as_deref());
        part.charts = section.charts.iter().map(charts::ChartPlace::of).collect();
        part
    });
    let figures = report.scalars.iter().map(|scalar| {
        let label = humanize::label(scalar.name, scalar.unit);
        let (name, unit, values) = (scalar.name.to_owned(), scalar.unit, scalar.value.clone());
        Figure { label: shown(&label), cell: cell(&Column { name, unit, values }, 0) }
    });
    let scripts = Scripts::of(report)?;
    let page = Page {
        title: shown(options.title.as_ref().unwrap_or(&report.title)),
        command: report.command.to_owned(),
        range: report.range.map(|(from, to)| range(from, to)),
        verdict: report.verdict.as_ref().map(told),
        fixes: report.fixes.iter().map(mend).collect(),
        summary: report.summary.iter().map(|line| shown(line)).collect(),
        figures: figures.collect(),
        sections: sections.collect(),
        notices: report.notices.iter().map(|line| shown(line)).collect(),
        style: if scripts.has_any() { STYLE_WITH_CHARTS } else { STYLE },
        scripts,
    };
    write_page(&page, options.template.as_deref(), out)
}

fn told(verdict: &Verdict) -> Told {
    Told {
        status: verdict.status,
        tone: tone::of_word(verdict.status).map_or("plain", tone::Tone::as_str),
        score: verdict.score.map(|score| format!("{score:.0}")),
        text: shown(&verdict.text),
    }
}

fn mend(fix: &Fix) -> Mend {
    Mend {
        title: shown(&fix.title),
        text: shown(&fix.text),
        suggestion: shown(&fix.suggestion),
        tone: tone::of_word(fix.severity).map_or("plain", tone::Tone::as_str),
    }
}

/// The built-in template of web pages.
pub fn page_template() -> &'static str {
    include_str!("html/page.html")
}

/// Tries a template on a page of little data.
///
/// # Errors
/// Where it is wrong, with its line.
pub fn try_template(template: &str) -> Result<(), String> {
    let options = Options { template: Some(template.to_owned()), ..Options::default() };
    let table = Table::default().with("agent", Unit::None, Values::texts(["tester"]));
    let words = || "some words".to_owned();
    let report = Report {
        range: Some((0, 1)),
        verdict: Some(Verdict { status: "healthy", score: Some(100.0), text: words() }),
        fixes: vec![Fix { title: words(), text: words(), suggestion: words(), severity: "low" }],
        ..Report::of_rows("report", "Report", table)
    };
    write_report(&report, &mut io::sink(), &options).map_err(|error| error.to_string())
}

fn write_page(page: &Page, template: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let text = render_page(page, template).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn render_page(page: &Page, template: Option<&str>) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    // The ending of the name turns escaping on.
    environment.add_template("page.html", template.unwrap_or(page_template()))?;
    environment.get_template("page.html")?.render(Serde(page))
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
    use super::cells::{MOST_ITEMS, MOST_ROWS};
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
