//! Rows in their order, a block at a time: what `query` prints.
//!
//! A scan is put in order by slices of time, so that memory holds one slice and never the store.

use super::engine::{Engine, collect, time_name};
use super::frame::to_table;
use super::hashed::HashMap;
use super::{QueryError, lower, views};
use crate::model::schema;
use crate::report::Table;
use polars::prelude::{
    DataFrame, DataType, Expr, IdxCa, IdxSize, IntoLazy, LazyFrame, NamedFrom, SortMultipleOptions,
    StringChunked, col, lit, when,
};
use std::collections::BTreeSet;

/// The most rows that are put in order at once.
const SLICE_ROWS: usize = 100_000;

/// The most rows that are asked of the engine as the first ones of a sort: it makes room for all of
/// them beforehand, however few there are.
const TOP_ROWS: IdxSize = 1 << 20;

/// Which rows, and how they come.
#[derive(Clone, Debug, Default)]
pub struct RowQuery {
    /// The columns, in their order; all of them where empty.
    pub columns: Vec<String>,
    /// The columns to sort by, each with whether it falls; by time where empty.
    pub sort: Vec<(String, bool)>,
    /// How many at most.
    pub limit: Option<usize>,
    /// How many are left out at the start.
    pub offset: usize,
}

impl Engine {
    /// Gives the rows of a table or view, filtered and in order, to `emit`, block by block; at least
    /// one block, which may be empty.
    ///
    /// # Errors
    /// A table or view that is not there or cannot be filtered so; unknown columns; what `emit` returns.
    pub fn rows<E: From<QueryError>>(
        &self,
        name: &str,
        query: &RowQuery,
        emit: &mut dyn FnMut(Table) -> Result<(), E>,
    ) -> Result<(), E> {
        let known: Vec<String> = self
            .outline(name)?
            .collect_schema()
            .map_err(QueryError::from)?
            .iter_names()
            .map(ToString::to_string)
            .collect();
        let columns = choose(&query.columns, &known)?;
        for (column, _) in &query.sort {
            choose(std::slice::from_ref(column), &known)?;
        }
        let is_scan = views::find(name).is_none() && name != "rejects";
        if is_scan && query.sort.is_empty() {
            return self.by_time(&self.outline(name)?, &columns, query, emit);
        }
        let keys = sort_keys(&known, query);
        let needed: BTreeSet<String> = keys.iter().map(|(key, _)| (*key).to_owned()).collect();
        let needed: Vec<Expr> = columns
            .iter()
            .cloned()
            .chain(needed.into_iter().filter(|key| !columns.contains(&col(key.as_str()))).map(col))
            .collect();
        let frame = self.plan(&[name], |frame| Ok(frame(name)?.select(&needed)))?;
        let blocks = sorted(&frame, &keys, &columns, query);
        let blocks = blocks.map_err(|error| self.name_damage(error))?;
        emit(to_table(&blocks).map_err(QueryError::from)?)
    }

    /// Rows of a scan by time, in slices.
    fn by_time<E: From<QueryError>>(
        &self,
        frame: &LazyFrame,
        columns: &[Expr],
        query: &RowQuery,
        emit: &mut dyn FnMut(Table) -> Result<(), E>,
    ) -> Result<(), E> {
        let times = frame.clone().select([col("time").cast(DataType::Int64)]);
        let times = match query.top() {
            Some(wanted) => times.sort(["time"], SortMultipleOptions::default()).limit(wanted),
            None => times,
        };
        let times = self.collect(times)?;
        let times = times
            .column("time")
            .and_then(|times| times.i64().cloned())
            .map_err(QueryError::from)?;
        let mut times: Vec<i64> = times.iter().flatten().collect();
        times.sort_unstable();
        let mut skip = query.offset;
        let mut left = query.limit.unwrap_or(usize::MAX);
        let mut is_first = true;
        let mut start = 0;
        while is_first || start < times.len() {
            let end = slice_end(&times, start);
            let mut slice = frame.clone();
            if !times.is_empty() {
                let (first, last) = (times[start], times[end - 1]);
                slice = slice.filter(
                    col("time").gt_eq(lower::time(first)).and(col("time").lt_eq(lower::time(last))),
                );
            }
            let rows = parents_first(self.collect(slice.sort_by_exprs(order(), ascending()))?)?;
            let rows = rows.slice(i64::try_from(skip).unwrap_or(i64::MAX), left);
            skip = skip.saturating_sub(end - start);
            left -= rows.height();
            let rows = collect(rows.lazy().select(columns))?;
            if is_first || rows.height() > 0 {
                emit(to_table(&rows).map_err(QueryError::from)?)?;
            }
            is_first = false;
            start = end;
            if left == 0 {
                break;
            }
        }
        Ok(())
    }

