//! Log records, and the events that are written as such.
//!
//! `{"timeUnixNano":"…","severityNumber":9,"eventName":"claude_code.api_request","body":{"stringValue":"…"},
//!   "attributes":[…],"traceId":"…","spanId":"…"}`

use super::super::Reject;
use super::super::json::Raw;
use super::super::scalars;
use super::{Output, Room, Scope, attributes, wire};
use crate::model::{Kind, Status};

/// Reads one log record.
///
/// # Errors
/// `missing_field` or `bad_time` for its time, `int_range` and `number` for its columns.
pub(super) fn read(
    log: Raw<'_>,
    scope: &Scope<'_>,
    room: &mut Room,
    output: &mut Output<'_>,
) -> Result<(), Reject> {
    let fields = scope.fields(log)?;
    let observed = wire::nanos(&fields, "observedTimeUnixNano");
    let nanos = match wire::nanos(&fields, "timeUnixNano")? {
        Some(nanos) => nanos,
        None => observed?.ok_or_else(|| Reject::missing("timeUnixNano"))?,
    };
    let columns = attributes::columns(fields.get("attributes"), scope.options)?;
    let event_name = fields.text("eventName");
    let event_name = event_name.as_deref().or(columns.event_name());
    room.record_type.clear();
    scalars::push_upper_snake(event_name.unwrap_or_default(), &mut room.record_type);
    let severity_text = fields.text("severityText");
    let severity_name = fields.get("severityNumber").and_then(wire::severity_name);
    let is_severe = severity_name.or(severity_text.as_deref()).is_some_and(wire::is_severe);
    let id = scope.hash("", log, &mut room.id);
    let trace_id = wire::id(fields.get("traceId"), wire::TRACE_ID);
    let span_id = wire::id(fields.get("spanId"), wire::SPAN_ID);
    let tags = columns.tags();

    let mut record = scope.record(Kind::Log, nanos, log);
    columns.fill(&mut record);
    record.record_type = if room.record_type.is_empty() { "LOG" } else { &room.record_type };
    record.name = event_name;
    record.id = &id;
    record.parent_id = span_id.as_deref();
    record.trace_id = trace_id.as_deref();
    record.severity = severity_text.as_deref().or(severity_name);
    record.status = match columns.outcome() {
        _ if is_severe => Status::Error,
        Some(false) => Status::Error,
        Some(true) => Status::Ok,
        None => Status::Unset,
    };
    record.tags = &tags;
    output.record(&record);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::Category;
    use super::super::super::collect::{assert_leaves_kept, read};
    use super::super::Otlp;

    const MIXED: &str = include_str!("../../../fixtures/otlp/mixed.jsonl");

    #[test]
    fn coding_agents_write_events_as_logs() {
        let line = MIXED.lines().nth(1).unwrap();
        let read = read(&Otlp, line);
        let [request, tool] = read.rows.as_slice() else { panic!("{read:#?}") };
        for (column, value) in [
            ("kind", "log"),
            ("type", "API_REQUEST"),
            ("name", "api_request"),
            ("time", "1760000000500000"),
            ("trace_id", "c0ffee00c0ffee00c0ffee00c0ffee00"),
            ("parent_id", "00000000000000f1"),
            ("session_id", "cc-2"),
            ("component", "claude-code"),
            ("model", "claude-opus-4-1"),
            ("input_tokens", "8"),
            ("output_tokens", "210"),
            ("cache_read_tokens", "4100"),
            ("cache_write_tokens", "0"),
            ("cost_microusd", "21400"),
            ("status", "unset"),
        ] {
            assert_eq!(request[column], value, "{column}");
        }
        assert!(request["id"].starts_with("h:") && request["id"] != tool["id"]);
        assert_eq!((tool["type"].as_str(), tool["tool"].as_str()), ("TOOL_RESULT", "Bash"));
        assert_eq!(
            (tool["status"].as_str(), tool["error_message"].as_str()),
            ("error", "exit code 1")
        );
        assert_leaves_kept(line, &read.rows);
    }

    #[test]
    fn severity_is_the_text_or_the_name_of_the_number() {
        let line = MIXED.lines().nth(2).unwrap();
        let read = read(&Otlp, line);
        let [full, view] = read.rows.as_slice() else { panic!("{read:#?}") };
        assert_eq!((full["type"].as_str(), full["severity"].as_str()), ("LOG", "ERROR"));
        assert_eq!((full["status"].as_str(), full["agent"].as_str()), ("error", "planner"));
        // `timeUnixNano` is 0, so the time is that of the observation.
        assert_eq!(full["time"], "1760000002250000");
        assert!(!full.contains_key("name") && !full.contains_key("parent_id"));
        assert_eq!(
            (view["type"].as_str(), view["severity"].as_str()),
            ("BROWSER_PAGE_VIEW", "Information")
        );
        assert_eq!(
            (view["name"].as_str(), view["status"].as_str()),
            ("browser.page_view", "unset")
        );
        assert_leaves_kept(line, &read.rows);
    }

    #[test]
    fn a_severity_text_alone_says_enough() {
        let line = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[
            {"timeUnixNano":"5000","severityText":"error"},
            {"timeUnixNano":"5000","severityText":"error","severityNumber":9},
            {"severityText":"error"},
            {"timeUnixNano":"soon"}]}]}]}"#;
        let read = read(&Otlp, &line.replace('\n', ""));
        assert_eq!(
            (read.rows[0]["status"].as_str(), read.rows[1]["status"].as_str()),
            ("error", "unset")
        );
        let categories: Vec<_> = read.rejects.iter().map(|(_, reject)| reject.category).collect();
        assert_eq!(categories, [Category::MissingField, Category::BadTime]);
        assert_eq!(
            read.rejects[0].1.message,
            "resourceLogs[0].scopeLogs[0].logRecords[2]: field `timeUnixNano` is missing"
        );
    }
}
