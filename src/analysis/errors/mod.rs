//! `errors`: errors in clusters of one type and one message pattern, unresolved ones first, and the
//! chains in which an error made whoever had asked for the work fail too.

mod chains;
mod clusters;
mod patterns;
mod recoveries;
mod shapes;

use super::Analysis;
use super::finish::{nothing, range, run};
use crate::query::hashed::{HashMap, HashSet};
use crate::query::{Engine, QueryError};
use crate::report::{Report, Section, Table};
use chains::{Ancestor, Failure, Outcome, chains};
use clusters::{Clusters, Errors as Found, MOST_LISTED};
use shapes::Shapes;

/// The command `errors`.
pub(super) struct Errors;

/// The command `errors`.
pub static ERRORS: &dyn Analysis = &Errors;

impl Analysis for Errors {
    fn name(&self) -> &'static str {
        "errors"
    }

    fn summary(&self) -> &'static str {
        "Errors in clusters: pattern, count, rate, recovered or not, and what they led to"
    }

    fn texts(&self) -> &'static [&'static str] {
        &["range", "errors", "error_ancestors", "recoveries"]
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let range = range(engine)?;
        // What led to what is looked for among all errors of these sessions.
        let around = engine.around();
        let whole = around.as_ref().unwrap_or(engine);
        let mut clusters = Clusters::of(range);
        let mut chains = Shapes::default();
        let shares = whole.shares()?;
        shares.for_each(whole, |share| {
            let fitting = match &around {
                None => run(share, "errors")?,
                Some(_) if shares.is_one() => run(engine, "errors")?,
                Some(_) => run(&share.with_predicate(engine.predicate().clone()), "errors")?,
            };
            if fitting.is_empty() {
                return Ok(());
            }
            let whole = around.as_ref().map(|_| run(share, "errors")).transpose()?;
            let is_counted = match &whole {
                Some(whole) => fitting_rows(whole, &fitting),
                None => vec![true; fitting.rows()],
            };
            let table = whole.as_ref().unwrap_or(&fitting);
            let ancestors = run(share, "error_ancestors")?;
            let recoveries = run(share, "recoveries")?;
            let found = relate(table, is_counted, &ancestors, &recoveries);
            let of = clusters.add(&found);
            chains.add(&found, &of, &mut clusters);
            Ok::<(), QueryError>(())
        })?;
        let ranked = clusters.ranked();
        let listed = &ranked[..ranked.len().min(MOST_LISTED)];
        let rows = clusters.table(listed, range);
        let mut report = Report::of_rows("errors", "Errors", rows);
        report.range = range.bounds;
        if ranked.is_empty() {
            report.notices.push(nothing(range, "no errors"));
        }
        if ranked.len() > listed.len() {
            report.notices.push(format!(
                "{} kinds of errors are not listed, those with the fewest unresolved errors",
                ranked.len() - listed.len()
            ));
        }
        report.sections.push(
            Section::new("chains", "Chains", chains.table(&clusters)).with_lead(
                "Errors that were handed up: the root cause, and in turn whoever had asked for the work.",
            ),
        );
        Ok(report)
    }
}

/// Which rows of `whole` are in `fitting` too.
fn fitting_rows(whole: &Table, fitting: &Table) -> Vec<bool> {
    let key = |table: &'_ Table, row: usize| {
        (
            table.text("error_group", row).map(str::to_owned),
            table.text("id", row).map(str::to_owned),
        )
    };
    let known: HashSet<_> = (0..fitting.rows()).map(|row| key(fitting, row)).collect();
    (0..whole.rows()).map(|row| known.contains(&key(whole, row))).collect()
}

/// Finds out which errors were recovered from, at how many attempts, and which led to which.
fn relate<'t>(
    table: &'t Table,
    is_counted: Vec<bool>,
    ancestors: &'t Table,
    recorded: &Table,
) -> Found<'t> {
    let text = |name, row| table.text(name, row).unwrap_or_default();
    let mut is_recovered: Vec<bool> =
        (0..table.rows()).map(|row| table.integer("recovered", row) == Some(1)).collect();
    let recoveries = recoveries::recoveries(table, ancestors, recorded);
    for row in recoveries.keys() {
        is_recovered[*row] = true;
    }
    let mut attempts: HashMap<(&str, &str), i64> = HashMap::default();
    let mut above = Vec::with_capacity(ancestors.rows());
    for row in 0..ancestors.rows() {
        let Some(id) = ancestors.text("id", row) else { continue };
        let group = ancestors.text("error_group", row).unwrap_or_default();
        let key = ancestors.text("attempt_key", row).and_then(|key| key.strip_prefix("task:"));
        if let Some(task) = key {
            *attempts.entry((group, task)).or_default() += 1;
        }
        above.push(Ancestor {
            key: (group, id),
            end_id: ancestors.text("end_id", row).unwrap_or(id),
            trace: ancestors.text("trace_id", row),
            parent: ancestors.text("parent_id", row),
            outcome: match ancestors.text("status", row) {
                Some("ok" | "cancelled") => Outcome::Settled,
                _ => Outcome::Open,
            },
        });
    }
    let failures: Vec<Failure<'_>> = (0..table.rows())
        .map(|row| {
            let start = table.integer("ts_us", row).unwrap_or_default();
            Failure {
                key: (text("error_group", row), text("id", row)),
                trace: table.text("trace_id", row),
                parent: table.text("parent_id", row),
                start,
                end: table.integer("end_us", row).unwrap_or(start),
                is_recovered: is_recovered[row],
            }
        })
        .collect();
    let chains = chains(&failures, &above).all;
    Found { table, is_counted, is_recovered, recoveries, attempts, chains }
}
