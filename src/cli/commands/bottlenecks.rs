//! `tracekit bottlenecks`: its options, from settings and flags, and how people see the answer.

use super::analyses;
use super::questions::Question;
use crate::analysis::bottlenecks::{Bottlenecks, KINDS, Options};
use crate::cli::bars::scale;
use crate::cli::nearest::nearest;
use crate::cli::parse::parse_span;
use crate::cli::settings::Table as SettingsTable;
use crate::cli::{CliError, Context};
use crate::report::{Report, Table, Unit, Values};

/// Longer windows tell nothing of when.
const LONGEST_WINDOW_US: i64 = 366 * 86_400 * 1_000_000;

/// The table of the settings file.
pub(super) const TABLE: &str = "bottlenecks";

/// Rank what costs time: slow agents, waits, retries, busy machines, with what to change
///
/// Samples of processor, memory, queries, agents' answers, frames and network are held to limits in
/// windows of time; traces are searched for repeated attempts, agents and tools slower than their peers
/// or than before, messages that wait, stragglers, overlapping writes of one key of the memory, and
/// bursts of errors. Impact goes from 0 to 100 and never saturates: ten times as bad ranks above twice
/// as bad. --explain says by which formula.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Limits have names: see `tracekit config`, which shows those of [bottlenecks] in tracekit.toml too.

Examples:
  tracekit bottlenecks
  tracekit bottlenecks --threshold cpu=75 --threshold io=250 --window 30s
  tracekit bottlenecks --format json | jq '.rows[] | {type, subject, suggestion}'")]
pub(super) struct Args {
    /// Another limit of one kind, as in cpu=75 [default: as `tracekit config` shows]
    #[arg(long, value_name = "NAME=VALUE")]
    threshold: Vec<String>,

    /// Length of the windows that rules look at [default: 1m]
    #[arg(long, value_name = "DURATION")]
    window: Option<String>,

    /// Leave out what has less impact, from 0 to 100 [default: 10]
    #[arg(long, value_name = "N")]
    min_impact: Option<String>,

