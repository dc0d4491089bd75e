//! Trends as tables and sentences.

use super::super::series::{Grid, Scope};
use super::outlook::{Capacity, Expected};
use super::sparkline::sparkline;
use super::{Direction, Trend};
use crate::report::{
    Scalar, Table, Texts, Unit, Values, both_with_unit, length_of_time, moment, with_unit,
};
use serde_json::json;
use std::collections::BTreeMap;

/// So many sentences are written out.
const SENTENCES: usize = 3;

/// The length of a bucket.
pub(in crate::analysis) fn interval(grid: &Grid) -> Scalar {
    Scalar {
        name: "interval_ns",
        unit: Unit::Nanoseconds,
        value: Values::Integer(vec![Some(grid.width_us.saturating_mul(1000))]),
    }
}

/// A table with the columns that name a series.
fn named<'t>(trends: impl Iterator<Item = &'t Trend<'t>> + Clone, by: Option<&Scope>) -> Table {
    let table = Table::default().with(
        "metric",
        Unit::None,
        Values::texts(trends.clone().map(|trend| &trend.series.metric)),
    );
    let Some(by) = by else { return table };
    let keys = trends.map(|trend| trend.series.key.as_deref());
    table.with(by.name(), Unit::None, Values::Text(keys.collect()))
}

