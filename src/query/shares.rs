//! Shares of the records, so that what is paired and judged in groups need not be held all at once.
//!
//! A share holds whole groups: whatever names one session, one swarm where it names no session, or one
//! trace is in one share, and what is tied together by several of these too. What a share's engine
//! answers about such a group is what an engine over everything answers; answers about all groups are
//! for whoever adds them up.

use super::engine::Engine;
use super::predicate::Predicate;
use super::records::{Rows, integers, texts};
use super::spans::GROUP;
use super::tables::TIME_MICROS;
use super::views::below_pairing;
use super::{QueryError, lower};
use crate::model::Kind;
use arrow::array::{BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use polars::prelude::{BooleanChunked, Column, DataType, Expr, Field, IntoColumn, Schema, col};
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// As many records are held at once where groups are small; a group of more is held whole.
pub(super) const SHARE_RECORDS: u64 = 1_000_000;

/// The kinds of records that belong to groups.
const KINDS: [Kind; 3] = [Kind::Event, Kind::Span, Kind::Log];

/// All shares of an engine's records.
pub struct Shares(Vec<Share>);

/// One share of the records.
#[derive(Clone)]
pub(super) struct Share {
    split: Arc<Split>,
    number: u32,
    /// First and last time of its records, in microseconds since 1970.
    times_us: (i64, i64),
}

/// Which group is in which share.
struct Split {
    /// By the hash of a group; groups that share a hash share a share.
    number_of: HashMap<u64, u32, Prepared>,
    task_formats: OnceLock<BTreeSet<String>>,
}

/// A map's keys are hashes already.
type Prepared = BuildHasherDefault<Mixed>;

/// Hashes made one.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.write_u64(hash_of(bytes));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = self.0.rotate_left(5) ^ hash;
    }
}

fn hash_of(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

/// Some records: how many, and their first and last time in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    records: u64,
    first_us: i64,
    last_us: i64,
}

impl Extent {
    fn at(time_us: i64) -> Self {
        Self { records: 1, first_us: time_us, last_us: time_us }
    }

    fn join(&mut self, other: Self) {
        self.records += other.records;
        self.first_us = self.first_us.min(other.first_us);
        self.last_us = self.last_us.max(other.last_us);
    }
}

/// The extents of groups, each with a trace that its records name; the group again where they name none.
type Extents = HashMap<(u64, u64), Extent, Prepared>;

impl Shares {
    /// Whether there is nothing to split.
    pub fn is_one(&self) -> bool {
        self.0.len() < 2
    }

    /// Calls `visit` with an engine for each share, in the order of time, with the filter of `engine`; with
    /// `engine` itself where there is nothing to split.
    ///
    /// # Errors
    /// Those of `visit`.
    pub fn for_each<E>(
        &self,
        engine: &Engine,
        mut visit: impl FnMut(&Engine) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.is_one() {
            return visit(engine);
        }
        self.0.iter().try_for_each(|share| visit(&engine.of_share(share.clone())))
    }
}

impl Share {
    /// The condition on times that all its records fit.
    pub(super) fn times(&self) -> Predicate {
        Predicate::times("time", self.times_us.0, self.times_us.1)
    }

    /// First and last time of its records, in microseconds since 1970.
    pub(super) fn times_us(&self) -> (i64, i64) {
        self.times_us
    }

    fn has(&self, group: [Option<&str>; 3]) -> bool {
        let group = group.into_iter().flatten().next().unwrap_or_default();
        self.split.number_of.get(&hash_of(group.as_bytes())) == Some(&self.number)
    }

    /// Which rows of a batch with the columns of the group are its own.
    pub(super) fn members(&self, batch: &RecordBatch) -> BooleanArray {
        let groups = GROUP.map(|name| texts(batch, name));
        let is_member = |row: usize| self.has(groups.map(|texts| texts.get(row)));
        BooleanBuffer::collect_bool(batch.num_rows(), is_member).into()
    }

