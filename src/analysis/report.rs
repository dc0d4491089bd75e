//! `report`: one page for people: is it healthy, what to mend first, what happened, where did time, tokens
//! and money go.
//!
//! Most sections are those of other commands, which are asked once and share what they read;
//! [`trace_metrics`] has those of its own, [`timeline`], [`performance`] and [`charts`] what is drawn.

mod charts;
mod comparison;
mod performance;
mod records;
mod summary;
mod timeline;
mod trace_metrics;
mod trouble;

use super::anomalies;
use super::bottlenecks::{self, Bottlenecks};
use super::critical_path::{CRITICAL_PATH, Survey};
use super::finish::{Range, range, run};
use super::health::Health;
use super::series::{self, Options};
use super::tokens::{Prices, TOKENS, TokenUse};
use super::trends::{self, trends};
use super::{Analysis, agents, components, errors, messages, metrics, sessions, text, tools};
use crate::query::{Engine, QueryError};
use crate::report::{Report, Section, Table};
use performance::Performance;
use std::borrow::Cow;

/// The command `report`.
pub struct Overview {
    /// Whether charts are made, for formats that can draw.
    pub has_charts: bool,
    /// Whether it is to be one page: the first rows of what matters most.
    pub is_short: bool,
    /// The buckets of series, and what the user says of metrics.
    pub series: Options,
    /// The thresholds of bottlenecks.
    pub bottlenecks: bottlenecks::Options,
    /// Prices of models; nothing for those of the tree.
    pub prices: Option<Prices>,
    /// What the records are compared with.
    pub base: Option<Engine>,
}

/// The command `report` without options.
pub static REPORT: Overview = Overview {
    has_charts: false,
    is_short: false,
    series: Options::DEFAULT,
    bottlenecks: bottlenecks::Options::DEFAULT,
    prices: None,
    base: None,
};

/// The analyses that have a section, with its key, title and lead.
const SECTIONS: &[(&dyn Analysis, &str, &str, &str)] = &[
    (
        &agents::Agents,
        "agents",
        "Agents",
        "Durations are those of finished tasks; where a source has no tasks, of an agent's top-level spans.",
    ),
    (&tools::Tools, "tools", "Tools", "Calls of each tool and how they ended."),
    (
        &components::Components,
        "components",
        "Components",
        "Self time is what a span spent outside its children.",
    ),
    (
        &errors::Errors,
        "errors",
        "Errors",
        "One row per kind of error, unresolved ones first; numbers, ids and paths in messages are left open.",
    ),
    (&messages::Messages, "messages", "Messages", "Who wrote to whom, and what never arrived."),
    (&sessions::Sessions, "sessions", "Sessions", "One row per session, the earliest first."),
];

/// What people read first of a bottleneck, and of a trend.
const OF_BOTTLENECKS: [&str; 7] =
    ["type", "subject", "severity", "impact", "suggestion", "lost_ns", "count"];
const OF_TRENDS: [&str; 9] = [
    "metric",
    "direction",
    "sparkline",
    "last_value",
    "mean",
    "unit",
    "slope_per_hour",
    "p_value",
    "changes",
];

/// So many rows a section of the short form has.
const SHORT_ROWS: usize = 5;

/// The sections of the short form.
const SHORT_SECTIONS: [&str; 8] =
    ["rows", "comparison", "health", "bottlenecks", "trends", "agents", "errors", "tokens"];

