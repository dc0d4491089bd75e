//! `tokens`: every token once, by who used it on which model, and what it cost.
//!
//! The rows are a partition by agent and model; other groupings are sections. Costs are worked out and
//! rounded per cell (`cells`), so that all groupings have the same sum; `roll_up` follows parents.

mod cells;
mod prices;
mod roll_up;
mod totals;

pub use prices::{Entry, Prices, PricesError, Rates, STEPS};

use super::Analysis;
use super::finish::{nothing, range, ratio, run};
use crate::query::{Engine, QueryError};
use crate::report::{Report, Scalar, Section, Table, Unit, Values};
use cells::{Cell, Sum, priced_cells, unsplit_cells};
pub(in crate::analysis) use prices::{Tokens, to_microusd};
use std::collections::BTreeMap;

/// The command `tokens`, with the prices of the tree.
pub static TOKENS: TokenUse = TokenUse { prices: None, own: Vec::new() };

/// The command `tokens`.
pub struct TokenUse {
    /// Nothing for those of the tree.
    prices: Option<Prices>,
    /// The models that the user's own prices name.
    own: Vec<String>,
}

impl TokenUse {
    /// Asks with `own` prices, and with those of the tree where `own` does not name a model.
    pub fn with_prices(own: Prices) -> Self {
        let mut names: Vec<String> = own.entries().map(|entry| entry.model.clone()).collect();
        names.dedup();
        Self { prices: Some(Prices::built_in().overridden_by(own)), own: names }
    }

    /// Asks with these prices alone; with those of the tree where there are none.
    pub fn of(prices: Option<Prices>) -> Self {
        Self { prices, own: Vec::new() }
    }

    /// The prices that it asks with.
    pub fn prices(&self) -> &Prices {
        self.prices.as_ref().unwrap_or_else(|| Prices::built_in())
    }
}

impl Analysis for TokenUse {
    fn name(&self) -> &'static str {
        "tokens"
    }

    fn summary(&self) -> &'static str {
        "Tokens and cost by agent and model, tool, session and day"
    }

    fn texts(&self) -> &'static [&'static str] {
        &["range", "tokens", "unsplit_tokens", "token_parents", "token_totals"]
    }

    fn notes(&self) -> String {
        "Each row of `tokens` is multiplied by the prices of its model on its day (see\n\
         `tracekit tokens --prices-list`), rounded to a millionth of a dollar together with those that\n\
         differ from it in the record above only, and added up. `token_parents` is asked of whole\n\
         sessions, whatever the filter.\n"
            .to_owned()
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        self.answer(engine, true)
    }
}

