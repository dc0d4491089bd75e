//! Series of recorded metrics: the median sample of each bucket, and of counters how fast they grow.

use super::super::finish::{integer_of, text_of};
use super::grid::Grid;
use super::{Draft, Origin};
use crate::report::Table;
use std::collections::BTreeSet;

/// Larger values are left out: the sums of their squares would leave the range of numbers.
pub(super) const LARGEST: f64 = 1e100;

fn is_usable(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// The names of metrics of which values are left out because of their size.
pub(super) fn names_beyond(found: &Table) -> BTreeSet<String> {
    let name = text_of(found, "name");
    let is_beyond = |row: &usize| {
        let values = ["middle", "most"].map(|column| found.float(column, *row));
        values.iter().flatten().any(|value| !is_usable(*value))
    };
    let rows = (0..found.rows()).filter(is_beyond);
    rows.filter_map(|row| name(row).map(str::to_owned)).collect()
}

/// One series a name, unit and key, in their order.
pub(super) fn series(found: &Table, grid: &Grid) -> Vec<Draft> {
    let (name, unit) = (text_of(found, "name"), text_of(found, "unit"));
    let (key, stream) = (text_of(found, "by_key"), text_of(found, "stream"));
    let metric_type = text_of(found, "metric_type");
    let bucket_us = integer_of(found, "bucket_us");
    let rows: Vec<usize> = (0..found.rows()).collect();
    let mut all = Vec::new();
    let of_series = |row: &usize| (name(*row), unit(*row), key(*row));
    for rows in rows.chunk_by(|a, b| of_series(a) == of_series(b)) {
        let first = rows[0];
        let is_counter = metric_type(first) == Some("counter");
        let mut values = vec![None; grid.buckets];
        if is_counter {
            for rows in rows.chunk_by(|a, b| stream(*a) == stream(*b)) {
                let places = rows.iter().filter_map(|row| {
                    let most = found.float("most", *row).filter(|value| is_usable(*value))?;
                    Some((grid.place(bucket_us(*row)?)?, most))
                });
                add_growth(&mut values, places, grid.seconds());
            }
        } else {
            for row in rows {
                let place = bucket_us(*row).and_then(|time| grid.place(time));
                let middle = found.float("middle", *row).filter(|value| is_usable(*value));
                if let (Some(place), Some(middle)) = (place, middle) {
                    values[place] = Some(middle);
                }
            }
        }
        let unit = unit(first).unwrap_or_default();
        all.push(Draft {
            metric: name(first).unwrap_or_default().to_owned(),
            unit: if is_counter { per_second(unit) } else { unit.to_owned() },
            key: key(first).filter(|key| !key.is_empty()).map(str::to_owned),
            origin: Origin::Recorded,
            pieces: None,
            values,
        });
    }
    all
}

/// The unit of what grows in `unit` by the second.
fn per_second(unit: &str) -> String {
    let unit = if unit.is_empty() { "1" } else { unit };
    format!("{unit}/s")
}

/// Adds how much a counter grew a second, from the bucket before with samples; a fall is a start from
/// zero. What it had before it was first seen is not of this time.
fn add_growth(
    values: &mut [Option<f64>],
    places: impl Iterator<Item = (usize, f64)>,
    seconds: f64,
) {
    let mut before: Option<(usize, f64)> = None;
    for (place, most) in places {
        if let Some((at, then)) = before {
            let growth = if most < then { most } else { most - then };
            let buckets = (place - at).max(1) as f64;
            *values[place].get_or_insert(0.0) += growth / (buckets * seconds);
        }
        before = Some((place, most));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::made_rows::rows_of;
    use super::*;

    fn grid() -> Grid {
        Grid::new((0, 49_000_000), Some(10_000_000))
    }

    fn row(metric_type: &str, stream: &str, second: i64, value: i64) -> String {
        let bucket_us = second * 1_000_000;
        format!(
            r#"{{"name":"m","unit":"%","by_key":"","stream":"{stream}","metric_type":"{metric_type}",
                "bucket_us":{bucket_us},"middle":{value},"most":{value}}}"#
        )
    }

    #[test]
    fn gauges_have_their_median_and_gaps() {
        let found = rows_of(&[row("gauge", "", 0, 5), row("gauge", "", 30, 7)]);
        let series = series(&found, &grid());
        assert_eq!(series[0].values, [Some(5.0), None, None, Some(7.0), None]);
        assert_eq!((series[0].metric.as_str(), series[0].unit.as_str()), ("m", "%"));
    }

    #[test]
    fn counters_grow_and_begin_again() {
        // 100, 150, then 20 after a start: 5 and 2 a second. The other one grows 30 in 20 s.
        let found = rows_of(&[
            row("counter", "a", 0, 100),
            row("counter", "a", 10, 150),
            row("counter", "a", 20, 20),
            row("counter", "b", 10, 7),
            row("counter", "b", 30, 37),
        ]);
        let series = series(&found, &grid());
        assert_eq!(series[0].values, [None, Some(5.0), Some(2.0), Some(1.5), None]);
        assert_eq!(series[0].unit, "%/s");
    }
}
