//! `agents`: what each agent did, how well, how fast, and for how many tokens.

use super::Analysis;
use super::finish::{floats, integers, mean, nothing, range, ratio, run, texts, times, whole};
use crate::query::{Engine, QueryError};
use crate::report::{Report, Table, Unit};

/// The command `agents`.
pub(super) struct Agents;

impl Analysis for Agents {
    fn name(&self) -> &'static str {
        "agents"
    }

    fn summary(&self) -> &'static str {
        "Agents: tasks, durations, errors, tokens, most used tool"
    }

    fn texts(&self) -> &'static [&'static str] {
        &["range", "agents"]
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let range = range(engine)?;
        let found = totals(engine)?;
        let seconds = range.seconds();
        let integer = |name: &'static str| integers(&found, |row| found.integer(name, row));
        let finished = |row| found.integer("tasks_finished", row);
        let failed = |row| found.integer("tasks_failed", row);
        let percentile = |name: &'static str| integers(&found, |row| whole(&found, name, row));
        let table = Table::default()
            .with("agent", Unit::None, texts(&found, |row| found.text("agent", row)))
            .with("events", Unit::Count, integer("events"))
            .with("spans", Unit::Count, integer("spans"))
            .with("tasks", Unit::Count, integer("tasks"))
            .with("tasks_failed", Unit::Count, integer("tasks_failed"))
            .with("errors", Unit::Count, integer("errors"))
            .with(
                "error_rate",
                Unit::Ratio,
                floats(&found, |row| ratio(failed(row), finished(row))),
            )
            .with(
                "success_rate",
                Unit::Ratio,
                floats(&found, |row| {
                    let well = finished(row).zip(failed(row)).map(|(all, bad)| all - bad);
                    ratio(well, finished(row))
                }),
            )
            .with(
                "mean_duration_ns",
                Unit::Nanoseconds,
                integers(&found, |row| {
                    mean(found.integer("sum_duration_ns", row), found.integer("tasks_timed", row))
                }),
            )
            .with("p50_duration_ns", Unit::Nanoseconds, percentile("p50_duration_ns"))
            .with("p95_duration_ns", Unit::Nanoseconds, percentile("p95_duration_ns"))
            .with("p99_duration_ns", Unit::Nanoseconds, percentile("p99_duration_ns"))
            .with(
                "throughput_per_s",
                Unit::PerSecond,
                floats(&found, |row| Some(finished(row)? as f64 / seconds?)),
            )
            .with("input_tokens", Unit::Tokens, integer("input_tokens"))
            .with("output_tokens", Unit::Tokens, integer("output_tokens"))
            .with("cost_microusd", Unit::Microusd, integer("cost_microusd"))
            .with(
                "most_used_tool",
                Unit::None,
                texts(&found, |row| found.text("most_used_tool", row)),
            )
            .with("first_seen", Unit::None, times(&found, |row| found.integer("first_us", row)))
            .with("last_seen", Unit::None, times(&found, |row| found.integer("last_us", row)))
            .with("status", Unit::None, texts(&found, |row| Some(status(&found, row))));
        let mut report = Report::of_rows("agents", "Agents", table);
        report.range = range.bounds;
        if found.is_empty() {
            report.notices.push(nothing(range, "no record names an agent"));
        }
        Ok(report)
    }
}

/// The rows of `agents.sql`.
///
/// # Errors
/// Those of the engine.
pub(super) fn totals(engine: &Engine) -> Result<Table, QueryError> {
    match engine.agent_totals()? {
        Some(found) => Ok(found),
        None => run(engine, "agents"),
    }
}

/// What an agent was at the end: `destroyed` after its last record, `busy` with an open task, else
/// `idle`.
fn status(found: &Table, row: usize) -> &'static str {
    let destroyed = found.integer("destroyed_us", row);
    if destroyed.is_some() && destroyed >= found.integer("last_us", row) {
        "destroyed"
    } else if found.integer("open_tasks", row).unwrap_or_default() > 0 {
        "busy"
    } else {
        "idle"
    }
}
