//! Health as tables and sentences.

use super::super::trends::Trend;
use super::Judged;
use super::advice::Advice;
use super::score::{Kind, trend};
use super::state::Status;
use crate::report::{Scalar, Table, Texts, Unit, Values, length_of_time, with_unit};
use serde_json::json;

/// So many things to do are told of in sentences.
const SENTENCES: usize = 3;

/// One row a subject.
pub(super) fn rows(judged: &[Judged]) -> Table {
    let deductions = |one: &Judged| {
        let all: Vec<_> = one
            .deductions
            .iter()
            .map(|one| json!({"kind": one.kind.as_str(), "points": one.points, "reason": one.reason}))
            .collect();
        Some(serde_json::Value::from(all).to_string())
    };
    let integers = |one: &dyn Fn(&Judged) -> i64| {
        Values::Integer(judged.iter().map(|it| Some(one(it))).collect())
    };
    Table::default()
        .with("scope", Unit::None, Values::texts(judged.iter().map(|one| one.scope)))
        .with(
            "subject",
            Unit::None,
            Values::Text(
                judged
                    .iter()
                    .map(|one| Some(one.subject.as_str()).filter(|name| !name.is_empty()))
                    .collect(),
            ),
        )
        .with("status", Unit::None, Values::texts(judged.iter().map(|one| one.status().as_str())))
        .with(
            "score",
            Unit::None,
            Values::Float(judged.iter().map(|one| Some(one.score)).collect()),
        )
        .with(
            "trend",
            Unit::None,
            Values::Text(judged.iter().map(|one| trend(&one.facts)).collect()),
        )
        .with("finished", Unit::Count, integers(&|one| one.facts.finished))
        .with("failed", Unit::Count, integers(&|one| one.facts.failed))
        .with("unfinished", Unit::Count, integers(&|one| one.facts.unfinished))
        .with(
            "deductions",
            Unit::None,
            Values::Json(judged.iter().map(deductions).collect::<Texts>()),
        )
}

/// Status and score of the system.
pub(super) fn scalars(system: &Judged) -> Vec<Scalar> {
    vec![
        Scalar {
            name: "status",
            unit: Unit::None,
            value: Values::texts([system.status().as_str()]),
        },
        Scalar { name: "score", unit: Unit::None, value: Values::Float(vec![Some(system.score)]) },
    ]
}

