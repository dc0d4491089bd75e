//! Whether the totals that a source states are those of the model calls below them.

use crate::query::hashed::HashMap;
use crate::report::{Table, Unit, Values};

/// What was found.
pub(super) struct Totals {
    /// How many stated totals have model calls with tokens below them.
    pub(super) compared: usize,
    /// Those that differ: where, and what is stated and counted.
    pub(super) differing: Table,
}

/// Tokens of one kind of record: input, output, and of the cache.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    input: i64,
    output: i64,
    cache: i64,
    calls: i64,
}

/// Compares each stated total of `token_totals` with the model calls below it. Sources count what the
/// cache read and wrote in or apart; either is right.
pub(super) fn compare(found: &Table) -> Totals {
    let key = |row: usize, column: &str| (found.text("trace_id", row), found.text(column, row));
    let integer = |name: &str, row: usize| found.integer(name, row).unwrap_or_default();
    let place: HashMap<_, usize> =
        (0..found.rows()).rev().map(|row| (key(row, "id"), row)).collect();
    let parent = |row: usize| {
        found.text("parent_id", row)?;
        place.get(&key(row, "parent_id")).copied().filter(|parent| *parent != row)
    };
    let mut counted = vec![Sum::default(); found.rows()];
    let mut climbed = vec![usize::MAX; found.rows()];
    for row in (0..found.rows()).filter(|row| integer("is_call", *row) == 1) {
        let mut at = parent(row);
        // A ring of parents is left where it closes.
        while let Some(above) = at.filter(|above| climbed[*above] != row) {
            climbed[above] = row;
            let sum = &mut counted[above];
            sum.input += integer("input_tokens", row);
            sum.output += integer("output_tokens", row);
            sum.cache += integer("cache_tokens", row);
            sum.calls += 1;
            at = parent(above);
        }
    }
    let totals: Vec<usize> = (0..found.rows())
        .filter(|row| integer("is_total", *row) == 1 && counted[*row].calls > 0)
        .collect();
    let differs = |row: &usize| {
        let sum = counted[*row];
        let input = integer("input_tokens", *row);
        let is_same_input = input == sum.input || input == sum.input + sum.cache;
        !is_same_input || integer("output_tokens", *row) != sum.output
    };
    let rows: Vec<usize> = totals.iter().copied().filter(differs).collect();
    let texts = |name: &str| Values::Text(rows.iter().map(|row| found.text(name, *row)).collect());
    let numbers = |one: &dyn Fn(usize) -> i64| {
        Values::Integer(rows.iter().map(|row| Some(one(*row))).collect())
    };
    let differing = Table::default()
        .with("id", Unit::None, texts("id"))
        .with("trace_id", Unit::None, texts("trace_id"))
        .with("type", Unit::None, texts("type"))
        .with("name", Unit::None, texts("name"))
        .with("agent", Unit::None, texts("agent"))
        .with("calls", Unit::Count, numbers(&|row| counted[row].calls))
        .with("stated_input_tokens", Unit::Tokens, numbers(&|row| integer("input_tokens", row)))
        .with("counted_input_tokens", Unit::Tokens, numbers(&|row| counted[row].input))
        .with("stated_output_tokens", Unit::Tokens, numbers(&|row| integer("output_tokens", row)))
        .with("counted_output_tokens", Unit::Tokens, numbers(&|row| counted[row].output));
    Totals { compared: totals.len(), differing }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (&'static str, Option<&'static str>, bool, i64, i64, i64);

    fn tree(rows: &[Row]) -> Table {
        let numbers = |one: &dyn Fn(&Row) -> i64| {
            Values::Integer(rows.iter().map(|row| Some(one(row))).collect())
        };
        let empty = || Values::Text(rows.iter().map(|_| None::<&str>).collect());
        Table::default()
            .with("trace_id", Unit::None, Values::texts(rows.iter().map(|_| "t")))
            .with("id", Unit::None, Values::texts(rows.iter().map(|row| row.0)))
            .with("parent_id", Unit::None, Values::Text(rows.iter().map(|row| row.1).collect()))
            .with("type", Unit::None, empty())
            .with("name", Unit::None, empty())
            .with("agent", Unit::None, empty())
            .with("is_total", Unit::None, numbers(&|row| i64::from(row.2)))
            .with("is_call", Unit::None, numbers(&|row| i64::from(!row.2 && row.3 + row.4 > 0)))
            .with("input_tokens", Unit::None, numbers(&|row| row.3))
            .with("output_tokens", Unit::None, numbers(&|row| row.4))
            .with("cache_tokens", Unit::None, numbers(&|row| row.5))
    }

    #[test]
    fn totals_are_those_of_all_calls_below_with_or_without_the_cache() {
        let found = compare(&tree(&[
            ("run", None, true, 350, 30, 0),
            ("plain", Some("run"), false, 0, 0, 0),
            ("inner", Some("plain"), true, 100, 99, 0),
            ("one", Some("inner"), false, 100, 10, 0),
            ("two", Some("plain"), false, 200, 20, 50),
            ("empty", Some("run"), true, 7, 7, 0),
        ]));
        // The run counts the cache in; the inner one has 99 where 10 were written; nothing is below
        // the last one.
        assert_eq!(found.compared, 2);
        assert_eq!(found.differing.rows(), 1);
        assert_eq!(found.differing.text("id", 0), Some("inner"));
        assert_eq!(found.differing.integer("counted_output_tokens", 0), Some(10));
    }

    #[test]
    fn a_ring_of_parents_ends() {
        let found = compare(&tree(&[
            ("a", Some("b"), true, 5, 5, 0),
            ("b", Some("a"), true, 4, 5, 0),
            ("call", Some("a"), false, 5, 5, 0),
        ]));
        assert_eq!((found.compared, found.differing.rows()), (2, 1));
        assert_eq!(found.differing.text("id", 0), Some("b"));
    }
}
