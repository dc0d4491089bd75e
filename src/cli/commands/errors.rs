//! `tracekit errors`: clusters of errors, and how people see them.

use super::analyses;
use super::questions::Question;
use crate::analysis::ERRORS;
use crate::cli::{CliError, Context};
use crate::report::{Report, Table};

/// Show errors in clusters: pattern, count, rate, recovered or not, and what they led to
///
/// A cluster is one type of error and one pattern of its message: numbers, ids, times, paths and quoted
/// words are left open. An error is recovered when a later attempt at the same task ended well, or a
/// record says so. It explains the errors of whoever had asked for the work and failed because of it:
/// the next records above it that failed, not before it was known, without one that ended well in
/// between. The section `chains` has these from the root cause up, with ids.
///
/// What needs somebody comes first: clusters with the most unresolved errors of their own and of those
/// that they explain. The rates are errors an hour over the range of all filtered records; recent is its
/// last quarter.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit errors --since 1h
  tracekit errors --agent researcher --format json | jq '.rows[] | select(.unresolved > 0)'
  tracekit errors --format json | jq -r '.chains[].ids[0]'
  tracekit errors --explain")]
pub(super) struct Args {
    #[command(flatten)]
    shared: analyses::AnalysisArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    analyses::answer(&args.shared, context, ERRORS, draw)
}

/// What the command asks without flags of its own.
pub(super) fn question() -> Question {
    Question::known(ERRORS, draw)
}

/// What people see of a cluster and of a chain, in this order.
const SHOWN: [(&str, &[&str]); 2] = [
    (
        "rows",
        &[
            "error_type",
            "pattern",
            "count",
            "unresolved",
            "explains",
            "agents",
            "per_hour",
            "trend",
            "last_seen",
            "example_id",
        ],
    ),
    ("chains", &["chain", "agents", "count", "unresolved", "cause", "ids"]),
];

/// Leaves to programs what people need not see.
fn draw(report: &mut Report) {
    report.sections.retain(|section| section.key == "rows" || !section.table.is_empty());
    for section in &mut report.sections {
        let shown = SHOWN.iter().find(|(key, _)| *key == section.key);
        let names = shown.map_or(&[][..], |(_, names)| names);
        let table = std::mem::take(&mut section.table);
        let kept = names.iter().filter_map(|name| table.column(name).cloned());
        section.table = Table { columns: kept.collect() };
    }
}
