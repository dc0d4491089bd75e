//! `messages`: who writes to whom, how fast it arrives, and what is lost.

use super::Analysis;
use super::finish::{integers, mean, nothing, range, run, texts, whole};
use crate::query::{Engine, QueryError};
use crate::report::{Report, Table, Unit};

/// The command `messages`.
pub(super) struct Messages;

impl Analysis for Messages {
    fn name(&self) -> &'static str {
        "messages"
    }

    fn summary(&self) -> &'static str {
        "Messages by pair of agents: sent, received, lost, latency"
    }

    fn texts(&self) -> &'static [&'static str] {
        &["range", "messages"]
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let found = run(engine, "messages")?;
        let integer = |name: &'static str| integers(&found, |row| found.integer(name, row));
        let table = Table::default()
            .with("agent", Unit::None, texts(&found, |row| found.text("agent", row)))
            .with("peer", Unit::None, texts(&found, |row| found.text("peer", row)))
            .with("sent", Unit::Count, integer("sent"))
            .with("received", Unit::Count, integer("received"))
            .with("lost", Unit::Count, integer("lost"))
            .with("duplicates", Unit::Count, integer("duplicates"))
            .with("unsent", Unit::Count, integer("unsent"))
            .with(
                "mean_latency_ns",
                Unit::Nanoseconds,
                integers(&found, |row| {
                    mean(found.integer("sum_latency_ns", row), found.integer("delivered", row))
                }),
            )
            .with(
                "p95_latency_ns",
                Unit::Nanoseconds,
                integers(&found, |row| whole(&found, "p95_latency_ns", row)),
            );
        let mut report = Report::of_rows("messages", "Messages", table);
        let range = range(engine)?;
        report.range = range.bounds;
        if found.is_empty() {
            report.notices.push(nothing(range, "no message was sent or received"));
        }
        Ok(report)
    }
}
