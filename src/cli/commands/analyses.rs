//! `sessions`, `agents`, `tools`, `components`, `messages` and others: the registry of analyses as
//! commands.

use crate::analysis::explain::Dialect;
use crate::analysis::{self, Analysis, explain};
use crate::cli::args::{FilterArgs, OutputArgs, StoreArgs};
use crate::cli::asking::ask;
use crate::cli::output::{Answer, Output};
use crate::cli::scratch::open_for_reading;
use crate::cli::{CliError, Context};
use crate::query::{Engine, Predicate};
use crate::render::Format;
use crate::report::Report;
use clap::builder::PossibleValuesParser;
use clap::{ArgMatches, Args as _, Command, FromArgMatches};

// The arguments of every analysis; what it answers is said by the analysis.
#[derive(clap::Args, Debug, Default)]
pub(super) struct AnalysisArgs {
    /// Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files
    #[arg(long, value_name = "ENGINE", num_args = 0..=1, require_equals = true,
        default_missing_value = "duckdb", value_parser = dialects())]
    explain: Option<String>,

    /// End with exit code 1 when there is nothing to list
    #[arg(long)]
    exit_code: bool,

    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    filter: FilterArgs,

    #[command(flatten)]
    output: OutputArgs,
}

impl AnalysisArgs {
    /// The filters.
    pub(super) const fn filter(&self) -> &FilterArgs {
        &self.filter
    }

    /// Whether the user asks for columns by their names.
    pub(super) fn names_columns(&self) -> bool {
        !(self.output.columns.is_empty() && self.output.sort.is_empty())
    }
}

/// The engines that `--explain` writes scripts for.
pub(super) fn dialects() -> PossibleValuesParser {
    Dialect::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().into()
}

/// The engine that was asked for by name.
pub(super) fn dialect(name: Option<&str>) -> Option<Dialect> {
    Dialect::ALL.iter().find(|(known, _)| name == Some(*known)).map(|(_, dialect)| *dialect)
}

/// Adds the arguments and help of the analysis that the command is named after.
pub(super) fn add_args(command: Command) -> Command {
    let summary = analysis::find(command.get_name()).map_or("", |analysis| analysis.summary());
    let name = command.get_name().to_owned();
    AnalysisArgs::augment_args(command).about(summary).after_help(format!(
        "Examples:\n  tracekit {name} --since 1h\n  tracekit {name} --input runs/ --format json | jq '.rows[]'\n  \
         tracekit {name} --explain"
    ))
}

/// Answers the analysis called `name`.
pub(super) fn run(matches: &ArgMatches, context: &Context, name: &str) -> Result<(), CliError> {
    let args = AnalysisArgs::from_arg_matches(matches)
        .map_err(|error| CliError::usage(error.to_string()))?;
    let Some(analysis) = analysis::find(name) else {
        return Err(CliError::usage(format!("there is no analysis `{name}`")));
    };
    answer(&args, context, analysis, |_| {})
}

/// Writes a report that needs no store.
///
/// # Errors
/// Those of the arguments and of the output.
pub(super) fn write(
    args: &AnalysisArgs,
    context: &Context,
    report: Report,
) -> Result<(), CliError> {
    Output::open(&args.output, Answer::Analysis, context)?.report(report)
}

/// Answers an analysis, which may have options of its own; `draw` makes its report one for people,
/// where people read it.
///
/// # Errors
/// Those of the arguments, of the analysis and of the output; exit code 1 where `--exit-code` asks.
pub(super) fn answer(
    args: &AnalysisArgs,
    context: &Context,
    analysis: &dyn Analysis,
    draw: impl FnOnce(&mut Report),
) -> Result<(), CliError> {
    answer_within(args, context, Predicate::True, analysis, draw)
}

/// The same, where `--exit-code` asks whether `is_no` of the report.
///
/// # Errors
/// Those of [`answer`].
pub(super) fn answer_or_no(
    args: &AnalysisArgs,
    context: &Context,
    analysis: &dyn Analysis,
    draw: impl FnOnce(&mut Report),
    is_no: impl FnOnce(&Report) -> bool,
) -> Result<(), CliError> {
    answer_if(args, context, Predicate::True, analysis, draw, is_no)
}

/// The same about the records that fit `within` too.
///
/// # Errors
/// Those of [`answer`].
pub(super) fn answer_within(
    args: &AnalysisArgs,
    context: &Context,
    within: Predicate,
    analysis: &dyn Analysis,
    draw: impl FnOnce(&mut Report),
) -> Result<(), CliError> {
    answer_if(args, context, within, analysis, draw, |report| {
        report.sections.first().is_none_or(|section| section.table.is_empty())
    })
}

fn answer_if(
    args: &AnalysisArgs,
    context: &Context,
    within: Predicate,
    analysis: &dyn Analysis,
    draw: impl FnOnce(&mut Report),
    is_no: impl FnOnce(&Report) -> bool,
) -> Result<(), CliError> {
    let output = Output::open(&args.output, Answer::Analysis, context)?;
    let store = open_for_reading(&args.store, context)?;
    let asked = ask(&store, &args.filter, context)?;
    let predicate = Predicate::all([asked.predicate().clone(), within]);
    let engine = Engine::new(asked.snapshot().clone(), predicate);
    if let Some(dialect) = dialect(args.explain.as_deref()) {
        return output.text(&explain::script(&engine, analysis, dialect));
    }
    let mut report = analysis.report(&engine)?;
    let is_no = is_no(&report);
    if matches!(output.format(), Format::Table | Format::Md) {
        draw(&mut report);
    }
    output.report(report)?;
    if args.exit_code && is_no {
        return Err(CliError::answer_is_no());
    }
    Ok(())
}
