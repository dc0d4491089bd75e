//! `bottlenecks`: what costs time, ranked, each with its evidence and what to change.
//!
//! Kinds are listed in `kinds`; each reads texts of its own and gives findings. Here they are put in
//! order, those that another one explains and those of little impact are left out, and the report is
//! made.

mod asked;
mod bursts;
mod contention;
mod finding;
mod kinds;
mod past;
mod paths;
mod peers;
mod retries;
mod rules;
mod stragglers;
mod waits;
mod windows;
mod work;

use super::Analysis;
use super::critical_path::PathOverview;
use super::finish::{nothing, range};
use crate::query::{Engine, QueryError};
use crate::report::{Report, Section, Table, Unit, Values};
use asked::Asked;
use finding::Finding;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::LazyLock;

pub use kinds::{KINDS, Kind};

/// The command `bottlenecks` without options.
pub static BOTTLENECKS: Bottlenecks = Bottlenecks { options: Options::DEFAULT };

/// The texts of all kinds, each once.
static TEXTS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names = vec!["range"];
    for name in KINDS.iter().flat_map(|kind| kind.texts) {
        if !names.contains(name) {
            names.push(*name);
        }
    }
    names
});

/// What may be set.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Length of the windows of time, in microseconds; more than 0.
    pub window_us: i64,
    /// Bottlenecks of less impact are left out: 0 to 100.
    pub min_impact: f64,
    /// Limits by the names of kinds, in the place of their defaults.
    thresholds: Vec<(&'static str, f64)>,
}

impl Options {
    /// Windows of a minute, an impact of 10, and the limits that the kinds have.
    pub const DEFAULT: Self =
        Self { window_us: 60_000_000, min_impact: 10.0, thresholds: Vec::new() };

    /// The limit of a kind.
    pub fn threshold(&self, kind: &Kind) -> f64 {
        let set = self.thresholds.iter().find(|(name, _)| *name == kind.name);
        set.map_or(kind.threshold, |(_, value)| *value)
    }

    /// Sets the limit of the kind called `name`; `None` where there is no such kind.
    pub fn set_threshold(&mut self, name: &str, value: f64) -> Option<()> {
        let kind = KINDS.iter().find(|kind| kind.name == name)?;
        self.thresholds.retain(|(known, _)| *known != kind.name);
        self.thresholds.push((kind.name, value));
        Some(())
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The command `bottlenecks`.
#[derive(Clone, Debug, Default)]
pub struct Bottlenecks {
    /// What was set.
    pub options: Options,
}

impl Analysis for Bottlenecks {
    fn name(&self) -> &'static str {
        "bottlenecks"
    }

    fn summary(&self) -> &'static str {
        "What costs time, ranked by impact, with evidence and what to change"
    }

    fn texts(&self) -> &'static [&'static str] {
        &TEXTS
    }

    fn sql(&self, name: &str) -> Cow<'static, str> {
        asked::sql(name, &self.options)
    }

    fn notes(&self) -> String {
        let mut notes = String::from(
            "impact = 100 * (1 - 1 / (1 + loss)); where a rule held or a test says so (p < 0.01 over all\n\
             comparisons), 10 + 0.9 * that. loss of a rule or of an error burst is the mean over all windows of\n\
             how far the value lies beyond its limit (1 is twice the limit, half the frames, or all of a\n\
             percentage that is left; 0 where the rule did not hold); of all others time lost / time observed,\n\
             which is run_us below. Limits:\n",
        );
        for kind in KINDS {
            let _ = writeln!(
                notes,
                "  {} {} {}: {}",
                kind.name,
                self.options.threshold(kind),
                kind.unit,
                kind.doc
            );
        }
        let _ = writeln!(
            notes,
            "  left out: an impact below {}; for a subject what another kind explains",
            self.options.min_impact
        );
        notes
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        self.report_beside(engine, None)
    }
}

impl Bottlenecks {
    /// The answer, where the critical paths of all runs may be known.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) fn report_beside(
        &self,
        engine: &Engine,
        paths: Option<PathOverview>,
    ) -> Result<Report, QueryError> {
        let asked = Asked::new(engine, &self.options)?.with_paths(paths);
        if !asked.is_in_shares() {
            let texts: Vec<Cow<'_, str>> = TEXTS.iter().map(|name| self.sql(name)).collect();
            engine.expect(&texts.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
        }
        let mut found = Vec::new();
        let mut notices = Vec::new();
        for kind in KINDS {
            match (kind.find)(&asked, kind) {
                Ok(more) => found.extend(more),
                Err(QueryError::NoSuchFilter { view, column }) => notices.push(format!(
                    "`{}` is left out: `{view}` has no column `{column}` to filter by",
                    kind.name
                )),
                Err(error) => return Err(error),
            }
        }
        let found = ranked(found, self.options.min_impact);
        let mut report = Report::of_rows("bottlenecks", "Bottlenecks", rows(&found));
        report.sections.push(
            Section::new("windows", "Windows", windows(&found))
                .with_lead("The stretches of time in which a rule held."),
        );
        let range = range(engine)?;
        report.range = range.bounds;
        if found.is_empty() {
            let none =
                format!("none: no bottleneck has an impact of {} or more", self.options.min_impact);
            report.notices.push(nothing(range, &none));
        }
        if range.records > 0 && !asked.asks_for_whole_runs() {
            notices.push(
                "`critical-path` and `hand-off` are left out: paths are those of whole runs; filter by \
                 session, trace, swarm or time"
                    .to_owned(),
            );
        }
        report.notices.extend(notices);
        Ok(report)
    }
}

