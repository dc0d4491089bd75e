//! Sums over sections: by what they are of, by the names of their spans, and by who waited for whom.
//!
//! Sums of runs are joined in any order; each keeps the records that hold most of it.

use super::load::Batch;
use super::run::{Code, Names, Run, Unit};
use super::sections::{Kind, Section};
use super::waits::{About, Requests};
use super::what_if::Subject;
use crate::query::hashed::HashMap;
use std::sync::Arc;

/// How many records stand for a sum.
const EVIDENCE: usize = 5;

/// A part of a sum: what one record holds of it. In this order it is the same however runs are batched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Share {
    /// In nanoseconds, negative.
    length: i64,
    from: i64,
    /// The run's place in its batch, which is in the order of names.
    run: usize,
    place: u32,
    about: About,
}

/// A part of a sum, with the id of its record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    length: i64,
    from: i64,
    run: (Unit, Arc<str>),
    place: u32,
    id: String,
}

/// A sum with its longest parts; times in nanoseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    pub(super) total: i64,
    /// Of waits: what of them lies on a path.
    pub(super) on_path: i64,
    pub(super) count: i64,
    /// First and last time, in nanoseconds since 1970 UTC.
    range: Option<(i64, i64)>,
    /// The longest, until the batch is done with.
    parts: Vec<Share>,
    /// The longest, with the ids of records.
    named: Vec<Named>,
}

impl Sum {
    /// Adds what a record holds; all that one holds is added one after the other.
    fn add(&mut self, run: usize, about: About, from: i64, to: i64) {
        self.total = self.total.saturating_add(to - from);
        self.count += 1;
        self.widen(from, to);
        match self.parts.last_mut() {
            Some(last) if last.about == about && last.run == run => {
                last.length = last.length.saturating_sub(to - from);
                last.from = last.from.min(from);
            }
            _ => {
                if self.parts.len() >= 16 * EVIDENCE {
                    self.keep_longest();
                }
                self.parts.push(Share { length: from - to, from, run, place: place(about), about });
            }
        }
    }

    fn widen(&mut self, from: i64, to: i64) {
        let (first, last) = self.range.unwrap_or((from, to));
        self.range = Some((first.min(from), last.max(to)));
    }

    fn keep_longest(&mut self) {
        self.parts.sort_unstable();
        self.parts.truncate(EVIDENCE);
        self.named.sort_unstable();
        self.named.truncate(EVIDENCE);
    }

    fn join(&mut self, mut other: Self) {
        self.total = self.total.saturating_add(other.total);
        self.on_path = self.on_path.saturating_add(other.on_path);
        self.count += other.count;
        if let Some((from, to)) = other.range {
            self.widen(from, to);
        }
        self.parts.append(&mut other.parts);
        self.named.append(&mut other.named);
        self.keep_longest();
    }

    /// Puts ids in the place of rows, which last as long as their batch.
    fn name(&mut self, batch: &Batch, names: &Names) {
        self.keep_longest();
        for part in self.parts.drain(..) {
            let Some(run) = batch.runs.get(part.run) else { continue };
            self.named.extend(batch.id(run, part.about).map(|id| Named {
                length: part.length,
                from: part.from,
                run: (run.unit, names.shared(run.id)),
                place: part.place,
                id: id.to_owned(),
            }));
        }
        self.keep_longest();
    }

    /// The ids of the records that hold most of it, the longest first.
    pub(super) fn ids(&self) -> Vec<String> {
        self.named.iter().map(|part| part.id.clone()).collect()
    }

    /// What the record holds that holds most of it, in nanoseconds.
    pub(super) fn longest(&self) -> i64 {
        self.named.first().map_or(0, |part| part.length.saturating_neg())
    }

    /// First and last time, in microseconds since 1970 UTC.
    pub(super) fn micros(&self) -> (i64, i64) {
        let (from, to) = self.range.unwrap_or_default();
        (from.div_euclid(1000), to.div_euclid(1000))
    }
}

fn place(about: About) -> u32 {
    match about {
        About::Nothing => 0,
        About::Span(place) | About::Message(place) => place,
    }
}

