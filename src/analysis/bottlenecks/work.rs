//! How long work of one sort took: what is compared between agents, between tools, and over time.

use super::super::statistics::{Counts, RankSum};
use super::finding::Finding;
use super::finding::evidence;
use super::{Asked, Kind};
use crate::query::QueryError;
use crate::report::Table;

/// A difference counts when it would come by chance in fewer than one of a hundred answers, over all
/// comparisons of the answer together (Bonferroni).
const CHANCE: f64 = 0.01;

/// So many samples are needed on either side.
const FEWEST: i64 = 5;

/// One row of the text `work_times`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times<'t> {
    /// `task`, `tool` or `model`.
    pub(super) work: &'t str,
    /// Empty for nobody.
    pub(super) agent: &'t str,
    pub(super) operation: &'t str,
    pub(super) tool: Option<&'t str>,
    pub(super) is_late: bool,
    /// Cut to three digits.
    pub(super) near_ns: i64,
    pub(super) spans: i64,
    pub(super) first_us: i64,
    pub(super) last_us: i64,
    /// Two of them.
    pub(super) ids: [Option<&'t str>; 2],
}

/// Every row.
pub(super) fn times_of(found: &Table) -> Vec<Times<'_>> {
    let integer = |name: &str, row: usize| found.integer(name, row).unwrap_or_default();
    (0..found.rows())
        .map(|row| Times {
            work: found.text("work", row).unwrap_or_default(),
            agent: found.text("agent", row).unwrap_or_default(),
            operation: found.text("operation", row).unwrap_or_default(),
            tool: found.text("tool", row),
            is_late: integer("half", row) == 2,
            near_ns: integer("near_ns", row),
            spans: integer("spans", row),
            first_us: integer("first_us", row),
            last_us: integer("last_us", row),
            ids: ["first_id", "last_id"].map(|id| found.text(id, row)),
        })
        .collect()
}

/// Durations, of which there are `times.spans` each.
pub(super) fn counts_of<'t>(times: impl IntoIterator<Item = &'t Times<'t>>) -> Counts {
    let mut counts = Counts::default();
    times.into_iter().for_each(|one| counts.add(one.near_ns, one.spans));
    counts
}

/// One sort of work of a subject beside what it is compared with.
#[derive(Clone, Debug)]
pub(super) struct Stratum<'t> {
    pub(super) operation: &'t str,
    /// Medians in nanoseconds.
    pub(super) own_ns: i64,
    pub(super) other_ns: i64,
    pub(super) count: i64,
    /// Whom to take as an example: the fastest of the others.
    pub(super) example: Option<&'t str>,
}

/// A subject beside its peers, or beside its own past.
#[derive(Debug)]
pub(super) struct Comparison<'t> {
    pub(super) subject: &'t str,
    pub(super) strata: Vec<Stratum<'t>>,
    /// The subject's own rows.
    times: Vec<Times<'t>>,
    test: RankSum,
    own: i64,
    others: i64,
}

impl<'t> Comparison<'t> {
    pub(super) fn of(subject: &'t str) -> Self {
        let (strata, times) = (Vec::new(), Vec::new());
        Self { subject, strata, times, test: RankSum::default(), own: 0, others: 0 }
    }

    /// Adds a sort of work; nothing where a side has none.
    pub(super) fn add(
        &mut self,
        operation: &'t str,
        own: &[Times<'t>],
        others: &Counts,
        example: Option<&'t str>,
    ) {
        let counts = counts_of(own);
        let (Some(own_ns), Some(other_ns)) = (counts.median(), others.median()) else { return };
        self.test.add(&counts, others);
        self.own += counts.total();
        self.others += others.total();
        self.times.extend(own);
        self.strata.push(Stratum { operation, own_ns, other_ns, count: counts.total(), example });
    }

    /// How many times as long it takes: medians weighted by its own number of samples.
    fn ratio(&self) -> f64 {
        let sum = |of: fn(&Stratum<'_>) -> i64| -> f64 {
            self.strata.iter().map(|one| of(one) as f64 * one.count as f64).sum()
        };
        sum(|one| one.own_ns) / sum(|one| one.other_ns).max(1.0)
    }

    /// The time that it would not have taken at the medians of the others, in nanoseconds.
    fn lost_ns(&self) -> f64 {
        self.strata.iter().map(|one| (one.own_ns - one.other_ns) as f64 * one.count as f64).sum()
    }

    /// The sort of work in which most is lost.
    fn worst(&self) -> Option<&Stratum<'t>> {
        self.strata.iter().max_by_key(|one| (one.own_ns - one.other_ns).saturating_mul(one.count))
    }
}

/// The comparisons in which the subject takes longer by more than the limit of the kind, and not by
/// chance.
///
/// # Errors
/// Those of the engine.
pub(super) fn longer(
    asked: &Asked<'_>,
    kind: &'static Kind,
    comparisons: &[Comparison<'_>],
    suggest: impl Fn(&str, &Stratum<'_>) -> String,
) -> Result<Vec<Finding>, QueryError> {
    let tested: Vec<&Comparison<'_>> =
        comparisons.iter().filter(|one| one.own >= FEWEST && one.others >= FEWEST).collect();
    let chance = CHANCE / tested.len().max(1) as f64;
    let observed = asked.observed_ns()?;
    let threshold = asked.threshold(kind);
    let found = tested.into_iter().filter_map(|one| {
        let (ratio, lost) = (one.ratio(), one.lost_ns());
        if ratio < threshold || lost <= 0.0 || one.test.p_value() >= chance {
            return None;
        }
        let worst = one.worst()?;
        let mut slowest: Vec<&Times<'_>> = one.times.iter().collect();
        slowest.sort_by_key(|times| (-times.near_ns, times.first_us, times.ids));
        #[expect(clippy::cast_possible_truncation, reason = "a sum of durations")]
        let lost_ns = lost as i64;
        Some(Finding {
            kind,
            subject: one.subject.to_owned(),
            component: None,
            value: (ratio * 100.0).round() / 100.0,
            threshold,
            lost_ns: Some(lost_ns),
            loss: lost / observed,
            is_proven: true,
            count: one.own,
            first_us: one.times.iter().map(|times| times.first_us).min()?,
            last_us: one.times.iter().map(|times| times.last_us).max()?,
            evidence: evidence(slowest.iter().flat_map(|times| times.ids)),
            windows: Vec::new(),
            suggestion: suggest(one.subject, worst),
        })
    });
    Ok(found.collect())
}
