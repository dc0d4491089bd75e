//! Which columns of a table a plan reads, as the optimizer finds them: through views, joins and
//! wildcards.
//!
//! An outline stands in the place of the table: it has the columns, no rows, and is known by the
//! names of what it rests on.

use super::QueryError;
use polars::prelude::{DataFrame, Expr, Field, IntoLazy, LazyFrame, Schema, col};
use std::collections::{BTreeMap, BTreeSet};

/// The columns that are read of each table that an outline stands for.
pub(super) type ColumnsRead = BTreeMap<String, BTreeSet<String>>;

/// What an outline's own columns begin with; behind it are the table's name, this again, and the
/// name of the column.
const MARK: char = '\u{1}';

/// A table called `table` without rows, whose columns can be found again in a plan.
pub(super) fn outline(table: &str, schema: &Schema) -> LazyFrame {
    let marked = |name: &str| format!("{MARK}{table}{MARK}{name}");
    let fields: Schema =
        schema.iter().map(|(name, dtype)| Field::new(marked(name).into(), dtype.clone())).collect();
    let names: Vec<Expr> =
        schema.iter_names().map(|name| col(marked(name)).alias(name.clone())).collect();
    DataFrame::empty_with_schema(&fields).lazy().select(names)
}

/// The columns of outlines that a plan reads.
///
/// # Errors
/// Those of the plan, such as unknown columns.
pub(super) fn columns_read(frame: LazyFrame) -> Result<ColumnsRead, QueryError> {
    let plan = frame.to_alp_optimized()?;
    let mut open = vec![plan.lp_top];
    let mut found = ColumnsRead::new();
    while let Some(node) = open.pop() {
        let node = plan.lp_arena.get(node);
        let inputs = node.get_inputs();
        if inputs.is_empty() {
            let schema = node.schema(&plan.lp_arena);
            for name in schema.iter_names() {
                let parts = name.strip_prefix(MARK).and_then(|name| name.split_once(MARK));
                if let Some((table, column)) = parts {
                    found.entry(table.to_owned()).or_default().insert(column.to_owned());
                }
            }
        }
        open.extend(inputs);
    }
    Ok(found)
}

/// Adds what else is read.
pub(super) fn merge(read: &mut ColumnsRead, more: ColumnsRead) {
    for (table, columns) in more {
        read.entry(table).or_default().extend(columns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::DataType;
    use polars_sql::SQLContext;

    fn read(sql: &str) -> Vec<String> {
        let names = ["a", "b", "c", "d"];
        let schema: Schema =
            names.iter().map(|name| Field::new((*name).into(), DataType::Int64)).collect();
        let mut context = SQLContext::new();
        context.register("t", outline("t", &schema));
        let frame = context.execute(sql).unwrap();
        let columns = columns_read(frame).unwrap().remove("t").unwrap();
        columns.into_iter().collect()
    }

    #[test]
    fn only_what_the_answer_needs_is_read() {
        assert_eq!(read("SELECT a FROM t WHERE b > 1"), ["a", "b"]);
        assert_eq!(read("SELECT x FROM (SELECT a AS x, b AS y, c FROM t)"), ["a"]);
        assert_eq!(
            read("WITH c_all AS (SELECT * FROM t) SELECT a, SUM(b) FROM c_all GROUP BY a"),
            ["a", "b"]
        );
        assert_eq!(read("SELECT * FROM t"), ["a", "b", "c", "d"]);
        assert_eq!(read("SELECT t.a FROM t JOIN t AS u ON t.b = u.c"), ["a", "b", "c"]);
    }
}
