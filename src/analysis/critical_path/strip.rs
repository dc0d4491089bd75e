//! The critical path of one run as a chart: its sections in time, and how long the run would take if what
//! lies on the path took less.

use super::forest::Forest;
use super::load::Batch;
use super::replay::replay;
use super::report::labels;
use super::run::{Names, Run};
use super::sections::{Kind, Section, critical_path};
use super::sums::Place;
use super::waits::Requests;
use super::what_if::{Change, Changes};
use crate::query::hashed::{HashMap, HashSet};
use crate::report::{PathChange, PathSection, PathStrip, PathSubject};
use rayon::prelude::*;

/// So many subjects have a colour of their own; the rest share one.
const MOST_SUBJECTS: usize = 11;

/// So many sections are told apart; of more, the shortest count to what lies before them.
const MOST_SECTIONS: usize = 2_000;

/// The changes that are tried of each subject that works, in percent.
const CHANGES: [i32; 4] = [-25, -50, -75, -100];

/// The path of one run.
#[derive(Debug)]
pub(in crate::analysis) struct DrawnPath {
    /// As a chart.
    pub(in crate::analysis) strip: PathStrip,
    /// The ids of the records on it.
    pub(in crate::analysis) ids: HashSet<String>,
}

impl DrawnPath {
    /// The path of a run; nothing where its spans hang in cycles.
    pub(super) fn of(batch: &Batch, run: &Run, allowance: f64, names: &Names) -> Option<Self> {
        let forest = Forest::of(run)?;
        let requests = Requests::of(run);
        let sections = critical_path(run, &forest, &requests, allowance);
        let ids = sections.iter().filter_map(|section| batch.id(run, section.about()));
        let ids = ids.map(str::to_owned).collect();
        Some(Self { strip: strip(run, &forest, &requests, &sections, names), ids })
    }
}

/// The chart of a run and its path.
fn strip(
    run: &Run,
    forest: &Forest,
    requests: &Requests,
    sections: &[Section],
    names: &Names,
) -> PathStrip {
    let root = forest.root();
    let total = root.to - root.from;
    let mut sums: HashMap<Place, i64> = HashMap::default();
    for section in sections {
        *sums.entry(Place::of(run, section)).or_default() += section.length();
    }
    let mut places: Vec<(Place, i64)> = sums.into_iter().collect();
    places.sort_by_key(|(place, length)| (-length, place.kind, place.texts(names)));
    let others: i64 = places.iter().skip(MOST_SUBJECTS).map(|(_, length)| length).sum();
    places.truncate(MOST_SUBJECTS);
    let subject = |name: String, is_wait: bool, length: i64| PathSubject {
        name,
        is_wait,
        exclusive_us: length as f64 / 1e3,
        share: if total > 0 { length as f64 / total as f64 } else { 0.0 },
    };
    let mut subjects: Vec<PathSubject> = places
        .iter()
        .map(|(place, length)| subject(labels(names, place), place.kind != Kind::Work, *length))
        .collect();
    if others > 0 {
        subjects.push(subject("everything else".to_owned(), false, others));
    }
    PathStrip {
        start_us: root.from.div_euclid(1000),
        total_us: total as f64 / 1e3,
        sections: path_sections(run, sections, &places, root.from),
        what_if: changed(run, forest, requests, &places),
        subjects,
    }
}

/// The sections in the order of time; those of the same subject that touch are one.
fn path_sections(
    run: &Run,
    sections: &[Section],
    places: &[(Place, i64)],
    begin: i64,
) -> Vec<PathSection> {
    let mut lengths: Vec<i64> = sections.iter().map(Section::length).collect();
    lengths.sort_unstable_by(|left, right| right.cmp(left));
    let least = lengths.get(MOST_SECTIONS).map_or(0, |length| length + 1);
    let mut found: Vec<PathSection> = Vec::new();
    for section in sections {
        let of = Place::of(run, section);
        let subject = places.iter().position(|(place, _)| *place == of).unwrap_or(places.len());
        let length_us = section.length() as f64 / 1e3;
        match found.last_mut() {
            Some(before) if before.subject == subject || section.length() < least => {
                before.length_us += length_us;
            }
            _ => {
                let start_us = (section.from - begin) as f64 / 1e3;
                found.push(PathSection { start_us, length_us, subject });
            }
        }
    }
    found
}

/// The wall time after each change of each subject that works.
fn changed(
    run: &Run,
    forest: &Forest,
    requests: &Requests,
    places: &[(Place, i64)],
) -> Vec<PathChange> {
    let work = places.iter().enumerate().filter(|(_, (place, _))| place.kind == Kind::Work);
    let all: Vec<(usize, Place, i32)> = work
        .flat_map(|(subject, (place, _))| CHANGES.map(|percent| (subject, *place, percent)))
        .collect();
    all.into_par_iter()
        .map(|(subject, place, change_percent)| {
            let change = Change::Share(i64::from(change_percent) * 10_000);
            let changes = Changes::of_place(place, change);
            let total_us = replay(run, forest, requests, &changes) as f64 / 1e3;
            PathChange { subject, change_percent, total_us }
        })
        .collect()
}
