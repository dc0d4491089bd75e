//! One trace event: its fields to the columns, its numbers to metric rows.

use super::super::explode::{check_numbers, emit_numbers};
use super::super::json::{Fields, Raw};
use super::super::{ImportOptions, Line, Reject, Sink, time};
use crate::model::{Edge, Kind, Record, Status, hash_id};
use std::borrow::Cow;

/// The event types of the tracing API.
pub(super) const TYPES: &[&str] = &[
    "AGENT_SPAWN",
    "AGENT_DESTROY",
    "AGENT_IDLE",
    "TASK_START",
    "TASK_PROGRESS",
    "TASK_COMPLETE",
    "TASK_FAIL",
    "MESSAGE_SEND",
    "MESSAGE_RECEIVE",
    "BROADCAST",
    "MEMORY_READ",
    "MEMORY_WRITE",
    "MEMORY_DELETE",
    "DECISION_START",
    "DECISION_COMPLETE",
    "PERFORMANCE_METRIC",
    "RESOURCE_USAGE",
    "SYSTEM_START",
    "SYSTEM_SHUTDOWN",
    "ERROR",
];

/// Whether `name` is one of the API's event types.
pub(super) fn is_known_type(name: &str) -> bool {
    TYPES.contains(&name)
}

/// Reads events; keeps buffers between them.
pub(super) struct EventReader<'o> {
    options: &'o ImportOptions,
    metadata: Fields<'static>,
    data: Fields<'static>,
    key: String,
    extra: String,
}

/// The fields of an event outside `data`, while they are collected.
#[derive(Default)]
struct Envelope<'a> {
    id: Option<Cow<'a, str>>,
    record_type: Option<Cow<'a, str>>,
    agent: Option<Cow<'a, str>>,
    swarm: Option<Cow<'a, str>>,
    session: Option<Cow<'a, str>>,
    parent: Option<Cow<'a, str>>,
    trace: Option<Cow<'a, str>>,
    correlation: Option<Cow<'a, str>>,
    severity: Option<Cow<'a, str>>,
    tags: Vec<Cow<'a, str>>,
    time_ns: Option<i64>,
    duration_ns: Option<i64>,
    data: Option<Raw<'a>>,
}

impl<'o> EventReader<'o> {
    pub(super) fn new(options: &'o ImportOptions) -> Self {
        Self {
            options,
            metadata: Fields::default(),
            data: Fields::default(),
            key: String::new(),
            extra: String::new(),
        }
    }

