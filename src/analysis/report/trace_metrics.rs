//! Sections of `report` on the trace as a whole and its agents: how much, how fast, how well, of which types,
//! since when, and how busy.

use super::super::finish::{
    Range, floats, integer_of, integers, mean, ratio, run, text_of, texts, times,
};
use crate::query::{Engine, QueryError};
use crate::report::{Section, Table, Unit, Values};
use std::collections::HashMap;

/// Metrics of the processor, the best first.
const CPU: [&str; 7] = [
    "cpu.usage",
    "system.cpuUsage",
    "cpu_usage",
    "cpuUsage.average",
    "health.cpu.usagePercent",
    "process.cpu.utilization",
    "system.cpu.utilization",
];
/// Metrics of the memory, the best first.
const MEMORY: [&str; 10] = [
    "memory.used",
    "memory_usage",
    "system.memoryUsage",
    "memory.usagePercent",
    "health.memory.used",
    "health.memory.usagePercent",
    "process.memory.usage",
    "system.memory.usage",
    "process.memory.utilization",
    "system.memory.utilization",
];

/// The trace in one row, and its records by type.
pub(super) fn of_trace(engine: &Engine, range: Range) -> Result<Vec<Section>, QueryError> {
    let types = run(engine, "type_counts")?;
    if types.is_empty() {
        return Ok(Vec::new());
    }
    let metrics = one_row(range, &run(engine, "trace_metrics")?, &run(engine, "trace_times")?);
    Ok(vec![
        Section::new("trace_metrics", "Trace metrics", metrics).with_lead(
            "Errors are finished spans that failed; lifetimes of agents and systems are no spans here.",
        ),
        Section::new("types", "Types", by_type(&types, range))
            .with_lead("Records by kind and type, the most first."),
    ])
}

fn one_row(range: Range, spans: &Table, traces: &Table) -> Table {
    let of_spans = |name: &str| spans.integer(name, 0);
    let of_traces = |name: &str| traces.integer(name, 0);
    let integer = |value: Option<i64>| Values::Integer(vec![value]);
    let float = |value: Option<f64>| Values::Float(vec![value]);
    let per_second = range.seconds().map(|seconds| range.records as f64 / seconds);
    Table::default()
        .with("records", Unit::Count, integer(Some(range.records)))
        .with("records_per_s", Unit::PerSecond, float(per_second))
        .with("traces", Unit::Count, integer(of_traces("traces")))
        .with(
            "mean_trace_ns",
            Unit::Nanoseconds,
            integer(mean(of_traces("sum_duration_ns"), of_traces("timed"))),
        )
        .with("spans", Unit::Count, integer(of_spans("spans")))
        .with(
            "mean_duration_ns",
            Unit::Nanoseconds,
            integer(mean(of_spans("sum_duration_ns"), of_spans("timed"))),
        )
        .with("errors", Unit::Count, integer(of_spans("failed")))
        .with("error_rate", Unit::Ratio, float(ratio(of_spans("failed"), of_spans("finished"))))
}

fn by_type(found: &Table, range: Range) -> Table {
    let records = integer_of(found, "records");
    Table::default()
        .with("kind", Unit::None, texts(found, text_of(found, "kind")))
        .with("type", Unit::None, texts(found, text_of(found, "type")))
        .with("records", Unit::Count, integers(found, records))
        .with("share", Unit::Ratio, floats(found, |row| ratio(records(row), Some(range.records))))
}

/// Since when each agent is known, when it was last active, and what it used then.
pub(super) fn of_agents(engine: &Engine) -> Result<Option<Section>, QueryError> {
    let found = run(engine, "agent_uptimes")?;
    if found.is_empty() {
        return Ok(None);
    }
    let table = uptimes(&found, &run(engine, "agent_resources")?);
    Ok(Some(Section::new("agent_uptimes", "Agents over time", table).with_lead(
        "Up from the first to the last that is known of an agent; processor and memory are the newest samples \
         that name it.",
    )))
}

/// A value and its unit.
type Measured<'t> = (f64, Option<&'t str>);

