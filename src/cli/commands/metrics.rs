//! `tracekit metrics`: the series that there are, and the history of some.

use super::analyses::{self, AnalysisArgs};
use crate::analysis;
use crate::analysis::metrics::{Aggregate, History};
use crate::cli::bars::bar;
use crate::cli::series::{interval, scope};
use crate::cli::{CliError, Context};
use crate::query::matching_patterns;
use crate::report::{Report, Unit, Values};
use std::collections::HashMap;

/// List the metrics, or show the history of some of them
///
/// Without a name: every series (a name and a unit) with its range, its newest value, the usual time
/// between two samples, and gaps: times between samples more than three times as long. With names: their
/// samples in buckets of time. A bucket without samples is no row. Any numeric sample is a metric, also
/// those of your own names.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit metrics
  tracekit metrics cpu.usage --interval 5m --agg p95
  tracekit metrics 'memory.*' --by agent --since 1h
  tracekit metrics http.requests --agg rate --by label.route --format csv")]
pub(super) struct Args {
    /// Names of metrics; * stands for any text, a leading ! excludes
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// Length of a bucket, such as 1m [default: one that gives at most 60 buckets]
    #[arg(long, value_name = "DURATION", requires = "names")]
    interval: Option<String>,

    /// What is made of a bucket's samples: mean, min, max, sum, count, last, rate (per second; how much
    /// counters have grown), or a percentile such as p95 [default: mean]
    #[arg(long, value_name = "HOW", requires = "names")]
    agg: Option<String>,

    /// Split series by agent, tool, model, component, operation, session, swarm, trace, source or label.KEY
    #[arg(long, value_name = "WHAT", requires = "names")]
    by: Option<String>,

    #[command(flatten)]
    shared: AnalysisArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    if args.names.is_empty() {
        let list = analysis::find("metrics").ok_or_else(|| CliError::usage("no analysis"))?;
        return analyses::answer(&args.shared, context, list, |_| {});
    }
    let aggregate = args.agg.as_deref().map_or(Ok(Aggregate::Mean), Aggregate::parse);
    let history = History {
        interval_us: args.interval.as_deref().map(interval).transpose()?,
        aggregate: aggregate.map_err(|error| CliError::usage(error).within("--agg"))?,
        by: args.by.as_deref().map(scope).transpose()?,
    };
    let names = matching_patterns("name", &args.names);
    let draws = !args.shared.names_columns();
    analyses::answer_within(&args.shared, context, names, &history, |report| {
        if draws {
            draw(report);
        }
    })
}

/// The widest bar, in characters.
const WIDTH: u16 = 20;

/// A bar beside each value: its share of the largest of its series.
fn draw(report: &mut Report) {
    let Some(section) = report.sections.first_mut() else { return };
    let table = &mut section.table;
    let value = |row: usize| table.float("value", row).unwrap_or_default();
    let mut most: HashMap<Option<&str>, f64> = HashMap::new();
    for row in 0..table.rows() {
        let largest = most.entry(table.text("name", row)).or_default();
        *largest = largest.max(value(row));
    }
    let share = |row: usize| value(row) / most.get(&table.text("name", row)).unwrap_or(&0.0);
    let bars: Vec<String> = (0..table.rows()).map(|row| bar(share(row), WIDTH)).collect();
    *table = std::mem::take(table).with("of_the_largest", Unit::None, Values::texts(bars));
}
