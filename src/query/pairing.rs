//! Pairs the records that begin and end intervals: the rule of `views/spans.sql`, on numbers.
//!
//! It knows of rows only by their place; which columns a pair has is for [`super::spans`].

use rayon::prelude::*;
use std::collections::HashMap;

/// One record that begins or ends an interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge<'e> {
    /// Stands for its group and its key, see [`series`].
    pub(super) series: u128,
    /// Microseconds since 1970 UTC.
    pub(super) time: i64,
    pub(super) is_end: bool,
    pub(super) id: &'e str,
    pub(super) parent: Option<&'e str>,
}

/// What belongs together, as places in the list of edges.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    /// Each begin with its end, in the order of the list.
    pub(super) begins: Vec<(u32, Option<u32>)>,
    /// The ends that no begin has, in the order of the list.
    pub(super) loose_ends: Vec<u32>,
}

/// How many edges of one series are searched one by one for the begin that an end names.
const FEW: usize = 12;

/// A number for a group and a key: two of them are the same where both are.
///
/// It is a hash of 128 bits: among a billion series the odds that any two share one are 1 to 10^20.
pub(super) fn series(group: &str, key: &str) -> u128 {
    let seed = xxhash_rust::xxh3::xxh3_64(group.as_bytes());
    xxhash_rust::xxh3::xxh3_128_with_seed(key.as_bytes(), seed)
}

