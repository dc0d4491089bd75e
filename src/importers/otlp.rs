//! OTLP-JSON: what OpenTelemetry exporters and collectors write, one request a line or a document.
//!
//! ```json
//! {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"crew"}}]},
//!   "scopeSpans":[{"scope":{"name":"agents"},"spans":[{"traceId":"5b8e…","spanId":"eee1…","name":"chat m",
//!     "startTimeUnixNano":"1760000000000000000","endTimeUnixNano":"1760000001000000000"}]}]}]}
//! ```
//!
//! `resourceLogs` and `resourceMetrics` stand beside `resourceSpans` or in lines of their own. A
//! span, log record or data point is a record whose `data` is that object byte for byte; `extra` holds what stands around it. What the attributes mean is left to `semconv`.

mod attributes;
mod extra;
mod logs;
mod metrics;
mod spans;
mod wire;

use super::json::{Fields, Raw};
use super::parts::{Output, object};
use super::semconv::Columns;
use super::{
    Category, ImportOptions, Importer, Line, LineReader, Match, Reader, Reject, Sink, time,
};
use crate::model::{Kind, Record, hash_id};
use std::fmt;

/// The format `otlp`.
pub(super) struct Otlp;

impl Importer for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn summary(&self) -> &'static str {
        "OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names"
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
            "severity",
            "error_type",
            "error_message",
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_write_tokens",
            "cost_microusd",
            "value",
            "unit",
            "metric_type",
            "tags",
            "labels",
            "data",
            "extra",
        ]
    }

    fn accepts_document(&self) -> bool {
        true
    }

    fn sniff(&self, fields: &Fields<'_>) -> Match {
        if holds_request(fields) { Match::Yes } else { Match::No }
    }

    fn reader<'o>(&self, options: &'o ImportOptions) -> Reader<'o> {
        Reader::Lines(Box::new(RequestReader { options, room: Room::default() }))
    }
}

fn holds_request(fields: &Fields<'_>) -> bool {
    SIGNALS.iter().any(|signal| fields.get(signal.resources).is_some_and(Raw::is_array))
}

/// Reads one item and gives its records; an error means that it gave none.
type ReadItem = fn(Raw<'_>, &Scope<'_>, &mut Room, &mut Output<'_>) -> Result<(), Reject>;

/// The names along the way to one kind of item, the current ones before those of old exporters.
struct Signal {
    resources: &'static str,
    scopes: &'static [&'static str],
    items: &'static [&'static str],
    read: ReadItem,
}

static SIGNALS: [Signal; 3] = [
    Signal {
        resources: "resourceSpans",
        scopes: &["scopeSpans", "instrumentationLibrarySpans"],
        items: &["spans"],
        read: spans::read,
    },
    Signal {
        resources: "resourceLogs",
        scopes: &["scopeLogs", "instrumentationLibraryLogs"],
        items: &["logRecords", "logs"],
        read: logs::read,
    },
    Signal {
        resources: "resourceMetrics",
        scopes: &["scopeMetrics", "instrumentationLibraryMetrics"],
        items: &["metrics"],
        read: metrics::read,
    },
];

/// Buffers that outlive a line.
#[derive(Debug, Default)]
struct Room {
    /// `extra` of the scope at hand.
    extra: String,
    /// `extra` of the metric at hand.
    metric_extra: String,
    /// The id or the bytes of an id at hand.
    id: String,
    labels: String,
    record_type: String,
}

/// Where an item stands in its request.
#[derive(Clone, Copy)]
struct Place {
    resources: &'static str,
    resource: usize,
    scopes: &'static str,
    scope: usize,
    items: &'static str,
    item: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resources, resource, scopes, scope, items, item } = self;
        write!(f, "{resources}[{resource}].{scopes}[{scope}].{items}[{item}]")
    }
}

/// One element of `resourceSpans` or its like.
struct Resource<'a> {
    signal: &'static Signal,
    at: usize,
    request: &'a Fields<'a>,
    fields: Fields<'a>,
    columns: Columns<'a>,
}

