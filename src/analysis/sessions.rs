//! `sessions`: which sessions there were, how long, how costly, with how many errors.

use super::Analysis;
use super::finish::{nothing, range, run};
use crate::query::{Engine, QueryError};
use crate::report::{Report, Unit};

/// The command `sessions`.
pub(super) struct Sessions;

impl Analysis for Sessions {
    fn name(&self) -> &'static str {
        "sessions"
    }

    fn summary(&self) -> &'static str {
        "Sessions: start, duration, agents, errors, tokens"
    }

    fn texts(&self) -> &'static [&'static str] {
        &["range", "sessions"]
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let mut table = run(engine, "sessions")?;
        for column in &mut table.columns {
            if matches!(column.name.as_str(), "events" | "agents" | "errors") {
                column.unit = Unit::Count;
            }
        }
        let is_empty = table.is_empty();
        let mut report = Report::of_rows("sessions", "Sessions", table);
        let range = range(engine)?;
        report.range = range.bounds;
        if is_empty {
            report.notices.push(nothing(range, "no record names a session"));
        }
        Ok(report)
    }
}
