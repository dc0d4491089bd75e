//! `report`: one page for people: is it healthy, what to mend first, what happened, where did time, tokens
//! and money go.
//!
//! Most sections are those of other commands, which are asked once and share what they read;
//! [`trace_metrics`] has those of its own, [`timeline`], [`performance`] and [`charts`] what is drawn.

mod activity;
mod charts;
mod comparison;
mod parts;
mod performance;
mod records;
mod stacks;
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
use activity::Activity;
use parts::{first_table, joined, left_out, on_a_thread, shorten};
use performance::Performance;
use std::borrow::Cow;
use std::thread::ScopedJoinHandle;

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
            "activity",
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
        // Of records alone, so there is no need to wait until it is known what will be asked of views.
        let (range, found) = std::thread::scope(|scope| {
            let ask = || Ok::<_, QueryError>((range(engine)?, run(engine, "overview")?));
            let of_records = on_a_thread(scope, ask)?;
            self.expect(engine)?;
            joined(of_records)
        })?;
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
        let add_tables = || {
            let mut tables = Report::default();
            self.add_tables(engine, range, &mut tables).map(|()| tables)
        };
        let tables = std::thread::scope(|scope| {
            let tables = on_a_thread(scope, add_tables)?;
            let survey = Survey::of(engine, self.has_charts && !self.is_short)?;
            let paths = survey.overview();
            let bottlenecks = Bottlenecks { options: self.bottlenecks.clone() };
            let bottlenecks =
                on_a_thread(scope, move || bottlenecks.report_beside(engine, Some(paths)))?;
            let timeline =
                || if self.is_short { Ok(Vec::new()) } else { self.timeline(engine, survey) };
            let timeline = on_a_thread(scope, timeline)?;
            let performance = self.add_health(engine, bottlenecks, report)?;
            report.sections.extend(joined(timeline)?);
            report.sections.extend(performance);
            joined(tables)
        })?;
        report.sections.extend(tables.sections);
        report.notices.extend(tables.notices);
        Ok(())
    }

    /// One table each: who did what, what failed, what was said, what it cost.
    fn add_tables(
        &self,
        engine: &Engine,
        range: Range,
        report: &mut Report,
    ) -> Result<(), QueryError> {
        let activity = if self.is_short { None } else { Some(Activity::of(engine, range)?) };
        for (analysis, key, title, lead) in SECTIONS {
            if self.is_short && !SHORT_SECTIONS.contains(key) {
                continue;
            }
            let section = |table: Table| Section::new(key, *title, table).with_lead(*lead);
            if let Some(table) = first_table(*analysis, engine, title, report)? {
                let charts = if self.has_charts { charts::of_section(key, &table) } else { None };
                let (table, stacks) = match &activity {
                    Some(activity) => Self::completed(engine, activity, key, table)?,
                    None => (table, None),
                };
                report.sections.push(section(table).with_charts(charts));
                report.sections.extend(stacks);
            }
            if *key == "agents" && !self.is_short {
                report.sections.extend(trace_metrics::of_agents(engine)?);
            }
        }
        match TokenUse::of(self.prices.clone()).report_flat(engine) {
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

    /// The table of a section with what only a report has of it, and a section behind it.
    fn completed(
        engine: &Engine,
        activity: &Activity,
        key: &str,
        table: Table,
    ) -> Result<(Table, Option<Section>), QueryError> {
        Ok(match key {
            "agents" => (activity.beside(&["agent"], table), None),
            "tools" => (activity.beside(&["tool"], table), None),
            "components" => (activity.beside(&["component", "operation"], table), None),
            "errors" => {
                let stacks = stacks::of_errors(engine, &table)?;
                (table, stacks)
            }
            _ => (table, None),
        })
    }

    /// Health, bottlenecks and what to mend; gives the sections of series, which come later.
    fn add_health(
        &self,
        engine: &Engine,
        bottlenecks: ScopedJoinHandle<'_, Result<Report, QueryError>>,
        report: &mut Report,
    ) -> Result<Vec<Section>, QueryError> {
        let set = series::read(engine, &self.series, self.prices())?;
        let Some(grid) = set.grid else { return Ok(Vec::new()) };
        let changes = self.series.filled("series_changes", grid.width_us);
        let found = anomalies::find(engine, &set, &grid, &changes, None)?;
        let trends = trends(&set, &grid);
        let health = Health { options: self.series.clone(), prices: self.prices.clone() };
        let assessed = health.assess(engine, &grid, &trends, &found, &set.series)?;
        let metrics = first_table(&metrics::Metrics, engine, "Metrics", report)?;
        let bottlenecks = joined(bottlenecks)?;
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
        if let Some(table) = metrics {
            sections.push(
                Section::new("metrics", "Metrics", table)
                    .with_lead("Every recorded series; those that went somewhere are drawn.")
                    .with_charts(recorded),
            );
        }
        Ok(sections)
    }

    /// What happened, and what the end of runs waited for.
    fn timeline(&self, engine: &Engine, survey: Survey) -> Result<Vec<Section>, QueryError> {
        let mut sections = Vec::new();
        let rows = survey.report().sections.into_iter().next();
        let (strip, critical) = survey.into_drawn().map(|path| (path.strip, path.ids)).unzip();
        let critical = critical.unwrap_or_default();
        let slowest = run(engine, "slowest_spans")?;
        if !slowest.is_empty() {
            let section = Section::new("slowest_spans", "Timeline", slowest)
                .with_lead("The twenty longest spans; `tracekit show ID` has all of one.");
            let chart = if self.has_charts { timeline::timeline(engine, &critical)? } else { None };
            sections.push(section.with_charts(chart));
        }
        if let Some(rows) = rows.filter(|rows| !rows.table.is_empty()) {
            sections.push(
                Section::new("critical_path", "Critical path", rows.table)
                    .with_lead("What the end of runs waited for, the longest first.")
                    .with_charts(strip.map(charts::of_path)),
            );
        }
        Ok(sections)
    }
}
