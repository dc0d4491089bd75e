//! The flags and settings about reading trace files, resolved to what `ingest` takes.

use super::args::ReadingArgs;
use super::parse::{parse_budget, parse_mapping, parse_size, parse_zone};
use super::settings::{Origin, Setting, parse_importer};
use super::{CliError, Context};
use crate::importers::{self, ImportOptions, check_mapping};
use crate::ingest::{ErrorBudget, FileAccess, Settings};

/// The format whose columns are found by a mapping.
const MAPPED: &str = "generic";

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
    let flags = read_mappings(&args.map)?;
    let mut format = read_flag("--from", args.from.as_deref(), parse_importer)?;
    if !flags.is_empty() {
        // A mapping says that the format is none of the known ones.
        match format {
            None => format = importers::find(MAPPED),
            Some(other) if other.name() != MAPPED => {
                return Err(CliError::usage(format!("--map is not for --from {}", other.name()))
                    .with_hint("only the generic format has a mapping"));
            }
            Some(_) => {}
        }
    }
    let mapping = join_mappings(flags, &settings.mapping)?;
    let import = ImportOptions {
        assume_zone: read_flag("--assume-tz", args.assume_tz.as_deref(), parse_zone)?
            .or_else(|| settings.assume_tz.value.clone()),
        last_key_wins: args.duplicate_keys == "last",
        strict: args.strict,
        mapping,
    };
    let default = Settings::default();
    Ok(Settings {
        format: format.or(settings.from.value),
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
        file_access: match args.mmap.as_str() {
            "never" => FileAccess::Read,
            _ => FileAccess::MapIfSafe,
        },
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

/// The mapping of the flags.
fn read_mappings(flags: &[String]) -> Result<Vec<(String, String)>, CliError> {
    let wrong = |what| CliError::usage(format!("--map: {what}"));
    let mapping: Vec<(String, String)> =
        flags.iter().map(|text| parse_mapping(text)).collect::<Result<_, _>>().map_err(wrong)?;
    check_mapping(&mapping).map_err(wrong)?;
    Ok(mapping)
}

/// The flags' mapping, and of the settings' what it leaves open.
fn join_mappings(
    flags: Vec<(String, String)>,
    settings: &[Setting<(String, String)>],
) -> Result<Vec<(String, String)>, CliError> {
    let mut mapping = flags;
    for setting in settings {
        if mapping.iter().any(|(before, _)| *before == setting.value.0) {
            continue;
        }
        mapping.push(setting.value.clone());
        check_mapping(&mapping).map_err(|what| {
            let error = CliError::usage(format!("`[mapping]`: {what}"));
            match &setting.origin {
                Origin::File(path) => error.at(path.display(), None),
                _ => error,
            }
        })?;
    }
    Ok(mapping)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(column: &str, path: &str) -> (String, String) {
        (column.to_owned(), path.to_owned())
    }

    fn setting(column: &str, path: &str) -> Setting<(String, String)> {
        let origin = Origin::File("/p/tracekit.toml".into());
        Setting { value: pair(column, path), text: path.to_owned(), origin }
    }

    #[test]
    fn flags_come_before_settings_column_by_column() {
        let flags = read_mappings(&["time=ts".to_owned(), "agent=who".to_owned()]).unwrap();
        let settings = [setting("time", "at"), setting("tool", "t")];
        assert_eq!(
            join_mappings(flags, &settings).unwrap(),
            [pair("time", "ts"), pair("agent", "who"), pair("tool", "t")]
        );
    }

    #[test]
    fn a_wrong_mapping_names_its_place() {
        let wrong = |text: &str| read_mappings(&[text.to_owned()]).unwrap_err().what().to_owned();
        assert!(wrong("agnet=who").starts_with("--map: "), "{}", wrong("agnet=who"));
        assert!(wrong("time").starts_with("--map: "));
        assert!(read_mappings(&["time=ts".to_owned(), "time=at".to_owned()]).is_err());
        let error = join_mappings(vec![], &[setting("agnet", "who")]).unwrap_err();
        assert_eq!(error.place(), Some("/p/tracekit.toml"));
    }
}
