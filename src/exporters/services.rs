//! Metrics as the bodies of requests to Datadog and New Relic, a body a line.
//!
//! Datadog: `POST /api/v2/series`, at most 5,242,880 bytes before compression and 512,000 after it; the
//! bodies here stay below the smaller one. New Relic: `POST /metric/v1`, at most 1,000,000 bytes.
//! Counters are gauges of their totals, since a trace file says nothing of the time between two exports;
//! histograms are their sums, counts and buckets. Times are those of the newest record.

use super::families::{BOUNDS, Families, INPUTS, Labels, Sample};
use super::json::Json;
use super::{Export, ExportError, Exporter, Input, InputKind, Options};
use crate::report::Table;
use std::io::Write;

pub(super) static DATADOG: Service = Service { is_datadog: true, most_bytes: 500_000 };
pub(super) static NEWRELIC: Service = Service { is_datadog: false, most_bytes: 1_000_000 };

/// One of the two services.
#[derive(Clone, Copy)]
pub(super) struct Service {
    is_datadog: bool,
    /// The longest body.
    most_bytes: usize,
}

/// The most characters of a tag of Datadog, its key included.
const LONGEST_TAG: usize = 200;
/// The most characters of an attribute's value of New Relic.
const LONGEST_ATTRIBUTE: usize = 4095;

/// The families' texts, and the time of the newest record.
static ALL_INPUTS: [Input; 7] = {
    let range = Input { name: "range", kind: InputKind::Text, columns: &[] };
    [range, INPUTS[0], INPUTS[1], INPUTS[2], INPUTS[3], INPUTS[4], INPUTS[5]]
};

impl Exporter for Service {
    fn name(&self) -> &'static str {
        if self.is_datadog { "datadog" } else { "newrelic" }
    }

    fn ending(&self) -> &'static str {
        if self.is_datadog { "datadog.jsonl" } else { "newrelic.jsonl" }
    }

    fn doc(&self) -> &'static str {
        if self.is_datadog {
            "metrics as bodies for Datadog's series API, one a line"
        } else {
            "metrics as bodies for New Relic's metric API, one a line"
        }
    }

    fn inputs(&self) -> &'static [Input] {
        &ALL_INPUTS
    }

    fn begin(&self, out: Box<dyn Write>, options: &Options) -> Box<dyn Export> {
        Box::new(ServiceExport {
            out,
            service: *self,
            max_series: options.max_series,
            families: Families::default(),
            time_us: 0,
        })
    }
}

struct ServiceExport {
    out: Box<dyn Write>,
    service: Service,
    max_series: usize,
    families: Families,
    time_us: i64,
}

