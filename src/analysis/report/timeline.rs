//! The timeline of a report: agents as lanes, spans as bars, messages as arrows, errors as marks.
//!
//! Of more spans than can be drawn the longest are; then counts of records show where the others are.

use super::super::finish::{integer_of, run, text_of};
use super::super::series::usual_width;
use super::super::text;
use crate::query::hashed::{HashMap, HashSet};
use crate::query::{Engine, QueryError, to_table};
use crate::report::{Arrow, Chart, Density, Drawing, Mark, Table, Timeline, TimelineBars};
use std::collections::BTreeMap;

/// So many lanes are drawn; who was busy for the shortest time shares the last one.
const MOST_LANES: usize = 60;

/// So many rows a lane has at most; what overlaps more lies in the last one.
const MOST_ROWS: usize = 24;

/// Into so many steps counts of records are cut, at most.
const STEPS: i64 = 400;

/// So many characters of a message of an error are shown.
const MOST_CHARS: usize = 400;

/// What has no agent and no component.
const NOBODY: &str = "(no agent)";

/// The chart; nothing where there is no span.
///
/// # Errors
/// Those of the engine.
pub(super) fn timeline(
    engine: &Engine,
    critical: &HashSet<String>,
) -> Result<Option<Chart>, QueryError> {
    // What a filter cannot be put on is left out here as in its own section, which says so.
    let ask = |name: &str| match run(engine, name) {
        Err(QueryError::NoSuchFilter { .. }) => Ok(Table::default()),
        found => found,
    };
    let counts = run(engine, "timeline_counts")?;
    let number = |name: &str| counts.integer(name, 0).unwrap_or_default();
    let spans = run(engine, "timeline_spans")?;
    if spans.is_empty() {
        return Ok(None);
    }
    let (start_us, end_us) = (number("first_us"), number("last_us"));
    let mut timeline = Timeline { start_us, end_us, ..Timeline::default() };
    let lane_of = draw_spans(&mut timeline, &spans, critical);
    let drawn = i64::try_from(spans.rows()).unwrap_or(i64::MAX);
    if drawn < number("spans") {
        timeline.note = Some(format!(
            "The {drawn} longest of {} spans are drawn; the shade behind them counts all records.",
            number("spans")
        ));
        timeline.density = Some(density(engine, &timeline, &lane_of)?);
    }
    draw_messages(&mut timeline, &ask("timeline_messages")?, &lane_of);
    draw_errors(&mut timeline, &ask("timeline_errors")?, &spans, &lane_of);
    let about = "Each lane is an agent, each bar a span, each arrow a message; the critical path is that \
                 of the slowest run. Choose a bar for what is known of it.";
    Ok(Some(Chart {
        id: "timeline".to_owned(),
        title: "Timeline".to_owned(),
        about: about.to_owned(),
        drawing: Drawing::Timeline(Box::new(timeline)),
    }))
}

/// Texts by their places, in the order in which they came.
#[derive(Default)]
struct Places<'t> {
    of: HashMap<&'t str, usize>,
    all: Vec<String>,
}

impl<'t> Places<'t> {
    fn place(&mut self, text: &'t str) -> usize {
        *self.of.entry(text).or_insert_with(|| {
            self.all.push(text.to_owned());
            self.all.len() - 1
        })
    }

    /// −1 for none.
    fn place_if_any(&mut self, text: Option<&'t str>) -> i64 {
        text.map_or(-1, |text| i64::try_from(self.place(text)).unwrap_or(-1))
    }
}

/// The lanes by the names of those who are in them.
type LaneOf = HashMap<String, usize>;