    /// The options that it reads by.
    pub(super) fn options(&self) -> &'o ImportOptions {
        self.options
    }

    /// Reads the event whose text is `text` and whose members are `fields`.
    ///
    /// `wrapper` is a JSON object of what the message around it says besides.
    ///
    /// # Errors
    /// The reason why the event is not accepted; then none of its records was given.
    pub(super) fn read(
        &mut self,
        line: Line<'_>,
        text: &str,
        fields: &Fields<'_>,
        wrapper: Option<&str>,
        sink: &mut dyn Sink,
    ) -> Result<(), Reject> {
        let mut metadata: Fields<'_> = std::mem::take(&mut self.metadata).recycle();
        let mut data: Fields<'_> = std::mem::take(&mut self.data).recycle();
        let mut extra = std::mem::take(&mut self.extra);
        let mut key = std::mem::take(&mut self.key);
        extra.clear();
        key.clear();
        let mut result = self.envelope(fields, &mut metadata, &mut extra);
        if let (Ok(_), Some(wrapper)) = (&result, wrapper) {
            add_member(&mut extra, "message", wrapper);
        }
        if !extra.is_empty() {
            extra.push('}');
        }
        let outcome = match &mut result {
            Ok(envelope) => match envelope.data {
                Some(raw) => data.refill(raw, self.options),
                None => Ok(()),
            }
            .and_then(|()| emit(line, text, envelope, &data, &extra, &mut key, sink)),
            Err(reject) => Err(reject.clone()),
        };
        drop(result);
        self.metadata = metadata.recycle();
        self.data = data.recycle();
        self.extra = extra;
        self.key = key;
        outcome
    }

    /// Collects the members outside `data`; what fills no column goes to `extra`, which stays open.
    fn envelope<'a>(
        &self,
        fields: &Fields<'a>,
        metadata: &mut Fields<'a>,
        extra: &mut String,
    ) -> Result<Envelope<'a>, Reject> {
        let mut event = Envelope::default();
        for (name, value) in fields.iter() {
            let slot = match name {
                "id" => &mut event.id,
                "type" => &mut event.record_type,
                "agentId" => &mut event.agent,
                "swarmId" => &mut event.swarm,
                "sessionId" => &mut event.session,
                "parentId" => &mut event.parent,
                "traceId" => &mut event.trace,
                "timestamp" if !value.is_null() => {
                    let zone = self.options.assume_zone.as_ref();
                    event.time_ns = Some(time::instant(value, name, time::Unit::Millis, zone)?);
                    continue;
                }
                "duration" => {
                    event.duration_ns = time::duration(value, time::Unit::Millis);
                    if event.duration_ns.is_none() {
                        add_member(extra, name, value.text());
                    }
                    continue;
                }
                "data" if value.is_object() => {
                    event.data = Some(value);
                    continue;
                }
                "metadata" if value.is_object() => {
                    metadata.refill(value, self.options)?;
                    Self::metadata(metadata, &mut event, extra);
                    continue;
                }
                _ => {
                    add_member(extra, name, value.text());
                    continue;
                }
            };
            *slot = value.as_text();
            if slot.is_none() && !value.is_null() {
                add_member(extra, name, value.text());
            }
        }
        if event.record_type.is_none() {
            return Err(Reject::missing("type"));
        }
        if event.time_ns.is_none() {
            return Err(Reject::missing("timestamp"));
        }
        if event.session.is_none() {
            event.session =
                event.correlation.clone().filter(|correlation| correlation.starts_with("session-"));
        }
        Ok(event)
    }

    fn metadata<'a>(metadata: &Fields<'a>, event: &mut Envelope<'a>, extra: &mut String) {
        let mut rest = String::new();
        for (name, value) in metadata.iter() {
            let is_kept = match name {
                "severity" => {
                    event.severity = value.as_text();
                    event.severity.is_some()
                }
                "correlationId" => {
                    event.correlation = value.as_text();
                    event.correlation.is_some()
                }
                "tags" if value.is_array() && value.elements().all(Raw::is_string) => {
                    event.tags.extend(value.elements().filter_map(Raw::as_str));
                    true
                }
                _ => false,
            };
            if !is_kept && !value.is_null() {
                add_member(&mut rest, name, value.text());
            }
        }
        if !rest.is_empty() {
            rest.push('}');
            add_member(extra, "metadata", &rest);
        }
    }
}

/// Adds `"name":value` to a JSON object that is still open.
pub(super) fn add_member(object: &mut String, name: &str, value: &str) {
    object.push(if object.is_empty() { '{' } else { ',' });
    object.push_str(&serde_json::Value::from(name).to_string());
    object.push(':');
    object.push_str(value);
}

