//! Spans, and the logs in them.
//!
//! `{"traceID":"…","spanID":"…","operationName":"chat m","references":[…],"startTime":1760000000000000,
//!   "duration":123,"tags":[…],"logs":[{"timestamp":1760000000000007,"fields":[…]}],"processID":"p1"}`

use super::super::json::{Fields, Raw};
use super::super::parts::{Output, object};
use super::super::scalars;
use super::super::semconv::{Columns, Ending, fill_span, name_event, span_event};
use super::super::time::{self, Unit};
use super::super::{ImportOptions, Reject};
use super::Room;
use super::around::{Around, Process};
use super::tags::{Tags, event_name};
use crate::model::{Kind, Record, Status, hash_id};
use std::borrow::Cow;

/// Reads one span and its logs.
///
/// # Errors
/// `missing_field` or `bad_time` for its start, `int_range` and `number` for its columns.
pub(super) fn read(
    span: Raw<'_>,
    around: &Around<'_>,
    place: &str,
    room: &mut Room,
    output: &mut Output<'_>,
) -> Result<(), Reject> {
    let fields = object(span, around.options)?;
    let start = needed_time(&fields, "startTime")?;
    let name = fields.text("operationName");
    let mut tags = Tags::of(fields.get("tags"), around.options)?;
    if let Some(name) = &name {
        tags.columns.take_span_name(name);
    }
    let own = fields.get("process").map(|process| Process::of(process, around.options));
    let own = own.transpose().map_err(|reject| reject.within("process"))?;
    let named = fields.get("processID").and_then(Raw::as_str);
    let named = named.and_then(|id| around.process(&id));
    let nobody = Columns::default();
    let service = own.as_ref().or(named).map_or(&nobody, |process| &process.columns);
    let id = fields.text("spanID");
    let id = id.unwrap_or_else(|| Cow::Owned(hash_id(span.text().as_bytes())));
    let trace_id = fields.text("traceID");
    let trace_id = trace_id.as_deref().or(around.trace_id.as_deref());
    let parent_id = parent(&fields, trace_id);
    let (duration_ns, is_running) = duration(&fields);
    let ending = Ending { code: tags.code, is_running, message: tags.message.as_deref() };
    let status = ending.status(&tags.columns);
    let logs = fields.get("logs");
    let thrown =
        if status == Status::Error { exception(logs, around.options) } else { Columns::default() };
    let labels = tags.columns.tags();
    let mut extra = std::mem::take(&mut room.extra);
    around.push_extra(tags.kind.as_deref(), named, &mut extra);

    let mut record = Record {
        kind: Kind::Span,
        time_us: time::micros(start),
        duration_ns,
        name: name.as_deref(),
        id: &id,
        parent_id: parent_id.as_deref(),
        trace_id,
        agent: service.agent(),
        session_id: service.session_id(),
        component: service.component(),
        status,
        tags: &labels,
        data: Some(span.text()),
        extra: Some(extra.as_str()).filter(|extra| !extra.is_empty()),
        source_offset: output.line.offset,
        ..Record::default()
    };
    fill_span(&mut record, &tags.columns, &thrown, ending);
    output.record(&record);

    for (i, log) in logs.into_iter().flat_map(Raw::elements).enumerate() {
        if let Err(reject) = read_log(log, i, &record, around.options, room, output) {
            output.reject(&format_args!("{place}.logs[{i}]"), reject);
        }
    }
    room.extra = extra;
    Ok(())
}

fn needed_time(fields: &Fields<'_>, key: &str) -> Result<i64, Reject> {
    scalars::instant(fields, key, Unit::Micros)?.ok_or_else(|| Reject::missing(key))
}

/// How long it took, and whether it had not ended; one that cannot be read gives no duration.
fn duration(fields: &Fields<'_>) -> (Option<i64>, bool) {
    let Some(value) = fields.get("duration") else { return (None, true) };
    let nanos = match value.as_str() {
        Some(text) => time::number(&text, Unit::Micros),
        None => time::number(value.text(), Unit::Micros),
    };
    (nanos.filter(|nanos| *nanos >= 0), false)
}

