//! Spans inside an MPLP trace, and the words in which it states outcomes.
//!
//! Which spans hang under what is said by the caller: an execution is the parent of its loose
//! spans, a distributed trace is no span itself.

use super::super::json::{Fields, Raw};
use super::super::time;
use super::super::{ImportOptions, Reject, Sink};
use super::{duration_of, part_id, read_time};
use crate::model::{Kind, Record, Status};
use std::borrow::Cow;

/// Gives `sink` one span; `base` has what it takes from its trace: ids, groups and agent.
///
/// # Errors
/// The reason why the span is not accepted; then it was not given.
pub(super) fn emit_span(
    value: Raw<'_>,
    base: &Record<'_>,
    options: &ImportOptions,
    sink: &mut dyn Sink,
) -> Result<(), Reject> {
    let span = Fields::of(value, options)?;
    let start = span.get("startTime").ok_or_else(|| Reject::missing("startTime"))?;
    let start = read_time(start, "startTime", options)?;
    let tags = match span.get("tags") {
        Some(tags) if tags.is_object() => Fields::of(tags, options)?,
        _ => Fields::default(),
    };
    let (status, failure) = outcome_of(&span);
    let is_tagged = tags.get("error").is_some_and(|flag| {
        flag.as_bool() == Some(true) || flag.as_str().is_some_and(|text| text == "true")
    });
    let status = if status == Status::Unset && is_tagged { Status::Error } else { status };
    let duration_ns = match status {
        Status::Running => None,
        _ => duration_of(start, span.get("endTime"), span.get("duration"), options)?,
    };
    let trace_id = span.text("traceId");
    let within = trace_id.as_deref().or(base.trace_id).unwrap_or_default();
    let id = span.text("spanId").unwrap_or_else(|| Cow::Owned(part_id(within, value)));
    let parent_id = span.text("parentSpanId");
    let record_type = span.text("spanType").map(|text| text.to_ascii_uppercase());
    let name = span.text("operationName");
    let component = span.text("serviceName");
    let stated = |keys: [&str; 3]| keys.iter().find_map(|key| span.text(key));
    let agent = stated(["agentId", "executorId", "agent"]).or_else(|| tags.text("agentId"));
    let tool = stated(["toolName", "tool", "tool_name"]).or_else(|| tags.text("tool"));
    let model = stated(["modelName", "model", "model_name"]).or_else(|| tags.text("model"));
    sink.record(&Record {
        kind: Kind::Span,
        time_us: time::micros(start),
        duration_ns,
        record_type: record_type.as_deref().unwrap_or("SPAN"),
        name: name.as_deref(),
        id: &id,
        parent_id: parent_id.as_deref().or(base.parent_id),
        trace_id: trace_id.as_deref().or(base.trace_id),
        agent: agent.as_deref().or(base.agent),
        component: component.as_deref().or(base.component),
        operation: name.as_deref(),
        tool: tool.as_deref(),
        model: model.as_deref(),
        status,
        error_type: failure.error_type.as_deref(),
        error_message: failure.message.as_deref(),
        data: Some(value.text()),
        ..base.clone()
    });
    Ok(())
}

/// What a record says of its own failure.
#[derive(Default)]
pub(super) struct Failure<'a> {
    pub(super) error_type: Option<Cow<'a, str>>,
    pub(super) message: Option<Cow<'a, str>>,
}

/// How something ended: by its `status`, else by the presence of an `error`.
pub(super) fn outcome_of<'a>(fields: &Fields<'a>) -> (Status, Failure<'a>) {
    let stated = fields.get("status");
    let word = stated.and_then(|status| status.as_text().or_else(|| status.get("code")?.as_text()));
    let status = word.map_or(Status::Unset, |word| status_of(&word));
    let Some(error) = fields.get("error") else {
        let message = stated.and_then(|status| status.get("message")?.as_text());
        let message = message.filter(|_| status == Status::Error);
        return (status, Failure { error_type: None, message });
    };
    let inner = |keys: [&str; 4]| keys.iter().find_map(|key| error.get(key)?.as_text());
    let message =
        error.as_text().or_else(|| inner(["message", "errorMessage", "reason", "detail"]));
    let has_failed =
        message.is_some() || error.as_bool() == Some(true) || error.members().next().is_some();
    let status = if status == Status::Unset && has_failed { Status::Error } else { status };
    (status, Failure { error_type: inner(["errorType", "type", "name", "code"]), message })
}