/// The findings that count, the worst first; among equals in the order of kinds and subjects.
fn ranked(mut found: Vec<Finding>, min_impact: f64) -> Vec<Finding> {
    found.retain(|one| one.impact() >= min_impact && one.impact() > 0.0);
    let explained: Vec<(&str, String)> = found
        .iter()
        .flat_map(|one| one.kind.explains.iter().map(|kind| (*kind, one.subject.clone())))
        .collect();
    found.retain(|one| {
        !explained.iter().any(|(kind, subject)| *kind == one.kind.name && *subject == one.subject)
    });
    let place = |one: &Finding| KINDS.iter().position(|kind| kind.name == one.kind.name);
    found.sort_by(|a, b| {
        let by_impact = b.impact().total_cmp(&a.impact());
        by_impact.then_with(|| (place(a), &a.subject).cmp(&(place(b), &b.subject)))
    });
    found
}

fn rows(found: &[Finding]) -> Table {
    let texts = |one: &dyn Fn(&Finding) -> String| Values::texts(found.iter().map(one));
    let integers =
        |one: &dyn Fn(&Finding) -> Option<i64>| Values::Integer(found.iter().map(one).collect());
    let floats = |one: &dyn Fn(&Finding) -> f64| {
        Values::Float(found.iter().map(|of| Some(one(of))).collect())
    };
    let times = |one: &dyn Fn(&Finding) -> i64| {
        Values::Time(found.iter().map(|of| Some(one(of))).collect())
    };
    Table::default()
        .with("type", Unit::None, texts(&|one| one.kind.name.to_owned()))
        .with("subject", Unit::None, texts(&|one| one.subject.clone()))
        .with("severity", Unit::None, texts(&|one| one.severity().to_owned()))
        .with("impact", Unit::None, floats(&Finding::impact))
        .with("value", Unit::None, floats(&|one| one.value))
        .with("threshold", Unit::None, floats(&|one| one.threshold))
        .with("unit", Unit::None, texts(&|one| one.kind.unit.to_owned()))
        .with("lost_ns", Unit::Nanoseconds, integers(&|one| one.lost_ns))
        .with("count", Unit::Count, integers(&|one| Some(one.count)))
        .with("first", Unit::None, times(&|one| one.first_us))
        .with("last", Unit::None, times(&|one| one.last_us))
        .with(
            "windows",
            Unit::Count,
            integers(&|one| i64::try_from(one.windows.len()).ok().filter(|count| *count > 0)),
        )
        .with(
            "component",
            Unit::None,
            Values::Text(found.iter().map(|one| one.component.as_deref()).collect()),
        )
        .with("suggestion", Unit::None, texts(&|one| one.suggestion.clone()))
        .with(
            "evidence",
            Unit::None,
            Values::TextList(found.iter().map(|one| Some(one.evidence.clone())).collect()),
        )
}

/// So many stretches are listed of one bottleneck, the first ones.
const MOST_WINDOWS: usize = 20;

fn windows(found: &[Finding]) -> Table {
    let all: Vec<(&Finding, &finding::Window)> = found
        .iter()
        .flat_map(|one| one.windows.iter().take(MOST_WINDOWS).map(move |window| (one, window)))
        .collect();
    let times = |of: &dyn Fn(&finding::Window) -> i64| {
        Values::Time(all.iter().map(|(_, window)| Some(of(window))).collect())
    };
    Table::default()
        .with("type", Unit::None, Values::texts(all.iter().map(|(one, _)| one.kind.name)))
        .with("subject", Unit::None, Values::texts(all.iter().map(|(one, _)| &one.subject)))
        .with("from", Unit::None, times(&|window| window.from_us))
        .with("to", Unit::None, times(&|window| window.to_us))
        .with(
            "value",
            Unit::None,
            Values::Float(all.iter().map(|(_, window)| Some(window.value)).collect()),
        )
        .with("unit", Unit::None, Values::texts(all.iter().map(|(one, _)| one.kind.unit)))
        .with(
            "samples",
            Unit::Count,
            Values::Integer(all.iter().map(|(_, window)| Some(window.samples)).collect()),
        )
}