impl Analysis for Overview {
    fn name(&self) -> &'static str {
        "report"
    }

    fn summary(&self) -> &'static str {
        "One page for people: health, what to mend first, timeline, agents, errors, tokens and cost"
    }

    fn texts(&self) -> &'static [&'static str] {
        &[
            "range",
            "overview",
            "sessions",
            "agents",
            "tools",
            "components",
            "component_spans",
            "errors",
            "error_ancestors",
            "recoveries",
            "messages",
            "slowest_spans",
            "trace_metrics",
            "trace_times",
            "type_counts",
            "agent_uptimes",
            "agent_resources",
            "metric_series",
            "health_errors",
            "timeline_counts",
            "timeline_density",
            "timeline_errors",
            "timeline_messages",
            "timeline_spans",
        ]
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        self.expect(engine)?;
        let range = range(engine)?;
        let found = run(engine, "overview")?;
        let mut report = Report {
            command: "report",
            title: "Trace report".into(),
            range: range.bounds,
            ..Report::default()
        };
        if range.bounds.is_some() {
            self.add_sections(engine, range, &mut report)?;
        }
        report.sections.extend([
            Section::new("rows", "Overview", records::by_kind(&found))
                .with_lead("Records by kind and format."),
            Section::new("sources", "Sources", records::by_source(&found))
                .with_lead("Where the records came from."),
        ]);
        report.summary = summary::summarize(range, &report);
        if let Some(base) = &self.base {
            let tokens = TokenUse::of(self.prices.clone());
            let (section, sentence) = comparison::compare(engine, base, &tokens)?;
            report.summary.insert(0, sentence);
            report.sections.insert(0, section);
        }
        report.scalars = summary::figures(&report);
        if self.is_short {
            report.sections.retain(|section| SHORT_SECTIONS.contains(&section.key));
            report.sections.iter_mut().for_each(shorten);
        }
        Ok(report)
    }
}

impl Overview {
    /// Says what will be asked, so that what all of it rests on is computed once.
    fn expect(&self, engine: &Engine) -> Result<(), QueryError> {
        let bottlenecks = Bottlenecks { options: self.bottlenecks.clone() };
        let own = self.texts().iter().map(|name| Cow::Borrowed(text(name)));
        let of_series = series::TEXTS.iter().map(|name| self.series.sql(name));
        let of_bottlenecks = bottlenecks.texts().iter().map(|name| bottlenecks.sql(name));
        let others = TOKENS.texts().iter().chain(CRITICAL_PATH.texts());
        let others = others.map(|name| Cow::Borrowed(text(name)));
        let all: Vec<Cow<'_, str>> =
            own.chain(of_series).chain(of_bottlenecks).chain(others).collect();
        engine.expect(&all.iter().map(AsRef::as_ref).collect::<Vec<_>>())
    }

    fn prices(&self) -> &Prices {
        self.prices.as_ref().unwrap_or_else(|| Prices::built_in())
    }

    fn add_sections(
        &self,
        engine: &Engine,
        range: Range,
        report: &mut Report,
    ) -> Result<(), QueryError> {
        let survey = Survey::of(engine, self.has_charts && !self.is_short)?;
        let performance = self.add_health(engine, &survey, report)?;
        if !self.is_short {
            self.add_timeline(engine, survey, report)?;
        }
        report.sections.extend(performance);
        for (analysis, key, title, lead) in SECTIONS {
            if self.is_short && !SHORT_SECTIONS.contains(key) {
                continue;
            }
            let section = |table: Table| Section::new(key, *title, table).with_lead(*lead);
            if let Some(table) = first_table(*analysis, engine, title, report)? {
                let charts = if self.has_charts { charts::of_section(key, &table) } else { None };
                report.sections.push(section(table).with_charts(charts));
            }
            if *key == "agents" && !self.is_short {
                report.sections.extend(trace_metrics::of_agents(engine)?);
            }
        }
        match TokenUse::of(self.prices.clone()).report(engine) {
            Ok(tokens) => report.sections.extend(charts::of_tokens(tokens, self.has_charts)),
            Err(error) => report.notices.push(left_out("Tokens", error)?),
        }
        if self.is_short {
            return Ok(());
        }
        match trace_metrics::of_trace(engine, range) {
            Ok(sections) => report.sections.extend(sections),
            Err(error) => report.notices.push(left_out("Trace metrics", error)?),
        }
        Ok(())
    }

