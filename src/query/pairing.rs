//! Pairs the records that begin and end intervals: the rule of `views/spans.sql`, on numbers.
//!
//! It knows of rows only by their place; which columns a pair has is for [`super::spans`].

use super::hashed::HashMap;
use rayon::prelude::*;
use std::num::NonZeroU64;

/// One record that begins or ends an interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// Stands for its group and its key, see [`series`].
    pub(super) series: u128,
    /// Microseconds since 1970 UTC.
    pub(super) time: i64,
    /// Stands for the id of a begin, and for the begin that an end names, see [`anchor`].
    pub(super) anchor: Option<NonZeroU64>,
    /// Its place in the list of edges.
    pub(super) place: u32,
    pub(super) is_end: bool,
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

/// A number for a record's id. Within a series, two of them are the same where both ids are: among a
/// billion series of a hundred edges the odds that any two share one are 1 to 10^6.
pub(super) fn anchor(id: &str) -> Option<NonZeroU64> {
    NonZeroU64::new(xxhash_rust::xxh3::xxh3_64(id.as_bytes()).max(1))
}

/// Pairs each begin with its end. Within a series, in the order of time, begin before end, id, and
/// place, a begin has the first end that names it; else the edge directly after it, if that is an end
/// and names no begin of the series. Of begins with one id, the last is the one that is named.
///
/// `edges` are in the order of their places, in parts; `id` gives the id of the edge in a place.
pub(super) fn pair<'e>(edges: &[Vec<Edge>], id: impl Fn(u32) -> &'e str + Sync) -> Pairs {
    let all = || edges.iter().flatten().copied();
    let found = by_series(all(), |edge| edge.series, |bucket| pair_bucket(bucket, &id));
    let mut partner: Vec<Option<u32>> = vec![None; all().count()];
    for (begin, end) in found.into_iter().flatten() {
        partner[begin as usize] = Some(end);
        partner[end as usize] = Some(begin);
    }
    let mut pairs = Pairs::default();
    for (edge, partner) in all().zip(partner) {
        match (edge.is_end, partner) {
            (false, end) => pairs.begins.push((edge.place, end)),
            (true, None) => pairs.loose_ends.push(edge.place),
            (true, Some(_)) => {}
        }
    }
    pairs
}

/// Gives `work` the records, bucket by bucket, on all threads; all records of a series are in one
/// bucket. The results are in the order of the buckets.
pub(super) fn by_series<T: Copy + Send, R: Send>(
    all: impl Iterator<Item = T> + Clone,
    series: impl Fn(&T) -> u128,
    work: impl Fn(&mut [T]) -> R + Send + Sync,
) -> Vec<R> {
    const BITS: u32 = 8;
    let bucket = |one: &T| (series(one) >> (u128::BITS - BITS)) as usize;
    let mut sizes = vec![0; 1 << BITS];
    for one in all.clone() {
        sizes[bucket(&one)] += 1;
    }
    let mut next: Vec<usize> = sizes
        .iter()
        .scan(0, |sum, size| {
            *sum += size;
            Some(*sum - size)
        })
        .collect();
    let Some(first) = all.clone().next() else { return Vec::new() };
    let mut sorted = vec![first; sizes.iter().sum()];
    for one in all {
        let next = &mut next[bucket(&one)];
        sorted[*next] = one;
        *next += 1;
    }
    let mut buckets: Vec<&mut [T]> = Vec::with_capacity(sizes.len());
    let mut rest = sorted.as_mut_slice();
    for size in sizes {
        let (bucket, more) = std::mem::take(&mut rest).split_at_mut(size);
        buckets.push(bucket);
        rest = more;
    }
    buckets.into_par_iter().map(work).collect()
}

/// The pairs among the edges of one bucket.
fn pair_bucket<'e>(edges: &mut [Edge], id: &impl Fn(u32) -> &'e str) -> Vec<(u32, u32)> {
    edges.sort_unstable_by(|one, other| {
        let key = |edge: &Edge| (edge.series, edge.time, edge.is_end);
        key(one)
            .cmp(&key(other))
            .then_with(|| id(one.place).cmp(id(other.place)))
            .then(one.place.cmp(&other.place))
    });
    let mut found = Vec::with_capacity(edges.len() / 2);
    for members in edges.chunk_by(|one, other| one.series == other.series) {
        pair_series(members, &mut found);
    }
    found
}

