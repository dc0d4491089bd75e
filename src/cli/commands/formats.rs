//! `tracekit formats`: the registry of importers as rows.

use crate::cli::args::OutputArgs;
use crate::cli::output::{Answer, Output};
use crate::cli::{CliError, Context};
use crate::importers;
use crate::report::{Table, Unit, Values};

/// List the trace formats that can be read
///
/// A file's format is detected by its content. Where that fails, --from names one of these.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit formats
  tracekit formats --format json | jq -r '.[].name'")]
pub(super) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    Output::open(&args.output, Answer::Rows, context)?.table(list_formats())
}

fn list_formats() -> Table {
    let formats = importers::ALL;
    let fills = formats
        .iter()
        .map(|format| Some(format.fills().iter().map(|column| (*column).to_owned()).collect()));
    let framing = |format: &&dyn importers::Importer| match (
        format.is_assembled(),
        format.accepts_document(),
    ) {
        (true, _) => "file",
        (false, true) => "line or document",
        (false, false) => "line",
    };
    Table::default()
        .with("name", Unit::None, Values::texts(formats.iter().map(|format| format.name())))
        .with("summary", Unit::None, Values::texts(formats.iter().map(|format| format.summary())))
        .with("framing", Unit::None, Values::texts(formats.iter().map(framing)))
        .with("fills", Unit::None, Values::TextList(fills.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schema;

    #[test]
    fn every_format_is_listed_with_columns_that_exist() {
        let table = list_formats();
        assert_eq!(table.rows(), importers::ALL.len());
        assert_eq!(table.text("name", 0), Some("claude-flow"));
        for format in importers::ALL {
            for column in format.fills() {
                assert!(schema::find(column).is_some(), "{}: {column}", format.name());
            }
        }
    }
}