/// One row a series.
pub(in crate::analysis) fn rows(trends: &[Trend<'_>], grid: &Grid, by: Option<&Scope>) -> Table {
    let floats = |one: &dyn Fn(&Trend<'_>) -> Option<f64>| {
        Values::Float(
            trends.iter().map(|trend| one(trend).filter(|value| value.is_finite())).collect(),
        )
    };
    let times = |one: &dyn Fn(&Trend<'_>) -> Option<usize>| {
        Values::Time(
            trends.iter().map(|trend| one(trend).map(|bucket| grid.time(bucket))).collect(),
        )
    };
    let counts = |one: &dyn Fn(&Trend<'_>) -> usize| {
        Values::Integer(trends.iter().map(|trend| i64::try_from(one(trend)).ok()).collect())
    };
    let per_hour = 3600.0 / grid.seconds();
    let first = |trend: &Trend<'_>| trend.series.values.iter().position(Option::is_some);
    let last = |trend: &Trend<'_>| trend.series.values.iter().rposition(Option::is_some);
    let line = |trend: &Trend<'_>| trend.verdict.line;
    let table = named(trends.iter(), by)
        .with("unit", Unit::None, Values::texts(trends.iter().map(|trend| &trend.series.unit)))
        .with(
            "direction",
            Unit::None,
            Values::texts(trends.iter().map(|trend| trend.verdict.direction.as_str())),
        )
        .with(
            "since",
            Unit::None,
            times(&|trend| (trend.series.profile.points > 0).then_some(trend.verdict.since)),
        )
        .with("slope_per_hour", Unit::None, floats(&|trend| Some(line(trend)?.slope * per_hour)))
        .with("slope_low_per_hour", Unit::None, floats(&|trend| Some(line(trend)?.low * per_hour)))
        .with(
            "slope_high_per_hour",
            Unit::None,
            floats(&|trend| Some(line(trend)?.high * per_hour)),
        )
        .with("p_value", Unit::None, floats(&|trend| trend.verdict.p_value))
        .with(
            "mean",
            Unit::None,
            floats(&|trend| (trend.series.profile.points > 0).then_some(trend.series.profile.mean)),
        )
        .with(
            "deviation",
            Unit::None,
            floats(&|trend| {
                (trend.series.profile.points > 1).then_some(trend.series.profile.deviation)
            }),
        )
        .with("variation", Unit::None, floats(&|trend| trend.series.profile.variation))
        .with("points", Unit::Count, counts(&|trend| trend.series.profile.points))
        .with(
            "gaps",
            Unit::Count,
            counts(&|trend| match (first(trend), last(trend)) {
                (Some(first), Some(last)) => last + 1 - first - trend.series.profile.points,
                _ => 0,
            }),
        )
        .with("first", Unit::None, times(&first))
        .with("last", Unit::None, times(&last))
        .with("last_value", Unit::None, floats(&|trend| trend.series.values[last(trend)?]));
    with_outlook(table, trends, grid)
}

/// The same rows with seasons, changes, forecasts, and the line that people see.
fn with_outlook(table: Table, trends: &[Trend<'_>], grid: &Grid) -> Table {
    let jsons = |one: &dyn Fn(&Trend<'_>) -> Option<String>| {
        Values::Json(trends.iter().map(one).collect::<Texts>())
    };
    let season = |trend: &Trend<'_>| trend.series.profile.season.clone();
    let floats =
        |one: &dyn Fn(&Trend<'_>) -> Option<f64>| Values::Float(trends.iter().map(one).collect());
    let counts = |one: &dyn Fn(&Trend<'_>) -> usize| {
        Values::Integer(trends.iter().map(|trend| i64::try_from(one(trend)).ok()).collect())
    };
    table
        .with(
            "season_ns",
            Unit::Nanoseconds,
            Values::Integer(
                trends
                    .iter()
                    .map(|trend| {
                        let period = i64::try_from(season(trend)?.period).ok()?;
                        Some(period.saturating_mul(grid.width_us).saturating_mul(1000))
                    })
                    .collect(),
            ),
        )
        .with("season_strength", Unit::Ratio, floats(&|trend| Some(season(trend)?.strength)))
        .with("changes", Unit::Count, counts(&|trend| trend.series.profile.changes.len()))
        .with("forecast_1h", Unit::None, jsons(&|trend| Some(words(trend.outlook.hour.as_ref()?))))
        .with("forecast_24h", Unit::None, jsons(&|trend| Some(words(trend.outlook.day.as_ref()?))))
        .with(
            "model",
            Unit::None,
            Values::Text(trends.iter().map(|trend| trend.outlook.model.as_deref()).collect()),
        )
        .with(
            "sparkline",
            Unit::None,
            Values::texts(trends.iter().map(|trend| {
                let expected = trend.outlook.day.as_ref().or(trend.outlook.hour.as_ref());
                sparkline(&trend.series.values, expected)
            })),
        )
        .with(
            "note",
            Unit::None,
            Values::Text(trends.iter().map(|trend| note(trend)).collect::<Texts>()),
        )
}

/// An expected value as JSON: 95 % bounds, those of 80 %, and the confidence.
fn words(expected: &Expected) -> String {
    let one = expected.interval;
    json!({
        "value": one.value, "low": one.low95, "high": one.high95,
        "low_80": one.low80, "high_80": one.high80, "confidence": expected.confidence,
    })
    .to_string()
}

/// What keeps a series from being told more of.
fn note(trend: &Trend<'_>) -> Option<String> {
    let points = trend.series.profile.points;
    let few = (trend.verdict.direction == Direction::Unknown).then(|| {
        let points =
            if points == 1 { "1 point is".to_owned() } else { format!("{points} points are") };
        format!("{points} too few for a direction, which takes {}", super::LEAST_POINTS)
    });
    few.or_else(|| trend.outlook.reason.clone())
}

/// The levels that series went to.
pub(super) fn change_points(trends: &[Trend<'_>], grid: &Grid, by: Option<&Scope>) -> Table {
    let all: Vec<_> = trends
        .iter()
        .flat_map(|trend| trend.series.profile.changes.iter().map(move |change| (trend, change)))
        .collect();
    let floats = |one: &dyn Fn(usize) -> f64| {
        Values::Float(
            (0..all.len()).map(|i| Some(one(i)).filter(|value| value.is_finite())).collect(),
        )
    };
    named(all.iter().map(|(trend, _)| *trend), by)
        .with(
            "time",
            Unit::None,
            Values::Time(all.iter().map(|(_, change)| Some(grid.time(change.at))).collect()),
        )
        .with("before", Unit::None, floats(&|i| all[i].1.before))
        .with("after", Unit::None, floats(&|i| all[i].1.after))
        .with("unit", Unit::None, Values::texts(all.iter().map(|(trend, _)| &trend.series.unit)))
        .with("p_value", Unit::None, floats(&|i| all[i].1.p_value))
}

/// When limits are reached, those that are first.
pub(super) fn capacities(trends: &[Trend<'_>], grid: &Grid, by: Option<&Scope>) -> Table {
    let mut all: Vec<(&Trend<'_>, &Capacity)> =
        trends.iter().filter_map(|trend| Some((trend, trend.outlook.capacity.as_ref()?))).collect();
    let buckets = |capacity: &Capacity| match capacity {
        Capacity::Reached => Some(0.0),
        Capacity::Reaches { buckets, .. } => Some(*buckets),
        Capacity::NotForeseen => None,
    };
    let far = |capacity: &Capacity| buckets(capacity).unwrap_or(f64::INFINITY);
    all.sort_by(|a, b| far(a.1).total_cmp(&far(b.1)));
    let nanos = |one: &dyn Fn(&Capacity) -> Option<f64>| {
        Values::Integer(
            all.iter()
                .map(|(_, capacity)| {
                    one(capacity).map(|buckets| micros(buckets, grid).saturating_mul(1000))
                })
                .collect(),
        )
    };
    let floats = |one: &dyn Fn(&Trend<'_>) -> Option<f64>| {
        Values::Float(all.iter().map(|(trend, _)| one(trend)).collect())
    };
    let at = |(_, capacity): &(&Trend<'_>, &Capacity)| match capacity {
        Capacity::Reaches { buckets, .. } => Some(grid.end_us + micros(*buckets, grid)),
        _ => None,
    };
    named(all.iter().map(|(trend, _)| *trend), by)
        .with("limit", Unit::None, floats(&|trend| trend.series.limit))
        .with("unit", Unit::None, Values::texts(all.iter().map(|(trend, _)| &trend.series.unit)))
        .with(
            "verdict",
            Unit::None,
            Values::texts(all.iter().map(|(_, capacity)| match capacity {
                Capacity::Reached => "reached",
                Capacity::Reaches { .. } => "reaches",
                Capacity::NotForeseen => "not foreseen",
            })),
        )
        .with("reaches_at", Unit::None, Values::Time(all.iter().map(at).collect()))
        .with("reaches_in_ns", Unit::Nanoseconds, nanos(&buckets))
        .with(
            "earliest_ns",
            Unit::Nanoseconds,
            nanos(&|capacity| match capacity {
                Capacity::Reaches { earliest, .. } => Some(*earliest),
                _ => None,
            }),
        )
        .with(
            "latest_ns",
            Unit::Nanoseconds,
            nanos(&|capacity| match capacity {
                Capacity::Reaches { latest, .. } => *latest,
                _ => None,
            }),
        )
}

#[expect(clippy::cast_possible_truncation, reason = "rounds to the range of i64")]
fn micros(buckets: f64, grid: &Grid) -> i64 {
    (buckets * grid.width_us as f64).round() as i64
}

/// What a person reads first: the worst trends, the next limit.
pub(super) fn sentences(trends: &[Trend<'_>], grid: &Grid) -> Vec<String> {
    let per_hour = 3600.0 / grid.seconds();
    let mut all: Vec<String> = trends
        .iter()
        .filter(|trend| trend.verdict.direction.is_trend())
        .take(SENTENCES)
        .map(|trend| {
            let slope = trend.verdict.line.as_ref().map_or(0.0, |line| line.slope * per_hour);
            // Of what is mostly nothing, more and more, the line has no slope.
            let by = if slope == 0.0 {
                String::new()
            } else {
                let sign = if slope > 0.0 { "+" } else { "" };
                format!(": {sign}{} an hour", with_unit(slope, &trend.series.unit))
            };
            format!(
                "{} is {}{by}{}{}.",
                trend.series.title(),
                trend.verdict.direction.as_str(),
                begun(trend, grid),
                changed(trend, grid),
            )
        })
        .collect();
    // What goes nowhere may have gone somewhere at once.
    let mut changed: Vec<(f64, String)> = trends
        .iter()
        .filter(|trend| !trend.verdict.direction.is_trend())
        .filter_map(|trend| Some((size_of_change(trend)?, stepped(trend, grid)?)))
        .collect();
    changed.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.extend(changed.into_iter().take(SENTENCES).map(|(_, sentence)| sentence));
    all.extend(trends.iter().filter_map(|trend| {
        let limit = with_unit(trend.series.limit?, &trend.series.unit);
        match trend.outlook.capacity.as_ref()? {
            Capacity::Reached => Some(format!("{} has reached {limit}.", trend.series.title())),
            Capacity::Reaches { buckets, .. } if *buckets == 0.0 => {
                Some(format!("{} is about to reach {limit}.", trend.series.title()))
            }
            Capacity::Reaches { buckets, .. } => Some(format!(
                "{} reaches {limit} in {}.",
                trend.series.title(),
                length_of_time(micros(*buckets, grid))
            )),
            Capacity::NotForeseen => None,
        }
    }));
    if all.is_empty() && trends.iter().any(|trend| trend.verdict.direction != Direction::Unknown) {
        all.push("Nothing goes up or down beyond chance.".to_owned());
    }
    all
}

/// From when on, where it was not always so.
fn begun(trend: &Trend<'_>, grid: &Grid) -> String {
    let first = trend.series.values.iter().position(Option::is_some);
    if first.is_none_or(|first| first == trend.verdict.since) {
        return String::new();
    }
    format!(" since {}", moment(grid.time(trend.verdict.since)))
}

/// How large the last change of a series is beside the level before it.
fn size_of_change(trend: &Trend<'_>) -> Option<f64> {
    let change = trend.series.profile.changes.last();
    let (before, after) = match change {
        Some(change) => (change.before, change.after),
        None => bent(trend)?,
    };
    Some((after - before).abs() / before.abs().max(f64::MIN_POSITIVE))
}

/// From where to where a series went before it bent; nothing where it did not.
fn bent(trend: &Trend<'_>) -> Option<(f64, f64)> {
    let profile = &trend.series.profile;
    let first = profile.expected.iter().position(Option::is_some)?;
    if profile.since <= first {
        return None;
    }
    profile.expected[first].zip(profile.expected[profile.since])
}

/// The last change of a series that goes nowhere else, or how far it went before it went nowhere.
fn stepped(trend: &Trend<'_>, grid: &Grid) -> Option<String> {
    let profile = &trend.series.profile;
    let Some(change) = profile.changes.last() else {
        let (before, after) = bent(trend)?;
        let (after, before) = both_with_unit(after, before, &trend.series.unit);
        let time = moment(grid.time(profile.since));
        return Some(format!(
            "{} went from {before} to {after} until {time}, and no further.",
            trend.series.title()
        ));
    };
    let (after, before) = both_with_unit(change.after, change.before, &trend.series.unit);
    let time = moment(grid.time(change.at));
    Some(format!("{} went from {before} to {after} at {time}.", trend.series.title()))
}

/// The last change of level in a sentence.
fn changed(trend: &Trend<'_>, grid: &Grid) -> String {
    let Some(change) = trend.series.profile.changes.last() else { return String::new() };
    let (after, before) = both_with_unit(change.after, change.before, &trend.series.unit);
    format!("; it went from {before} to {after} at {}", moment(grid.time(change.at)))
}

/// Says why nothing is told of some series, each reason once.
pub(super) fn untold(trends: &[Trend<'_>]) -> Vec<String> {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for trend in trends {
        if let Some(note) = note(trend) {
            reasons.entry(note).or_default().push(trend.series.title());
        }
    }
    reasons
        .into_iter()
        .map(|(reason, names)| match names.as_slice() {
            [one] => format!("{one}: {reason}"),
            [one, other] => {
                format!("{one}, {other}: {}", reason.replace("its buckets", "their buckets"))
            }
            [one, others @ ..] => {
                let reason = reason.replace("its buckets", "their buckets");
                format!("{one} and {} more series: {reason}", others.len())
            }
            [] => reason,
        })
        .collect()
}
