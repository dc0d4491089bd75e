//! Rows to runs: which spans and messages belong together, what hangs under what, and what a span's
//! time is.

use super::load::{Key, Keys, groups};
use super::run::{Code, Message, Names, Nature, Role, Run, Span, Unit};
use crate::query::hashed::HashMap;
use crate::report::{Table, Texts, Values};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The runs of these rows, in the order of their names.
pub(super) fn assemble(
    spans: &Table,
    messages: &Table,
    marks: &Table,
    keys: &Keys,
    names: &mut Names,
) -> Vec<Run> {
    let marks = Marks::of(marks);
    let mut members: BTreeMap<Key, Members> = BTreeMap::new();
    let mut last: Option<([Option<&str>; 3], Option<Key>)> = None;
    let mut key_of = |table, row| {
        let groups = groups(table, row);
        // Rows of one run mostly follow each other.
        match &last {
            Some((before, key)) if *before == groups => key.clone(),
            _ => {
                let key = keys.of(groups);
                last = Some((groups, key.clone()));
                key
            }
        }
    };
    for row in 0..spans.rows() {
        if let Some(key) = key_of(spans, row) {
            members.entry(key).or_default().spans.push(row);
        }
    }
    for row in 0..messages.rows() {
        if let Some(key) = key_of(messages, row) {
            members.entry(key).or_default().messages.push(row);
        }
    }
    let mut reader = Reader::of(spans, marks, names);
    let members = members.into_iter().filter(|(_, members)| !members.spans.is_empty());
    let mut runs: Vec<Run> = members
        .map(|((unit, id), members)| Run {
            unit,
            id: reader.names.code(Some(&id)),
            spans: members.spans.into_iter().map(|row| reader.span(row)).collect(),
            messages: messages_of(messages, members.messages, reader.names),
        })
        .collect();
    runs.par_iter_mut().for_each(|run| run.put_together(spans));
    runs
}

/// The spans of a table whose rows are all of one run.
pub(in crate::analysis) fn run_of(
    unit: Unit,
    spans: &Table,
    messages: &Table,
    names: &mut Names,
) -> Run {
    let messages = messages_of(messages, (0..messages.rows()).collect(), names);
    let marks = Marks::default();
    let mut reader = Reader::of(spans, marks, names);
    let read = (0..spans.rows()).map(|row| reader.span(row)).collect();
    let mut run = Run { unit, spans: read, messages, ..Run::default() };
    run.put_together(spans);
    run
}

/// The farthest time from 1970 that counts, in nanoseconds (146 years): so no difference is too large.
const FARTHEST: i64 = i64::MAX / 2;

/// Microseconds as nanoseconds; what lies farther than [`FARTHEST`] counts as that.
fn nanos(micros: i64) -> i64 {
    micros.saturating_mul(1000).clamp(-FARTHEST, FARTHEST)
}

/// The rows of one run.
#[derive(Debug, Default)]
struct Members {
    spans: Vec<usize>,
    messages: Vec<usize>,
}

fn messages_of(table: &Table, rows: Vec<usize>, names: &mut Names) -> Vec<Message> {
    let time = |name, row| table.integer(name, row).map(nanos);
    let mut messages: Vec<Message> = rows
        .into_iter()
        .filter_map(|row| {
            Some(Message {
                sender: names.code(table.text("agent", row)),
                receiver: names.code(table.text("peer", row)),
                sent: time("sent_us", row)?,
                received: time("received_us", row)?,
                row: u32::try_from(row).ok()?,
            })
        })
        .collect();
    messages.sort_by(|left, right| {
        let text = |name, message: &Message| table.text(name, message.row as usize);
        (left.received, left.sent)
            .cmp(&(right.received, right.sent))
            .then_with(|| text("id", left).cmp(&text("id", right)))
            .then_with(|| text("peer", left).cmp(&text("peer", right)))
    });
    messages
}

/// What OTLP says of spans besides their columns, by trace, id and start.
#[derive(Debug, Default)]
struct Marks<'t> {
    table: Option<&'t Table>,
    rows: HashMap<(Option<&'t str>, &'t str), Vec<usize>>,
}

