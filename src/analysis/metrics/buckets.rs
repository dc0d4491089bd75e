//! The samples of metrics in buckets of time, aggregated.

use super::super::finish::range;
use super::super::series::{Scope, usual_width};
use super::super::{Analysis, text};
use super::notices::{cut_short, no_counters};
use crate::query::{Engine, QueryError, to_table};
use crate::report::{Report, Table, Texts, Unit, Values};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What is made of the samples of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// Their sum by their number.
    Mean,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// Their sum.
    Sum,
    /// How many there are.
    Count,
    /// The newest, the largest among equals in time.
    Last,
    /// The percentile of this many hundredths, nearest rank.
    Percentile(u8),
    /// Per second of the bucket: how much counters have grown since the sample before, a fall being a
    /// start from zero; of other metrics their sum.
    Rate,
}

impl Aggregate {
    /// Those with a name of their own; `pN` stands beside them.
    const NAMED: [(&str, Self); 7] = [
        ("mean", Self::Mean),
        ("min", Self::Min),
        ("max", Self::Max),
        ("sum", Self::Sum),
        ("count", Self::Count),
        ("last", Self::Last),
        ("rate", Self::Rate),
    ];

    /// Reads `mean`, `min`, `max`, `sum`, `count`, `last`, `rate`, or `p1` to `p99`.
    ///
    /// # Errors
    /// What may be written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let named = Self::NAMED.iter().find(|(name, _)| *name == text).map(|(_, one)| *one);
        let percentile = || {
            let number: u8 = text.strip_prefix('p')?.parse().ok()?;
            (1..100).contains(&number).then_some(Self::Percentile(number))
        };
        named.or_else(percentile).ok_or_else(|| {
            let valid = Self::NAMED.map(|(name, _)| name).join(", ");
            format!("`{text}` is none of {valid}, and no percentile such as p95")
        })
    }
}

/// The command `metrics NAME`: the engine's filter chooses the metrics.
#[derive(Clone, Debug)]
pub struct History {
    /// Length of a bucket in microseconds; nothing for one that gives at most 60 buckets.
    pub interval_us: Option<i64>,
    /// What is made of a bucket's samples.
    pub aggregate: Aggregate,
    /// What splits each series.
    pub by: Option<Scope>,
}

/// At most so many buckets where no length is asked for.
const BUCKETS: i64 = 60;

/// One series' samples in one bucket: times in microseconds with values, in order, and how much a
/// counter has grown in it.
#[derive(Default)]
struct Bucket {
    samples: Vec<(i64, f64)>,
    growth: f64,
}

impl Analysis for History {
    fn name(&self) -> &'static str {
        "metrics"
    }

    fn summary(&self) -> &'static str {
        "The history of metrics in buckets of time"
    }

    fn texts(&self) -> &'static [&'static str] {
        &["range", "metric_samples"]
    }

    fn sql(&self, name: &str) -> Cow<'static, str> {
        match &self.by {
            Some(by) if name == "metric_samples" => {
                Cow::Owned(text(name).replace("'' AS by_key", &format!("{} AS by_key", by.key())))
            }
            _ => Cow::Borrowed(text(name)),
        }
    }

    fn notes(&self) -> String {
        "The samples of each series are put into buckets that begin at whole multiples of the\n\
         interval since 1970, and each bucket that has any becomes a row.\n"
            .to_owned()
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let found = to_table(&engine.run(&self.sql("metric_samples"))?)?;
        let moments = (0..found.rows()).filter_map(|row| found.integer("ts_us", row));
        let (first, last) = moments
            .fold((i64::MAX, i64::MIN), |(first, last), time| (first.min(time), last.max(time)));
        let interval_us =
            self.interval_us.unwrap_or_else(|| usual_width(last.saturating_sub(first), BUCKETS));
        let table = self.table(&found, interval_us);
        let mut report = Report::of_rows("metrics", "Metrics over time", table);
        report.scalars.push(crate::report::Scalar {
            name: "interval_ns",
            unit: Unit::Nanoseconds,
            value: Values::Integer(vec![Some(interval_us.saturating_mul(1000))]),
        });
        let observed = range(engine)?;
        report.range = observed.bounds;
        if self.aggregate == Aggregate::Rate {
            report.notices.extend(no_counters(&found));
        }
        if matches!(self.aggregate, Aggregate::Rate | Aggregate::Sum | Aggregate::Count) {
            let times = (0..found.rows()).filter_map(|row| found.integer("ts_us", row));
            report.notices.extend(cut_short(times.collect(), interval_us));
        }
        if found.is_empty() {
            report
                .notices
                .push("no metric fits; `tracekit metrics` lists those that there are".to_owned());
        }
        Ok(report)
    }
}