/// What a section is of. In a wait the agent waits, and the peer is whom it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::analysis) struct Place {
    pub(in crate::analysis) kind: Kind,
    pub(in crate::analysis) agent: Code,
    pub(in crate::analysis) peer: Code,
    pub(in crate::analysis) component: Code,
    pub(in crate::analysis) operation: Code,
    pub(in crate::analysis) tool: Code,
}

impl Place {
    /// The names, by which places are put in order: numbers say nothing.
    pub(super) fn texts(self, names: &Names) -> [Option<&str>; 5] {
        [self.agent, self.peer, self.component, self.operation, self.tool]
            .map(|code| names.text(code))
    }

    /// Of a section of a run.
    pub(in crate::analysis) fn of(run: &Run, section: &Section) -> Self {
        let nothing =
            Self { kind: section.kind, agent: 0, peer: 0, component: 0, operation: 0, tool: 0 };
        match (section.request, section.span.and_then(|span| run.span(span))) {
            (Some(request), _) => Self { agent: request.receiver, peer: request.sender, ..nothing },
            (None, Some(span)) => Self {
                agent: span.agent,
                component: span.component,
                operation: span.operation,
                tool: span.tool,
                ..nothing
            },
            (None, None) => nothing,
        }
    }
}

/// Everything that is summed.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// The wall times of the runs.
    pub(super) total: i64,
    pub(super) places: HashMap<Place, Sum>,
    /// The work of each subject.
    pub(super) subjects: HashMap<(Subject, Code), Sum>,
    /// All waits by sender and receiver, on a path or not.
    pub(super) waits: HashMap<(Kind, Code, Code), Sum>,
}

impl Sums {
    /// Of the run at a place in its batch.
    pub(super) fn of(number: usize, run: &Run, requests: &Requests, sections: &[Section]) -> Self {
        let mut sums = Self::default();
        let mut sections: Vec<&Section> = sections.iter().collect();
        sections.sort_by_key(|section| section.about());
        for section in sections {
            sums.total = sums.total.saturating_add(section.length());
            sums.add_section(number, run, section);
        }
        for request in requests.arrived_in(i64::MIN, i64::MAX) {
            if request.sent < request.received {
                let sum = sums.waits.entry((Kind::Queue, request.sender, request.receiver));
                sum.or_default().add(number, request.about, request.sent, request.received);
            }
        }
        for (act, request) in requests.followed() {
            let start = run.span(act).map_or(request.received, |span| span.start);
            if request.received < start {
                let sum = sums.waits.entry((Kind::HandOff, request.sender, request.receiver));
                sum.or_default().add(number, request.about, request.received, start);
            }
        }
        sums
    }

    fn add_section(&mut self, number: usize, run: &Run, section: &Section) {
        let (from, to) = (section.from, section.to);
        let sum = self.places.entry(Place::of(run, section)).or_default();
        sum.add(number, section.about(), from, to);
        if let Some(request) = section.request {
            let key = (section.kind, request.sender, request.receiver);
            let sum = self.waits.entry(key).or_default();
            sum.on_path = sum.on_path.saturating_add(section.length());
        } else if let (Kind::Work, Some(span)) = (section.kind, section.span)
            && let Some(span) = run.span(span)
        {
            for subject in Subject::ALL {
                let name = subject.of(span);
                if name != 0 {
                    let sum = self.subjects.entry((subject, name)).or_default();
                    sum.add(number, section.about(), from, to);
                }
            }
        }
    }

    /// Both together.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.total = self.total.saturating_add(other.total);
        for (key, sum) in other.places {
            self.places.entry(key).or_default().join(sum);
        }
        for (key, sum) in other.subjects {
            self.subjects.entry(key).or_default().join(sum);
        }
        for (key, sum) in other.waits {
            self.waits.entry(key).or_default().join(sum);
        }
        self
    }

    /// Puts ids in the place of rows, which last as long as their batch.
    pub(super) fn name(&mut self, batch: &Batch, names: &Names) {
        let sums = self.places.values_mut().chain(self.subjects.values_mut());
        sums.chain(self.waits.values_mut()).for_each(|sum| sum.name(batch, names));
    }
}
