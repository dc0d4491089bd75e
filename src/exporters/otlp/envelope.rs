//! What stands around the items of requests, and the requests that are being filled.
//!
//! Items of one resource and scope go into one request, until so much is held back that all are
//! written.

use super::super::ExportError;
use super::super::columns::Row;
use super::super::json::Json;
use crate::importers::json::{Raw, Tape};
use std::collections::HashMap;
use std::io::Write;

/// When so many bytes are held back, they are written.
const MOST_HELD: usize = 4 << 20;

/// The kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Spans,
    Logs,
    Metrics,
}

impl Signal {
    const fn names(self) -> [&'static str; 3] {
        match self {
            Self::Spans => ["resourceSpans", "scopeSpans", "spans"],
            Self::Logs => ["resourceLogs", "scopeLogs", "logRecords"],
            Self::Metrics => ["resourceMetrics", "scopeMetrics", "metrics"],
        }
    }
}

/// What the importer of OTLP calls the wrappers of old exporters.
fn old_name(scopes: &str) -> &'static str {
    match scopes {
        "scopeSpans" => "instrumentationLibrarySpans",
        "scopeLogs" => "instrumentationLibraryLogs",
        _ => "instrumentationLibraryMetrics",
    }
}

/// The shapes of metrics.
const SHAPES: [&str; 5] = ["sum", "gauge", "histogram", "exponentialHistogram", "summary"];

fn push_members(json: &mut Json, object: Option<Raw<'_>>) {
    for (key, value) in object.into_iter().flat_map(Raw::members) {
        json.key(key).raw(value.text());
    }
}

/// A request up to its first item.
fn opening(signal: Signal, extra: Raw<'_>) -> String {
    let [resources, scopes, items] = signal.names();
    let mut json = Json::default();
    json.open('{');
    push_members(&mut json, extra.get("request"));
    json.key(resources).open('[').open('{');
    if let Some(resource) = extra.get("resource") {
        json.key("resource").raw(resource.text());
    }
    push_members(&mut json, extra.get(resources));
    json.key(scopes).open('[').open('{');
    if let Some(scope) = extra.get("scope") {
        json.key("scope").raw(scope.text());
    }
    push_members(&mut json, extra.get(scopes).or(extra.get(old_name(scopes))));
    json.key(items).open('[');
    json.text().to_owned()
}

/// A metric up to its first data point: `{"name":"…","sum":{"dataPoints":[`.
pub(super) fn metric_header(row: Row<'_>, extra: &str, point: &str) -> String {
    let (mut extra_tape, mut point_tape) = (Tape::new(), Tape::new());
    let extra = extra_tape.value(extra).unwrap_or_default();
    let point = point_tape.value(point).unwrap_or_default();
    let stated = SHAPES.into_iter().find(|shape| extra.get(shape).is_some_and(Raw::is_object));
    let has = |key: &str| point.get(key).is_some();
    let shape = stated.unwrap_or(match row.text("metric_type") {
        Some("counter") => "sum",
        Some("histogram") if has("quantileValues") => "summary",
        Some("histogram") if has("scale") || has("positive") => "exponentialHistogram",
        Some("histogram") => "histogram",
        _ => "gauge",
    });
    let mut json = Json::default();
    json.open('{').optional("name", row.text("name")).optional("unit", row.text("unit"));
    push_members(&mut json, extra.get("metric"));
    json.key(shape).open('{');
    push_members(&mut json, extra.get(shape));
    json.key("dataPoints").open('[');
    json.text().to_owned()
}

/// One request that is being filled.
struct Request {
    opening: String,
    /// Spans or log records.
    items: Vec<String>,
    /// Metrics: each up to its first point, and the points.
    metrics: Vec<(String, Vec<String>)>,
    places: HashMap<String, usize>,
}

/// Requests on their way out.
pub(super) struct Requests {
    out: Box<dyn Write>,
    filling: Vec<Request>,
    places: HashMap<String, usize>,
    /// Bytes of the items that are held back.
    held: usize,
}

impl Requests {
    pub(super) fn new(out: Box<dyn Write>) -> Self {
        Self { out, filling: Vec::new(), places: HashMap::new(), held: 0 }
    }

    /// Adds an item, around which stands what `extra` says.
    pub(super) fn add(
        &mut self,
        signal: Signal,
        extra: &str,
        item: &str,
    ) -> Result<(), ExportError> {
        let mut tape = Tape::new();
        let opening = opening(signal, tape.value(extra).unwrap_or_default());
        self.request(opening).items.push(item.to_owned());
        self.hold(item.len())
    }

    /// Adds a data point of the metric that begins with `header`.
    pub(super) fn add_point(
        &mut self,
        extra: &str,
        header: &str,
        point: &str,
    ) -> Result<(), ExportError> {
        let mut tape = Tape::new();
        let opening = opening(Signal::Metrics, tape.value(extra).unwrap_or_default());
        let request = self.request(opening);
        let place = *request.places.entry(header.to_owned()).or_insert_with(|| {
            request.metrics.push((header.to_owned(), Vec::new()));
            request.metrics.len() - 1
        });
        if let Some((_, points)) = request.metrics.get_mut(place) {
            points.push(point.to_owned());
        }
        self.hold(point.len())
    }

    /// Adds an item that was made of a record of another format.
    pub(super) fn add_made(
        &mut self,
        signal: Signal,
        row: Row<'_>,
        item: &str,
    ) -> Result<(), ExportError> {
        self.add(signal, &made_extra(row), item)
    }

    /// Adds a data point that was made of a record of another format.
    pub(super) fn add_made_point(
        &mut self,
        row: Row<'_>,
        header: &str,
        point: &str,
    ) -> Result<(), ExportError> {
        self.add_point(&made_extra(row), header, point)
    }

    fn request(&mut self, opening: String) -> &mut Request {
        let place = *self.places.entry(opening.clone()).or_insert_with(|| {
            let (items, metrics, places) = (Vec::new(), Vec::new(), HashMap::new());
            self.filling.push(Request { opening, items, metrics, places });
            self.filling.len() - 1
        });
        &mut self.filling[place]
    }

    fn hold(&mut self, bytes: usize) -> Result<(), ExportError> {
        self.held += bytes;
        if self.held > MOST_HELD { self.write_all() } else { Ok(()) }
    }

    fn write_all(&mut self) -> Result<(), ExportError> {
        for request in self.filling.drain(..) {
            let mut items = request.items;
            let metrics = request.metrics.into_iter();
            items.extend(
                metrics.map(|(header, points)| format!("{header}{}]}}}}", points.join(","))),
            );
            writeln!(self.out, "{}{}]}}]}}]}}", request.opening, items.join(","))?;
        }
        self.places.clear();
        self.held = 0;
        Ok(())
    }

    /// Writes what is held back.
    pub(super) fn finish(&mut self) -> Result<(), ExportError> {
        self.write_all()?;
        Ok(self.out.flush()?)
    }
}

/// The resource and scope of a record that came in no request: its component is the service.
fn made_extra(row: Row<'_>) -> String {
    let mut json = Json::default();
    json.open('{').key("resource").open('{').key("attributes").open('[');
    if let Some(component) = row.text("component") {
        json.open('{').member("key", "service.name").key("value").open('{');
        json.member("stringValue", component).close('}').close('}');
    }
    json.close(']').close('}').key("scope").open('{').member("name", "tracekit");
    json.close('}').close('}');
    json.text().to_owned()
}