/// What the items of one scope share.
struct Scope<'a> {
    options: &'a ImportOptions,
    place: Place,
    columns: &'a Columns<'a>,
    /// The resource's text, or nothing.
    resource: &'a str,
    extra: Option<&'a str>,
    offset: u64,
}

impl Scope<'_> {
    /// A record with what the resource and the scope say.
    fn record<'r>(&'r self, kind: Kind, nanos: i64, data: Raw<'r>) -> Record<'r> {
        Record {
            kind,
            time_us: time::micros(nanos),
            agent: self.columns.agent(),
            session_id: self.columns.session_id(),
            component: self.columns.component(),
            data: Some(data.text()),
            extra: self.extra,
            source_offset: self.offset,
            ..Record::default()
        }
    }

    fn fields<'t>(&self, item: Raw<'t>) -> Result<Fields<'t>, Reject> {
        object(item, self.options)
    }

    /// The id of an item that brings none, told apart from its like of another resource.
    fn hash(&self, name: &str, item: Raw<'_>, bytes: &mut String) -> String {
        bytes.clear();
        for part in [self.resource, "\n", name, "\n", item.text()] {
            bytes.push_str(part);
        }
        hash_id(bytes.as_bytes())
    }
}

struct RequestReader<'o> {
    options: &'o ImportOptions,
    room: Room,
}

impl LineReader for RequestReader<'_> {
    fn read(
        &mut self,
        line: Line<'_>,
        request: &Fields<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Reject> {
        if !holds_request(request) {
            return Err(Reject::new(
                Category::WrongFormat,
                "none of `resourceSpans`, `resourceLogs`, `resourceMetrics` holds a list",
            ));
        }
        let mut resource_reader = ResourceReader { options: self.options, room: &mut self.room };
        let mut output = Output { sink, line, was_given: false };
        for signal in &SIGNALS {
            let resources = request.get(signal.resources).into_iter().flat_map(Raw::elements);
            for (i, resource) in resources.enumerate() {
                let read = resource_reader.read(resource, (signal, i), request, &mut output);
                if let Err(reject) = read {
                    output.reject(&format_args!("{}[{i}]", signal.resources), reject);
                }
            }
        }
        if !output.was_given {
            output.sink.skip(line, "request without records");
        }
        Ok(())
    }
}

/// Reads the resources of one request.
struct ResourceReader<'r> {
    options: &'r ImportOptions,
    room: &'r mut Room,
}

