//! Side chains: the lines of sub-agents gathered by their links, and joined to the calls that began
//! them.
//!
//! Which chains are one sub-agent, and how it is called, is for [`super::agents`].

use super::calls::ToolCall;
use super::chain::{Order, climb};
use super::content::{started_agent, text_of};
use super::line::Entry;
use std::borrow::Cow;
use std::collections::HashMap;

/// Tools whose call begins a sub-agent, by the names that they have had.
const STARTING_TOOLS: [&str; 2] = ["Task", "Agent"];

/// Lines of a sub-agent that hang together.
pub(super) struct Chain<'t, 'a> {
    /// The uppermost of them.
    pub(super) root: &'t Entry<'a>,
    /// The first of them in time.
    pub(super) first: usize,
    pub(super) start: i64,
    pub(super) agent_id: Option<&'t Cow<'a, str>>,
    /// Whether the line above the root is missing.
    pub(super) is_cut: bool,
    /// The index of the call that began it.
    pub(super) call: Option<usize>,
}

/// A tool call that begins a sub-agent.
pub(super) struct Start<'t, 'a> {
    pub(super) call: usize,
    pub(super) session: Option<&'t str>,
    /// The chain that calls.
    pub(super) caller: Option<usize>,
    pub(super) began: i64,
    /// When its result came.
    pub(super) ended: Option<i64>,
    pub(super) kind: Option<Cow<'a, str>>,
    pub(super) prompt: Option<Cow<'a, str>>,
    pub(super) agent_id: Option<Cow<'a, str>>,
    pub(super) is_taken: bool,
}

impl Start<'_, '_> {
    /// Whether the chain with the index `at` can have been begun by the call, as far as time and
    /// session tell.
    fn spans(&self, chain: &Chain<'_, '_>, at: usize) -> bool {
        self.caller != Some(at)
            && self.session == chain.root.session.as_deref()
            && self.began <= chain.start
            && self.ended.is_none_or(|end| chain.start <= end)
    }
}

/// The side chains in order of start, and the index of the chain that each entry belongs to.
pub(super) fn find_chains<'t, 'a>(
    entries: &'t [Entry<'a>],
    order: &Order,
) -> (Vec<Chain<'t, 'a>>, Vec<Option<usize>>) {
    // By rank, so that nothing depends on where a line stands in the file.
    let entry_at = |rank: usize| order.sorted.get(rank).and_then(|&i| entries.get(i));
    let parent_of = |rank: usize| order.parent.get(*order.sorted.get(rank)?).copied().flatten();
    let roots = climb(entries.len(), |rank| {
        entry_at(rank).filter(|entry| entry.is_side && entry.agent_id.is_none())?;
        let up =
            parent_of(rank).filter(|&up| entries.get(up).is_some_and(|entry| entry.is_side))?;
        order.rank.get(up).copied()
    });
    let mut chains: Vec<Chain<'t, 'a>> = Vec::new();
    let mut chain_of = vec![None; entries.len()];
    let mut by_root: HashMap<usize, usize> = HashMap::new();
    let mut by_agent_id: HashMap<(Option<&str>, &str), usize> = HashMap::new();
    for (rank, &i) in order.sorted.iter().enumerate() {
        let Some(entry) = entries.get(i).filter(|entry| entry.is_side) else { continue };
        let Some(&(top, _)) = roots.get(rank) else { continue };
        let root = entry_at(top).unwrap_or(entry);
        let next = chains.len();
        let at = *match &root.agent_id {
            Some(id) => by_agent_id.entry((root.session.as_deref(), id)).or_insert(next),
            None => by_root.entry(top).or_insert(next),
        };
        if at == next {
            chains.push(Chain {
                root,
                first: i,
                start: entry.time,
                agent_id: root.agent_id.as_ref(),
                is_cut: root.parent.is_some() && parent_of(top).is_none(),
                call: None,
            });
        }
        if let Some(slot) = chain_of.get_mut(i) {
            *slot = Some(at);
        }
    }
    (chains, chain_of)
}

/// The calls that begin sub-agents, in order of start.
pub(super) fn find_starts<'t, 'a>(
    entries: &'t [Entry<'a>],
    calls: &[ToolCall<'_, 'a>],
    chain_of: &[Option<usize>],
) -> Vec<Start<'t, 'a>> {
    let mut starts = Vec::new();
    for (at, call) in calls.iter().enumerate() {
        let name = call.tool_use.name.as_deref();
        if !name.is_some_and(|name| STARTING_TOOLS.contains(&name)) {
            continue;
        }
        let entry = call.tool_use.entry;
        let input = call.tool_use.block.get("input");
        let text = |key: &str| input.and_then(|input| input.get(key)?.as_text());
        starts.push(Start {
            call: at,
            session: entries.get(entry).and_then(|entry| entry.session.as_deref()),
            caller: chain_of.get(entry).copied().flatten(),
            began: call.start,
            ended: call.end,
            kind: text("subagent_type"),
            prompt: text("prompt"),
            agent_id: call.result.and_then(|result| started_agent(result.content, result.account)),
            is_taken: false,
        });
    }
    starts
}

/// Finds the call that began a chain, given with its index, and marks it as taken.
type Join = fn(usize, &Chain<'_, '_>, &mut [Start<'_, '_>]) -> Option<usize>;

/// Joins chains to the calls that began them: by agent id, else by the prompt's text, else by time.
pub(super) fn join_chains(chains: &mut [Chain<'_, '_>], starts: &mut [Start<'_, '_>]) {
    for step in [join_by_id as Join, join_by_prompt, join_by_time] {
        for (at, chain) in chains.iter_mut().enumerate() {
            if chain.call.is_none() {
                chain.call = step(at, chain, starts);
            }
        }
    }
}

fn join_by_id(at: usize, chain: &Chain<'_, '_>, starts: &mut [Start<'_, '_>]) -> Option<usize> {
    let id = chain.agent_id?;
    let start = starts.iter_mut().find(|start| {
        start.agent_id.as_ref() == Some(id)
            && start.caller != Some(at)
            && start.session == chain.root.session.as_deref()
    })?;
    start.is_taken = true;
    Some(start.call)
}

fn join_by_prompt(at: usize, chain: &Chain<'_, '_>, starts: &mut [Start<'_, '_>]) -> Option<usize> {
    let prompt = chain.root.content.filter(|_| !chain.is_cut).and_then(text_of)?;
    let start = starts.iter_mut().find(|start| {
        !start.is_taken
            && start.spans(chain, at)
            && (start.agent_id.is_none() || chain.agent_id.is_none())
            && start.prompt.as_deref().map(str::trim) == Some(prompt.trim())
    })?;
    start.is_taken = true;
    Some(start.call)
}

fn join_by_time(at: usize, chain: &Chain<'_, '_>, starts: &mut [Start<'_, '_>]) -> Option<usize> {
    let mut fitting =
        starts.iter_mut().filter(|start| start.agent_id.is_none() && start.spans(chain, at));
    let start = if chain.is_cut {
        // The rest of a chain: it belongs to the one call that was open, if it was one.
        let only = fitting.next();
        only.filter(|_| fitting.next().is_none())?
    } else {
        // Calls begin their agents in the order in which they stand.
        fitting.find(|start| !start.is_taken)?
    };
    start.is_taken = true;
    Some(start.call)
}
