//! `tracekit report`: one page for people.

use super::analyses::{dialect, dialects};
use super::questions::Question;
use super::{bottlenecks, tokens, trends};
use crate::analysis::{Analysis as _, Overview, explain};
use crate::cli::args::{FilterArgs, OutputArgs, StoreArgs};
use crate::cli::asking::ask;
use crate::cli::output::{Answer, Output};
use crate::cli::scratch::open_for_reading;
use crate::cli::{CliError, Context, series};
use crate::query::Engine;
use crate::render::{Format, page_template, try_template};
use crate::report::Report;
use std::path::{Path, PathBuf};

/// Write one page for people: is it healthy, what to mend first, what happened, what it cost
///
/// --html is one self-contained file without any network: timeline, charts and tables that can be sorted and
/// searched, and without JavaScript still the tables. --md is for pull requests and job summaries, --json
/// has everything for programs.
#[derive(clap::Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[command(after_help = "\
Examples:
  tracekit report --html -o report.html
  tracekit report --input runs/*.jsonl --md >> \"$GITHUB_STEP_SUMMARY\"
  tracekit report --executive --html -o summary.html
  tracekit report --since 1d --agent 'planner*'")]
pub(super) struct Args {
    /// Short for --format html
    #[arg(long, conflicts_with_all = ["format", "md", "json"])]
    html: bool,

    /// Short for --format md
    #[arg(long, conflicts_with_all = ["format", "json"])]
    md: bool,

    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,

    /// One page: the verdict, what to mend first, and the first rows of what matters most
    #[arg(long)]
    executive: bool,

    /// A web page without charts and scripts, for e-mail
    #[arg(long)]
    light: bool,

    /// Title of the page [default: Trace report]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// Template of the web page in place of the built-in one, in the language of Jinja
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,

    /// Print the built-in template, to begin with
    #[arg(long, exclusive = true)]
    print_template: bool,

    /// Compare with this store: what takes longer, fails more often or costs more than there
    #[arg(long, value_name = "DIR")]
    compare: Option<PathBuf>,

    /// Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files
    #[arg(long, value_name = "ENGINE", num_args = 0..=1, require_equals = true,
        default_missing_value = "duckdb", value_parser = dialects())]
    explain: Option<String>,

    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    filter: FilterArgs,

    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    if args.print_template {
        let output = Output::open_as(&args.output, Some(Format::Html), Answer::Analysis, context)?;
        return output.text(page_template());
    }
    let short = [(args.html, Format::Html), (args.md, Format::Md), (args.json, Format::Json)]
        .into_iter()
        .find_map(|(is_asked, format)| is_asked.then_some(format));
    let format = short.or(args.output.format);
    let output = Output::open_as(&args.output, format, Answer::Analysis, context)?;
    let is_page = output.format() == Format::Html;
    for (flag, is_given) in [("--light", args.light), ("--template", args.template.is_some())] {
        if is_given && !is_page {
            let what = format!("{flag} is of web pages, and this is {}", output.format().name());
            return Err(CliError::usage(what).with_hint("--html asks for a web page"));
        }
    }
    let template = args.template.as_deref().map(read_template).transpose()?;
    let base = args.compare.as_deref().map(|folder| base(folder, args, context)).transpose()?;
    let overview =
        Overview { base, is_short: args.executive, ..overview(is_page && !args.light, context)? };
    let store = open_for_reading(&args.store, context)?;
    let engine = ask(&store, &args.filter, context)?;
    if let Some(dialect) = dialect(args.explain.as_deref()) {
        return output.text(&explain::script(&engine, &overview, dialect));
    }
    let mut report = overview.report(&engine)?;
    if let Some(title) = &args.title {
        report.title.clone_from(title);
    }
    if matches!(output.format(), Format::Md | Format::Table) {
        draw(&mut report);
    }
    output.report_by(report, template)
}

/// Leaves out the lists of incidents that only programs need, as their first cause is there in words, and gives
/// series the columns that `trends` shows: no page can hide and sort the others here.
fn draw(report: &mut Report) {
    for section in &mut report.sections {
        let table = std::mem::take(&mut section.table);
        section.table = match section.key {
            "incidents" => table.without(&["causes", "series"]),
            "trends" => trends::for_people(&table.led_by(&["metric", "unit"])),
            _ => table,
        };
    }
}

/// A report by the settings alone.
fn overview(has_charts: bool, context: &Context) -> Result<Overview, CliError> {
    Ok(Overview {
        base: None,
        has_charts,
        is_short: false,
        series: series::of_settings(context)?,
        bottlenecks: bottlenecks::of_settings(&context.settings.tables)?,
        prices: tokens::prices(context)?,
    })
}

/// What the command asks without flags of its own.
///
/// # Errors
/// Settings that cannot be used.
pub(super) fn question(has_charts: bool, context: &Context) -> Result<Question, CliError> {
    Ok(Question::of(overview(has_charts, context)?, draw))
}

/// The store to compare with, through the same filters.
fn base(folder: &Path, args: &Args, context: &Context) -> Result<Engine, CliError> {
    let store = StoreArgs { store: Some(folder.to_owned()), ..StoreArgs::default() };
    let store = open_for_reading(&store, context)?;
    ask(&store, &args.filter, context)
}

fn read_template(path: &Path) -> Result<String, CliError> {
    let template = std::fs::read_to_string(path).map_err(|cause| {
        CliError::io("read", &format!("the template `{}`", path.display()), &cause)
    })?;
    try_template(&template).map_err(|error| {
        CliError::usage(format!("`{}` is no template of a page: {error}", path.display()))
            .with_hint("`tracekit report --print-template` prints the built-in one")
    })?;
    Ok(template)
}
