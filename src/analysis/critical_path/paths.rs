//! The paths of the runs that are asked for: one at a time on each thread, joined share by share.

use super::forest::Forest;
use super::load::{Batch, Picked, Wanted};
use super::parallel::{Degree, Gap, Slice, Step, network, slices, steps};
use super::replay::replay;
use super::run::{Code, Names, Run, Unit};
use super::sections::{Section, critical_path};
use super::strip::DrawnPath;
use super::sums::{Place, Sums};
use super::waits::Requests;
use super::what_if::{Changes, Subject, WhatIf, matches_glob};
use crate::query::hashed::HashSet;
use crate::query::{Engine, QueryError, nearest};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// As many sections are kept of several runs.
const LONGEST: usize = 20;

/// Into so many parts the time of a single run is cut.
const SLICES: i64 = 48;

/// Which of the runs count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Slowest {
    /// So many.
    Runs(usize),
    /// This share of them (above 0, at most 1), rounded up.
    Share(f64),
}

impl Slowest {
    fn count(self, of: usize) -> usize {
        match self {
            Self::Runs(count) => count.min(of),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of a count that fits"
            )]
            Self::Share(share) => ((of as f64 * share).ceil() as usize).min(of),
        }
    }
}

/// How paths are found.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct Settings {
    pub(in crate::analysis) wanted: Wanted,
    /// The share of what is above them by which siblings may overlap, 0–1.
    pub(in crate::analysis) allowance: f64,
    /// All where there is none.
    pub(in crate::analysis) slowest: Option<Slowest>,
    pub(in crate::analysis) what_ifs: Vec<WhatIf>,
    /// Whether the slowest run gets a chart; not where `slowest` says which runs count.
    pub(in crate::analysis) is_drawn: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            wanted: Wanted::All,
            allowance: 0.0,
            slowest: None,
            what_ifs: Vec::new(),
            is_drawn: false,
        }
    }
}

/// One run; times in nanoseconds since 1970 UTC.
#[derive(Clone, Copy, Debug)]
pub(in crate::analysis) struct RunPath {
    pub(in crate::analysis) unit: Unit,
    pub(in crate::analysis) id: Code,
    pub(in crate::analysis) from: i64,
    pub(in crate::analysis) to: i64,
    pub(in crate::analysis) spans: usize,
    /// What takes most of its path, and how long.
    pub(in crate::analysis) top: Option<(Place, i64)>,
    pub(in crate::analysis) degree: Degree,
    /// Its wall time after the changes.
    pub(in crate::analysis) after: Option<i64>,
}

impl RunPath {
    /// Its wall time in nanoseconds.
    pub(in crate::analysis) const fn length(&self) -> i64 {
        self.to - self.from
    }
}

/// A section with the names of what it is of.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct NamedSection {
    pub(in crate::analysis) run: (Unit, Arc<str>),
    pub(in crate::analysis) section: Section,
    pub(in crate::analysis) place: Place,
    pub(in crate::analysis) name: Code,
    pub(in crate::analysis) id: Option<String>,
}

/// The paths of all runs that are asked for.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Paths {
    pub(in crate::analysis) names: Names,
    /// The slowest first.
    pub(in crate::analysis) runs: Vec<RunPath>,
    /// Of how many runs they are the slowest.
    pub(in crate::analysis) found: usize,
    /// Traces without a root: their spans hang in cycles.
    pub(in crate::analysis) rootless: usize,
    /// Spans that had not ended.
    pub(in crate::analysis) unfinished: usize,
    pub(super) sums: Sums,
    /// All of a single run in the order of time; the longest of several.
    pub(in crate::analysis) sections: Vec<NamedSection>,
    /// Of a single run.
    pub(in crate::analysis) slices: Vec<Slice>,
    /// Time between clients and servers, by their components.
    pub(in crate::analysis) network: Network,
    /// Of the slowest run, where it is asked for.
    pub(in crate::analysis) drawn: Option<DrawnPath>,
}

type Network = BTreeMap<(Code, Code), Gap>;

/// What some runs add.
#[derive(Debug, Default)]
struct Part {
    runs: Vec<RunPath>,
    rootless: usize,
    unfinished: usize,
    sums: Sums,
    /// With the run's place in its batch, until the batch is done with.
    sections: Vec<(usize, Section)>,
    named: Vec<NamedSection>,
    steps: Vec<Step>,
    network: Network,
}

