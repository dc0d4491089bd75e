//! What stands around the spans of a trace: their processes, the rest of the trace, and the answer.
//!
//! It is the column `extra`, in which `kind` says the tag `span.kind` once more, because SQL finds nothing
//! in lists: `{"kind":"client","process":{"serviceName":"crew"},"processes":{…},"trace":{…},"answer":{…}}`.
//! Members that are all there were, such as those of `trace`, are left out; `processes` are those of no span.

use super::super::json::{Fields, Raw, push_string};
use super::super::parts::{close_from, object, push_member, push_rest};
use super::super::semconv::{self, AttributeValue, Columns};
use super::super::{ImportOptions, Reject};
use super::tags::Tags;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// One process: what its tags say as columns, and its text.
#[derive(Default)]
pub(super) struct Process<'a> {
    pub(super) columns: Columns<'a>,
    text: Option<Raw<'a>>,
}

impl<'a> Process<'a> {
    /// Reads a process; its service is the component.
    ///
    /// # Errors
    /// Those of its tags; `not_object`.
    pub(super) fn of(process: Raw<'a>, options: &ImportOptions) -> Result<Self, Reject> {
        let fields = object(process, options)?;
        let mut columns = Tags::of(fields.get("tags"), options)?.columns;
        if let Some((service, name)) = fields.text("serviceName").zip(semconv::find("service.name"))
        {
            columns.take(name, AttributeValue::Text(service))?;
        }
        Ok(Self { columns, text: Some(process) })
    }
}

/// What the spans of one trace share.
pub(super) struct Around<'a> {
    pub(super) options: &'a ImportOptions,
    pub(super) trace_id: Option<Cow<'a, str>>,
    processes: HashMap<&'a str, Process<'a>>,
    /// The members of `extra` behind the process, without brackets.
    rest: String,
}

impl<'a> Around<'a> {
    /// Reads what stands around `spans`, which are those of `trace`.
    ///
    /// # Errors
    /// Those of processes, said of the process.
    pub(super) fn of(
        trace: &Fields<'a>,
        spans: Raw<'a>,
        answer: &Fields<'_>,
        options: &'a ImportOptions,
    ) -> Result<Self, Reject> {
        let trace_id = trace.text("traceID");
        let (mut used, mut is_of_all) = (HashSet::new(), true);
        for span in spans.elements() {
            used.extend(span.get("processID").and_then(Raw::as_str));
            let own = span.get("traceID").and_then(Raw::as_text);
            is_of_all &= own.is_none() || own == trace_id;
        }
        let listed = trace.get("processes").filter(|list| list.is_object());
        let listed = listed.map(|list| object(list, options)).transpose()?.unwrap_or_default();
        let mut processes = HashMap::new();
        let mut rest = String::new();
        for (id, process) in listed.members() {
            if used.contains(id) && process.is_object() {
                let read = Process::of(process, options);
                let read = read.map_err(|reject| reject.within(&format!("processes.{id}")))?;
                processes.insert(id, read);
            }
        }
        push_rest("processes", &listed, |id, _| processes.contains_key(id), &mut rest);
        let is_known = |key: &str, value: Raw<'_>| match key {
            "spans" => true,
            "traceID" => is_of_all && value.as_text().is_some(),
            "processes" => value.is_object(),
            _ => false,
        };
        push_rest("trace", trace, is_known, &mut rest);
        push_rest("answer", answer, |key, _| key == "data", &mut rest);
        let rest = rest.strip_prefix('{').unwrap_or(&rest).to_owned();
        Ok(Self { options, trace_id, processes, rest })
    }

    /// The process that a span names.
    pub(super) fn process(&self, id: &str) -> Option<&Process<'a>> {
        self.processes.get(id)
    }

    /// Writes `extra` of a span of this kind and process; nothing where nothing stands around it.
    pub(super) fn push_extra(
        &self,
        kind: Option<&str>,
        process: Option<&Process<'_>>,
        out: &mut String,
    ) {
        out.clear();
        if let Some(kind) = kind {
            out.push_str("{\"kind\":");
            push_string(out, kind);
        }
        if let Some(text) = process.and_then(|process| process.text) {
            push_member("process", text, out);
        }
        if !self.rest.is_empty() {
            out.push(if out.is_empty() { '{' } else { ',' });
            out.push_str(&self.rest);
        }
        close_from(0, out);
    }
}
