//! Which columns of a table a plan reads, as the optimizer finds them: through views, joins and
//! wildcards.
//!
//! An outline stands in the place of the table: it has the columns, no rows, and is known by the
//! names of what it rests on.

use super::QueryError;
use polars::prelude::{DataFrame, Expr, Field, IntoLazy, LazyFrame, Schema, col};
use std::collections::BTreeSet;

/// What an outline's own columns are called, before the names that they stand for.
const MARK: &str = "\u{1}outline ";

/// A table without rows, whose columns can be found again in a plan.
pub(super) fn outline(schema: &Schema) -> LazyFrame {
    let marked: Schema = schema
        .iter()
        .map(|(name, dtype)| Field::new(format!("{MARK}{name}").into(), dtype.clone()))
        .collect();
    let names: Vec<Expr> =
        schema.iter_names().map(|name| col(format!("{MARK}{name}")).alias(name.clone())).collect();
    DataFrame::empty_with_schema(&marked).lazy().select(names)
}

/// The columns of outlines that a plan reads.
///
/// # Errors
/// Those of the plan, such as unknown columns.
pub(super) fn columns_read(frame: LazyFrame) -> Result<BTreeSet<String>, QueryError> {
    let plan = frame.to_alp_optimized()?;
    let mut open = vec![plan.lp_top];
    let mut found = BTreeSet::new();
    while let Some(node) = open.pop() {
        let node = plan.lp_arena.get(node);
        let inputs = node.get_inputs();
        if inputs.is_empty() {
            let schema = node.schema(&plan.lp_arena);
            let names = schema.iter_names().filter_map(|name| name.strip_prefix(MARK));
            found.extend(names.map(str::to_owned));
        }
        open.extend(inputs);
    }
    Ok(found)
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
        context.register("t", outline(&schema));
        let frame = context.execute(sql).unwrap();
        columns_read(frame).unwrap().into_iter().collect()
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
