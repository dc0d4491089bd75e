//! One row of a table by the names of its columns.

use crate::report::Table;

/// What says where a record belongs.
pub(super) const GROUP: &[&str] = &["trace_id", "session_id", "swarm_id"];

/// What says which step a record is, and under which other.
pub(super) const STEP: &[&str] = &["id", "parent_id", "agent", "type", "name", "operation", "tool"];

/// A row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'t> {
    table: &'t Table,
    at: usize,
}

/// The rows of a table in their order.
pub(super) fn rows(table: &Table) -> impl Iterator<Item = Row<'_>> {
    (0..table.rows()).map(move |at| Row { table, at })
}

impl<'t> Row<'t> {
    /// A text; nothing for an empty one.
    pub(super) fn text(self, name: &str) -> Option<&'t str> {
        self.table.text(name, self.at).filter(|text| !text.is_empty())
    }

    /// An integer, or a time in microseconds since 1970.
    pub(super) fn integer(self, name: &str) -> Option<i64> {
        self.table.integer(name, self.at)
    }

    /// A number.
    pub(super) fn float(self, name: &str) -> Option<f64> {
        self.table.float(name, self.at)
    }
}
