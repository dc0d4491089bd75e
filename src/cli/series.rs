//! The flags and settings of commands about series: which ones, split by what, in which buckets, and
//! what the user says of metrics.

use super::parse::parse_span;
use super::settings::Table as SettingsTable;
use super::{CliError, Context};
use crate::analysis::series::{Better, Options, Scope, Setting};

/// The table of the settings file: one table a metric below it.
const TABLE: &str = "metrics";

/// Flags of every command about series.
#[derive(clap::Args, Debug, Default)]
pub(super) struct SeriesArgs {
    /// Only these metrics, such as 'latency.*' or cpu.usage; repeatable, ! excludes
    #[arg(long = "metric", value_name = "NAME")]
    metrics: Vec<String>,

    /// Split series by agent, tool, model, component, operation, session, swarm, trace, source or label.KEY
    #[arg(long, value_name = "WHAT")]
    by: Option<String>,

    /// Length of a bucket, such as 1m [default: as long as values lie apart, and at most 200]
    #[arg(long, value_name = "DURATION")]
    interval: Option<String>,
}

/// The options of settings alone: every series, in buckets of the usual length.
///
/// # Errors
/// Values that cannot be used, with their file.
pub(super) fn of_settings(context: &Context) -> Result<Options, CliError> {
    SeriesArgs::default().resolve(context)
}

impl SeriesArgs {
    /// The options of flags and settings.
    ///
    /// # Errors
    /// Values that cannot be used.
    pub(super) fn resolve(&self, context: &Context) -> Result<Options, CliError> {
        Ok(Options {
            interval_us: self.interval.as_deref().map(interval).transpose()?,
            by: self.by.as_deref().map(scope).transpose()?,
            metrics: self.metrics.clone(),
            settings: metric_settings(&context.settings.tables)?,
        })
    }
}

/// Reads the length of a bucket, in microseconds.
///
/// # Errors
/// No time above zero.
pub(super) fn interval(text: &str) -> Result<i64, CliError> {
    let span = parse_span(text).map_err(|error| CliError::usage(error).within("--interval"))?;
    i64::try_from(span.as_micros()).ok().filter(|micros| *micros > 0).ok_or_else(|| {
        CliError::usage(format!("--interval: `{text}` is no length of a bucket, such as 30s or 5m"))
    })
}

/// Reads what splits series.
///
/// # Errors
/// Anything else, with the nearest name.
pub(super) fn scope(text: &str) -> Result<Scope, CliError> {
    Scope::parse(text).ok_or_else(|| {
        CliError::unknown("thing to split by", text, Scope::names())
            .within("--by")
            .with_hint("or label.KEY, for a dimension of recorded metrics")
    })
}

/// What the files say of metrics, the user's before the project's, so that the last one wins.
fn metric_settings(tables: &[SettingsTable]) -> Result<Vec<Setting>, CliError> {
    let mut settings = Vec::new();
    for table in tables.iter().rev().filter(|table| table.name == TABLE) {
        for (metric, content) in &table.content {
            let setting = setting(metric, content).map_err(|error| {
                error.within(&format!("{TABLE}.\"{metric}\"")).at(table.file.display(), None)
            })?;
            settings.push(setting);
        }
    }
    Ok(settings)
}

fn setting(metric: &str, content: &toml::Value) -> Result<Setting, CliError> {
    let Some(content) = content.as_table() else {
        return Err(CliError::usage("a metric's settings are a table").with_hint(
            "write it like this:\n  [metrics.\"cpu.usage\"]\n  better = \"lower\"\n  limit = 95",
        ));
    };
    let mut setting = Setting { metric: metric.to_owned(), better: None, limit: None };
    for (name, value) in content {
        match name.as_str() {
            "better" => {
                let text = value.as_str().unwrap_or_default();
                setting.better = Some(
                    Better::parse(text).map_err(|error| CliError::usage(error).within("better"))?,
                );
            }
            "limit" => {
                #[expect(clippy::cast_precision_loss, reason = "limits are small numbers")]
                let number =
                    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
                let number = number.filter(|number| number.is_finite());
                setting.limit =
                    Some(number.ok_or_else(|| {
                        CliError::usage(format!("limit: `{value}` is no number"))
                    })?);
            }
            _ => return Err(CliError::unknown("setting of a metric", name, ["better", "limit"])),
        }
    }
    Ok(setting)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str, file: &str) -> SettingsTable {
        let content = text.parse::<toml::Table>().unwrap();
        SettingsTable { name: TABLE.into(), content, file: file.into() }
    }

    #[test]
    fn the_project_comes_after_the_user_and_wins() {
        let tables = [
            table("\"cpu.usage\" = { limit = 80, better = \"lower\" }", "/p/tracekit.toml"),
            table(
                "\"cpu.usage\" = { limit = 95.5 }\nx = { better = \"higher\" }",
                "/u/config.toml",
            ),
        ];
        let found = metric_settings(&tables).unwrap();
        let names: Vec<_> = found.iter().map(|one| (one.metric.as_str(), one.limit)).collect();
        assert_eq!(names, [("cpu.usage", Some(95.5)), ("x", None), ("cpu.usage", Some(80.0))]);
        assert_eq!(found[1].better, Some(Better::Higher));
    }

    #[test]
    fn wrong_settings_say_where() {
        for (text, what) in [
            ("x = 3", "metrics.\"x\": a metric's settings are a table"),
            ("x = { limit = \"much\" }", "metrics.\"x\": limit: `\"much\"` is no number"),
            (
                "x = { bettr = \"lower\" }",
                "metrics.\"x\": no setting of a metric is called `bettr`",
            ),
            (
                "x = { better = \"up\" }",
                "metrics.\"x\": better: `up` is none of lower, higher, unknown",
            ),
        ] {
            let error = metric_settings(&[table(text, "/p/tracekit.toml")]).unwrap_err();
            assert_eq!((error.what(), error.place()), (what, Some("/p/tracekit.toml")));
        }
    }

    #[test]
    fn wrong_flags_say_what_there_is() {
        assert_eq!(interval("5m").unwrap(), 300_000_000);
        assert!(interval("0s").is_err() && interval("x").is_err());
        assert!(scope("label.route").is_ok() && scope("session").is_ok());
        let error = scope("agnt").unwrap_err();
        assert_eq!(error.what(), "--by: no thing to split by is called `agnt`");
        assert_eq!(error.hints()[0], "did you mean `agent`?");
    }
}
