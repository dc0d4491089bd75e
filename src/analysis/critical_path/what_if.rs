//! Changes to try: one agent, tool, operation, component or model that takes more or less time.
//!
//! How they are written is for the command line; what they lead to for [`super::replay`].

use super::run::{Code, Names, Span};
use super::sums::Place;
use crate::query::hashed::HashSet;

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Who acts.
    Agent,
    /// Tool that is called.
    Tool,
    /// What is done.
    Operation,
    /// Service or component.
    Component,
    /// Model that is called.
    Model,
}

impl Subject {
    /// Every kind of subject.
    pub const ALL: [Self; 5] =
        [Self::Agent, Self::Tool, Self::Operation, Self::Component, Self::Model];

    /// The word for it: the name of its column.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Tool => "tool",
            Self::Operation => "operation",
            Self::Component => "component",
            Self::Model => "model",
        }
    }

    /// How a span names it.
    pub(super) const fn of(self, span: &Span) -> Code {
        match self {
            Self::Agent => span.agent,
            Self::Tool => span.tool,
            Self::Operation => span.operation,
            Self::Component => span.component,
            Self::Model => span.model,
        }
    }
}

/// By how much a span's own time changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// By millionths of itself, −1,000,000 at least.
    Share(i64),
    /// By nanoseconds a span, down to nothing.
    Nanoseconds(i64),
}

impl Change {
    fn apply(self, own: i64) -> i64 {
        let changed = match self {
            Self::Share(millionths) => {
                i128::from(own) + i128::from(own) * i128::from(millionths) / 1_000_000
            }
            Self::Nanoseconds(nanos) => i128::from(own) + i128::from(nanos),
        };
        i64::try_from(changed.max(0)).unwrap_or(i64::MAX)
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// What it is about.
    pub subject: Subject,
    /// The subject's name; `*` stands for any text.
    pub name: String,
    /// By how much.
    pub change: Change,
}

/// Changes by the numbers of names.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Changes {
    all: Vec<(Matched, Change)>,
}

/// Which spans a change is about.
#[derive(Debug)]
enum Matched {
    /// Those whose subject has one of these names.
    Subject(Subject, HashSet<Code>),
    /// Those whose time on a path is of this place.
    Place(Place),
}

impl Matched {
    fn fits(&self, span: &Span) -> bool {
        match self {
            Self::Subject(subject, codes) => codes.contains(&subject.of(span)),
            Self::Place(place) => {
                let of = [span.agent, span.component, span.operation, span.tool];
                of == [place.agent, place.component, place.operation, place.tool]
            }
        }
    }
}

impl Changes {
    /// The changes, with the names that they are about.
    pub(in crate::analysis) fn of(what_ifs: &[WhatIf], names: &Names) -> Self {
        let all = what_ifs.iter().map(|one| {
            let codes = names.matching(|name| matches_glob(&one.name, name));
            (Matched::Subject(one.subject, codes.collect()), one.change)
        });
        Self { all: all.collect() }
    }

    /// One change of all that works at a place.
    pub(super) fn of_place(place: Place, change: Change) -> Self {
        Self { all: vec![(Matched::Place(place), change)] }
    }

    /// What remains of a span's own time, in nanoseconds: the changes that are about it, in their order.
    pub(super) fn own_time(&self, span: &Span, own: i64) -> i64 {
        self.all
            .iter()
            .filter(|(matched, _)| matched.fits(span))
            .fold(own, |own, (_, change)| change.apply(own))
    }
}

/// Whether a name fits a pattern in which `*` stands for any text.
pub(super) fn matches_glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_shares_or_times() {
        assert_eq!(Change::Share(-500_000).apply(9), 5);
        assert_eq!(Change::Share(0).apply(7), 7);
        assert_eq!(Change::Share(-1_000_000).apply(i64::MAX), 0);
        assert_eq!(Change::Share(200_000).apply(10), 12);
        assert_eq!(Change::Nanoseconds(-200).apply(150), 0);
        assert_eq!(Change::Nanoseconds(-200).apply(250), 50);
    }

    #[test]
    fn patterns_fit_whole_names() {
        for (pattern, name) in [
            ("a", "a"),
            ("*", ""),
            ("a*", "abc"),
            ("*c", "abc"),
            ("a*b*c", "axbyc"),
            ("a**c", "ac"),
        ] {
            assert!(matches_glob(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("a", "ab"), ("a*", "ba"), ("*b", "abc"), ("a*a", "a"), ("a*x*c", "abc")]
        {
            assert!(!matches_glob(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn several_changes_go_one_after_the_other() {
        let mut names = Names::default();
        let (coder, search) = (names.code(Some("coder")), names.code(Some("search")));
        let what_if =
            |subject, name: &str, change| WhatIf { subject, name: name.to_owned(), change };
        let changes = Changes::of(
            &[
                what_if(Subject::Agent, "cod*", Change::Share(-500_000)),
                what_if(Subject::Tool, "search", Change::Nanoseconds(-10)),
            ],
            &names,
        );
        let span = Span { agent: coder, tool: search, ..Span::default() };
        assert_eq!(changes.own_time(&span, 100), 40);
        // A tool that bears the name of an agent is not the agent.
        assert_eq!(changes.own_time(&Span { tool: coder, ..Span::default() }, 100), 100);
        assert_eq!(changes.own_time(&Span::default(), 100), 100);
    }
}
