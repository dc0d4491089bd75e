//! Charts beside the table of a section: what is drawn, never how it looks.
//!
//! A format that cannot draw leaves them out: the tables say the same in numbers. Times are microseconds,
//! and begins of charts count from 1970 UTC.

use super::Unit;
use serde::Serialize;
use std::collections::BTreeMap;

/// One chart of a section.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Its name, unique in the report: lower-case words joined by `-`.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// What is drawn.
    pub drawing: Drawing,
}

/// What is drawn.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Drawing {
    /// Values over time.
    Lines(Lines),
    /// Values by category.
    Bars(Bars),
    /// Values by two categories.
    Matrix(Matrix),
    /// What the end of a run waited for.
    Path(PathStrip),
    /// Who did what when.
    Timeline(Box<Timeline>),
}

/// What the numbers of a chart count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Measure {
    /// A unit that columns have too.
    Known(Unit),
    /// As a source names it, such as `MB` or `%`.
    Named(String),
}

impl From<Unit> for Measure {
    fn from(unit: Unit) -> Self {
        Self::Known(unit)
    }
}

/// One line; values in the unit of its chart, nothing for a gap.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What it is of.
    pub name: String,
    /// A value a step.
    pub values: Vec<Option<f64>>,
}

/// Values over time, in equal steps. What is expected, unexpected or foreseen is of the first line.
#[derive(Clone, Debug, Serialize)]
pub struct Lines {
    /// What the values count.
    pub unit: Measure,
    /// Begin of the first step.
    pub start_us: i64,
    /// Length of a step.
    pub step_us: i64,
    /// The lines.
    pub series: Vec<Line>,
    /// Between what the values were to be expected.
    pub expected: Option<Band>,
    /// Values that were not to be expected.
    pub anomalies: Vec<Unexpected>,
    /// When the level changed.
    pub changes: Vec<Moment>,
    /// What comes next.
    pub forecast: Option<Forecast>,
}

/// The bounds of a band, a pair a step.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Band {
    /// Lower bounds.
    pub low: Vec<Option<f64>>,
    /// Upper bounds.
    pub high: Vec<Option<f64>>,
}

/// A value that was not to be expected.
#[derive(Clone, Debug, Serialize)]
pub struct Unexpected {
    /// Begin of its step.
    pub at_us: i64,
    /// The value.
    pub value: f64,
    /// How bad it is, as a word.
    pub severity: &'static str,
    /// What is said of it.
    pub text: String,
}

/// A moment with what is said of it.
#[derive(Clone, Debug, Serialize)]
pub struct Moment {
    /// When.
    pub at_us: i64,
    /// What.
    pub text: String,
}

/// Expected values in equal steps, with the bounds of their 80 and 95 % intervals.
#[derive(Clone, Debug, Serialize)]
pub struct Forecast {
    /// Begin of the first step.
    pub start_us: i64,
    /// Length of a step.
    pub step_us: i64,
    /// The expected values.
    pub values: Vec<f64>,
    /// Lower bounds of 80 %.
    pub low80: Vec<f64>,
    /// Upper bounds of 80 %.
    pub high80: Vec<f64>,
    /// Lower bounds of 95 %.
    pub low95: Vec<f64>,
    /// Upper bounds of 95 %.
    pub high95: Vec<f64>,
}

/// Values by category, the first on top.
#[derive(Clone, Debug, Serialize)]
pub struct Bars {
    /// What the values count.
    pub unit: Measure,
    /// Whether the series of a category are added up.
    pub stacked: bool,
    /// The categories.
    pub categories: Vec<String>,
    /// A value a category.
    pub series: Vec<Line>,
}

/// Values by row and column.
#[derive(Clone, Debug, Serialize)]
pub struct Matrix {
    /// What the values count.
    pub unit: Measure,
    /// The rows from the top.
    pub rows: Vec<String>,
    /// The columns from the left.
    pub columns: Vec<String>,
    /// Row, column, value, and what is said of it; cells without a value are left out.
    pub cells: Vec<(usize, usize, f64, String)>,
}

