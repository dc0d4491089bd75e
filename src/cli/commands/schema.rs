//! `tracekit schema`: the columns of the stored tables and of the views, from the one place that
//! defines them.

use crate::cli::args::OutputArgs;
use crate::cli::output::{Answer, Output};
use crate::cli::{CliError, Context};
use crate::model::schema::{self, ColumnType, RECORDS, REJECTS};
use crate::query::{TABLES, VIEWS, View, column_doc, find_view, table_names, unit_of};
use crate::report::{Table, Unit, Values};

/// Print the columns of the stored tables with their meaning
///
/// Tables are records and rejects; events, whole_spans, logs and metrics are records of one kind.
/// Views are computed from them: --views lists them, and the name of one prints its columns.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit schema
  tracekit schema --views
  tracekit schema spans --columns name,doc
  tracekit schema --format csv > columns.csv")]
pub(super) struct Args {
    /// Only this table or view
    #[arg(conflicts_with = "views")]
    table: Option<String>,

    /// List the tables and views instead of columns
    #[arg(long)]
    views: bool,

    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let table = match args.table.as_deref() {
        _ if args.views => list_tables(),
        None => list_columns(&[described("records"), described("rejects")].concat()),
        Some(name) if table_names().contains(&name) => list_columns(&described(name)),
        Some(name) => return Err(CliError::unknown("table or view", name, table_names())),
    };
    Output::open(&args.output, Answer::Rows, context)?.table(table)
}

/// The tables and views, with what a row of each is.
fn list_tables() -> Table {
    let views = VIEWS.iter().map(|view| (view.name, "view", view.doc));
    let all: Vec<(&str, &str, &str)> =
        TABLES.iter().map(|(name, doc)| (*name, "table", *doc)).chain(views).collect();
    Table::default()
        .with("name", Unit::None, Values::texts(all.iter().map(|one| one.0)))
        .with("kind", Unit::None, Values::texts(all.iter().map(|one| one.1)))
        .with("doc", Unit::None, Values::texts(all.iter().map(|one| one.2)))
}

/// One column of a table or view.
#[derive(Clone)]
struct Described {
    table: String,
    name: String,
    column_type: &'static str,
    nullable: bool,
    unit: &'static str,
    doc: &'static str,
}

/// The columns of the table or view called `name`.
fn described(name: &str) -> Vec<Described> {
    if let Some(view) = find_view(name) {
        return view.columns().into_iter().map(|column| of_view(view, column)).collect();
    }
    let columns = if name == "rejects" { REJECTS } else { RECORDS };
    columns
        .iter()
        .map(|column| Described {
            table: name.to_owned(),
            name: column.name.to_owned(),
            column_type: column.column_type.as_str(),
            nullable: column.nullable,
            unit: column.unit,
            doc: column.doc,
        })
        .collect()
}

/// A view's column: a stored one, or one that views add.
fn of_view(view: &View, name: String) -> Described {
    let stored = schema::find(&name);
    let added = column_doc(&name);
    let is_time = matches!(name.as_str(), "start" | "end" | "sent" | "received");
    let is_text =
        matches!(name.as_str(), "end_id" | "origin" | "delivery" | "receive_id" | "interval_group");
    let added_type = match (is_time, is_text) {
        (true, _) => ColumnType::Timestamp,
        (_, true) => ColumnType::Text,
        _ => ColumnType::Integer,
    };
    let unit = match unit_of(&name) {
        Unit::Nanoseconds => "ns",
        _ if name.ends_with("_us") => "us",
        _ => stored.map_or("", |column| column.unit),
    };
    Described {
        table: view.name.to_owned(),
        column_type: stored.map_or(added_type, |column| column.column_type).as_str(),
        nullable: stored.is_none_or(|column| column.nullable),
        unit,
        doc: added.or(stored.map(|column| column.doc)).unwrap_or_default(),
        name,
    }
}

fn list_columns(columns: &[Described]) -> Table {
    let of = |text: fn(&Described) -> &str| Values::texts(columns.iter().map(text));
    let units = columns.iter().map(|column| (!column.unit.is_empty()).then_some(column.unit));
    let nullable = columns.iter().map(|column| Some(column.nullable));
    Table::default()
        .with("table", Unit::None, of(|column| &column.table))
        .with("name", Unit::None, of(|column| &column.name))
        .with("type", Unit::None, of(|column| column.column_type))
        .with("nullable", Unit::None, Values::Bool(nullable.collect()))
        .with("unit", Unit::None, Values::Text(units.collect()))
        .with("doc", Unit::None, of(|column| column.doc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_columns_have_type_unit_and_meaning() {
        let all = list_columns(&described("records"));
        assert_eq!(all.rows(), 41);
        assert_eq!(
            (all.text("table", 3), all.text("name", 3)),
            (Some("records"), Some("duration_ns"))
        );
        assert_eq!(all.text("unit", 3), Some("ns"));
        assert_eq!(all.text("unit", 4), None);
        let rejects = list_columns(&described("rejects"));
        assert_eq!((rejects.rows(), rejects.text("name", 0)), (7, Some("source")));
    }

    #[test]
    fn views_have_their_own_columns() {
        let messages = list_columns(&described("messages"));
        let row =
            (0..messages.rows()).find(|row| messages.text("name", *row) == Some("latency_ns"));
        assert_eq!(messages.text("unit", row.unwrap()), Some("ns"));
        assert_eq!(list_tables().rows(), TABLES.len() + VIEWS.len());
    }
}