    fn collect(&self, frame: LazyFrame) -> Result<DataFrame, QueryError> {
        collect(frame).map_err(|error| self.name_damage(error))
    }
}

impl RowQuery {
    /// How many of the first rows are wanted, where they are few enough to be asked for as such.
    fn top(&self) -> Option<IdxSize> {
        let wanted = IdxSize::try_from(self.limit?.saturating_add(self.offset)).ok();
        wanted.filter(|wanted| *wanted <= TOP_ROWS)
    }
}

/// Where a slice that begins at `start` ends: rows of one time stay together.
fn slice_end(times: &[i64], start: usize) -> usize {
    let end = (start + SLICE_ROWS).min(times.len());
    match times.get(end.wrapping_sub(1)) {
        Some(last) if end > start => end + times[end..].partition_point(|time| time == last),
        _ => end,
    }
}

/// The columns to sort by, each with whether it falls: those asked for, then those that break ties.
fn sort_keys<'k>(known: &[String], query: &'k RowQuery) -> Vec<(&'k str, bool)> {
    let has = |name: &str| known.iter().any(|known| known == name);
    let mut named: Vec<(&str, bool)> = Vec::new();
    for (name, falls) in &query.sort {
        if !named.iter().any(|(known, _)| known == name) {
            named.push((name, *falls));
        }
    }
    let ties = [
        "ts_us",
        "start_us",
        "line",
        "id",
        "session_id",
        "trace_id",
        "message_id",
        "peer",
        "source",
    ];
    for tie in ties.into_iter().filter(|name| has(name)) {
        if !named.iter().any(|(known, _)| *known == tie) {
            named.push((tie, false));
        }
    }
    named
}

/// All rows sorted as asked, or by time where a view has one; the top n where there is a limit.
fn sorted(
    frame: &LazyFrame,
    keys: &[(&str, bool)],
    columns: &[Expr],
    query: &RowQuery,
) -> Result<DataFrame, QueryError> {
    let keys = keys.iter().map(|(name, falls)| (col(*name), *falls));
    let (keys, falls): (Vec<Expr>, Vec<bool>) = keys.unzip();
    let options = SortMultipleOptions::default()
        .with_order_descending_multi(falls.clone())
        .with_nulls_last(true);
    let mut frame = frame.clone();
    if let (Some(wanted), Some((first, falls))) = (query.top(), query.sort.first()) {
        // Two steps: the key of the last row that can be among them, then only rows up to it.
        let top =
            SortMultipleOptions::default().with_order_descending(*falls).with_nulls_last(true);
        let key = col(first.as_str());
        let head =
            collect(frame.clone().select([key.clone()]).sort([first.as_str()], top).limit(wanted))?;
        let last = head.column(first)?.as_materialized_series().tail(Some(1));
        if head.height() == wanted as usize && last.null_count() == 0 && !last.is_empty() {
            let bound = lit(last).first();
            frame = frame.filter(if *falls { key.gt_eq(bound) } else { key.lt_eq(bound) });
        }
    }
    let rows = frame.sort_by_exprs(keys, options);
    let rows = if let Some(wanted) = query.top() { rows.limit(wanted) } else { rows };
    let rows = collect(rows.select(columns))?;
    let offset = i64::try_from(query.offset).unwrap_or(i64::MAX);
    Ok(rows.slice(offset, query.limit.unwrap_or(usize::MAX)))
}

