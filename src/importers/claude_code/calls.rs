//! Calls of the model and of tools: lines of one answer joined, tool calls paired with results.
//!
//! Both are found by their ids, so that neither repeated nor split lines count twice.

use super::chain::Order;
use super::line::{Part, ToolResult, ToolUse, Transcript};
use std::collections::HashMap;

/// One call of the model.
#[derive(Debug)]
pub(super) struct ModelCall<'t, 'a> {
    /// Its first line.
    pub(super) first: &'t Part<'a>,
    /// The line whose usage is complete: earlier ones repeat it with less output.
    pub(super) fullest: &'t Part<'a>,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) cost_microusd: Option<i64>,
}

/// One call of a tool.
#[derive(Debug)]
pub(super) struct ToolCall<'t, 'a> {
    pub(super) tool_use: &'t ToolUse<'a>,
    pub(super) result: Option<&'t ToolResult<'a>>,
    pub(super) start: i64,
    /// When the result came; not before the start.
    pub(super) end: Option<i64>,
}

/// The calls of the model in order of their first lines.
///
/// A call begins with the line that caused it (a prompt, a tool's result), because its own lines
/// are written when they have arrived.
pub(super) fn find_model_calls<'t, 'a>(
    transcript: &'t Transcript<'a>,
    order: &Order,
) -> Vec<ModelCall<'t, 'a>> {
    let entries = &transcript.entries;
    let mut calls: Vec<ModelCall<'t, 'a>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for &i in &order.sorted {
        let Some(entry) = entries.get(i) else { continue };
        let Some(part) = entry.part.and_then(|part| transcript.parts.get(part)) else { continue };
        let at = *known.entry(part.call_id.as_ref()).or_insert(calls.len());
        if let Some(call) = calls.get_mut(at) {
            if part.tokens.output >= call.fullest.tokens.output {
                call.fullest = part;
            }
            call.end = call.end.max(entry.time);
            call.cost_microusd = call.cost_microusd.max(part.cost_microusd);
        } else {
            let cause = order.parent.get(i).copied().flatten().and_then(|up| entries.get(up));
            calls.push(ModelCall {
                first: part,
                fullest: part,
                start: cause.map_or(entry.time, |cause| cause.time.min(entry.time)),
                end: entry.time,
                cost_microusd: part.cost_microusd,
            });
        }
    }
    calls
}

/// The calls of tools in order of start, each with the first result that names it.
pub(super) fn find_tool_calls<'t, 'a>(
    transcript: &'t Transcript<'a>,
    order: &Order,
) -> Vec<ToolCall<'t, 'a>> {
    let rank = |entry: usize| order.rank.get(entry).copied();
    let time = |entry: usize| transcript.entries.get(entry).map_or(0, |entry| entry.time);
    let mut results: HashMap<&str, &'t ToolResult<'a>> = HashMap::new();
    for result in &transcript.results {
        let first = results.entry(result.use_id.as_ref()).or_insert(result);
        if rank(result.entry) < rank(first.entry) {
            *first = result;
        }
    }
    let mut first_of: HashMap<&str, &'t ToolUse<'a>> = HashMap::new();
    for tool_use in &transcript.uses {
        let first = first_of.entry(tool_use.id.as_ref()).or_insert(tool_use);
        if rank(tool_use.entry) < rank(first.entry) {
            *first = tool_use;
        }
    }
    let is_first = |tool_use: &&ToolUse<'a>| {
        first_of.get(tool_use.id.as_ref()).is_some_and(|first| std::ptr::eq(*first, *tool_use))
    };
    let mut uses: Vec<&'t ToolUse<'a>> = transcript.uses.iter().filter(is_first).collect();
    // Stable: the calls of one line stay in the order in which they stand there.
    uses.sort_by_key(|tool_use| rank(tool_use.entry));
    uses.into_iter()
        .map(|tool_use| {
            let start = time(tool_use.entry);
            let result = results.get(tool_use.id.as_ref()).copied();
            let end = result.map(|result| time(result.entry).max(start));
            ToolCall { tool_use, result, start, end }
        })
        .collect()
}
