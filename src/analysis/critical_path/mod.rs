//! `critical-path`: what the end of runs waited for, where the time went on the way, and how long they
//! would take if something took less.
//!
//! [`load`] reads whole runs, [`assemble`] makes them of rows, [`forest`] says what may lie on a path,
//! [`sections`] walks it, [`waits`] knows who waited for whom, [`replay`] goes through it again.

mod assemble;
mod forest;
mod load;
mod overview;
mod parallel;
mod paths;
#[cfg(test)]
mod reference;
mod replay;
mod report;
mod run;
mod sections;
mod strip;
mod sums;
#[cfg(test)]
mod tests;
mod waits;
mod what_if;

use super::Analysis;
use super::finish::{nothing, range};
use crate::query::{Engine, QueryError};
use crate::report::{Report, Table};
use load::Wanted;
use paths::{Paths, Settings};
use run::{Names, Unit as RunUnit};
use strip::DrawnPath;

pub use overview::{PairWait, PathOverview, SubjectShare, path_overview};
pub use paths::Slowest;
pub use what_if::{Change, Subject, WhatIf};

/// The command `critical-path` without options.
pub(super) static CRITICAL_PATH: CriticalPath = CriticalPath::new(Runs::All);

/// What a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Runs {
    /// A session; what is in none, by its trace, else by its swarm.
    #[default]
    All,
    /// A session.
    Sessions,
    /// A trace.
    Traces,
}

/// The command `critical-path`.
#[derive(Clone, Debug)]
pub struct CriticalPath {
    /// What a run is.
    pub runs: Runs,
    /// The share of what is above them by which siblings may overlap and still count as one after the
    /// other, 0–1.
    pub overlap_allowance: f64,
    /// Which runs count; all where there is none.
    pub slowest: Option<Slowest>,
    /// Changes to try.
    pub what_ifs: Vec<WhatIf>,
}

impl CriticalPath {
    /// The paths of all such runs, without further options.
    pub const fn new(runs: Runs) -> Self {
        Self { runs, overlap_allowance: 0.0, slowest: None, what_ifs: Vec::new() }
    }
}

impl Analysis for CriticalPath {
    fn name(&self) -> &'static str {
        "critical-path"
    }

    fn summary(&self) -> &'static str {
        "What the end of runs waited for: time on the critical path, waits, what-if"
    }

    fn texts(&self) -> &'static [&'static str] {
        &["range", "path_runs", "path_spans", "path_messages", "path_marks"]
    }

    fn notes(&self) -> String {
        "A filter picks the runs in which a span fits it; each of them is then read whole: the texts\n\
         path_spans, path_messages and path_marks are run without the filter, on the sessions and\n\
         traces that path_runs gives. The path itself is a walk that SQL cannot say: from the end of\n\
         a run back, the next span is the child that ends last at or before the start of the section\n\
         just taken."
            .to_owned()
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let settings = Settings {
            wanted: match self.runs {
                Runs::All => Wanted::All,
                Runs::Sessions => Wanted::Sessions,
                Runs::Traces => Wanted::Traces,
            },
            allowance: self.overlap_allowance,
            slowest: self.slowest,
            what_ifs: self.what_ifs.clone(),
            ..Settings::default()
        };
        let paths = Paths::of(engine, &settings)?;
        let mut report = report::report(&paths, &settings);
        let bounds = paths.runs.iter().map(|run| (run.from, run.to));
        report.range = bounds
            .reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
            .map(|(from, to)| (from.div_euclid(1000), to.div_euclid(1000)));
        if paths.runs.is_empty() {
            report.notices.push(nothing(range(engine)?, "there is no span of such a run"));
        }
        Ok(report)
    }
}

/// The paths of all runs in which a span fits a filter, found once for several answers.
pub(super) struct Survey {
    paths: Paths,
}

impl Survey {
    /// Finds the paths, and with `is_drawn` makes a chart of the slowest one.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) fn of(engine: &Engine, is_drawn: bool) -> Result<Self, QueryError> {
        Ok(Self { paths: Paths::of(engine, &Settings { is_drawn, ..Settings::default() })? })
    }

    /// The answer of `critical-path`, without its range.
    pub(super) fn report(&self) -> Report {
        report::report(&self.paths, &Settings::default())
    }

    /// The sums.
    pub(super) fn overview(&self) -> PathOverview {
        overview::overview(&self.paths)
    }

    /// The path of the slowest run, where it is drawn and there is one.
    pub(super) fn into_drawn(self) -> Option<DrawnPath> {
        self.paths.drawn
    }
}

/// Which rows of `spans` are on the critical path: of a session with its messages, else of a trace, from
/// `root` where one is given.
pub(super) fn on_path(spans: &Table, messages: Option<&Table>, root: Option<usize>) -> Vec<bool> {
    let unit = if messages.is_some() { RunUnit::Session } else { RunUnit::Trace };
    let mut names = Names::default();
    let nothing = Table::default();
    let run = assemble::run_of(unit, spans, messages.unwrap_or(&nothing), &mut names);
    let root = root.and_then(|root| run.spans.iter().position(|span| span.row as usize == root));
    let forest = match root.and_then(|root| u32::try_from(root).ok()) {
        Some(root) => Some(forest::Forest::below(&run, root)),
        None => forest::Forest::of(&run),
    };
    let mut is_on = vec![false; spans.rows()];
    let Some(forest) = forest else { return is_on };
    let requests = waits::Requests::of(&run);
    for place in sections::spans_on_path(&run, &forest, &requests) {
        if let Some(span) = run.span(place) {
            is_on[span.row as usize] = true;
        }
    }
    is_on
}
