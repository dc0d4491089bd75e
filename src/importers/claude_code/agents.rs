//! Sub-agents: one for each invocation, with its name, its trace and how it ended.
//!
//! Their lines are gathered by [`super::side`]. Where they stand in a file of their own, the call
//! that began them is in another one; views join the two by session and agent.

use super::calls::ToolCall;
use super::chain::{Order, Turns};
use super::line::Entry;
use super::side::{Chain, Start, find_chains, find_starts, join_chains};
use crate::model::Status;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Sub-agents that begin sub-agents are followed up this far.
const MAX_NESTING: usize = 64;

/// One invocation of a sub-agent.
#[derive(Debug)]
pub(super) struct SubAgent<'a> {
    /// The value of `agent`: unique in its session.
    pub(super) name: Cow<'a, str>,
    /// What kind of agent its caller asked for.
    pub(super) kind: Option<Cow<'a, str>>,
    /// The span's id.
    pub(super) id: String,
    pub(super) trace: String,
    /// The tool call that began it, as an index.
    pub(super) call: Option<usize>,
    /// Its first line's entry.
    pub(super) first: usize,
    pub(super) end: i64,
    pub(super) status: Status,
}

/// All sub-agents of a file.
#[derive(Debug, Default)]
pub(super) struct SubAgents<'a> {
    /// In order of start.
    pub(super) all: Vec<SubAgent<'a>>,
    of_entry: Vec<Option<usize>>,
    /// The agent that a tool call began; it may stand in another file.
    names: HashMap<usize, Cow<'a, str>>,
}

impl<'a> SubAgents<'a> {
    /// The sub-agent that says an entry; none on the main chain.
    pub(super) fn at(&self, entry: usize) -> Option<&SubAgent<'a>> {
        self.all.get(self.of_entry.get(entry).copied().flatten()?)
    }

    /// The agent that the tool call with this index began.
    pub(super) fn begun_by(&self, call: usize) -> Option<&str> {
        self.names.get(&call).map(Cow::as_ref)
    }
}

/// Finds the sub-agents of a file.
pub(super) fn find_sub_agents<'a>(
    entries: &[Entry<'a>],
    order: &Order,
    turns: &Turns,
    calls: &[ToolCall<'_, 'a>],
) -> SubAgents<'a> {
    let (mut chains, chain_of) = find_chains(entries, order);
    if chains.is_empty() && calls.is_empty() {
        return SubAgents::default();
    }
    let mut starts = find_starts(entries, calls, &chain_of);
    join_chains(&mut chains, &mut starts);
    let main_sessions: HashSet<Option<&str>> = entries
        .iter()
        .filter(|entry| entry.is_conversation && !entry.is_side)
        .map(|entry| entry.session.as_deref())
        .collect();
    let (mut agents, agent_of) = name_agents(&chains, &starts, &main_sessions);
    agents.of_entry = chain_of.iter().map(|chain| agent_of.get((*chain)?).copied()).collect();
    for &i in &order.sorted {
        let agent = agents.of_entry.get(i).copied().flatten();
        let Some(agent) = agent.and_then(|at| agents.all.get_mut(at)) else { continue };
        let Some(entry) = entries.get(i) else { continue };
        agent.end = agent.end.max(entry.time);
        if entry.state != Status::Unset {
            agent.status = entry.state;
        }
    }
    for at in 0..agents.all.len() {
        let trace = find_trace(at, &agents, entries, turns, calls, &main_sessions);
        let Some(agent) = agents.all.get_mut(at) else { continue };
        agent.trace = trace;
        if let Some(call) = agent.call.and_then(|call| calls.get(call)) {
            agent.status = final_status(agent.status, call);
        }
    }
    agents
}

