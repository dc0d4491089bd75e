//! The view `spans` without its windows: reads the edges' columns once, pairs them by [`super::pairing`]
//! and gathers the columns that are asked for.
//!
//! `views/spans.sql` is what it must equal, row for row; tests hold the two together.

use super::engine::collect;
use super::pairing::{Edge, Pairs, pair, series};
use super::{QueryError, tables};
use polars::prelude::{
    DataFrame, Expr, IdxCa, IdxSize, IntoLazy, LazyFrame, NULL, NamedFrom, PolarsResult,
    StringChunked, coalesce, col, lit, when,
};
use std::collections::BTreeSet;

/// The columns that a record's group is the first of.
pub(super) const GROUP: [&str; 3] = ["session_id", "swarm_id", "trace_id"];

/// The columns that pairing needs, besides those of the group.
const PAIRING: [&str; 6] =
    ["interval_key", "interval_edge", "id", "parent_id", tables::TIME_MICROS, "duration_ns"];

/// What stands before the names of an end's columns beside those of its begin.
const END: &str = "end of ";

/// Whether a column of the view is of the begin, of its end, or of both.
enum Origin {
    Begin,
    End,
    BeginElseEnd,
    EndElseBegin,
    Computed,
}

fn origin(column: &str) -> Origin {
    match column {
        "origin" | "kind" | "end_id" | "end_us" | "duration_ns" | "status" | "interval_group" => {
            Origin::Computed
        }
        "error_type" | "error_message" => Origin::End,
        "tool" => Origin::BeginElseEnd,
        "model" | "severity" | "input_tokens" | "output_tokens" | "cache_read_tokens"
        | "cache_write_tokens" | "cost_microusd" => Origin::EndElseBegin,
        _ => Origin::Begin,
    }
}

/// The view's rows that rest on `events`, with these of its columns, among which its time must be.
///
/// # Errors
/// [`QueryError::Engine`].
pub(super) fn paired_spans(
    events: LazyFrame,
    columns: &BTreeSet<String>,
) -> Result<DataFrame, QueryError> {
    let mut read: BTreeSet<&str> = PAIRING.into_iter().chain(GROUP).collect();
    read.extend(
        columns
            .iter()
            .map(String::as_str)
            .filter(|column| *column == "status" || !matches!(origin(column), Origin::Computed)),
    );
    let read: Vec<Expr> = read.into_iter().map(col).collect();
    let key = col("interval_key");
    let is_edge = key.clone().is_not_null().and(key.str().starts_with(lit("message:")).not());
    let mut edges = collect(events.filter(is_edge).select(read))?;
    edges.rechunk_mut();
    let pairs = pair(&listed(&edges)?);
    let begins = begins(&edges, &pairs, columns)?;
    let loose_ends = loose_ends(&edges, &pairs, columns)?;
    Ok(begins.vstack(&loose_ends)?)
}

/// The edges as the pairing takes them.
fn listed(edges: &DataFrame) -> PolarsResult<Vec<Edge<'_>>> {
    let text = |name: &str| -> PolarsResult<&StringChunked> { edges.column(name)?.str() };
    let [session, swarm, trace] = GROUP;
    let groups = [text(session)?, text(swarm)?, text(trace)?];
    let times = edges.column(tables::TIME_MICROS)?.i64()?;
    let ends = text("interval_edge")?;
    let ids = text("id")?.iter().zip(text("parent_id")?.iter());
    let groups = groups[0].iter().zip(groups[1].iter().zip(groups[2].iter()));
    Ok(groups
        .zip(text("interval_key")?.iter())
        .zip(times.iter().zip(ends.iter()))
        .zip(ids)
        .map(|((((session, (swarm, trace)), key), (time, edge)), (id, parent))| Edge {
            series: series(
                session.or(swarm).or(trace).unwrap_or_default(),
                key.unwrap_or_default(),
            ),
            time: time.unwrap_or_default(),
            is_end: edge != Some("begin"),
            id: id.unwrap_or_default(),
            parent,
        })
        .collect())
}

/// A list of row numbers for gathering.
pub(super) fn row_numbers(rows: impl Iterator<Item = Option<u32>>) -> IdxCa {
    let rows: Vec<Option<IdxSize>> = rows.collect();
    IdxCa::new("rows".into(), rows)
}

/// Some columns of some rows; null where there is no row.
pub(super) fn gather(
    edges: &DataFrame,
    names: &BTreeSet<&str>,
    rows: &IdxCa,
) -> PolarsResult<DataFrame> {
    edges.select(names.iter().copied())?.take(rows)
}