    /// Health, bottlenecks and what to mend; gives the sections of series, which come later.
    fn add_health(
        &self,
        engine: &Engine,
        survey: &Survey,
        report: &mut Report,
    ) -> Result<Vec<Section>, QueryError> {
        let set = series::read(engine, &self.series, self.prices())?;
        let Some(grid) = set.grid else { return Ok(Vec::new()) };
        let changes = self.series.filled("series_changes", grid.width_us);
        let found = anomalies::find(engine, &set, &grid, &changes)?;
        let trends = trends(&set, &grid);
        let health = Health { options: self.series.clone(), prices: self.prices.clone() };
        let assessed = health.assess(engine, &grid, &trends, &found)?;
        let bottlenecks = Bottlenecks { options: self.bottlenecks.clone() };
        let bottlenecks = bottlenecks.report_beside(engine, Some(survey.overview()))?;
        report.verdict = Some(trouble::verdict(&assessed));
        report.fixes = trouble::fixes(&bottlenecks, &assessed);
        report.sections.push(
            Section::new("health", "Health", assessed.in_words())
                .with_lead("Points are taken off 100 for what is listed."),
        );
        report.notices.extend(assessed.notices);
        if let Some(section) = bottlenecks.sections.into_iter().next()
            && !section.table.is_empty()
        {
            report.sections.push(
                Section::new("bottlenecks", "Bottlenecks", section.table.led_by(&OF_BOTTLENECKS))
                    .with_lead("What costs time, the worst first, and what to change."),
            );
        }
        report.notices.extend(bottlenecks.notices);
        report.notices.extend(set.notices.iter().cloned());
        let drawn =
            Performance { series: &set.series, trends: &trends, found: &found, grid: &grid };
        let (derived, recorded) = if self.has_charts {
            (drawn.derived(), drawn.recorded())
        } else {
            (Vec::new(), Vec::new())
        };
        let mut sections = Vec::new();
        let trend_rows = trends::table(&trends, &grid, None).led_by(&OF_TRENDS);
        if !trend_rows.is_empty() {
            sections.push(
                Section::new("trends", "Performance", trend_rows)
                    .with_lead("Which way each series goes, and what comes next.")
                    .with_charts(derived),
            );
        }
        sections.extend(anomalies::sections(&found, &set.series, &grid));
        if let Some(table) = first_table(&metrics::Metrics, engine, "Metrics", report)? {
            sections.push(
                Section::new("metrics", "Metrics", table)
                    .with_lead("Every recorded series; those that went somewhere are drawn.")
                    .with_charts(recorded),
            );
        }
        Ok(sections)
    }

    /// What happened, and what the end of runs waited for.
    fn add_timeline(
        &self,
        engine: &Engine,
        survey: Survey,
        report: &mut Report,
    ) -> Result<(), QueryError> {
        let rows = survey.report().sections.into_iter().next();
        let (strip, critical) = survey.into_drawn().map(|path| (path.strip, path.ids)).unzip();
        let critical = critical.unwrap_or_default();
        let slowest = run(engine, "slowest_spans")?;
        if !slowest.is_empty() {
            let section = Section::new("slowest_spans", "Timeline", slowest)
                .with_lead("The twenty longest spans; `tracekit show ID` has all of one.");
            let chart = if self.has_charts { timeline::timeline(engine, &critical)? } else { None };
            report.sections.push(section.with_charts(chart));
        }
        if let Some(rows) = rows.filter(|rows| !rows.table.is_empty()) {
            report.sections.push(
                Section::new("critical_path", "Critical path", rows.table)
                    .with_lead("What the end of runs waited for, the longest first.")
                    .with_charts(strip.map(charts::of_path)),
            );
        }
        Ok(())
    }
}

/// Leaves the first rows and the first chart, and says so.
fn shorten(section: &mut Section) {
    let rows = section.table.rows();
    section.charts.truncate(1);
    if rows > SHORT_ROWS {
        section.table = section.table.first(SHORT_ROWS);
        let lead = section.lead.take().unwrap_or_default();
        section.lead = Some(format!("{lead} The first {SHORT_ROWS} of {rows}.").trim().to_owned());
    }
}

/// The first table of another analysis; where there is none, why not is a notice of `report`.
fn first_table(
    analysis: &dyn Analysis,
    engine: &Engine,
    title: &str,
    report: &mut Report,
) -> Result<Option<Table>, QueryError> {
    match analysis.report(engine) {
        Ok(part) => {
            let first = part.sections.into_iter().next();
            let table = first.map(|section| section.table).filter(|table| !table.is_empty());
            if table.is_none() {
                report.notices.extend(part.notices);
            }
            Ok(table)
        }
        Err(error) => {
            report.notices.push(left_out(title, error)?);
            Ok(None)
        }
    }
}

/// Says that a section is left out because its view cannot be filtered so; another error stays one.
fn left_out(title: &str, error: QueryError) -> Result<String, QueryError> {
    match error {
        QueryError::NoSuchFilter { view, column } => {
            Ok(format!("{title} are left out: `{view}` has no column `{column}` to filter by"))
        }
        error => Err(error),
    }
}