impl Part {
    fn of(
        number: usize,
        run: &Run,
        settings: &Settings,
        changes: &Changes,
        names: &Names,
        is_single: bool,
    ) -> Self {
        let Some(forest) = Forest::of(run) else {
            return Self { rootless: 1, ..Self::default() };
        };
        let requests = Requests::of(run);
        let mut sections = critical_path(run, &forest, &requests, settings.allowance);
        let sums = Sums::of(number, run, &requests, &sections);
        let root = forest.root();
        let steps = steps(run, root.from, root.to);
        let has_changes = !settings.what_ifs.is_empty();
        let path = RunPath {
            unit: run.unit,
            id: run.id,
            from: root.from,
            to: root.to,
            spans: run.spans.len(),
            top: top(&sums, names),
            degree: Degree::of(&steps),
            after: has_changes.then(|| replay(run, &forest, &requests, changes)),
        };
        if !is_single {
            sections.sort_by_key(|section| (-section.length(), section.from));
            sections.truncate(LONGEST);
        }
        Self {
            runs: vec![path],
            unfinished: run.spans.iter().filter(|span| !span.has_ended).count(),
            sums,
            sections: sections.into_iter().map(|section| (number, section)).collect(),
            steps: if is_single { steps } else { Vec::new() },
            network: network(run),
            ..Self::default()
        }
    }

    fn join(mut self, mut other: Self) -> Self {
        let is_one = self.runs.is_empty() || other.runs.is_empty();
        self.runs.append(&mut other.runs);
        self.rootless += other.rootless;
        self.unfinished += other.unfinished;
        self.sums = self.sums.join(other.sums);
        self.sections.append(&mut other.sections);
        self.named.append(&mut other.named);
        if !is_one {
            self.sections.sort_by_key(|(run, section)| (-section.length(), section.from, *run));
            self.sections.truncate(LONGEST);
            self.named.sort_by(|left, right| {
                let key = |one: &NamedSection| (-one.section.length(), one.section.from);
                (key(left), &left.run).cmp(&(key(right), &right.run))
            });
            self.named.truncate(LONGEST);
        }
        self.steps.append(&mut other.steps);
        for (key, gap) in other.network {
            self.network.entry(key).or_default().join(gap);
        }
        self
    }

    /// Puts ids in the place of rows, which last as long as their batch.
    fn name(mut self, batch: &Batch, names: &Names) -> Self {
        self.sums.name(batch, names);
        let sections = self.sections.drain(..).filter_map(|(number, section)| {
            let run = batch.runs.get(number)?;
            Some(NamedSection {
                run: (run.unit, names.shared(run.id)),
                place: Place::of(run, &section),
                name: section.span.and_then(|span| run.span(span)).map_or(0, |span| span.name),
                id: batch.id(run, section.about()).map(str::to_owned),
                section,
            })
        });
        self.named.extend(sections);
        self
    }

    /// The slowest run, where it is one of this batch.
    fn slowest_in<'b>(&self, batch: &'b Batch, names: &Names) -> Option<&'b Run> {
        let slowest = self.runs.iter().min_by_key(|run| slowness(run, names))?;
        batch.runs.iter().find(|run| (run.unit, run.id) == (slowest.unit, slowest.id))
    }

    /// Where it stands among the slowest.
    fn slowness<'n>(&self, names: &'n Names) -> Option<Slowness<'n>> {
        self.runs.first().map(|run| slowness(run, names))
    }
}

/// What takes most of a path.
fn top(sums: &Sums, names: &Names) -> Option<(Place, i64)> {
    let all = sums.places.iter().map(|(place, sum)| (*place, sum.total));
    all.max_by_key(|(place, total)| (*total, Reverse(place.kind), Reverse(place.texts(names))))
}

