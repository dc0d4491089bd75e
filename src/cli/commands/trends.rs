//! `tracekit trends`: its options, and how people see the answer.

use super::analyses::{self, AnalysisArgs};
use super::questions::Question;
use super::tokens::prices;
use crate::analysis::trends::Trends;
use crate::cli::series::{self, SeriesArgs};
use crate::cli::{CliError, Context};
use crate::report::{
    Report, Table, Unit, Values, beside, give_or_take, range_with_unit, with_unit,
};
use serde_json::Value;

/// Say whether it gets worse: every series' direction, changes, forecast and limits
///
/// Series are all recorded metrics, and what follows from records: latency.p50, latency.p95, latency.p99,
/// throughput and error_rate of finished work, events, tokens and cost. They are put into equal buckets of
/// time; a bucket without samples is a gap. A direction is only told where chance is improbable (p < 0.01
/// over all series, autocorrelation accounted for). Which way is the good one follows from the metric's
/// name, and from [metrics] in tracekit.toml.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
In a settings file:
  [metrics.\"queue.depth\"]
  better = \"lower\"         # or higher, unknown
  limit = 1000             # what it must not reach

Examples:
  tracekit trends
  tracekit trends --by agent --metric 'latency.*'
  tracekit trends --metric cpu.usage --interval 1m --format json | jq '.capacity'")]
pub(super) struct Args {
    #[command(flatten)]
    series: SeriesArgs,

    #[command(flatten)]
    shared: AnalysisArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let trends = Trends { options: args.series.resolve(context)?, prices: prices(context)? };
    let draws = !args.shared.names_columns();
    analyses::answer(&args.shared, context, &trends, |report| {
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
    Ok(Question::of(Trends { options, prices: prices(context)? }, draw))
}

/// So many series are shown that go nowhere.
const CALM: usize = 20;

/// What people see of a series: where it goes, its line, what it is and what it will be.
fn draw(report: &mut Report) {
    let Some(section) = report.sections.first_mut() else { return };
    let table = std::mem::take(&mut section.table);
    let goes = |row: usize| {
        !matches!(table.text("direction", row), Some("stable" | "volatile" | "unknown") | None)
    };
    let going = (0..table.rows()).filter(|row| goes(*row)).count();
    let shown = table.rows().min(going + CALM);
    if shown < table.rows() {
        report.notices.push(format!(
            "{} more series go nowhere: --metric chooses, --format csv lists all",
            table.rows() - shown
        ));
    }
    section.table = for_people(&table.first(shown));
    report.sections.retain(|section| section.key == "rows" || !section.table.is_empty());
}

/// A table of series as people read it: metric and unit first, then whatever there is.
pub(super) fn for_people(table: &Table) -> Table {
    let rows = || 0..table.rows();
    let unit = |row| table.text("unit", row).unwrap_or_default();
    let arrow = |row| {
        let slope = table.float("slope_per_hour", row).unwrap_or_default();
        let direction = table.text("direction", row).unwrap_or_default();
        match direction {
            "stable" | "volatile" | "unknown" => direction.to_owned(),
            _ => format!("{} {direction}", if slope < 0.0 { '↘' } else { '↗' }),
        }
    };
    let number = |row, name: &str| {
        let value = table.float(name, row)?;
        Some(with_unit(value, unit(row)))
    };
    // In the unit that the value beside it has.
    let slope = |row| {
        let slope = table.float("slope_per_hour", row)?;
        Some(beside(slope, table.float("last_value", row).unwrap_or(slope), unit(row)))
    };
    let ahead = |row, name: &str| {
        let expected: Value = serde_json::from_str(table.text(name, row)?).ok()?;
        let part = |name: &str| expected[name].as_f64();
        let (value, low, high) = (part("value")?, part("low_80")?, part("high_80")?);
        let half = (high - low) / 2.0;
        // What cannot go further on one side does not reach as far there.
        let is_even = (high - value - half).abs() <= 0.05 * half;
        Some(if is_even {
            give_or_take(value, half, unit(row))
        } else {
            format!("{} ({})", with_unit(value, unit(row)), range_with_unit(low, high, unit(row)))
        })
    };
    let texts = |one: &dyn Fn(usize) -> Option<String>| Values::Text(rows().map(one).collect());
    let mut drawn = Table::default();
    drawn.columns.extend(table.columns.iter().take_while(|column| column.name != "unit").cloned());
    drawn = drawn
        .with("direction", Unit::None, texts(&|row| Some(arrow(row))))
        .with(
            "past_and_forecast",
            Unit::None,
            texts(&|row| table.text("sparkline", row).map(str::to_owned)),
        )
        .with("last", Unit::None, texts(&|row| number(row, "last_value")));
    // Where there is no space for all, the last ones are left out.
    let mut forecasts = [("forecast_24h", "in_24_h"), ("forecast_1h", "in_1_h")]
        .into_iter()
        .filter(|(name, _)| rows().any(|row| table.text(name, row).is_some()));
    if let Some((name, title)) = forecasts.next() {
        drawn = drawn.with(title, Unit::None, texts(&|row| ahead(row, name)));
    }
    drawn = drawn.with("per_hour", Unit::None, texts(&|row| slope(row)));
    for (name, title) in forecasts {
        drawn = drawn.with(title, Unit::None, texts(&|row| ahead(row, name)));
    }
    let season =
        table.column("season_ns").filter(|column| rows().any(|row| !column.values.is_null(row)));
    drawn.columns.extend(season.cloned());
    drawn.columns.extend(table.column("changes").cloned());
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_a_line_and_what_comes_next() {
        let text = |text: &str| Values::texts([text]);
        let table = Table::default()
            .with("metric", Unit::None, text("cpu.usage"))
            .with("unit", Unit::None, text("%"))
            .with("direction", Unit::None, text("degrading"))
            .with("slope_per_hour", Unit::None, Values::Float(vec![Some(1.25)]))
            .with("last_value", Unit::None, Values::Float(vec![Some(71.0)]))
            .with("sparkline", Unit::None, text("▁▅█"))
            .with(
                "forecast_1h",
                Unit::None,
                Values::Json(
                    std::iter::once(Some(r#"{"value":72.25,"low_80":70.0,"high_80":74.5}"#))
                        .collect(),
                ),
            )
            .with("forecast_24h", Unit::None, Values::Json(std::iter::once(None::<&str>).collect()))
            .with("changes", Unit::Count, Values::Integer(vec![Some(0)]));
        let drawn = for_people(&table);
        let names: Vec<_> = drawn.columns.iter().map(|column| column.name.as_str()).collect();
        let expected =
            ["metric", "direction", "past_and_forecast", "last", "in_1_h", "per_hour", "changes"];
        assert_eq!(names, expected);
        assert_eq!(drawn.text("direction", 0), Some("↗ degrading"));
        assert_eq!(drawn.text("in_1_h", 0), Some("72.2 ± 2.25 %"));
    }
}
