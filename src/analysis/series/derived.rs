//! Series that follow from records: latency, throughput, errors, activity, tokens and cost.

use super::super::finish::{integer_of, ratio, text_of, whole};
use super::super::tokens::{Prices, Tokens, to_microusd};
use super::grid::Grid;
use super::{Draft, Origin};
use crate::report::Table;
use std::collections::BTreeMap;

/// What happened in the buckets in which anything was recorded, by key.
struct Counted {
    /// In which buckets anything was recorded at all.
    observed: Vec<bool>,
    sums: BTreeMap<String, Vec<i64>>,
}

impl Counted {
    /// The rows of `found`, each with what `count` makes of it.
    fn new(found: &Table, grid: &Grid, observed: &[bool], count: impl Fn(usize) -> i64) -> Self {
        let (key, bucket_us) = (text_of(found, "by_key"), integer_of(found, "bucket_us"));
        let mut sums: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for row in 0..found.rows() {
            let Some(place) = bucket_us(row).and_then(|time| grid.place(time)) else { continue };
            let key = key(row).unwrap_or_default();
            if !sums.contains_key(key) {
                sums.insert(key.to_owned(), vec![0; grid.buckets]);
            }
            if let Some(sums) = sums.get_mut(key) {
                sums[place] += count(row);
            }
        }
        Self { observed: observed.to_vec(), sums }
    }

    /// A series a key of the sums times `factor`. A bucket in which others were seen is a zero, from the
    /// first one that is none; one in which nothing was recorded is a gap, and so is one that was
    /// not observed as a whole.
    fn series(self, metric: &str, unit: &str, factor: f64, grid: &Grid) -> Vec<Draft> {
        let observed = self.observed;
        let drafts = self.sums.into_iter().map(|(key, sums)| {
            let first = sums.iter().position(|sum| *sum != 0).unwrap_or(sums.len());
            let values = sums.iter().enumerate().map(|(place, sum)| {
                let is_known = place >= first && observed[place] && grid.is_whole(place);
                is_known.then_some(*sum as f64 * factor)
            });
            Draft::derived(metric, unit, &key, values.collect())
        });
        drafts.collect()
    }
}

/// Latency in ms, finished work a second, and the share of it that failed, from `series_work.sql`.
pub(super) fn of_work(found: &Table, grid: &Grid, observed: &[bool]) -> Vec<Draft> {
    let (key, bucket_us) = (text_of(found, "by_key"), integer_of(found, "bucket_us"));
    let integer = |name: &'static str| move |row: usize| found.integer(name, row);
    let mut all = Vec::new();
    for (metric, column) in [
        ("latency.p50", "p50_duration_ns"),
        ("latency.p95", "p95_duration_ns"),
        ("latency.p99", "p99_duration_ns"),
        ("error_rate", "errors"),
    ] {
        let mut values: BTreeMap<&str, Vec<Option<f64>>> = BTreeMap::new();
        let mut pieces: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for row in 0..found.rows() {
            let Some(place) = bucket_us(row).and_then(|time| grid.place(time)) else { continue };
            if !grid.is_whole(place) {
                continue;
            }
            let value = if column == "errors" {
                ratio(integer("errors")(row), integer("finished")(row))
            } else {
                whole(found, column, row).map(|nanos| nanos as f64 / 1e6)
            };
            let key = key(row).unwrap_or_default();
            values.entry(key).or_insert_with(|| vec![None; grid.buckets])[place] = value;
            pieces.entry(key).or_insert_with(|| vec![0; grid.buckets])[place] =
                integer("finished")(row).unwrap_or_default();
        }
        let unit = if column == "errors" { "1" } else { "ms" };
        all.extend(values.into_iter().map(|(key, values)| Draft {
            pieces: pieces.remove(key),
            ..Draft::derived(metric, unit, key, values)
        }));
    }
    let finished =
        Counted::new(found, grid, observed, |row| integer("finished")(row).unwrap_or_default());
    all.extend(finished.series("throughput", "1/s", 1.0 / grid.seconds(), grid));
    all
}

/// Records a second, from `series_records.sql`.
pub(super) fn of_records(found: &Table, grid: &Grid, observed: &[bool]) -> Vec<Draft> {
    let records = integer_of(found, "records");
    Counted::new(found, grid, observed, |row| records(row).unwrap_or_default()).series(
        "events",
        "1/s",
        1.0 / grid.seconds(),
        grid,
    )
}

