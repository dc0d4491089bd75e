//! `tracekit tokens`: who used which tokens, and what they cost.

use super::analyses::{self, AnalysisArgs};
use super::questions::Question;
use crate::analysis::tokens::{Entry, Prices, TOKENS, TokenUse};
use crate::cli::nearest::nearest;
use crate::cli::settings::Table as SettingsTable;
use crate::cli::{CliError, Context};
use crate::report::{Column, Report, Scalar, Table, Unit, Values};
use std::path::{Path, PathBuf};

/// The table of the settings file, and its only key.
const TABLE: &str = "tokens";
const PRICES: &str = "prices";

/// How many rows of a grouping people are shown.
const SHOWN: usize = 10;

/// Tokens and cost by agent and model, tool, session and day
///
/// Each token is counted once: totals of agents and traces do not count beside the model calls that
/// they are made of, and a call that several sources repeat counts once. Costs are worked out from a
/// dated table of prices, each model at its own; where it has no price, the source's own cost counts,
/// and where there is none the cost is unknown. The section roll_up has each agent below the one that it
/// worked for, with its own tokens and with those of all below it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit tokens --since 7d
  tracekit tokens --format json | jq '.by_session[:5]'
  tracekit tokens --prices-list
  tracekit tokens --prices house-prices.toml
  tracekit tokens --format json | jq -r '.roll_up[] | [.path, .total_cost_microusd] | @tsv'

In a settings file:
  [tokens]
  prices = \"house-prices.toml\"   # beside the settings file, or wherever its path leads from there")]
pub(super) struct Args {
    /// Take the prices of the models that this file names from it; --prices-list shows the form
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,

    /// List the prices instead, in dollars per million tokens
    #[arg(long)]
    prices_list: bool,

    #[command(flatten)]
    shared: AnalysisArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let own = house_prices(args.prices.as_deref(), context)?.map(TokenUse::with_prices);
    let analysis = own.as_ref().unwrap_or(&TOKENS);
    if args.prices_list {
        return analyses::write(&args.shared, context, list(analysis.prices()));
    }
    analyses::answer(&args.shared, context, analysis, draw)
}

/// What the command asks without flags of its own.
///
/// # Errors
/// Settings that cannot be used.
pub(super) fn question(context: &Context) -> Result<Question, CliError> {
    let own = house_prices(None, context)?.map(TokenUse::with_prices);
    Ok(own.map_or(Question::known(&TOKENS, draw), |own| Question::of(own, draw)))
}

/// The prices of the settings, with those of the tree where they do not name a model; nothing without a
/// setting.
///
/// # Errors
/// Those of [`house_prices`].
pub(super) fn prices(context: &Context) -> Result<Option<Prices>, CliError> {
    let own = house_prices(None, context)?;
    Ok(own.map(|own| Prices::built_in().overridden_by(own)))
}

/// The prices of the file that the flag names, else of the one that the settings name.
///
/// # Errors
/// A file that cannot be read or is no table of prices.
pub(super) fn house_prices(
    flag: Option<&Path>,
    context: &Context,
) -> Result<Option<Prices>, CliError> {
    if let Some(path) = flag {
        return read_prices(path).map(Some);
    }
    let setting = prices_setting(&context.settings.tables)?;
    setting
        .map(|(path, table)| {
            let at = |error: CliError| error.within(TABLE).at(table.file.display(), None);
            read_prices(&path).map_err(at)
        })
        .transpose()
}

/// The key of the table with its default, for `tracekit config`.
pub(super) fn defaults() -> Vec<(String, String, String)> {
    let doc = "file with prices of models; the built-in ones without it".to_owned();
    vec![(format!("{TABLE}.{PRICES}"), String::new(), doc)]
}

