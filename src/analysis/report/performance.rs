//! Series of a report as charts: what was expected of them, what was not, and what comes next.

use super::super::anomalies::{Anomaly, Found, Shape};
use super::super::series::{Grid, Origin, Series};
use super::super::statistics::{ChangePoint, Interval};
use super::super::trends::Trend;
use crate::report::{
    Band, Chart, Drawing, Forecast, Line, Lines, Measure, Moment, Unexpected, Unit, both_with_unit,
};

/// So many recorded metrics are drawn: those that were unexpected or go somewhere before the others.
const MOST_RECORDED: usize = 8;

/// A band is drawn where it is at most so many times as wide as what was seen.
const MOST_OF_RANGE: f64 = 2.0;

/// A forecast is drawn for at most this share of what was seen before it.
const AHEAD: usize = 3;

/// A chart of derived series: its id, its title, what it is about, its metrics.
type Plan = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// The charts of derived series; what is said of expectation is of the first metric.
const DERIVED: [Plan; 6] = [
    (
        "latency",
        "Latency of turns",
        "The 95th percentile, the median and the 99th of finished turns.",
        &["latency.p95", "latency.p50", "latency.p99"],
    ),
    ("throughput", "Throughput", "Finished turns by time.", &["throughput"]),
    ("error-rate", "Error rate", "The share of finished turns that failed.", &["error_rate"]),
    ("events", "Activity", "Records by time.", &["events"]),
    ("token-rate", "Tokens by time", "Tokens that models read and wrote.", &["tokens"]),
    ("cost-rate", "Cost an hour", "What calls of models cost an hour.", &["cost"]),
];

/// The series of a report, with all that is said of them.
#[derive(Clone, Copy)]
pub(super) struct Performance<'s> {
    pub(super) series: &'s [Series],
    pub(super) trends: &'s [Trend<'s>],
    pub(super) found: &'s Found,
    pub(super) grid: &'s Grid,
}

impl Performance<'_> {
    /// What was unexpected of a series.
    fn anomalies_of(&self, series: &Series) -> impl Iterator<Item = &Anomaly> {
        self.found.anomalies.iter().filter(move |one| {
            self.series.get(one.series).is_some_and(|other| std::ptr::eq(other, series))
        })
    }

    /// The charts of series that follow from records, in their fixed order.
    pub(super) fn derived(&self) -> Vec<Chart> {
        let trend_of = |metric: &str| {
            let fits = |trend: &&Trend<'_>| {
                trend.series.origin == Origin::Derived && trend.series.metric == metric
            };
            self.trends.iter().find(fits)
        };
        DERIVED
            .iter()
            .filter_map(|(id, title, about, metrics)| {
                let drawn: Vec<&Trend<'_>> =
                    metrics.iter().filter_map(|one| trend_of(one)).collect();
                // A percentile says nothing without the one that is judged.
                drawn.first().filter(|first| first.series.metric == metrics[0])?;
                self.chart((*id).to_owned(), (*title).to_owned(), about, &drawn)
            })
            .collect()
    }

    /// The charts of the recorded metrics that are worth a look before the others.
    pub(super) fn recorded(&self) -> Vec<Chart> {
        let mut recorded: Vec<&Trend<'_>> =
            self.trends.iter().filter(|trend| trend.series.origin == Origin::Recorded).collect();
        // Stable, so equal ones stay in the order of trends.
        recorded.sort_by_key(|trend| {
            let unexpected = self.anomalies_of(trend.series).count();
            (!trend.verdict.direction.is_trend(), std::cmp::Reverse(unexpected))
        });
        recorded
            .into_iter()
            .take(MOST_RECORDED)
            .enumerate()
            .filter_map(|(place, trend)| {
                let about = "Medians of its samples by time.";
                let id = format!("metric-{}", place + 1);
                self.chart(id, trend.series.title(), about, &[trend])
            })
            .collect()
    }

    /// A chart of these series, which have one unit; nothing where the first has no value.
    fn chart(&self, id: String, title: String, about: &str, drawn: &[&Trend<'_>]) -> Option<Chart> {
        let first = drawn.first()?;
        let series = first.series;
        if series.profile.points == 0 {
            return None;
        }
        let (unit, factor) = measure(series);
        let scaled = |values: &[Option<f64>]| -> Vec<Option<f64>> {
            values.iter().map(|value| value.map(|value| value * factor)).collect()
        };
        let lines = Lines {
            unit,
            start_us: self.grid.first_us,
            step_us: self.grid.width_us,
            series: drawn
                .iter()
                .map(|trend| Line {
                    name: trend.series.title(),
                    values: scaled(&trend.series.values),
                })
                .collect(),
            expected: expected(series, factor),
            anomalies: self.unexpected(series, factor),
            changes: changes(series, self.grid),
            forecast: forecast(first, self.grid, factor),
        };
        let direction = first.verdict.direction.as_str();
        let about = format!("{about} {} is {direction}.", series.title());
        Some(Chart { id, title, about, drawing: Drawing::Lines(lines) })
    }

    fn unexpected(&self, series: &Series, factor: f64) -> Vec<Unexpected> {
        let mut all: Vec<Unexpected> = self
            .anomalies_of(series)
            .map(|one| {
                let (value, expected) = both_with_unit(one.value, one.expected, &series.unit);
                let verb = if one.shape == Shape::Step { "went to" } else { "was" };
                Unexpected {
                    at_us: self.grid.time(one.at),
                    value: series.values[one.at].unwrap_or(one.value) * factor,
                    severity: one.severity(),
                    text: format!("{verb} {value} instead of {expected}"),
                }
            })
            .collect();
        all.sort_by_key(|one| one.at_us);
        all
    }
}

