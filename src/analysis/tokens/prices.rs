//! What a model's tokens cost on a day: the dated table, and which of its entries a model's name means.

use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The table in the tree.
const TABLE: &str = include_str!("prices.toml");

/// The lengths of prompts, in tokens, at which a price may change; those of `tokens.sql`.
pub const STEPS: [i64; 4] = [100_000, 128_000, 200_000, 272_000];

/// Why a table of prices cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// It is no TOML of this form.
    #[error("line {line}: {message}")]
    Form {
        /// Where, from 1 on.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// A price is no amount of money.
    #[error(
        "the price `{field}` of `{model}` is {value}; it has to be 0 or more dollars, below a million"
    )]
    Amount {
        /// The model's name.
        model: String,
        /// Which price.
        field: &'static str,
        /// What is written there.
        value: f64,
    },
    /// A day is none.
    #[error("`{day}` of `{model}` is no day; write it like 2026-01-31")]
    Day {
        /// The model's name.
        model: String,
        /// What is written there.
        day: String,
    },
    /// A price begins at a length that is none of the steps.
    #[error("`above` of `{model}` begins at {prompt} tokens; the steps are {STEPS:?}")]
    Step {
        /// The model's name.
        model: String,
        /// What is written there.
        prompt: i64,
    },
    /// Two entries say the same.
    #[error("`{model}` has two prices from the same day")]
    Twice {
        /// The model's name.
        model: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTable {
    as_of: Option<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "for people who read the table")]
    sources: Vec<String>,
    #[serde(default, rename = "model")]
    models: Vec<WrittenModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenModel {
    name: String,
    from: Option<String>,
    input: f64,
    output: f64,
    cache_read: Option<f64>,
    cache_write: Option<f64>,
    cache_write_1h: Option<f64>,
    #[serde(default)]
    above: Vec<WrittenStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStep {
    prompt: i64,
    input: f64,
    output: f64,
    cache_read: Option<f64>,
    cache_write: Option<f64>,
    cache_write_1h: Option<f64>,
}

/// Prices of one model, in millionths of a millionth of a US dollar per token: what is written in
/// dollars per million tokens is whole in it to six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Of tokens that the model reads afresh.
    pub input: i64,
    /// Of tokens that it writes.
    pub output: i64,
    /// Of tokens read from the prompt cache.
    pub cache_read: i64,
    /// Of tokens written to the prompt cache.
    pub cache_write: i64,
    /// Of tokens written to the prompt cache for an hour.
    pub cache_write_1h: i64,
}

/// Tokens of some calls, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Read afresh.
    pub input: i64,
    /// Written.
    pub output: i64,
    /// Read from the cache.
    pub cache_read: i64,
    /// Written to the cache, those for an hour too.
    pub cache_write: i64,
    /// Those of `cache_write` that are for an hour.
    pub hour_write: i64,
}

impl Tokens {
    /// Adds others, kind by kind.
    pub fn add(&mut self, other: &Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache_read += other.cache_read;
        self.cache_write += other.cache_write;
        self.hour_write += other.hour_write;
    }
}

impl Rates {
    /// What `tokens` cost, in millionths of a millionth of a US dollar.
    pub fn cost(&self, tokens: &Tokens) -> i128 {
        let of = |count: i64, rate: i64| i128::from(count) * i128::from(rate);
        of(tokens.input, self.input)
            + of(tokens.output, self.output)
            + of(tokens.cache_read, self.cache_read)
            + of(tokens.cache_write - tokens.hour_write, self.cache_write)
            + of(tokens.hour_write, self.cache_write_1h)
    }
}

/// A cost of [`Rates::cost`] in millionths of a US dollar, rounded to the nearest.
pub(in crate::analysis) fn to_microusd(cost: i128) -> i64 {
    i64::try_from((cost + 500_000).div_euclid(1_000_000)).unwrap_or(i64::MAX)
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The model.
    pub model: String,
    /// The first day; none for all days before the next entry.
    pub from: Option<Date>,
    /// The length of the prompt that is exceeded, in tokens; 0 for any.
    pub prompt_over: i64,
    /// The prices.
    pub rates: Rates,
}