impl ResourceReader<'_> {
    fn read(
        &mut self,
        raw: Raw<'_>,
        (signal, at): (&'static Signal, usize),
        request: &Fields<'_>,
        output: &mut Output<'_>,
    ) -> Result<(), Reject> {
        let fields = object(raw, self.options)?;
        let list = fields.get("resource").and_then(|resource| resource.get("attributes"));
        let columns = attributes::columns(list, self.options)?;
        let scopes = lists(&fields, signal.scopes)?;
        let resource = Resource { signal, at, request, fields, columns };
        for (key, list) in scopes {
            for (i, scope) in list.elements().enumerate() {
                if let Err(reject) = self.read_scope(scope, (key, i), &resource, output) {
                    output.reject(&format_args!("{}[{at}].{key}[{i}]", signal.resources), reject);
                }
            }
        }
        Ok(())
    }

    fn read_scope(
        &mut self,
        raw: Raw<'_>,
        (scopes, scope): (&'static str, usize),
        resource: &Resource<'_>,
        output: &mut Output<'_>,
    ) -> Result<(), Reject> {
        let fields = object(raw, self.options)?;
        let lists = lists(&fields, resource.signal.items)?;
        let mut extra = std::mem::take(&mut self.room.extra);
        extra.clear();
        extra::push_scope(resource, scopes, &fields, &mut extra);
        for (items, list) in lists {
            for (item, raw) in list.elements().enumerate() {
                let Resource { signal: Signal { resources, read, .. }, at, .. } = *resource;
                let place = Place { resources, resource: at, scopes, scope, items, item };
                let scope = Scope {
                    options: self.options,
                    place,
                    columns: &resource.columns,
                    resource: resource.fields.get("resource").map_or("", Raw::text),
                    extra: Some(extra.as_str()).filter(|extra| !extra.is_empty()),
                    offset: output.line.offset,
                };
                if let Err(reject) = read(raw, &scope, self.room, output) {
                    output.reject(&place, reject);
                }
            }
        }
        self.room.extra = extra;
        Ok(())
    }
}

/// The lists among the members called `keys`.
///
/// A wrapper that holds something, but no list, would be lost without a word.
fn lists<'a>(
    fields: &Fields<'a>,
    keys: &'static [&'static str],
) -> Result<Vec<(&'static str, Raw<'a>)>, Reject> {
    let mut lists = Vec::with_capacity(keys.len());
    for key in keys {
        match fields.get(key) {
            Some(list) if list.is_array() => lists.push((*key, list)),
            Some(_) => {
                let message = format!("`{key}` is no list");
                return Err(Reject::new(Category::WrongFormat, message));
            }
            None => {}
        }
    }
    match keys.first() {
        Some(key) if lists.is_empty() && fields.members().any(|(_, value)| !value.is_null()) => {
            Err(Reject::missing(key))
        }
        _ => Ok(lists),
    }
}

#[cfg(test)]
mod tests {
    use super::super::collect::{Row, assert_leaves_kept, read, read_document, read_with};
    use super::super::json::fields as fields_of;
    use super::*;
    use proptest::prelude::*;

    const MIXED: &str = include_str!("../../fixtures/otlp/mixed.jsonl");
    const TRACES: &str = include_str!("../../fixtures/otlp/traces.jsonl");
    const DOCUMENT: &str = include_str!("../../fixtures/otlp/document.json");

    fn sniff(text: &str) -> Match {
        Otlp.sniff(&fields_of(text, &ImportOptions::default()).unwrap())
    }

