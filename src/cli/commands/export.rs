//! `tracekit export`: records in the forms that other tools take.
//!
//! What a form looks like is said by `exporters`; which files there are and what is in them by `places`.

mod places;
mod rows;

use crate::cli::args::{FilterArgs, StoreArgs};
use crate::cli::asking::ask;
use crate::cli::progress::RowProgress;
use crate::cli::redaction::{RedactArgs, resolve_redaction};
use crate::cli::scratch::open_for_reading;
use crate::cli::words::{counted, grouped};
use crate::cli::{CliError, Context};
use crate::exporters::{self, Exporter, Options, Weight};
use crate::render;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use places::{Places, SplitBy};
use rows::RowSource;
use std::path::PathBuf;

fn exporters() -> impl TypedValueParser<Value = String> {
    let values = exporters::ALL.iter();
    PossibleValuesParser::new(
        values.map(|exporter| PossibleValue::new(exporter.name()).help(exporter.doc())),
    )
}

fn weights() -> impl TypedValueParser<Value = Weight> {
    PossibleValuesParser::new(Weight::ALL.map(|(name, _)| name)).try_map(|name| {
        let found = Weight::ALL.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, weight)| weight).ok_or("unknown weight")
    })
}

/// Write the records that fit the filters for another tool
///
/// The forms of rows hold all columns, by time. With --redact, or the setting, what its rules find in
/// texts gives way to tokens on the way out: for stores that were filled without. Numbers stay as they are.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit export --to parquet -o records.parquet
  tracekit export --agent researcher --since 1d -o day.csv
  tracekit export --to jsonl --redact secrets,email,ip | gzip > share.jsonl.gz
  tracekit export --to csv --split-by session -o sessions")]
pub(super) struct Args {
    /// What to write, several with -o DIR [default: by the ending of -o, else jsonl]
    #[arg(long, value_name = "FORM,…", value_parser = exporters(), value_delimiter = ',')]
    to: Vec<String>,

    /// Write to this file, whole or not at all; - is standard output. With --split-by or several forms,
    /// the folder of the files
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,

    /// A file for each session, agent or day (UTC) of the records, in the folder -o
    #[arg(long, value_name = "WHAT", value_enum)]
    split_by: Option<SplitBy>,

    /// Whether CSV cells that a spreadsheet would run as a formula get a leading '
    #[arg(long, value_name = "WHEN", value_parser = ["auto", "never"], default_value = "auto")]
    csv_safe: String,

    /// The most series that metrics may have; more are an error
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    max_series: usize,

    /// What stacks weigh: time of their own in microseconds, tokens, or cost in millionths of a US dollar
    #[arg(long, value_name = "WHAT", value_parser = weights(), default_value = "time")]
    weight: Weight,

    #[command(flatten)]
    redaction: RedactArgs,

    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    filter: FilterArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let redaction = resolve_redaction(&args.redaction, context)?;
    let chosen = choose(args)?;
    let options = Options {
        render: render::Options {
            csv_safe: args.csv_safe != "never",
            ..render::Options::default()
        },
        max_series: args.max_series,
        weight: args.weight,
    };
    let mut places = Places::open(&chosen, args.output.as_deref(), args.split_by, context)?;
    let store = open_for_reading(&args.store, context)?;
    let redactor = redaction.map(|redaction| redaction.redactor(&store)).transpose()?;
    let engine = ask(&store, &args.filter, context)?;
    let progress = RowProgress::new(context);
    let mut source = RowSource::new(redactor, &progress);
    for group in places.groups(&engine)? {
        let engine = group.narrow(&engine);
        let engine = engine.as_ref();
        let mut written = Vec::new();
        for exporter in &chosen {
            progress.say(&format!("{} {}", exporter.name(), group.name()));
            written.push(source.export(
                *exporter,
                engine,
                places.take(&group, *exporter)?,
                &options,
            )?);
        }
        // Only now have files their names: all forms or none.
        for place in written {
            place.finish()?;
        }
    }
    progress.clear();
    if let Some(redacted) = source.redacted() {
        let rules = redacted.iter();
        let rules: Vec<String> =
            rules.map(|(rule, count)| format!("{} {rule}", grouped(*count))).collect();
        let what = if rules.is_empty() { "nothing".to_owned() } else { rules.join(", ") };
        let rows = counted(source.rows(), "record");
        context.messages.status(&format!("{rows}; redacted: {what}"));
    }
    Ok(())
}

/// The exporters that were named, or that of the file's ending.
fn choose(args: &Args) -> Result<Vec<&'static dyn Exporter>, CliError> {
    if !args.to.is_empty() {
        let mut names: Vec<&str> = Vec::new();
        for name in &args.to {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        return Ok(names.into_iter().filter_map(exporters::find).collect());
    }
    let output = args.output.as_deref().filter(|path| path.as_os_str() != "-");
    let file = output.filter(|_| args.split_by.is_none()).and_then(|path| path.file_name());
    let file = file.map(|file| file.to_string_lossy());
    let ending = file.as_deref().and_then(|file| Some(file.rsplit_once('.')?.1));
    let found = match (&file, ending) {
        (Some(file), Some(_)) => exporters::find_by_file(file),
        _ => exporters::find("jsonl"),
    };
    let found = found.ok_or_else(|| {
        let names: Vec<&str> = exporters::ALL.iter().map(|exporter| exporter.name()).collect();
        let ending = ending.unwrap_or_default();
        CliError::usage(format!("a file that ends with `.{ending}` says nothing about its form"))
            .with_hint(format!("--to names it: {}", names.join(", ")))
    })?;
    Ok(vec![found])
}