/// One indicator: its name, the metric whose direction it has, its value over all time and in the last tenth of
/// it, and the unit of both.
type Line = (&'static str, &'static str, [Option<f64>; 2], &'static str);

/// What is said of the system in four lines.
pub(super) fn indicators(system: &Judged, trends: &[Trend<'_>]) -> Table {
    let of = |metric: &str| trends.iter().find(|one| one.series.metric == metric);
    let facts = &system.facts;
    let begun = facts.finished + facts.unfinished;
    let well = (begun > 0).then(|| (facts.finished - facts.failed) as f64 / begun as f64);
    let failed = (facts.finished > 0).then(|| facts.failed as f64 / facts.finished as f64);
    let middle = |metric: &str, is_late: bool| {
        let values = &of(metric)?.series.values;
        let late = if is_late { values.len() - values.len() / 10 } else { 0 };
        let mut known: Vec<f64> = values[late..].iter().copied().flatten().collect();
        known.sort_by(f64::total_cmp);
        known.get(known.len() / 2).copied()
    };
    let both = |metric: &str| [middle(metric, false), middle(metric, true)];
    let (late_failed, late_finished) = facts.lately;
    let lately = (late_finished > 0).then(|| late_failed as f64 / late_finished as f64);
    let lines: [Line; 4] = [
        ("response_time", "latency.p95", both("latency.p95"), "ms"),
        ("throughput", "throughput", both("throughput"), "1/s"),
        ("error_rate", "error_rate", [failed, lately], "1"),
        ("availability", "", [well, lately.map(|failed| 1.0 - failed)], "1"),
    ];
    let got_worse =
        |metric: &str| facts.trends.iter().any(|one| one.metric == metric && one.worse().is_some());
    let status_of = |metric: &str, value: Option<f64>| {
        let worse = got_worse(metric);
        let share = match metric {
            "error_rate" => value,
            "" => value.map(|well| 1.0 - well),
            _ => Some(0.0),
        };
        let score = 100.0 - 200.0 * share? - if worse { 21.0 } else { 0.0 };
        value.map(|_| Status::of(score))
    };
    let status = |metric: &str, values: &[Option<f64>; 2]| {
        let of_few = facts.lately.0 < super::score::LEAST_LATELY;
        let lately = values[1].filter(|_| !of_few || !["error_rate", ""].contains(&metric));
        let worst = status_of(metric, values[0]).max(status_of(metric, lately))?;
        Some(worst.as_str())
    };
    let of_lines =
        |one: &dyn Fn(&Line) -> Option<&'static str>| Values::Text(lines.iter().map(one).collect());
    Table::default()
        .with("indicator", Unit::None, Values::texts(lines.iter().map(|line| line.0)))
        .with("value", Unit::None, Values::Float(lines.iter().map(|line| line.2[0]).collect()))
        .with("lately", Unit::None, Values::Float(lines.iter().map(|line| line.2[1]).collect()))
        .with("unit", Unit::None, Values::texts(lines.iter().map(|line| line.3)))
        .with("status", Unit::None, of_lines(&|line| status(line.1, &line.2)))
        .with("trend", Unit::None, of_lines(&|line| Some(of(line.1)?.verdict.direction.as_str())))
}

/// What can be used up.
pub(super) fn resources(system: &Judged) -> Table {
    let all = &system.facts.resources;
    let floats = |one: &dyn Fn(usize) -> f64| {
        Values::Float((0..all.len()).map(|place| Some(one(place))).collect())
    };
    let left = all.iter().map(|one| one.reaches_in_us.map(|micros| micros.saturating_mul(1000)));
    Table::default()
        .with("metric", Unit::None, Values::texts(all.iter().map(|one| &one.metric)))
        .with("value", Unit::None, floats(&|place| all[place].now))
        .with("limit", Unit::None, floats(&|place| all[place].limit))
        .with("unit", Unit::None, Values::texts(all.iter().map(|one| &one.unit)))
        .with("status", Unit::None, Values::texts(all.iter().map(|one| one.status().as_str())))
        .with("reaches_in_ns", Unit::Nanoseconds, Values::Integer(left.collect()))
}

/// All deductions as issues, the gravest first.
pub(super) fn issues(judged: &[Judged]) -> Table {
    let mut all: Vec<_> = judged
        .iter()
        .flat_map(|one| one.deductions.iter().map(move |deduction| (one, deduction)))
        .collect();
    all.sort_by(|a, b| b.1.points.total_cmp(&a.1.points));
    let severity = |points: f64, kind: Kind| match points {
        _ if kind == Kind::AtLimit => "critical",
        points if points >= 20.0 => "critical",
        points if points >= 5.0 => "warning",
        _ => "information",
    };
    Table::default()
        .with(
            "severity",
            Unit::None,
            Values::texts(
                all.iter().map(|(_, deduction)| severity(deduction.points, deduction.kind)),
            ),
        )
        .with("scope", Unit::None, Values::texts(all.iter().map(|(one, _)| one.scope)))
        .with(
            "subject",
            Unit::None,
            Values::Text(
                all.iter()
                    .map(|(one, _)| Some(one.subject.as_str()).filter(|name| !name.is_empty()))
                    .collect(),
            ),
        )
        .with(
            "kind",
            Unit::None,
            Values::texts(all.iter().map(|(_, deduction)| deduction.kind.as_str())),
        )
        .with(
            "points",
            Unit::None,
            Values::Float(all.iter().map(|(_, deduction)| Some(deduction.points)).collect()),
        )
        .with("what", Unit::None, Values::texts(all.iter().map(|(_, deduction)| &deduction.reason)))
}

/// What to do, the most urgent first.
pub(super) fn recommendations(advice: &[Advice]) -> Table {
    Table::default()
        .with("when", Unit::None, Values::texts(advice.iter().map(|one| one.when.as_str())))
        .with("scope", Unit::None, Values::texts(advice.iter().map(|one| one.scope)))
        .with(
            "subject",
            Unit::None,
            Values::Text(
                advice
                    .iter()
                    .map(|one| Some(one.subject.as_str()).filter(|name| !name.is_empty()))
                    .collect(),
            ),
        )
        .with("what", Unit::None, Values::texts(advice.iter().map(|one| &one.what)))
        .with("look", Unit::None, Values::texts(advice.iter().map(|one| &one.look)))
}

/// What a person reads first.
pub(super) fn sentences(system: &Judged, advice: &[Advice]) -> Vec<String> {
    let facts = &system.facts;
    let mut all = vec![format!(
        "The system is {}: {} of 100{}.",
        system.status().as_str(),
        with_unit(system.score, ""),
        trend(facts).map_or_else(String::new, |trend| format!(", {trend}"))
    )];
    all.extend(facts.resources.iter().filter_map(|one| {
        let micros = one.reaches_in_us.filter(|micros| *micros > 0)?;
        let limit = with_unit(one.limit, &one.unit);
        Some(format!("{} reaches {limit} in {}.", one.metric, length_of_time(micros)))
    }));
    all.extend(
        advice
            .iter()
            .take(SENTENCES)
            .enumerate()
            .map(|(place, one)| format!("{}. {}: {}", place + 1, one.what, one.look)),
    );
    all
}