/// The intervals that have a begin.
fn begins(
    edges: &DataFrame,
    pairs: &Pairs,
    columns: &BTreeSet<String>,
) -> Result<DataFrame, QueryError> {
    let end_rows = row_numbers(pairs.begins.iter().map(|(_, end)| *end));
    let begin_rows = row_numbers(pairs.begins.iter().map(|(begin, _)| Some(*begin)));
    let mut of_begin = BTreeSet::from([tables::TIME_MICROS]);
    let mut of_end = BTreeSet::from([tables::TIME_MICROS]);
    for column in columns {
        match (column.as_str(), origin(column)) {
            ("end_id", _) => drop(of_end.insert("id")),
            ("status", _) => drop(of_end.insert("status")),
            ("interval_group", _) => of_begin.extend(GROUP),
            (_, Origin::Computed) => {}
            (name, Origin::Begin) => drop(of_begin.insert(name)),
            (name, Origin::End) => drop(of_end.insert(name)),
            (name, Origin::BeginElseEnd | Origin::EndElseBegin) => {
                of_begin.insert(name);
                of_end.insert(name);
            }
        }
    }
    let begins = gather(edges, &of_begin, &begin_rows)?;
    let mut ends = gather(edges, &of_end, &end_rows)?;
    ends.set_column_names(&of_end.iter().map(|name| format!("{END}{name}")).collect::<Vec<_>>())?;
    let both = begins.hstack(ends.columns())?;
    collect(both.lazy().select(columns.iter().map(|name| of_pair(name)).collect::<Vec<_>>()))
}

/// A column of the view, of a begin and its end side by side.
fn of_pair(name: &str) -> Expr {
    let end = |name: &str| col(format!("{END}{name}"));
    let begin_us = || col(tables::TIME_MICROS);
    let end_us = || end(tables::TIME_MICROS);
    let is_open = end_us().is_null();
    let value = match name {
        "origin" => when(is_open).then(lit("open")).otherwise(lit("paired")),
        "status" => when(is_open).then(lit("running")).otherwise(end("status")),
        "duration_ns" => when(end_us().gt_eq(begin_us()))
            .then((end_us() - begin_us()) * lit(1000_i64))
            .otherwise(lit(NULL)),
        "end_us" => end_us(),
        "end_id" => end("id"),
        name => match origin(name) {
            Origin::End => end(name),
            Origin::BeginElseEnd => coalesce(&[col(name), end(name)]),
            Origin::EndElseBegin => coalesce(&[end(name), col(name)]),
            Origin::Begin | Origin::Computed => return of_record(name),
        },
    };
    value.alias(name)
}

/// A column of the view that is of one record.
fn of_record(name: &str) -> Expr {
    match name {
        "kind" => lit("span").alias(name),
        "interval_group" => {
            let [session, swarm, trace] = GROUP.map(col);
            coalesce(&[session, swarm, trace, lit("")]).alias(name)
        }
        name => col(name),
    }
}

/// The ends without a begin that state their own duration.
fn loose_ends(
    edges: &DataFrame,
    pairs: &Pairs,
    columns: &BTreeSet<String>,
) -> Result<DataFrame, QueryError> {
    let durations = edges.column("duration_ns")?.i64()?;
    let states = |row: &u32| durations.get(*row as usize).is_some();
    let rows = row_numbers(pairs.loose_ends.iter().filter(|row| states(row)).map(|row| Some(*row)));
    let ends = edges.take(&rows)?;
    let micros = || {
        let duration = || col("duration_ns");
        (duration() - duration() % lit(1000_i64)).floor_div(lit(1000_i64))
    };
    let value = |name: &str| match name {
        "origin" => lit("end_only").alias(name),
        "end_id" => col("id").alias(name),
        "end_us" => col(tables::TIME_MICROS).alias(name),
        tables::TIME_MICROS => col(name) - micros(),
        name => of_record(name),
    };
    let values: Vec<Expr> = columns.iter().map(|name| value(name)).collect();
    collect(ends.lazy().select(values))
}

#[cfg(test)]
mod tests {
    use super::super::made_events::{Made, assert_agree, made, told_apart};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn the_text_and_the_stand_in_agree(all in prop::collection::vec(made(), 0..60)) {
            assert_agree("spans", paired_spans, &told_apart(all), None);
        }

        #[test]
        fn they_agree_on_long_series(all in prop::collection::vec(made(), 60..160)) {
            let one = |made: Made| Made {
                key: Some(1),
                groups: [None, Some(1), made.groups[2]],
                time: made.time * 31 + i64::from(made.id),
                ..made
            };
            let all = told_apart(all.into_iter().map(one).collect());
            assert_agree("spans", paired_spans, &all, None);
        }

        #[test]
        fn a_few_columns_are_those_of_all(all in prop::collection::vec(made(), 0..30)) {
            let all = told_apart(all);
            assert_agree("spans", paired_spans, &all, Some(&["ts_us"]));
            assert_agree("spans", paired_spans, &all, Some(&["ts_us", "status", "end_id", "tool"]));
        }
    }
}