/// The pairs among the edges of one series, which are in order.
fn pair_series(edges: &[Edge], found: &mut Vec<(u32, u32)>) {
    match edges {
        [_] => return,
        // Most series are short: an end that names no begin of its series follows one directly.
        [begin, end] if !begin.is_end && end.is_end => {
            found.push((begin.place, end.place));
            return;
        }
        _ => {}
    }
    // The last begin of each id; few are searched faster than hashed.
    let by_anchor: HashMap<Option<NonZeroU64>, usize> = if edges.len() > FEW {
        let begins = edges.iter().enumerate().filter(|(_, edge)| !edge.is_end);
        begins.map(|(member, edge)| (edge.anchor, member)).collect()
    } else {
        HashMap::default()
    };
    let named = |end: &Edge| {
        let anchor = Some(end.anchor?);
        if edges.len() > FEW {
            return by_anchor.get(&anchor).copied();
        }
        edges.iter().rposition(|edge| !edge.is_end && edge.anchor == anchor)
    };
    let mut is_taken = vec![false; edges.len()];
    let mut names_one = vec![false; edges.len()];
    for (member, end) in edges.iter().enumerate().filter(|(_, edge)| edge.is_end) {
        let Some(begin) = named(end) else { continue };
        names_one[member] = true;
        if !std::mem::replace(&mut is_taken[begin], true) {
            found.push((edges[begin].place, end.place));
        }
    }
    for begin in 0..edges.len() - 1 {
        let end = begin + 1;
        if !edges[begin].is_end && !is_taken[begin] && edges[end].is_end && !names_one[end] {
            found.push((edges[begin].place, edges[end].place));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An edge: its key, time, whether it is an end, its id, and the id that it names.
    type Told<'t> = (&'t str, i64, bool, &'t str, Option<&'t str>);

    fn paired(told: &[Told<'_>]) -> Pairs {
        let edges: Vec<Edge> = (0_u32..)
            .zip(told)
            .map(|(place, (key, time, is_end, id, parent))| Edge {
                series: series("", key),
                time: *time,
                anchor: if *is_end { parent.and_then(anchor) } else { anchor(id) },
                place,
                is_end: *is_end,
            })
            .collect();
        let (first, rest) = edges.split_at(edges.len() / 2);
        pair(&[first.to_vec(), rest.to_vec()], |place| told[place as usize].3)
    }

    #[test]
    fn the_next_end_closes_a_begin() {
        let pairs = paired(&[
            ("a", 5, true, "e1", None),
            ("b", 2, false, "b2", None),
            ("a", 1, false, "b1", None),
            ("a", 9, true, "e2", None),
        ]);
        assert_eq!(pairs.begins, [(1, None), (2, Some(0))]);
        assert_eq!(pairs.loose_ends, [3]);
    }

    #[test]
    fn at_one_time_a_begin_comes_first_and_then_ids_decide() {
        let pairs = paired(&[("a", 1, true, "a", None), ("a", 1, false, "b", None)]);
        assert_eq!(pairs.begins, [(1, Some(0))]);
        let ends = [("a", 2, true, "e2", None), ("a", 2, true, "e1", None)];
        let pairs = paired(&[ends[0], ends[1], ("a", 1, false, "b", None)]);
        assert_eq!((pairs.begins, pairs.loose_ends), (vec![(2, Some(1))], vec![0]));
    }

    #[test]
    fn a_named_begin_has_the_first_end_that_names_it() {
        let pairs = paired(&[
            ("a", 1, false, "b1", None),
            ("a", 2, false, "b2", None),
            ("a", 3, true, "e1", Some("b1")),
            ("a", 4, true, "e2", Some("b1")),
            ("a", 5, true, "e3", Some("elsewhere")),
        ]);
        // The end behind `b2` names another begin, so `b2` stays open.
        assert_eq!(pairs.begins, [(0, Some(2)), (1, None)]);
        assert_eq!(pairs.loose_ends, [3, 4]);
    }

    #[test]
    fn of_begins_with_one_id_the_last_is_named() {
        let pairs = paired(&[
            ("a", 1, false, "b", None),
            ("a", 2, false, "b", None),
            ("a", 3, true, "e", Some("b")),
        ]);
        assert_eq!(pairs.begins, [(0, None), (1, Some(2))]);
    }

    #[test]
    fn long_series_are_paired_as_short_ones_are() {
        let ids: Vec<String> = (0..40).map(|i| format!("id-{i}")).collect();
        let told: Vec<Told<'_>> = (0..40)
            .map(|i| {
                let named = (i >= 20).then(|| ids[i - 20].as_str());
                ("a", i64::try_from(i).unwrap(), i >= 20, ids[i].as_str(), named)
            })
            .collect();
        let expected: Vec<(u32, Option<u32>)> = (0..20).map(|i| (i, Some(i + 20))).collect();
        assert_eq!(paired(&told), Pairs { begins: expected, loose_ends: Vec::new() });
    }

    #[test]
    fn groups_are_apart() {
        assert_ne!(series("s", "a"), series("t", "a"));
        assert_ne!(series("s", "a"), series("s", "b"));
        assert_eq!(series("s", "a"), series("s", "a"));
    }
}
