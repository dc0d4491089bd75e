//! `tracekit store info`: files, records, time range, versions, sources.

use super::{FolderArgs, count, counts, text};
use crate::cli::args::OutputArgs;
use crate::cli::output::{Answer, Output};
use crate::cli::words::counted;
use crate::cli::{CliError, Context};
use crate::model::Kind;
use crate::report::{Report, Section, Table, Unit, Values};
use crate::store::{DELTA_PROTOCOL, STORE_FORMAT, Snapshot};
use std::collections::BTreeMap;

/// Show what is in the store: files, records and bytes per kind and day, sources, versions
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit store info
  tracekit store info --format json | jq '.sources[] | select(.rejects > 0)'")]
pub(super) struct Args {
    #[command(flatten)]
    folder: FolderArgs,

    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let output = Output::open(&args.output, Answer::Analysis, context)?;
    let store = args.folder.open(context)?;
    output.report(describe(&store.snapshot()?, store.checkpoint()?))
}

/// What is known of one kind and day.
#[derive(Default)]
struct Day {
    files: u64,
    compacted: u64,
    rows: u64,
    bytes: u64,
}

fn describe(snapshot: &Snapshot, checkpoint: Option<i64>) -> Report {
    let mut days: BTreeMap<(Kind, i32), Day> = BTreeMap::new();
    for file in &snapshot.files {
        let day = days.entry((file.kind, file.date)).or_default();
        day.files += 1;
        day.compacted += u64::from(file.level.is_some());
        day.rows += file.rows;
        day.bytes += file.bytes;
    }
    let bytes = days.values().map(|day| day.bytes).sum();
    let files = snapshot.files.len() as u64;
    let version = u64::try_from(snapshot.version).unwrap_or_default();
    let times = || snapshot.files.iter().filter_map(|file| file.stats.time_us);
    let first = times().map(|(first, _)| first).min();
    let sources = &snapshot.sources;
    let rejects = sources.values().map(|state| state.rejects).sum();
    let mut scalars = vec![
        text("store", &snapshot.root.to_string_lossy()),
        text("store_format", STORE_FORMAT),
        text("delta_protocol", DELTA_PROTOCOL),
        count("version", Unit::None, version),
        count("files", Unit::Count, files),
        count("records", Unit::Count, snapshot.rows()),
        count("bytes", Unit::Bytes, bytes),
        count("source_count", Unit::Count, sources.len() as u64),
        count("rejects", Unit::Count, rejects),
    ];
    if let Some(checkpoint) = checkpoint.and_then(|version| u64::try_from(version).ok()) {
        scalars.insert(4, count("checkpoint", Unit::None, checkpoint));
    }
    let table = Table::default()
        .with("kind", Unit::None, Values::texts(days.keys().map(|(kind, _)| kind.as_str())))
        .with("date", Unit::None, Values::Date(days.keys().map(|(_, date)| Some(*date)).collect()))
        .with("files", Unit::Count, counts(days.values().map(|day| day.files)))
        .with("compacted", Unit::Count, counts(days.values().map(|day| day.compacted)))
        .with("records", Unit::Count, counts(days.values().map(|day| day.rows)))
        .with("bytes", Unit::Bytes, counts(days.values().map(|day| day.bytes)));
    Report {
        command: "store info",
        title: "Store".to_owned(),
        range: first.zip(times().map(|(_, last)| last).max()),
        summary: vec![format!(
            "{} in {} of {}.",
            counted(snapshot.rows(), "record"),
            counted(files, "file"),
            counted(sources.len() as u64, "source"),
        )],
        scalars,
        sections: vec![
            Section::new("rows", "Kinds and days", table),
            Section::new("sources", "Sources", list_sources(snapshot)),
        ],
        ..Report::default()
    }
}

fn list_sources(snapshot: &Snapshot) -> Table {
    let states = || snapshot.sources.values();
    let hashes = states().map(|state| format!("{:032x}", state.hash));
    Table::default()
        .with("source", Unit::None, Values::texts(snapshot.sources.keys()))
        .with(
            "format",
            Unit::None,
            Values::Text(states().map(|state| state.format.as_ref()).collect()),
        )
        .with("length", Unit::Bytes, counts(states().map(|state| state.len)))
        .with("hash", Unit::None, Values::texts(hashes))
        .with("rejects", Unit::Count, counts(states().map(|state| state.rejects)))
}
