//! What metrics expose, before any form: families of counters, gauges and histograms.
//!
//! They are made of the answers of the texts `exposed_*`; how they are written is for `exposition` and
//! for the exporters of monitoring services.

use super::columns::{Row, rows};
use super::metric_names::{Scale, label_name, recorded_name};
use super::{ExportError, Input};
use crate::importers::json::Tape;
use crate::report::Table;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The texts that families are made of.
pub(super) const INPUTS: &[Input] = &[
    Input::text("exposed_exemplars"),
    Input::text("exposed_events"),
    Input::text("exposed_errors"),
    Input::text("exposed_tokens"),
    Input::text("exposed_durations"),
    Input::text("exposed_samples"),
];

/// The upper bounds of the buckets, in seconds; those of `exposed_durations.sql`.
pub(super) const BOUNDS: [f64; 15] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0];

/// Labels of a series, by name.
pub(super) type Labels = BTreeMap<String, String>;

/// What a family is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FamilyType {
    Counter,
    Gauge,
    Histogram,
}

/// Series of one name.
#[derive(Clone, Debug)]
pub(super) struct Family {
    pub(super) shape: FamilyType,
    pub(super) help: String,
    /// The name in the source, of recorded series.
    recorded: Option<String>,
    pub(super) series: BTreeMap<Labels, Sample>,
}

/// The value of a series.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sample {
    Number(f64),
    Durations(Durations),
}

/// A histogram of durations.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Durations {
    pub(super) count: i64,
    pub(super) total_ns: i64,
    /// How many are at most as long as each of [`BOUNDS`].
    pub(super) at_most: Vec<i64>,
    /// For each bucket, the last of which has no bound, an example.
    pub(super) exemplars: BTreeMap<usize, Exemplar>,
}

impl Durations {
    /// The sum in seconds.
    pub(super) fn sum(&self) -> f64 {
        self.total_ns as f64 / 1e9
    }
}

/// One duration and its trace.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exemplar {
    pub(super) trace_id: String,
    pub(super) seconds: f64,
    /// When it began, in microseconds since 1970.
    pub(super) time_us: i64,
}

/// All families, by name; names are without the ending that counters have.
#[derive(Debug, Default)]
pub(super) struct Families {
    families: BTreeMap<String, Family>,
    exemplars: BTreeMap<(Option<String>, usize), Exemplar>,
}

impl Families {
    /// Takes the answer of one of [`INPUTS`].
    pub(super) fn take(&mut self, name: &str, answer: &Table) {
        for row in rows(answer) {
            match name {
                "exposed_exemplars" => self.take_exemplar(row),
                "exposed_events" => {
                    let help = "Events that were recorded.";
                    let labels = labels(row, &["agent", "type"]);
                    self.count("tracekit_events", help, labels, row.integer("events"), 1.0);
                }
                "exposed_errors" => {
                    let help =
                        "Errors, each told once: failed spans and tasks, error events and logs.";
                    let labels = labels(row, &["agent", "type", "model", "tool"]);
                    self.count("tracekit_errors", help, labels, row.integer("errors"), 1.0);
                }
                "exposed_tokens" => self.take_tokens(row),
                "exposed_durations" => self.take_durations(row),
                _ => self.take_recorded(row),
            }
        }
    }

    /// All families, where they have at most so many series: each number that is written is one.
    ///
    /// # Errors
    /// [`ExportError::TooManySeries`].
    pub(super) fn checked(
        &self,
        most: usize,
    ) -> Result<impl Iterator<Item = (&str, &Family)>, ExportError> {
        let series = |family: &Family| match family.shape {
            // Its buckets, the one without a bound, the sum and the count.
            FamilyType::Histogram => family.series.len() * (BOUNDS.len() + 3),
            FamilyType::Counter | FamilyType::Gauge => family.series.len(),
        };
        let found: usize = self.families.values().map(series).sum();
        if found > most {
            return Err(ExportError::TooManySeries { found, most });
        }
        Ok(self.families.iter().map(|(name, family)| (name.as_str(), family)))
    }

    fn family(&mut self, name: &str, family_type: FamilyType, help: &str) -> &mut Family {
        self.families.entry(name.to_owned()).or_insert_with(|| Family {
            shape: family_type,
            help: help.to_owned(),
            recorded: None,
            series: BTreeMap::new(),
        })
    }

