//! When each agent, tool and component did something: its records over time, as a line of blocks.

use super::super::finish::{Range, integer_of, text_of};
use super::super::series::{Grid, Scope, filled_by};
use super::super::text;
use super::super::trends::sparkline;
use crate::query::{Engine, QueryError, to_table};
use crate::report::{Table, Unit, Values};
use std::collections::HashMap;

/// The table with a column `activity` behind those that name a row, called `keys`: the means of equal parts of
/// the observed range, on a scale of its own for each row.
///
/// # Errors
/// Those of the engine.
pub(super) fn with_activity(
    engine: &Engine,
    range: Range,
    keys: &[&str],
    table: Table,
) -> Result<Table, QueryError> {
    let Some(bounds) = range.bounds else { return Ok(table) };
    let grid = Grid::new(bounds, None);
    let names: Vec<String> = keys.iter().filter_map(|key| Some(Scope::parse(key)?.key())).collect();
    let name = format!("CONCAT({}, '')", names.join(", '/', "));
    let sql = filled_by(&name, text("series_records"), grid.width_us);
    let found = to_table(&engine.run(&sql)?)?;
    let (by_key, bucket_us) = (text_of(&found, "by_key"), integer_of(&found, "bucket_us"));
    let records = integer_of(&found, "records");
    let mut counts: HashMap<&str, Vec<Option<f64>>> = HashMap::new();
    for row in 0..found.rows() {
        let Some(place) = bucket_us(row).and_then(|time| grid.place(time)) else { continue };
        let name = by_key(row).unwrap_or_default();
        let counts = counts.entry(name).or_insert_with(|| vec![Some(0.0); grid.buckets]);
        counts[place] = records(row).map(|count| count as f64);
    }
    let line = |row: usize| {
        let names = keys.iter().map(|key| table.text(key, row).unwrap_or_default());
        let name = names.collect::<Vec<_>>().join("/");
        counts.get(name.as_str()).map(|counts| sparkline(counts, None))
    };
    let lines = Values::Text((0..table.rows()).map(line).collect());
    Ok(table.with("activity", Unit::None, lines).led_by(&[keys, &["activity"]].concat()))
}
