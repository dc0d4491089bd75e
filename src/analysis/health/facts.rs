//! What is known of the system, its components and its agents: work, messages, series, resources.

use super::super::anomalies::{Anomaly, Explained, Found};
use super::super::finish::{integer_of, text_of};
use super::super::series::{Better, Grid, Origin, Series, SeriesSet};
use super::super::trends::{Capacity, Trend, Verdict, verdicts};
use super::state::{Facts, Going, Resource, Step};
use crate::report::Table;
use std::collections::BTreeMap;

/// Facts by the name of an agent or component.
pub(super) type ByName = BTreeMap<String, Facts>;

/// The work of each agent, from `agents.sql`.
pub(super) fn add_agents(all: &mut ByName, found: &Table) {
    let agent = text_of(found, "agent");
    for row in 0..found.rows() {
        let integer = |name: &str| found.integer(name, row).unwrap_or_default();
        let Some(agent) = agent(row) else { continue };
        let facts = all.entry(agent.to_owned()).or_default();
        facts.finished += integer("tasks_finished");
        facts.failed += integer("tasks_failed");
        facts.unfinished += integer("open_tasks");
    }
}

/// The work of each component, from `components.sql`.
pub(super) fn add_components(all: &mut ByName, found: &Table) {
    let component = text_of(found, "component");
    for row in 0..found.rows() {
        let integer = |name: &str| found.integer(name, row).unwrap_or_default();
        let Some(component) = component(row) else { continue };
        let facts = all.entry(component.to_owned()).or_default();
        // What runs still is no failure.
        facts.finished += integer("spans");
        facts.failed += integer("errors");
    }
}

/// The messages that each agent sent, from `messages.sql`.
pub(super) fn add_messages(all: &mut ByName, found: &Table) {
    let agent = text_of(found, "agent");
    let (sent, lost) = (integer_of(found, "sent"), integer_of(found, "lost"));
    for row in 0..found.rows() {
        let Some(agent) = agent(row) else { continue };
        let facts = all.entry(agent.to_owned()).or_default();
        facts.sent += sent(row).unwrap_or_default();
        facts.lost += lost(row).unwrap_or_default();
    }
}

/// Which way the series of each agent or component go.
pub(super) fn add_series(all: &mut ByName, set: &SeriesSet) {
    for (series, verdict) in set.series.iter().zip(verdicts(&set.series)) {
        let Some(key) = &series.key else { continue };
        if let (Some(facts), Some(grid)) = (all.get_mut(key), &set.grid) {
            add_lately(facts, series, grid);
            facts.trends.push(going(series, &verdict, grid));
        }
    }
}

/// What failed in the last tenth of the time, and of how much, from a series of shares.
fn add_lately(facts: &mut Facts, series: &Series, grid: &Grid) {
    let Some(pieces) = series.pieces.as_ref().filter(|_| series.is_share()) else { return };
    let late = grid.last_tenth();
    let failed = |at: usize| series.values[at].unwrap_or(0.0) * pieces[at] as f64;
    #[expect(clippy::cast_possible_truncation, reason = "a part of a count")]
    let sum = (late..pieces.len()).map(failed).sum::<f64>().round() as i64;
    facts.lately = (sum, pieces[late..].iter().sum());
}

fn going(series: &Series, verdict: &Verdict, grid: &Grid) -> Going {
    let slope = verdict.line.as_ref().map_or(0.0, |line| line.slope);
    let length = (series.values.len() - verdict.since) as f64;
    let size = series.profile.mean.abs();
    Going {
        metric: series.metric.clone(),
        unit: series.unit.clone(),
        direction: verdict.direction,
        slope_per_hour: slope * 3600.0 / grid.seconds(),
        is_recorded: series.origin == Origin::Recorded && series.limit.is_none(),
        went: if size > 0.0 { (slope * length).abs() / size } else { f64::INFINITY },
        step: lasting_step(series, grid),
    }
}

