//! ExecutionTrace: a span for the execution, one for each of its spans, an event for each
//! checkpoint, and metric rows for what it measured.
//!
//! `operations`, `result`, `metadata` and the other traces that it names stay in `data`.

use super::super::json::{Fields, Raw};
use super::super::time;
use super::super::{Reject, Sink};
use super::samples::{normal_unit, sample_value, walk_numbers};
use super::span::{emit_span, outcome_of};
use super::{Entry, duration_of, part_id};
use crate::model::{Kind, MetricType, Record, Status};
use std::borrow::Cow;

/// Reads one ExecutionTrace.
pub(super) fn read(entry: Entry<'_, '_>, sink: &mut dyn Sink) -> Result<(), Reject> {
    let options = entry.options;
    let timeline = entry.object("timeline")?;
    let context = entry.object("context")?;
    let correlation = entry.object("correlation")?;
    let metadata = entry.object("metadata")?;
    let performance = entry.object("performance")?;
    let start = timeline.get("startTime").ok_or_else(|| Reject::missing("timeline.startTime"))?;
    let start = entry.time(start, "timeline.startTime")?;
    let (status, failure) = outcome_of(entry.fields);
    let duration_ns = match (status, timeline.get("endTime")) {
        // So far, which is not how long it took.
        (Status::Running, None) => None,
        (_, end) => duration_of(start, end, timeline.get("duration"), options)?,
    };

    let id = entry.id("traceId");
    let trace_id = entry.fields.text("traceId");
    let parent_id = entry.fields.text("parentTraceId");
    let session_id = entry.fields.text("contextId");
    let correlation_id = correlation.text("correlationId");
    let name = entry.fields.text("operationName");
    let record_type = context.text("executionType").map(|text| text.to_ascii_uppercase());
    let agent = context.text("executorId");
    let is_service = context.text("executorType").is_some_and(|sort| sort != "agent");
    let listed: Vec<_> = metadata
        .get("tags")
        .map(|tags| tags.elements().filter_map(Raw::as_text).collect())
        .unwrap_or_default();
    let tags: Vec<&str> = listed.iter().map(AsRef::as_ref).collect();
    // What every row of the line has.
    let base = Record {
        time_us: time::micros(start),
        record_type: record_type.as_deref().unwrap_or("EXECUTION"),
        id: &id,
        trace_id: trace_id.as_deref(),
        session_id: session_id.as_deref(),
        correlation_id: correlation_id.as_deref(),
        agent: agent.as_deref(),
        component: agent.as_deref().filter(|_| is_service),
        source_offset: entry.line.offset,
        ..Record::default()
    };
    walk_performance(&performance, entry, &mut |_| {})?;
    sink.record(&Record {
        kind: Kind::Span,
        duration_ns,
        name: name.as_deref(),
        operation: name.as_deref(),
        parent_id: parent_id.as_deref(),
        status,
        error_type: failure.error_type.as_deref(),
        error_message: failure.message.as_deref(),
        tags: &tags,
        data: Some(entry.text()),
        ..base.clone()
    });

    let inner = Record { parent_id: Some(&id), component: None, ..base.clone() };
    emit_parts(entry, entry.fields.get("spans"), "spans", sink, &mut |span, sink| {
        emit_span(span, &inner, options, sink)
    });
    let checkpoints = timeline.get("checkpoints");
    emit_parts(entry, checkpoints, "timeline.checkpoints", sink, &mut |checkpoint, sink| {
        emit_checkpoint(checkpoint, &inner, entry, sink)
    });
    walk_performance(&performance, entry, &mut |sample| {
        sink.record(&Record {
            kind: Kind::Metric,
            time_us: sample.time_us.unwrap_or(base.time_us),
            name: Some(sample.name),
            value: Some(sample.value),
            unit: sample.unit,
            metric_type: Some(sample.metric_type),
            parent_id: parent_id.as_deref(),
            operation: name.as_deref(),
            ..base.clone()
        });
    })
}

