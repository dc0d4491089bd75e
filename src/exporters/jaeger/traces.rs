//! Traces that are being collected: their spans, processes, and what else stands around these.
//!
//! What the importer of Jaeger keeps in `extra` is put back where it was.

use super::super::ExportError;
use super::super::json::Json;
use crate::importers::json::Raw;
use std::collections::BTreeMap;
use std::io::Write;

/// Members by name, as JSON texts; where two say different things, the first one counts.
type Members = BTreeMap<String, String>;

fn keep_members(kept: &mut Members, object: Option<Raw<'_>>) {
    for (key, value) in object.into_iter().flat_map(Raw::members) {
        if !kept.contains_key(key) {
            kept.insert(key.to_owned(), value.text().to_owned());
        }
    }
}

/// One trace.
#[derive(Default)]
pub(super) struct Trace {
    spans: Vec<String>,
    /// Processes by id; nothing for an id that a span names and that has none.
    processes: BTreeMap<String, Option<String>>,
    /// Processes of no span.
    idle: Members,
    rest: Members,
}

impl Trace {
    /// Takes a span.
    pub(super) fn add(&mut self, span: String) {
        self.spans.push(span);
    }

    /// The id of a process: the wanted one where no other process has it.
    pub(super) fn process(&mut self, wanted: Option<&str>, text: Option<&str>) -> String {
        if let Some(id) = wanted {
            let known = self.processes.get(id);
            if known.is_none_or(|known| known.as_deref() == text) {
                self.processes.insert(id.to_owned(), text.map(str::to_owned));
                return id.to_owned();
            }
        }
        let same = self.processes.iter().find(|(_, known)| known.as_deref() == text);
        if let Some((id, _)) = same.filter(|_| text.is_some()) {
            return id.clone();
        }
        let ids = (self.processes.len() + 1..).map(|number| format!("p{number}"));
        let free = ids.into_iter().find(|id| !self.processes.contains_key(id)).unwrap_or_default();
        self.processes.insert(free.clone(), text.map(str::to_owned));
        free
    }

    /// The trace as JSON.
    fn text(mut self, trace_id: &str) -> String {
        for (id, text) in std::mem::take(&mut self.idle) {
            self.process(Some(&id), Some(&text));
        }
        let mut json = Json::default();
        json.open('{').member("traceID", trace_id).key("spans").open('[');
        for span in &self.spans {
            json.raw(span);
        }
        json.close(']').key("processes").open('{');
        for (id, text) in &self.processes {
            if let Some(text) = text {
                json.key(id).raw(text);
            }
        }
        json.close('}');
        self.rest.entry("warnings".to_owned()).or_insert_with(|| "null".to_owned());
        push_members(&mut json, &self.rest);
        json.close('}');
        json.text().to_owned()
    }
}

fn push_members(json: &mut Json, members: &Members) {
    for (key, value) in members {
        json.key(key).raw(value);
    }
}

/// All traces, by id.
#[derive(Default)]
pub(super) struct Traces {
    traces: BTreeMap<String, Trace>,
    answer: Members,
}

impl Traces {
    /// The trace of this id.
    pub(super) fn of(&mut self, id: &str) -> &mut Trace {
        self.traces.entry(id.to_owned()).or_default()
    }

    /// Takes a span that was Jaeger's, and what stood around it; `trace_id` is of one that names no trace.
    pub(super) fn keep(&mut self, span: Raw<'_>, extra: Raw<'_>, trace_id: Option<&str>) {
        keep_members(&mut self.answer, extra.get("answer"));
        let around = extra.get("trace");
        let named = around.and_then(|around| around.get("traceID")).or(span.get("traceID"));
        let named = named.and_then(Raw::as_str);
        let trace = self.of(named.as_deref().or(trace_id).unwrap_or_default());
        keep_members(&mut trace.rest, around);
        trace.rest.remove("traceID");
        keep_members(&mut trace.idle, extra.get("processes"));
        let process = extra.get("process").map(Raw::text);
        let id = span.get("processID").and_then(Raw::as_str);
        let id = id.map(|id| trace.process(Some(&id), process));
        trace.add(kept_span(span, id.as_deref()));
    }

    /// Writes all of them.
    ///
    /// # Errors
    /// What the output says.
    pub(super) fn write(mut self, out: &mut dyn Write) -> Result<(), ExportError> {
        out.write_all(b"{\"data\":[")?;
        for (place, (trace_id, trace)) in std::mem::take(&mut self.traces).into_iter().enumerate() {
            let separator = if place == 0 { "\n" } else { ",\n" };
            write!(out, "{separator}{}", trace.text(&trace_id))?;
        }
        out.write_all(b"\n]")?;
        let mut json = Json::default();
        json.open('{');
        for (key, value) in [("total", "0"), ("limit", "0"), ("offset", "0"), ("errors", "null")] {
            json.key(key).raw(self.answer.remove(key).as_deref().unwrap_or(value));
        }
        push_members(&mut json, &self.answer);
        json.close('}');
        Ok(writeln!(out, ",{}", json.text().trim_start_matches('{'))?)
    }
}

/// A span as it was, but for the id of its process.
fn kept_span(span: Raw<'_>, process: Option<&str>) -> String {
    let mut json = Json::default();
    json.open('{');
    for (key, value) in span.members() {
        match process {
            Some(id) if key == "processID" => json.member(key, id),
            _ => json.key(key).raw(value.text()),
        };
    }
    json.close('}');
    json.text().to_owned()
}