/// Tokens a second and dollars an hour, from `series_tokens.sql`, each call at its model's price of
/// its time; where a model has none, at the source's own figure.
pub(super) fn of_tokens(
    found: &Table,
    grid: &Grid,
    observed: &[bool],
    prices: &Prices,
) -> Vec<Draft> {
    let integer = |name: &str, row: usize| found.integer(name, row).unwrap_or_default();
    let tokens = |row: usize| Tokens {
        input: integer("input_tokens", row),
        output: integer("output_tokens", row),
        cache_read: integer("cache_read_tokens", row),
        cache_write: integer("cache_write_tokens", row),
        hour_write: integer("hour_write_tokens", row),
    };
    let cost = |row: usize| {
        let rates = found.text("model", row).and_then(|model| {
            prices.find(model, integer("bucket_us", row), integer("prompt_over", row))
        });
        let stated = integer("stated_cost_microusd", row);
        match (rates, tokens(row)) {
            (Some(rates), tokens) if tokens != Tokens::default() => {
                to_microusd(rates.cost(&tokens))
            }
            _ => stated,
        }
    };
    let all_tokens = |row: usize| {
        let Tokens { input, output, cache_read, cache_write, .. } = tokens(row);
        input + output + cache_read + cache_write
    };
    let mut all = Counted::new(found, grid, observed, all_tokens).series(
        "tokens",
        "1/s",
        1.0 / grid.seconds(),
        grid,
    );
    let per_hour = 3600.0 / grid.seconds() / 1e6;
    all.extend(Counted::new(found, grid, observed, cost).series("cost", "USD/h", per_hour, grid));
    all.retain(|draft| draft.values.iter().any(Option::is_some));
    all
}

impl Draft {
    fn derived(metric: &str, unit: &str, key: &str, values: Vec<Option<f64>>) -> Self {
        Self {
            metric: metric.to_owned(),
            unit: unit.to_owned(),
            key: Some(key).filter(|key| !key.is_empty()).map(str::to_owned),
            origin: Origin::Derived,
            values,
            pieces: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::made_rows::rows_of;
    use super::*;

    fn grid() -> Grid {
        // Five buckets of ten seconds, the last of which ends early.
        Grid::new((0, 45_000_000), Some(10_000_000))
    }

    fn named<'d>(drafts: &'d [Draft], metric: &str) -> &'d [Option<f64>] {
        &drafts.iter().find(|draft| draft.metric == metric).unwrap().values
    }

    #[test]
    fn work_has_latency_throughput_and_errors() {
        let found = rows_of(&[
            r#"{"by_key":"","bucket_us":10000000,"finished":4,"errors":1,
                "p50_duration_ns":2000000,"p95_duration_ns":5000000,"p99_duration_ns":9000000}"#,
            r#"{"by_key":"","bucket_us":40000000,"finished":9,"errors":9,
                "p50_duration_ns":1,"p95_duration_ns":1,"p99_duration_ns":1}"#,
        ]);
        let drafts = of_work(&found, &grid(), &[true, true, true, false, true]);
        // The last bucket was not seen to its end; in the third others worked, in the fourth nobody.
        assert_eq!(named(&drafts, "latency.p95"), [None, Some(5.0), None, None, None]);
        assert_eq!(named(&drafts, "error_rate"), [None, Some(0.25), None, None, None]);
        for metric in ["error_rate", "latency.p95"] {
            let draft = drafts.iter().find(|draft| draft.metric == metric).unwrap();
            assert_eq!(draft.pieces.as_deref(), Some([0, 4, 0, 0, 0].as_slice()));
        }
        assert_eq!(named(&drafts, "throughput"), [None, Some(0.4), Some(0.0), None, None]);
    }

    #[test]
    fn tokens_cost_what_their_model_costs() {
        let prices =
            Prices::parse("[[model]]\nname = \"m\"\ninput = 1.0\noutput = 10.0\n").unwrap();
        let found = rows_of(&[
            r#"{"by_key":"","bucket_us":0,"model":"m","prompt_over":0,"calls":1,"input_tokens":1000000,
                "output_tokens":100000,"cache_read_tokens":0,"cache_write_tokens":0,"hour_write_tokens":0,
                "stated_cost_microusd":5,"stated_calls":1}"#,
            r#"{"by_key":"","bucket_us":0,"model":"else","prompt_over":0,"calls":1,"input_tokens":10,
                "output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"hour_write_tokens":0,
                "stated_cost_microusd":1000000,"stated_calls":1}"#,
        ]);
        let drafts = of_tokens(&found, &grid(), &[true; 5], &prices);
        // One dollar for what is read, one for what is written, one that the source states: 3 $ in 10 s.
        let costs = named(&drafts, "cost");
        assert!((costs[0].unwrap() - 1080.0).abs() < 1e-9, "{costs:?}");
        assert_eq!(named(&drafts, "tokens")[0], Some(110_001.0));
        assert_eq!(named(&drafts, "tokens")[1], Some(0.0));
    }
}
