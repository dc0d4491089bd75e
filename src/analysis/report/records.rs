//! Which records a report rests on: by kind and format, and by where they came from.

use super::super::finish::{integers, texts, times};
use crate::report::{Table, Unit, Values};
use std::collections::BTreeMap;

/// Records by kind and format.
pub(super) fn by_kind(found: &Table) -> Table {
    let mut sums: BTreeMap<(&str, &str), (i64, i64, i64)> = BTreeMap::new();
    for row in 0..found.rows() {
        let key = (
            found.text("kind", row).unwrap_or_default(),
            found.text("source_format", row).unwrap_or_default(),
        );
        let first = found.integer("first_us", row).unwrap_or_default();
        let last = found.integer("last_us", row).unwrap_or_default();
        let sum = sums.entry(key).or_insert((0, first, last));
        *sum = (
            sum.0 + found.integer("records", row).unwrap_or_default(),
            sum.1.min(first),
            sum.2.max(last),
        );
    }
    let count =
        |one: &dyn Fn(&(i64, i64, i64)) -> i64| sums.values().map(|sum| Some(one(sum))).collect();
    Table::default()
        .with("kind", Unit::None, Values::texts(sums.keys().map(|key| key.0)))
        .with("source_format", Unit::None, Values::texts(sums.keys().map(|key| key.1)))
        .with("records", Unit::Count, Values::Integer(count(&|sum| sum.0)))
        .with("first_seen", Unit::None, Values::Time(count(&|sum| sum.1)))
        .with("last_seen", Unit::None, Values::Time(count(&|sum| sum.2)))
}

/// Records by source, format and kind.
pub(super) fn by_source(found: &Table) -> Table {
    Table::default()
        .with("source", Unit::None, texts(found, |row| found.text("source", row)))
        .with("source_format", Unit::None, texts(found, |row| found.text("source_format", row)))
        .with("kind", Unit::None, texts(found, |row| found.text("kind", row)))
        .with("records", Unit::Count, integers(found, |row| found.integer("records", row)))
        .with("first_seen", Unit::None, times(found, |row| found.integer("first_us", row)))
        .with("last_seen", Unit::None, times(found, |row| found.integer("last_us", row)))
}
