//! `tracekit export`: records in the forms that other tools take, and answers of analyses as files.
//!
//! What a form looks like is said by `exporters` and `render`; what is written in which form by `pieces`,
//! which files there are by `places`.

mod answers;
mod pieces;
mod places;
mod rows;

use crate::cli::args::{FilterArgs, StoreArgs};
use crate::cli::asking::ask;
use crate::cli::progress::RowProgress;
use crate::cli::redaction::{RedactArgs, resolve_redaction};
use crate::cli::scratch::open_for_reading;
use crate::cli::words::{counted, grouped};
use crate::cli::{CliError, Context};
use crate::exporters::{Options, Weight};
use crate::render;
use answers::Answers;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use pieces::{Piece, choose, forms, things};
use places::{Places, SplitBy, is_folder};
use rows::RowSource;
use std::path::PathBuf;

fn weights() -> impl TypedValueParser<Value = Weight> {
    PossibleValuesParser::new(Weight::ALL.map(|(name, _)| name)).try_map(|name| {
        let found = Weight::ALL.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, weight)| weight).ok_or("unknown weight")
    })
}

/// Write the records that fit the filters for another tool, and answers about them as files
///
/// The forms of rows hold all columns, by time. --of names analyses beside or in place of the records:
/// each is the same as its command writes, by the settings, and each thing that is named is written in each
/// form of --to that it has. In a folder an analysis of several tables has a file for each where the form
/// holds one. With --redact, or the setting, what its rules find in texts gives way to tokens on the way
/// out: for stores that were filled without. Numbers stay as they are; a page has no charts then.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit export --to parquet -o records.parquet
  tracekit export --agent researcher --since 1d -o day.csv
  tracekit export --to jsonl --redact secrets,email,ip | gzip > share.jsonl.gz
  tracekit export --to csv --split-by session -o sessions
  tracekit export --of bottlenecks,trends,anomalies,health --to csv,json -o answers
  tracekit export --of records,report --to parquet,html -o monday")]
pub(super) struct Args {
    /// What to write, several with -o DIR [default: records; html and md without them are the report]
    #[arg(long, value_name = "THING,…", value_parser = things(), value_delimiter = ',')]
    of: Vec<String>,

    /// In which form, several with -o DIR [default: by the ending of -o, else jsonl for records and json
    /// for analyses]
    #[arg(long, value_name = "FORM,…", value_parser = forms(), value_delimiter = ',')]
    to: Vec<String>,

    /// Write to this file, whole or not at all; - is standard output. The folder of the files, where there
    /// are several, where it is one, or with / at its end
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
    let file = args.output.as_deref().filter(|path| path.as_os_str() != "-" && !is_folder(path));
    let file = file.filter(|_| args.split_by.is_none());
    let chosen = choose(&args.of, &args.to, file)?;
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
        let mut answers =
            Answers { context, filter: &args.filter, options: &options.render, last: None };
        for piece in &chosen {
            let of = piece.analysis().unwrap_or("records");
            progress.say(&format!("{of} {} {}", piece.form(), group.name()));
            match *piece {
                Piece::Records(exporter) => {
                    let place = places.take(&group, *piece)?;
                    written.push(source.export(exporter, engine, place, &options)?);
                }
                Piece::Answer { name, format } => {
                    let to = (&mut places, &group);
                    written.extend(answers.write((name, format), engine, &mut source, to)?);
                }
            }
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
        let has_records = chosen.iter().any(|piece| piece.analysis().is_none());
        let rows = if has_records { format!("{rows}; ") } else { String::new() };
        context.messages.status(&format!("{rows}redacted: {what}"));
    }
    Ok(())
}