/// Name, unit and what splits the series.
type Series<'t> = (&'t str, Option<&'t str>, &'t str);

impl History {
    fn table(&self, found: &Table, interval_us: i64) -> Table {
        let mut buckets: BTreeMap<(Series<'_>, i64), Bucket> = BTreeMap::new();
        let mut before: Option<(Series<'_>, &str, f64)> = None;
        for row in 0..found.rows() {
            let text = |name| found.text(name, row).unwrap_or_default();
            let (Some(time), Some(value)) =
                (found.integer("ts_us", row), found.float("value", row))
            else {
                continue;
            };
            let series = (text("name"), found.text("unit", row), text("by_key"));
            let bucket = buckets.entry((series, time.div_euclid(interval_us))).or_default();
            bucket.samples.push((time, value));
            let stream = text("stream");
            bucket.growth +=
                if found.text("metric_type", row) == Some("counter") {
                    match before {
                        Some((same, of, then)) if (same, of) == (series, stream) => {
                            if value < then { value } else { value - then }
                        }
                        // What it had before it was first seen is not of this time.
                        _ => 0.0,
                    }
                } else {
                    value
                };
            before = Some((series, stream, value));
        }
        let mut rows: Vec<_> = buckets.into_iter().collect();
        for (_, bucket) in &mut rows {
            // Streams follow each other; sums go by time and size, whatever the files.
            bucket
                .samples
                .sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
        }
        let texts = |one: &dyn Fn(&Series<'_>) -> Option<String>| {
            let mut texts = Texts::default();
            for ((series, _), _) in &rows {
                texts.push(one(series).as_deref());
            }
            Values::Text(texts)
        };
        let seconds = interval_us as f64 / 1e6;
        let mut table = Table::default()
            .with(
                "time",
                Unit::None,
                Values::Time(rows.iter().map(|((_, at), _)| Some(at * interval_us)).collect()),
            )
            .with("name", Unit::None, texts(&|series| Some(series.0.to_owned())));
        if let Some(by) = &self.by {
            let key = |series: &Series<'_>| Some(series.2.to_owned()).filter(|key| !key.is_empty());
            table = table.with(by.name(), Unit::None, texts(&key));
        }
        table
            .with(
                "value",
                Unit::None,
                Values::Float(
                    rows.iter().map(|(_, bucket)| self.aggregate.of(bucket, seconds)).collect(),
                ),
            )
            .with("unit", Unit::None, texts(&|series| self.aggregate.unit(series.1)))
            .with(
                "samples",
                Unit::Count,
                Values::Integer(
                    rows.iter()
                        .map(|(_, bucket)| i64::try_from(bucket.samples.len()).ok())
                        .collect(),
                ),
            )
    }
}

impl Aggregate {
    /// The unit of what is made of samples in `unit`.
    fn unit(self, unit: Option<&str>) -> Option<String> {
        match self {
            Self::Count => Some("1".to_owned()),
            Self::Rate => Some(match unit {
                None | Some("1") => "1/s".to_owned(),
                Some(unit) => format!("{unit}/s"),
            }),
            _ => unit.map(str::to_owned),
        }
    }

    /// What it makes of a bucket that is so many seconds long.
    fn of(self, bucket: &Bucket, seconds: f64) -> Option<f64> {
        let values = || bucket.samples.iter().map(|(_, value)| *value);
        let count = bucket.samples.len();
        match self {
            Self::Mean => (count > 0).then(|| values().sum::<f64>() / count as f64),
            Self::Min => values().min_by(f64::total_cmp),
            Self::Max => values().max_by(f64::total_cmp),
            Self::Sum => Some(values().sum()),
            Self::Count => Some(count as f64),
            Self::Last => bucket.samples.last().map(|(_, value)| *value),
            Self::Rate => Some(bucket.growth / seconds),
            Self::Percentile(hundredths) => {
                let mut sorted: Vec<f64> = values().collect();
                sorted.sort_by(f64::total_cmp);
                // Nearest rank: the smallest value that so many hundredths are not above.
                let rank = (count * usize::from(hundredths)).div_ceil(100);
                sorted.get(rank.saturating_sub(1)).copied()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Sample = (&'static str, &'static str, i64, f64);

    fn samples(metric_type: &'static str, samples: &[Sample]) -> Table {
        let same = |text: &'static str| Values::texts(samples.iter().map(|_| text));
        Table::default()
            .with("name", Unit::None, same("m"))
            .with("unit", Unit::None, same("ms"))
            .with("metric_type", Unit::None, same(metric_type))
            .with("by_key", Unit::None, Values::texts(samples.iter().map(|one| one.0)))
            .with("stream", Unit::None, Values::texts(samples.iter().map(|one| one.1)))
            .with(
                "ts_us",
                Unit::None,
                Values::Integer(samples.iter().map(|one| Some(one.2 * 1_000_000)).collect()),
            )
            .with(
                "value",
                Unit::None,
                Values::Float(samples.iter().map(|one| Some(one.3)).collect()),
            )
    }

    fn values(aggregate: &str, found: &Table) -> Vec<f64> {
        let aggregate = Aggregate::parse(aggregate).unwrap();
        let history = History { interval_us: None, aggregate, by: None };
        let table = history.table(found, 10_000_000);
        (0..table.rows()).map(|row| table.float("value", row).unwrap()).collect()
    }

    #[test]
    fn buckets_hold_what_begins_in_them() {
        let found = samples(
            "gauge",
            &[("", "", 0, 4.0), ("", "", 9, 1.0), ("", "", 10, 7.0), ("", "", 35, 3.0)],
        );
        // Nothing was sampled from 20 s to 30 s: that is no row, and no zero.
        assert_eq!(values("mean", &found), [2.5, 7.0, 3.0]);
        assert_eq!(values("min", &found), [1.0, 7.0, 3.0]);
        assert_eq!(values("max", &found), [4.0, 7.0, 3.0]);
        assert_eq!(values("sum", &found), [5.0, 7.0, 3.0]);
        assert_eq!(values("count", &found), [2.0, 1.0, 1.0]);
        assert_eq!(values("last", &found), [1.0, 7.0, 3.0]);
        assert_eq!(values("p50", &found), [1.0, 7.0, 3.0]);
        assert_eq!(values("p51", &found), [4.0, 7.0, 3.0]);
        assert_eq!(values("rate", &found), [0.5, 0.7, 0.3]);
    }

    #[test]
    fn counters_grow_by_themselves_and_begin_again() {
        let found = samples(
            "counter",
            &[
                ("", "a", 0, 100.0),
                ("", "a", 5, 130.0),
                ("", "a", 12, 20.0),
                ("", "b", 3, 7.0),
                ("", "b", 14, 17.0),
            ],
        );
        // Of a 30, then 20 after a new start; of b nothing, then 10.
        assert_eq!(values("rate", &found), [3.0, 3.0]);
    }

    #[test]
    fn splits_and_buckets_of_equal_times_stand_apart() {
        let found = samples("gauge", &[("x", "", 1, 1.0), ("y", "", 1, 2.0)]);
        let history =
            History { interval_us: None, aggregate: Aggregate::Mean, by: Scope::parse("agent") };
        let table = history.table(&found, 1_000_000);
        assert_eq!((table.text("agent", 0), table.text("agent", 1)), (Some("x"), Some("y")));
        assert_eq!(table.float("value", 1), Some(2.0));
    }

    #[test]
    fn lengths_of_buckets_are_those_of_clocks() {
        for (range_s, interval_s) in
            [(0, 1), (59, 1), (60, 5), (3599, 60), (3600, 300), (86_399, 1800)]
        {
            assert_eq!(
                usual_width(range_s * 1_000_000, BUCKETS),
                interval_s * 1_000_000,
                "{range_s}"
            );
        }
        for wrong in ["p0", "p100", "median", "", "p"] {
            assert!(
                Aggregate::parse(wrong).unwrap_err().contains("rate, and no percentile"),
                "{wrong}"
            );
        }
    }
}