impl<'t> Marks<'t> {
    fn of(table: &'t Table) -> Self {
        let mut rows: HashMap<_, Vec<usize>> = HashMap::default();
        for row in 0..table.rows() {
            if let Some(id) = table.text("id", row) {
                rows.entry((table.text("trace_id", row), id)).or_default().push(row);
            }
        }
        Self { table: Some(table), rows }
    }

    fn find(&self, spans: &Table, row: usize) -> Option<(&'t Table, usize)> {
        let table = self.table.filter(|_| !self.rows.is_empty())?;
        let rows = self.rows.get(&(spans.text("trace_id", row), spans.text("id", row)?))?;
        let start = spans.integer("ts_us", row);
        let row = rows.iter().find(|mark| table.integer("ts_us", **mark) == start)?;
        Some((table, *row))
    }
}

/// The columns of names that a span has.
const NAMES: [&str; 8] =
    ["agent", "peer", "component", "operation", "tool", "model", "name", "type"];

struct Reader<'r, 't> {
    spans: &'t Table,
    /// [`NAMES`], each with its last row's name and number: names mostly repeat.
    columns: [(Option<&'t Texts>, Option<&'t str>, Code); NAMES.len()],
    marks: Marks<'t>,
    names: &'r mut Names,
    /// Whether a name is that of waiting for a person.
    approvals: HashMap<Code, bool>,
}

impl<'r, 't> Reader<'r, 't> {
    fn of(spans: &'t Table, marks: Marks<'t>, names: &'r mut Names) -> Self {
        let column = |name| match &spans.column(name)?.values {
            Values::Text(texts) => Some(texts),
            _ => None,
        };
        let columns = NAMES.map(|name| (column(name), None, 0));
        Self { spans, columns, marks, names, approvals: HashMap::default() }
    }

    fn span(&mut self, row: usize) -> Span {
        let spans = self.spans;
        let mut codes = [0; NAMES.len()];
        for ((texts, last, known), code) in self.columns.iter_mut().zip(&mut codes) {
            let text = texts.and_then(|texts| texts.get(row));
            if text != *last {
                (*last, *known) = (text, self.names.code(text));
            }
            *code = *known;
        }
        let [agent, peer, component, operation, tool, model, name, kind] = codes;
        let start = nanos(spans.integer("ts_us", row).unwrap_or_default());
        let duration = spans.integer("duration_ns", row);
        let mut span = Span {
            start,
            end: start.saturating_add(duration.unwrap_or_default().max(0)).min(FARTHEST),
            has_ended: duration.is_some(),
            agent,
            peer,
            component,
            operation,
            tool,
            model,
            name,
            row: u32::try_from(row).unwrap_or(u32::MAX),
            ..Span::default()
        };
        let waits = [kind, span.tool, span.operation].map(|name| self.is_approval(name));
        span.nature = match spans.text("extent", row) {
            Some("lifetime") => Nature::Lifetime,
            Some(_) => Nature::Wrapper,
            None if waits.contains(&true) => Nature::Approval,
            None => Nature::Work,
        };
        if span.name == 0 {
            span.name =
                [span.operation, span.tool, kind].into_iter().find(|one| *one != 0).unwrap_or(0);
        }
        if let Some((marks, mark)) = self.marks.find(spans, row) {
            let kind = marks.text("span_kind", mark).unwrap_or_default();
            span.role = match kind {
                "3" | "SPAN_KIND_CLIENT" | "client" => Role::Client,
                "2" | "SPAN_KIND_SERVER" | "server" => Role::Server,
                _ => Role::None,
            };
            let links = marks.text("links", mark).map(str::to_ascii_lowercase);
            let parent = spans.text("parent_id", row).map(str::to_ascii_lowercase);
            let follows = parent.zip(links).is_some_and(|(parent, links)| links.contains(&parent));
            span.is_detached = follows || matches!(kind, "5" | "SPAN_KIND_CONSUMER" | "consumer");
        }
        span
    }

    fn is_approval(&mut self, name: Code) -> bool {
        let text = self.names.text(name);
        *self.approvals.entry(name).or_insert_with(|| text.is_some_and(names_a_wait_for_a_person))
    }
}

/// Words of types, tools and operations whose time a person takes.
pub(super) const APPROVALS: [&str; 12] = [
    "approval",
    "ask_human",
    "ask_user",
    "blocked_on_user",
    "elicitation",
    "exit_plan_mode",
    "hitl",
    "human_feedback",
    "human_in_the_loop",
    "human_input",
    "user_confirmation",
    "user_input",
];

