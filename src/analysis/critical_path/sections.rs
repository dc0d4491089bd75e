//! The critical path as sections: what the end of a run waited for, from its end back to its start.
//!
//! From the end of a part the next one is the child that ends last at or before the start of the section
//! just taken; one that overlaps it is off the path. In a session the first act after a request goes
//! back to the request: to its receipt (hand-off), to its sending (queue), and there to the sender. Time
//! between what is on a session's path belongs to what was at work then; only where nothing was it is
//! idle.

use super::forest::{Forest, Node};
use super::run::{Code, Nature, Run};
use super::waits::{About, Request, Requests};
use crate::query::hashed::HashMap;
use std::cmp::Reverse;

/// What the time of a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::analysis) enum Kind {
    /// Somebody works.
    Work,
    /// A message is under way.
    Queue,
    /// Work was handed over, and the receiver has not begun.
    HandOff,
    /// A person is waited for.
    Approval,
    /// Nothing that is recorded.
    Idle,
}

impl Kind {
    /// The word for it in answers.
    pub(in crate::analysis) const fn word(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Queue => "queue",
            Self::HandOff => "hand-off",
            Self::Approval => "approval",
            Self::Idle => "idle",
        }
    }
}

/// A part of the path; times in nanoseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) struct Section {
    pub(in crate::analysis) from: i64,
    pub(in crate::analysis) to: i64,
    pub(in crate::analysis) kind: Kind,
    /// The span that it belongs to; none where no span is on.
    pub(in crate::analysis) span: Option<u32>,
    /// Of a queue or a hand-off: who waited for whom.
    pub(in crate::analysis) request: Option<Request>,
}

impl Section {
    /// Its length in nanoseconds.
    pub(in crate::analysis) const fn length(&self) -> i64 {
        self.to - self.from
    }

    /// What it rests on.
    pub(in crate::analysis) fn about(&self) -> About {
        match (self.request, self.span) {
            (Some(request), _) => request.about,
            (None, Some(span)) => About::Span(span),
            (None, None) => About::Nothing,
        }
    }
}

/// The sections of the critical path, in the order of time. They do not overlap, and their lengths
/// sum to the root's duration. Siblings that overlap by at most `allowance` (0–1) of what is above
/// them count as one after the other.
pub(in crate::analysis) fn critical_path(
    run: &Run,
    forest: &Forest,
    requests: &Requests,
    allowance: f64,
) -> Vec<Section> {
    walk(run, forest, requests, allowance).found
}

/// The spans on the critical path, those too whose time on it is all that of spans below them.
pub(in crate::analysis) fn spans_on_path(
    run: &Run,
    forest: &Forest,
    requests: &Requests,
) -> Vec<u32> {
    let nodes = walk(run, forest, requests, 0.0).gone.into_iter();
    nodes.filter_map(|node| forest.node(node).span).collect()
}

fn walk<'w>(run: &'w Run, forest: &'w Forest, requests: &'w Requests, allowance: f64) -> Walk<'w> {
    let (open, gone, found) = (Vec::new(), Vec::new(), Vec::new());
    let mut walk = Walk { run, forest, requests, allowance, open, gone, found };
    if forest.root().span.is_some() {
        walk.open.push((0, forest.root().from, forest.root().to));
    } else {
        walk.session();
    }
    while let Some((node, from, until)) = walk.open.pop() {
        walk.gone.push(node);
        walk.node(node, from, until);
    }
    walk.found.sort_by_key(|section| section.from);
    walk
}

/// How the time before a request's receiver acted is shared, within `from`–`to`: where the message was
/// sent, and where it was received.
pub(super) fn borders(request: Request, from: i64, to: i64) -> (i64, i64) {
    let received = request.received.clamp(from, to);
    (request.sent.clamp(from, received), received)
}

struct Walk<'w> {
    run: &'w Run,
    forest: &'w Forest,
    requests: &'w Requests,
    allowance: f64,
    /// Nodes on the path whose inside is to be looked at, and the part of them that is on it.
    open: Vec<(u32, i64, i64)>,
    /// Nodes on the path.
    gone: Vec<u32>,
    found: Vec<Section>,
}