/// Adds the spans, and says in which lane everybody is.
fn draw_spans(timeline: &mut Timeline, spans: &Table, critical: &HashSet<String>) -> LaneOf {
    let text = |name: &'static str| text_of(spans, name);
    let (agent, component) = (text("agent"), text("component"));
    let (ts_us, duration_ns) = (integer_of(spans, "ts_us"), integer_of(spans, "duration_ns"));
    let who = |row: usize| agent(row).or_else(|| component(row)).unwrap_or(NOBODY);
    let start_us = timeline.start_us;
    let end_us = timeline.end_us - start_us;
    let begin = |row: usize| ts_us(row).unwrap_or(start_us) - start_us;
    let length = |row: usize| {
        duration_ns(row).map_or((end_us - begin(row)).max(0) as f64, |nanos| nanos as f64 / 1e3)
    };
    let lane_of = lanes(timeline, (0..spans.rows()).map(|row| (who(row), begin(row), length(row))));
    let mut order: Vec<usize> = (0..spans.rows()).collect();
    // A span that holds others stands before them.
    order.sort_by(|a, b| {
        (begin(*a), length(*b)).partial_cmp(&(begin(*b), length(*a))).unwrap_or(a.cmp(b))
    });
    let mut rows_of_lane: Vec<Vec<f64>> = vec![Vec::new(); timeline.lanes.len()];
    let [mut names, mut types, mut statuses, mut sessions, mut traces] =
        std::array::from_fn(|_| Places::default());
    let mut place_of_id: HashMap<(&str, &str), usize> = HashMap::default();
    let columns =
        ["id", "parent_id", "session_id", "trace_id", "name", "operation", "type", "status"]
            .map(text);
    let [id, parent, session, trace, name, operation, kind, status] = &columns;
    // An id is that of one record in its trace, or in its session where no trace is named.
    let scope = |row: usize| trace(row).or_else(|| session(row)).unwrap_or_default();
    for (place, row) in order.iter().copied().enumerate() {
        place_of_id.insert((scope(row), id(row).unwrap_or_default()), place);
    }
    let mut bars = TimelineBars::default();
    for row in order {
        let lane = lane_of.get(who(row)).copied().unwrap_or_default();
        bars.lane.push(lane);
        bars.row.push(free_row(&mut rows_of_lane[lane], begin(row) as f64, length(row)));
        let called = name(row).or_else(|| operation(row)).or_else(|| kind(row));
        bars.name.push(names.place(called.unwrap_or("span")));
        bars.kind.push(types.place(kind(row).unwrap_or("span")));
        let state = match duration_ns(row) {
            None => "unfinished",
            Some(_) => status(row).unwrap_or("unset"),
        };
        bars.status.push(statuses.place(state));
        bars.start_us.push(begin(row));
        bars.length_us.push(length(row));
        let above = parent(row).and_then(|parent| place_of_id.get(&(scope(row), parent)).copied());
        bars.parent.push(above.and_then(|place| i64::try_from(place).ok()).unwrap_or(-1));
        bars.session.push(sessions.place_if_any(session(row)));
        bars.trace.push(traces.place_if_any(trace(row)));
        let id = id(row).unwrap_or_default();
        bars.id.push(id.to_owned());
        bars.critical.push(u8::from(critical.contains(id)));
        let place = bars.id.len() - 1;
        let details = details(spans, row);
        if !details.is_empty() {
            timeline.details.insert(place, details);
        }
    }
    timeline.bars = bars;
    (timeline.names, timeline.types, timeline.statuses) = (names.all, types.all, statuses.all);
    (timeline.sessions, timeline.traces) = (sessions.all, traces.all);
    lane_of
}

/// Names the lanes, those that began first on top.
fn lanes<'t>(timeline: &mut Timeline, spans: impl Iterator<Item = (&'t str, i64, f64)>) -> LaneOf {
    let mut all: BTreeMap<&str, (i64, f64)> = BTreeMap::new();
    for (who, begin, length) in spans {
        let (first, busy) = all.entry(who).or_insert((begin, 0.0));
        *first = begin.min(*first);
        *busy += length;
    }
    let mut by_busy: Vec<(&str, (i64, f64))> = all.into_iter().collect();
    by_busy.sort_by(|a, b| b.1.1.total_cmp(&a.1.1));
    let rest = by_busy.split_off(by_busy.len().min(MOST_LANES));
    by_busy.sort_by_key(|(who, (first, _))| (*first, *who));
    let mut lane_of = LaneOf::default();
    for (who, _) in by_busy {
        lane_of.insert(who.to_owned(), timeline.lanes.len());
        timeline.lanes.push(who.to_owned());
    }
    if !rest.is_empty() {
        let others = timeline.lanes.len();
        timeline.lanes.push(format!("{} others", rest.len()));
        lane_of.extend(rest.into_iter().map(|(who, _)| (who.to_owned(), others)));
    }
    lane_of
}