impl TokenUse {
    /// The answer without whom agents worked for, which is to be looked for among all records.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) fn report_flat(&self, engine: &Engine) -> Result<Report, QueryError> {
        self.answer(engine, false)
    }

    fn answer(&self, engine: &Engine, is_rolled_up: bool) -> Result<Report, QueryError> {
        let expected = ["tokens", "unsplit_tokens", "token_totals"].map(super::text);
        engine.expect(&expected)?;
        let found = run(engine, "tokens")?;
        let unsplit = run(engine, "unsplit_tokens")?;
        let mut cells = priced_cells(&found, self.prices());
        cells.extend(unsplit_cells(&unsplit));
        let parents = if is_rolled_up && cells.iter().any(|cell| cell.parent.is_some()) {
            run(engine.around().as_ref().unwrap_or(engine), "token_parents")?
        } else {
            Table::default()
        };
        let total = cells.iter().fold(Sum::default(), |mut total, cell| {
            total.add(&cell.sum);
            total
        });
        let totals = totals::compare(&run(engine, "token_totals")?);
        let rows = grouped(&cells, |cell| (cell.agent, cell.model));
        let by_model = grouped(&cells, |cell| cell.model);
        let mut report = Report::of_rows(
            "tokens",
            "Tokens and cost",
            with_sums(
                Table::default().with("agent", Unit::None, texts(&rows, |key| key.0)).with(
                    "model",
                    Unit::None,
                    texts(&rows, |key| key.1),
                ),
                &rows,
            ),
        );
        report.sections.extend([
            Section::new("by_model", "By model", by("model", &by_model)),
            Section::new("by_agent", "By agent", by("agent", &grouped(&cells, |cell| cell.agent))),
            Section::new("by_tool", "By tool", by("tool", &grouped(&cells, |cell| cell.tool))),
            Section::new(
                "by_session",
                "By session",
                by("session_id", &grouped(&cells, |cell| cell.session)),
            ),
            Section::new("by_day", "By day", by_day(&cells)),
            Section::new(
                "roll_up",
                "With what others did for them",
                roll_up::roll_up(&cells, &parents),
            )
            .with_lead("Each agent below the one that it worked for; totals hold all below it."),
        ]);
        let unknown: Vec<_> =
            by_model.iter().filter(|(_, sum)| !sum.is_priced()).copied().collect();
        report.sections.push(Section::new("unpriced", "Without a price", by("model", &unknown)));
        let is_differing = !totals.differing.is_empty();
        report.sections.push(
            Section::new("disagreements", "Totals that do not add up", totals.differing.clone())
                .with_lead("What a span states beside the sum of the model calls below it."),
        );
        report.scalars = self.scalars(&total);
        report.summary = Self::summarize(&total, &by_model);
        let observed = range(engine)?;
        report.range = observed.bounds;
        if cells.is_empty() {
            report.notices.push(nothing(observed, "no record has tokens or a cost"));
        }
        report.notices.extend(notices(&by_model, &unknown));
        report.notices.extend(self.unused_prices(&by_model));
        report.notices.extend(unsplit_notice(&total));
        if is_differing {
            report.notices.push(format!(
                "{} of {} stated totals are not those of the model calls below them",
                totals.differing.rows(),
                totals.compared
            ));
        }
        Ok(report)
    }

    /// Says which of the user's own prices are of no model that was used: a name may be misspelled.
    fn unused_prices(&self, by_model: &[(Option<&str>, Sum)]) -> Option<String> {
        let used = || by_model.iter().filter_map(|(model, _)| *model);
        let is_used = |name: &String| used().any(|model| self.prices().means(model, name));
        let unused: Vec<&str> =
            self.own.iter().filter(|name| !is_used(name)).map(String::as_str).collect();
        let pattern = if unused.iter().any(|name| name.contains(['*', '?'])) {
            "; a name is that of one model, and no pattern"
        } else {
            ""
        };
        (!unused.is_empty() && used().next().is_some()).then(|| {
            format!("no call was made of {}, which has a price{pattern}", unused.join(", "))
        })
    }

    fn scalars(&self, total: &Sum) -> Vec<Scalar> {
        let number = |name, unit, value| Scalar { name, unit, value: Values::Integer(vec![value]) };
        let mut scalars = vec![
            number("calls", Unit::Count, Some(total.calls)),
            number("input_tokens", Unit::Tokens, Some(total.tokens.input)),
            number("output_tokens", Unit::Tokens, Some(total.tokens.output)),
            number("cache_read_tokens", Unit::Tokens, Some(total.tokens.cache_read)),
            number("cache_write_tokens", Unit::Tokens, Some(total.tokens.cache_write)),
            number("unsplit_tokens", Unit::Tokens, Some(total.unsplit)),
            number("cost_microusd", Unit::Microusd, total.cost()),
            number("unpriced_calls", Unit::Count, Some(total.calls - total.priced)),
        ];
        scalars.push(Scalar {
            name: "prices_as_of",
            unit: Unit::None,
            value: Values::Text(std::iter::once(self.prices().as_of.as_deref()).collect()),
        });
        scalars
    }

    fn summarize(total: &Sum, by_model: &[(Option<&str>, Sum)]) -> Vec<String> {
        let dearest = by_model.iter().max_by_key(|(_, sum)| sum.cost_microusd);
        let share = dearest.and_then(|(model, sum)| {
            let share = ratio(Some(sum.cost_microusd), Some(total.cost_microusd))?;
            (by_model.len() > 1).then(|| {
                let model = model.unwrap_or("calls that name no model");
                format!("{:.0} % of the cost is that of {model}.", share * 100.0)
            })
        });
        let prompt = total.tokens.input + total.tokens.cache_read + total.tokens.cache_write;
        let cached = ratio(
            Some(total.tokens.cache_read),
            Some(prompt).filter(|_| total.tokens.cache_read > 0),
        )
        .map(|share| format!("{:.0} % of what models read came from the cache.", share * 100.0));
        share.into_iter().chain(cached).collect()
    }
}

/// Says why some tokens have no price.
fn unsplit_notice(total: &Sum) -> Option<String> {
    (total.unsplit > 0).then(|| {
        format!(
            "{} tokens are stated without how many of them were read and how many written: they are \
             `unsplit_tokens`, and cost what the source says or what nobody knows",
            total.unsplit
        )
    })
}

