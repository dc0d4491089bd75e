//! Errors up the delegation chain: which error made whoever had asked for the work fail too.
//!
//! An error is handed up when the next record above it that did not end well by itself failed, not
//! before the error was known, and nothing ended well in between. Records that say nothing about their
//! outcome, such as a decision or a message, are passed through. Of several errors below one failure
//! the first that was known is its cause; so every error stands in exactly one chain.

use crate::query::hashed::{HashMap, RandomState};
use std::cmp::Reverse;

/// So many records are looked at on the way up from an error to the next failure.
const MOST_STEPS: usize = 64;

/// A record by its group and its id.
pub(super) type Key<'t> = (&'t str, &'t str);

/// What is known of an error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure<'t> {
    /// Its record: of a failed interval the one that ended it.
    pub(super) key: Key<'t>,
    /// Its trace, where it names one.
    pub(super) trace: Option<&'t str>,
    /// The record below which it happened, in the same trace, else in the same group.
    pub(super) parent: Option<&'t str>,
    /// When it began, in microseconds since 1970.
    pub(super) start: i64,
    /// When it was known, in microseconds since 1970.
    pub(super) end: i64,
    /// Whether it was recovered from: then it is nobody's cause.
    pub(super) is_recovered: bool,
}

/// A record through which errors may be handed up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ancestor<'t> {
    /// Its group and id.
    pub(super) key: Key<'t>,
    /// The record that ended it; its own id where there is none.
    pub(super) end_id: &'t str,
    /// Its trace, where it names one.
    pub(super) trace: Option<&'t str>,
    /// The record below which it stands.
    pub(super) parent: Option<&'t str>,
    /// How it ended.
    pub(super) outcome: Outcome,
}

/// How a record that is no error ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Well, or it was called off: nothing is handed up through it.
    Settled,
    /// It says nothing, or it was not over.
    Open,
}

/// The chains that errors make.
#[derive(Debug, Default)]
pub(super) struct Chains {
    /// Each error in exactly one, from the root cause up; places in the list of errors.
    pub(super) all: Vec<Vec<usize>>,
}

/// One step of the way up.
#[derive(Clone, Copy)]
struct Node<'t> {
    group: &'t str,
    trace: Option<&'t str>,
    parent: Option<&'t str>,
    /// The error that it is, by its place.
    failure: Option<usize>,
    outcome: Outcome,
}

/// The chains of `failures`, which stand below `ancestors`.
pub(super) fn chains(failures: &[Failure<'_>], ancestors: &[Ancestor<'_>]) -> Chains {
    let nodes = Nodes::of(failures, ancestors);
    let above: Vec<Option<usize>> =
        (0..failures.len()).map(|place| nodes.failure_above(failures, place)).collect();
    let order = |place: usize| (failures[place].end, failures[place].start, failures[place].key);
    let mut cause: Vec<Option<usize>> = vec![None; failures.len()];
    for (place, above) in above.iter().enumerate() {
        if let Some(above) = *above
            && cause[above].is_none_or(|first| order(place) < order(first))
        {
            cause[above] = Some(place);
        }
    }
    let mut is_cause = vec![false; failures.len()];
    for place in cause.iter().flatten() {
        is_cause[*place] = true;
    }
    let mut is_seen = vec![false; failures.len()];
    let mut all = Vec::new();
    // Those that are nobody's cause are the tops. Whatever is left then is a circle, each on its own.
    let tops = (0..failures.len()).filter(|place| !is_cause[*place]);
    for top in tops.chain(0..failures.len()) {
        let mut chain = Vec::new();
        let mut next = Some(top);
        while let Some(place) = next.filter(|place| !is_seen[*place]) {
            is_seen[place] = true;
            chain.push(place);
            next = cause[place].filter(|_| !is_cause[top]);
        }
        if !chain.is_empty() {
            chain.reverse();
            all.push(chain);
        }
    }
    Chains { all }
}

/// Records by their ids.
struct Nodes<'t> {
    all: Vec<Node<'t>>,
    in_group: HashMap<Key<'t>, usize>,
    in_trace: HashMap<Key<'t>, usize>,
    /// The node of each error.
    of_failure: Vec<usize>,
}

