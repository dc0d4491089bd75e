//! `report`: one page for people: what there is, who did it, what failed, what was slow.
//!
//! Most sections are those of other commands; [`trace_metrics`] has those of its own.

mod trace_metrics;

use super::finish::{Range, integers, range, run, texts, times};
use super::{Analysis, agents, components, errors, messages, sessions, text, tools};
use crate::query::{Engine, QueryError};
use crate::report::{Report, Section, Table, Unit, Values};
use std::collections::BTreeMap;

/// The command `report`.
pub struct Overview;

/// The command `report`.
pub static REPORT: Overview = Overview;

/// The analyses that have a section, with its key, title and lead.
const SECTIONS: &[(&dyn Analysis, &str, &str, &str)] = &[
    (&sessions::Sessions, "sessions", "Sessions", "One row per session, the earliest first."),
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
];

impl Analysis for Overview {
    fn name(&self) -> &'static str {
        "report"
    }

    fn summary(&self) -> &'static str {
        "One page for people: overview, agents, tools, components, errors, messages, slowest spans"
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
        ]
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        engine.expect(&self.texts().iter().map(|name| text(name)).collect::<Vec<_>>())?;
        let range = range(engine)?;
        let found = run(engine, "overview")?;
        let mut report = Report {
            command: "report",
            title: "Trace report".into(),
            range: range.bounds,
            ..Report::default()
        };
        report.sections.push(
            Section::new("rows", "Overview", by_kind(&found))
                .with_lead("Records by kind and format."),
        );
        match trace_metrics::of_trace(engine, range) {
            Ok(sections) => report.sections.extend(sections),
            Err(error) => report.notices.push(left_out("Trace metrics", error)?),
        }
        for (analysis, key, title, lead) in SECTIONS {
            match analysis.report(engine) {
                Ok(part) => {
                    if let Some(section) = part.sections.into_iter().next()
                        && !section.table.is_empty()
                    {
                        report
                            .sections
                            .push(Section::new(key, *title, section.table).with_lead(*lead));
                    } else {
                        report.notices.extend(part.notices);
                    }
                }
                Err(error) => report.notices.push(left_out(title, error)?),
            }
            if *key == "agents" {
                report.sections.extend(trace_metrics::of_agents(engine)?);
            }
        }
        let slowest = run(engine, "slowest_spans")?;
        if !slowest.is_empty() {
            report.sections.push(
                Section::new("slowest_spans", "Slowest spans", slowest)
                    .with_lead("The twenty longest spans; `tracekit show ID` has all of one."),
            );
        }
        report.sections.push(
            Section::new("sources", "Sources", by_source(&found))
                .with_lead("Where the records came from."),
        );
        report.summary = summarize(range, &report);
        Ok(report)
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

fn by_kind(found: &Table) -> Table {
    let mut sums: BTreeMap<(&str, &str), (i64, i64, i64)> = BTreeMap::new();
    for row in 0..found.rows() {
        let key = (
            found.text("kind", row).unwrap_or_default(),
            found.text("source_format", row).unwrap_or_default(),
        );
        let first = found.integer("first_us", row).unwrap_or_default();
        let last = found.integer("last_us", row).unwrap_or_default();
        let sum = sums.entry(key).or_insert((0, first, last));
        *sum = (
            sum.0 + found.integer("records", row).unwrap_or_default(),
            sum.1.min(first),
            sum.2.max(last),
        );
    }
    let count =
        |one: &dyn Fn(&(i64, i64, i64)) -> i64| sums.values().map(|sum| Some(one(sum))).collect();
    Table::default()
        .with("kind", Unit::None, Values::texts(sums.keys().map(|key| key.0)))
        .with("source_format", Unit::None, Values::texts(sums.keys().map(|key| key.1)))
        .with("records", Unit::Count, Values::Integer(count(&|sum| sum.0)))
        .with("first_seen", Unit::None, Values::Time(count(&|sum| sum.1)))
        .with("last_seen", Unit::None, Values::Time(count(&|sum| sum.2)))
}