/// The span above it in its trace, as Jaeger's own model has it: the first that it is a child of, in old
/// files `parentSpanID`, else the first that it follows from.
fn parent<'a>(fields: &Fields<'a>, trace_id: Option<&str>) -> Option<Cow<'a, str>> {
    let mut followed = None;
    for reference in fields.get("references").into_iter().flat_map(Raw::elements) {
        let of = reference.get("traceID").and_then(Raw::as_text);
        let Some(id) = reference.get("spanID").and_then(Raw::as_text) else { continue };
        if of.is_some() && of.as_deref() != trace_id {
            continue;
        }
        let kind = reference.get("refType").and_then(Raw::as_str);
        if kind.as_deref() != Some("FOLLOWS_FROM") {
            return Some(id);
        }
        followed = followed.or(Some(id));
    }
    let old = fields.text("parentSpanID").filter(|id| !id.bytes().all(|byte| byte == b'0'));
    old.or(followed)
}

/// What the last exception among the logs says.
fn exception<'a>(logs: Option<Raw<'a>>, options: &ImportOptions) -> Columns<'a> {
    let mut last = Columns::default();
    for log in logs.into_iter().flat_map(Raw::elements) {
        let fields = log.get("fields");
        let name = event_name(fields);
        if matches!(name.as_deref(), Some("exception" | "error")) {
            // Fields that cannot be read reject the log itself, not its span.
            last = Tags::of_log(fields, name.as_deref(), options).unwrap_or_default().columns;
        }
    }
    last
}

