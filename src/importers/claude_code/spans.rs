//! The records of a session: an event for each line, and the spans that lines give together.
//!
//! It decides ids, parents and traces; what belongs together was found by its neighbours.

use super::super::json::Raw;
use super::super::{Sink, time};
use super::agents::{SubAgents, find_sub_agents};
use super::calls::{ModelCall, ToolCall, find_model_calls, find_tool_calls};
use super::chain::{Order, Turns, find_turns};
use super::content::{first_line, text_of};
use super::line::{Entry, Transcript};
use crate::model::{Kind, Record, Status};

const COMPONENT: &str = "claude-code";
const MAIN: &str = "main";

/// A transcript and what its lines mean together.
struct Assembly<'t, 'a> {
    transcript: &'t Transcript<'a>,
    turns: Turns,
    agents: SubAgents<'a>,
    model_calls: Vec<ModelCall<'t, 'a>>,
    tool_calls: Vec<ToolCall<'t, 'a>>,
}

/// Gives `sink` the events of a transcript in the file's order, then its spans.
pub(super) fn emit(transcript: &Transcript<'_>, sink: &mut dyn Sink) {
    let order = Order::of(&transcript.entries);
    let turns = find_turns(&transcript.entries, &order);
    let tool_calls = find_tool_calls(transcript, &order);
    let agents = find_sub_agents(&transcript.entries, &order, &turns, &tool_calls);
    let model_calls = find_model_calls(transcript, &order);
    let assembly = Assembly { transcript, turns, agents, model_calls, tool_calls };
    assembly.emit_events(sink);
    assembly.emit_turns(sink);
    assembly.emit_agents(sink);
    assembly.emit_model_calls(sink);
    assembly.emit_tool_calls(sink);
}

impl Assembly<'_, '_> {
    fn entry(&self, at: usize) -> Option<&Entry<'_>> {
        self.transcript.entries.get(at)
    }

    /// What every record made from the entry with this index has.
    fn record<'r>(&'r self, at: usize, entry: &'r Entry<'_>) -> Record<'r> {
        let agent = self.agents.at(at);
        let turn = self.turns.at(at).map(|turn| turn.id.as_str());
        let session = entry.session.as_deref();
        Record {
            time_us: time::micros(entry.time),
            // Lines outside any turn share a trace of their session's name.
            trace_id: agent.map(|agent| agent.trace.as_str()).or(turn).or(session),
            session_id: session,
            agent: Some(agent.map_or(MAIN, |agent| agent.name.as_ref())),
            component: Some(COMPONENT),
            source_offset: entry.line.offset,
            ..Record::default()
        }
    }

    /// The span under which an entry's calls hang.
    fn enclosing(&self, at: usize) -> Option<&str> {
        let agent = self.agents.at(at).map(|agent| agent.id.as_str());
        agent.or_else(|| self.turns.at(at).map(|turn| turn.id.as_str()))
    }

    fn emit_events(&self, sink: &mut dyn Sink) {
        for (at, entry) in self.transcript.entries.iter().enumerate() {
            let notice = entry.notice.as_ref();
            let failure = notice.filter(|notice| notice.severity == "error");
            sink.record(&Record {
                kind: Kind::Event,
                record_type: &entry.record_type,
                id: &entry.id,
                parent_id: entry.parent.as_deref(),
                status: failure.map_or(Status::Unset, |_| Status::Error),
                severity: notice.map(|notice| notice.severity.as_ref()),
                error_type: failure.and_then(|notice| notice.subtype.as_deref()),
                error_message: failure.and_then(|notice| first_line(notice.text.as_deref()?)),
                data: Some(entry.line.text),
                ..self.record(at, entry)
            });
        }
    }

    fn emit_turns(&self, sink: &mut dyn Sink) {
        for turn in &self.turns.all {
            let Some(entry) = self.entry(turn.prompt) else { continue };
            sink.record(&Record {
                kind: Kind::Span,
                duration_ns: Some(turn.end.saturating_sub(entry.time)),
                record_type: "TURN",
                name: Some("turn"),
                id: &turn.id,
                operation: Some("turn"),
                status: turn.status,
                ..self.record(turn.prompt, entry)
            });
        }
    }

    fn emit_agents(&self, sink: &mut dyn Sink) {
        for agent in &self.agents.all {
            let Some(entry) = self.entry(agent.first) else { continue };
            let call = agent.call.and_then(|call| self.tool_calls.get(call));
            let call_id = call.map(|call| call.tool_use.id.as_ref());
            // One that nothing can be seen to have begun belongs to the turn whose trace it shares.
            let turn_id = self.turns.at(agent.first).map(|turn| turn.id.as_str());
            sink.record(&Record {
                kind: Kind::Span,
                duration_ns: Some(agent.end.saturating_sub(entry.time)),
                record_type: "AGENT",
                name: Some(agent.kind.as_ref().unwrap_or(&agent.name)),
                id: &agent.id,
                parent_id: call_id.or(turn_id.filter(|id| *id == agent.trace)),
                operation: Some("invoke_agent"),
                status: agent.status,
                ..self.record(agent.first, entry)
            });
        }
    }

    fn emit_model_calls(&self, sink: &mut dyn Sink) {
        for call in &self.model_calls {
            let at = call.first.entry;
            let Some(entry) = self.entry(at) else { continue };
            let tokens = call.fullest.tokens;
            let is_failure = call.first.is_failure;
            let text = entry.content.filter(|_| is_failure).and_then(text_of);
            sink.record(&Record {
                kind: Kind::Span,
                time_us: time::micros(call.start),
                duration_ns: Some(call.end.saturating_sub(call.start)),
                record_type: "LLM",
                name: call.first.model.as_deref(),
                id: &call.first.call_id,
                parent_id: self.enclosing(at),
                operation: Some("chat"),
                model: call.first.model.as_deref(),
                status: if is_failure { Status::Error } else { Status::Ok },
                error_type: call.first.error_type.as_deref(),
                error_message: text.as_deref().and_then(first_line),
                input_tokens: tokens.input,
                output_tokens: tokens.output,
                cache_read_tokens: tokens.cache_read,
                cache_write_tokens: tokens.cache_write,
                cost_microusd: call.cost_microusd,
                data: call.fullest.usage.map(Raw::text),
                ..self.record(at, entry)
            });
        }
    }

    fn emit_tool_calls(&self, sink: &mut dyn Sink) {
        for (i, call) in self.tool_calls.iter().enumerate() {
            let at = call.tool_use.entry;
            let Some(entry) = self.entry(at) else { continue };
            let failed = call.result.filter(|result| result.is_error);
            let text = failed.and_then(|result| result.content.and_then(text_of));
            let name = call.tool_use.name.as_deref();
            sink.record(&Record {
                kind: Kind::Span,
                duration_ns: call.end.map(|end| end.saturating_sub(call.start)),
                record_type: "TOOL",
                name,
                id: &call.tool_use.id,
                // Beside the model call that asked for it, not below it: it runs when the call is over.
                parent_id: self.enclosing(at),
                peer: self.agents.begun_by(i),
                operation: Some("execute_tool"),
                tool: name,
                status: match (call.result, failed) {
                    (None, _) => Status::Running,
                    (_, Some(_)) => Status::Error,
                    _ => Status::Ok,
                },
                error_message: text.as_deref().and_then(first_line),
                data: Some(call.tool_use.block.text()),
                ..self.record(at, entry)
            });
        }
    }
}