fn by_source(found: &Table) -> Table {
    Table::default()
        .with("source", Unit::None, texts(found, |row| found.text("source", row)))
        .with("source_format", Unit::None, texts(found, |row| found.text("source_format", row)))
        .with("kind", Unit::None, texts(found, |row| found.text("kind", row)))
        .with("records", Unit::Count, integers(found, |row| found.integer("records", row)))
        .with("first_seen", Unit::None, times(found, |row| found.integer("first_us", row)))
        .with("last_seen", Unit::None, times(found, |row| found.integer("last_us", row)))
}

/// What a person reads first.
fn summarize(range: Range, report: &Report) -> Vec<String> {
    let Some((first, last)) = range.bounds else {
        return vec!["There are no records that fit.".into()];
    };
    let table = |key: &str| {
        report.sections.iter().find(|section| section.key == key).map(|section| &section.table)
    };
    let rows = |key: &str| table(key).map_or(0, Table::rows);
    let sum = |key: &str, column: &'static str| -> i64 {
        table(key)
            .map_or(0, |table| (0..table.rows()).filter_map(|row| table.integer(column, row)).sum())
    };
    let mut sentences = vec![format!(
        "{} of {} over {}.",
        counted(range.records, "record", "records"),
        counted(i64::try_from(rows("agents")).unwrap_or(i64::MAX), "agent", "agents"),
        span_of_time(last - first),
    )];
    let (failed, tasks) = (sum("agents", "tasks_failed"), sum("agents", "tasks"));
    if tasks > 0 {
        sentences.push(match failed {
            0 => format!("No turn failed, of {}.", grouped(tasks)),
            _ => format!("{} of {} turns failed.", grouped(failed), grouped(tasks)),
        });
    }
    if let Some(errors) = table("errors")
        && let Some(pattern) = errors.text("pattern", 0)
    {
        let count = errors.integer("count", 0).unwrap_or_default();
        let unresolved = sum("errors", "unresolved");
        let name = Some(pattern).filter(|text| !text.is_empty());
        let name =
            name.or_else(|| errors.text("error_type", 0)).unwrap_or("an error without a text");
        let state = match unresolved {
            0 => "Every error was recovered from".to_owned(),
            _ => format!("{} unresolved", counted(unresolved, "error is", "errors are")),
        };
        sentences.push(match count {
            1 => format!("{state}."),
            _ => format!("{state}; the most frequent is “{name}”, {} times.", grouped(count)),
        });
    }
    if let Some((slowest, mean)) = slowest_agent(table("agents")) {
        sentences.push(format!(
            "The slowest agent is {slowest}: {} a turn on average.",
            span_of_time(mean / 1000)
        ));
    }
    let undelivered = sum("messages", "lost");
    if undelivered > 0 {
        sentences.push(format!("{} never arrived.", counted(undelivered, "message", "messages")));
    }
    sentences
}

fn slowest_agent(agents: Option<&Table>) -> Option<(&str, i64)> {
    let agents = agents?;
    (0..agents.rows())
        .filter_map(|row| {
            Some((agents.text("agent", row)?, agents.integer("mean_duration_ns", row)?))
        })
        .max_by_key(|(_, mean)| *mean)
}

fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// A count with a comma between thousands.
fn grouped(count: i64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A length of time in its two largest units; `micros` are microseconds.
fn span_of_time(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    match seconds {
        0 => format!("{} ms", micros / 1000),
        1..60 => format!("{:.1} s", micros as f64 / 1e6),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d {:02}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn lengths_of_time_are_words() {
        assert_eq!(span_of_time(350_000), "350 ms");
        assert_eq!(span_of_time(1_500_000), "1.5 s");
        assert_eq!(span_of_time(61_000_000), "1m 01s");
        assert_eq!(span_of_time(7_260_000_000), "2h 01m");
        assert_eq!(span_of_time(90_000_000_000), "1d 01h");
    }
}