    /// The same for a scan: the times first, since they leave row groups out.
    pub(super) fn expressions(&self) -> [Expr; 2] {
        let share = self.clone();
        let [first, rest @ ..] = GROUP.map(col);
        let members = first.map_many(
            move |columns: &mut [Column]| {
                let mut groups = Vec::with_capacity(columns.len());
                for column in columns.iter() {
                    groups.push(column.str()?.iter());
                }
                let rows = columns.first().map_or(0, Column::len);
                let is_member = |_| {
                    let mut group = [None; 3];
                    for (value, texts) in group.iter_mut().zip(&mut groups) {
                        *value = texts.next().flatten();
                    }
                    share.has(group)
                };
                let found: BooleanChunked = (0..rows).map(is_member).map(Some).collect();
                Ok(found.into_column())
            },
            &rest,
            |_: &Schema, fields: &[Field]| {
                Ok(Field::new(fields[0].name().clone(), DataType::Boolean))
            },
        );
        [lower::expression(&self.times()), members]
    }

    /// The formats that have tasks, in all shares together; `find` finds them out once.
    ///
    /// # Errors
    /// Those of `find`.
    pub(super) fn task_formats(
        &self,
        find: impl FnOnce() -> Result<BTreeSet<String>, QueryError>,
    ) -> Result<&BTreeSet<String>, QueryError> {
        if self.split.task_formats.get().is_none() {
            let _ = self.split.task_formats.set(find()?);
        }
        Ok(self.split.task_formats.get_or_init(BTreeSet::new))
    }
}

impl Engine {
    /// Splits the records on which pairs rest into shares that can be held at once; a group that is too
    /// large for that is in a share of its own. There is one where those of the sessions that are asked for are few, and where
    /// views were computed of all of them already. Samples of metrics are in no share.
    ///
    /// # Errors
    /// Those of reading the records' groups.
    pub fn shares(&self) -> Result<Shares, QueryError> {
        let most = self.share_records();
        let below = below_pairing(self.predicate());
        if self.share().is_some() || !self.kept().is_empty() {
            return Ok(Shares(Vec::new()));
        }
        let mut records = 0;
        for kind in KINDS {
            records += self.files_of(kind, &below)?.iter().map(|file| file.rows).sum::<u64>();
        }
        if records > most && below != Predicate::True {
            records = 0;
            for kind in KINDS {
                let times = BTreeSet::from([TIME_MICROS]);
                let count = |batch: RecordBatch| Ok(batch.num_rows() as u64);
                let found = self.digest_records(kind, Rows::ALL, &below, &times, count)?;
                records += found.iter().sum::<u64>();
            }
        }
        if records <= most {
            return Ok(Shares(Vec::new()));
        }
        let all = Mutex::new(Extents::default());
        let columns: BTreeSet<&str> = GROUP.into_iter().chain([TIME_MICROS]).collect();
        for kind in KINDS {
            // Others may be in a trace with those that are asked for.
            self.digest_records(kind, Rows::ALL, &Predicate::True, &columns, |batch| {
                let found = extents_of(&batch);
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                for (key, extent) in found {
                    add(&mut all, key, extent);
                }
                Ok(())
            })?;
        }
        Ok(Shares(split(&all.into_inner().unwrap_or_else(PoisonError::into_inner), most)))
    }
}

fn add(all: &mut Extents, key: (u64, u64), extent: Extent) {
    all.entry(key).and_modify(|known| known.join(extent)).or_insert(extent);
}

/// A record's session, swarm and trace.
type Names<'r> = [Option<&'r str>; 3];