/// The table: by model, entries in the order of their days and steps.
#[derive(Clone, Debug)]
pub struct Prices {
    /// The day up to which changes of prices are in it, as it is written.
    pub as_of: Option<String>,
    models: BTreeMap<String, Vec<Entry>>,
}

impl Prices {
    /// The table in the tree.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: OnceLock<Prices> = OnceLock::new();
        // A test reads it, so it is never the empty one.
        let none = || Self { as_of: None, models: BTreeMap::new() };
        BUILT_IN.get_or_init(|| Self::parse(TABLE).unwrap_or_else(|_| none()))
    }

    /// Reads a table of the form of `prices.toml`.
    ///
    /// # Errors
    /// What is wrong with it, with the model's name or the line.
    pub fn parse(text: &str) -> Result<Self, PricesError> {
        let written: WrittenTable = toml::from_str(text).map_err(|error| {
            let place = error.span().map_or(0, |span| span.start);
            let before = text.get(..place).unwrap_or_default();
            let message = error.message().lines().collect::<Vec<_>>().join("; ");
            PricesError::Form { line: before.matches('\n').count() + 1, message }
        })?;
        let mut models: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for model in written.models {
            let from = model.from.as_deref().map(|day| {
                day.parse().map_err(|_| PricesError::Day {
                    model: model.name.clone(),
                    day: day.to_owned(),
                })
            });
            let from: Option<Date> = from.transpose()?;
            let base = WrittenStep {
                prompt: 0,
                input: model.input,
                output: model.output,
                cache_read: model.cache_read,
                cache_write: model.cache_write,
                cache_write_1h: model.cache_write_1h,
            };
            let entries = models.entry(normalize(&model.name)).or_default();
            if let Some(step) = model.above.iter().find(|step| !STEPS.contains(&step.prompt)) {
                return Err(PricesError::Step { model: model.name, prompt: step.prompt });
            }
            for step in std::iter::once(&base).chain(&model.above) {
                if entries.iter().any(|one| one.from == from && one.prompt_over == step.prompt) {
                    return Err(PricesError::Twice { model: model.name });
                }
                let rates = rates(&model.name, step)?;
                let name = model.name.clone();
                entries.push(Entry { model: name, from, prompt_over: step.prompt, rates });
            }
            entries.sort_by_key(|entry| (entry.from, entry.prompt_over));
        }
        Ok(Self { as_of: written.as_of, models })
    }

    /// The same table with those of another in front: a model that `other` names has its prices alone.
    #[must_use]
    pub fn overridden_by(&self, other: Self) -> Self {
        let mut models = self.models.clone();
        models.extend(other.models);
        Self { as_of: other.as_of.or_else(|| self.as_of.clone()), models }
    }

    /// All entries, by model, day and step.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.models.values().flatten()
    }

    /// The prices of `model` on a day, given by a time in microseconds since 1970 UTC, for prompts
    /// longer than `prompt_over` tokens (0, or one of [`STEPS`]); nothing for a model that is not known.
    pub fn find(&self, model: &str, time_us: i64, prompt_over: i64) -> Option<Rates> {
        let day = jiff::Timestamp::from_microsecond(time_us).ok()?;
        let day = day.to_zoned(jiff::tz::TimeZone::UTC).date();
        let entries = self.entries_of(model)?;
        let fitting = |entry: &&Entry| entry.from.is_none_or(|from| from <= day);
        let from = entries.iter().filter(fitting).map(|entry| entry.from).max()?;
        let of_day = entries.iter().filter(|entry| entry.from == from);
        let longest = of_day.filter(|entry| entry.prompt_over <= prompt_over);
        longest.max_by_key(|entry| entry.prompt_over).map(|entry| entry.rates)
    }

    /// Whether the prices of `model` are those written for `name`.
    pub fn means(&self, model: &str, name: &str) -> bool {
        let found = names(model).into_iter().find(|name| self.models.contains_key(name));
        found.is_some_and(|found| found == normalize(name))
    }

    fn entries_of(&self, model: &str) -> Option<&[Entry]> {
        names(model).into_iter().find_map(|name| self.models.get(&name)).map(Vec::as_slice)
    }
}

