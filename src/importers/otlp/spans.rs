//! Spans, and the events that happened in them.
//!
//! `{"traceId":"…","spanId":"…","parentSpanId":"…","name":"chat m","startTimeUnixNano":"…",
//!   "endTimeUnixNano":"…","attributes":[…],"events":[{"timeUnixNano":"…","name":"exception"}],"status":{"code":2}}`

use super::super::json::{Fields, Raw};
use super::super::scalars;
use super::super::semconv::{Columns, Ending, fill_span, name_event, span_event};
use super::super::{Reject, time};
use super::{Output, Room, Scope, attributes, wire};
use crate::model::{Kind, Record, Status, hash_id};
use std::borrow::Cow;

/// Reads one span and its events.
///
/// # Errors
/// `missing_field` or `bad_time` for its start, `int_range` and `number` for its columns.
pub(super) fn read(
    span: Raw<'_>,
    scope: &Scope<'_>,
    room: &mut Room,
    output: &mut Output<'_>,
) -> Result<(), Reject> {
    let fields = scope.fields(span)?;
    let start = wire::needed_nanos(&fields, "startTimeUnixNano")?;
    let name = fields.text("name");
    let mut columns = attributes::columns(fields.get("attributes"), scope.options)?;
    if let Some(name) = &name {
        columns.take_span_name(name);
    }
    let id = wire::id(fields.get("spanId"), wire::SPAN_ID);
    let id = id.unwrap_or_else(|| Cow::Owned(hash_id(span.text().as_bytes())));
    let parent_id = wire::id(fields.get("parentSpanId"), wire::SPAN_ID);
    let trace_id = wire::id(fields.get("traceId"), wire::TRACE_ID);
    let (duration_ns, is_running) = duration(&fields, start);
    let code = fields.get("status").and_then(|status| scalars::status_code(status.get("code")?));
    let message = fields.get("status").and_then(|status| status.get("message")?.as_text());
    let ending = Ending { code, is_running, message: message.as_deref() };
    let events = fields.get("events");
    let status = ending.status(&columns);
    let thrown =
        if status == Status::Error { exception(events, scope) } else { Columns::default() };
    let tags = columns.tags();

    let mut record = Record {
        duration_ns,
        name: name.as_deref(),
        id: &id,
        parent_id: parent_id.as_deref(),
        trace_id: trace_id.as_deref(),
        status,
        tags: &tags,
        ..scope.record(Kind::Span, start, span)
    };
    fill_span(&mut record, &columns, &thrown, ending);
    output.record(&record);

    for (i, event) in events.into_iter().flat_map(Raw::elements).enumerate() {
        if let Err(reject) = read_event(event, i, &record, scope, room, output) {
            output.reject(&format_args!("{}.events[{i}]", scope.place), reject);
        }
    }
    Ok(())
}

/// How long it took, and whether it had not ended; an end before the start gives no duration.
fn duration(fields: &Fields<'_>, start: i64) -> (Option<i64>, bool) {
    match wire::nanos(fields, "endTimeUnixNano") {
        Ok(Some(end)) => (end.checked_sub(start).filter(|nanos| *nanos >= 0), false),
        Ok(None) => (None, true),
        Err(_) => (None, false),
    }
}

/// What the last exception among the events says.
fn exception<'a>(events: Option<Raw<'a>>, scope: &Scope<'_>) -> Columns<'a> {
    let is_exception = |event: &Raw<'_>| {
        event.get("name").and_then(Raw::as_str).is_some_and(|name| name == "exception")
    };
    let last = events.into_iter().flat_map(Raw::elements).filter(is_exception).last();
    let attributes = last.and_then(|event| event.get("attributes"));
    // Attributes that cannot be read reject the event itself, not its span.
    attributes::columns(attributes, scope.options).unwrap_or_default()
}