/// One sub-agent for all chains of one call, and each chain's sub-agent.
fn name_agents<'a>(
    chains: &[Chain<'_, 'a>],
    starts: &[Start<'_, 'a>],
    main_sessions: &HashSet<Option<&str>>,
) -> (SubAgents<'a>, Vec<usize>) {
    let by_call: HashMap<usize, &Start<'_, 'a>> =
        starts.iter().map(|start| (start.call, start)).collect();
    let mut agents = SubAgents::default();
    let mut agent_of = Vec::with_capacity(chains.len());
    let mut agent_of_call: HashMap<usize, usize> = HashMap::new();
    let mut counts: HashMap<(Option<&str>, String), usize> = HashMap::new();
    for start in starts {
        if let Some(id) = &start.agent_id {
            agents.names.insert(start.call, id.clone());
        }
    }
    for chain in chains {
        let next = agents.all.len();
        let at = chain.call.map_or(next, |call| *agent_of_call.entry(call).or_insert(next));
        agent_of.push(at);
        if at < next {
            continue;
        }
        let session = chain.root.session.as_deref();
        let start = chain.call.and_then(|call| by_call.get(&call));
        let kind = start.and_then(|start| start.kind.clone());
        let told = chain.agent_id.or(start.and_then(|start| start.agent_id.as_ref()));
        let name = told.cloned().unwrap_or_else(|| {
            if start.is_none() && !main_sessions.contains(&session) {
                // A file of its own: a number would be that of every such file.
                return format!("subagent-{}", short(&chain.root.id)).into();
            }
            let kind = kind.as_deref().unwrap_or("subagent");
            let count = counts.entry((session, kind.to_owned())).or_default();
            *count += 1;
            format!("{kind}-{count}").into()
        });
        if let Some(call) = chain.call {
            agents.names.insert(call, name.clone());
        }
        agents.all.push(SubAgent {
            id: format!("agent:{}:{name}", session.unwrap_or_default()),
            name,
            kind,
            trace: String::new(),
            call: chain.call,
            first: chain.first,
            end: chain.start,
            status: Status::Unset,
        });
    }
    (agents, agent_of)
}

/// The first group of a UUID, or the whole of another id.
fn short(id: &str) -> &str {
    if id.len() == 36 { id.split('-').next().unwrap_or(id) } else { id }
}

