//! Which process and thread a span is shown in.
//!
//! Sessions are processes, agents threads; an agent has as many threads as it needs for its spans to nest.

use std::collections::BTreeMap;

/// A thread of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) process: u64,
    pub(super) thread: u64,
}

/// The threads of one agent in one session.
#[derive(Debug, Default)]
struct AgentLanes {
    /// Each with the ends of the spans that are open in it, the innermost last.
    nested: Vec<(Lane, Vec<i64>)>,
    messages: Option<Lane>,
}

/// All processes and threads.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    processes: BTreeMap<String, u64>,
    agents: BTreeMap<(u64, String), AgentLanes>,
    threads: u64,
}

impl Lanes {
    /// The process of a session.
    pub(super) fn process(&mut self, session: &str) -> u64 {
        if let Some(process) = self.processes.get(session) {
            return *process;
        }
        let process = self.processes.len() as u64 + 1;
        self.processes.insert(session.to_owned(), process);
        process
    }

    fn lane(&mut self, process: u64) -> Lane {
        self.threads += 1;
        Lane { process, thread: self.threads }
    }

    fn agent(&mut self, process: u64, agent: &str) -> &mut AgentLanes {
        self.agents.entry((process, agent.to_owned())).or_default()
    }

    /// The lane of a span, which begins no earlier than those before it. Times are in nanoseconds;
    /// without an end it is open for good.
    pub(super) fn nested(
        &mut self,
        session: &str,
        agent: &str,
        start: i64,
        end: Option<i64>,
    ) -> Lane {
        let process = self.process(session);
        let end = end.unwrap_or(i64::MAX);
        for (lane, open) in &mut self.agent(process, agent).nested {
            while open.last().is_some_and(|last| *last <= start) {
                open.pop();
            }
            if open.last().is_none_or(|last| end <= *last) {
                open.push(end);
                return *lane;
            }
        }
        let lane = self.lane(process);
        self.agent(process, agent).nested.push((lane, vec![end]));
        lane
    }

    /// The first lane of an agent.
    pub(super) fn first(&mut self, session: &str, agent: &str) -> Lane {
        let process = self.process(session);
        if let Some((lane, _)) = self.agent(process, agent).nested.first() {
            return *lane;
        }
        let lane = self.lane(process);
        self.agent(process, agent).nested.push((lane, Vec::new()));
        lane
    }

    /// The lane of an agent's messages.
    pub(super) fn messages(&mut self, session: &str, agent: &str) -> Lane {
        let process = self.process(session);
        if let Some(lane) = self.agent(process, agent).messages {
            return lane;
        }
        let lane = self.lane(process);
        self.agent(process, agent).messages = Some(lane);
        lane
    }

    /// Every process with its name.
    pub(super) fn processes(&self) -> impl Iterator<Item = (u64, &str)> {
        self.processes.iter().map(|(name, process)| (*process, name.as_str()))
    }

    /// Every thread with its name and its place among them, agent by agent.
    pub(super) fn threads(&self) -> Vec<(Lane, String, usize)> {
        let mut threads = Vec::new();
        for ((_, agent), lanes) in &self.agents {
            for (number, (lane, _)) in lanes.nested.iter().enumerate() {
                let name = match number {
                    0 => agent.clone(),
                    _ => format!("{agent} ({})", number + 1),
                };
                threads.push((*lane, name));
            }
            threads.extend(lanes.messages.map(|lane| (lane, format!("{agent} messages"))));
        }
        let threads = threads.into_iter().enumerate();
        threads.map(|(place, (lane, name))| (lane, name, place)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_that_leaves_its_holder_gets_another_lane() {
        let mut lanes = Lanes::default();
        let spans = [(0, Some(100)), (10, Some(20)), (20, Some(100)), (30, Some(110)), (100, None)];
        let threads = spans.map(|(start, end)| lanes.nested("s", "a", start, end).thread);
        assert_eq!(threads, [1, 1, 1, 2, 1]);
        assert_eq!(lanes.first("s", "a").thread, 1);
        assert_eq!(lanes.messages("s", "a").thread, 3);
        assert_ne!(lanes.nested("other", "a", 0, None).process, 1);
    }
}