/// The newest sample of the best of some metrics, by agent; ratios are given in percent.
fn newest<'t>(resources: &'t Table, names: &[&str]) -> HashMap<&'t str, Measured<'t>> {
    let mut best: HashMap<&str, (usize, Measured<'_>)> = HashMap::new();
    for row in 0..resources.rows() {
        let name = resources.text("name", row).unwrap_or_default();
        let Some(rank) = names.iter().position(|known| *known == name) else { continue };
        let (Some(agent), Some(value)) =
            (resources.text("agent", row), resources.float("last_value", row))
        else {
            continue;
        };
        let measured = match resources.text("unit", row) {
            Some("1") => (value * 100.0, Some("%")),
            unit => (value, unit),
        };
        let known = best.entry(agent).or_insert((rank, measured));
        if rank < known.0 {
            *known = (rank, measured);
        }
    }
    best.into_iter().map(|(agent, (_, measured))| (agent, measured)).collect()
}

fn uptimes(found: &Table, resources: &Table) -> Table {
    let (cpu, memory) = (newest(resources, &CPU), newest(resources, &MEMORY));
    let agent = text_of(found, "agent");
    let (first, last) = (integer_of(found, "first_us"), integer_of(found, "last_us"));
    let of = |measured: &HashMap<&str, (f64, Option<&str>)>, row| {
        measured.get(agent(row)?).map(|(value, _)| *value)
    };
    let table = Table::default()
        .with("agent", Unit::None, texts(found, agent))
        .with("records", Unit::Count, integers(found, integer_of(found, "records")))
        .with("first_seen", Unit::None, times(found, first))
        .with("last_activity", Unit::None, times(found, last))
        .with(
            "uptime_ns",
            Unit::Nanoseconds,
            integers(found, |row| (last(row)? - first(row)?).checked_mul(1000)),
        )
        .with("cpu_usage_percent", Unit::None, floats(found, |row| of(&cpu, row)))
        .with("memory", Unit::None, floats(found, |row| of(&memory, row)));
    table.with("memory_unit", Unit::None, texts(found, |row| memory.get(agent(row)?)?.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_observed_range() {
        let numbers = |names: [(&'static str, i64); 3]| {
            names.into_iter().fold(Table::default(), |table, (name, value)| {
                table.with(name, Unit::None, Values::Integer(vec![Some(value)]))
            })
        };
        let spans = numbers([("timed", 4), ("sum_duration_ns", 10), ("failed", 1)]).with(
            "finished",
            Unit::None,
            Values::Integer(vec![Some(8)]),
        );
        let traces = numbers([("traces", 2), ("timed", 0), ("sum_duration_ns", 0)]);
        let range = Range { bounds: Some((1_000_000, 5_000_000)), records: 10 };
        let table = one_row(range, &spans, &traces);
        // Ten in four seconds; 10 ns of four spans are 2.5, rounded up; one of eight failed.
        assert_eq!(table.float("records_per_s", 0), Some(2.5));
        assert_eq!(table.integer("mean_duration_ns", 0), Some(3));
        assert_eq!(table.integer("mean_trace_ns", 0), None);
        assert_eq!(table.float("error_rate", 0), Some(0.125));
    }

    #[test]
    fn the_best_metric_of_an_agent_counts_and_ratios_are_percent() {
        let rows = [
            ("a", "process.cpu.utilization", Some("1"), 0.5),
            ("a", "memory.used", Some("MB"), 7.0),
            ("b", "process.cpu.utilization", Some("1"), 0.25),
            ("b", "cpu.usage", Some("%"), 30.0),
        ];
        let resources = Table::default()
            .with("agent", Unit::None, Values::texts(rows.iter().map(|row| row.0)))
            .with("name", Unit::None, Values::texts(rows.iter().map(|row| row.1)))
            .with("unit", Unit::None, Values::Text(rows.iter().map(|row| row.2).collect()))
            .with(
                "last_value",
                Unit::None,
                Values::Float(rows.iter().map(|row| Some(row.3)).collect()),
            );
        let found = Table::default()
            .with("agent", Unit::None, Values::texts(["a", "b", "c"].iter()))
            .with("records", Unit::None, Values::Integer(vec![Some(1); 3]))
            .with("first_us", Unit::None, Values::Integer(vec![Some(5); 3]))
            .with("last_us", Unit::None, Values::Integer(vec![Some(8); 3]));
        let table = uptimes(&found, &resources);
        let of = |name: &str| (0..3).map(|row| table.float(name, row)).collect::<Vec<_>>();
        assert_eq!(of("cpu_usage_percent"), [Some(50.0), Some(30.0), None]);
        assert_eq!(of("memory"), [Some(7.0), None, None]);
        assert_eq!(table.text("memory_unit", 0), Some("MB"));
        assert_eq!(table.integer("uptime_ns", 2), Some(3000));
    }
}
