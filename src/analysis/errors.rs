//! `errors`: errors in clusters of one type and one message pattern, unresolved ones first.

use super::Analysis;
use super::finish::{nothing, range, run};
use super::patterns::pattern;
use crate::query::{Engine, QueryError};
use crate::report::{Report, Table, Unit, Values};
use std::collections::{BTreeMap, BTreeSet};

/// The command `errors`.
pub(super) struct Errors;

#[derive(Default)]
struct Cluster<'t> {
    count: i64,
    recovered: i64,
    agents: BTreeSet<&'t str>,
    first: i64,
    last: i64,
    example: Option<&'t str>,
}

impl Analysis for Errors {
    fn name(&self) -> &'static str {
        "errors"
    }

    fn summary(&self) -> &'static str {
        "Errors in clusters: pattern, count, agents, recovered or not"
    }

    fn texts(&self) -> &'static [&'static str] {
        &["range", "errors"]
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let found = run(engine, "errors")?;
        let mut clusters: BTreeMap<(Option<&str>, String), Cluster<'_>> = BTreeMap::new();
        for row in 0..found.rows() {
            let key = (
                found.text("error_type", row),
                pattern(found.text("error_message", row).unwrap_or_default()),
            );
            let (first, last) = (found.integer("first_us", row), found.integer("last_us", row));
            let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
            let example = found.text("example_id", row);
            let cluster = clusters.entry(key).or_default();
            if cluster.count == 0 || (first, example) < (cluster.first, cluster.example) {
                (cluster.first, cluster.example) = (first, example);
            }
            cluster.last = if cluster.count == 0 { last } else { cluster.last.max(last) };
            cluster.count += found.integer("count", row).unwrap_or_default();
            cluster.recovered += found.integer("recovered", row).unwrap_or_default();
            cluster.agents.extend(found.text("agent", row));
        }
        let mut clusters: Vec<_> = clusters.into_iter().collect();
        // Stable, so equal ones stay in the order of type and pattern.
        clusters.sort_by_key(|(_, one)| (one.recovered - one.count, -one.count));
        let integers = |one: &dyn Fn(&Cluster<'_>) -> i64| {
            Values::Integer(clusters.iter().map(|(_, cluster)| Some(one(cluster))).collect())
        };
        let times = |one: &dyn Fn(&Cluster<'_>) -> i64| {
            Values::Time(clusters.iter().map(|(_, cluster)| Some(one(cluster))).collect())
        };
        let table = Table::default()
            .with(
                "error_type",
                Unit::None,
                Values::Text(clusters.iter().map(|((name, _), _)| *name).collect()),
            )
            .with("pattern", Unit::None, Values::texts(clusters.iter().map(|((_, text), _)| text)))
            .with("count", Unit::Count, integers(&|one| one.count))
            .with(
                "agents",
                Unit::Count,
                integers(&|one| i64::try_from(one.agents.len()).unwrap_or(i64::MAX)),
            )
            .with("first_seen", Unit::None, times(&|one| one.first))
            .with("last_seen", Unit::None, times(&|one| one.last))
            .with("recovered", Unit::Count, integers(&|one| one.recovered))
            .with("unresolved", Unit::Count, integers(&|one| one.count - one.recovered))
            .with(
                "example_id",
                Unit::None,
                Values::Text(clusters.iter().map(|(_, one)| one.example).collect()),
            );
        let is_empty = table.is_empty();
        let mut report = Report::of_rows("errors", "Errors", table);
        let range = range(engine)?;
        report.range = range.bounds;
        if is_empty {
            report.notices.push(nothing(range, "no errors"));
        }
        Ok(report)
    }
}
