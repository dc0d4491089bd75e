//! The view `messages` without its windows: reads the mails' columns once, matches them by
//! [`super::delivery`] and gathers the columns that are asked for.
//!
//! `views/messages.sql` is what it must equal, row for row; tests hold the two together.

use super::delivery::{Deliveries, Mail, deliver};
use super::engine::collect;
use super::pairing::series;
use super::spans::{GROUP, gather, row_numbers};
use super::{QueryError, tables};
use polars::prelude::{
    DataFrame, DataType, Expr, IntoLazy, LazyFrame, NULL, PolarsResult, StringChunked, coalesce,
    col, lit, when,
};
use std::collections::BTreeSet;

/// The columns that matching needs, besides those of the group.
const MATCHING: [&str; 7] =
    ["message_id", "interval_edge", "id", "agent", "peer", "type", tables::TIME_MICROS];

/// What stands before the names of a receive's columns beside those of its send.
const RECEIVE: &str = "receive of ";

/// Columns of the view that no record has as they are.
const COMPUTED: [&str; 5] = ["delivery", "receive_id", "sent_us", "received_us", "latency_ns"];

/// The view's rows that rest on `events`, with these of its columns, among which its time must be.
///
/// # Errors
/// [`QueryError::Engine`].
pub(super) fn matched_messages(
    events: LazyFrame,
    columns: &BTreeSet<String>,
) -> Result<DataFrame, QueryError> {
    let own = columns.iter().map(String::as_str).filter(|column| !COMPUTED.contains(column));
    let read: BTreeSet<&str> = MATCHING.into_iter().chain(GROUP).chain(own).collect();
    let edge = col("interval_edge");
    let is_mail = col("interval_key")
        .str()
        .starts_with(lit("message:"))
        .and(edge.clone().eq(lit("begin")).or(edge.eq(lit("end"))));
    let names: Vec<Expr> = read.iter().map(|name| col(*name)).collect();
    let mut mails = collect(events.filter(is_mail).select(names))?;
    mails.rechunk_mut();
    let deliveries = deliver(&listed(&mails)?);
    let sends = sends(&mails, &read, &deliveries, columns)?;
    let unclaimed = unclaimed(&mails, &deliveries, columns)?;
    Ok(sends.vstack(&unclaimed)?)
}

/// The mails as the matching takes them.
fn listed(mails: &DataFrame) -> PolarsResult<Vec<Mail<'_>>> {
    let text = |name: &str| -> PolarsResult<&StringChunked> { mails.column(name)?.str() };
    let groups = [text(GROUP[0])?, text(GROUP[1])?, text(GROUP[2])?];
    let groups = groups[0].iter().zip(groups[1].iter().zip(groups[2].iter()));
    let names = text("agent")?.iter().zip(text("peer")?.iter()).zip(text("type")?.iter());
    let ids = text("id")?.iter().zip(text("interval_edge")?.iter());
    let times = mails.column(tables::TIME_MICROS)?.i64()?.iter();
    Ok(groups
        .zip(text("message_id")?.iter())
        .zip(ids.zip(times))
        .zip(names)
        .map(|(((group, message), ((id, edge), time)), ((agent, peer), kind))| {
            let (session, (swarm, trace)) = group;
            let group = session.or(swarm).or(trace).unwrap_or_default();
            let is_receive = edge == Some("end");
            let recipient = if kind == Some("BROADCAST") { None } else { peer };
            Mail {
                series: message.map(|message| series(group, message)),
                time: time.unwrap_or_default(),
                is_receive,
                id: id.unwrap_or_default(),
                receiver: if is_receive { agent } else { recipient },
            }
        })
        .collect())
}

/// The sends, each with a receive of it or as lost.
fn sends(
    mails: &DataFrame,
    read: &BTreeSet<&str>,
    deliveries: &Deliveries,
    columns: &BTreeSet<String>,
) -> Result<DataFrame, QueryError> {
    let send_rows = row_numbers(deliveries.sends.iter().map(|(send, _)| Some(*send)));
    let receive_rows = row_numbers(deliveries.sends.iter().map(|(_, receive)| *receive));
    let of_receive = BTreeSet::from(["agent", "id", tables::TIME_MICROS]);
    let sends = gather(mails, read, &send_rows)?;
    let mut receives = gather(mails, &of_receive, &receive_rows)?;
    let names: Vec<String> = of_receive.iter().map(|name| format!("{RECEIVE}{name}")).collect();
    receives.set_column_names(&names)?;
    let receive = |name: &str| col(format!("{RECEIVE}{name}"));
    let received_us = || receive(tables::TIME_MICROS);
    let sent_us = || col(tables::TIME_MICROS);
    let value = |name: &str| {
        let value = match name {
            "delivery" => {
                when(received_us().is_null()).then(lit("lost")).otherwise(lit("delivered"))
            }
            "receive_id" => receive("id"),
            "peer" => coalesce(&[receive("agent"), col("peer")]),
            "sent_us" => sent_us(),
            "received_us" => received_us(),
            "latency_ns" => when(received_us().gt_eq(sent_us()))
                .then((received_us() - sent_us()) * lit(1000_i64))
                .otherwise(lit(NULL)),
            name => col(name),
        };
        value.alias(name)
    };
    let values: Vec<Expr> = columns.iter().map(|name| value(name)).collect();
    collect(sends.hstack(receives.columns())?.lazy().select(values))
}

/// The receives that no send has.
fn unclaimed(
    mails: &DataFrame,
    deliveries: &Deliveries,
    columns: &BTreeSet<String>,
) -> Result<DataFrame, QueryError> {
    let of = |was_sent: bool| {
        let chosen = deliveries.unclaimed.iter().filter(move |(_, is_sent)| *is_sent == was_sent);
        row_numbers(chosen.map(|(receive, _)| Some(*receive)))
    };
    let value = |name: &str, delivery: &str| {
        let number = || lit(NULL).cast(DataType::Int64);
        let value = match name {
            "delivery" => lit(delivery.to_owned()),
            "receive_id" => col("id"),
            "agent" => col("peer"),
            "peer" => col("agent"),
            "sent_us" | "latency_ns" => number(),
            "received_us" => col(tables::TIME_MICROS),
            name => col(name),
        };
        value.alias(name)
    };
    let rows = |was_sent: bool, delivery: &str| -> Result<DataFrame, QueryError> {
        let values: Vec<Expr> = columns.iter().map(|name| value(name, delivery)).collect();
        collect(mails.take(&of(was_sent))?.lazy().select(values))
    };
    Ok(rows(false, "unsent")?.vstack(&rows(true, "duplicate")?)?)
}

#[cfg(test)]
mod tests {
    use super::super::made_events::{Made, assert_agree, made, told_apart};
    use super::*;
    use proptest::prelude::*;

    /// All records are mails, of one of three messages or none.
    fn mails(all: Vec<Made>) -> Vec<Made> {
        told_apart(all.into_iter().map(|made| Made { key: Some(0), ..made }).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn the_text_and_the_stand_in_agree(all in prop::collection::vec(made(), 0..60)) {
            assert_agree("messages", matched_messages, &mails(all), None);
        }

        #[test]
        fn a_few_columns_are_those_of_all(all in prop::collection::vec(made(), 0..30)) {
            let columns = &["ts_us", "delivery", "agent", "latency_ns"];
            assert_agree("messages", matched_messages, &mails(all), Some(columns));
        }
    }
}
