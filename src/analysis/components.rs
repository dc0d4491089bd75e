//! `components`: which components do what, how fast, how often it fails, and how much is their own.

use super::Analysis;
use super::finish::{floats, integers, mean, nothing, range, ratio, run, texts, whole};
use super::self_time::{Interval, self_times};
use crate::query::hashed::HashMap;
use crate::query::{Engine, QueryError};
use crate::report::{Report, Section, Table, Unit};

/// The command `components`.
pub(super) struct Components;

impl Analysis for Components {
    fn name(&self) -> &'static str {
        "components"
    }

    fn summary(&self) -> &'static str {
        "Components and operations: spans, errors, durations, self time"
    }

    fn texts(&self) -> &'static [&'static str] {
        &["range", "components", "component_spans", "component_classes", "component_flow"]
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let found = run(engine, "components")?;
        let own = own_times(&run(engine, "component_spans")?);
        let integer = |name: &'static str| integers(&found, |row| found.integer(name, row));
        let key = |row| (found.text("component", row), found.text("operation", row));
        let table = Table::default()
            .with("component", Unit::None, texts(&found, |row| key(row).0))
            .with("operation", Unit::None, texts(&found, |row| key(row).1))
            .with("spans", Unit::Count, integer("spans"))
            .with("errors", Unit::Count, integer("errors"))
            .with(
                "error_rate",
                Unit::Ratio,
                floats(&found, |row| {
                    ratio(found.integer("errors", row), found.integer("spans", row))
                }),
            )
            .with(
                "mean_duration_ns",
                Unit::Nanoseconds,
                integers(&found, |row| {
                    mean(found.integer("sum_duration_ns", row), found.integer("timed", row))
                }),
            )
            .with(
                "p95_duration_ns",
                Unit::Nanoseconds,
                integers(&found, |row| whole(&found, "p95_duration_ns", row)),
            )
            .with(
                "self_time_ns",
                Unit::Nanoseconds,
                integers(&found, |row| {
                    let (component, operation) = key(row);
                    let key = (component.map(str::to_owned), operation.map(str::to_owned));
                    Some(own.get(&key).copied().unwrap_or_default())
                }),
            );
        let mut report = Report::of_rows("components", "Components", table);
        report.sections.push(
            Section::new(
                "classes",
                "Classes of duration",
                classes(&run(engine, "component_classes")?),
            )
            .with_lead("Below 1 ms, 10 ms, 100 ms, 1 s, and above."),
        );
        match run(engine, "component_flow") {
            Ok(found) => report.sections.push(
                Section::new("flow", "Data flow and memory", flow(&found)).with_lead(
                    "Sizes of what goes in and comes out, their ratio, and spans by the memory that they took.",
                ),
            ),
            Err(QueryError::NoSuchFilter { .. }) => {}
            Err(error) => return Err(error),
        }
        let range = range(engine)?;
        report.range = range.bounds;
        if found.is_empty() {
            report.notices.push(nothing(range, "no span names a component or an operation"));
        }
        Ok(report)
    }
}

/// Columns of a text as they are.
fn counts(found: &Table, table: Table, names: &[&'static str], unit: Unit) -> Table {
    names.iter().fold(table, |table, name| {
        table.with(*name, unit, integers(found, |row| found.integer(name, row)))
    })
}

fn names(found: &Table) -> Table {
    Table::default()
        .with("component", Unit::None, texts(found, |row| found.text("component", row)))
        .with("operation", Unit::None, texts(found, |row| found.text("operation", row)))
}

/// How many spans are how fast.
fn classes(found: &Table) -> Table {
    let classes = ["very_fast", "fast", "normal", "slow", "very_slow"];
    counts(found, names(found), &classes, Unit::Count)
}

/// What goes in, what comes out, and what memory it takes.
fn flow(found: &Table) -> Table {
    let sizes = counts(found, names(found), &["sized"], Unit::Count);
    let sizes = counts(found, sizes, &["input_bytes", "output_bytes"], Unit::Bytes);
    let growth = floats(found, |row| {
        ratio(found.integer("output_bytes", row), found.integer("input_bytes", row))
    });
    let sizes = sizes.with("growth_ratio", Unit::None, growth);
    let memory = counts(found, sizes, &["memory_delta_bytes"], Unit::Bytes);
    counts(found, memory, &["minimal", "small", "moderate", "large", "very_large"], Unit::Count)
}

/// Component and operation.
type Key = (Option<String>, Option<String>);

/// Self time in nanoseconds by component and operation.
fn own_times(spans: &Table) -> HashMap<Key, i64> {
    let place: HashMap<(Option<&str>, Option<&str>), usize> = (0..spans.rows())
        .rev()
        .map(|row| ((spans.text("span_group", row), spans.text("id", row)), row))
        .collect();
    let intervals: Vec<Interval> = (0..spans.rows())
        .map(|row| {
            let start = spans.integer("ts_us", row).unwrap_or_default().saturating_mul(1000);
            let parent = spans.text("parent_id", row);
            Interval {
                start,
                end: start.saturating_add(spans.integer("duration_ns", row).unwrap_or_default()),
                parent: parent
                    .and_then(|id| place.get(&(spans.text("span_group", row), Some(id))).copied()),
            }
        })
        .collect();
    let mut sums = HashMap::default();
    for (row, time) in self_times(&intervals).into_iter().enumerate() {
        let key = (
            spans.text("component", row).map(str::to_owned),
            spans.text("operation", row).map(str::to_owned),
        );
        *sums.entry(key).or_default() += time;
    }
    sums
}
