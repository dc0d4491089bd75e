//! Clusters of errors: one type and one pattern of the message, counted in one pass.
//!
//! A cluster is known by a hash of its type and pattern, so that a million different messages cost a
//! pattern and a few counters each, however long they are. Errors come share by share.

use super::super::finish::Range;
use super::patterns::pattern;
use crate::query::hashed::{HashMap, HashSet};
use crate::report::{Table, Unit, Values};
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_128;

/// The most clusters that are listed.
pub(super) const MOST_LISTED: usize = 10_000;

/// One cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    pub(super) count: i64,
    pub(super) recovered: i64,
    /// Recorded recoveries from its errors.
    pub(super) recoveries: i64,
    /// Attempts at the tasks that its errors are of; an error of no task is one attempt.
    pub(super) attempts: i64,
    agents: Vec<u32>,
    error_type: Option<Box<str>>,
    pub(super) pattern: Box<str>,
    pub(super) first: i64,
    pub(super) last: i64,
    /// The id of its first error.
    example: Box<str>,
    /// Errors in the last quarter of the range.
    recent: i64,
    /// Chains of several errors that it begins.
    pub(super) chains: i64,
    /// Later errors in these chains.
    pub(super) explains: i64,
    /// The most errors above one of its own.
    pub(super) reach: i64,
    /// Its errors that another one explains.
    pub(super) explained: i64,
    /// Unresolved errors that begin with it: its own that nothing explains, and those that it explains.
    unresolved_begun: i64,
}

/// Errors as the columns of a table, with what was found out about them.
pub(super) struct Errors<'t> {
    pub(super) table: &'t Table,
    /// Whether each is to be counted.
    pub(super) is_counted: Vec<bool>,
    /// Whether each was recovered from.
    pub(super) is_recovered: Vec<bool>,
    /// Recorded recoveries from each.
    pub(super) recoveries: HashMap<usize, i64>,
    /// Attempts by group and task.
    pub(super) attempts: HashMap<(&'t str, &'t str), i64>,
    /// Errors from their root cause up, each in one.
    pub(super) chains: Vec<Vec<usize>>,
}

impl<'t> Errors<'t> {
    pub(super) fn text(&self, name: &str, row: usize) -> &'t str {
        self.table.text(name, row).unwrap_or_default()
    }

    pub(super) fn time(&self, row: usize) -> i64 {
        self.table.integer("ts_us", row).unwrap_or_default()
    }

    fn pattern(&self, row: usize) -> String {
        pattern(self.text("error_message", row))
    }

    fn hash(&self, row: usize) -> u128 {
        let error_type = self.table.text("error_type", row);
        let mut bytes = Vec::with_capacity(64);
        bytes.push(u8::from(error_type.is_some()));
        bytes.extend_from_slice(error_type.unwrap_or_default().as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(self.pattern(row).as_bytes());
        xxh3_128(&bytes)
    }
}

/// The clusters of all errors so far.
pub(super) struct Clusters {
    places: HashMap<u128, u32>,
    pub(super) all: Vec<Cluster>,
    agents: HashMap<Box<str>, u32>,
    recent_from: i64,
}

impl Clusters {
    /// None yet; `range` is that of all records.
    pub(super) fn of(range: Range) -> Self {
        Self {
            places: HashMap::default(),
            all: Vec::new(),
            agents: HashMap::default(),
            recent_from: recent_from(range),
        }
    }

    /// Adds the errors of a share; gives the cluster of each.
    pub(super) fn add(&mut self, errors: &Errors<'_>) -> Vec<u32> {
        let rows = errors.table.rows();
        let hashes: Vec<u128> = (0..rows).into_par_iter().map(|row| errors.hash(row)).collect();
        let mut of = Vec::with_capacity(rows);
        for (row, hash) in hashes.into_iter().enumerate() {
            let next = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
            let place = *self.places.entry(hash).or_insert(next);
            if place == next {
                self.all.push(Cluster {
                    error_type: errors.table.text("error_type", row).map(Into::into),
                    pattern: errors.pattern(row).into(),
                    ..Cluster::default()
                });
            }
            of.push(place);
        }
        self.count(errors, &of);
        self.follow_chains(errors, &of);
        of
    }

    /// What an error's agent is called here.
    pub(super) fn agent(&mut self, errors: &Errors<'_>, row: usize) -> Option<u32> {
        let agent = errors.table.text("agent", row)?;
        if let Some(number) = self.agents.get(agent) {
            return Some(*number);
        }
        let next = u32::try_from(self.agents.len()).unwrap_or(u32::MAX);
        self.agents.insert(agent.into(), next);
        Some(next)
    }