impl<'t> Nodes<'t> {
    fn of(failures: &[Failure<'t>], ancestors: &[Ancestor<'t>]) -> Self {
        let mut nodes = Self {
            all: Vec::with_capacity(ancestors.len()),
            in_group: HashMap::with_capacity_and_hasher(ancestors.len(), RandomState::default()),
            in_trace: HashMap::default(),
            of_failure: Vec::with_capacity(failures.len()),
        };
        for ancestor in ancestors {
            let Ancestor { key: (group, id), trace, parent, outcome, .. } = *ancestor;
            nodes.add(id, Node { group, trace, parent, failure: None, outcome });
        }
        for (place, ancestor) in ancestors.iter().enumerate() {
            let Ancestor { key: (group, _), end_id, trace, .. } = *ancestor;
            nodes.in_group.entry((group, end_id)).or_insert(place);
            if let Some(trace) = trace {
                nodes.in_trace.entry((trace, end_id)).or_insert(place);
            }
        }
        for (place, failure) in failures.iter().enumerate() {
            let Failure { key: (group, id), trace, parent, .. } = *failure;
            let known = nodes.in_group.get(&failure.key).copied();
            let node = known.unwrap_or_else(|| {
                nodes.add(id, Node { group, trace, parent, failure: None, outcome: Outcome::Open })
            });
            nodes.all[node].failure.get_or_insert(place);
            nodes.of_failure.push(node);
        }
        nodes
    }

    fn add(&mut self, id: &'t str, node: Node<'t>) -> usize {
        let place = self.all.len();
        self.in_group.entry((node.group, id)).or_insert(place);
        if let Some(trace) = node.trace {
            self.in_trace.entry((trace, id)).or_insert(place);
        }
        self.all.push(node);
        place
    }

    /// The place of the record below which a node stands.
    fn parent(&self, node: &Node<'_>) -> Option<usize> {
        let id = node.parent?;
        let in_trace = node.trace.and_then(|trace| self.in_trace.get(&(trace, id)));
        in_trace.or_else(|| self.in_group.get(&(node.group, id))).copied()
    }

