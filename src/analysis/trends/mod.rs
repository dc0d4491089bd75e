//! `trends`: which way each series goes, where it changed, what comes next, and when a limit is reached.

mod direction;
mod outlook;
mod rows;
mod sparkline;

pub(super) use direction::verdicts;
pub use direction::{Direction, LEAST_POINTS, SIGNIFICANCE, VOLATILE, Verdict};
pub(super) use outlook::outlook;
pub use outlook::{Capacity, Expected, Outlook};
pub(super) use rows::{interval, rows as table};
pub(super) use sparkline::sparkline;

use super::Analysis;
use super::finish::nothing;
use super::series::{Grid, Options, Series, SeriesSet, TEXTS, read};
use super::tokens::Prices;
use crate::query::{Engine, QueryError};
use crate::report::{Report, Section};
use rayon::prelude::*;
use std::borrow::Cow;
use std::fmt::Write as _;

/// The command `trends` without options.
pub static TRENDS: Trends = Trends { options: Options::DEFAULT, prices: None };

/// The command `trends`.
pub struct Trends {
    /// Which series, in which buckets.
    pub options: Options,
    /// Prices of models; nothing for those of the tree.
    pub prices: Option<Prices>,
}

/// A series with all that is said of it.
pub struct Trend<'s> {
    /// The series.
    pub series: &'s Series,
    /// Which way it goes.
    pub verdict: Verdict,
    /// What comes next.
    pub outlook: Outlook,
}

impl Trend<'_> {
    /// How far it went: its slope over its length, in relation to the larger of the size of its mean and
    /// its deviation.
    fn strength(&self) -> f64 {
        let profile = &self.series.profile;
        let size = profile.mean.abs().max(profile.deviation);
        let slope = self.verdict.line.as_ref().map_or(0.0, |line| line.slope.abs());
        let length = (self.series.values.len() - self.verdict.since) as f64;
        if size > 0.0 { slope * length / size } else { 0.0 }
    }
}

/// What is said of all series of a question: trends first, the bad ones before the others, the strongest
/// first; of those that go nowhere those that repeat themselves first.
pub(super) fn trends<'s>(set: &'s SeriesSet, grid: &Grid) -> Vec<Trend<'s>> {
    let verdicts = verdicts(&set.series);
    let mut all: Vec<Trend<'s>> = set
        .series
        .par_iter()
        .zip(verdicts)
        .map(|(series, verdict)| Trend { outlook: outlook(series, grid), series, verdict })
        .collect();
    // Stable, so equal ones stay in the order of names.
    all.sort_by(|a, b| {
        let by_direction = a.verdict.direction.cmp(&b.verdict.direction);
        let season =
            |one: &Trend<'_>| one.series.profile.season.as_ref().map_or(0.0, |it| it.strength);
        let by_season = if a.verdict.direction.is_trend() {
            std::cmp::Ordering::Equal
        } else {
            season(b).total_cmp(&season(a))
        };
        by_direction.then(by_season).then(b.strength().total_cmp(&a.strength()))
    });
    all
}

impl Analysis for Trends {
    fn name(&self) -> &'static str {
        "trends"
    }

    fn summary(&self) -> &'static str {
        "Whether it gets worse: direction, change points, forecast and limits of every series"
    }

    fn texts(&self) -> &'static [&'static str] {
        TEXTS
    }

    fn sql(&self, name: &str) -> Cow<'static, str> {
        self.options.sql(name)
    }

    fn notes(&self) -> String {
        let mut notes = self.options.notes();
        let _ = write!(
            notes,
            "The slope is that of Theil and Sen; a direction needs p < {SIGNIFICANCE} by the test of Mann and\n\
             Kendall with the variance that autocorrelation leaves (Hamed and Rao), after Benjamini and\n\
             Hochberg over all tests, and at least {LEAST_POINTS} points; where autocorrelation\n\
             leaves nothing, the steps between values are asked. Each series is tested as a whole, unless one step\n\
             is most of its way, and from its last change or bend on, or else in its later half. Without a\n\
             direction it is volatile where its deviation is more than {VOLATILE} of its mean. Forecasts rest on what\n\
             came since that change or bend, without outliers; a limit is reached where the forecast crosses it.\n"
        );
        notes
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let prices = self.prices.as_ref().unwrap_or_else(|| Prices::built_in());
        let set = read(engine, &self.options, prices)?;
        let mut report = Report::of_rows("trends", "Trends", crate::report::Table::default());
        report.range = set.range.bounds;
        let Some(grid) = set.grid else {
            report.sections[0].table =
                rows::rows(&[], &Grid::of_nothing(), self.options.by.as_ref());
            report.notices.push(nothing(set.range, "no record fits"));
            return Ok(report);
        };
        let trends = trends(&set, &grid);
        let by = self.options.by.as_ref();
        report.scalars.push(rows::interval(&grid));
        report.sections[0].table = rows::rows(&trends, &grid, by);
        report.sections.push(
            Section::new("change_points", "Change points", rows::change_points(&trends, &grid, by))
                .with_lead("Where a series went to another level, and stayed there."),
        );
        report.sections.push(
            Section::new("capacity", "Limits", rows::capacities(&trends, &grid, by)).with_lead(
                "When series reach what they must not reach, if they go on as they did.",
            ),
        );
        report.summary = rows::sentences(&trends, &grid);
        if trends.is_empty() {
            report.notices.push(nothing(
                set.range,
                "there is no such series: without --by and --metric, `tracekit trends` lists them",
            ));
        }
        report.notices.extend(set.notices.iter().cloned());
        report.notices.extend(rows::untold(&trends));
        Ok(report)
    }
}
