//! `--sort`, `--offset`, `--limit` and `--columns` on a table that is all there.

use super::CliError;
use super::args::OutputArgs;
use crate::report::{Column, Table, Values};
use std::cmp::Ordering;

/// The table in the order, cut and columns that the flags ask for.
///
/// # Errors
/// Columns that are not there.
pub(super) fn arrange(mut table: Table, args: &OutputArgs) -> Result<Table, CliError> {
    let rows = table.rows();
    let start = args.offset.unwrap_or(0).min(rows);
    let end = args.limit.map_or(rows, |limit| start.saturating_add(limit).min(rows));
    if !args.sort.is_empty() || end - start < rows {
        let mut order: Vec<usize> = (0..rows).collect();
        let keys = sort_keys(&table, &args.sort)?;
        order.sort_by(|a, b| {
            let by_key = |(column, is_descending): &(&Column, bool)| {
                compare(&column.values, *a, *b, *is_descending)
            };
            keys.iter().map(by_key).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
        let kept = order.get(start..end).unwrap_or_default();
        table = table.chosen(kept);
    }
    if args.columns.is_empty() {
        return Ok(table);
    }
    let chosen = args.columns.iter().map(|name| find(&table, name).cloned());
    Ok(Table { columns: chosen.collect::<Result<_, _>>()? })
}

/// The columns to sort by, and whether each is descending.
fn sort_keys<'t>(table: &'t Table, sort: &[String]) -> Result<Vec<(&'t Column, bool)>, CliError> {
    let key = |name: &String| match name.strip_prefix('-') {
        Some(name) => Ok((find(table, name)?, true)),
        None => Ok((find(table, name)?, false)),
    };
    sort.iter().map(key).collect()
}

fn find<'t>(table: &'t Table, name: &str) -> Result<&'t Column, CliError> {
    table.column(name).ok_or_else(|| {
        CliError::unknown("column", name, table.columns.iter().map(|column| column.name.as_str()))
    })
}

/// The order of two rows by one column; nulls come last either way.
fn compare(values: &Values, a: usize, b: usize, is_descending: bool) -> Ordering {
    match (values.is_null(a), values.is_null(b)) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let order = match values {
        Values::Text(values) | Values::Json(values) => values.get(a).cmp(&values.get(b)),
        Values::Integer(values) | Values::Time(values) => values.get(a).cmp(&values.get(b)),
        Values::Float(values) => {
            let at = |row: usize| values.get(row).copied().flatten().unwrap_or(f64::NAN);
            at(a).total_cmp(&at(b))
        }
        Values::Bool(values) => values.get(a).cmp(&values.get(b)),
        Values::Date(values) => values.get(a).cmp(&values.get(b)),
        Values::TextList(values) => values.get(a).cmp(&values.get(b)),
    };
    if is_descending { order.reverse() } else { order }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Unit;

    fn table() -> Table {
        Table::default().with("agent", Unit::None, Values::texts(["b", "a", "c", "a"])).with(
            "events",
            Unit::Count,
            Values::Integer(vec![Some(2), Some(1), None, Some(3)]),
        )
    }

    fn agents(args: &OutputArgs) -> Vec<(String, Option<i64>)> {
        let table = arrange(table(), args).unwrap();
        (0..table.rows())
            .map(|row| (table.text("agent", row).unwrap().to_owned(), table.integer("events", row)))
            .collect()
    }

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn rows_are_sorted_then_cut() {
        let args = OutputArgs {
            sort: names(&["agent", "-events"]),
            offset: Some(1),
            limit: Some(2),
            ..OutputArgs::default()
        };
        // Sorted: a 3, a 1, b 2, c.
        assert_eq!(agents(&args), [("a".to_owned(), Some(1)), ("b".to_owned(), Some(2))]);
    }

    #[test]
    fn nulls_come_last_either_way() {
        for sort in ["events", "-events"] {
            let args = OutputArgs { sort: names(&[sort]), ..OutputArgs::default() };
            assert_eq!(agents(&args)[3], ("c".to_owned(), None));
        }
    }

    #[test]
    fn columns_are_chosen_in_order_and_must_be_there() {
        let args = OutputArgs { columns: names(&["events", "agent"]), ..OutputArgs::default() };
        let arranged = arrange(table(), &args).unwrap();
        assert_eq!(arranged.columns[0].name, "events");
        let args = OutputArgs { columns: names(&["agnet"]), ..OutputArgs::default() };
        assert_eq!(arrange(table(), &args).unwrap_err().hints(), ["did you mean `agent`?"]);
    }

    #[test]
    fn an_offset_beyond_the_end_leaves_nothing() {
        let args = OutputArgs { offset: Some(9), limit: Some(9), ..OutputArgs::default() };
        assert!(agents(&args).is_empty());
    }
}
