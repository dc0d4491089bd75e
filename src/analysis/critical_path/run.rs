//! One run as numbers: its spans, its messages, and the names that they share.
//!
//! A run is a session or a trace. Where rows come from is for [`super::load`]; what lies on the path
//! for [`super::sections`].

use crate::query::hashed::HashMap;
use std::sync::Arc;

/// A name by its number in [`Names`]; 0 is none.
pub(in crate::analysis) type Code = u32;

/// Names by their numbers.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Names {
    texts: Vec<Arc<str>>,
    codes: HashMap<Arc<str>, Code>,
}

impl Names {
    /// The number of a name; 0 for none.
    pub(in crate::analysis) fn code(&mut self, text: Option<&str>) -> Code {
        let Some(text) = text else { return 0 };
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        let code = Code::try_from(self.texts.len()).unwrap_or(0);
        self.codes.insert(text, code);
        code
    }

    /// The numbers of the names that fit.
    pub(super) fn matching(&self, fits: impl Fn(&str) -> bool) -> impl Iterator<Item = Code> {
        (1..).zip(&self.texts).filter(move |(_, text)| fits(text)).map(|(code, _)| code)
    }

    /// The name with this number, to be kept; empty for none.
    pub(super) fn shared(&self, code: Code) -> Arc<str> {
        let place = usize::try_from(code).ok().and_then(|code| code.checked_sub(1));
        place.and_then(|place| self.texts.get(place)).map_or_else(|| "".into(), Arc::clone)
    }

    /// The name with this number.
    pub(in crate::analysis) fn text(&self, code: Code) -> Option<&str> {
        self.texts.get(usize::try_from(code).ok()?.checked_sub(1)?).map(AsRef::as_ref)
    }
}

/// What the time of a span is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::analysis) enum Nature {
    /// Somebody works.
    #[default]
    Work,
    /// A person is waited for.
    Approval,
    /// An agent or the system is there; that is no work.
    Lifetime,
    /// A trace as a whole; spans of the trace that have no parent hang under it.
    Wrapper,
}

/// A span's role in a call between two components.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::analysis) enum Role {
    /// None that is known.
    #[default]
    None,
    /// It calls another component.
    Client,
    /// It answers a call.
    Server,
}

/// One span of a run; times in nanoseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::analysis) struct Span {
    /// When it began.
    pub(in crate::analysis) start: i64,
    /// When it ended; for one that has not, the last end below it.
    pub(in crate::analysis) end: i64,
    /// Whether it has ended.
    pub(in crate::analysis) has_ended: bool,
    /// The place of the span above it.
    pub(in crate::analysis) parent: Option<u32>,
    /// Whether the one above does not wait for it: it follows from it, or takes its message.
    pub(in crate::analysis) is_detached: bool,
    pub(in crate::analysis) nature: Nature,
    pub(in crate::analysis) role: Role,
    /// Who acts; where the span does not say, the agent of the nearest span above that does.
    pub(in crate::analysis) agent: Code,
    /// Whether the span says its agent itself.
    pub(in crate::analysis) names_agent: bool,
    /// To whom it hands the work over.
    pub(in crate::analysis) peer: Code,
    pub(in crate::analysis) component: Code,
    pub(in crate::analysis) operation: Code,
    pub(in crate::analysis) tool: Code,
    pub(in crate::analysis) model: Code,
    pub(in crate::analysis) name: Code,
    /// Its row in the table that it was read from.
    pub(in crate::analysis) row: u32,
}

/// A message that arrived; times in nanoseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::analysis) struct Message {
    pub(in crate::analysis) sender: Code,
    pub(in crate::analysis) receiver: Code,
    pub(in crate::analysis) sent: i64,
    pub(in crate::analysis) received: i64,
    /// Its row in the table that it was read from.
    pub(in crate::analysis) row: u32,
}

/// What a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::analysis) enum Unit {
    /// A session: several traces and agents side by side.
    Session,
    /// A trace: one tree.
    #[default]
    Trace,
    /// A swarm without sessions.
    Swarm,
    /// Spans that name no group.
    Rest,
}

impl Unit {
    /// The word for it in answers.
    pub(in crate::analysis) const fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Trace => "trace",
            Self::Swarm => "swarm",
            Self::Rest => "rest",
        }
    }
}

/// One run; spans in the order of their start, messages of their receipt.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Run {
    pub(in crate::analysis) unit: Unit,
    pub(in crate::analysis) id: Code,
    pub(in crate::analysis) spans: Vec<Span>,
    pub(in crate::analysis) messages: Vec<Message>,
}

impl Run {
    /// The span at a place.
    pub(in crate::analysis) fn span(&self, place: u32) -> Option<&Span> {
        self.spans.get(place as usize)
    }