/// The file of prices that the settings name, the project's before the user's; a relative path counts
/// from the folder of the settings.
fn prices_setting(tables: &[SettingsTable]) -> Result<Option<(PathBuf, &SettingsTable)>, CliError> {
    let mut found = None;
    for table in tables.iter().filter(|table| table.name == TABLE) {
        for (name, value) in &table.content {
            let wrong =
                |what: String| CliError::usage(what).within(TABLE).at(table.file.display(), None);
            if name != PRICES {
                let error = wrong(format!("no setting is called `{name}`"));
                return Err(match nearest(name, [PRICES]) {
                    Some(near) => error.with_hint(format!("did you mean `{near}`?")),
                    None => error.with_hint("`tracekit config` lists them"),
                });
            }
            let toml::Value::String(path) = value else {
                return Err(wrong(format!("`{name}` must be a text, the path of a file")));
            };
            let folder = table.file.parent().unwrap_or(Path::new(""));
            found = found.or(Some((folder.join(path), table)));
        }
    }
    Ok(found)
}

/// How a price is written.
const PRICE_FORM: &str = "a price is written like this:\n  [[model]]\n  name = \"my-model\"\n  input = 3.0      \
     # dollars per million tokens\n  output = 15.0\n  cache_read = 0.3";

fn read_prices(path: &Path) -> Result<Prices, CliError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        CliError::usage(format!("the prices in {} cannot be read: {error}", path.display()))
    })?;
    Prices::parse(&text).map_err(|error| {
        CliError::usage(format!("{} is no table of prices: {error}", path.display()))
            .with_hint(PRICE_FORM)
    })
}

/// The table of prices as an answer.
fn list(prices: &Prices) -> Report {
    let entries: Vec<&Entry> = prices.entries().collect();
    let dollars = |one: &dyn Fn(&Entry) -> i64| {
        Values::Float(entries.iter().map(|entry| Some(one(entry) as f64 / 1e6)).collect())
    };
    let days: Vec<Option<String>> =
        entries.iter().map(|entry| entry.from.map(|day| day.to_string())).collect();
    let table = Table::default()
        .with("model", Unit::None, Values::texts(entries.iter().map(|entry| &entry.model)))
        .with("from", Unit::None, Values::Text(days.iter().map(Option::as_deref).collect()))
        .with(
            "prompt_over_tokens",
            Unit::Tokens,
            Values::Integer(entries.iter().map(|entry| Some(entry.prompt_over)).collect()),
        )
        .with("input_usd_per_million", Unit::None, dollars(&|entry| entry.rates.input))
        .with("output_usd_per_million", Unit::None, dollars(&|entry| entry.rates.output))
        .with("cache_read_usd_per_million", Unit::None, dollars(&|entry| entry.rates.cache_read))
        .with("cache_write_usd_per_million", Unit::None, dollars(&|entry| entry.rates.cache_write))
        .with(
            "cache_write_1h_usd_per_million",
            Unit::None,
            dollars(&|entry| entry.rates.cache_write_1h),
        );
    let mut report = Report::of_rows("tokens", "Prices", table);
    report.notices.push(
        "--prices FILE adds prices: for each model a line `[[model]]`, below it `name = \"my-model\"`, \
         `input = 3.0`, `output = 15.0` (dollars per million tokens) and, if need be, `cache_read = 0.3`"
            .to_owned(),
    );
    report.scalars.push(Scalar {
        name: "prices_as_of",
        unit: Unit::None,
        value: Values::Text(std::iter::once(prices.as_of.as_deref()).collect()),
    });
    report
}