/// Gives each element of the array `list` to `emit`, and its reject, named `field[i]`, to `sink`.
pub(super) fn emit_parts(
    entry: Entry<'_, '_>,
    list: Option<Raw<'_>>,
    field: &str,
    sink: &mut dyn Sink,
    emit: &mut dyn FnMut(Raw<'_>, &mut dyn Sink) -> Result<(), Reject>,
) {
    for (i, part) in list.iter().flat_map(|list| list.elements()).enumerate() {
        if let Err(reject) = emit(part, sink) {
            sink.reject(entry.line, reject.within(&format!("{field}[{i}]")));
        }
    }
}

fn emit_checkpoint(
    value: Raw<'_>,
    inner: &Record<'_>,
    entry: Entry<'_, '_>,
    sink: &mut dyn Sink,
) -> Result<(), Reject> {
    let checkpoint = Fields::of(value, entry.options)?;
    let stated = |keys: [&str; 2]| keys.iter().find_map(|key| checkpoint.get(key));
    let time = stated(["timestamp", "time"]).ok_or_else(|| Reject::missing("timestamp"))?;
    let time = entry.time(time, "timestamp")?;
    let id = stated(["checkpointId", "id"]).and_then(Raw::as_text);
    let id = id.unwrap_or_else(|| Cow::Owned(part_id(inner.trace_id.unwrap_or(""), value)));
    let name = stated(["name", "checkpointName"]).and_then(Raw::as_text);
    let (status, failure) = outcome_of(&checkpoint);
    sink.record(&Record {
        kind: Kind::Event,
        time_us: time::micros(time),
        record_type: "CHECKPOINT",
        name: name.as_deref(),
        id: &id,
        status,
        error_type: failure.error_type.as_deref(),
        error_message: failure.message.as_deref(),
        data: Some(value.text()),
        ..inner.clone()
    });
    Ok(())
}

/// One number of `performance`.
struct Sample<'s> {
    name: &'s str,
    value: f64,
    unit: Option<&'s str>,
    metric_type: MetricType,
    /// Its own time, where it states one.
    time_us: Option<i64>,
}

