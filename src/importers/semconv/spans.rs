//! What a span and the events in it are, once its attributes are known: the same for every format that
//! writes spans with attributes.
//!
//! Where fields and attributes stand is left to the importers.

use super::super::scalars;
use super::Columns;
use crate::model::{Kind, Record, Status};
use std::fmt::Write;

/// What a span says of how it went, beside its attributes.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Ending<'a> {
    /// Whether its status code says that it went well; `None` for one that is not set.
    pub(in super::super) code: Option<bool>,
    /// Whether it had not ended.
    pub(in super::super) is_running: bool,
    /// The text of its status.
    pub(in super::super) message: Option<&'a str>,
}

impl Ending<'_> {
    /// The status: by the code, else by the attributes.
    pub(in super::super) fn status(self, columns: &Columns<'_>) -> Status {
        match self.code.or(columns.outcome()) {
            Some(false) => Status::Error,
            _ if self.is_running => Status::Running,
            Some(true) => Status::Ok,
            None => Status::Unset,
        }
    }
}

/// Writes to `record`, a span with its name, what its attributes say; what the exception says that it
/// failed with (`thrown`) stands in for what they do not.
pub(in super::super) fn fill_span<'r>(
    record: &mut Record<'r>,
    columns: &'r Columns<'_>,
    thrown: &'r Columns<'_>,
    ending: Ending<'r>,
) {
    columns.fill(record);
    let mut exception = Record::default();
    thrown.fill_names(&mut exception);
    record.record_type = columns.record_type().unwrap_or("SPAN");
    record.operation = record.operation.or_else(|| Some(operation(record.name?, record)));
    record.error_type = record.error_type.or(exception.error_type);
    record.error_message = ending.message.or(record.error_message).or(exception.error_message);
}

/// The span's name without the tool, agent or model at its end: `chat` of `chat gpt-5`.
fn operation<'r>(name: &'r str, record: &Record<'_>) -> &'r str {
    let without = |object: &str| name.strip_suffix(object)?.strip_suffix(' ');
    let objects = [record.tool, record.agent, record.model].into_iter().flatten();
    objects.filter_map(without).find(|rest| !rest.is_empty()).unwrap_or(name)
}

/// Writes the id and the type of the event at a place among those of `span`; without a name it is an
/// `EVENT`.
pub(in super::super) fn name_event(
    span: &Record<'_>,
    at: usize,
    name: Option<&str>,
    (id, record_type): (&mut String, &mut String),
) {
    id.clear();
    _ = write!(id, "{}/event/{at}", span.id);
    record_type.clear();
    scalars::push_upper_snake(name.unwrap_or_default(), record_type);
    if record_type.is_empty() {
        record_type.push_str("EVENT");
    }
}

/// An event of `span`, which has the text `data`.
///
/// Its exception is no failure by itself, for it may have been dealt with: the span says which.
pub(in super::super) fn span_event<'r>(
    span: &Record<'r>,
    columns: &'r Columns<'_>,
    data: &'r str,
) -> Record<'r> {
    let mut record = Record {
        kind: Kind::Event,
        parent_id: Some(span.id),
        trace_id: span.trace_id,
        agent: span.agent,
        session_id: span.session_id,
        component: span.component,
        data: Some(data),
        source_offset: span.source_offset,
        ..Record::default()
    };
    columns.fill_names(&mut record);
    record
}
