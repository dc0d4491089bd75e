//! The flags and settings about reading trace files, resolved to what `ingest` takes.

use super::args::ReadingArgs;
use super::parse::{parse_budget, parse_mapping, parse_size, parse_zone};
use super::settings::parse_importer;
use super::{CliError, Context};
use crate::importers::{ImportOptions, check_mapping};
use crate::ingest::{ErrorBudget, Settings};

/// How trace files are to be read.
///
/// # Errors
/// Flags whose values cannot be used.
pub(super) fn resolve_reading(args: &ReadingArgs, context: &Context) -> Result<Settings, CliError> {
    let settings = &context.settings;
    let max_errors = if args.strict {
        ErrorBudget { lines: 0, share: 0.0 }
    } else {
        read_flag("--max-errors", args.max_errors.as_deref(), parse_budget)?
            .unwrap_or(settings.max_errors.value)
    };
    let max_line_bytes = read_flag("--max-line-bytes", args.max_line_bytes.as_deref(), parse_size)?;
    let max_line_bytes = max_line_bytes.unwrap_or(settings.max_line_bytes.value);
    let mapping =
        join_mappings(&args.map, settings.mapping.iter().map(|setting| setting.value.clone()))?;
    check_mapping(&mapping).map_err(|what| CliError::usage(format!("--map: {what}")))?;
    let import = ImportOptions {
        assume_zone: read_flag("--assume-tz", args.assume_tz.as_deref(), parse_zone)?
            .or_else(|| settings.assume_tz.value.clone()),
        last_key_wins: args.duplicate_keys == "last",
        strict: args.strict,
        mapping,
    };
    let default = Settings::default();
    Ok(Settings {
        format: read_flag("--from", args.from.as_deref(), parse_importer)?.or(settings.from.value),
        import,
        max_line_bytes: usize::try_from(max_line_bytes).unwrap_or(usize::MAX),
        max_decompressed: read_flag(
            "--max-decompressed",
            args.max_decompressed.as_deref(),
            parse_size,
        )?
        .unwrap_or(default.max_decompressed),
        max_errors,
        lossy: args.lossy,
        threads: settings.threads.value,
        ..default
    })
}

fn read_flag<T>(
    flag: &str,
    text: Option<&str>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, CliError> {
    text.map(parse).transpose().map_err(|what| CliError::usage(format!("{flag}: {what}")))
}

/// The flags' mapping, and of the settings' what it leaves open.
fn join_mappings(
    flags: &[String],
    settings: impl IntoIterator<Item = (String, String)>,
) -> Result<Vec<(String, String)>, CliError> {
    let mut mapping: Vec<(String, String)> = Vec::new();
    for text in flags {
        let (column, path) =
            parse_mapping(text).map_err(|what| CliError::usage(format!("--map: {what}")))?;
        if mapping.iter().any(|(before, _)| *before == column) {
            return Err(CliError::usage(format!("--map names `{column}` twice")));
        }
        mapping.push((column, path));
    }
    for (column, path) in settings {
        if mapping.iter().all(|(before, _)| *before != column) {
            mapping.push((column, path));
        }
    }
    Ok(mapping)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(column: &str, path: &str) -> (String, String) {
        (column.to_owned(), path.to_owned())
    }

    #[test]
    fn flags_come_before_settings_column_by_column() {
        let flags = ["time=ts".to_owned(), "agent=who".to_owned()];
        let settings = [pair("time", "at"), pair("tool", "t")];
        assert_eq!(
            join_mappings(&flags, settings).unwrap(),
            [pair("time", "ts"), pair("agent", "who"), pair("tool", "t")]
        );
    }

    #[test]
    fn a_column_is_mapped_once() {
        let flags = ["time=ts".to_owned(), "time=at".to_owned()];
        assert_eq!(join_mappings(&flags, []).unwrap_err().what(), "--map names `time` twice");
        assert!(join_mappings(&["time".to_owned()], []).is_err());
    }
}