    fn count(&mut self, name: &str, help: &str, labels: Labels, count: Option<i64>, per: f64) {
        let value = count.unwrap_or_default() as f64 / per;
        let family = self.family(name, FamilyType::Counter, help);
        family.series.insert(labels, Sample::Number(value));
    }

    fn take_exemplar(&mut self, row: Row<'_>) {
        let bucket = row.integer("bucket").and_then(|bucket| usize::try_from(bucket).ok());
        let (Some(bucket), Some(trace_id)) = (bucket, row.text("trace_id")) else { return };
        let exemplar = Exemplar {
            trace_id: trace_id.to_owned(),
            seconds: row.integer("duration_ns").unwrap_or_default() as f64 / 1e9,
            time_us: row.integer("ts_us").or(row.integer("time")).unwrap_or_default(),
        };
        self.exemplars.insert((row.text("agent").map(str::to_owned), bucket), exemplar);
    }

    fn take_tokens(&mut self, row: Row<'_>) {
        let by = ["agent", "type", "model", "tool"];
        for (kind, column) in [
            ("input", "input_tokens"),
            ("output", "output_tokens"),
            ("cache_read", "cache_read_tokens"),
            ("cache_write", "cache_write_tokens"),
        ] {
            let tokens = row.integer(column).filter(|tokens| *tokens != 0);
            if tokens.is_some() {
                let mut labels = labels(row, &by);
                labels.insert("kind".to_owned(), kind.to_owned());
                let help = "Tokens that were used, each counted once.";
                self.count("tracekit_tokens", help, labels, tokens, 1.0);
            }
        }
        if row.integer("stated").is_some_and(|stated| stated > 0) {
            let help = "Cost in US dollars, as the sources state it.";
            let cost = row.integer("cost_microusd");
            self.count("tracekit_cost_usd", help, labels(row, &by), cost, 1e6);
        }
    }

    fn take_durations(&mut self, row: Row<'_>) {
        let is_of_agent = row.text("label") == Some("agent");
        let (family, label, help) = if is_of_agent {
            ("tracekit_agent_duration_seconds", "agent", "How long the spans of an agent took.")
        } else {
            ("tracekit_tool_duration_seconds", "tool", "How long the calls of a tool took.")
        };
        let name = row.text("name").map(str::to_owned);
        let at_most = (0..BOUNDS.len()).map(|bucket| row.integer(&format!("le_{bucket}")));
        let mut durations = Durations {
            count: row.integer("durations").unwrap_or_default(),
            total_ns: row.integer("total_ns").unwrap_or_default(),
            at_most: at_most.map(Option::unwrap_or_default).collect(),
            exemplars: BTreeMap::new(),
        };
        if is_of_agent {
            for bucket in 0..=BOUNDS.len() {
                if let Some(found) = self.exemplars.get(&(name.clone(), bucket)) {
                    durations.exemplars.insert(bucket, found.clone());
                }
            }
        }
        let labels = name.map(|name| (label.to_owned(), name)).into_iter().collect();
        let family = self.family(family, FamilyType::Histogram, help);
        family.series.insert(labels, Sample::Durations(durations));
    }

    fn take_recorded(&mut self, row: Row<'_>) {
        let (Some(recorded), Some(value)) = (row.text("name"), row.float("value")) else { return };
        let unit = row.text("unit").unwrap_or_default();
        let is_counter = row.text("metric_type") == Some("counter");
        let is_distribution = row.text("metric_type") == Some("histogram");
        let (mut name, scale): (String, Scale) = recorded_name(recorded, unit, is_counter);
        let family_type = if is_counter { FamilyType::Counter } else { FamilyType::Gauge };
        let (what, source) = if is_distribution {
            name.push_str("_sum_value");
            ("Sum of the newest distribution recorded as", format!("{recorded} ({unit})"))
        } else {
            ("Newest value recorded as", format!("{recorded} ({unit})"))
        };
        let source = source.replace(" ()", "");
        // Another series may have this name already, or one of our own.
        while self.families.get(&name).is_some_and(|there| {
            there.recorded.as_deref() != Some(&source) || there.shape != family_type
        }) {
            name.push_str("_recorded");
        }
        let family = self.family(&name, family_type, &format!("{what} {source}."));
        family.recorded = Some(source);
        let mut labels = labels(row, &["agent", "component"]);
        for (key, value) in dimensions(row.text("labels").unwrap_or_default()) {
            let mut key = label_name(&key);
            while labels.get(&key).is_some_and(|there| *there != value) {
                key.push('_');
            }
            labels.insert(key, value);
        }
        labels.retain(|_, value| !value.is_empty());
        family.series.insert(labels, Sample::Number(scale.of(value)));
    }
}