/// The critical path of one run.
#[derive(Clone, Debug, Serialize)]
pub struct PathStrip {
    /// Begin of the run.
    pub start_us: i64,
    /// Its wall time.
    pub total_us: f64,
    /// What sections are of, the longest time first.
    pub subjects: Vec<PathSubject>,
    /// The sections in the order of time.
    pub sections: Vec<PathSection>,
    /// Wall times after changes.
    pub what_if: Vec<PathChange>,
}

/// What some sections of a path are of.
#[derive(Clone, Debug, Serialize)]
pub struct PathSubject {
    /// Its name.
    pub name: String,
    /// Whether somebody waits there.
    pub is_wait: bool,
    /// Its time on the path.
    pub exclusive_us: f64,
    /// Of the wall time, 0–1.
    pub share: f64,
}

/// A section of a path.
#[derive(Clone, Debug, Serialize)]
pub struct PathSection {
    /// Begin, from the begin of the run on.
    pub start_us: f64,
    /// Length.
    pub length_us: f64,
    /// The place of its subject.
    pub subject: usize,
}

/// The wall time if a subject took more or less.
#[derive(Clone, Debug, Serialize)]
pub struct PathChange {
    /// The place of the subject.
    pub subject: usize,
    /// By how much its own time changes, in percent.
    pub change_percent: i32,
    /// The wall time then.
    pub total_us: f64,
}

/// Who did what when: a lane an agent, a bar a span.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Timeline {
    /// Begin of it all.
    pub start_us: i64,
    /// End of it all, since 1970.
    pub end_us: i64,
    /// Names of lanes.
    pub lanes: Vec<String>,
    /// Types of spans.
    pub types: Vec<String>,
    /// Statuses of spans.
    pub statuses: Vec<String>,
    /// Names of spans.
    pub names: Vec<String>,
    /// Ids of sessions.
    pub sessions: Vec<String>,
    /// Ids of traces.
    pub traces: Vec<String>,
    /// The spans.
    pub bars: TimelineBars,
    /// Messages.
    pub arrows: Vec<Arrow>,
    /// Errors that are no span's.
    pub marks: Vec<Mark>,
    /// How many records there are where not all spans are drawn.
    pub density: Option<Density>,
    /// What is left out, in a sentence.
    pub note: Option<String>,
    /// What else is known of some bars, by their place.
    pub details: BTreeMap<usize, BTreeMap<&'static str, String>>,
}

/// Spans by column; names and ids of groups by their places in the lists of the timeline.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TimelineBars {
    /// Lane.
    pub lane: Vec<usize>,
    /// Row in the lane, from 0: spans that overlap lie in different ones.
    pub row: Vec<usize>,
    /// Name.
    pub name: Vec<usize>,
    /// Type.
    #[serde(rename = "type")]
    pub kind: Vec<usize>,
    /// Status.
    pub status: Vec<usize>,
    /// Begin, from the begin of the timeline on.
    pub start_us: Vec<i64>,
    /// Length.
    pub length_us: Vec<f64>,
    /// Place of the span above it, −1 for none that is drawn.
    pub parent: Vec<i64>,
    /// Session, −1 for none.
    pub session: Vec<i64>,
    /// Trace, −1 for none.
    pub trace: Vec<i64>,
    /// Id.
    pub id: Vec<String>,
    /// 1 where it is on a critical path, else 0.
    pub critical: Vec<u8>,
}

/// A message from lane to lane; begins from the begin of the timeline on.
#[derive(Clone, Debug, Serialize)]
pub struct Arrow {
    /// Who sent it.
    pub from_lane: usize,
    /// Who was to receive it.
    pub to_lane: usize,
    /// When it was sent.
    pub sent_us: i64,
    /// When it was received; nothing where it was lost.
    pub received_us: Option<i64>,
    /// What is said of it.
    pub text: String,
}

/// A moment in a lane.
#[derive(Clone, Debug, Serialize)]
pub struct Mark {
    /// The lane.
    pub lane: usize,
    /// When, from the begin of the timeline on.
    pub at_us: i64,
    /// What.
    pub text: String,
}

/// Counts of records and errors by lane, in equal steps from the begin of the timeline on.
#[derive(Clone, Debug, Serialize)]
pub struct Density {
    /// Length of a step.
    pub step_us: i64,
    /// Records.
    pub lanes: Vec<Vec<u32>>,
    /// Those that failed.
    pub errors: Vec<Vec<u32>>,
}