    /// The names of agents, by number.
    pub(super) fn agent_names(&self) -> Vec<&str> {
        let mut names = vec![""; self.agents.len()];
        for (name, number) in &self.agents {
            names[*number as usize] = name;
        }
        names
    }

    fn count(&mut self, errors: &Errors<'_>, of: &[u32]) {
        let mut tasks: HashSet<(u32, &str, &str)> = HashSet::default();
        for row in (0..errors.table.rows()).filter(|row| errors.is_counted[*row]) {
            let (time, id) = (errors.time(row), errors.text("id", row));
            let agent = self.agent(errors, row);
            let group = errors.text("error_group", row);
            let attempts = errors.table.text("task_id", row).and_then(|task| {
                let attempts = *errors.attempts.get(&(group, task))?;
                Some(if tasks.insert((of[row], group, task)) { attempts } else { 0 })
            });
            let is_recent = time >= self.recent_from;
            let cluster = &mut self.all[of[row] as usize];
            if cluster.count == 0 || (time, id) < (cluster.first, &cluster.example) {
                (cluster.first, cluster.example) = (time, id.into());
            }
            cluster.last = if cluster.count == 0 { time } else { cluster.last.max(time) };
            cluster.count += 1;
            cluster.recovered += i64::from(errors.is_recovered[row]);
            cluster.recoveries += errors.recoveries.get(&row).copied().unwrap_or_default();
            cluster.attempts += attempts.unwrap_or(1);
            cluster.recent += i64::from(is_recent);
            if let Some(agent) = agent
                && let Err(place) = cluster.agents.binary_search(&agent)
            {
                cluster.agents.insert(place, agent);
            }
        }
    }

    fn follow_chains(&mut self, errors: &Errors<'_>, of: &[u32]) {
        for chain in &errors.chains {
            let is_counted = |row: &&usize| errors.is_counted[**row];
            let Some((root, above)) = chain.split_first() else { continue };
            let counted = as_count(chain.iter().filter(is_counted).count());
            let is_open = |row: &&usize| is_counted(row) && !errors.is_recovered[**row];
            let unresolved = as_count(chain.iter().filter(is_open).count());
            for row in above.iter().filter(is_counted) {
                self.all[of[*row] as usize].explained += 1;
            }
            for (place, row) in chain.iter().enumerate().filter(|(_, row)| is_counted(row)) {
                let reach = as_count(chain.len() - 1 - place);
                let cluster = &mut self.all[of[*row] as usize];
                cluster.reach = cluster.reach.max(reach);
            }
            let root_counts = errors.is_counted[*root];
            let cluster = &mut self.all[of[*root] as usize];
            cluster.unresolved_begun += unresolved;
            if !above.is_empty() && counted > 0 {
                cluster.chains += i64::from(root_counts);
                cluster.explains += counted - i64::from(root_counts);
            }
        }
    }

    /// The places of the clusters that have an error to show, what needs a person first.
    pub(super) fn ranked(&self) -> Vec<usize> {
        let mut places: Vec<usize> =
            (0..self.all.len()).filter(|place| self.all[*place].count > 0).collect();
        let rank = |place: &usize| {
            let one = &self.all[*place];
            let unresolved = one.count - one.recovered;
            (unresolved == 0, -one.unresolved_begun, -unresolved, -one.count)
        };
        let name = |place: &usize| {
            let one = &self.all[*place];
            (&one.error_type, &one.pattern)
        };
        places
            .sort_by(|one, two| rank(one).cmp(&rank(two)).then_with(|| name(one).cmp(&name(two))));
        places
    }