/// Pairs each begin with its end. Within a series, in the order of time, begin before end, id, and
/// place, a begin has the first end that names it; else the edge directly after it, if that is an end
/// and names no begin of the series. Of begins with one id, the last is the one that is named.
pub(super) fn pair(edges: &[Edge<'_>]) -> Pairs {
    let found =
        by_series(edges.iter().map(|edge| edge.series), |bucket| pair_bucket(edges, bucket));
    let mut partner: Vec<Option<u32>> = vec![None; edges.len()];
    for (begin, end) in found.into_iter().flatten() {
        partner[begin as usize] = Some(end);
        partner[end as usize] = Some(begin);
    }
    let mut pairs = Pairs::default();
    for (place, (edge, partner)) in (0u32..).zip(edges.iter().zip(partner)) {
        match (edge.is_end, partner) {
            (false, end) => pairs.begins.push((place, end)),
            (true, None) => pairs.loose_ends.push(place),
            (true, Some(_)) => {}
        }
    }
    pairs
}

/// Gives `work` the places of records, bucket by bucket, on all threads; all records of a series are
/// in one bucket. The results are in the order of the buckets.
pub(super) fn by_series<R: Send>(
    all: impl Iterator<Item = u128> + Clone,
    work: impl Fn(&mut [u32]) -> R + Send + Sync,
) -> Vec<R> {
    const BITS: u32 = 8;
    let bucket = |series: u128| (series >> (u128::BITS - BITS)) as usize;
    let mut sizes = vec![0; 1 << BITS];
    for series in all.clone() {
        sizes[bucket(series)] += 1;
    }
    let mut next: Vec<usize> = sizes
        .iter()
        .scan(0, |sum, size| {
            *sum += size;
            Some(*sum - size)
        })
        .collect();
    let mut places = vec![0; sizes.iter().sum()];
    for (place, series) in (0u32..).zip(all) {
        let next = &mut next[bucket(series)];
        places[*next] = place;
        *next += 1;
    }
    let mut buckets: Vec<&mut [u32]> = Vec::with_capacity(sizes.len());
    let mut rest = places.as_mut_slice();
    for size in sizes {
        let (bucket, more) = std::mem::take(&mut rest).split_at_mut(size);
        buckets.push(bucket);
        rest = more;
    }
    buckets.into_par_iter().map(work).collect()
}

/// The pairs among the edges of one bucket.
fn pair_bucket(edges: &[Edge<'_>], places: &mut [u32]) -> Vec<(u32, u32)> {
    places.sort_unstable_by(|one, other| {
        let (left, right) = (&edges[*one as usize], &edges[*other as usize]);
        let key = |edge: &Edge<'_>| (edge.series, edge.time, edge.is_end);
        key(left).cmp(&key(right)).then_with(|| left.id.cmp(right.id)).then(one.cmp(other))
    });
    let mut found = Vec::with_capacity(places.len() / 2);
    let is_one =
        |one: &u32, other: &u32| edges[*one as usize].series == edges[*other as usize].series;
    for members in places.chunk_by(is_one) {
        pair_series(edges, members, &mut found);
    }
    found
}

/// The pairs among the edges of one series, which are in order.
fn pair_series(edges: &[Edge<'_>], members: &[u32], found: &mut Vec<(u32, u32)>) {
    let edge = |member: usize| &edges[members[member] as usize];
    if members.len() == 1 {
        return;
    }
    // The last begin of each id; few are searched faster than hashed.
    let by_id: HashMap<&str, usize> = if members.len() > FEW {
        (0..members.len()).filter(|one| !edge(*one).is_end).map(|one| (edge(one).id, one)).collect()
    } else {
        HashMap::new()
    };
    let named = |end: usize| {
        let parent = edge(end).parent?;
        if members.len() > FEW {
            return by_id.get(parent).copied();
        }
        (0..members.len()).rev().find(|one| !edge(*one).is_end && edge(*one).id == parent)
    };
    let mut is_taken = vec![false; members.len()];
    let mut names_one = vec![false; members.len()];
    for end in (0..members.len()).filter(|one| edge(*one).is_end) {
        let Some(begin) = named(end) else { continue };
        names_one[end] = true;
        if !std::mem::replace(&mut is_taken[begin], true) {
            found.push((members[begin], members[end]));
        }
    }
    for begin in 0..members.len() - 1 {
        let end = begin + 1;
        if !edge(begin).is_end && !is_taken[begin] && edge(end).is_end && !names_one[end] {
            found.push((members[begin], members[end]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(key: &'static str, time: i64, is_end: bool, id: &'static str) -> Edge<'static> {
        Edge { series: series("", key), time, is_end, id, parent: None }
    }

    fn naming(edge: Edge<'static>, parent: &'static str) -> Edge<'static> {
        Edge { parent: Some(parent), ..edge }
    }

    #[test]
    fn the_next_end_closes_a_begin() {
        let edges = [
            edge("a", 5, true, "e1"),
            edge("b", 2, false, "b2"),
            edge("a", 1, false, "b1"),
            edge("a", 9, true, "e2"),
        ];
        let pairs = pair(&edges);
        assert_eq!(pairs.begins, [(1, None), (2, Some(0))]);
        assert_eq!(pairs.loose_ends, [3]);
    }

    #[test]
    fn at_one_time_a_begin_comes_first() {
        let edges = [edge("a", 1, true, "a"), edge("a", 1, false, "b")];
        assert_eq!(pair(&edges).begins, [(1, Some(0))]);
    }

    #[test]
    fn a_named_begin_has_the_first_end_that_names_it() {
        let edges = [
            edge("a", 1, false, "b1"),
            edge("a", 2, false, "b2"),
            naming(edge("a", 3, true, "e1"), "b1"),
            naming(edge("a", 4, true, "e2"), "b1"),
            naming(edge("a", 5, true, "e3"), "elsewhere"),
        ];
        let pairs = pair(&edges);
        // The end behind `b2` names another begin, so `b2` stays open.
        assert_eq!(pairs.begins, [(0, Some(2)), (1, None)]);
        assert_eq!(pairs.loose_ends, [3, 4]);
    }

    #[test]
    fn of_begins_with_one_id_the_last_is_named() {
        let edges = [
            edge("a", 1, false, "b"),
            edge("a", 2, false, "b"),
            naming(edge("a", 3, true, "e"), "b"),
        ];
        assert_eq!(pair(&edges).begins, [(0, None), (1, Some(2))]);
    }

    #[test]
    fn long_series_are_paired_as_short_ones_are() {
        let ids: Vec<String> = (0..40).map(|i| format!("id-{i}")).collect();
        let edges: Vec<Edge<'_>> = (0..40)
            .map(|i| Edge {
                series: 7,
                time: i64::try_from(i).unwrap(),
                is_end: i >= 20,
                id: &ids[i],
                parent: (i >= 20).then(|| ids[i - 20].as_str()),
            })
            .collect();
        let expected: Vec<(u32, Option<u32>)> = (0..20).map(|i| (i, Some(i + 20))).collect();
        assert_eq!(pair(&edges), Pairs { begins: expected, loose_ends: Vec::new() });
    }

    #[test]
    fn groups_are_apart() {
        assert_ne!(series("s", "a"), series("t", "a"));
        assert_ne!(series("s", "a"), series("s", "b"));
        assert_eq!(series("s", "a"), series("s", "a"));
    }
}