/// Calls `emit` for each number under `performance`: named by its path, custom metrics by the name
/// that they state.
fn walk_performance(
    performance: &Fields<'_>,
    entry: Entry<'_, '_>,
    emit: &mut dyn FnMut(Sample<'_>),
) -> Result<(), Reject> {
    let mut path = String::with_capacity(48);
    for (key, value) in performance.members() {
        if key == "customMetrics" && value.is_array() {
            for (i, element) in value.elements().enumerate() {
                path.clear();
                path.push_str("customMetrics.");
                path.push_str(&i.to_string());
                walk_custom(element, &mut path, entry, emit)?;
            }
        } else {
            path.clear();
            path.push_str(key);
            walk_gauges(value, &mut path, entry, emit)?;
        }
    }
    Ok(())
}

fn walk_gauges(
    value: Raw<'_>,
    path: &mut String,
    entry: Entry<'_, '_>,
    emit: &mut dyn FnMut(Sample<'_>),
) -> Result<(), Reject> {
    walk_numbers(value, path, None, entry.options, &mut |name, value, unit| {
        emit(Sample { name, value, unit, metric_type: MetricType::Gauge, time_us: None });
    })
}

fn walk_custom(
    element: Raw<'_>,
    path: &mut String,
    entry: Entry<'_, '_>,
    emit: &mut dyn FnMut(Sample<'_>),
) -> Result<(), Reject> {
    let metric = Fields::of(element, entry.options)?;
    let stated = |keys: [&str; 2]| keys.iter().find_map(|key| metric.text(key));
    let Some(name) = stated(["metricName", "name"]) else {
        return walk_gauges(element, path, entry, emit);
    };
    let Some(value) = metric.get("value").map(sample_value).transpose()?.flatten() else {
        return Ok(());
    };
    let unit = metric.text("unit");
    let metric_type = stated(["metricType", "type"]);
    let time = metric.get("timestamp").and_then(|time| entry.time(time, "timestamp").ok());
    emit(Sample {
        name: &name,
        value,
        unit: unit.as_deref().map(normal_unit),
        metric_type: metric_type.map_or(MetricType::Custom, |text| MetricType::from_name(&text)),
        time_us: time.map(time::micros),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::Category;
    use super::super::super::collect::{Collected, assert_leaves_kept, read};
    use super::super::Mplp;

    fn fixture() -> Collected {
        let text = include_str!("../../../fixtures/mplp/harbour.jsonl");
        read(&Mplp, text.lines().next().unwrap())
    }

    #[test]
    fn an_execution_is_a_span() {
        let collected = fixture();
        let row = &collected.rows[0];
        assert_eq!(row["kind"], "span");
        assert_eq!(row["type"], "WORKFLOW");
        // 2025-01-15T10:30:00Z to 10:30:04.5Z.
        assert_eq!(row["time"], "1736937000000000");
        assert_eq!(row["duration_ns"], "4500000000");
        assert_eq!(row["id"], "exec-1");
        assert_eq!(row["trace_id"], "exec-1");
        assert_eq!(row["parent_id"], "exec-0");
        assert_eq!(row["session_id"], "ctx-5");
        assert_eq!(row["correlation_id"], "corr-2");
        assert_eq!(row["agent"], "pilot");
        assert_eq!(row.get("component"), None);
        assert_eq!(row["name"], "unload_ship");
        assert_eq!(row["status"], "error");
        assert_eq!(row["error_type"], "CraneStuck");
        assert_eq!(row["error_message"], "hook does not move");
    }

    #[test]
    fn its_spans_hang_under_it() {
        let collected = fixture();
        let row = collected.having("id", "span-1")[0];
        assert_eq!(row["parent_id"], "exec-1");
        assert_eq!(row["trace_id"], "exec-1");
        assert_eq!(row["agent"], "pilot");
        assert_eq!(row["component"], "tug");
        // 10:30:00.5Z to 10:30:02Z.
        assert_eq!(row["time"], "1736937000500000");
        assert_eq!(row["duration_ns"], "1500000000");
        assert_eq!(row["status"], "ok");
        let child = collected.having("id", "span-2")[0];
        assert_eq!(child["parent_id"], "span-1");
        assert_eq!(child["duration_ns"], "20500000");
        assert_eq!(child["tool"], "winch");
        assert_eq!(child["session_id"], "ctx-5");
    }

    #[test]
    fn checkpoints_are_events() {
        let collected = fixture();
        let rows = collected.having("type", "CHECKPOINT");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0]["id"], "cp-1");
        assert_eq!(rows[0]["name"], "moored");
        assert_eq!(rows[0]["time"], "1736937001000000");
        assert_eq!(rows[0]["parent_id"], "exec-1");
        assert!(rows[1]["id"].starts_with("h:"));
    }

    #[test]
    fn performance_becomes_metric_rows() {
        let collected = fixture();
        let rows: Vec<_> = collected
            .having("kind", "metric")
            .into_iter()
            .map(|row| {
                let unit = row.get("unit").map_or("-", String::as_str);
                format!("{} {} {unit} {}", row["name"], row["value"], row["metric_type"])
            })
            .collect();
        assert_eq!(
            rows,
            [
                "cpuUsage.average 35.5 % gauge",
                "cpuUsage.peak 80 % gauge",
                "memoryUsage.peakBytes 1048576 bytes gauge",
                "networkUsage 12 - gauge",
                "containers.moved 14 1 counter",
                "crane.locked 1 - custom",
                "customMetrics.3.depth 9 - gauge",
            ]
        );
        let row = collected.having("name", "containers.moved")[0];
        // Its own time, 10:30:04Z; the others have the execution's start.
        assert_eq!(row["time"], "1736937004000000");
        assert_eq!(row["id"], "exec-1");
        assert_eq!(row["agent"], "pilot");
        assert_eq!(collected.having("name", "cpuUsage.peak")[0]["time"], "1736937000000000");
    }

    #[test]
    fn a_bad_part_leaves_the_good_ones() {
        let line = r#"{"traceId":"t","operationName":"o","context":{"executorId":"tide","executorType":"service"},"timeline":{"startTime":"2025-01-15T10:30:00Z","duration":7,"checkpoints":[{"name":"c"}]},"status":"running","spans":[{"spanId":"a","startTime":1},{"spanId":"b"}]}"#;
        let collected = read(&Mplp, line);
        assert_eq!(collected.rows.len(), 2);
        assert_leaves_kept(line, &collected.rows);
        let messages: Vec<_> =
            collected.rejects.iter().map(|(_, reject)| reject.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "spans[1]: field `startTime` is missing",
                "timeline.checkpoints[0]: field `timestamp` is missing"
            ]
        );
        assert_eq!(collected.rejects[0].1.category, Category::MissingField);
        let row = &collected.rows[0];
        assert_eq!(row["type"], "EXECUTION");
        assert_eq!((&*row["status"], row.get("duration_ns")), ("running", None));
        assert_eq!((&*row["component"], &*row["agent"]), ("tide", "tide"));
    }
}