/// The trace of the turn that a sub-agent works for; its own where the file has no main chain.
fn find_trace(
    at: usize,
    agents: &SubAgents<'_>,
    entries: &[Entry<'_>],
    turns: &Turns,
    calls: &[ToolCall<'_, '_>],
    main_sessions: &HashSet<Option<&str>>,
) -> String {
    let own = agents.all.get(at).map(|agent| agent.id.clone()).unwrap_or_default();
    let mut at = at;
    for _ in 0..MAX_NESTING {
        let Some(agent) = agents.all.get(at) else { break };
        let call = agent.call.and_then(|call| calls.get(call));
        let entry = call.map_or(agent.first, |call| call.tool_use.entry);
        if let Some(up) = call.and_then(|_| agents.of_entry.get(entry).copied().flatten()) {
            at = up;
            continue;
        }
        let session = entries.get(entry).and_then(|entry| entry.session.as_deref());
        if !main_sessions.contains(&session) {
            return agent.id.clone();
        }
        let turn = turns.at(entry).map(|turn| turn.id.as_str());
        return turn.or(session).map_or(own, str::to_owned);
    }
    own
}

/// How a sub-agent ended, from its own last line and from what its caller got.
fn final_status(own: Status, call: &ToolCall<'_, '_>) -> Status {
    let Some(result) = call.result else { return own };
    let is_launch = result.account.and_then(|account| account.get("isAsync")?.as_bool());
    match own {
        _ if result.is_error => Status::Error,
        Status::Running | Status::Unset if is_launch != Some(true) => Status::Ok,
        own => own,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::collect::{Collected, read};
    use super::super::ClaudeCode;

    /// A line of session `s`, `second` seconds after nine.
    fn line(second: u32, line_type: &str, uuid: &str, rest: &str) -> String {
        format!(
            r#"{{"type":"{line_type}","uuid":"{uuid}","sessionId":"s","timestamp":"2026-03-02T09:00:{second:02}Z",{rest}}}"#
        ) + "\n"
    }

    fn prompt() -> String {
        line(0, "user", "p", r#""message":{"content":"go"}"#)
    }

    fn task(second: u32, uuid: &str, task: &str, kind: &str, more: &str) -> String {
        let input = format!(r#"{{"subagent_type":"{kind}"}}"#);
        let block = format!(r#"{{"type":"tool_use","id":"{task}","name":"Task","input":{input}}}"#);
        let message = format!(r#"{{"id":"m-{uuid}","content":[{block}]}}"#);
        line(second, "assistant", uuid, &format!(r#"{more}"message":{message}"#))
    }

    fn result(second: u32, uuid: &str, task: &str, more: &str) -> String {
        let block = format!(r#"{{"type":"tool_result","tool_use_id":"{task}","content":"ok"}}"#);
        line(second, "user", uuid, &format!(r#"{more}"message":{{"content":[{block}]}}"#))
    }

    fn side(second: u32, uuid: &str, parent: &str) -> String {
        let rest =
            format!(r#""parentUuid":{parent},"isSidechain":true,"message":{{"content":"hm"}}"#);
        line(second, "assistant", uuid, &rest)
    }

    fn column(found: &Collected, id: &str, column: &str) -> String {
        found.having("id", id)[0].get(column).cloned().unwrap_or_default()
    }

    #[test]
    fn chains_are_joined_by_time_where_nothing_else_tells() {
        let text = [
            prompt(),
            task(1, "a1", "t1", "scout", ""),
            side(2, "x1", "null"),
            side(3, "x2", "\"lost\""),
            result(4, "r1", "t1", ""),
            task(5, "a2", "t2", "scout", ""),
            task(5, "a3", "t3", "cook", ""),
            side(6, "y1", "null"),
            side(7, "z1", "null"),
            result(8, "r2", "t2", ""),
            result(8, "r3", "t3", ""),
            side(9, "w1", "null"),
        ];
        let found = read(&ClaudeCode, &text.concat());
        for (id, agent) in [
            ("x1", "scout-1"),
            // The rest of a chain whose middle is missing.
            ("x2", "scout-1"),
            ("y1", "scout-2"),
            ("z1", "cook-1"),
            // Nobody's.
            ("w1", "subagent-1"),
        ] {
            assert_eq!(column(&found, id, "agent"), agent, "{id}");
        }
        for (agent, parent) in
            [("scout-1", "t1"), ("scout-2", "t2"), ("cook-1", "t3"), ("subagent-1", "p/turn")]
        {
            assert_eq!(column(&found, &format!("agent:s:{agent}"), "parent_id"), parent);
        }
    }

    #[test]
    fn a_nested_sub_agent_shares_the_turn_of_the_outer_one() {
        let of = |id: &str| format!(r#""isSidechain":true,"agentId":"{id}","#);
        let text = [
            prompt(),
            task(1, "a1", "t1", "lead", ""),
            task(2, "b1", "t2", "scout", &of("outer")),
            line(3, "assistant", "c1", &(of("inner") + r#""message":{"content":"found"}"#)),
            result(4, "b2", "t2", &(of("outer") + r#""toolUseResult":{"agentId":"inner"},"#)),
            result(5, "r1", "t1", r#""toolUseResult":{"agentId":"outer"},"#),
        ];
        let found = read(&ClaudeCode, &text.concat());
        assert_eq!(column(&found, "agent:s:outer", "parent_id"), "t1");
        assert_eq!(column(&found, "agent:s:inner", "parent_id"), "t2");
        assert_eq!(column(&found, "t2", "peer"), "inner");
        assert_eq!(column(&found, "m-b1", "parent_id"), "agent:s:outer");
        assert_eq!(found.having("trace_id", "p/turn").len(), found.rows.len());
    }

    #[test]
    fn a_launch_in_the_background_is_no_end() {
        let of = r#""isSidechain":true,"agentId":"bg","#;
        let launched = r#""toolUseResult":{"isAsync":true,"agentId":"bg"},"#;
        let text = [
            prompt(),
            task(1, "a1", "t1", "scout", ""),
            result(2, "r1", "t1", launched),
            task(3, "b1", "t2", "scout", of),
        ];
        let found = read(&ClaudeCode, &text.concat());
        assert_eq!(column(&found, "t1", "status"), "ok");
        assert_eq!(column(&found, "agent:s:bg", "status"), "running");
        let ended = text.concat() + &line(4, "assistant", "b2", &format!(r#"{of}"message":{{}}"#));
        let found = read(&ClaudeCode, &ended);
        assert_eq!(column(&found, "agent:s:bg", "status"), "ok");
    }
}