    #[command(flatten)]
    shared: analyses::AnalysisArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let options = options(args, &context.settings.tables)?;
    // Who names columns means those of the answer.
    let draws = !args.shared.names_columns();
    analyses::answer(&args.shared, context, &Bottlenecks { options }, |report| {
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
    let options = of_settings(&context.settings.tables)?;
    Ok(Question::of(Bottlenecks { options }, draw))
}

/// One key of the table with its default, for `tracekit config`.
pub(super) fn defaults() -> Vec<(String, String, String)> {
    let options = Options::DEFAULT;
    let own = [
        ("window", "1m".to_owned(), "length of the windows that rules look at".to_owned()),
        ("min_impact", options.min_impact.to_string(), "less impact is left out".to_owned()),
    ];
    let kinds = KINDS.iter().map(|kind| {
        (kind.name, kind.threshold.to_string(), format!("{} ({})", kind.doc, kind.unit))
    });
    let key = |name: &str| format!("{TABLE}.{name}");
    own.into_iter().chain(kinds).map(|(name, value, doc)| (key(name), value, doc)).collect()
}

/// The options of the files, the project's before the user's.
///
/// # Errors
/// Names and values that cannot be used, with their file.
pub(super) fn of_settings(tables: &[SettingsTable]) -> Result<Options, CliError> {
    let mut options = Options::DEFAULT;
    // The last one that is set wins.
    for table in tables.iter().rev().filter(|table| table.name == TABLE) {
        for (name, value) in &table.content {
            let text = match value {
                toml::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            set(&mut options, name, &text)
                .map_err(|error| error.within(TABLE).at(table.file.display(), None))?;
        }
    }
    Ok(options)
}

/// The options of flags, else of the files.
fn options(args: &Args, tables: &[SettingsTable]) -> Result<Options, CliError> {
    let mut options = of_settings(tables)?;
    let flag = |name: &'static str, value: &Option<String>| Some((name, value.clone()?));
    let flags = [flag("window", &args.window), flag("min_impact", &args.min_impact)];
    for (name, value) in flags.into_iter().flatten() {
        set(&mut options, name, &value)
            .map_err(|error| error.within(&format!("--{}", name.replace('_', "-"))))?;
    }
    for pair in &args.threshold {
        let Some((name, value)) = pair.split_once('=') else {
            let what = format!("--threshold: `{pair}` is no NAME=VALUE, such as cpu=75");
            return Err(CliError::usage(what));
        };
        let known = KINDS.iter().map(|kind| kind.name);
        if known.clone().all(|known| known != name.trim()) {
            return Err(CliError::unknown("limit", name.trim(), known).within("--threshold"));
        }
        set(&mut options, name.trim(), value).map_err(|error| error.within("--threshold"))?;
    }
    Ok(options)
}

fn set(options: &mut Options, name: &str, text: &str) -> Result<(), CliError> {
    let number = || text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    match name {
        "window" => {
            let span = parse_span(text).map_err(CliError::usage)?;
            let micros = i64::try_from(span.as_micros()).unwrap_or(0);
            let window = Some(micros).filter(|micros| (1..=LONGEST_WINDOW_US).contains(micros));
            options.window_us = window.ok_or_else(|| {
                let what = format!("`{text}` is no length of a window, from 1us to 366d");
                CliError::usage(what).with_hint("30s or 5m are lengths of windows")
            })?;
        }
        "min_impact" => {
            options.min_impact = number()
                .filter(|value| (0.0..=100.0).contains(value))
                .ok_or_else(|| CliError::usage(format!("`{text}` is no number from 0 to 100")))?;
        }
        _ => {
            let value = number().filter(|value| *value > 0.0).ok_or_else(|| {
                CliError::usage(format!("`{name}`: `{text}` is no number above 0"))
            })?;
            if options.set_threshold(name, value).is_none() {
                let known = || KINDS.iter().map(|kind| kind.name).chain(["window", "min_impact"]);
                let error = CliError::usage(format!("no setting is called `{name}`"));
                return Err(match nearest(name, known()) {
                    Some(near) => error.with_hint(format!("did you mean `{near}`?")),
                    None => error.with_hint("`tracekit config` lists them"),
                });
            }
        }
    }
    Ok(())
}

/// How long the bar of an impact of 100 is.
const BAR: u16 = 10;

/// So many suggestions are written out.
const SENTENCES: usize = 5;

/// Says what to change, draws the impact as a bar, and leaves to programs what people need not see.
fn draw(report: &mut Report) {
    let Some(section) = report.sections.first_mut() else { return };
    let table = std::mem::take(&mut section.table);
    report.summary.extend((0..table.rows().min(SENTENCES)).map(|row| {
        let text = |name| table.text(name, row).unwrap_or_default();
        format!("{}. {} ({}): {}", row + 1, text("subject"), text("type"), text("suggestion"))
    }));
    section.table = for_people(&table);
    report.sections.retain(|section| section.key == "rows" || !section.table.is_empty());
}

fn for_people(table: &Table) -> Table {
    let rows = || 0..table.rows();
    let impact = |row| table.float("impact", row).unwrap_or_default();
    let measured = |row| {
        let number = |name| table.float(name, row).unwrap_or_default();
        let unit = table.text("unit", row).unwrap_or_default();
        format!("{} {unit} (limit {})", short(number("value")), short(number("threshold")))
    };
    let texts =
        |name: &'static str| Values::Text(rows().map(|row| table.text(name, row)).collect());
    let mut drawn = Table::default()
        .with("impact", Unit::None, Values::texts(rows().map(|row| bar(impact(row)))))
        .with("severity", Unit::None, texts("severity"))
        .with("type", Unit::None, texts("type"))
        .with("subject", Unit::None, texts("subject"));
    drawn.columns.extend(table.column("lost_ns").cloned());
    let shown = rows().map(|row| first_of(table, row));
    drawn.with("measured", Unit::None, Values::texts(rows().map(measured))).with(
        "evidence",
        Unit::None,
        Values::Text(shown.collect()),
    )
}

/// The first id of the evidence, and how many more there are.
fn first_of(table: &Table, row: usize) -> Option<String> {
    let Values::TextList(lists) = &table.column("evidence")?.values else { return None };
    let ids = lists.get(row)?.as_ref()?;
    let first = ids.first()?;
    Some(if ids.len() > 1 { format!("{first} +{}", ids.len() - 1) } else { first.clone() })
}

/// ` 57 ██████░░░░`: the number first, so that a narrow terminal cuts the bar.
fn bar(impact: f64) -> String {
    format!("{impact:>3.0} {}", scale(impact / 100.0, BAR))
}

/// A number to four digits.
fn short(value: f64) -> String {
    if value.abs() >= 1000.0 {
        format!("{value:.0}")
    } else {
        format!("{}", (value * 100.0).round() / 100.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "values that floats hold exactly")]

    use super::*;

    fn table(text: &str, file: &str) -> SettingsTable {
        let content = text.parse::<toml::Table>().unwrap();
        SettingsTable { name: TABLE.into(), content, file: file.into() }
    }

    fn args(thresholds: &[&str]) -> Args {
        let threshold = thresholds.iter().map(ToString::to_string).collect();
        Args {
            threshold,
            window: None,
            min_impact: None,
            shared: analyses::AnalysisArgs::default(),
        }
    }

    fn kind(name: &str) -> &'static crate::analysis::bottlenecks::Kind {
        KINDS.iter().find(|kind| kind.name == name).unwrap()
    }

    #[test]
    fn flags_come_before_the_project_and_that_before_the_user() {
        let tables = [
            table("cpu = 70\nwindow = \"30s\"", "/p/tracekit.toml"),
            table("cpu = 60\nmemory = 50.5\nmin_impact = 20", "/u/config.toml"),
        ];
        let found = options(&args(&[]), &tables).unwrap();
        let limits =
            |found: &Options| ["cpu", "memory", "io"].map(|name| found.threshold(kind(name)));
        assert_eq!(limits(&found), [70.0, 50.5, 1000.0]);
        assert_eq!((found.window_us, found.min_impact), (30_000_000, 20.0));
        let found = options(&args(&["cpu=95", "io=250", "cpu=96"]), &tables).unwrap();
        assert_eq!(limits(&found), [96.0, 50.5, 250.0]);
    }

    #[test]
    fn wrong_settings_say_where_and_what_was_meant() {
        let error = options(&args(&["cpuu=3"]), &[]).unwrap_err();
        assert_eq!(error.what(), "--threshold: no limit is called `cpuu`");
        assert_eq!(error.hints(), ["did you mean `cpu`?"]);
        for wrong in ["cpu", "cpu=", "cpu=0", "cpu=-1", "cpu=NaN", "cpu=x", "window=3s"] {
            assert!(options(&args(&[wrong]), &[]).is_err(), "{wrong}");
        }
        let tables = [table("memroy = 3", "/p/tracekit.toml")];
        let error = options(&args(&[]), &tables).unwrap_err();
        assert_eq!(error.what(), "bottlenecks: no setting is called `memroy`");
        assert_eq!(error.place(), Some("/p/tracekit.toml"));
        assert_eq!(error.hints(), ["did you mean `memory`?"]);
        for wrong in [
            "window = \"0s\"",
            "window = \"400d\"",
            "window = \"x\"",
            "min_impact = 101",
            "cpu = true",
        ] {
            let error = options(&args(&[]), &[table(wrong, "/p")]).unwrap_err();
            assert_eq!(error.place(), Some("/p"), "{wrong}");
        }
    }

    #[test]
    fn impacts_are_bars() {
        assert_eq!(bar(0.0), "  0 ░░░░░░░░░░");
        assert_eq!(bar(57.3), " 57 ██████░░░░");
        assert_eq!(bar(100.0), "100 ██████████");
        assert_eq!((short(2500.4), short(2.716)), ("2500".to_owned(), "2.72".to_owned()));
    }
}
