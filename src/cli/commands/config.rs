//! `tracekit config`: every setting with its value and where it came from.

use super::{bottlenecks, tokens};
use crate::cli::args::OutputArgs;
use crate::cli::output::{Answer, Output};
use crate::cli::settings::KEYS;
use crate::cli::{CliError, Context};
use crate::report::{Report, Table, Unit, Values};

/// Show every setting with its value and where it came from
///
/// Flags come before TRACEKIT_* variables, these before the nearest tracekit.toml in this folder or
/// above it, and that before the user's config.toml in $XDG_CONFIG_HOME/tracekit or
/// ~/.config/tracekit.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
A settings file holds the same names:
  store = \"../traces\"
  max_errors = \"1%\"
  [mapping]                 # where the generic format finds its columns
  time = \"ts\"

Examples:
  tracekit config
  TRACEKIT_MAX_ERRORS=0 tracekit config --format csv")]
pub(super) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let output = Output::open(&args.output, Answer::Analysis, context)?;
    output.report(list_settings(&with_defaults(context.settings.list())))
}

/// The keys of single commands' tables, with their defaults.
fn of_commands() -> Vec<(String, String, String)> {
    [bottlenecks::defaults(), tokens::defaults()].concat()
}

/// The settings, and those keys of single commands' tables that nobody set.
fn with_defaults(mut settings: Vec<(String, String, String)>) -> Vec<(String, String, String)> {
    for (key, value, _) in of_commands() {
        if settings.iter().all(|(known, ..)| *known != key) {
            settings.push((key, value, "default".to_owned()));
        }
    }
    settings
}

/// One row a setting, from (key, value, origin).
fn list_settings(settings: &[(String, String, String)]) -> Report {
    let of_commands = of_commands();
    let doc = |key: &str| match KEYS.iter().find(|known| known.name == key) {
        Some(known) => Some(known.doc),
        None if key.starts_with("mapping.") => Some("where the generic format finds this column"),
        None => of_commands.iter().find(|(known, ..)| known == key).map(|(.., doc)| doc.as_str()),
    };
    let docs = settings.iter().map(|(key, ..)| doc(key));
    let values = settings.iter().map(|(_, value, _)| (!value.is_empty()).then_some(value));
    let table = Table::default()
        .with("key", Unit::None, Values::texts(settings.iter().map(|(key, ..)| key)))
        .with("value", Unit::None, Values::Text(values.collect()))
        .with("origin", Unit::None, Values::texts(settings.iter().map(|(_, _, origin)| origin)))
        .with("doc", Unit::None, Values::Text(docs.collect()));
    Report::of_rows("config", "Settings", table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_null_and_origins_are_said() {
        let row = |key: &str, value: &str, origin: &str| {
            (key.to_owned(), value.to_owned(), origin.to_owned())
        };
        let settings = [
            row("store", ".tracekit", "default"),
            row("from", "", "default"),
            row("mapping.time", "ts", "/p"),
        ];
        let report = list_settings(&settings);
        let table = &report.sections[0].table;
        assert_eq!(table.text("value", 1), None);
        assert_eq!(table.text("doc", 0), Some("folder of the store"));
        assert_eq!(table.text("origin", 2), Some("/p"));
    }
}