    /// The places of the spans in an order in which each comes after the one above it; those that
    /// hang in a cycle come last.
    pub(in crate::analysis) fn top_down(&self) -> Vec<u32> {
        let children = self.children();
        let mut order: Vec<u32> = Vec::with_capacity(self.spans.len());
        let mut is_seen = vec![false; self.spans.len()];
        let roots = (0_u32..).zip(&self.spans).filter(|(_, span)| span.parent.is_none());
        let roots: Vec<u32> = roots.map(|(place, _)| place).collect();
        let all = 0..u32::try_from(self.spans.len()).unwrap_or(u32::MAX);
        for start in roots.into_iter().chain(all) {
            if std::mem::replace(&mut is_seen[start as usize], true) {
                continue;
            }
            let mut next = order.len();
            order.push(start);
            while let Some(&place) = order.get(next) {
                next += 1;
                for &child in children.of(place) {
                    if !std::mem::replace(&mut is_seen[child as usize], true) {
                        order.push(child);
                    }
                }
            }
        }
        order
    }

    /// The children of each span, in the order of their start.
    pub(in crate::analysis) fn children(&self) -> Children {
        Children::of_parents(self.spans.iter().map(|span| span.parent))
    }

    /// Puts an end to spans that have none, the last one below them, and gives the agent of the span
    /// above to those that name none.
    pub(super) fn settle(&mut self) {
        let order = self.top_down();
        for &place in &order {
            let span = self.spans[place as usize];
            let above = span.parent.and_then(|parent| self.span(parent)).map_or(0, |one| one.agent);
            let span = &mut self.spans[place as usize];
            span.names_agent = span.agent != 0;
            if !span.names_agent {
                span.agent = above;
            }
        }
        if self.spans.iter().all(|span| span.has_ended) {
            return;
        }
        for &place in order.iter().rev() {
            let Span { end, parent, .. } = self.spans[place as usize];
            let Some(parent) = parent.and_then(|parent| self.spans.get_mut(parent as usize)) else {
                continue;
            };
            if !parent.has_ended {
                parent.end = parent.end.max(end);
            }
        }
    }
}

/// Lists of children, one after the other.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Children {
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl Children {
    /// The children of each place, in order, from the parent of each.
    pub(in crate::analysis) fn of_parents(
        parents: impl Iterator<Item = Option<u32>> + Clone,
    ) -> Self {
        let count = parents.clone().count();
        let mut starts = vec![0_u32; count + 1];
        for parent in parents.clone().flatten() {
            starts[parent as usize + 1] += 1;
        }
        for place in 0..count {
            starts[place + 1] += starts[place];
        }
        let mut next = starts.clone();
        let mut places = vec![0_u32; starts.last().copied().unwrap_or(0) as usize];
        for (place, parent) in (0_u32..).zip(parents) {
            if let Some(parent) = parent {
                let at = &mut next[parent as usize];
                places[*at as usize] = place;
                *at += 1;
            }
        }
        Self { starts, places }
    }

    /// Puts the children of each in the order of a key.
    pub(super) fn sort_each<K: Ord>(&mut self, key: impl Fn(u32) -> K) {
        for bounds in self.starts.windows(2) {
            self.places[bounds[0] as usize..bounds[1] as usize].sort_by_key(|child| key(*child));
        }
    }

    /// The children of one.
    pub(in crate::analysis) fn of(&self, place: u32) -> &[u32] {
        let place = place as usize;
        match (self.starts.get(place), self.starts.get(place + 1)) {
            (Some(&from), Some(&to)) => &self.places[from as usize..to as usize],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: i64, end: Option<i64>, parent: Option<u32>, agent: Code) -> Span {
        let (has_ended, end) = (end.is_some(), end.unwrap_or(start));
        Span { start, end, has_ended, parent, agent, ..Span::default() }
    }

    #[test]
    fn names_keep_their_numbers() {
        let mut names = Names::default();
        assert_eq!(
            [Some("a"), None, Some("b"), Some("a")].map(|one| names.code(one)),
            [1, 0, 2, 1]
        );
        assert_eq!((names.text(2), names.text(0), names.text(3)), (Some("b"), None, None));
    }

    #[test]
    fn what_is_open_lasts_as_long_as_what_is_below_it() {
        let spans =
            vec![span(0, None, None, 7), span(5, None, Some(0), 0), span(6, Some(9), Some(1), 0)];
        let mut run = Run { spans, ..Run::default() };
        run.settle();
        assert_eq!(run.spans.iter().map(|span| span.end).collect::<Vec<_>>(), [9, 9, 9]);
        assert!(run.spans.iter().all(|span| span.agent == 7));
        assert!(run.spans[0].names_agent && !run.spans[2].names_agent);
    }

    #[test]
    fn a_cycle_is_gone_through_once() {
        let spans = vec![span(0, Some(1), Some(1), 0), span(0, Some(1), Some(0), 0)];
        let run = Run { spans, ..Run::default() };
        assert_eq!(run.top_down(), [0, 1]);
    }
}
