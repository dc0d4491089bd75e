//! `tracekit anomalies`: its options, and how people see the answer.

use super::analyses::{self, AnalysisArgs};
use super::questions::Question;
use super::tokens::prices;
use crate::analysis::anomalies::Anomalies;
use crate::cli::bars::scale;
use crate::cli::series::{self, SeriesArgs};
use crate::cli::{CliError, Context};
use crate::report::{Report, Table, Unit, Values, range_with_unit, with_unit};

/// Find values that were not to be expected, put together into incidents with their likely causes
///
/// Series are those of `trends`. What is expected of a value follows from the level, trend and season of its
/// series; the score says how far it is from that in robust standard deviations, and from 3.5 on (more where
/// there are many values) it is an anomaly; so is a new level that stays (a step), where it begins. Those at the same time are one incident; its cause is the agent,
/// tool, operation, model or kind of error that has most of the difference to what is usual.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit anomalies
  tracekit anomalies --by model --metric cost
  tracekit anomalies --interval 5m --format json | jq '.incidents[] | {from, to, cause}'
  tracekit anomalies --exit-code -o odd.json || echo nothing unusual")]
pub(super) struct Args {
    #[command(flatten)]
    series: SeriesArgs,

    #[command(flatten)]
    shared: AnalysisArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let anomalies = Anomalies { options: args.series.resolve(context)?, prices: prices(context)? };
    let draws = !args.shared.names_columns();
    analyses::answer(&args.shared, context, &anomalies, |report| {
        if draws {
            draw(report);
        }
    })
}

/// What the command asks without flags of its own.
///
/// # Errors
/// Settings that cannot be used.
pub(super) fn question(context: &Context) -> Result<Question, CliError> {
    let options = series::of_settings(context)?;
    Ok(Question::of(Anomalies { options, prices: prices(context)? }, draw))
}

/// So many anomalies and incidents are shown.
const SHOWN: usize = 20;

/// How long the bar of the largest score is.
const BAR: u16 = 10;

fn draw(report: &mut Report) {
    for section in &mut report.sections {
        let rows = section.table.rows();
        if rows > SHOWN {
            report.notices.push(format!(
                "{}: {} more are in --format json and csv",
                section.title.to_lowercase(),
                rows - SHOWN
            ));
        }
        let table = section.table.first(SHOWN);
        section.table = if section.key == "rows" {
            for_people(&table)
        } else {
            table.without(&["causes", "series"])
        };
    }
    report.sections.retain(|section| section.key == "rows" || !section.table.is_empty());
}

fn for_people(table: &Table) -> Table {
    let rows = || 0..table.rows();
    let unit = |row| table.text("unit", row).unwrap_or_default();
    let number = |row, name: &str| table.float(name, row).unwrap_or_default();
    let most = rows().map(|row| number(row, "score")).fold(1.0, f64::max);
    let texts = |one: &dyn Fn(usize) -> String| Values::texts(rows().map(one));
    let score = |row| {
        let score = number(row, "score");
        format!("{score:>4.0} {}", scale(score / most, BAR))
    };
    let mut drawn = Table::default().with("score", Unit::None, texts(&score));
    let names = table.columns.iter().take_while(|column| column.name != "shape");
    drawn.columns.extend(names.cloned());
    drawn = drawn
        .with("value", Unit::None, texts(&|row| with_unit(number(row, "value"), unit(row))))
        .with(
            "expected",
            Unit::None,
            texts(&|row| range_with_unit(number(row, "low"), number(row, "high"), unit(row))),
        );
    let kept = ["shape", "severity", "incident"].into_iter().filter_map(|name| table.column(name));
    drawn.columns.extend(kept.cloned());
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_scores_as_bars_and_values_with_units() {
        let floats = |values: [f64; 2]| Values::Float(values.map(Some).to_vec());
        let table = Table::default()
            .with("metric", Unit::None, Values::texts(["latency.p95", "latency.p95"]))
            .with("time", Unit::None, Values::Time(vec![Some(0), Some(1)]))
            .with("shape", Unit::None, Values::texts(["step", "value"]))
            .with("value", Unit::None, floats([9000.0, 10.0]))
            .with("low", Unit::None, floats([1000.0, 20.0]))
            .with("high", Unit::None, floats([2000.0, 40.0]))
            .with("unit", Unit::None, Values::texts(["ms", "ms"]))
            .with("score", Unit::None, floats([20.0, 5.0]))
            .with("severity", Unit::None, Values::texts(["critical", "medium"]));
        let drawn = for_people(&table);
        assert_eq!(drawn.text("score", 0), Some("  20 ██████████"));
        assert_eq!(drawn.text("score", 1), Some("   5 ███░░░░░░░"));
        assert_eq!(drawn.text("value", 0), Some("9 s"));
        assert_eq!(drawn.text("expected", 0), Some("1 to 2 s"));
    }
}