/// The groups of a batch, each at least once.
fn extents_of(batch: &RecordBatch) -> Extents {
    let groups = GROUP.map(|name| texts(batch, name));
    let times = integers(batch, TIME_MICROS);
    let mut found = Extents::default();
    // Records of one group often stand together.
    let mut last: Option<(Names<'_>, (u64, u64), Extent)> = None;
    for row in 0..times.len() {
        let names = groups.map(|texts| texts.get(row));
        let extent = Extent::at(times.value(row));
        match &mut last {
            Some((known, _, all)) if *known == names => all.join(extent),
            _ => {
                let group = names.into_iter().flatten().next().unwrap_or_default();
                let group = hash_of(group.as_bytes());
                let trace = names[2].map_or(group, |trace| hash_of(trace.as_bytes()));
                if let Some((_, key, extent)) = last.replace((names, (group, trace), extent)) {
                    add(&mut found, key, extent);
                }
            }
        }
    }
    if let Some((_, key, extent)) = last {
        add(&mut found, key, extent);
    }
    found
}

/// Groups that are tied together, cut into shares in the order of their first time.
fn split(extents: &Extents, most: u64) -> Vec<Share> {
    let mut nodes: Vec<u64> = extents.keys().flat_map(|(group, trace)| [*group, *trace]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let place = |node: &u64| nodes.binary_search(node).unwrap_or_default();
    let mut ties = Ties::of(nodes.len());
    for (group, trace) in extents.keys().filter(|(group, trace)| group != trace) {
        ties.tie(place(group), place(trace));
    }
    let mut extent_of: HashMap<usize, Extent> = HashMap::new();
    for ((group, _), extent) in extents {
        let top = ties.top(place(group));
        extent_of.entry(top).and_modify(|known| known.join(*extent)).or_insert(*extent);
    }
    let mut whole: Vec<(usize, Extent)> = extent_of.into_iter().collect();
    whole.sort_unstable_by_key(|(top, extent)| (extent.first_us, nodes[*top]));
    let mut shares: Vec<Extent> = Vec::new();
    let mut number_of_top: HashMap<usize, u32> = HashMap::with_capacity(whole.len());
    for (top, extent) in whole {
        match shares.last_mut() {
            Some(share) if share.records + extent.records <= most => share.join(extent),
            _ => shares.push(extent),
        }
        number_of_top.insert(top, u32::try_from(shares.len() - 1).unwrap_or(u32::MAX));
    }
    let mut number_of: HashMap<u64, u32, Prepared> = HashMap::default();
    for (group, _) in extents.keys() {
        number_of.insert(*group, number_of_top[&ties.top(place(group))]);
    }
    let split = Arc::new(Split { number_of, task_formats: OnceLock::new() });
    (0..)
        .zip(shares)
        .map(|(number, extent)| {
            let times_us = (extent.first_us, extent.last_us);
            Share { split: Arc::clone(&split), number, times_us }
        })
        .collect()
}

/// What is tied together: a forest in which each points to one that it is tied to (Galler and Fischer's
/// union-find, with halved paths).
struct Ties(Vec<usize>);

impl Ties {
    fn of(len: usize) -> Self {
        Self((0..len).collect())
    }

    fn top(&mut self, mut one: usize) -> usize {
        while self.0[one] != one {
            self.0[one] = self.0[self.0[one]];
            one = self.0[one];
        }
        one
    }

    fn tie(&mut self, one: usize, other: usize) {
        let (one, other) = (self.top(one), self.top(other));
        // The smaller place stays on top, so that chance has no part in it.
        self.0[one.max(other)] = one.min(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of the shares of groups that have these times, each with a trace.
    fn numbers(groups: &[(u64, u64, &[i64])], most: u64) -> Vec<u32> {
        let mut extents = Extents::default();
        for (group, trace, times) in groups {
            times.iter().for_each(|time| add(&mut extents, (*group, *trace), Extent::at(*time)));
        }
        let shares = split(&extents, most);
        let number_of = &shares[0].split.number_of;
        groups.iter().map(|(group, _, _)| number_of[group]).collect()
    }

    #[test]
    fn groups_are_cut_in_the_order_of_their_first_time() {
        let groups: &[(u64, u64, &[i64])] = &[(7, 7, &[30, 31]), (8, 8, &[10, 50]), (9, 9, &[20])];
        // 8 begins first, then 9, then 7.
        assert_eq!(numbers(groups, 3), [1, 0, 0]);
        assert_eq!(numbers(groups, 2), [2, 0, 1]);
        assert_eq!(numbers(groups, 100), [0, 0, 0]);
        // What is larger than a share is not cut.
        assert_eq!(numbers(groups, 1), [2, 0, 1]);
    }

    #[test]
    fn what_one_trace_ties_together_is_in_one_share() {
        let groups: &[(u64, u64, &[i64])] = &[
            (1, 90, &[1]),
            (2, 2, &[2]),
            (3, 90, &[3]),
            (90, 90, &[4]),
            (4, 91, &[5]),
            (3, 91, &[6]),
        ];
        // 1, 3, 90 and 4 hang together by the traces 90 and 91; 2 is alone.
        assert_eq!(numbers(groups, 1), [0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn a_share_covers_the_times_of_its_groups() {
        let mut extents = Extents::default();
        for (group, time) in [(1, 5), (2, 3), (1, 9), (3, 4)] {
            add(&mut extents, (group, group), Extent::at(time));
        }
        let times: Vec<(i64, i64)> = split(&extents, 2).iter().map(Share::times_us).collect();
        assert_eq!(times, [(3, 4), (5, 9)]);
    }
}
