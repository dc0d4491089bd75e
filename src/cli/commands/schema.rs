//! `tracekit schema`: the columns of the stored tables, from the one place that defines them.

use crate::cli::args::OutputArgs;
use crate::cli::output::{Answer, Output};
use crate::cli::{CliError, Context};
use crate::model::schema::{Column, RECORDS, REJECTS};
use crate::report::{Table, Unit, Values};

/// Print the columns of the stored tables with their meaning
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit schema
  tracekit schema records --columns name,unit,doc
  tracekit schema --format csv > columns.csv")]
pub(super) struct Args {
    /// Only this table
    #[arg(value_parser = ["records", "rejects"])]
    table: Option<String>,

    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let columns = list_columns(args.table.as_deref());
    Output::open(&args.output, Answer::Rows, context)?.table(columns)
}

fn list_columns(table: Option<&str>) -> Table {
    let tables = [("records", RECORDS), ("rejects", REJECTS)];
    let columns: Vec<(&str, &Column)> = tables
        .into_iter()
        .filter(|(name, _)| table.is_none_or(|table| table == *name))
        .flat_map(|(name, columns)| columns.iter().map(move |column| (name, column)))
        .collect();
    let of = |text: fn(&Column) -> &'static str| {
        Values::texts(columns.iter().map(|(_, column)| text(column)))
    };
    let units = columns.iter().map(|(_, column)| (!column.unit.is_empty()).then_some(column.unit));
    let nullable = columns.iter().map(|(_, column)| Some(column.nullable));
    Table::default()
        .with("table", Unit::None, Values::texts(columns.iter().map(|(name, _)| *name)))
        .with("name", Unit::None, of(|column| column.name))
        .with("type", Unit::None, of(|column| column.column_type.as_str()))
        .with("nullable", Unit::None, Values::Bool(nullable.collect()))
        .with("unit", Unit::None, Values::Text(units.collect()))
        .with("doc", Unit::None, of(|column| column.doc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tables_are_there_and_can_be_asked_for() {
        let all = list_columns(None);
        // 41 columns of records and 7 of rejects.
        assert_eq!(all.rows(), 48);
        assert_eq!(
            (all.text("table", 3), all.text("name", 3)),
            (Some("records"), Some("duration_ns"))
        );
        assert_eq!(all.text("unit", 3), Some("ns"));
        assert_eq!(all.text("unit", 4), None);
        let rejects = list_columns(Some("rejects"));
        assert_eq!((rejects.rows(), rejects.text("name", 0)), (7, Some("source")));
    }
}
