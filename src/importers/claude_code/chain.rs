//! The order of a session's lines, and the turns of its main chain.
//!
//! Lines are linked by their parents' ids; where a line stands in the file decides nothing.
//! Sub-agents' chains are for [`super::agents`].

use super::line::Entry;
use crate::model::Status;
use std::collections::HashMap;

/// A session's lines by time, parents before their children.
#[derive(Debug)]
pub(super) struct Order {
    /// Indices of entries, first to last.
    pub(super) sorted: Vec<usize>,
    /// Where each entry stands in `sorted`.
    pub(super) rank: Vec<usize>,
    /// Each entry's parent, where it is in the file.
    pub(super) parent: Vec<Option<usize>>,
}

impl Order {
    pub(super) fn of(entries: &[Entry<'_>]) -> Self {
        let mut by_id: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
        for (i, entry) in entries.iter().enumerate() {
            let first = by_id.entry(entry.id.as_ref()).or_insert(i);
            // Of two lines with one id and different content, children belong to the earlier one.
            if let Some(other) = entries.get(*first)
                && (entry.time, entry.line.text) < (other.time, other.line.text)
            {
                *first = i;
            }
        }
        let parent: Vec<Option<usize>> = entries
            .iter()
            .map(|entry| entry.parent.as_deref().and_then(|id| by_id.get(id).copied()))
            .collect();
        let time = |entry: usize| entries.get(entry).map(|entry| entry.time);
        let depth = climb(entries.len(), |entry| {
            parent.get(entry).copied().flatten().filter(|&up| time(up) == time(entry))
        });
        let mut sorted: Vec<usize> = (0..entries.len()).collect();
        sorted.sort_by_key(|&i| {
            let steps = depth.get(i).map(|(_, steps)| *steps);
            entries.get(i).map(|entry| (entry.time, steps, entry.id.as_ref(), entry.line.text))
        });
        let mut rank = vec![0; sorted.len()];
        for (place, &entry) in sorted.iter().enumerate() {
            if let Some(slot) = rank.get_mut(entry) {
                *slot = place;
            }
        }
        Self { sorted, rank, parent }
    }
}

/// For each of `count` nodes, the last node that `next` leads to, and in how many steps.
///
/// Nodes that lead round in a ring stand in no step at its smallest node.
pub(super) fn climb(count: usize, next: impl Fn(usize) -> Option<usize>) -> Vec<(usize, usize)> {
    const UNKNOWN: (usize, usize) = (usize::MAX, 0);
    let mut found = vec![UNKNOWN; count];
    let mut walked_from = vec![usize::MAX; count];
    let mut path = Vec::new();
    for start in 0..count {
        let mut at = start;
        let (root, mut steps) = loop {
            if found[at] != UNKNOWN {
                break found[at];
            }
            if walked_from[at] == start {
                let ring = path.iter().position(|&node| node == at).unwrap_or(0);
                let root = path[ring..].iter().copied().min().unwrap_or(at);
                for node in path.drain(ring..) {
                    found[node] = (root, 0);
                }
                break (root, 0);
            }
            walked_from[at] = start;
            let Some(up) = next(at) else {
                found[at] = (at, 0);
                break (at, 0);
            };
            path.push(at);
            at = up;
        };
        for node in path.drain(..).rev() {
            steps += 1;
            found[node] = (root, steps);
        }
    }
    found
}

/// What the main chain does from one prompt to the next.
#[derive(Debug)]
pub(super) struct Turn {
    /// The prompt's entry.
    pub(super) prompt: usize,
    /// The span's id, which is the trace's too.
    pub(super) id: String,
    /// Time of the last line before the next prompt.
    pub(super) end: i64,
    pub(super) status: Status,
}

/// The turns of all sessions in a file.
#[derive(Debug)]
pub(super) struct Turns {
    /// In order of start.
    pub(super) all: Vec<Turn>,
    of_entry: Vec<Option<usize>>,
}

impl Turns {
    /// The turn in whose time an entry stands.
    pub(super) fn at(&self, entry: usize) -> Option<&Turn> {
        self.all.get(self.of_entry.get(entry).copied().flatten()?)
    }
}

/// Finds the turns of a file, session by session.
pub(super) fn find_turns(entries: &[Entry<'_>], order: &Order) -> Turns {
    let mut turns: Vec<Turn> = Vec::new();
    let mut of_entry = vec![None; entries.len()];
    let mut current: HashMap<Option<&str>, usize> = HashMap::new();
    for &i in &order.sorted {
        let Some(entry) = entries.get(i) else { continue };
        if entry.is_prompt {
            let before = current.insert(entry.session.as_deref(), turns.len());
            // Work that another prompt overtook has no outcome that anybody saw.
            if let Some(turn) = before.and_then(|turn| turns.get_mut(turn))
                && turn.status == Status::Running
            {
                turn.status = Status::Unset;
            }
            turns.push(Turn {
                prompt: i,
                id: format!("{}/turn", entry.id),
                end: entry.time,
                status: Status::Running,
            });
        }
        let Some(&at) = current.get(&entry.session.as_deref()) else { continue };
        if let (Some(turn), Some(slot)) = (turns.get_mut(at), of_entry.get_mut(i)) {
            turn.end = turn.end.max(entry.time);
            *slot = Some(at);
            if !entry.is_side && entry.state != Status::Unset {
                turn.status = entry.state;
            }
        }
    }
    Turns { all: turns, of_entry }
}

#[cfg(test)]
mod tests {
    use super::climb;

    #[test]
    fn climbing_ends_at_the_root() {
        // 4 → 2 → 0, 3 → 0, 1 alone.
        let next = [None, None, Some(0), Some(0), Some(2)];
        assert_eq!(climb(5, |node| next[node]), [(0, 0), (1, 0), (0, 1), (0, 1), (0, 2)]);
    }

    #[test]
    fn a_ring_has_its_smallest_node_as_root() {
        // 0 → 3 → 1 → 2 → 3; 4 → 4.
        let next = [Some(3), Some(2), Some(3), Some(1), Some(4)];
        assert_eq!(climb(5, |node| next[node]), [(1, 1), (1, 0), (1, 0), (1, 0), (4, 0)]);
    }
}
