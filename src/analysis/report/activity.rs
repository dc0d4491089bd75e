//! When each agent, tool and component did something: its records over time, as a line of blocks.

use super::super::finish::{Range, integer_of, text_of};
use super::super::series::{Grid, filled_by};
use super::super::text;
use super::super::trends::sparkline;
use crate::query::{Engine, QueryError, to_table};
use crate::report::{Table, Unit, Values};
use std::collections::HashMap;

/// The records of each agent, tool, component and operation over time.
pub(super) struct Activity {
    found: Table,
    grid: Grid,
}

impl Activity {
    /// Reads it in equal parts of the observed range.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) fn of(engine: &Engine, range: Range) -> Result<Self, QueryError> {
        let grid = range.bounds.map_or_else(Grid::of_nothing, |bounds| Grid::new(bounds, None));
        let sql = filled_by("''", text("activity"), grid.width_us);
        Ok(Self { found: to_table(&engine.run(&sql)?)?, grid })
    }

    /// The table with a column `activity` behind those that name a row, called `keys`: the means of equal parts
    /// of the observed range, on a scale of its own for each row.
    pub(super) fn beside(&self, keys: &[&'static str], table: Table) -> Table {
        let (found, grid) = (&self.found, &self.grid);
        let bucket_us = integer_of(found, "bucket_us");
        let records = integer_of(found, "records");
        let names: Vec<_> = keys.iter().map(|key| text_of(found, key)).collect();
        let mut counts: HashMap<Vec<&str>, Vec<Option<f64>>> = HashMap::new();
        for row in 0..found.rows() {
            let Some(place) = bucket_us(row).and_then(|time| grid.place(time)) else { continue };
            let name = names.iter().map(|name| name(row).unwrap_or_default()).collect();
            let counts = counts.entry(name).or_insert_with(|| vec![Some(0.0); grid.buckets]);
            let more = records(row).unwrap_or_default() as f64;
            counts[place] = Some(counts[place].unwrap_or_default() + more);
        }
        let line = |row: usize| {
            let name = keys.iter().map(|key| table.text(key, row).unwrap_or_default());
            counts.get(&name.collect::<Vec<_>>()).map(|counts| sparkline(counts, None))
        };
        let lines = Values::Text((0..table.rows()).map(line).collect());
        table.with("activity", Unit::None, lines).led_by(&[keys, &["activity"]].concat())
    }
}