/// The last change of level, if it is one for the worse and the series is still where it went: worse by a
/// fifth than before it, and than it was at first.
fn lasting_step(series: &Series, grid: &Grid) -> Option<Step> {
    let changes = &series.profile.changes;
    let (first, last) = (changes.first()?, changes.last()?);
    let sign = match series.better {
        Better::Lower => 1.0,
        Better::Higher => -1.0,
        Better::Unknown => return None,
    };
    let is_worse = |before: f64| (last.after - before) * sign > LEAST_STEP * before.abs();
    let worst = changes.iter().rev().find(|change| (change.after - change.before) * sign > 0.0)?;
    (is_worse(first.before) && is_worse(worst.before)).then(|| Step {
        before: worst.before,
        after: last.after,
        at_us: grid.time(worst.at),
    })
}

/// A step of a smaller part of the level before it is none that health is about.
const LEAST_STEP: f64 = 0.2;

/// The system: the sums of its agents, or of its components where there is none, its series and the scores
/// of what was unexpected of late.
pub(super) fn system(
    agents: &ByName,
    components: &ByName,
    trends: &[Trend<'_>],
    grid: &Grid,
    incidents: Vec<f64>,
) -> Facts {
    let mut facts = Facts::default();
    let parts = if agents.values().any(|one| one.finished > 0) { agents } else { components };
    for part in parts.values() {
        facts.finished += part.finished;
        facts.failed += part.failed;
        facts.unfinished += part.unfinished;
    }
    for agent in agents.values() {
        facts.sent += agent.sent;
        facts.lost += agent.lost;
    }
    for one in trends {
        add_lately(&mut facts, one.series, grid);
    }
    facts.trends = trends.iter().map(|one| going(one.series, &one.verdict, grid)).collect();
    facts.resources = trends.iter().filter_map(|one| resource(one, grid)).collect();
    facts.incidents = incidents;
    facts
}

/// The scores of the incidents in the last tenth of the time, but those in which it only got better.
pub(super) fn of_late(found: &Found, series: &[Series], grid: &Grid) -> Vec<f64> {
    let late = grid.last_tenth();
    let of_late = found.incidents.iter().filter(|one| one.incident.to >= late);
    let worst = |one: &Explained| {
        let anomalies = one.incident.anomalies.iter().map(|place| &found.anomalies[*place]);
        let is_bad = |one: &&Anomaly| match series[one.series].better {
            Better::Lower => one.value > one.expected,
            Better::Higher => one.value < one.expected,
            Better::Unknown => true,
        };
        anomalies.filter(is_bad).map(|one| one.score).max_by(f64::total_cmp)
    };
    of_late.filter_map(worst).collect()
}

/// A series with a limit as a resource.
fn resource(trend: &Trend<'_>, grid: &Grid) -> Option<Resource> {
    let series = trend.series;
    #[expect(clippy::cast_possible_truncation, reason = "rounds to the range of i64")]
    let reaches_in_us = match trend.outlook.capacity.as_ref()? {
        Capacity::Reached => Some(0),
        Capacity::Reaches { buckets, .. } => {
            Some(((buckets * grid.width_us as f64).round() as i64).max(1))
        }
        Capacity::NotForeseen => None,
    };
    Some(Resource {
        metric: series.metric.clone(),
        unit: series.unit.clone(),
        now: series.values.iter().rev().flatten().next().copied()?,
        limit: series.limit?,
        reaches_in_us,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::made_rows::rows_of;
    use super::*;

    #[test]
    fn agents_have_their_work_and_messages() {
        let mut all = ByName::new();
        add_agents(
            &mut all,
            &rows_of(&[r#"{"agent":"a","tasks_finished":5,"tasks_failed":2,"open_tasks":1}"#]),
        );
        add_messages(
            &mut all,
            &rows_of(&[
                r#"{"agent":"a","peer":"b","sent":4,"lost":1}"#,
                r#"{"agent":"a","peer":"c","sent":6,"lost":0}"#,
            ]),
        );
        let facts = &all["a"];
        assert_eq!((facts.finished, facts.failed, facts.unfinished), (5, 2, 1));
        assert_eq!((facts.sent, facts.lost), (10, 1));
    }

    #[test]
    fn components_add_up_their_operations() {
        let mut all = ByName::new();
        add_components(
            &mut all,
            &rows_of(&[
                r#"{"component":"db","operation":"read","spans":5,"errors":1}"#,
                r#"{"component":"db","operation":"write","spans":2,"errors":2}"#,
            ]),
        );
        assert_eq!((all["db"].finished, all["db"].failed), (7, 3));
    }
}