fn rates(model: &str, step: &WrittenStep) -> Result<Rates, PricesError> {
    let rate = |field: &'static str, value: f64| {
        if (0.0..1e6).contains(&value) {
            #[expect(clippy::cast_possible_truncation, reason = "below 10 to the 12th")]
            return Ok((value * 1e6).round() as i64);
        }
        Err(PricesError::Amount { model: model.to_owned(), field, value })
    };
    let cache_write = step.cache_write.unwrap_or(step.input);
    Ok(Rates {
        input: rate("input", step.input)?,
        output: rate("output", step.output)?,
        cache_read: rate("cache_read", step.cache_read.unwrap_or(step.input))?,
        cache_write: rate("cache_write", cache_write)?,
        cache_write_1h: rate("cache_write_1h", step.cache_write_1h.unwrap_or(cache_write))?,
    })
}

fn normalize(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

/// What a model's name may stand for, the most exact first: itself; without a provider's path and
/// region (`us.anthropic.`, `openai/`); without a version (`-v1:0`), a mark (`[1m]`, `@…`, `-latest`) or
/// a date at its end; `claude-4-5-sonnet` turned round.
fn names(model: &str) -> Vec<String> {
    let mut names = vec![normalize(model)];
    let mut name = names[0].as_str();
    name = name.rsplit('/').next().unwrap_or(name);
    for provider in ["anthropic.", "openai.", "google.", "vertex_ai.", "azure."] {
        if let Some((_, rest)) = name.split_once(provider) {
            name = rest;
        }
    }
    name = name.split(['@', '[', ':']).next().unwrap_or(name);
    let mut name = name.to_owned();
    names.push(name.clone());
    while let Some((rest, end)) = name.rsplit_once('-') {
        let is_version = end.strip_prefix('v').is_some_and(is_digits);
        if !(is_version || end == "latest" || end.len() == 8 && is_digits(end)) {
            break;
        }
        name = rest.to_owned();
        names.push(name.clone());
    }
    // A date with hyphens.
    let mut parts: Vec<&str> = name.split('-').collect();
    if let [.., year, month, day] = parts[..]
        && [(year, 4), (month, 2), (day, 2)]
            .iter()
            .all(|(part, len)| part.len() == *len && is_digits(part))
    {
        parts.truncate(parts.len() - 3);
        names.push(parts.join("-"));
    }
    names
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-10-07T00:00:00Z.
    const CUT_US: i64 = 1_791_331_200_000_000;

    #[test]
    fn a_price_means_the_models_that_have_it() {
        let price = |name: &str| format!("[[model]]\nname = '{name}'\ninput = 1.0\noutput = 1.0\n");
        let prices = Prices::parse(&[price("Mine"), price("mine-*")].concat()).unwrap();
        assert!(prices.means("openai/mine-20260101", "Mine"));
        assert!(!prices.means("mine-2", "mine-*") && !prices.means("mine-2", "Mine"));
    }

    #[test]
    fn the_table_in_the_tree_is_whole() {
        let prices = Prices::parse(TABLE).unwrap();
        assert_eq!(prices.as_of.as_deref(), Some("2026-10-24"));
        for entry in prices.entries() {
            let Rates { input, output, cache_read, cache_write, cache_write_1h } = entry.rates;
            assert!(0 < cache_read && cache_read <= input && input < output, "{entry:?}");
            assert!(input <= cache_write && cache_write <= cache_write_1h, "{entry:?}");
        }
    }

    #[test]
    fn a_name_may_have_a_provider_a_date_a_version_or_a_mark() {
        let prices = Prices::built_in();
        let sonnet = prices.find("claude-sonnet-4-5", 0, 0);
        assert!(sonnet.is_some());
        for name in [
            "claude-sonnet-4-5-20250929",
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "anthropic/Claude-Sonnet-4-5",
            "claude-sonnet-4-5@20250929",
            "claude-sonnet-4-5[1m]",
            "claude-sonnet-4-5-latest",
        ] {
            assert_eq!(prices.find(name, 0, 0), sonnet, "{name}");
        }
        assert_eq!(prices.find("gpt-4o-2024-08-06", 0, 0), prices.find("openai/gpt-4o", 0, 0));
        assert_ne!(prices.find("gpt-4o-mini", 0, 0), prices.find("gpt-4o", 0, 0));
        for unknown in ["claude-sonnet", "gpt-4o-giant", "", "claude-sonnet-4-5-turbo"] {
            assert_eq!(prices.find(unknown, 0, 0), None, "{unknown}");
        }
    }

    #[test]
    fn a_price_has_its_days_and_its_lengths_of_prompts() {
        let prices = Prices::built_in();
        let of = |time| prices.find("claude-sonnet-5-5", time, 0).unwrap().cache_read;
        assert_eq!((of(CUT_US - 1), of(CUT_US)), (200_000, 100_000));
        let of = |over| prices.find("claude-haiku-5-5", CUT_US, over).unwrap().input;
        assert_eq!([of(0), of(100_000), of(200_000)], [100_000, 500_000, 500_000]);
    }

    #[test]
    fn costs_are_worked_out_in_whole_numbers() {
        let rates = Prices::built_in().find("claude-haiku-4-5", 0, 0).unwrap();
        let tokens =
            Tokens { input: 1000, output: 200, cache_read: 5, cache_write: 30, hour_write: 10 };
        // 1,000 at 1 + 200 at 5 + 5 at 0.1 + 20 at 1.25 + 10 at 2: 2045.5 millionths of a dollar.
        assert_eq!(to_microusd(rates.cost(&tokens)), 2046);
    }

    #[test]
    fn own_prices_take_the_place_of_a_model_s_and_wrong_ones_are_told() {
        let own = Prices::parse(
            "as_of = '2027-01-01'\n[[model]]\nname = 'house-model'\ninput = 1.5\noutput = 2\n\
             [[model]]\nname = 'claude-opus-4-1'\ninput = 1\noutput = 1\n",
        );
        let prices = Prices::built_in().overridden_by(own.unwrap());
        assert_eq!(prices.as_of.as_deref(), Some("2027-01-01"));
        assert_eq!(prices.find("house-model", 0, 0).unwrap().cache_write_1h, 1_500_000);
        assert_eq!(prices.find("claude-opus-4-1", 0, 0).unwrap().cache_read, 1_000_000);
        assert!(prices.find("claude-opus-4-5", 0, 0).is_some());
        let model = "[[model]]\nname = 'm'\noutput = 2\n";
        for (text, message) in [
            (format!("{model}input = -1\n"), "the price `input` of `m` is -1"),
            (format!("{model}input = 1\nfrom = 'soon'\n"), "`soon` of `m` is no day"),
            (format!("{model}input = 1\nprompts = 1\n"), "unknown field `prompts`"),
            (
                format!("{model}input = 1\n[[model.above]]\nprompt = 5\ninput = 1\noutput = 1\n"),
                "begins at 5 tokens; the steps are [100000, 128000, 200000, 272000]",
            ),
            (format!("{model}input = 1\n{model}input = 2\n"), "`m` has two prices"),
            (format!("\n{model}"), "line 2: missing field `input`"),
        ] {
            let error = Prices::parse(&text).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
