//! `metrics`: which series there are, and the history of some of them in buckets of time.

mod buckets;
mod notices;

pub use buckets::{Aggregate, History};

use super::Analysis;
use super::finish::{floats, integers, nothing, range, run, texts, times, whole};
use crate::query::{Engine, QueryError};
use crate::report::{Report, Table, Unit};

/// The command `metrics` without a name.
pub(super) struct Metrics;

impl Analysis for Metrics {
    fn name(&self) -> &'static str {
        "metrics"
    }

    fn summary(&self) -> &'static str {
        "Metrics: every series with its unit, range, newest value and gaps, or one over time"
    }

    fn texts(&self) -> &'static [&'static str] {
        &["range", "metric_series"]
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let found = run(engine, "metric_series")?;
        let value = |name: &'static str| floats(&found, |row| found.float(name, row));
        let nanos = |name: &'static str| {
            integers(&found, |row| Some(whole(&found, name, row)?.saturating_mul(1000)))
        };
        let table = Table::default()
            .with("name", Unit::None, texts(&found, |row| found.text("name", row)))
            .with("unit", Unit::None, texts(&found, |row| found.text("unit", row)))
            .with("metric_type", Unit::None, texts(&found, |row| found.text("metric_type", row)))
            .with("samples", Unit::Count, integers(&found, |row| found.integer("samples", row)))
            .with("first", Unit::None, times(&found, |row| found.integer("first_us", row)))
            .with("last", Unit::None, times(&found, |row| found.integer("last_us", row)))
            .with("min", Unit::None, value("min"))
            .with("max", Unit::None, value("max"))
            .with("last_value", Unit::None, value("last_value"))
            .with("interval_ns", Unit::Nanoseconds, nanos("usual_us"))
            .with("gaps", Unit::Count, integers(&found, |row| found.integer("gaps", row)))
            .with("longest_gap_ns", Unit::Nanoseconds, {
                integers(&found, |row| {
                    let gaps = found.integer("gaps", row).filter(|gaps| *gaps > 0);
                    gaps.and(whole(&found, "longest_us", row)).map(|us| us.saturating_mul(1000))
                })
            });
        let mut report = Report::of_rows("metrics", "Metrics", table);
        let range = range(engine)?;
        report.range = range.bounds;
        if found.is_empty() {
            report.notices.push(nothing(range, "no record is a sample of a metric"));
        }
        Ok(report)
    }
}