/// The status that a word means; `Unset` for a word of the source's own.
pub(super) fn status_of(word: &str) -> Status {
    const WORDS: [(Status, &[&str]); 5] = [
        (Status::Running, &["running", "active", "started", "in_progress"]),
        (Status::Ok, &["completed", "ok", "success", "succeeded", "finished"]),
        (Status::Error, &["failed", "error", "failure"]),
        (Status::Cancelled, &["cancelled", "canceled"]),
        (Status::Timeout, &["timeout", "timed_out"]),
    ];
    WORDS
        .iter()
        .find(|(_, words)| words.iter().any(|known| known.eq_ignore_ascii_case(word)))
        .map_or(Status::Unset, |(status, _)| *status)
}

#[cfg(test)]
mod tests {
    use super::super::super::collect::Collected;
    use super::super::super::json;
    use super::*;

    fn span(text: &str) -> Result<Collected, Reject> {
        let base = Record {
            id: "t",
            trace_id: Some("t"),
            parent_id: Some("t"),
            agent: Some("captain"),
            ..Record::default()
        };
        let mut collected = Collected::default();
        emit_span(json::value(text).unwrap(), &base, &ImportOptions::default(), &mut collected)?;
        Ok(collected)
    }

    #[test]
    fn the_end_outranks_the_stated_duration() {
        let line = r#"{"spanId":"s","startTime":"2025-01-15T10:30:00Z","endTime":"2025-01-15T10:30:00.25Z","duration":999}"#;
        assert_eq!(span(line).unwrap().rows[0]["duration_ns"], "250000000");
        let line = r#"{"spanId":"s","startTime":"2025-01-15T10:30:00Z","duration":12.5}"#;
        assert_eq!(span(line).unwrap().rows[0]["duration_ns"], "12500000");
        let line = r#"{"spanId":"s","startTime":1736937000000,"duration":40,"status":"running"}"#;
        let row = &span(line).unwrap().rows[0];
        assert_eq!(row.get("duration_ns"), None);
        assert_eq!(row["time"], "1736937000000000");
    }

    #[test]
    fn a_span_takes_from_its_trace_what_it_does_not_say() {
        let row = &span(r#"{"startTime":1,"serviceName":"crane"}"#).unwrap().rows[0];
        assert_eq!(row["parent_id"], "t");
        assert_eq!(row["agent"], "captain");
        assert_eq!(row["component"], "crane");
        assert_eq!(row["type"], "SPAN");
        assert!(row["id"].starts_with("h:"));
        let line = r#"{"spanId":"s","parentSpanId":"r","traceId":"t9","startTime":1,"agentId":"mate","spanType":"task"}"#;
        let row = &span(line).unwrap().rows[0];
        assert_eq!(row["parent_id"], "r");
        assert_eq!(row["trace_id"], "t9");
        assert_eq!(row["agent"], "mate");
        assert_eq!(row["type"], "TASK");
    }

    #[test]
    fn outcomes_come_in_several_shapes() {
        let status = |rest: &str| {
            let line = format!(r#"{{"spanId":"s","startTime":1{rest}}}"#);
            span(&line).unwrap().rows.remove(0)
        };
        assert_eq!(status("")["status"], "unset");
        assert_eq!(status(r#","status":"completed""#)["status"], "ok");
        assert_eq!(status(r#","status":"CANCELED""#)["status"], "cancelled");
        assert_eq!(status(r#","status":"timeout""#)["status"], "timeout");
        assert_eq!(status(r#","tags":{"error":"true"}"#)["status"], "error");
        let row = status(r#","status":{"code":"ERROR","message":"rope broke"}"#);
        assert_eq!((&*row["status"], &*row["error_message"]), ("error", "rope broke"));
        let row = status(r#","error":{"code":"E7","message":"rope broke"}"#);
        assert_eq!((&*row["status"], &*row["error_type"]), ("error", "E7"));
    }

    #[test]
    fn a_span_without_start_is_refused() {
        assert!(span(r#"{"spanId":"s"}"#).is_err());
        assert!(span(r#"{"spanId":"s","startTime":"soon"}"#).is_err());
        assert!(span("7").is_err());
    }
}
