//! `tracekit health`: its options, how people see the answer, and the exit code for gates.

use super::analyses::{self, AnalysisArgs};
use super::questions::Question;
use super::tokens::prices;
use crate::analysis::health::Health;
use crate::cli::bars::scale;
use crate::cli::series::{self, SeriesArgs};
use crate::cli::{CliError, Context};
use crate::report::{Report, Table, Unit, Values, with_unit};
use serde_json::Value;

/// Say how well the system, its components and its agents are, why, and what to do
///
/// A score from 0 to 100 for each: errors, work that never ends, lost messages, resources at or near their
/// limit, series that get worse and incidents of late are deducted, each one listed. From 80 on it is
/// healthy, from 60 degraded, from 40 unhealthy, below critical. --explain says how many points each takes.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
With --exit-code the exit code is 1 where the system is unhealthy or critical, and where no record fits.

Examples:
  tracekit health
  tracekit health --since 1h --exit-code
  tracekit health --format json | jq '.rows[] | select(.status != \"healthy\")'")]
pub(super) struct Args {
    #[command(flatten)]
    series: SeriesArgs,

    #[command(flatten)]
    shared: AnalysisArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let health = Health { options: args.series.resolve(context)?, prices: prices(context)? };
    let draws = !args.shared.names_columns();
    analyses::answer_or_no(
        &args.shared,
        context,
        &health,
        |report| {
            if draws {
                draw(report);
            }
        },
        is_ill,
    )
}

/// What the command asks without flags of its own.
///
/// # Errors
/// Settings that cannot be used.
pub(super) fn question(context: &Context) -> Result<Question, CliError> {
    let options = series::of_settings(context)?;
    Ok(Question::of(Health { options, prices: prices(context)? }, draw))
}

/// Whether the system, the first row, is worse than degraded; also where nothing is known of it.
fn is_ill(report: &Report) -> bool {
    let status = report.sections.first().and_then(|section| section.table.text("status", 0));
    !matches!(status, Some("healthy" | "degraded"))
}

/// So many rows of a table are shown.
const SHOWN: usize = 30;

/// How long the bar of a score of 100 is.
const BAR: u16 = 10;

fn draw(report: &mut Report) {
    report.scalars.clear();
    for section in &mut report.sections {
        let rows = section.table.rows();
        if rows > SHOWN {
            report.notices.push(format!(
                "{}: {} more are in --format json{}",
                section.title.to_lowercase(),
                rows - SHOWN,
                if section.key == "rows" { " and csv" } else { "" }
            ));
        }
        // The system is first; the worst of each scope are the first of it.
        let table = worst(&std::mem::take(&mut section.table));
        section.table = match section.key {
            "rows" => scores(&table),
            "indicators" | "resources" => with_units(&table),
            "issues" => table.without(&["points"]),
            _ => table,
        };
    }
    report.sections.retain(|section| section.key == "rows" || !section.table.is_empty());
}

/// The rows that are shown: of scores the system and the lowest, of others the first.
fn worst(table: &Table) -> Table {
    let mut rows: Vec<usize> = (0..table.rows()).collect();
    if rows.len() > SHOWN && table.column("score").is_some() {
        let score = |row: &usize| table.float("score", *row).unwrap_or_default();
        rows[1..].sort_by(|a, b| score(a).total_cmp(&score(b)));
    }
    rows.truncate(SHOWN);
    rows.sort_unstable();
    table.chosen(&rows)
}

/// Scores as bars, deductions in words.
fn scores(table: &Table) -> Table {
    let rows = || 0..table.rows();
    let score = |row| table.float("score", row).unwrap_or_default();
    let deductions = |row| {
        let all: Value = serde_json::from_str(table.text("deductions", row)?).ok()?;
        let words: Vec<String> = all
            .as_array()?
            .iter()
            .map(|one| {
                format!("{} (-{})", one["reason"].as_str().unwrap_or_default(), one["points"])
            })
            .collect();
        Some(words.join("; "))
    };
    let bars = rows().map(|row| format!("{:>3.0} {}", score(row), scale(score(row) / 100.0, BAR)));
    let mut drawn = Table::default().with("score", Unit::None, Values::texts(bars));
    let kept = ["status", "scope", "subject", "trend"];
    drawn.columns.extend(kept.iter().filter_map(|name| table.column(name).cloned()));
    drawn.with("deducted", Unit::None, Values::Text(rows().map(deductions).collect()))
}

/// Values and limits with their units.
fn with_units(table: &Table) -> Table {
    let unit = |row| table.text("unit", row).unwrap_or_default().to_owned();
    let columns = table.columns.iter().filter(|column| column.name != "unit").map(|column| {
        let mut column = column.clone();
        if let Values::Float(values) = &column.values {
            let words = values.iter().enumerate();
            let words = words.map(|(row, value)| value.map(|value| with_unit(value, &unit(row))));
            column.values = Values::Text(words.collect());
        }
        column
    });
    Table { columns: columns.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(status: &str) -> Report {
        let table = Table::default()
            .with("scope", Unit::None, Values::texts(["system"]))
            .with("status", Unit::None, Values::texts([status]))
            .with("score", Unit::None, Values::Float(vec![Some(57.5)]))
            .with(
                "deductions",
                Unit::None,
                Values::Json(
                    std::iter::once(Some(
                        r#"[{"kind":"errors","points":42.5,"reason":"17 of 80 failed"}]"#,
                    ))
                    .collect(),
                ),
            );
        Report::of_rows("health", "Health", table)
    }

    #[test]
    fn only_the_unhealthy_answer_is_no() {
        for (status, expected) in
            [("healthy", false), ("degraded", false), ("unhealthy", true), ("critical", true)]
        {
            assert_eq!(is_ill(&report(status)), expected, "{status}");
        }
    }

    #[test]
    fn people_see_bars_and_reasons() {
        let drawn = scores(&report("unhealthy").sections[0].table);
        assert_eq!(drawn.text("score", 0), Some(" 58 ██████░░░░"));
        assert_eq!(drawn.text("deducted", 0), Some("17 of 80 failed (-42.5)"));
    }
}