/// The first row that is free at `begin`; `ends` are the ends of what lies in each row.
fn free_row(ends: &mut Vec<f64>, begin: f64, length: f64) -> usize {
    let row = ends.iter().position(|end| *end <= begin).unwrap_or(ends.len()).min(MOST_ROWS - 1);
    let end = begin + length;
    match ends.get_mut(row) {
        Some(known) => *known = known.max(end),
        None => ends.push(end),
    }
    row
}

/// What else is known of a span.
fn details(spans: &Table, row: usize) -> BTreeMap<&'static str, String> {
    ["operation", "tool", "model", "component", "error_type", "error_message"]
        .into_iter()
        .filter_map(|name| {
            let text = spans.text(name, row).filter(|text| !text.is_empty())?;
            Some((name, text.chars().take(MOST_CHARS).collect()))
        })
        .collect()
}

fn draw_messages(timeline: &mut Timeline, found: &Table, lane_of: &LaneOf) {
    let (agent, peer, kind) =
        (text_of(found, "agent"), text_of(found, "peer"), text_of(found, "type"));
    let (sent, received) = (integer_of(found, "sent_us"), integer_of(found, "received_us"));
    for row in 0..found.rows() {
        let lane = |name: Option<&str>| lane_of.get(name?).copied();
        let (Some(from_lane), Some(to_lane), Some(sent_us)) =
            (lane(agent(row)), lane(peer(row)), sent(row))
        else {
            continue;
        };
        let text = format!(
            "{} → {}: {}",
            agent(row).unwrap_or_default(),
            peer(row).unwrap_or_default(),
            kind(row).unwrap_or("message")
        );
        timeline.arrows.push(Arrow {
            from_lane,
            to_lane,
            sent_us: sent_us - timeline.start_us,
            received_us: received(row).map(|time| time - timeline.start_us),
            text,
        });
    }
}

/// Marks the errors that are not those of a span that is drawn; an error has the id of the record that
/// ended its span.
fn draw_errors(timeline: &mut Timeline, found: &Table, spans: &Table, lane_of: &LaneOf) {
    let last_id = text_of(spans, "last_id");
    let drawn: HashSet<&str> = (0..spans.rows()).filter_map(last_id).collect();
    let (id, agent, ts_us) =
        (text_of(found, "id"), text_of(found, "agent"), integer_of(found, "ts_us"));
    let (kind, message) = (text_of(found, "error_type"), text_of(found, "error_message"));
    let marks = (0..found.rows()).filter(|row| id(*row).is_none_or(|id| !drawn.contains(id)));
    let marks = marks.filter_map(|row| {
        let texts: Vec<&str> = [kind(row), message(row)].into_iter().flatten().collect();
        let text = if texts.is_empty() { "error".to_owned() } else { texts.join(": ") };
        Some(Mark {
            lane: *lane_of.get(agent(row)?)?,
            at_us: ts_us(row)? - timeline.start_us,
            text: text.chars().take(MOST_CHARS).collect(),
        })
    });
    timeline.marks = marks.collect();
}

/// How many records there are of whom when.
fn density(engine: &Engine, timeline: &Timeline, lane_of: &LaneOf) -> Result<Density, QueryError> {
    let step_us = usual_width(timeline.end_us - timeline.start_us, STEPS);
    let sql = text("timeline_density").replace("60000000", &step_us.to_string());
    let found = to_table(&engine.run(&sql)?)?;
    let steps = usize::try_from((timeline.end_us - timeline.start_us) / step_us + 2).unwrap_or(0);
    let mut lanes = vec![vec![0_u32; steps]; timeline.lanes.len()];
    let mut errors = lanes.clone();
    let (agent, bucket_us) = (text_of(&found, "agent"), integer_of(&found, "bucket_us"));
    let (records, failed) = (integer_of(&found, "records"), integer_of(&found, "errors"));
    for row in 0..found.rows() {
        let who = agent(row).filter(|name| !name.is_empty()).unwrap_or(NOBODY);
        let Some(lane) = lane_of.get(who).copied() else { continue };
        // A bucket may begin before the first span.
        let place = bucket_us(row).map_or(0, |time| (time - timeline.start_us).max(0) / step_us);
        let Some(place) = usize::try_from(place).ok().filter(|place| *place < steps) else {
            continue;
        };
        let count = |value: Option<i64>| u32::try_from(value.unwrap_or(0)).unwrap_or(u32::MAX);
        lanes[lane][place] = lanes[lane][place].saturating_add(count(records(row)));
        errors[lane][place] = errors[lane][place].saturating_add(count(failed(row)));
    }
    Ok(Density { step_us, lanes, errors })
}

