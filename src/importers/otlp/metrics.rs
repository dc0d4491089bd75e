//! Metrics: one record for each data point.
//!
//! `{"name":"claude_code.token.usage","unit":"tokens","sum":{"isMonotonic":true,
//!   "dataPoints":[{"timeUnixNano":"…","asInt":"12","attributes":[{"key":"type","value":{…}}]}]}}`

use super::super::json::{Fields, Raw};
use super::super::scalars;
use super::super::{Category, Reject};
use super::{Output, Room, Scope, attributes, extra, lists, wire};
use crate::model::{Kind, MetricType};

/// The members of which a metric has one, and that hold its data points.
const SHAPES: [&str; 5] = ["sum", "gauge", "histogram", "exponentialHistogram", "summary"];

/// What the data points of one metric share.
struct Series<'a> {
    name: &'a str,
    unit: Option<&'a str>,
    metric_type: MetricType,
    extra: Option<&'a str>,
}

/// Reads one metric.
///
/// # Errors
/// `missing_field` for its name or its data; a data point that cannot be read is rejected by itself.
pub(super) fn read(
    metric: Raw<'_>,
    scope: &Scope<'_>,
    room: &mut Room,
    output: &mut Output<'_>,
) -> Result<(), Reject> {
    let fields = scope.fields(metric)?;
    let name = fields.text("name").ok_or_else(|| Reject::missing("name"))?;
    let unit = fields.text("unit");
    let is_object = |shape: &&str| fields.get(shape).is_some_and(Raw::is_object);
    let Some(shape) = SHAPES.into_iter().find(is_object) else {
        let message = format!("metric `{name}` holds none of `{}`", SHAPES.join("`, `"));
        return Err(Reject::new(Category::MissingField, message));
    };
    let body = match fields.get(shape) {
        Some(body) => scope.fields(body)?,
        None => Fields::default(),
    };
    let points = lists(&body, &["dataPoints"])?;
    let mut extra = std::mem::take(&mut room.metric_extra);
    extra.clear();
    let has_column = |key: &str| key == "name" || (key == "unit" && unit.is_some());
    extra::push_metric(scope.extra, &fields, has_column, (shape, &body), &mut extra);
    let series = Series {
        name: &name,
        unit: unit.as_deref(),
        metric_type: metric_type(shape, &body),
        extra: Some(extra.as_str()).filter(|extra| !extra.is_empty()),
    };
    let points = points.into_iter().flat_map(|(_, list)| list.elements());
    for (i, point) in points.enumerate() {
        if let Err(reject) = read_point(point, &series, scope, room, output) {
            output.reject(&format_args!("{}.{shape}.dataPoints[{i}]", scope.place), reject);
        }
    }
    room.metric_extra = extra;
    Ok(())
}

fn metric_type(shape: &str, body: &Fields<'_>) -> MetricType {
    match shape {
        "sum" if body.get("isMonotonic").and_then(scalars::flag) == Some(true) => {
            MetricType::Counter
        }
        "sum" | "gauge" => MetricType::Gauge,
        _ => MetricType::Histogram,
    }
}

fn read_point(
    point: Raw<'_>,
    series: &Series<'_>,
    scope: &Scope<'_>,
    room: &mut Room,
    output: &mut Output<'_>,
) -> Result<(), Reject> {
    let fields = scope.fields(point)?;
    let nanos = wire::needed_nanos(&fields, "timeUnixNano")?;
    let list = fields.get("attributes");
    let columns = attributes::columns(list, scope.options)?;
    room.labels.clear();
    attributes::push_labels(list, scope.options, &mut room.labels)?;
    let value = value(&fields, series.metric_type)?;
    let id = scope.hash(series.name, point, &mut room.id);

    let mut record = scope.record(Kind::Metric, nanos, point);
    columns.fill_names(&mut record);
    record.record_type = "METRIC";
    record.name = Some(series.name);
    record.id = &id;
    record.value = value;
    record.unit = series.unit;
    record.metric_type = Some(series.metric_type);
    record.labels = Some(room.labels.as_str()).filter(|labels| !labels.is_empty());
    record.extra = series.extra;
    output.record(&record);
    Ok(())
}

/// The sample: a number's value, a distribution's sum.
fn value(fields: &Fields<'_>, metric_type: MetricType) -> Result<Option<f64>, Reject> {
    if metric_type == MetricType::Histogram {
        return fields.get("sum").map_or(Ok(None), scalars::float);
    }
    if let Some(value) = fields.get("asDouble") {
        return scalars::float(value);
    }
    let Some(value) = fields.get("asInt") else { return Ok(None) };
    Ok(scalars::integer(value)?.map(|whole| whole as f64))
}

#[cfg(test)]
mod tests {
    use super::super::super::Category;
    use super::super::super::collect::{assert_leaves_kept, read};
    use super::super::Otlp;

    const MIXED: &str = include_str!("../../../fixtures/otlp/mixed.jsonl");

