//! What an agent waited for before it acted: a message on its way, a hand-off that was not taken up.
//!
//! An act is a span that begins an agent's work: it names an agent, and the span above it is not the
//! same agent's. An agent that was free when it was last asked waited for that; how the wait shows on
//! the path is for [`super::sections`].

use super::run::{Code, Nature, Run, Span};
use crate::query::hashed::HashMap;

/// What a wait rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::analysis) enum About {
    /// Nothing that is recorded.
    #[default]
    Nothing,
    /// A span, by its place.
    Span(u32),
    /// A message, by its place.
    Message(u32),
}

/// A request to act, from whom to whom; times in nanoseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::analysis) struct Request {
    pub(in crate::analysis) sender: Code,
    pub(in crate::analysis) receiver: Code,
    /// When it was sent; not after it was received.
    pub(in crate::analysis) sent: i64,
    /// When it was received; a delegation's is when it was sent.
    pub(in crate::analysis) received: i64,
    pub(in crate::analysis) about: About,
}

/// The requests of a run, and which act followed which of them.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Requests {
    /// The request that each span waited for.
    of_act: Vec<Option<Request>>,
    /// Messages that arrived, by receipt.
    arrived: Vec<Request>,
}

/// The acts of one agent, in the order of their start.
#[derive(Debug, Default)]
struct Acts {
    starts: Vec<i64>,
    places: Vec<u32>,
    /// The last end of each and all before it.
    ends: Vec<i64>,
}

impl Requests {
    /// Finds the requests of a run and what followed them.
    pub(in crate::analysis) fn of(run: &Run) -> Self {
        let arrived: Vec<Request> = (0_u32..)
            .zip(&run.messages)
            .map(|(place, message)| Request {
                sender: message.sender,
                receiver: message.receiver,
                sent: message.sent.min(message.received),
                received: message.received,
                about: About::Message(place),
            })
            .collect();
        let acts = acts_of(run);
        let mut requests: HashMap<Code, Vec<Request>> = HashMap::default();
        for request in arrived.iter().copied().chain(delegations(run, &acts)) {
            if request.receiver != 0 && acts.contains_key(&request.receiver) {
                requests.entry(request.receiver).or_default().push(request);
            }
        }
        let mut of_act = vec![None; if requests.is_empty() { 0 } else { run.spans.len() }];
        for (receiver, mut asked) in requests {
            asked.sort_by_key(|request| (request.received, request.sent));
            if let Some(acts) = acts.get(&receiver) {
                acts.follow(&asked, &mut of_act);
            }
        }
        Self { of_act, arrived }
    }

    /// The request that a span waited for.
    pub(in crate::analysis) fn before(&self, span: u32) -> Option<Request> {
        self.of_act.get(span as usize).copied().flatten()
    }

    /// Every act that waited, with its request.
    pub(in crate::analysis) fn followed(&self) -> impl Iterator<Item = (u32, Request)> {
        (0_u32..).zip(&self.of_act).filter_map(|(act, request)| Some((act, (*request)?)))
    }

    /// The messages that arrived after `from` and not after `to`, the last one first.
    pub(in crate::analysis) fn arrived_in(
        &self,
        from: i64,
        to: i64,
    ) -> impl Iterator<Item = &Request> {
        let end = self.arrived.partition_point(|request| request.received <= to);
        self.arrived[..end].iter().rev().take_while(move |request| request.received > from)
    }
}

/// The acts of each agent.
fn acts_of(run: &Run) -> HashMap<Code, Acts> {
    let mut all: HashMap<Code, Acts> = HashMap::default();
    for (place, span) in (0_u32..).zip(&run.spans) {
        if is_act(run, span) {
            let acts = all.entry(span.agent).or_default();
            acts.starts.push(span.start);
            acts.places.push(place);
            let before = acts.ends.last().copied().unwrap_or(i64::MIN);
            acts.ends.push(before.max(span.end));
        }
    }
    all
}