/// What a chart's numbers count, and by how much values are multiplied for that.
fn measure(series: &Series) -> (Measure, f64) {
    match series.unit.as_str() {
        "ns" => (Unit::Nanoseconds.into(), 1.0),
        "us" => (Unit::Nanoseconds.into(), 1e3),
        "ms" => (Unit::Nanoseconds.into(), 1e6),
        "s" => (Unit::Nanoseconds.into(), 1e9),
        "By" | "bytes" => (Unit::Bytes.into(), 1.0),
        "1/s" => (Unit::PerSecond.into(), 1.0),
        "USD/h" | "USD" => (Unit::Microusd.into(), 1e6),
        "1" if series.origin == Origin::Derived => (Unit::Ratio.into(), 1.0),
        "%" => (Measure::Named("percent".to_owned()), 1.0),
        other => (Measure::Named(other.to_owned()), 1.0),
    }
}

/// Between what values were to be expected; nothing where that is so much that it says nothing.
fn expected(series: &Series, factor: f64) -> Option<Band> {
    let known = || series.values.iter().copied().flatten();
    let range = known().fold(f64::MIN, f64::max) - known().fold(f64::MAX, f64::min);
    let band = &series.profile.band;
    let widest = band.iter().flatten().fold(0.0, |most: f64, (low, high)| most.max(high - low));
    if widest == 0.0 || widest > MOST_OF_RANGE * range {
        return None;
    }
    let (lowest, highest) = series.possible();
    let scaled = |value: f64| value.clamp(lowest, highest) * factor;
    Some(Band {
        low: band.iter().map(|both| both.map(|(low, _)| scaled(low))).collect(),
        high: band.iter().map(|both| both.map(|(_, high)| scaled(high))).collect(),
    })
}

fn changes(series: &Series, grid: &Grid) -> Vec<Moment> {
    let of = |change: &ChangePoint| {
        let (after, before) = both_with_unit(change.after, change.before, &series.unit);
        Moment { at_us: grid.time(change.at), text: format!("from {before} to {after}") }
    };
    series.profile.changes.iter().map(of).collect()
}

fn forecast(trend: &Trend<'_>, grid: &Grid, factor: f64) -> Option<Forecast> {
    let ahead = &trend.outlook.ahead;
    let ahead = &ahead[..ahead.len().min(trend.series.values.len().div_ceil(AHEAD))];
    if ahead.is_empty() {
        return None;
    }
    let all = |one: fn(&Interval) -> f64| ahead.iter().map(|point| one(point) * factor).collect();
    Some(Forecast {
        start_us: grid.time(trend.series.values.len()),
        step_us: grid.width_us,
        values: all(|point| point.value),
        low80: all(|point| point.low80),
        high80: all(|point| point.high80),
        low95: all(|point| point.low95),
        high95: all(|point| point.high95),
    })
}