/// What a reader should know of the costs.
fn notices(by_model: &[(Option<&str>, Sum)], unknown: &[(Option<&str>, Sum)]) -> Vec<String> {
    let mut notices = Vec::new();
    let lacking = || unknown.iter().filter(|(_, sum)| sum.lacks_price());
    let names: Vec<&str> = lacking().filter_map(|(model, _)| *model).collect();
    if !names.is_empty() {
        notices.push(format!(
            "no price is known of {}: their cost is left out; `--prices FILE` adds prices",
            names.join(", ")
        ));
    }
    if lacking().any(|(model, _)| model.is_none()) {
        notices.push("some records with tokens name no model: their cost is not known".to_owned());
    }
    for (model, sum) in by_model {
        // Where each call has both, they can be compared.
        let is_both = sum.from_source == 0 && sum.priced == sum.calls && sum.stated == sum.calls;
        let difference = (sum.stated_microusd - sum.cost_microusd).abs();
        if is_both && difference * 100 > sum.cost_microusd.max(sum.stated_microusd) {
            notices.push(format!(
                "the source says that {} cost {}, the prices here give {}",
                model.unwrap_or("calls that name no model"),
                dollars(sum.stated_microusd),
                dollars(sum.cost_microusd)
            ));
        }
    }
    notices
}

/// An amount in dollars, to a hundredth of a cent.
fn dollars(microusd: i64) -> String {
    format!("${:.4}", microusd as f64 / 1e6)
}

/// Sums by a key, the dearest first, then by tokens and key.
fn grouped<'t, K: Ord + Copy>(cells: &[Cell<'t>], key: impl Fn(&Cell<'t>) -> K) -> Vec<(K, Sum)> {
    let mut sums: BTreeMap<K, Sum> = BTreeMap::new();
    for cell in cells {
        sums.entry(key(cell)).or_default().add(&cell.sum);
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    // Stable, so equal ones stay in the order of their keys.
    sums.sort_by_key(|(_, sum)| (-sum.cost_microusd, -sum.all_tokens()));
    sums
}

fn by(name: &'static str, sums: &[(Option<&str>, Sum)]) -> Table {
    with_sums(Table::default().with(name, Unit::None, texts(sums, |key| *key)), sums)
}

/// By UTC day, in order of time.
fn by_day(cells: &[Cell<'_>]) -> Table {
    let mut days = grouped(cells, |cell| cell.day_us);
    days.sort_by_key(|(day, _)| *day);
    let names = days.iter().map(|(day, _)| {
        let time = jiff::Timestamp::from_microsecond(*day).ok()?;
        Some(time.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
    });
    let mut texts = crate::report::Texts::default();
    names.for_each(|name| texts.push(name.as_deref()));
    with_sums(Table::default().with("day", Unit::None, Values::Text(texts)), &days)
}

fn texts<K>(sums: &[(K, Sum)], one: impl Fn(&K) -> Option<&str>) -> Values {
    Values::Text(sums.iter().map(|(key, _)| one(key)).collect())
}

/// The same table with the columns that all sections have.
fn with_sums<K>(table: Table, sums: &[(K, Sum)]) -> Table {
    let numbers = |one: &dyn Fn(&Sum) -> Option<i64>| {
        Values::Integer(sums.iter().map(|(_, sum)| one(sum)).collect())
    };
    table
        .with("calls", Unit::Count, numbers(&|sum| Some(sum.calls)))
        .with("input_tokens", Unit::Tokens, numbers(&|sum| Some(sum.tokens.input)))
        .with("output_tokens", Unit::Tokens, numbers(&|sum| Some(sum.tokens.output)))
        .with("cache_read_tokens", Unit::Tokens, numbers(&|sum| Some(sum.tokens.cache_read)))
        .with("cache_write_tokens", Unit::Tokens, numbers(&|sum| Some(sum.tokens.cache_write)))
        .with("unsplit_tokens", Unit::Tokens, numbers(&|sum| Some(sum.unsplit)))
        .with("cost_microusd", Unit::Microusd, numbers(&Sum::cost))
        .with(
            "priced",
            Unit::None,
            Values::Bool(sums.iter().map(|(_, sum)| Some(sum.is_priced())).collect()),
        )
        .with("unpriced_calls", Unit::Count, numbers(&|sum| Some(sum.calls - sum.priced)))
        .with(
            "cost_from",
            Unit::None,
            Values::Text(sums.iter().map(|(_, sum)| sum.cost_from()).collect()),
        )
        .with(
            "stated_cost_microusd",
            Unit::Microusd,
            numbers(&|sum| (sum.stated > 0).then_some(sum.stated_microusd)),
        )
}
