//! A dashboard for Grafana: one panel for each family that the Prometheus export has.
//!
//! It asks for a data source of the type `prometheus` when it is imported. See "Dashboard JSON model" of
//! Grafana's documentation.

use super::families::{Families, Family, FamilyType, INPUTS};
use super::json::Json;
use super::{Export, ExportError, Exporter, Input, Options};
use crate::report::Table;
use std::collections::BTreeSet;
use std::io::Write;

pub(super) static GRAFANA: Grafana = Grafana;

/// The form `grafana`.
pub(super) struct Grafana;

/// The version of the model that the panels are written in.
const SCHEMA_VERSION: i64 = 39;

/// The size of a panel; the grid is 24 wide.
const WIDTH: usize = 12;
const HEIGHT: usize = 8;

impl Exporter for Grafana {
    fn name(&self) -> &'static str {
        "grafana"
    }

    fn ending(&self) -> &'static str {
        "grafana.json"
    }

    fn doc(&self) -> &'static str {
        "a Grafana dashboard of the metrics that prometheus writes"
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn begin(&self, out: Box<dyn Write>, options: &Options) -> Box<dyn Export> {
        let families = Families::default();
        Box::new(GrafanaExport { out, families, max_series: options.max_series })
    }
}

struct GrafanaExport {
    out: Box<dyn Write>,
    families: Families,
    max_series: usize,
}

impl Export for GrafanaExport {
    fn write(&mut self, name: &str, batch: &Table) -> Result<(), ExportError> {
        self.families.take(name, batch);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        let mut json = Json::default();
        json.open('{').member("title", "tracekit").member("uid", "tracekit");
        json.key("schemaVersion").raw(SCHEMA_VERSION).key("editable").raw(true);
        json.key("tags").open('[').string("tracekit").close(']');
        json.key("time").open('{').member("from", "now-24h").member("to", "now").close('}');
        json.key("templating").open('{').key("list").open('[').open('{');
        json.member("name", "datasource").member("label", "Data source");
        json.member("type", "datasource").member("query", "prometheus").close('}');
        json.close(']').close('}').key("panels").open('[');
        for (place, (name, family)) in self.families.checked(self.max_series)?.enumerate() {
            push_panel(&mut json, place, name, family);
        }
        json.close(']').close('}');
        writeln!(self.out, "{}", json.text())?;
        Ok(self.out.flush()?)
    }
}

fn push_source(json: &mut Json) {
    json.key("datasource").open('{').member("type", "prometheus");
    json.member("uid", "${datasource}").close('}');
}

fn push_panel(json: &mut Json, place: usize, name: &str, family: &Family) {
    json.open('{').key("id").raw(place + 1).member("title", &title(name));
    json.member("type", "timeseries").member("description", &family.help);
    push_source(json);
    json.key("gridPos").open('{').key("h").raw(HEIGHT).key("w").raw(WIDTH);
    json.key("x").raw(place % 2 * WIDTH).key("y").raw(place / 2 * HEIGHT).close('}');
    json.key("fieldConfig").open('{').key("defaults").open('{').member("unit", unit(name));
    json.close('}').key("overrides").open('[').close(']').close('}');
    json.key("targets").open('[');
    for (number, (query, legend)) in queries(name, family).into_iter().enumerate() {
        let letter = [b"ABC"[number % 3]];
        json.open('{').member("refId", std::str::from_utf8(&letter).unwrap_or("A"));
        push_source(json);
        json.member("expr", &query).member("legendFormat", &legend).close('}');
    }
    json.close(']').close('}');
}

/// The queries of a family, each with the legend of its series.
fn queries(name: &str, family: &Family) -> Vec<(String, String)> {
    let labels: BTreeSet<&str> =
        family.series.keys().flatten().map(|(label, _)| label.as_str()).collect();
    let legend: Vec<String> = labels.iter().map(|label| format!("{{{{{label}}}}}")).collect();
    let legend = legend.join(" ");
    let by: Vec<&str> = labels.into_iter().collect();
    match family.shape {
        FamilyType::Gauge => vec![(name.to_owned(), legend)],
        FamilyType::Counter => vec![(format!("{name}_total"), legend)],
        FamilyType::Histogram => {
            let by = ["le"].into_iter().chain(by).collect::<Vec<_>>().join(", ");
            let quantile = |share: f64| {
                let query = format!("histogram_quantile({share}, sum by ({by}) ({name}_bucket))");
                (query, format!("p{} {legend}", share * 100.0))
            };
            vec![quantile(0.5), quantile(0.95)]
        }
    }
}

/// A name for people: `tracekit_cpu_usage_ratio` is `cpu usage ratio`.
fn title(name: &str) -> String {
    name.trim_start_matches("tracekit_").replace('_', " ")
}

/// Grafana's name of the unit at the end of a name.
fn unit(name: &str) -> &'static str {
    [
        ("_seconds", "s"),
        ("_bytes", "bytes"),
        ("_ratio", "percentunit"),
        ("_usd", "currencyUSD"),
        ("_bytes_per_second", "Bps"),
    ]
    .into_iter()
    .rfind(|(ending, _)| name.ends_with(ending))
    .map_or("short", |(_, unit)| unit)
}

#[cfg(test)]
mod tests {
    use super::super::families::tests::answers;
    use super::super::samples::export_text;
    use super::*;
    use serde_json::Value;

    #[test]
    fn each_family_has_a_panel() {
        let text = export_text(&GRAFANA, &answers());
        let dashboard: Value = serde_json::from_str(&text).unwrap();
        let panels = dashboard["panels"].as_array().unwrap();
        assert_eq!(panels.len(), 9);
        let queries: Vec<&str> = panels
            .iter()
            .flat_map(|panel| panel["targets"].as_array().unwrap())
            .map(|target| target["expr"].as_str().unwrap())
            .collect();
        assert!(queries.contains(&"tracekit_events_total"), "{queries:?}");
        assert!(queries.contains(
            &"histogram_quantile(0.95, sum by (le, tool) (tracekit_tool_duration_seconds_bucket))"
        ));
        assert_eq!(
            (&panels[2]["gridPos"]["x"], &panels[2]["gridPos"]["y"]),
            (&0.into(), &8.into())
        );
        assert_eq!(panels[3]["fieldConfig"]["defaults"]["unit"], "percentunit");
    }
}