/// Reads one event of `span`.
fn read_event(
    event: Raw<'_>,
    at: usize,
    span: &Record<'_>,
    scope: &Scope<'_>,
    room: &mut Room,
    output: &mut Output<'_>,
) -> Result<(), Reject> {
    let fields = scope.fields(event)?;
    let nanos = wire::needed_nanos(&fields, "timeUnixNano")?;
    let name = fields.text("name");
    let columns = attributes::columns(fields.get("attributes"), scope.options)?;
    name_event(span, at, name.as_deref(), (&mut room.id, &mut room.record_type));
    let record = Record {
        time_us: time::micros(nanos),
        record_type: &room.record_type,
        name: name.as_deref(),
        id: &room.id,
        ..span_event(span, &columns, event.text())
    };
    output.record(&record);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::Category;
    use super::super::super::collect::{
        assert_columns, assert_leaves_kept, assert_none, only, read, read_document,
    };
    use super::super::Otlp;

    const TRACES: &str = include_str!("../../../fixtures/otlp/traces.jsonl");
    const OPENINFERENCE: &str = include_str!("../../../fixtures/otlp/openinference.jsonl");
    const DOCUMENT: &str = include_str!("../../../fixtures/otlp/document.json");

    #[test]
    fn no_leaf_is_lost() {
        for line in TRACES.lines().chain(OPENINFERENCE.lines()) {
            let read = read(&Otlp, line);
            assert!(read.rejects.is_empty() && read.skips.is_empty());
            assert_leaves_kept(line, &read.rows);
        }
        assert_leaves_kept(DOCUMENT, &read_document(&Otlp, DOCUMENT).rows);
    }

    #[test]
    fn agents_and_model_calls() {
        let read = read(&Otlp, TRACES);
        let planner = only(&read, "0000000000000a01");
        assert_columns(
            planner,
            &[
                ("kind", "span"),
                ("type", "AGENT"),
                ("time", "1760000000000000"),
                ("duration_ns", "9500000000"),
                ("name", "invoke_agent planner"),
                ("operation", "invoke_agent"),
                ("agent", "planner"),
                ("component", "travel-crew"),
                ("session_id", "trip-42"),
                ("trace_id", "5b8aa5a2d2c872e8321cf37308d69df2"),
                ("status", "ok"),
            ],
        );
        assert_none(planner, &["parent_id", "severity", "model", "input_tokens"]);
        assert!(planner["extra"].ends_with(concat!(
            r#""scope":{"name":"crew.tracing","version":"1.4.0"},"#,
            r#""resourceSpans":{"schemaUrl":"https://opentelemetry.io/schemas/1.37.0"}}"#
        )));
        // Of 1,200 tokens 900 came from the cache and 100 went into it.
        assert_columns(
            only(&read, "0000000000000a02"),
            &[
                ("type", "LLM"),
                ("parent_id", "0000000000000a01"),
                ("duration_ns", "2250000000"),
                ("operation", "chat"),
                ("model", "claude-sonnet-4-5-20250929"),
                ("input_tokens", "200"),
                ("cache_read_tokens", "900"),
                ("cache_write_tokens", "100"),
                ("output_tokens", "85"),
                ("status", "unset"),
            ],
        );
    }

    #[test]
    fn failures_handoffs_and_spans_without_an_end() {
        let read = read(&Otlp, TRACES);
        assert_columns(
            only(&read, "0000000000000a03"),
            &[
                ("type", "TOOL"),
                ("tool", "search_flights"),
                ("status", "error"),
                ("error_type", "TimeoutError"),
                ("error_message", "no answer in 500 ms"),
            ],
        );
        assert_columns(
            only(&read, "0000000000000a04"),
            &[("type", "HANDOFF"), ("agent", "planner"), ("peer", "writer"), ("status", "ok")],
        );
        let writer = only(&read, "0000000000000a05");
        assert_columns(writer, &[("type", "AGENT"), ("status", "running")]);
        assert_none(writer, &["duration_ns"]);
    }

    #[test]
    fn events_are_records_under_their_span() {
        let read = read(&Otlp, TRACES);
        assert_eq!(read.having("kind", "event").len(), 2);
        let exception = only(&read, "0000000000000a03/event/0");
        assert_columns(
            exception,
            &[
                ("kind", "event"),
                ("type", "EXCEPTION"),
                ("name", "exception"),
                ("time", "1760000002900000"),
                ("parent_id", "0000000000000a03"),
                ("trace_id", "5b8aa5a2d2c872e8321cf37308d69df2"),
                ("session_id", "trip-42"),
                ("agent", "planner"),
                ("component", "travel-crew"),
                ("error_type", "TimeoutError"),
                ("status", "unset"),
            ],
        );
        assert!(exception["data"].starts_with(r#"{"timeUnixNano":"1760000002900000000","name""#));
        assert_columns(
            only(&read, "0000000000000a02/event/0"),
            &[("type", "GEN_AI_FIRST_TOKEN"), ("name", "gen_ai.first_token")],
        );
    }

    #[test]
    fn coding_agents_and_sdks_have_names_of_their_own() {
        let read = read(&Otlp, TRACES);
        assert_columns(
            only(&read, "00000000000000c2"),
            &[
                ("type", "LLM"),
                ("component", "claude-code"),
                ("session_id", "cc-1"),
                ("model", "claude-opus-4-1"),
                ("input_tokens", "12"),
                ("cache_read_tokens", "5000"),
                ("cache_write_tokens", "250"),
                ("output_tokens", "340"),
                ("status", "ok"),
            ],
        );
        assert_columns(
            only(&read, "00000000000000c3"),
            &[("type", "TOOL"), ("tool", "Bash"), ("agent", "a7f3"), ("status", "error")],
        );
        assert_columns(
            only(&read, "00000000000000d1"),
            &[
                ("type", "AGENT"),
                ("session_id", "cx-9"),
                ("model", "gpt-5-codex"),
                ("input_tokens", "3471"),
                ("cache_read_tokens", "10624"),
                ("output_tokens", "61"),
            ],
        );
        assert_columns(
            only(&read, "00000000000000e1"),
            &[("type", "CHAIN"), ("agent", "summarise"), ("operation", "ai.generateText")],
        );
        assert_columns(
            only(&read, "00000000000000e2"),
            &[("type", "LLM"), ("model", "gpt-4o-mini-2024-07-18"), ("input_tokens", "144")],
        );
        assert_columns(only(&read, "00000000000000e3"), &[("type", "TOOL"), ("tool", "weather")]);
    }

    #[test]
    fn openinference_names_fill_the_same_columns() {
        let read = read(&Otlp, OPENINFERENCE);
        assert_columns(
            only(&read, "0000000000000101"),
            &[
                ("type", "AGENT"),
                ("agent", "support"),
                ("tags", "beta,eu"),
                ("session_id", "chat-7"),
                ("operation", "support_agent"),
            ],
        );
        assert_columns(
            only(&read, "0000000000000103"),
            &[
                ("type", "LLM"),
                ("model", "gpt-4o"),
                ("input_tokens", "464"),
                ("cache_read_tokens", "1536"),
                ("output_tokens", "120"),
                ("cost_microusd", "4280"),
            ],
        );
        assert_columns(
            only(&read, "0000000000000104"),
            &[
                ("type", "TOOL"),
                ("tool", "lookup_parcel"),
                ("error_type", "KeyError"),
                ("error_message", "KeyError: 'P-9'"),
            ],
        );
        let types: Vec<_> =
            read.having("kind", "span").iter().map(|row| row["type"].as_str()).collect();
        assert_eq!(types, ["AGENT", "RETRIEVER", "LLM", "TOOL", "EMBEDDING", "CHAIN"]);
    }

    #[test]
    fn old_and_liberal_spellings_are_read() {
        let read = read_document(&Otlp, DOCUMENT);
        assert_eq!((read.rows.len(), read.rejects.len()), (2, 0));
        let plan = only(&read, "a1b2c3d4e5f60718");
        assert_columns(
            plan,
            &[
                ("trace_id", "1f2e3d4c5b6a79880011223344556677"),
                ("time", "1760000000000000"),
                ("duration_ns", "249"),
                ("status", "error"),
                ("error_message", "plan is empty"),
                ("session_id", "run-5"),
                ("component", "planner-service"),
                ("type", "SPAN"),
                ("operation", "plan"),
            ],
        );
        assert_none(plan, &["parent_id", "error_type"]);
        let step = only(&read, "a1b2c3d4e5f60719");
        assert_columns(
            step,
            &[
                ("trace_id", "1f2e3d4c5b6a79880011223344556677"),
                ("parent_id", "a1b2c3d4e5f60718"),
                ("type", "TOOL"),
                ("tool", "calculator"),
                ("status", "unset"),
            ],
        );
        // It ends before it starts.
        assert_none(step, &["duration_ns"]);
    }

    #[test]
    fn bad_spans_are_rejected_one_by_one() {
        let line = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[
            {"spanId":"00000000000000aa","startTimeUnixNano":"1000","endTimeUnixNano":"2000",
             "events":[{"name":"late"},{"name":"good","timeUnixNano":1500}]},
            {"spanId":"00000000000000ab"},
            {"startTimeUnixNano":"yesterday"},
            {"startTimeUnixNano":"1000","startTimeUnixNano":"1000"},
            {"startTimeUnixNano":"1000","attributes":[{"key":"output_tokens","value":{"intValue":"9223372036854775808"}}]},
            17,
            {"startTimeUnixNano":"1000","endTimeUnixNano":"2000","name":7}]}]}]}"#;
        let line = line.replace('\n', "");
        let read = read(&Otlp, &line);
        let ids: Vec<_> = read.rows.iter().map(|row| row["id"].as_str()).collect();
        assert_eq!(ids[..2], ["00000000000000aa", "00000000000000aa/event/1"]);
        let bytes = r#"{"startTimeUnixNano":"1000","endTimeUnixNano":"2000","name":7}"#;
        assert_eq!(ids[2..], [crate::model::hash_id(bytes.as_bytes())]);
        assert_none(&read.rows[2], &["name", "operation", "extra"]);
        let rejects: Vec<_> = read
            .rejects
            .iter()
            .map(|(_, reject)| (reject.category, reject.message.as_str()))
            .collect();
        let spans = "resourceSpans[0].scopeSpans[0].spans";
        assert_eq!(
            rejects[..2],
            [
                (
                    Category::MissingField,
                    format!("{spans}[0].events[0]: field `timeUnixNano` is missing").as_str()
                ),
                (
                    Category::MissingField,
                    format!("{spans}[1]: field `startTimeUnixNano` is missing").as_str()
                )
            ]
        );
        let categories: Vec<_> = rejects[2..].iter().map(|(category, _)| *category).collect();
        assert_eq!(
            categories,
            [Category::BadTime, Category::DuplicateKey, Category::IntRange, Category::NotObject]
        );
    }
}