#[cfg(test)]
mod tests {
    use super::super::super::made_rows::rows_of;
    use super::*;

    fn drawn(rows: &[&str]) -> Timeline {
        let mut timeline = Timeline { start_us: 1_000, end_us: 2_000, ..Timeline::default() };
        draw_spans(&mut timeline, &rows_of(rows), &HashSet::from_iter(["b".to_owned()]));
        timeline
    }

    #[test]
    fn spans_that_overlap_lie_in_different_rows_and_know_what_is_above_them() {
        let timeline = drawn(&[
            r#"{"id":"b","parent_id":"a","trace_id":"t","agent":"x","type":"tool","ts_us":1100,"duration_ns":200000,"status":"error","error_message":"no"}"#,
            r#"{"id":"a","parent_id":null,"trace_id":"t","agent":"x","type":"task","ts_us":1000,"duration_ns":500000,"status":"ok"}"#,
            r#"{"id":"c","parent_id":"gone","trace_id":"t","agent":"x","type":"task","ts_us":1500,"duration_ns":1000,"status":"ok"}"#,
            r#"{"id":"d","parent_id":"a","trace_id":"u","agent":"y","type":"task","ts_us":1050,"duration_ns":null,"status":"unset"}"#,
        ]);
        let bars = &timeline.bars;
        assert_eq!(timeline.lanes, ["x", "y"]);
        assert_eq!(bars.id, ["a", "d", "b", "c"]);
        // c begins when a ends, so it may have a's row.
        assert_eq!(bars.row, [0, 0, 1, 0]);
        // d names a, but a is in another trace.
        assert_eq!(bars.parent, [-1, -1, 0, -1]);
        assert_eq!(bars.start_us, [0, 50, 100, 500]);
        // Without an end it lasts to the end of all.
        assert_eq!(bars.length_us, [500.0, 950.0, 200.0, 1.0]);
        assert_eq!(bars.critical, [0, 0, 1, 0]);
        let states: Vec<&str> =
            bars.status.iter().map(|place| timeline.statuses[*place].as_str()).collect();
        assert_eq!(states, ["ok", "unfinished", "error", "ok"]);
        assert_eq!(timeline.details[&2]["error_message"], "no");
    }

    #[test]
    fn who_was_busy_for_the_shortest_time_shares_a_lane() {
        let rows: Vec<String> = (0..MOST_LANES + 2)
            .map(|n| {
                format!(
                    r#"{{"id":"{n}","agent":"a{n:02}","ts_us":1000,"duration_ns":{}}}"#,
                    (n + 1) * 1000
                )
            })
            .collect();
        let timeline = drawn(&rows.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(timeline.lanes.len(), MOST_LANES + 1);
        assert_eq!(timeline.lanes[0], "a02");
        assert_eq!(timeline.lanes[MOST_LANES], "2 others");
        let in_last = timeline.bars.lane.iter().filter(|lane| **lane == MOST_LANES).count();
        assert_eq!(in_last, 2);
    }

    #[test]
    fn rows_of_a_lane_end() {
        let mut ends = Vec::new();
        let rows: Vec<usize> = (0..40).map(|_| free_row(&mut ends, 0.0, 1.0)).collect();
        assert_eq!(rows[..3], [0, 1, 2]);
        assert_eq!(rows[39], MOST_ROWS - 1);
        assert_eq!(free_row(&mut ends, 1.0, 1.0), 0);
    }
}
