//! DistributedTrace: its spans, and one event that keeps everything else of the line.
//!
//! Its relationships, critical path and analysis are the source's own opinion: they stay in `data`
//! of the event, and tracekit works out its own.

use super::super::json::Fields;
use super::super::time;
use super::super::{Reject, Sink};
use super::Entry;
use super::execution::emit_parts;
use super::span::emit_span;
use crate::model::{Kind, Record};

/// Reads one DistributedTrace.
pub(super) fn read(entry: Entry<'_, '_>, sink: &mut dyn Sink) -> Result<(), Reject> {
    let structure = entry.object("structure")?;
    let start = start_of(entry, &structure)?;
    let id = entry.id("traceId");
    let trace_id = entry.fields.text("traceId");
    let component = entry.fields.text("serviceName");
    let base = Record {
        kind: Kind::Event,
        time_us: time::micros(start),
        record_type: "DISTRIBUTED_TRACE",
        id: &id,
        trace_id: trace_id.as_deref(),
        component: component.as_deref(),
        source_offset: entry.line.offset,
        ..Record::default()
    };
    sink.record(&Record { data: Some(entry.text()), ..base.clone() });
    emit_parts(entry, structure.get("spans"), "structure.spans", sink, &mut |span, sink| {
        emit_span(span, &base, entry.options, sink)
    });
    Ok(())
}

/// When the trace began, in nanoseconds: as its timeline says, else with its first span.
fn start_of(entry: Entry<'_, '_>, structure: &Fields<'_>) -> Result<i64, Reject> {
    if let Some(stated) = entry.object("timeline")?.get("startTime") {
        return entry.time(stated, "timeline.startTime");
    }
    let spans = structure.get("spans");
    let starts = spans.iter().flat_map(|spans| spans.elements());
    let starts = starts.filter_map(|span| entry.time(span.get("startTime")?, "startTime").ok());
    starts.min().ok_or_else(|| Reject::missing("timeline.startTime"))
}

#[cfg(test)]
mod tests {
    use super::super::super::Category;
    use super::super::super::collect::{assert_leaves_kept, read};
    use super::super::Mplp;

    #[test]
    fn a_trace_is_its_spans_and_one_event() {
        let text = include_str!("../../../fixtures/mplp/harbour.jsonl");
        let line = text.lines().nth(3).unwrap();
        let collected = read(&Mplp, line);
        assert_eq!(collected.rejects, []);
        assert_eq!(collected.rows.len(), 3);
        let event = &collected.rows[0];
        assert_eq!((&*event["kind"], &*event["type"]), ("event", "DISTRIBUTED_TRACE"));
        assert_eq!(event["id"], "dist-1");
        assert_eq!(event["time"], "1736937060000000");
        assert_eq!(event["data"], line);
        assert_eq!(event["status"], "unset");
        let root = collected.having("id", "d1")[0];
        assert_eq!(root.get("parent_id"), None);
        assert_eq!(root["trace_id"], "dist-1");
        assert_eq!(root["component"], "gate");
        // 10:31:00Z, 300 ms.
        assert_eq!(root["time"], "1736937060000000");
        assert_eq!(root["duration_ns"], "300000000");
        let child = collected.having("id", "d2")[0];
        assert_eq!(child["parent_id"], "d1");
        assert_eq!(child["component"], "customs");
        // 10:31:00.05Z to 10:31:00.25Z.
        assert_eq!(child["duration_ns"], "200000000");
        assert_eq!(child["status"], "error");
        assert_eq!(child["error_message"], "papers missing");
    }

    #[test]
    fn the_first_span_dates_a_trace_without_timeline() {
        let line = r#"{"traceId":"t","structure":{"spans":[{"spanId":"b","startTime":"2025-01-15T10:30:01Z"},{"spanId":"a","startTime":"2025-01-15T10:30:00Z"},{"spanId":"c"}]}}"#;
        let collected = read(&Mplp, line);
        assert_eq!(collected.rows[0]["time"], "1736937000000000");
        assert_eq!(collected.rows.len(), 3);
        assert_eq!(
            collected.rejects[0].1.message,
            "structure.spans[2]: field `startTime` is missing"
        );
        assert_leaves_kept(line, &collected.rows);
        let collected = read(&Mplp, r#"{"traceId":"t","structure":{"spans":[]}}"#);
        assert_eq!(collected.rejects[0].1.category, Category::MissingField);
    }
}
