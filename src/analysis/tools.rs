//! `tools`: how often each tool is called, how often it fails, and where its time goes.

use super::Analysis;
use super::finish::{floats, integers, mean, nothing, range, ratio, run, texts, whole};
use crate::query::{Engine, QueryError};
use crate::report::{Report, Table, Unit};

/// The command `tools`.
pub(super) struct Tools;

impl Analysis for Tools {
    fn name(&self) -> &'static str {
        "tools"
    }

    fn summary(&self) -> &'static str {
        "Tools: calls, errors, durations"
    }

    fn texts(&self) -> &'static [&'static str] {
        &["range", "tools"]
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let found = run(engine, "tools")?;
        let integer = |name: &'static str| integers(&found, |row| found.integer(name, row));
        let percentile = |name: &'static str| integers(&found, |row| whole(&found, name, row));
        let table = Table::default()
            .with("tool", Unit::None, texts(&found, |row| found.text("tool", row)))
            .with("calls", Unit::Count, integer("calls"))
            .with("errors", Unit::Count, integer("errors"))
            .with(
                "success_rate",
                Unit::Ratio,
                floats(&found, |row| {
                    let finished = found.integer("finished", row);
                    let well =
                        finished.zip(found.integer("errors", row)).map(|(all, bad)| all - bad);
                    ratio(well, finished)
                }),
            )
            .with(
                "mean_duration_ns",
                Unit::Nanoseconds,
                integers(&found, |row| {
                    mean(found.integer("total_duration_ns", row), found.integer("timed", row))
                }),
            )
            .with("p50_duration_ns", Unit::Nanoseconds, percentile("p50_duration_ns"))
            .with("p95_duration_ns", Unit::Nanoseconds, percentile("p95_duration_ns"))
            .with("p99_duration_ns", Unit::Nanoseconds, percentile("p99_duration_ns"))
            .with("total_duration_ns", Unit::Nanoseconds, integer("total_duration_ns"))
            .with("agents", Unit::Count, integer("agents"));
        let mut report = Report::of_rows("tools", "Tools", table);
        let range = range(engine)?;
        report.range = range.bounds;
        if found.is_empty() {
            report.notices.push(nothing(range, "no span names a tool"));
        }
        Ok(report)
    }
}