impl Walk<'_> {
    /// The nanoseconds by which children of a part of this length may overlap.
    fn allowed(&self, length: i64) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a share of a length that fits")]
        let allowed = (length as f64 * self.allowance) as i64;
        allowed.clamp(0, length.max(0))
    }

    /// Goes back through a span's part, from `until` to `begin`.
    fn node(&mut self, number: u32, begin: i64, until: i64) {
        let part = self.forest.node(number);
        let allowed = self.allowed(until - begin);
        let below = self.forest.children(number).iter();
        let mut children: Vec<(Reverse<i64>, i64, u32)> = below
            .map(|child| (self.forest.node(*child), *child))
            .filter(|(node, _)| node.from < until && begin < node.to)
            .map(|(node, child)| (Reverse(node.to.min(until)), node.from.max(begin), child))
            .collect();
        children.sort_unstable();
        let (mut border, mut next) = (until, None);
        for (Reverse(to), from, child) in children {
            if from < border && to - border <= allowed {
                let to = to.min(border);
                self.own(part, to, border, next);
                self.open.push((child, from, to));
                (border, next) = (from, Some(child));
            }
        }
        self.own(part, begin, border, next);
    }

    /// Notes a span's own time before what is `next` on the path.
    fn own(&mut self, part: Node, from: i64, to: i64, next: Option<u32>) {
        let nature = part.span.and_then(|span| self.run.span(span)).map(|span| span.nature);
        if nature == Some(Nature::Approval) {
            return self.add(from, to, Kind::Approval, part.span, None);
        }
        let request = next.and_then(|next| self.request_before(next));
        let (sent, received) = request.map_or((to, to), |request| borders(request, from, to));
        self.add(from, sent, Kind::Work, part.span, None);
        self.add(sent, received, Kind::Queue, part.span, request);
        self.add(received, to, Kind::HandOff, part.span, request);
    }

    /// What the span of a node waited for, where the node is its beginning.
    fn request_before(&self, number: u32) -> Option<Request> {
        let node = self.forest.node(number);
        let place = node.span?;
        let is_start = self.run.span(place).is_some_and(|span| span.start == node.from);
        self.requests.before(place).filter(|_| is_start)
    }

    fn add(&mut self, from: i64, to: i64, kind: Kind, span: Option<u32>, request: Option<Request>) {
        if from < to {
            self.found.push(Section { from, to, kind, span, request });
        }
    }

    /// Goes back through a session.
    fn session(&mut self) {
        let root = self.forest.root();
        let allowed = self.allowed(root.to - root.from);
        let tops = Tops::of(self.run, self.forest);
        let by_end = self.forest.children(0);
        let (mut border, mut next) = (root.to, 0);
        let mut sender = None;
        while border > root.from {
            while by_end.get(next).is_some_and(|top| {
                let node = self.forest.node(*top);
                node.to > border.saturating_add(allowed) || node.from >= border
            }) {
                next += 1;
            }
            let at_work = sender.take().and_then(|sender| tops.at_work(sender, border));
            let Some(taken) = at_work.or_else(|| by_end.get(next).copied()) else {
                return self.between(&tops, root.from, border);
            };
            let node = self.forest.node(taken);
            let to = node.to.min(border);
            self.between(&tops, to, border);
            self.open.push((taken, node.from, to));
            border = node.from;
            if let Some(request) = self.request_before(taken)
                && request.sent < border
                && !tops.ends.contains(&border)
            {
                let (sent, received) = borders(request, root.from, border);
                self.add(received, border, Kind::HandOff, None, Some(request));
                self.add(sent, received, Kind::Queue, None, Some(request));
                border = sent;
                sender = Some(request.sender);
            }
        }
    }

    /// Notes the time between what is on the path: what was at work then, and what is idle.
    fn between(&mut self, tops: &Tops, from: i64, to: i64) {
        let at_work = tops.first_at_work(to).filter(|_| from < to);
        let begin = at_work.map_or(to, |(_, begun)| begun.max(from));
        self.open.extend(at_work.map(|(top, _)| (top, begin, to)));
        self.idle(from, begin);
    }

    /// Notes time under no span; of it that in which messages are under way as their queue.
    fn idle(&mut self, from: i64, to: i64) {
        let mut border = to;
        for request in self.requests.arrived_in(from, to) {
            if request.received <= border && request.sent < request.received {
                self.found.extend(section_of_idle(request.received, border));
                border = request.sent.max(from);
                self.found.push(Section {
                    from: border,
                    to: request.received,
                    kind: Kind::Queue,
                    span: None,
                    request: Some(*request),
                });
            }
        }
        self.found.extend(section_of_idle(from, border));
    }
}

fn section_of_idle(from: i64, to: i64) -> Option<Section> {
    let idle = Section { from, to, kind: Kind::Idle, span: None, request: None };
    (from < to).then_some(idle)
}

/// The nodes right under the root of a session.
#[derive(Debug, Default)]
pub(super) struct Tops {
    /// When any of them ends.
    pub(super) ends: crate::query::hashed::HashSet<i64>,
    /// Those of each agent by their start, each with the last end so far.
    of_agent: HashMap<Code, Vec<(Node, u32, i64)>>,
    /// All of them by their start, each with the last end so far.
    all: Vec<(Node, u32, i64)>,
}

impl Tops {
    pub(super) fn of(run: &Run, forest: &Forest) -> Self {
        let mut tops = Self::default();
        for &top in forest.children(0) {
            let node = forest.node(top);
            tops.ends.insert(node.to);
            tops.all.push((node, top, i64::MIN));
            let agent = node.span.and_then(|span| run.span(span)).map_or(0, |span| span.agent);
            if agent != 0 {
                tops.of_agent.entry(agent).or_default().push((node, top, i64::MIN));
            }
        }
        for nodes in tops.of_agent.values_mut().chain([&mut tops.all]) {
            nodes.sort_by_key(|(node, top, _)| (node.from, *top));
            let mut last = i64::MIN;
            for (node, _, end) in nodes {
                last = last.max(node.to);
                *end = last;
            }
        }
        tops
    }

    /// Of what is at work at a time, what had begun first, and when.
    fn first_at_work(&self, time: i64) -> Option<(u32, i64)> {
        let open = self.all.partition_point(|(.., last)| *last <= time);
        let (node, top, _) = self.all.get(open)?;
        (node.from < time).then_some((*top, node.from))
    }

    /// What an agent is doing at a time: of what it has begun before and ends then or later, the last
    /// begun.
    pub(super) fn at_work(&self, agent: Code, time: i64) -> Option<u32> {
        let nodes = self.of_agent.get(&agent)?;
        let begun = nodes.partition_point(|(node, ..)| node.from < time);
        let open = nodes[..begun].iter().rev().take_while(|(.., last)| *last >= time);
        open.into_iter().find(|(node, ..)| node.to >= time).map(|(_, top, _)| *top)
    }
}