fn is_act(run: &Run, span: &Span) -> bool {
    let above = span.parent.and_then(|parent| run.span(parent));
    span.names_agent
        && !matches!(span.nature, Nature::Lifetime | Nature::Wrapper)
        && above.is_none_or(|above| above.agent != span.agent || above.nature == Nature::Lifetime)
}

/// Spans that hand the work over: one that the receiver's act falls into does it when it begins, any
/// other when it ends.
fn delegations<'r>(
    run: &'r Run,
    acts: &'r HashMap<Code, Acts>,
) -> impl Iterator<Item = Request> + 'r {
    (0_u32..).zip(&run.spans).filter_map(|(place, span)| {
        let acts = acts.get(&span.peer).filter(|_| span.peer != 0 && span.peer != span.agent)?;
        let next = acts.starts.partition_point(|start| *start < span.start);
        let is_inside = acts.starts.get(next).is_some_and(|start| *start < span.end);
        let given = if is_inside { span.start } else { span.end };
        Some(Request {
            sender: span.agent,
            receiver: span.peer,
            sent: given,
            received: given,
            about: About::Span(place),
        })
    })
}

impl Acts {
    /// Notes for each act the last of these requests that came before it, where nothing that the agent
    /// had begun before ended after it came: it was neither busy then nor has it acted since.
    fn follow(&self, asked: &[Request], of_act: &mut [Option<Request>]) {
        for (at, (&start, &place)) in self.starts.iter().zip(&self.places).enumerate() {
            let count = asked.partition_point(|request| request.received <= start);
            let Some(request) = count.checked_sub(1).map(|last| asked[last]) else { continue };
            let earlier = self.starts[..at].partition_point(|other| *other < start);
            let is_busy = earlier > 0 && self.ends[earlier - 1] > request.received;
            if !is_busy {
                of_act[place as usize] = Some(request);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::run::Message;
    use super::*;

    const A: Code = 1;
    const B: Code = 2;

    fn act(start: i64, end: i64, agent: Code) -> Span {
        Span { start, end, has_ended: true, agent, names_agent: true, ..Span::default() }
    }

    fn message(sent: i64, received: i64) -> Message {
        Message { sender: A, receiver: B, sent, received, row: 0 }
    }

    fn waited(spans: Vec<Span>, messages: Vec<Message>) -> Vec<Option<(i64, i64)>> {
        let run = Run { spans, messages, ..Run::default() };
        let requests = Requests::of(&run);
        (0..u32::try_from(run.spans.len()).unwrap())
            .map(|place| requests.before(place).map(|request| (request.sent, request.received)))
            .collect()
    }

    #[test]
    fn an_act_waits_for_the_last_message_before_it() {
        let found = waited(
            vec![act(0, 10, A), act(15, 20, B), act(30, 40, B)],
            vec![message(1, 2), message(10, 13), message(14, 31)],
        );
        // The second act of B began nothing that was asked of it since the first.
        assert_eq!(found, [None, Some((10, 13)), None]);
    }

    #[test]
    fn who_was_busy_did_not_wait() {
        assert_eq!(waited(vec![act(0, 10, B), act(12, 20, B)], vec![message(3, 5)]), [None, None]);
        let found = waited(vec![act(0, 5, B), act(12, 20, B)], vec![message(3, 5)]);
        assert_eq!(found, [None, Some((3, 5))]);
    }

    #[test]
    fn a_delegation_is_given_when_it_ends_or_when_its_work_is_inside() {
        let hand_off = Span { peer: B, ..act(0, 4, A) };
        assert_eq!(waited(vec![hand_off, act(9, 12, B)], vec![]), [None, Some((4, 4))]);
        let call = Span { peer: B, ..act(0, 20, A) };
        assert_eq!(waited(vec![call, act(3, 12, B)], vec![]), [None, Some((0, 0))]);
    }

    #[test]
    fn a_clock_that_is_off_gives_no_negative_wait() {
        assert_eq!(waited(vec![act(0, 1, A), act(9, 12, B)], vec![message(8, 5)])[1], Some((5, 5)));
    }
}