    /// The next failure above one, where it was handed up to that.
    fn failure_above(&self, failures: &[Failure<'_>], place: usize) -> Option<usize> {
        let failure = failures.get(place).filter(|failure| !failure.is_recovered)?;
        let own = *self.of_failure.get(place)?;
        let mut node = self.all.get(own)?;
        for _ in 0..MOST_STEPS {
            let above = self.parent(node)?;
            node = self.all.get(above).filter(|_| above != own)?;
            if let Some(above) = node.failure {
                let is_later = |one: &Failure<'_>| {
                    // What ends at once with what it holds is over last if it began first.
                    (one.end, Reverse(one.start)) >= (failure.end, Reverse(failure.start))
                };
                return failures.get(above).filter(|one| is_later(one)).map(|_| above);
            }
            if node.outcome == Outcome::Settled {
                return None;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn failure(id: &'static str, parent: &'static str, start: i64, end: i64) -> Failure<'static> {
        let parent = Some(parent).filter(|parent| !parent.is_empty());
        Failure { key: ("s", id), trace: None, parent, start, end, is_recovered: false }
    }

    fn ancestor(
        id: &'static str,
        end_id: &'static str,
        parent: &'static str,
        outcome: Outcome,
    ) -> Ancestor<'static> {
        let parent = Some(parent).filter(|parent| !parent.is_empty());
        Ancestor { key: ("s", id), end_id, trace: None, parent, outcome }
    }

    /// The chains as ids, sorted.
    fn ids(
        failures: &[Failure<'static>],
        ancestors: &[Ancestor<'static>],
    ) -> Vec<Vec<&'static str>> {
        let chains = chains(failures, ancestors).all;
        let name = |place: &usize| failures[*place].key.1;
        let mut all: Vec<Vec<&str>> =
            chains.iter().map(|chain| chain.iter().map(name).collect()).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn an_error_goes_up_through_whatever_says_nothing() {
        // The call failed, then the task that it was made for, then, past a decision, the plan.
        let failures = [
            failure("plan", "", 0, 90),
            failure("t-end", "d", 10, 50),
            failure("call", "t", 20, 40),
        ];
        let ancestors = [
            ancestor("plan", "plan", "", Outcome::Open),
            ancestor("d", "d-end", "plan", Outcome::Open),
            ancestor("t", "t-end", "d", Outcome::Open),
        ];
        assert_eq!(ids(&failures, &ancestors), [vec!["call", "t-end", "plan"]]);
    }

    #[test]
    fn what_ended_well_or_failed_before_or_was_recovered_from_stops_it() {
        let below = |parent: &'static str| failure("call", parent, 20, 40);
        let well = [ancestor("t", "t", "plan", Outcome::Settled)];
        let plan = failure("plan", "", 0, 90);
        assert_eq!(ids(&[plan, below("t")], &well), [vec!["call"], vec!["plan"]]);
        let early = failure("plan", "", 0, 39);
        assert_eq!(ids(&[early, below("plan")], &[]), [vec!["call"], vec!["plan"]]);
        let recovered = Failure { is_recovered: true, ..below("plan") };
        assert_eq!(ids(&[plan, recovered], &[]), [vec!["call"], vec!["plan"]]);
        let elsewhere = Failure { key: ("other", "call"), ..below("plan") };
        assert_eq!(ids(&[plan, elsewhere], &[]), [vec!["call"], vec!["plan"]]);
        assert_eq!(ids(&[plan, below("plan")], &[]), [vec!["call", "plan"]]);
    }

    #[test]
    fn a_trace_holds_together_what_names_no_session() {
        let top = Failure { trace: Some("t"), ..failure("top", "", 0, 90) };
        let call = Failure { key: ("t", "call"), trace: Some("t"), ..failure("call", "top", 5, 9) };
        let other = Failure { key: ("u", "other"), trace: Some("u"), ..call };
        assert_eq!(ids(&[top, call, other], &[]), [vec!["call", "top"], vec!["other"]]);
    }

    #[test]
    fn the_first_of_several_errors_is_the_cause() {
        let failures = [
            failure("second", "top", 0, 30),
            failure("first", "top", 5, 20),
            failure("top", "", 0, 60),
        ];
        assert_eq!(ids(&failures, &[]), [vec!["first", "top"], vec!["second"]]);
    }

    #[test]
    fn circles_and_records_that_name_themselves_end() {
        let circle = [failure("a", "b", 0, 9), failure("b", "a", 0, 9), failure("c", "c", 0, 9)];
        assert_eq!(ids(&circle, &[]), [vec!["a"], vec!["b"], vec!["c"]]);
        let open = [ancestor("x", "x", "y", Outcome::Open), ancestor("y", "y", "x", Outcome::Open)];
        assert_eq!(ids(&[failure("a", "x", 0, 9)], &open), [vec!["a"]]);
    }

    proptest! {
        #[test]
        fn every_error_is_in_one_chain_and_chains_go_up(
            spans in prop::collection::vec((0usize..12, 0i64..20, 0i64..20, any::<bool>(), 0u8..3), 0..12)
        ) {
            let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
            let all: Vec<_> = spans.iter().zip(names).map(|((parent, start, length, is_recovered, _), id)| {
                Failure { is_recovered: *is_recovered, ..failure(id, names[*parent], *start, start + length) }
            }).collect();
            let sort = |place: usize| spans[place].4;
            let failures: Vec<_> = (0..all.len()).filter(|place| sort(*place) == 0).map(|place| all[place]).collect();
            let ancestors: Vec<_> = (0..all.len()).filter(|place| sort(*place) > 0).map(|place| Ancestor {
                key: all[place].key, end_id: all[place].key.1, trace: None, parent: all[place].parent,
                outcome: if sort(place) == 1 { Outcome::Open } else { Outcome::Settled },
            }).collect();
            let found = chains(&failures, &ancestors).all;
            let mut places: Vec<usize> = found.iter().flatten().copied().collect();
            places.sort_unstable();
            prop_assert_eq!(places, (0..failures.len()).collect::<Vec<_>>());
            for chain in &found {
                let ends: Vec<i64> = chain.iter().map(|place| failures[*place].end).collect();
                prop_assert!(ends.is_sorted(), "{:?}", ends);
            }
            let mut turned = failures.clone();
            turned.reverse();
            prop_assert_eq!(ids(&turned, &ancestors), ids(&failures, &ancestors));
        }
    }
}