fn read_log(
    log: Raw<'_>,
    at: usize,
    span: &Record<'_>,
    options: &ImportOptions,
    room: &mut Room,
    output: &mut Output<'_>,
) -> Result<(), Reject> {
    let fields = object(log, options)?;
    let nanos = needed_time(&fields, "timestamp")?;
    let list = fields.get("fields");
    let name = event_name(list);
    let tags = Tags::of_log(list, name.as_deref(), options)?;
    name_event(span, at, name.as_deref(), (&mut room.id, &mut room.record_type));
    let record = Record {
        time_us: time::micros(nanos),
        record_type: &room.record_type,
        name: name.as_deref(),
        id: &room.id,
        ..span_event(span, &tags.columns, log.text())
    };
    output.record(&record);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::Category;
    use super::super::super::collect::{assert_columns, assert_none, only, read, read_document};
    use super::super::super::otlp::Otlp;
    use super::super::Jaeger;

    const BRIDGE: &str = include_str!("../../../fixtures/jaeger/bridge.json");
    const OLD: &str = include_str!("../../../fixtures/jaeger/old.jsonl");

    #[test]
    fn spans_have_times_services_and_what_their_tags_say() {
        let read = read_document(&Jaeger, BRIDGE);
        let surveyor = only(&read, "00000000000000b1");
        assert_columns(
            surveyor,
            &[
                ("kind", "span"),
                ("type", "AGENT"),
                ("time", "1760000000000001"),
                ("duration_ns", "9500000000"),
                ("name", "invoke_agent surveyor"),
                ("operation", "invoke_agent"),
                ("agent", "surveyor"),
                ("component", "survey-crew"),
                ("session_id", "bridge-7"),
                ("trace_id", "7c3f0a91d2b84e65a1f09c4d5e6b7a80"),
                ("status", "ok"),
            ],
        );
        assert_none(surveyor, &["parent_id", "model", "input_tokens"]);
        assert_columns(
            only(&read, "00000000000000b2"),
            &[
                ("type", "LLM"),
                ("parent_id", "00000000000000b1"),
                ("duration_ns", "2250000000"),
                ("operation", "chat"),
                ("model", "stone-1"),
                ("component", "stone-gateway"),
                ("input_tokens", "300"),
                ("cache_read_tokens", "900"),
                ("output_tokens", "85"),
                ("cost_microusd", "4200"),
                ("tags", "beta,river"),
                ("status", "unset"),
            ],
        );
    }

    #[test]
    fn the_parent_is_in_the_same_trace() {
        let read = read_document(&Jaeger, BRIDGE);
        assert_columns(only(&read, "00000000000000b3"), &[("parent_id", "00000000000000b1")]);
        assert_columns(only(&read, "00000000000000b4"), &[("parent_id", "00000000000000b1")]);
        let parent = |members: &str| {
            let span = format!(r#"{{"spanID":"s","startTime":1,{members}}}"#);
            let line = format!(r#"{{"traceID":"A","spans":[{span}]}}"#);
            read_line(&line).rows[0].get("parent_id").cloned()
        };
        let follows = r#"{"refType":"FOLLOWS_FROM","traceID":"A","spanID":"f"}"#;
        let child = r#"{"refType":"CHILD_OF","traceID":"A","spanID":"c"}"#;
        let other = r#"{"refType":"CHILD_OF","traceID":"B","spanID":"o"}"#;
        let old = r#""parentSpanID":"p""#;
        for (members, wanted) in [
            (format!(r#""references":[{follows},{child}]"#), Some("c")),
            (format!(r#""references":[{follows},{other}]"#), Some("f")),
            (format!(r#""references":[{other}]"#), None),
            (format!(r#""references":[{follows}],{old}"#), Some("p")),
            (format!(r#""references":[{child}],{old}"#), Some("c")),
            (r#""references":null,"parentSpanID":"0000000000000000""#.to_owned(), None),
            (r#""references":[{"spanID":"x"}]"#.to_owned(), Some("x")),
        ] {
            assert_eq!(parent(&members).as_deref(), wanted, "{members}");
        }
    }

    fn read_line(line: &str) -> super::super::super::collect::Collected {
        read(&Jaeger, line)
    }

    #[test]
    fn failures_say_what_was_thrown() {
        let read = read_document(&Jaeger, BRIDGE);
        assert_columns(
            only(&read, "00000000000000b3"),
            &[
                ("type", "TOOL"),
                ("tool", "measure_span"),
                ("status", "error"),
                ("error_type", "TimeoutError"),
                ("error_message", "no answer in 500 ms"),
            ],
        );
        assert_columns(
            only(&read, "00000000000000b3/event/0"),
            &[
                ("kind", "event"),
                ("type", "EXCEPTION"),
                ("name", "exception"),
                ("time", "1760000002899999"),
                ("parent_id", "00000000000000b3"),
                ("trace_id", "7c3f0a91d2b84e65a1f09c4d5e6b7a80"),
                ("component", "survey-crew"),
                ("error_type", "TimeoutError"),
                ("error_message", "the tape did not answer"),
                ("status", "unset"),
            ],
        );
        assert_columns(
            only(&read, "00000000000000b2/event/0"),
            &[("type", "GEN_AI_FIRST_TOKEN"), ("name", "gen_ai.first_token")],
        );
    }

    #[test]
    fn old_files_and_ids_of_any_text() {
        let read = read_line(OLD);
        let root = only(&read, "root");
        assert_columns(root, &[("trace_id", "A"), ("agent", "pilot"), ("session_id", "night-2")]);
        assert_none(root, &["parent_id"]);
        assert_columns(
            only(&read, "B"),
            &[
                ("parent_id", "root"),
                ("type", "TOOL"),
                ("tool", "tide_table"),
                ("agent", "pilot"),
                ("component", "harbour-agent"),
                ("status", "error"),
                ("error_type", "KeyError"),
                ("error_message", "no tide for 31 February"),
            ],
        );
        let note = only(&read, "B/event/1");
        assert_columns(note, &[("type", "EVENT"), ("agent", "pilot")]);
        assert_none(note, &["name", "error_type"]);
        // It has not ended.
        let watch = only(&read, "r");
        assert_columns(
            watch,
            &[("trace_id", "C/1"), ("status", "running"), ("time", "1760000200000000")],
        );
        assert_none(watch, &["duration_ns"]);
    }

    #[test]
    fn times_are_exact_and_spans_without_one_are_rejected() {
        let line = r#"{"traceID":"A","spans":[
            {"spanID":"a","startTime":"1760000000000007","duration":1.5,"process":{"serviceName":"own"},"processID":"p1"},
            {"spanID":"b","startTime":0,"duration":-1,"processID":"p2","logs":[{"fields":[]},{"timestamp":5},7]},
            {"spanID":"c"},
            {"spanID":"d","startTime":"soon"},
            {"spanID":"e","startTime":1,"tags":[{"key":"output_tokens","type":"int64","value":"9223372036854775808"}]},
            17,
            {"startTime":9,"duration":"2","operationName":7}],
            "processes":{"p1":{"serviceName":"listed"}}}"#;
        let read = read_line(&line.replace('\n', ""));
        assert_columns(
            only(&read, "a"),
            &[("time", "1760000000000007"), ("duration_ns", "1500"), ("component", "own")],
        );
        let epoch = only(&read, "b");
        assert_columns(epoch, &[("time", "0"), ("status", "unset")]);
        assert_none(epoch, &["duration_ns", "component"]);
        assert_columns(only(&read, "b/event/1"), &[("time", "5")]);
        let bytes = r#"{"startTime":9,"duration":"2","operationName":7}"#;
        let nameless = only(&read, &crate::model::hash_id(bytes.as_bytes()));
        assert_columns(nameless, &[("duration_ns", "2000"), ("type", "SPAN")]);
        assert_none(nameless, &["name", "operation"]);
        let rejects: Vec<_> = read.rejects.iter().map(|(_, reject)| reject.clone()).collect();
        let messages: Vec<&str> = rejects.iter().map(|reject| reject.message.as_str()).collect();
        assert_eq!(
            messages[..4],
            [
                "spans[1].logs[0]: field `timestamp` is missing",
                "spans[1].logs[2]: an object is expected",
                "spans[2]: field `startTime` is missing",
                "spans[3]: `startTime` \"soon\" is no time between 1677 and 2262 (RFC 3339 or a number)",
            ]
        );
        let categories: Vec<_> = rejects[4..].iter().map(|reject| reject.category).collect();
        assert_eq!(categories, [Category::IntRange, Category::NotObject]);
    }

    /// A span that OpenTelemetry's own translation made of one of OTLP has the same columns.
    #[test]
    fn spans_are_read_as_those_of_otlp() {
        let otlp = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"crew"}}]},"scopeSpans":[{"spans":[{"traceId":"7c3f0a91d2b84e65a1f09c4d5e6b7a80","spanId":"00000000000000c2","parentSpanId":"00000000000000c1","name":"execute_tool dig","kind":3,"startTimeUnixNano":"1760000000000000000","endTimeUnixNano":"1760000000000123000","attributes":[{"key":"gen_ai.agent.name","value":{"stringValue":"mole"}},{"key":"output_tokens","value":{"intValue":"5"}},{"key":"tag.tags","value":{"arrayValue":{"values":[{"stringValue":"x"}]}}}],"events":[{"timeUnixNano":"1760000000000100000","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"Stone"}}]}],"status":{"code":2,"message":"hard"}}]}]}]}"#;
        let jaeger = r#"{"traceID":"7c3f0a91d2b84e65a1f09c4d5e6b7a80","spans":[{"traceID":"7c3f0a91d2b84e65a1f09c4d5e6b7a80","spanID":"00000000000000c2","operationName":"execute_tool dig","references":[{"refType":"CHILD_OF","traceID":"7c3f0a91d2b84e65a1f09c4d5e6b7a80","spanID":"00000000000000c1"}],"startTime":1760000000000000,"duration":123,"tags":[{"key":"gen_ai.agent.name","type":"string","value":"mole"},{"key":"output_tokens","type":"int64","value":5},{"key":"tag.tags","type":"string","value":"[\"x\"]"},{"key":"span.kind","type":"string","value":"client"},{"key":"otel.status_code","type":"string","value":"ERROR"},{"key":"error","type":"bool","value":true},{"key":"otel.status_description","type":"string","value":"hard"}],"logs":[{"timestamp":1760000000000100,"fields":[{"key":"event","type":"string","value":"exception"},{"key":"exception.type","type":"string","value":"Stone"}]}],"processID":"p1","warnings":null}],"processes":{"p1":{"serviceName":"crew","tags":[]}},"warnings":null}"#;
        let columns = |rows: Vec<super::super::super::collect::Row>| -> Vec<_> {
            let without = rows.into_iter().map(|mut row| {
                row.retain(|column, _| !matches!(*column, "data" | "extra"));
                row
            });
            without.collect()
        };
        let (otlp, jaeger) = (read(&Otlp, otlp), read_line(jaeger));
        assert_eq!(jaeger.rows.len(), 2);
        assert_eq!(columns(jaeger.rows), columns(otlp.rows));
    }
}