/// Whether a name holds one of [`APPROVALS`] as whole words, in any case and spelling.
fn names_a_wait_for_a_person(name: &str) -> bool {
    let mut words = String::from("_");
    let mut was_lower = false;
    for char in name.chars() {
        if char.is_uppercase() && was_lower && !words.ends_with('_') {
            words.push('_');
        }
        was_lower = char.is_lowercase() || char.is_ascii_digit();
        if char.is_alphanumeric() {
            words.extend(char.to_lowercase());
        } else if !words.ends_with('_') {
            words.push('_');
        }
    }
    words.push('_');
    APPROVALS.iter().any(|phrase| words.contains(&format!("_{phrase}_")))
}

/// A span that hands over to an agent.
#[derive(Clone, Copy, Debug)]
struct Call {
    start: i64,
    end: i64,
    place: u32,
    /// The last end of it and those before it.
    last: i64,
}

impl Run {
    /// Puts spans in order and finds what hangs under what.
    fn put_together(&mut self, table: &Table) {
        self.spans.sort_by(|left, right| {
            let text = |name, span: &Span| table.text(name, span.row as usize);
            left.start
                .cmp(&right.start)
                .then_with(|| text("id", left).cmp(&text("id", right)))
                .then_with(|| left.end.cmp(&right.end))
                .then_with(|| text("trace_id", left).cmp(&text("trace_id", right)))
        });
        self.link(table);
        self.settle();
    }

    /// Finds the span above each: by the parent's id, in the same trace where there are several; for one
    /// without, the call that handed over to its agent, or the interval of its trace.
    fn link(&mut self, table: &Table) {
        let mut by_id: HashMap<&str, u32> = HashMap::default();
        let mut by_trace: HashMap<(&str, &str), u32> = HashMap::default();
        let mut wrappers: HashMap<&str, u32> = HashMap::default();
        let mut calls: HashMap<Code, Vec<Call>> = HashMap::default();
        for (place, span) in (0_u32..).zip(&self.spans) {
            let row = span.row as usize;
            let trace = table.text("trace_id", row);
            if let Some(id) = table.text("id", row) {
                by_id.entry(id).or_insert(place);
                if let Some(trace) = trace {
                    by_trace.entry((trace, id)).or_insert(place);
                }
            }
            if let (Nature::Wrapper, Some(trace)) = (span.nature, trace) {
                wrappers.entry(trace).or_insert(place);
            }
            if span.peer != 0 && span.peer != span.agent {
                let calls = calls.entry(span.peer).or_default();
                let last = calls.last().map_or(span.end, |call| call.last.max(span.end));
                calls.push(Call { start: span.start, end: span.end, place, last });
            }
        }
        let find = |place: u32, span: &Span| {
            let row = span.row as usize;
            let trace = table.text("trace_id", row);
            let id = table.text("parent_id", row);
            let in_trace = || by_trace.get(&(trace?, id?)).copied();
            let named = in_trace().or_else(|| by_id.get(id?).copied());
            let call = || {
                let calls = calls.get(&span.agent).filter(|_| span.agent != 0)?;
                let begun = calls.partition_point(|call| call.start <= span.start);
                let mut open =
                    calls[..begun].iter().rev().take_while(|call| call.last > span.start);
                open.find(|call| call.end > span.start).map(|call| call.place)
            };
            let wrapper = || wrappers.get(trace?).copied();
            named.or_else(call).or_else(wrapper).filter(|parent| *parent != place)
        };
        let parents: Vec<Option<u32>> =
            (0_u32..).zip(&self.spans).map(|(place, span)| find(place, span)).collect();
        for (span, parent) in self.spans.iter_mut().zip(parents) {
            span.parent = parent;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_persons_are_known_by_their_words() {
        for name in [
            "AskUserQuestion",
            "claude_code.tool.blocked_on_user",
            "HUMAN_INPUT",
            "request approval",
        ] {
            assert!(names_a_wait_for_a_person(name), "{name}");
        }
        for name in ["approvals_report", "search", "human genome", "task_users", ""] {
            assert!(!names_a_wait_for_a_person(name), "{name}");
        }
    }
}