/// Leaves out what only programs need, groupings of one row, and all but the dearest rows.
fn draw(report: &mut Report) {
    for (number, section) in report.sections.iter_mut().enumerate() {
        if section.key == "roll_up" {
            indent(&mut section.table);
        }
        let table = &mut section.table;
        table.columns.retain(|column| !matches!(column.name.as_str(), "priced" | "cost_from"));
        let is_nothing = |name: &str| {
            let column = table.column(name);
            column.is_some_and(|column| match &column.values {
                Values::Integer(values) => {
                    values.iter().all(|value| value.is_none_or(|value| value == 0))
                }
                values => (0..values.len()).all(|row| values.is_null(row)),
            })
        };
        let empty: Vec<&str> = [
            "stated_cost_microusd",
            "unpriced_calls",
            "cache_read_tokens",
            "cache_write_tokens",
            "unsplit_tokens",
            "total_unpriced_calls",
            "total_unsplit_tokens",
        ]
        .into_iter()
        .filter(|name| is_nothing(name))
        .collect();
        table.columns.retain(|column| !empty.contains(&column.name.as_str()));
        // Where there is no space for all columns, the last ones are left out.
        let names = |column: &Column| {
            !matches!(column.values, Values::Integer(_) | Values::Float(_) | Values::Json(_))
        };
        table.columns.sort_by_key(|column| match column.name.as_str() {
            "cost_microusd" => 1,
            _ if names(column) => 0,
            _ => 2,
        });
        let rows = table.rows();
        if number > 0 && section.key != "by_day" && rows > SHOWN {
            *table = table.first(SHOWN);
            section.title = format!("{} (the first {SHOWN} of {rows})", section.title);
        }
    }
    report.sections.retain(|section| section.key != "roll_up" || has_depth(&section.table));
    let mut number = 0;
    report.sections.retain(|section| {
        number += 1;
        let least = if matches!(section.key, "unpriced" | "disagreements") { 1 } else { 2 };
        number == 1 || section.table.rows() >= least
    });
}

/// Whether an agent is below another.
fn has_depth(table: &Table) -> bool {
    (0..table.rows())
        .any(|row| table.text("agent", row).is_some_and(|agent| agent.starts_with(' ')))
}

/// Draws the tree by indents, in the place of the columns that say it to programs, and leaves to them
/// the cache's and all own figures but the cost too.
fn indent(table: &mut Table) {
    let agents: Vec<String> = (0..table.rows())
        .map(|row| {
            let depth = table.integer("depth", row).and_then(|depth| usize::try_from(depth).ok());
            let agent = table.text("agent", row).unwrap_or("(no agent)");
            format!("{}{agent}", "  ".repeat(depth.unwrap_or(0)))
        })
        .collect();
    let mut columns =
        Table::default().with("agent", Unit::None, Values::texts(agents.iter())).columns;
    columns.extend(table.columns.drain(..).filter(|column| {
        let name = column.name.as_str();
        let is_of_cache = name.contains("cache");
        name.starts_with("total_") && !is_of_cache || name == "cost_microusd"
    }));
    table.columns = columns;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prices_of_the_settings_lie_beside_them_and_the_project_s_come_first() {
        let table = |text: &str, file: &str| SettingsTable {
            name: TABLE.into(),
            content: text.parse().unwrap(),
            file: file.into(),
        };
        let tables = [
            table("prices = 'house/prices.toml'", "/p/tracekit.toml"),
            table("prices = '/mine.toml'", "/u/config.toml"),
        ];
        let path = |tables: &[SettingsTable]| {
            prices_setting(tables).unwrap().map(|(path, _)| path.display().to_string())
        };
        assert_eq!(path(&tables).as_deref(), Some("/p/house/prices.toml"));
        assert_eq!(path(&tables[1..]).as_deref(), Some("/mine.toml"));
        assert_eq!(path(&[]), None);
        let misspelled = [table("price = 'x'", "/p/tracekit.toml")];
        let error = prices_setting(&misspelled).unwrap_err();
        assert_eq!(error.hints(), ["did you mean `prices`?"]);
        assert!(prices_setting(&[table("prices = 3", "/p/tracekit.toml")]).is_err());
    }

    #[test]
    fn the_list_shows_dollars() {
        let report = list(Prices::built_in());
        let table = &report.sections[0].table;
        let row =
            (0..table.rows()).find(|row| table.text("model", *row) == Some("claude-haiku-4-5"));
        assert_eq!(table.float("output_usd_per_million", row.unwrap()), Some(5.0));
    }
}
