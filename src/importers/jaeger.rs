//! Jaeger's JSON: what its HTTP API answers and its UI saves, an answer or a trace a line or a document.
//!
//! ```json
//! {"data":[{"traceID":"5b8e…","spans":[{"traceID":"5b8e…","spanID":"eee1…","operationName":"chat m",
//!   "references":[{"refType":"CHILD_OF","traceID":"5b8e…","spanID":"eee0…"}],"startTime":1760000000000000,
//!   "duration":1000000,"tags":[{"key":"span.kind","type":"string","value":"client"}],"processID":"p1"}],
//!   "processes":{"p1":{"serviceName":"crew","tags":[]}}}]}
//! ```
//!
//! A trace may stand without `data` around it. A span, and each of its logs, is a record whose `data` is
//! that object byte for byte; `extra` holds what stands around it. What the tags mean is left to `semconv`.

mod around;
mod spans;
mod tags;

use super::json::{Fields, Raw};
use super::parts::{Output, object};
use super::{Category, ImportOptions, Importer, Line, LineReader, Match, Reader, Reject, Sink};
use around::Around;

/// The format `jaeger`.
pub(super) struct Jaeger;

impl Importer for Jaeger {
    fn name(&self) -> &'static str {
        "jaeger"
    }

    fn summary(&self) -> &'static str {
        "Jaeger's JSON traces, of its UI or HTTP API, with the same names as OTLP"
    }

    fn fills(&self) -> &'static [&'static str] {
        &[
            "duration_ns",
            "name",
            "parent_id",
            "trace_id",
            "session_id",
            "agent",
            "peer",
            "component",
            "operation",
            "tool",
            "model",
            "error_type",
            "error_message",
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_write_tokens",
            "cost_microusd",
            "tags",
            "data",
            "extra",
        ]
    }

    fn accepts_document(&self) -> bool {
        true
    }

    fn sniff(&self, fields: &Fields<'_>) -> Match {
        let first = traces(fields).and_then(|traces| traces.elements().next());
        let is_trace = is_trace(|key| fields.get(key))
            || first.is_some_and(|trace| is_trace(|key| trace.get(key)));
        if is_trace { Match::Yes } else { Match::No }
    }

    fn reader<'o>(&self, options: &'o ImportOptions) -> Reader<'o> {
        Reader::Lines(Box::new(TraceReader { options, room: Room::default() }))
    }
}

/// Whether the object whose members `member` gives is a trace.
fn is_trace<'a>(member: impl Fn(&str) -> Option<Raw<'a>>) -> bool {
    member("spans").is_some_and(Raw::is_array)
        && (member("traceID").is_some() || member("processes").is_some_and(Raw::is_object))
}

/// The traces of an answer.
fn traces<'a>(fields: &Fields<'a>) -> Option<Raw<'a>> {
    fields.get("data").filter(|data| data.is_array())
}

/// Buffers that outlive a line.
#[derive(Debug, Default)]
struct Room {
    /// `extra` of the span at hand.
    extra: String,
    /// The id of the log at hand.
    id: String,
    record_type: String,
}

struct TraceReader<'o> {
    options: &'o ImportOptions,
    room: Room,
}

impl LineReader for TraceReader<'_> {
    fn read(
        &mut self,
        line: Line<'_>,
        fields: &Fields<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Reject> {
        let mut output = Output { sink, line, was_given: false };
        if fields.has("spans") {
            self.read_trace(fields, "", &Fields::default(), &mut output)?;
        } else if let Some(traces) = traces(fields) {
            for (i, trace) in traces.elements().enumerate() {
                let place = format!("data[{i}]");
                let read = object(trace, self.options).and_then(|trace| {
                    self.read_trace(&trace, &format!("{place}."), fields, &mut output)
                });
                if let Err(reject) = read {
                    output.reject(&place, reject);
                }
            }
        } else {
            return Err(Reject::new(
                Category::WrongFormat,
                "neither `data` nor `spans` holds a list",
            ));
        }
        if !output.was_given {
            output.sink.skip(line, "answer without spans");
        }
        Ok(())
    }
}

