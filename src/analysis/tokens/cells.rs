//! Cells: what some calls used and cost, by everything that their cost depends on, and below what record
//! they were made.

use super::Prices;
use super::prices::{Tokens, to_microusd};
use crate::report::Table;

/// What some calls used and cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) calls: i64,
    pub(super) tokens: Tokens,
    /// Tokens of which is not known whether they were read or written.
    pub(super) unsplit: i64,
    /// Calls with such tokens of which nobody says what they cost.
    pub(super) unsplit_unpriced: i64,
    /// Of the calls whose cost is known.
    pub(super) cost_microusd: i64,
    pub(super) priced: i64,
    /// What the source says, of calls of which it says so.
    pub(super) stated_microusd: i64,
    pub(super) stated: i64,
    /// Calls whose cost is the source's, because their model has no price here.
    pub(super) from_source: i64,
}

impl Sum {
    pub(super) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.tokens.add(&other.tokens);
        self.unsplit += other.unsplit;
        self.unsplit_unpriced += other.unsplit_unpriced;
        self.cost_microusd += other.cost_microusd;
        self.priced += other.priced;
        self.stated_microusd += other.stated_microusd;
        self.stated += other.stated;
        self.from_source += other.from_source;
    }

    pub(super) fn is_priced(&self) -> bool {
        self.priced == self.calls
    }

    /// Whether it has calls that cost what the price of their model says, and no such price is known.
    pub(super) fn lacks_price(&self) -> bool {
        self.calls - self.priced > self.unsplit_unpriced
    }

    /// All its tokens.
    pub(super) fn all_tokens(&self) -> i64 {
        let Tokens { input, output, cache_read, cache_write, .. } = self.tokens;
        input + output + cache_read + cache_write + self.unsplit
    }

    /// Nothing where no cost is known.
    pub(super) fn cost(&self) -> Option<i64> {
        (self.priced > 0).then_some(self.cost_microusd)
    }

    pub(super) fn cost_from(&self) -> Option<&'static str> {
        match self.priced {
            0 => None,
            priced if priced == self.from_source => Some("source"),
            _ if self.from_source == 0 => Some("prices"),
            _ => Some("both"),
        }
    }

    /// The cost is what the source states, of calls of which it does.
    fn take_stated(&mut self) {
        self.cost_microusd = self.stated_microusd;
        (self.priced, self.from_source) = (self.stated, self.stated);
    }
}

/// One row of `tokens.sql` or `unsplit_tokens.sql`, with its cost.
pub(super) struct Cell<'t> {
    pub(super) agent: Option<&'t str>,
    pub(super) model: Option<&'t str>,
    pub(super) tool: Option<&'t str>,
    pub(super) session: Option<&'t str>,
    pub(super) day_us: i64,
    prompt_over: i64,
    /// In which trace or session ids count.
    pub(super) group: &'t str,
    /// The record above.
    pub(super) parent: Option<&'t str>,
    pub(super) sum: Sum,
}

impl<'t> Cell<'t> {
    fn new(found: &'t Table, row: usize) -> Self {
        let integer = |name: &str| found.integer(name, row).unwrap_or_default();
        let tokens = Tokens {
            input: integer("input_tokens"),
            output: integer("output_tokens"),
            cache_read: integer("cache_read_tokens"),
            cache_write: integer("cache_write_tokens"),
            hour_write: integer("hour_write_tokens"),
        };
        Self {
            agent: found.text("agent", row),
            model: found.text("model", row),
            tool: found.text("tool", row),
            session: found.text("session_id", row),
            day_us: integer("day_us"),
            prompt_over: integer("prompt_over"),
            group: found.text("group_id", row).unwrap_or_default(),
            parent: found.text("parent_id", row),
            sum: Sum {
                calls: integer("calls"),
                tokens,
                unsplit: integer("unsplit_tokens"),
                stated_microusd: integer("stated_cost_microusd"),
                stated: integer("stated_calls"),
                ..Sum::default()
            },
        }
    }

    /// All that its cost depends on, but the tokens; and what is a row of its own in an answer.
    fn key(&self) -> impl PartialEq + use<'t> {
        (self.agent, self.model, self.tool, self.session, self.day_us, self.prompt_over)
    }
}

/// The rows of `tokens.sql`, whose equal keys stand together, with their costs. The cost of equal keys
/// together is rounded once, and what it is of each is rounded so that they add up to that.
pub(super) fn priced_cells<'t>(found: &'t Table, prices: &Prices) -> Vec<Cell<'t>> {
    let mut cells: Vec<Cell<'t>> = (0..found.rows()).map(|row| Cell::new(found, row)).collect();
    for of_key in cells.chunk_by_mut(|one, next| one.key() == next.key()) {
        let Some(first) = of_key.first() else { continue };
        let rates =
            first.model.and_then(|model| prices.find(model, first.day_us, first.prompt_over));
        let is_free = of_key.iter().all(|cell| cell.sum.tokens == Tokens::default());
        match rates {
            // What used no tokens has no price but the source's.
            _ if is_free => {
                for cell in of_key {
                    cell.sum.take_stated();
                    cell.sum.priced = cell.sum.calls;
                }
            }
            Some(rates) => {
                let mut until = 0;
                for cell in of_key {
                    let before = to_microusd(until);
                    until += rates.cost(&cell.sum.tokens);
                    cell.sum.cost_microusd = to_microusd(until) - before;
                    cell.sum.priced = cell.sum.calls;
                }
            }
            None => of_key.iter_mut().for_each(|cell| cell.sum.take_stated()),
        }
    }
    cells
}

/// The rows of `unsplit_tokens.sql`: what they cost says the source or nobody.
pub(super) fn unsplit_cells(found: &Table) -> Vec<Cell<'_>> {
    let mut cells: Vec<Cell<'_>> = (0..found.rows()).map(|row| Cell::new(found, row)).collect();
    for cell in &mut cells {
        cell.sum.take_stated();
        cell.sum.unsplit_unpriced = cell.sum.calls - cell.sum.stated;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Unit, Values};

    /// Agent, record above, calls, input tokens.
    type Row = (&'static str, &'static str, i64, i64);

    fn found(rows: &[Row]) -> Table {
        let numbers = |one: &dyn Fn(&Row) -> i64| {
            Values::Integer(rows.iter().map(|row| Some(one(row))).collect())
        };
        Table::default()
            .with("agent", Unit::None, Values::texts(rows.iter().map(|row| row.0)))
            .with("model", Unit::None, Values::texts(rows.iter().map(|_| "m")))
            .with("parent_id", Unit::None, Values::texts(rows.iter().map(|row| row.1)))
            .with("calls", Unit::None, numbers(&|row| row.2))
            .with("input_tokens", Unit::None, numbers(&|row| row.3))
    }

    #[test]
    fn costs_of_one_key_add_up_to_what_they_are_together() {
        let prices = "[[model]]\nname = 'm'\ninput = 0.25\noutput = 1\n";
        let prices = Prices::parse(prices).unwrap();
        let found =
            found(&[("a", "p", 1, 1), ("a", "q", 1, 1), ("a", "r", 1, 1), ("b", "p", 2, 10)]);
        let cells = priced_cells(&found, &prices);
        let costs: Vec<i64> = cells.iter().map(|cell| cell.sum.cost_microusd).collect();
        // 0.25, 0.5 and 0.75 millionths of a dollar so far are 0, 1 and 1; 2.5 are 3.
        assert_eq!(costs, [0, 1, 0, 3]);
        assert!(cells.iter().all(|cell| cell.sum.is_priced()));
    }
}