impl Paths {
    /// The paths of the runs in which a span fits the filter of `engine`.
    ///
    /// # Errors
    /// Those of the engine; [`QueryError::Filter`] for a change of what no run has.
    pub(in crate::analysis) fn of(
        engine: &Engine,
        settings: &Settings,
    ) -> Result<Self, QueryError> {
        let mut picked: Vec<Picked> = Vec::new();
        engine.shares()?.for_each(engine, |share| {
            picked.push(Picked::of(share, settings.wanted)?);
            Ok::<(), QueryError>(())
        })?;
        picked.retain(|share| share.count > 0);
        let found = picked.iter().map(|share| share.count).sum();
        let most = settings.slowest.map_or(usize::MAX, |slowest| slowest.count(found));
        let is_single = most.min(found) == 1;
        let mut known = Known::default();
        let mut names = Names::default();
        let mut parts: Vec<Part> = Vec::new();
        let mut drawn = None;
        for share in picked {
            let batch = share.read(&mut names)?;
            let names = &names;
            let changes = Changes::of(&settings.what_ifs, names);
            known.note(&batch, &settings.what_ifs);
            let of = |number: usize| {
                let run = &batch.runs[number];
                Part::of(number, run, settings, &changes, names, is_single)
            };
            if settings.slowest.is_none() {
                let runs = (0..batch.runs.len()).into_par_iter();
                let found = runs.map(of).reduce(Part::default, Part::join).name(&batch, names);
                let all = parts.pop().unwrap_or_default().join(found);
                if settings.is_drawn
                    && let Some(run) = all.slowest_in(&batch, names)
                {
                    drawn = DrawnPath::of(&batch, run, settings.allowance, names);
                }
                parts.push(all);
                continue;
            }
            // Runs that later ones push out must not have been added to anything.
            let found = slowest(&batch, names, most).into_par_iter().map(of);
            parts.extend(found.map(|part| part.name(&batch, names)).collect::<Vec<_>>());
            parts.sort_by(|left, right| left.slowness(names).cmp(&right.slowness(names)));
            parts.truncate(most);
        }
        known.check(&settings.what_ifs, &names)?;
        let all = parts.into_iter().fold(Part::default(), Part::join);
        let mut runs = all.runs;
        runs.sort_by(|left, right| slowness(left, &names).cmp(&slowness(right, &names)));
        Ok(Self {
            names,
            runs,
            found,
            rootless: all.rootless,
            unfinished: all.unfinished,
            sums: all.sums,
            sections: all.named,
            slices: slices(&all.steps, SLICES),
            network: all.network,
            drawn,
        })
    }
}

/// By what runs are put in order, the slowest first.
type Slowness<'n> = (i64, i64, Unit, Option<&'n str>);

fn slowness<'n>(run: &RunPath, names: &'n Names) -> Slowness<'n> {
    (-run.length(), run.from, run.unit, names.text(run.id))
}

/// The places of the slowest runs of a batch; those without a path are left out.
fn slowest(batch: &Batch, names: &Names, most: usize) -> Vec<usize> {
    let runs = batch.runs.par_iter().enumerate();
    let mut runs: Vec<(Slowness<'_>, usize)> = runs
        .filter_map(|(number, run)| {
            let root = Forest::of(run)?.root();
            Some(((root.from - root.to, root.from, run.unit, names.text(run.id)), number))
        })
        .collect();
    runs.sort_unstable();
    runs.truncate(most);
    runs.into_iter().map(|(_, number)| number).collect()
}

/// The names that runs have of each subject that is to change.
#[derive(Debug, Default)]
struct Known(BTreeMap<Subject, HashSet<Code>>);

impl Known {
    fn note(&mut self, batch: &Batch, what_ifs: &[WhatIf]) {
        for subject in what_ifs.iter().map(|one| one.subject).collect::<BTreeSet<_>>() {
            let spans = batch.runs.iter().flat_map(|run| &run.spans);
            let codes = spans.map(|span| subject.of(span)).filter(|code| *code != 0);
            self.0.entry(subject).or_default().extend(codes);
        }
    }

    /// # Errors
    /// [`QueryError::Filter`] for a change of what no run has.
    fn check(&self, what_ifs: &[WhatIf], names: &Names) -> Result<(), QueryError> {
        for one in what_ifs {
            let codes = self.0.get(&one.subject).into_iter().flatten();
            let mut known: Vec<&str> = codes.filter_map(|code| names.text(*code)).collect();
            if known.iter().any(|name| matches_glob(&one.name, name)) {
                continue;
            }
            known.sort_unstable();
            let subject = one.subject.word();
            let what = if known.is_empty() {
                format!("no span of these runs names any {subject}")
            } else {
                format!("no {subject} has that name{}", nearest(&one.name, &known))
            };
            let value = format!("{subject}={}", one.name);
            return Err(QueryError::Filter { flag: "what-if", value, what });
        }
        Ok(())
    }
}