fn labels(row: Row<'_>, columns: &[&str]) -> Labels {
    let filled =
        columns.iter().filter_map(|name| Some(((*name).to_owned(), row.text(name)?.to_owned())));
    filled.collect()
}

/// The members of the JSON object of a metric's dimensions.
fn dimensions(labels: &str) -> Vec<(String, String)> {
    let mut tape = Tape::new();
    let Ok(object) = tape.value(labels) else { return Vec::new() };
    let text = |value: crate::importers::json::Raw<'_>| {
        value.as_str().unwrap_or(Cow::Borrowed(value.text())).into_owned()
    };
    object.members().map(|(key, value)| (key.to_owned(), text(value))).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::samples::table;
    use super::*;
    use serde_json::json;

    /// One series of each kind: 2 spans of 20 ms and 70 s, tokens, a cost, and recorded metrics.
    pub(in super::super) fn answers() -> Vec<(&'static str, Table)> {
        let mut durations = json!({"label": "agent", "name": "a\"b\\\n", "durations": 2, "total_ns": 70_020_000_000_i64});
        let mut calls =
            json!({"label": "tool", "name": "grep", "durations": 1, "total_ns": 3_000_000});
        for bucket in 0..15 {
            // 20 ms is within 25 ms, the third bound; 70 s within 300 s, the fourteenth.
            let at_most = i64::from(bucket >= 2) + i64::from(bucket >= 13);
            durations[format!("le_{bucket}")] = at_most.into();
            calls[format!("le_{bucket}")] = 1.into();
        }
        vec![
            (
                "exposed_exemplars",
                table(&json!([{"agent": "a\"b\\\n", "bucket": 13, "trace_id": "t-9",
                    "duration_ns": 70_000_000_000_i64, "ts_us": 1_760_000_000_500_000_i64}])),
            ),
            (
                "exposed_events",
                table(&json!([{"agent": "a", "type": "TASK_START", "events": 7},
                    {"agent": null, "type": "ERROR", "events": 1}])),
            ),
            (
                "exposed_errors",
                table(&json!([{"agent": "a", "type": "ERROR", "tool": "grep", "errors": 3}])),
            ),
            (
                "exposed_tokens",
                table(&json!([{"agent": "a", "type": "LLM", "model": "m", "input_tokens": 1200,
                    "output_tokens": 34, "cache_read_tokens": 0, "cache_write_tokens": 0,
                    "cost_microusd": 12_345, "stated": 2}])),
            ),
            ("exposed_durations", table(&json!([durations, calls]))),
            (
                "exposed_samples",
                table(&json!([
                    {"name": "cpu.usage", "unit": "%", "metric_type": "gauge", "agent": "a",
                     "labels": "{\"core\":0}", "value": 42.5},
                    {"name": "cpu_usage", "unit": "%", "metric_type": "gauge", "agent": "a",
                     "labels": "", "value": 7.0},
                    {"name": "bytes.sent", "unit": "bytes", "metric_type": "counter", "agent": "",
                     "labels": "{\"agent\":\"b\"}", "value": 10.0}])),
            ),
        ]
    }

    #[test]
    fn names_that_become_one_stay_apart() {
        let mut families = Families::default();
        for (name, answer) in answers() {
            families.take(name, &answer);
        }
        let found: Vec<(&str, &Family)> = families.checked(1000).unwrap().collect();
        let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            [
                "tracekit_agent_duration_seconds",
                "tracekit_bytes_sent_bytes",
                "tracekit_cost_usd",
                "tracekit_cpu_usage_ratio",
                "tracekit_cpu_usage_ratio_recorded",
                "tracekit_errors",
                "tracekit_events",
                "tracekit_tokens",
                "tracekit_tool_duration_seconds"
            ]
        );
        assert_eq!(found[4].1.help, "Newest value recorded as cpu_usage (%).");
    }

    #[test]
    fn too_many_series_are_an_error() {
        let mut families = Families::default();
        for (name, answer) in answers() {
            families.take(name, &answer);
        }
        // 2 histograms of 18, 2 events, 1 error, 2 kinds of tokens, 1 cost, 3 recorded: 45.
        assert!(families.checked(45).is_ok());
        let error = families.checked(44).map(|_| ()).unwrap_err().to_string();
        assert_eq!(error, "45 series are more than 44");
    }
}