impl Export for ServiceExport {
    fn write(&mut self, name: &str, batch: &Table) -> Result<(), ExportError> {
        if name == "range" {
            let newest = batch.integer("last_us", 0).or(batch.integer("last", 0));
            self.time_us = newest.unwrap_or_default();
        } else {
            self.families.take(name, batch);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        let mut points: Vec<String> = Vec::new();
        for (name, family) in self.families.checked(self.max_series)? {
            let name = format!("tracekit.{}", name.trim_start_matches("tracekit_"));
            for (labels, sample) in &family.series {
                for (suffix, bound, value) in numbers(sample) {
                    let name = format!("{name}{suffix}");
                    points.push(self.point(&name, labels, bound, value));
                }
            }
        }
        let (opening, closing) = if self.service.is_datadog {
            (r#"{"series":["#, "]}")
        } else {
            (r#"[{"metrics":["#, "]}]")
        };
        let around = opening.len() + closing.len();
        let mut body = String::new();
        for point in points {
            if !body.is_empty() && around + body.len() + 1 + point.len() > self.service.most_bytes {
                writeln!(self.out, "{opening}{body}{closing}")?;
                body.clear();
            }
            if !body.is_empty() {
                body.push(',');
            }
            body.push_str(&point);
        }
        writeln!(self.out, "{opening}{body}{closing}")?;
        Ok(self.out.flush()?)
    }
}

impl ServiceExport {
    fn point(&self, name: &str, labels: &Labels, bound: Option<f64>, value: f64) -> String {
        let bound = bound.map(|bound| ("upper_bound".to_owned(), bound.to_string()));
        let labels = labels.iter().map(|(key, value)| (key.clone(), value.clone())).chain(bound);
        let mut json = Json::default();
        json.open('{');
        if self.service.is_datadog {
            // 3 is a gauge.
            json.member("metric", name).key("type").raw(3).key("points").open('[').open('{');
            json.key("timestamp").raw(self.time_us.div_euclid(1_000_000));
            json.key("value").float(value).close('}').close(']').key("tags").open('[');
            for (key, value) in labels {
                let tag: String = format!("{key}:{value}").chars().take(LONGEST_TAG).collect();
                json.string(&tag);
            }
            json.close(']');
        } else {
            json.member("name", name).member("type", "gauge").key("value").float(value);
            json.key("timestamp").raw(self.time_us.div_euclid(1000)).key("attributes").open('{');
            for (key, value) in labels {
                let value: String = value.chars().take(LONGEST_ATTRIBUTE).collect();
                json.member(&key, &value);
            }
            json.close('}');
        }
        json.close('}');
        json.text().to_owned()
    }
}

/// The numbers of a sample: what is added to its name, the bound of a bucket, and the value. Values that
/// are not finite cannot be sent.
fn numbers(sample: &Sample) -> Vec<(&'static str, Option<f64>, f64)> {
    match sample {
        Sample::Number(value) if value.is_finite() => vec![("", None, *value)],
        Sample::Number(_) => Vec::new(),
        Sample::Durations(durations) => {
            let buckets = BOUNDS.iter().zip(&durations.at_most);
            let mut all: Vec<_> =
                buckets.map(|(bound, count)| (".bucket", Some(*bound), *count as f64)).collect();
            all.push((".sum", None, durations.sum()));
            all.push((".count", None, durations.count as f64));
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::families::tests::answers;
    use super::super::samples::{export_text, table};
    use super::*;
    use serde_json::{Value, json};

    fn bodies(service: &Service, inputs: &[(&str, Table)]) -> Vec<Value> {
        let text = export_text(service, inputs);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_point_is_as_each_service_wants_it() {
        let mut inputs = answers();
        inputs.insert(0, ("range", table(&json!([{"last_us": 1_760_000_000_900_000_i64}]))));
        let datadog = bodies(&DATADOG, &inputs);
        let series = datadog[0]["series"].as_array().unwrap();
        assert!(series.contains(&json!({"metric": "tracekit.events", "type": 3,
            "points": [{"timestamp": 1_760_000_000, "value": 7}], "tags": ["agent:a", "type:TASK_START"]})));
        // 2 events, 1 error, 2 kinds of tokens, 1 cost, 3 recorded, 2 histograms of 15 buckets, sum, count.
        assert_eq!(series.len(), 9 + 2 * 17);
        let newrelic = bodies(&NEWRELIC, &inputs);
        let metrics = newrelic[0][0]["metrics"].as_array().unwrap();
        assert!(metrics.contains(&json!({"name": "tracekit.tool_duration_seconds.bucket",
            "type": "gauge", "value": 1, "timestamp": 1_760_000_000_900_i64,
            "attributes": {"tool": "grep", "upper_bound": "0.005"}})));
    }

    #[test]
    fn bodies_stay_within_their_limits_and_lose_nothing() {
        let rows: Vec<Value> = (0..5000)
            .map(|i| json!({"agent": format!("{i}{}", "x".repeat(150)), "type": "T", "events": i}))
            .collect();
        let inputs = [("exposed_events", table(&json!(rows)))];
        for (service, key) in [(&DATADOG, "/series"), (&NEWRELIC, "/0/metrics")] {
            let text = export_text(service, &inputs);
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= service.most_bytes));
            let count = |line: &&str| {
                let body: Value = serde_json::from_str(line).unwrap();
                body.pointer(key).unwrap().as_array().unwrap().len()
            };
            assert_eq!(lines.iter().map(count).sum::<usize>(), 5000);
        }
    }
}
