//! The answer before any format: sections of typed tables and charts, with units, words and notices.
//!
//! An analysis builds a [`Report`], a row command a stream of [`Table`]s; `render` turns either into
//! bytes. Nothing here knows of terminals, JSON or HTML.

mod chart;
mod table;
mod words;

pub use chart::{
    Arrow, Band, Bars, Chart, Density, Drawing, Forecast, Line, Lines, Mark, Matrix, Measure,
    Moment, PathChange, PathSection, PathStrip, PathSubject, Timeline, TimelineBars, Unexpected,
};
pub use table::{Column, Table, Texts, Unit, Values};
pub use words::{
    beside, both_with_unit, give_or_take, length_of_time, moment, range_with_unit, with_unit,
};

use serde::Serialize;

/// The answer of one analysis.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Name of the command that made it.
    pub command: &'static str,
    /// Title for people.
    pub title: String,
    /// First and last time of the records that it rests on, in microseconds since 1970 UTC.
    pub range: Option<(i64, i64)>,
    /// Whether all is well, where the command says so.
    pub verdict: Option<Verdict>,
    /// What to mend first, the most urgent one first.
    pub fixes: Vec<Fix>,
    /// What a person reads first: whole sentences, the most important one first.
    pub summary: Vec<String>,
    /// Single numbers beside the tables, such as `total_ns`.
    pub scalars: Vec<Scalar>,
    /// The tables; the first one is called `rows` unless the command says otherwise.
    pub sections: Vec<Section>,
    /// What the reader should know about the answer: nothing found, parts left out, approximations.
    pub notices: Vec<String>,
}

/// Whether all is well.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// A status of `health`: `healthy`, `degraded`, `unhealthy` or `critical`.
    pub status: &'static str,
    /// From 0 to 100, 100 the best; nothing where nothing is known.
    pub score: Option<f64>,
    /// Why, in a sentence.
    pub text: String,
}

/// Something to mend.
#[derive(Clone, Debug, Serialize)]
pub struct Fix {
    /// What is wrong, in a few words.
    pub title: String,
    /// What was seen, in a sentence; empty where what to change says it.
    pub text: String,
    /// What to change.
    pub suggestion: String,
    /// How bad it is, as a word.
    pub severity: &'static str,
}

/// One number or text beside the tables.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// Field name in JSON.
    pub name: &'static str,
    /// What is counted.
    pub unit: Unit,
    /// A column of one value.
    pub value: Values,
}

/// One named list of an answer.
#[derive(Clone, Debug)]
pub struct Section {
    /// Field name in JSON, and the anchor in HTML.
    pub key: &'static str,
    /// Title for people.
    pub title: String,
    /// One or two sentences above the table.
    pub lead: Option<String>,
    /// What stands above the table where charts can be drawn.
    pub charts: Vec<Chart>,
    /// The list itself.
    pub table: Table,
}

impl Section {
    /// A section without a lead.
    pub fn new(key: &'static str, title: impl Into<String>, table: Table) -> Self {
        Self { key, title: title.into(), lead: None, charts: Vec::new(), table }
    }

    /// The same section with sentences above its table.
    #[must_use]
    pub fn with_lead(mut self, lead: impl Into<String>) -> Self {
        self.lead = Some(lead.into());
        self
    }

    /// The same section with charts above its table.
    #[must_use]
    pub fn with_charts(mut self, charts: impl IntoIterator<Item = Chart>) -> Self {
        self.charts.extend(charts);
        self
    }
}

impl Report {
    /// The place of the section that stands for the report where only one table can be: the one called
    /// `rows`, else the first.
    pub fn main_section(&self) -> Option<usize> {
        let rows = self.sections.iter().position(|section| section.key == "rows");
        rows.or((!self.sections.is_empty()).then_some(0))
    }

    /// A report of one list, called `rows`.
    pub fn of_rows(command: &'static str, title: impl Into<String>, table: Table) -> Self {
        let title = title.into();
        Self {
            command,
            sections: vec![Section::new("rows", title.clone(), table)],
            title,
            ..Self::default()
        }
    }
}