    fn request(metrics: &str) -> String {
        format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{metrics}]}}]}}]}}"#)
    }

    #[test]
    fn each_data_point_is_a_row() {
        let line = MIXED.lines().nth(3).unwrap();
        let read = read(&Otlp, line);
        assert!(read.rejects.is_empty());
        let wanted = [
            ("claude_code.token.usage", "8", "counter", Some("tokens")),
            ("claude_code.token.usage", "210", "counter", Some("tokens")),
            ("queue.depth", "-3", "gauge", Some("{task}")),
            ("gen_ai.client.operation.duration", "4.5", "histogram", Some("s")),
            ("latency.scaled", "10", "histogram", None),
            ("gc.pause", "9.25", "histogram", Some("ms")),
        ];
        assert_eq!(read.rows.len(), wanted.len());
        for (row, (name, value, metric_type, unit)) in read.rows.iter().zip(wanted) {
            assert_eq!((row["kind"].as_str(), row["type"].as_str()), ("metric", "METRIC"));
            assert_eq!((row["name"].as_str(), row["value"].as_str()), (name, value));
            assert_eq!(row["metric_type"], metric_type);
            assert_eq!(row.get("unit").map(String::as_str), unit);
            assert_eq!(row["component"], "claude-code");
            // 1,760,000,000 s and 60 s more.
            assert_eq!(row["time"], "1760000060000000");
        }
        let ids: std::collections::BTreeSet<_> = read.rows.iter().map(|row| &row["id"]).collect();
        assert_eq!(ids.len(), 6);
        assert_leaves_kept(line, &read.rows);
    }

    #[test]
    fn dimensions_are_labels_and_columns() {
        let read = read(&Otlp, MIXED.lines().nth(3).unwrap());
        let output = &read.rows[1];
        assert_eq!(
            output["labels"],
            r#"{"model":"claude-opus-4-1","session.id":"cc-2","type":"output"}"#
        );
        assert_eq!(
            (output["model"].as_str(), output["session_id"].as_str()),
            ("claude-opus-4-1", "cc-2")
        );
        assert_eq!(read.rows[2]["agent"], "planner");
        assert!(!read.rows[5].contains_key("labels"));
        assert!(read.rows[3]["data"].contains(r#""bucketCounts":["1","2"]"#));
        assert!(output["extra"].ends_with(concat!(
            r#""scopeMetrics":{"schemaUrl":"https://example.org/scope-schema"},"#,
            r#""metric":{"description":"Number of tokens used"},"#,
            r#""sum":{"aggregationTemporality":1,"isMonotonic":true}}"#
        )));
    }

    #[test]
    fn the_same_point_of_another_resource_is_another_record() {
        let of = |service: &str| {
            let line =
                request(r#"{"name":"up","gauge":{"dataPoints":[{"timeUnixNano":"5","asInt":1}]}}"#);
            let resource = format!(
                r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}}]}},"#
            );
            let line =
                line.replacen(r#"[{"scopeMetrics""#, &format!(r#"[{resource}"scopeMetrics""#), 1);
            read(&Otlp, &line).rows[0]["id"].clone()
        };
        assert_eq!(of("a"), of("a"));
        assert_ne!(of("a"), of("b"));
    }

    #[test]
    fn bad_points_are_rejected_one_by_one() {
        let line = request(
            r#"{"name":"m","gauge":{"dataPoints":[{"asInt":1},{"timeUnixNano":"5","asDouble":"NaN"},
            {"timeUnixNano":"5","asInt":"2"},{"timeUnixNano":"5","flags":1}]}},
            {"gauge":{"dataPoints":[]}},{"name":"x"},{"name":"y","sum":{"dataPoints":7}}"#,
        )
        .replace('\n', "");
        let read = read(&Otlp, &line);
        let values: Vec<_> = read.rows.iter().map(|row| row.get("value").cloned()).collect();
        assert_eq!(values, [Some("2".to_owned()), None]);
        let rejects: Vec<_> = read
            .rejects
            .iter()
            .map(|(_, reject)| (reject.category, reject.message.as_str()))
            .collect();
        let metrics = "resourceMetrics[0].scopeMetrics[0].metrics";
        assert_eq!(rejects.len(), 5);
        assert_eq!(
            rejects[0],
            (
                Category::MissingField,
                format!("{metrics}[0].gauge.dataPoints[0]: field `timeUnixNano` is missing")
                    .as_str()
            )
        );
        assert_eq!(rejects[1].0, Category::Number);
        assert!(rejects[1].1.starts_with(&format!("{metrics}[0].gauge.dataPoints[1]: ")));
        assert_eq!(rejects[2].1, format!("{metrics}[1]: field `name` is missing"));
        assert!(rejects[3].1.starts_with(&format!("{metrics}[2]: metric `x` holds none of")));
        assert_eq!(
            rejects[4],
            (Category::WrongFormat, format!("{metrics}[3]: `dataPoints` is no list").as_str())
        );
    }
}
