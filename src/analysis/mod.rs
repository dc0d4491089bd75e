//! Questions and their answers: each analysis is one or more SQL texts, finished here into a [`Report`].
//!
//! The data is reduced by the texts in `sql/`, which run unchanged on DuckDB; what SQL cannot say
//! (trees, patterns) is done on their small results. Nothing here prints, opens files or reads a clock.

mod agents;
pub mod anomalies;
pub mod bottlenecks;
mod components;
mod critical_path;
mod errors;
pub mod explain;
mod finish;
pub mod health;
pub mod loops;
#[cfg(test)]
mod made_rows;
mod messages;
pub mod metrics;
mod report;
mod self_time;
pub mod series;
mod sessions;
pub mod statistics;
mod tasks;
pub mod tokens;
mod tools;
mod trace;
pub mod trends;

use crate::query::{Engine, QueryError};
use crate::report::Report;
use std::borrow::Cow;

pub use critical_path::{
    Change, CriticalPath, PairWait, PathOverview, Runs, Slowest, Subject, SubjectShare, WhatIf,
    path_overview,
};
pub use errors::ERRORS;
pub use report::{Overview, REPORT};
pub use trace::{Scope, TraceError, trace};

/// One SQL text, by the name of its file.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// File name without its ending.
    pub name: &'static str,
    /// The statement, with a header that says question, grain, inputs and columns.
    pub sql: &'static str,
}

macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        /// Every text of every analysis.
        pub const TEXTS: &[Text] = &[
            $(Text { name: $name, sql: include_str!(concat!("sql/", $name, ".sql")) }),*
        ];
    };
}

texts![
    "activity",
    "agent_activity",
    "agent_resources",
    "agent_uptimes",
    "agent_waits",
    "agents",
    "component_classes",
    "component_flow",
    "component_spans",
    "components",
    "contended_writes",
    "error_ancestors",
    "error_windows",
    "errors",
    "export_groups",
    "exposed_durations",
    "exposed_errors",
    "exposed_events",
    "exposed_exemplars",
    "exposed_samples",
    "exposed_tokens",
    "fitting_ids",
    "hand_overs",
    "health_errors",
    "loop_calls",
    "message_waits",
    "messages",
    "metric_samples",
    "metric_series",
    "metric_windows",
    "open_turns",
    "overview",
    "path_marks",
    "path_messages",
    "path_runs",
    "path_spans",
    "range",
    "range_of_moments",
    "recoveries",
    "retried_tasks",
    "run_times",
    "series_changes",
    "series_metrics",
    "series_records",
    "series_tokens",
    "series_work",
    "sessions",
    "slowest_spans",
    "stragglers",
    "task_holders",
    "tasks",
    "timeline_counts",
    "timeline_density",
    "timeline_errors",
    "timeline_messages",
    "timeline_spans",
    "token_parents",
    "token_totals",
    "tokens",
    "tools",
    "trace_metrics",
    "trace_spans",
    "trace_times",
    "turn_counts",
    "type_counts",
    "unmatched_ends",
    "unsplit_tokens",
    "vain_acts",
    "work_times",
];

/// The text called `name`.
pub fn text(name: &str) -> &'static str {
    TEXTS.iter().find(|text| text.name == name).map_or("", |text| text.sql)
}

/// A question that is asked of the filtered records as a whole.
pub trait Analysis: Sync {
    /// Its command.
    fn name(&self) -> &'static str;
    /// What it answers, in one line.
    fn summary(&self) -> &'static str;
    /// The names of its texts.
    fn texts(&self) -> &'static [&'static str];
    /// The text called `name` as this analysis runs it: with its options in the place of the
    /// defaults that are written in the file.
    fn sql(&self, name: &str) -> Cow<'static, str> {
        Cow::Borrowed(text(name))
    }
    /// What `--explain` says above the texts: how the last step goes on from their rows. Lines of
    /// prose; nothing where there is nothing to say.
    fn notes(&self) -> String {
        String::new()
    }
    /// The answer.
    ///
    /// # Errors
    /// Those of the engine.
    fn report(&self, engine: &Engine) -> Result<Report, QueryError>;
}

/// Every analysis, in the order of the docs.
pub static ALL: &[&dyn Analysis] = &[
    &sessions::Sessions,
    &agents::Agents,
    &tasks::Tasks,
    &tools::Tools,
    &components::Components,
    &messages::Messages,
    &metrics::Metrics,
    &errors::Errors,
    &bottlenecks::BOTTLENECKS,
    &critical_path::CRITICAL_PATH,
    &loops::LOOPS,
    &trends::TRENDS,
    &anomalies::ANOMALIES,
    &health::HEALTH,
    &tokens::TOKENS,
    &report::REPORT,
];

/// The analysis called `name`.
pub fn find(name: &str) -> Option<&'static dyn Analysis> {
    ALL.iter().copied().find(|analysis| analysis.name() == name)
}