/// The columns that are asked for; without the engine's own where none are.
fn choose(columns: &[String], known: &[String]) -> Result<Vec<Expr>, QueryError> {
    if columns.is_empty() {
        let has = |name: &str| known.iter().any(|known| known == name);
        let is_own = |name: &str| name == "interval_group" || time_name(name).is_some_and(has);
        return Ok(known
            .iter()
            .filter(|name| !is_own(name))
            .map(|name| col(name.as_str()))
            .collect());
    }
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    if let Some((place, twice)) =
        columns.iter().enumerate().find(|(place, column)| columns[..*place].contains(column))
    {
        let what =
            format!("column `{twice}` is named twice, the second time in place {}", place + 1);
        return Err(QueryError::Unsupported { what });
    }
    columns
        .iter()
        .map(|column| {
            if names.contains(&column.as_str()) {
                Ok(col(column.as_str()))
            } else {
                Err(QueryError::unknown_column(column, &names))
            }
        })
        .collect()
}

/// The order of records: by time, begin before end, id, and then by what tells rows of one id apart.
fn order() -> Vec<Expr> {
    let edge = when(col("interval_edge").eq(lit("end"))).then(lit(1)).otherwise(lit(0));
    let mut keys = vec![col("time"), edge];
    let rest =
        ["id", "kind", "type", "name", "labels", "value", "agent", "status", "duration_ns", "data"];
    keys.extend(rest.into_iter().filter(|name| schema::find(name).is_some()).map(col));
    keys
}

fn ascending() -> SortMultipleOptions {
    SortMultipleOptions::default()
}

/// How many records of one time are followed from child to parent.
const LONGEST_CHAIN: usize = 64;

/// The rows of one time in their order, but each behind its parent; a cycle is cut where it is met.
fn settle(
    rows: std::ops::Range<usize>,
    ids: &StringChunked,
    parents: &StringChunked,
) -> Vec<usize> {
    let mut by_id: HashMap<&str, Vec<usize>> = HashMap::default();
    for row in rows.clone() {
        by_id.entry(ids.get(row).unwrap_or_default()).or_default().push(row);
    }
    let mut is_taken = vec![false; rows.len()];
    let mut settled = Vec::with_capacity(rows.len());
    for row in rows.clone() {
        // The chain of parents that are not taken yet, the nearest first.
        let mut chain = vec![row];
        let mut next = row;
        while let Some(parent) = parents.get(next).and_then(|id| by_id.get(id)?.first().copied()) {
            if is_taken[parent - rows.start]
                || chain.contains(&parent)
                || chain.len() > LONGEST_CHAIN
            {
                break;
            }
            chain.push(parent);
            next = parent;
        }
        for row in chain.into_iter().rev() {
            if !std::mem::replace(&mut is_taken[row - rows.start], true) {
                settled.push(row);
            }
        }
    }
    settled
}

/// Among rows of one time, puts a parent before its children; otherwise leaves the order alone.
fn parents_first(rows: DataFrame) -> Result<DataFrame, QueryError> {
    let times = rows.column("time")?.cast(&DataType::Int64)?;
    let times = times.i64()?;
    let (ids, parents) = (rows.column("id")?.str()?, rows.column("parent_id")?.str()?);
    let mut order: Vec<usize> = (0..rows.height()).collect();
    let mut is_changed = false;
    let mut start = 0;
    while start < order.len() {
        let end = (start + 1..order.len())
            .find(|row| times.get(*row) != times.get(start))
            .unwrap_or(order.len());
        if end - start > 1 {
            let settled = settle(start..end, ids, parents);
            is_changed |= settled.iter().zip(start..end).any(|(row, place)| *row != place);
            order[start..end].copy_from_slice(&settled);
        }
        start = end;
    }
    if !is_changed {
        return Ok(rows);
    }
    let order: Vec<IdxSize> =
        order.into_iter().filter_map(|row| IdxSize::try_from(row).ok()).collect();
    Ok(rows.take(&IdxCa::new("order".into(), order))?)
}