impl TraceReader<'_> {
    /// Reads the spans of one trace, which stands at `place` in `answer`.
    fn read_trace(
        &mut self,
        trace: &Fields<'_>,
        place: &str,
        answer: &Fields<'_>,
        output: &mut Output<'_>,
    ) -> Result<(), Reject> {
        let spans = trace.get("spans").ok_or_else(|| Reject::missing("spans"))?;
        if !spans.is_array() {
            return Err(Reject::new(Category::WrongFormat, "`spans` is no list"));
        }
        let around = Around::of(trace, spans, answer, self.options)?;
        for (i, span) in spans.elements().enumerate() {
            let place = format!("{place}spans[{i}]");
            if let Err(reject) = spans::read(span, &around, &place, &mut self.room, output) {
                output.reject(&place, reject);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::collect::{assert_leaves_kept, read, read_document, read_with};
    use super::super::json::fields as fields_of;
    use super::*;
    use proptest::prelude::*;

    const BRIDGE: &str = include_str!("../../fixtures/jaeger/bridge.json");
    const OLD: &str = include_str!("../../fixtures/jaeger/old.jsonl");

    fn sniff(text: &str) -> Match {
        Jaeger.sniff(&fields_of(text, &ImportOptions::default()).unwrap())
    }

    #[test]
    fn traces_are_known_by_their_spans() {
        for text in OLD.lines().chain([BRIDGE]) {
            assert_eq!(sniff(text), Match::Yes);
        }
        assert_eq!(sniff(r#"{"spans":[],"processes":{}}"#), Match::Yes);
        for other in [
            r#"{"data":[]}"#,
            r#"{"data":[{"traceID":"A"}]}"#,
            r#"{"traceID":"A","spans":{}}"#,
            r#"{"traceId":"A","spans":[]}"#,
        ] {
            assert_eq!(sniff(other), Match::No, "{other}");
        }
    }

    #[test]
    fn no_leaf_is_lost() {
        let bridge = read_document(&Jaeger, BRIDGE);
        assert!(bridge.rejects.is_empty() && bridge.skips.is_empty());
        assert_eq!(
            (bridge.having("kind", "span").len(), bridge.having("kind", "event").len()),
            (4, 2)
        );
        assert_leaves_kept(BRIDGE, &bridge.rows);
        for line in OLD.lines() {
            let old = read(&Jaeger, line);
            assert!(old.rejects.is_empty() && old.skips.is_empty());
            assert_leaves_kept(line, &old.rows);
        }
    }

    #[test]
    fn what_stands_around_a_span_is_kept() {
        let line = concat!(
            r#"{"data":[{"traceID":"A","spans":[{"spanID":"B","startTime":7,"processID":"p1","#,
            r#""tags":[{"key":"span.kind","value":"server"}]},{"spanID":"C","startTime":8}],"#,
            r#""processes":{"p1":{"serviceName":"s"},"p2":{"serviceName":"t"}},"warnings":["w"]}],"#,
            r#""total":1,"errors":null}"#
        );
        let read = read(&Jaeger, line);
        let rest = r#""processes":{"p2":{"serviceName":"t"}},"trace":{"warnings":["w"]},"answer":{"total":1}}"#;
        let first = format!(r#"{{"kind":"server","process":{{"serviceName":"s"}},{rest}"#);
        assert_eq!(read.rows[0]["extra"], first);
        assert_eq!(read.rows[1]["extra"], format!("{{{rest}"));
        assert_leaves_kept(line, &read.rows);
    }

    #[test]
    fn a_trace_of_another_name_than_its_spans_keeps_it() {
        let line = r#"{"traceID":"A","spans":[{"traceID":"B","spanID":"C","startTime":7}]}"#;
        let read = read(&Jaeger, line);
        assert_eq!(
            (&*read.rows[0]["trace_id"], &*read.rows[0]["extra"]),
            ("B", r#"{"trace":{"traceID":"A"}}"#)
        );
    }

    #[test]
    fn lines_of_another_shape_are_rejected() {
        let rejects = |text: &str| -> Vec<(Category, String)> {
            let rejects = read(&Jaeger, text).rejects.into_iter();
            rejects.map(|(_, reject)| (reject.category, reject.message)).collect()
        };
        for line in [r#"{"a":1}"#, r#"{"data":{}}"#, r#"{"data":null,"errors":[{"code":404}]}"#] {
            let message = "neither `data` nor `spans` holds a list".to_owned();
            assert_eq!(rejects(line), [(Category::WrongFormat, message)]);
        }
        assert_eq!(
            rejects(r#"{"data":[7,{"traceID":"A"},{"spans":"x"},{"spans":[],"processes":{"p1":{},"p1":{}}}]}"#),
            [
                (Category::NotObject, "data[0]: an object is expected".to_owned()),
                (Category::MissingField, "data[1]: field `spans` is missing".to_owned()),
                (Category::WrongFormat, "data[2]: `spans` is no list".to_owned()),
                (Category::DuplicateKey, "data[3]: key `p1` stands twice in one object; `--duplicate-keys last` takes the last".to_owned()),
            ]
        );
        let process = r#"{"spans":[{"startTime":1,"processID":"p"}],"processes":{"p":{"tags":[{"key":"a","key":"b"}]}}}"#;
        assert_eq!(
            rejects(process),
            [(
                Category::DuplicateKey,
                "processes.p: `key` stands twice in one attribute".to_owned()
            )]
        );
    }

    #[test]
    fn answers_without_spans_are_skipped() {
        for line in [r#"{"data":[]}"#, r#"{"data":[{"traceID":"A","spans":[]}]}"#] {
            let read = read(&Jaeger, line);
            assert_eq!(read.skips, [(1, "answer without spans")]);
            assert!(read.rows.is_empty() && read.rejects.is_empty());
        }
    }

    #[test]
    fn the_last_key_wins_when_asked() {
        let line = r#"{"traceID":"A","spans":[{"spanID":"B","startTime":1,"startTime":2}]}"#;
        let options = ImportOptions { last_key_wins: true, ..ImportOptions::default() };
        assert_eq!(read_with(&Jaeger, line, &options).rows[0]["time"], "2");
        assert_eq!(read(&Jaeger, line).rejects[0].1.category, Category::DuplicateKey);
    }

    proptest! {
        /// Whatever stands in a line: it is stored without a loss, rejected or skipped.
        #[test]
        fn damaged_traces_are_accounted_for(
            line in any::<prop::sample::Index>(),
            at in any::<prop::sample::Index>(),
            byte in prop::sample::select(b"\"{}[]:,0-9aeX null".to_vec()),
        ) {
            let lines: Vec<_> = OLD.lines().collect();
            let mut bytes = line.get(&lines).as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let text = String::from_utf8(bytes).unwrap();
            let read = read(&Jaeger, &text);
            prop_assert!(!read.rows.is_empty() || !read.rejects.is_empty() || !read.skips.is_empty());
            prop_assert!(read.rows.iter().all(|row| !row["id"].is_empty()));
            if read.rejects.is_empty() && read.skips.is_empty() {
                assert_leaves_kept(&text, &read.rows);
            }
        }
    }
}