    #[test]
    fn requests_are_known_by_their_lists() {
        for line in MIXED.lines() {
            assert_eq!(sniff(line), Match::Yes);
        }
        assert_eq!(sniff(DOCUMENT), Match::Yes);
        assert_eq!(sniff(r#"{"resourceSpans":{}}"#), Match::No);
        assert_eq!(sniff(r#"{"data":[],"resourceSpans":null}"#), Match::No);
    }

    #[test]
    fn signals_mix_in_one_file_and_in_one_line() {
        let mixed = read(&Otlp, MIXED);
        assert!(mixed.rejects.is_empty() && mixed.skips.is_empty());
        let count = |kind| mixed.having("kind", kind).len();
        assert_eq!((count("span"), count("log"), count("metric")), (1, 5, 7));
        for line in MIXED.lines() {
            assert_leaves_kept(line, &read(&Otlp, line).rows);
        }
        let both = read(&Otlp, MIXED.lines().last().unwrap());
        assert_eq!(both.rows[1]["name"], "open.requests");
        assert_eq!(both.rows[1]["metric_type"], "gauge");
        assert_eq!(both.rows[0]["severity"], "debug");
    }

    #[test]
    fn what_stands_around_an_item_is_kept() {
        let line = concat!(
            r#"{"comment":"sent by hand","resourceSpans":[{"schemaUrl":"one","deprecated":{"x":1},"#,
            r#""resource":{"attributes":[]},"scopeSpans":[{"schemaUrl":"two","spans":"#,
            r#"[{"startTimeUnixNano":"7000"}]}]}]}"#
        );
        let read = read(&Otlp, line);
        assert_eq!(
            read.rows[0]["extra"],
            concat!(
                r#"{"resource":{"attributes":[]},"request":{"comment":"sent by hand"},"#,
                r#""resourceSpans":{"schemaUrl":"one","deprecated":{"x":1}},"#,
                r#""scopeSpans":{"schemaUrl":"two"}}"#
            )
        );
        assert_leaves_kept(line, &read.rows);
    }

    #[test]
    fn lines_of_another_shape_are_rejected() {
        for line in [r#"{"a":1}"#, r#"{"resourceSpans":"none"}"#] {
            let read = read(&Otlp, line);
            assert_eq!(read.rejects[0].1.category, Category::WrongFormat);
        }
        let text = r#"{"resourceSpans":[7,{"scopeSpans":[[]]},{"scopeSpans":"x"},
            {},{"scope_spans":[]},{"scopeSpans":[{"scope":{"name":"s"}}]}]}"#;
        let read = read_document(&Otlp, text);
        let messages: Vec<_> =
            read.rejects.iter().map(|(_, reject)| reject.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "resourceSpans[0]: an object is expected",
                "resourceSpans[1].scopeSpans[0]: an object is expected",
                "resourceSpans[2]: `scopeSpans` is no list",
                "resourceSpans[4]: field `scopeSpans` is missing",
                "resourceSpans[5].scopeSpans[0]: field `spans` is missing"
            ]
        );
    }

    #[test]
    fn requests_without_records_are_skipped() {
        let read = read(&Otlp, r#"{"resourceLogs":[],"resourceMetrics":[{"scopeMetrics":[]}]}"#);
        assert_eq!(read.skips, [(1, "request without records")]);
        assert!(read.rows.is_empty() && read.rejects.is_empty());
    }

    #[test]
    fn the_last_key_wins_when_asked() {
        let line = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"1000","startTimeUnixNano":"2000"}]}]}]}"#;
        let options = ImportOptions { last_key_wins: true, ..ImportOptions::default() };
        assert_eq!(read_with(&Otlp, line, &options).rows[0]["time"], "2");
        assert_eq!(read(&Otlp, line).rejects[0].1.category, Category::DuplicateKey);
    }

    #[test]
    fn a_document_and_its_line_give_the_same_columns() {
        let line = DOCUMENT.lines().map(str::trim).collect::<String>();
        let (document, line) = (read_document(&Otlp, DOCUMENT), read(&Otlp, &line));
        for (one, two) in document.rows.iter().zip(&line.rows) {
            let columns = |row: &Row| {
                let mut row = row.clone();
                row.retain(|column, _| !matches!(*column, "data" | "extra"));
                row
            };
            assert_eq!(columns(one), columns(two));
        }
        assert_eq!(document.rows.len(), line.rows.len());
    }

    #[test]
    fn the_columns_filled_are_columns() {
        let names: Vec<_> =
            crate::model::schema::RECORDS.iter().map(|column| column.name).collect();
        let places: Vec<_> = Otlp
            .fills()
            .iter()
            .map(|name| names.iter().position(|known| known == name).unwrap())
            .collect();
        assert!(places.is_sorted());
    }

    proptest! {
        /// Whatever stands in a line: it is stored without a loss, rejected or skipped.
        #[test]
        fn damaged_requests_are_accounted_for(
            line in any::<prop::sample::Index>(),
            at in any::<prop::sample::Index>(),
            byte in prop::sample::select(b"\"{}[]:,0-9aeX null".to_vec()),
        ) {
            let lines: Vec<_> = MIXED.lines().chain(TRACES.lines()).collect();
            let mut bytes = line.get(&lines).as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let text = String::from_utf8(bytes).unwrap();
            let read = read(&Otlp, &text);
            prop_assert!(!read.rows.is_empty() || !read.rejects.is_empty() || !read.skips.is_empty());
            prop_assert!(read.rows.iter().all(|row| !row["id"].is_empty()));
            if read.rejects.is_empty() && read.skips.is_empty() {
                assert_leaves_kept(&text, &read.rows);
            }
        }
    }
}
