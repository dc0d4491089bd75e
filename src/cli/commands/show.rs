//! `tracekit show`: one record whole, its children, or one value of it.

use crate::cli::args::{OutputArgs, StoreArgs};
use crate::cli::output::{Answer, Output};
use crate::cli::scratch::open_for_reading;
use crate::cli::{CliError, Context};
use crate::importers::json::Tape;
use crate::query::{find_in_json, json_keys, records_by};
use crate::report::{Table, Texts, Unit, Values};
use crate::store::LookupColumn;

/// Show one record whole
///
/// Finds it by its id without a scan. The numbers of a record are metric rows with the same id, and
/// are shown behind it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit show trace-0042
  tracekit show trace-0042 --children
  tracekit show trace-0042 --path data.parameters.domain")]
pub(super) struct Args {
    /// Id of the record or span
    id: String,

    /// Show the records whose parent it is
    #[arg(long, conflicts_with = "path")]
    children: bool,

    /// Show only the value at this path, such as data.parameters.domain
    #[arg(long, value_name = "COLUMN.KEY…")]
    path: Option<String>,

    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let output = Output::open(&args.output, Answer::Rows, context)?;
    let store = open_for_reading(&args.store, context)?;
    let snapshot = store.snapshot()?;
    let column = if args.children { LookupColumn::ParentId } else { LookupColumn::Id };
    let Some(table) = records_by(&snapshot, column, &args.id)? else {
        return Err(if args.children {
            CliError::usage(format!("no record has the parent `{}`", args.id))
        } else {
            CliError::usage(format!("there is no record `{}`", args.id))
                .with_hint("`tracekit query --columns id,time,type,agent` lists ids")
        });
    };
    match &args.path {
        Some(path) => output.table(values_at(&table, path)?),
        None => output.table(table),
    }
}

/// The value at `path` in each record that has it.
fn values_at(table: &Table, path: &str) -> Result<Table, CliError> {
    let mut keys = json_keys(path);
    let name = keys.remove(0);
    let Some(column) = table.column(&name) else {
        let known = table.columns.iter().map(|column| column.name.as_str());
        return Err(CliError::unknown("column", &name, known));
    };
    let Values::Json(texts) = &column.values else {
        if keys.is_empty() {
            let mut table = table.clone();
            table.columns.retain(|column| column.name == "id" || column.name == name);
            return Ok(table);
        }
        return Err(CliError::usage(format!("column `{name}` holds no JSON, so it has no paths")));
    };
    let mut tape = Tape::new();
    let found: Vec<(usize, &str)> = (0..table.rows())
        .filter_map(|row| Some((row, find_in_json(&mut tape, texts.get(row)?, &keys)?)))
        .collect();
    if found.is_empty() {
        return Err(CliError::usage(format!("the record has nothing at `{path}`"))
            .with_hint("without --path the whole record is shown"));
    }
    let ids: Texts = found.iter().map(|(row, _)| table.text("id", *row)).collect();
    Ok(Table::default()
        .with("id", Unit::None, Values::Text(ids))
        .with("path", Unit::None, Values::texts(found.iter().map(|_| path)))
        .with(
            "value",
            Unit::None,
            Values::Json(found.iter().map(|(_, value)| Some(*value)).collect()),
        ))
}
