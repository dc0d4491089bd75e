//! `tracekit loops`: agents that turn in circles or stand still.

use super::analyses;
use super::questions::Question;
use crate::analysis::loops::{Loops, Options};
use crate::cli::bars::scale;
use crate::cli::{CliError, Context};
use crate::report::{Report, Table, Unit, Values};

/// Find agents that turn in circles: repeated calls, ping-pong, stalls, deadlocks, no progress
///
/// `repeated-call`: an agent calls a tool several times in a row with the same arguments (the order of
/// keys, spaces and ids of the call do not count; a retry of a failed task is no further call).
/// `ping-pong`: two agents hand the same task or message back and forth. `stall`: an agent with an open
/// task falls silent for ten times its usual gap while its session goes on. `deadlock`: agents with open
/// tasks wait for each other in a circle. `no-progress`: an agent does a hundred things and more, ten
/// times as many as a completed task usually takes, and completes none.
///
/// What wasted most time comes first. A finding is listed when one of the records that it names fits the
/// filters; it is found among all records of the session.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit loops --since 1h
  tracekit loops --min-repeats 5 --format json | jq -r '.rows[].evidence[]'
  tracekit loops --input runs/ --explain")]
pub(super) struct Args {
    /// Report so many equal calls in a row, or hand-overs in each direction, and more
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..))]
    min_repeats: u32,

    #[command(flatten)]
    shared: analyses::AnalysisArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let min_repeats = usize::try_from(args.min_repeats).unwrap_or(usize::MAX);
    analyses::answer(&args.shared, context, &Loops { options: Options { min_repeats } }, draw)
}

/// What the command asks without flags of its own.
pub(super) fn question() -> Question {
    Question::of(Loops { options: Options::DEFAULT }, draw)
}

/// How long the bar of the largest waste is.
const BAR: u16 = 10;

/// Draws what was wasted as a bar, and leaves to programs what people need not see.
fn draw(report: &mut Report) {
    let Some(section) = report.sections.first_mut() else { return };
    let table = std::mem::take(&mut section.table);
    let rows = || 0..table.rows();
    let wasted = |row| table.integer("wasted_ns", row).unwrap_or_default().max(0);
    let most = rows().map(wasted).max().unwrap_or_default();
    let bars = rows().map(|row| scale(wasted(row) as f64 / most.max(1) as f64, BAR));
    let mut drawn = Table::default().with("", Unit::None, Values::texts(bars));
    let kept = ["wasted_ns", "verdict", "subject", "detail"];
    drawn.columns.extend(kept.iter().filter_map(|name| table.column(name).cloned()));
    if let Some(Values::TextList(ids)) = table.column("evidence").map(|column| &column.values) {
        let named = rows().map(|row| {
            let all = table.integer("evidence_count", row).unwrap_or_default();
            few(ids.get(row).and_then(Option::as_deref).unwrap_or_default(), all)
        });
        drawn = drawn.with("evidence", Unit::None, Values::texts(named));
    }
    section.table = drawn;
}

/// The first id, and how many more there are.
fn few(ids: &[String], all: i64) -> String {
    match ids.first() {
        Some(first) if all > 1 => format!("{first} +{}", all - 1),
        first => first.cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_record_is_named_and_the_others_counted() {
        let ids = ["a", "b"].map(str::to_owned);
        assert_eq!(few(&ids, 12), "a +11");
        assert_eq!(few(&ids[..1], 1), "a");
        assert_eq!(few(&[], 0), "");
    }
}