    /// The clusters at `places` as rows.
    pub(super) fn table(&self, places: &[usize], range: Range) -> Table {
        let shown: Vec<&Cluster> = places.iter().map(|place| &self.all[*place]).collect();
        let integers = |one: &dyn Fn(&Cluster) -> i64| {
            Values::Integer(shown.iter().map(|cluster| Some(one(cluster))).collect())
        };
        let times = |one: &dyn Fn(&Cluster) -> i64| {
            Values::Time(shown.iter().map(|cluster| Some(one(cluster))).collect())
        };
        let rates = |one: &dyn Fn(&Cluster) -> (i64, f64)| {
            let rate = |cluster: &&Cluster| {
                let (count, share) = one(cluster);
                range.seconds().map(|seconds| count as f64 * 3600.0 / (seconds * share))
            };
            Values::Float(shown.iter().map(rate).collect())
        };
        let types = shown.iter().map(|one| one.error_type.as_deref());
        let patterns = shown.iter().map(|one| &one.pattern);
        let examples = shown.iter().map(|one| &one.example);
        Table::default()
            .with("error_type", Unit::None, Values::Text(types.collect()))
            .with("pattern", Unit::None, Values::texts(patterns))
            .with("count", Unit::Count, integers(&|one| one.count))
            .with("unresolved", Unit::Count, integers(&|one| one.count - one.recovered))
            .with("recovered", Unit::Count, integers(&|one| one.recovered))
            .with("explains", Unit::Count, integers(&|one| one.explains))
            .with("explained", Unit::Count, integers(&|one| one.explained))
            .with("agents", Unit::Count, integers(&|one| as_count(one.agents.len())))
            .with("trend", Unit::None, Values::Text(shown.iter().map(|one| one.trend()).collect()))
            .with("per_hour", Unit::None, rates(&|one| (one.count, 1.0)))
            .with(
                "earlier_per_hour",
                Unit::None,
                rates(&|one| (one.count - one.recent, EARLIER_SHARE)),
            )
            .with("recent_per_hour", Unit::None, rates(&|one| (one.recent, RECENT_SHARE)))
            .with("attempts", Unit::Count, integers(&|one| one.attempts))
            .with("recoveries", Unit::Count, integers(&|one| one.recoveries))
            .with("chains", Unit::Count, integers(&|one| one.chains))
            .with("reach", Unit::Count, integers(&|one| one.reach))
            .with("first_seen", Unit::None, times(&|one| one.first))
            .with("last_seen", Unit::None, times(&|one| one.last))
            .with("example_id", Unit::None, Values::texts(examples))
    }
}

/// The part of the range that is called recent, and the rest.
const RECENT_SHARE: f64 = 0.25;
const EARLIER_SHARE: f64 = 1.0 - RECENT_SHARE;

/// When the last quarter of the range begins; never, where it has no length.
fn recent_from(range: Range) -> i64 {
    let bounds = range.bounds.filter(|(first, last)| first < last);
    bounds.map_or(i64::MAX, |(first, last)| last - last.saturating_sub(first) / 4)
}

impl Cluster {
    /// What it is called in a chain.
    pub(super) fn name(&self) -> &str {
        self.error_type.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.pattern)
    }

    /// What the last quarter of the range says beside the first three: `new` where all came in it,
    /// `over` where none did though one was to be expected for each three, `rising` and `falling` from
    /// twice and half the rate on, else `steady`; nothing below four errors.
    fn trend(&self) -> Option<&'static str> {
        let earlier = self.count - self.recent;
        Some(match (earlier, self.recent) {
            _ if self.count < 4 => return None,
            (0, _) => "new",
            (_, 0) if earlier >= 9 => "over",
            // Three quarters against one: twice the rate is two thirds of the count.
            _ if self.recent * 3 >= earlier * 2 => "rising",
            _ if self.recent * 6 <= earlier && earlier >= 9 => "falling",
            _ => "steady",
        })
    }
}

pub(super) fn as_count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(earlier: i64, recent: i64) -> Cluster {
        Cluster { count: earlier + recent, recent, ..Cluster::default() }
    }

    #[test]
    fn trends_compare_the_last_quarter_with_the_rest() {
        assert_eq!(cluster(2, 1).trend(), None);
        assert_eq!(cluster(0, 4).trend(), Some("new"));
        assert_eq!(cluster(9, 0).trend(), Some("over"));
        assert_eq!(cluster(8, 0).trend(), Some("steady"));
        // The same rate is a third of the earlier count.
        assert_eq!(cluster(9, 3).trend(), Some("steady"));
        assert_eq!(cluster(9, 5).trend(), Some("steady"));
        assert_eq!(cluster(9, 6).trend(), Some("rising"));
        assert_eq!(cluster(12, 2).trend(), Some("falling"));
        assert_eq!(cluster(12, 3).trend(), Some("steady"));
    }

    #[test]
    fn the_last_quarter_begins_at_three_quarters() {
        let range = Range { bounds: Some((100, 500)), records: 2 };
        assert_eq!(recent_from(range), 400);
        assert_eq!(recent_from(Range::default()), i64::MAX);
        assert_eq!(recent_from(Range { bounds: Some((5, 5)), records: 1 }), i64::MAX);
    }
}