fn emit(
    line: Line<'_>,
    text: &str,
    event: &Envelope<'_>,
    data: &Fields<'_>,
    extra: &str,
    key: &mut String,
    sink: &mut dyn Sink,
) -> Result<(), Reject> {
    let record_type = event.record_type.as_deref().unwrap_or_default();
    let task = data
        .text("taskId")
        .or_else(|| data.get("context").and_then(|context| context.get("taskId"))?.as_text());
    let message = data.text("messageId");
    let agent = event.agent.as_deref();
    let (recipient, sender) = (data.text("recipient"), data.text("sender"));
    let (first, second) =
        if record_type == "MESSAGE_RECEIVE" { (sender, recipient) } else { (recipient, sender) };
    let peer = first.or_else(|| second.filter(|name| Some(name.as_ref()) != agent));
    let tokens = data.get("tokens").or_else(|| data.get("tokensUsed"));
    let count =
        |name: &str| tokens.and_then(|tokens| tokens.get(name)).map_or(Ok(None), Raw::as_i64);
    let cost = data.get("cost").map_or(Ok(None), Raw::as_f64)?;
    let decision = data.text("decisionId");
    let trace = event.trace.clone().or_else(|| data.text("traceId"));
    let edge = write_interval(
        record_type,
        &Keys {
            task: task.as_deref(),
            message: message.as_deref(),
            decision: decision.as_deref(),
            agent,
            trace: trace.as_deref(),
            phase: data.text("phase").as_deref(),
        },
        key,
    );
    let operation = data.text("taskType");
    let name = data.text("description");
    let tool = data.text("tool").or_else(|| data.text("toolName"));
    let model = data.text("model");
    let error_type = data.text("errorType");
    let error_message = data.text("errorMessage");
    let tags: Vec<&str> = event.tags.iter().map(AsRef::as_ref).collect();
    let made_id = event.id.is_none().then(|| hash_id(text.as_bytes()));
    let record = Record {
        kind: Kind::Event,
        time_us: time::micros(event.time_ns.unwrap_or_default()),
        duration_ns: event
            .duration_ns
            .or_else(|| time::duration(data.get("duration")?, time::Unit::Millis))
            .filter(|_| edge == Some(Edge::End) || event.duration_ns.is_some()),
        record_type,
        name: name.as_deref(),
        id: event.id.as_deref().or(made_id.as_deref()).unwrap_or_default(),
        parent_id: event.parent.as_deref(),
        trace_id: trace.as_deref(),
        session_id: event.session.as_deref(),
        swarm_id: event.swarm.as_deref(),
        correlation_id: event.correlation.as_deref(),
        agent,
        peer: peer.as_deref(),
        operation: operation.as_deref(),
        tool: tool.as_deref(),
        model: model.as_deref(),
        task_id: task.as_deref(),
        message_id: message.as_deref(),
        status: match record_type {
            "TASK_FAIL" | "ERROR" => Status::Error,
            "TASK_COMPLETE" => Status::Ok,
            _ => Status::Unset,
        },
        severity: event.severity.as_deref(),
        error_type: error_type.as_deref(),
        error_message: error_message.as_deref(),
        input_tokens: count("input")?,
        output_tokens: count("output")?,
        cost_microusd: cost.and_then(microusd),
        tags: &tags,
        interval_key: edge.is_some().then_some(key.as_str()),
        interval_edge: edge,
        data: event.data.map(Raw::text),
        extra: (!extra.is_empty()).then_some(extra),
        source_offset: line.offset,
        ..Record::default()
    };
    let metrics = match record_type {
        "PERFORMANCE_METRIC" | "RESOURCE_USAGE" => data.get("metrics"),
        _ => None,
    };
    if let Some(metrics) = metrics {
        check_numbers(metrics)?;
    }
    sink.record(&record);
    if let Some(metrics) = metrics {
        emit_numbers(metrics, "", &record, &|path| (path == "cpu.usage").then_some("%"), sink)?;
    }
    Ok(())
}

/// US dollars as millionths, rounded; `None` beyond what 64 bits hold.
fn microusd(dollars: f64) -> Option<i64> {
    let micro = (dollars * 1e6).round();
    #[expect(clippy::cast_possible_truncation, reason = "checked to lie within 64 bits")]
    (micro.abs() < 9.2e18).then_some(micro as i64)
}

/// What can name an interval.
struct Keys<'a> {
    task: Option<&'a str>,
    message: Option<&'a str>,
    decision: Option<&'a str>,
    agent: Option<&'a str>,
    trace: Option<&'a str>,
    phase: Option<&'a str>,
}

/// Writes the key of the interval that an event begins or ends, and says which.
fn write_interval(record_type: &str, keys: &Keys<'_>, key: &mut String) -> Option<Edge> {
    let (prefix, name, edge) = match record_type {
        "TASK_START" => ("task:", keys.task?, Edge::Begin),
        "TASK_COMPLETE" | "TASK_FAIL" => ("task:", keys.task?, Edge::End),
        "DECISION_START" => ("decision:", keys.decision?, Edge::Begin),
        "DECISION_COMPLETE" => ("decision:", keys.decision?, Edge::End),
        "MESSAGE_SEND" | "BROADCAST" => ("message:", keys.message?, Edge::Begin),
        "MESSAGE_RECEIVE" => ("message:", keys.message?, Edge::End),
        "AGENT_SPAWN" => ("agent:", keys.agent?, Edge::Begin),
        "AGENT_DESTROY" => ("agent:", keys.agent?, Edge::End),
        "SYSTEM_START" => ("system", "", Edge::Begin),
        "SYSTEM_SHUTDOWN" => ("system", "", Edge::End),
        _ => match keys.phase? {
            "start" => ("trace:", keys.trace?, Edge::Begin),
            "complete" | "error" => ("trace:", keys.trace?, Edge::End),
            _ => return None,
        },
    };
    key.push_str(prefix);
    key.push_str(name);
    Some(edge)
}
