//! Chrome's trace events, which Perfetto and `chrome://tracing` open.
//!
//! A session is a process, an agent in it a thread. Spans are complete events; where spans of one agent
//! overlap without one holding the other, the later one goes to a further lane, because threads nest.
//! Messages are slices in a lane of their own, joined by flow events; tokens and samples are counters.
//!
//! See "Trace Event Format" (the JSON object format).

mod lanes;

use super::columns::{GROUP, Row, STEP, rows};
use super::json::Json;
use super::{Export, ExportError, Exporter, Input, Options};
use crate::report::Table;
use lanes::{Lane, Lanes};
use std::collections::BTreeMap;
use std::io::Write;

pub(super) static CHROME: Chrome = Chrome;

/// The form `chrome`.
pub(super) struct Chrome;

const INPUTS: &[Input] = &[
    Input::rows(
        "spans",
        &[
            GROUP,
            STEP,
            &["component", "model", "task_id", "ts_us", "duration_ns", "status"],
            &["error_type", "error_message", "input_tokens", "output_tokens", "cost_microusd"],
        ],
    ),
    Input::rows(
        "messages",
        &[
            GROUP,
            &["message_id", "id", "agent", "peer", "delivery", "sent_us", "received_us", "ts_us"],
        ],
    ),
    Input::rows("token_uses", &[GROUP, &["ts_us", "input_tokens", "output_tokens"]]),
    Input::rows(
        "events",
        &[
            GROUP,
            &["id", "time", "type", "name", "agent", "status", "error_message", "interval_key"],
        ],
    ),
    Input::rows("metrics", &[GROUP, &["time", "name", "agent", "labels", "value"]]),
];

impl Exporter for Chrome {
    fn name(&self) -> &'static str {
        "chrome"
    }

    /// Not `chrome.json`: speedscope takes such a file for a profile of Chrome's own, which is a list.
    fn ending(&self) -> &'static str {
        "trace.json"
    }

    fn doc(&self) -> &'static str {
        "Chrome's trace events: lanes of agents, for Perfetto"
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn begin(&self, out: Box<dyn Write>, _: &Options) -> Box<dyn Export> {
        Box::new(ChromeExport {
            out,
            json: Json::default(),
            has_begun: false,
            lanes: Lanes::default(),
            flows: 0,
            tokens: BTreeMap::new(),
        })
    }
}

struct ChromeExport {
    out: Box<dyn Write>,
    json: Json,
    has_begun: bool,
    lanes: Lanes,
    /// The number of the last flow.
    flows: u64,
    /// Tokens read and written so far, by process.
    tokens: BTreeMap<u64, (i64, i64)>,
}

/// How long a message's slices are shown to be, in microseconds; they have no length of their own.
const MESSAGE_US: i64 = 1;

impl Export for ChromeExport {
    fn write(&mut self, name: &str, batch: &Table) -> Result<(), ExportError> {
        match name {
            "spans" => {
                let mut spans: Vec<Row<'_>> = rows(batch).collect();
                // What holds others comes before them.
                let length = |row: &Row<'_>| row.integer("duration_ns").unwrap_or(i64::MAX);
                spans.sort_by_key(|row| (start_us(*row), std::cmp::Reverse(length(row))));
                spans.into_iter().try_for_each(|row| self.write_span(row))
            }
            "messages" => rows(batch).try_for_each(|row| self.write_message(row)),
            "token_uses" => rows(batch).try_for_each(|row| self.write_tokens(row)),
            "events" => rows(batch).try_for_each(|row| self.write_instant(row)),
            _ => rows(batch).try_for_each(|row| self.write_sample(row)),
        }
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        let lanes = std::mem::take(&mut self.lanes);
        for (process, name) in lanes.processes() {
            self.begin_event("process_name", "M", process, 0);
            self.json.key("args").open('{').member("name", name).close('}');
            self.end_event()?;
        }
        for (lane, name, place) in lanes.threads() {
            self.begin_event("thread_name", "M", lane.process, lane.thread);
            self.json.key("args").open('{').member("name", &name).close('}');
            self.end_event()?;
            self.begin_event("thread_sort_index", "M", lane.process, lane.thread);
            self.json.key("args").open('{').key("sort_index").raw(place).close('}');
            self.end_event()?;
        }
        if !self.has_begun {
            self.out.write_all(b"{\"traceEvents\":[")?;
        }
        self.out.write_all(
            b"\n],\"displayTimeUnit\":\"ms\",\"otherData\":{\"source\":\"tracekit\"}}\n",
        )?;
        Ok(self.out.flush()?)
    }
}

/// When a row of a view or a table began, in microseconds since 1970.
fn start_us(row: Row<'_>) -> i64 {
    row.integer("ts_us").or(row.integer("time")).unwrap_or_default()
}

fn session_of(row: Row<'_>) -> &str {
    ["session_id", "swarm_id", "trace_id"]
        .into_iter()
        .find_map(|name| row.text(name))
        .unwrap_or("no session")
}

impl ChromeExport {
    fn begin_event(&mut self, name: &str, phase: &str, process: u64, thread: u64) {
        self.json.clear();
        self.json.open('{').member("name", name).member("ph", phase);
        self.json.key("pid").raw(process).key("tid").raw(thread);
    }

    fn end_event(&mut self) -> Result<(), ExportError> {
        self.json.close('}');
        let separator = if self.has_begun { ",\n" } else { "{\"traceEvents\":[\n" };
        self.has_begun = true;
        self.out.write_all(separator.as_bytes())?;
        Ok(self.out.write_all(self.json.text().as_bytes())?)
    }

    fn write_span(&mut self, row: Row<'_>) -> Result<(), ExportError> {
        let start = start_us(row);
        let duration = row.integer("duration_ns");
        let end = duration.map(|nanos| start.saturating_mul(1000).saturating_add(nanos));
        let agent = row.text("agent").unwrap_or("no agent");
        let lane = self.lanes.nested(session_of(row), agent, start.saturating_mul(1000), end);
        // A span that has not ended begins and never ends.
        let phase = if duration.is_some() { "X" } else { "B" };
        self.begin_event(super::attributes::span_name(row), phase, lane.process, lane.thread);
        self.json.member("cat", "span").key("ts").raw(start);
        if let Some(nanos) = duration {
            self.json.key("dur").raw(format_args!("{}.{:03}", nanos / 1000, nanos % 1000));
        }
        if matches!(row.text("status"), Some("error" | "timeout")) {
            self.json.member("cname", "terrible");
        }
        self.json.key("args").open('{');
        for column in [
            "id",
            "parent_id",
            "trace_id",
            "type",
            "component",
            "operation",
            "tool",
            "model",
            "task_id",
            "status",
            "error_type",
            "error_message",
        ] {
            self.json.optional(column, row.text(column));
        }
        for column in ["input_tokens", "output_tokens", "cost_microusd"] {
            if let Some(value) = row.integer(column) {
                self.json.key(column).raw(value);
            }
        }
        self.json.close('}');
        self.end_event()
    }

    fn write_message(&mut self, row: Row<'_>) -> Result<(), ExportError> {
        let session = session_of(row);
        let ends = [
            ("send", row.text("agent"), row.integer("sent_us").or(row.integer("sent"))),
            ("receive", row.text("peer"), row.integer("received_us").or(row.integer("received"))),
        ];
        let is_flow = ends.iter().all(|(_, agent, time)| agent.is_some() && time.is_some());
        self.flows += u64::from(is_flow);
        for (what, agent, time) in ends {
            let Some(time) = time else { continue };
            let agent = agent.unwrap_or("no agent");
            let lane: Lane = self.lanes.messages(session, agent);
            let other = if what == "send" { row.text("peer") } else { row.text("agent") };
            let name = format!("{what} {}", other.unwrap_or("to all"));
            self.begin_event(&name, "X", lane.process, lane.thread);
            self.json.member("cat", "message").key("ts").raw(time).key("dur").raw(MESSAGE_US);
            self.json.key("args").open('{').optional("message_id", row.text("message_id"));
            self.json.optional("delivery", row.text("delivery")).close('}');
            self.end_event()?;
            if is_flow {
                let phase = if what == "send" { "s" } else { "f" };
                self.begin_event("message", phase, lane.process, lane.thread);
                self.json.member("cat", "message").key("id").raw(self.flows).key("ts").raw(time);
                if what == "receive" {
                    self.json.member("bp", "e");
                }
                self.end_event()?;
            }
        }
        Ok(())
    }

    fn write_tokens(&mut self, row: Row<'_>) -> Result<(), ExportError> {
        let process = self.lanes.process(session_of(row));
        let (read, written) = self.tokens.entry(process).or_default();
        *read = read.saturating_add(row.integer("input_tokens").unwrap_or_default());
        *written = written.saturating_add(row.integer("output_tokens").unwrap_or_default());
        let (read, written) = (*read, *written);
        self.begin_event("tokens", "C", process, 0);
        self.json.key("ts").raw(start_us(row)).key("args").open('{');
        self.json.key("input").raw(read).key("output").raw(written).close('}');
        self.end_event()
    }

    fn write_instant(&mut self, row: Row<'_>) -> Result<(), ExportError> {
        // Ends of intervals and of messages are shown as such.
        if row.text("interval_key").is_some() {
            return Ok(());
        }
        let lane = self.lanes.first(session_of(row), row.text("agent").unwrap_or("no agent"));
        let name = row.text("type").unwrap_or("event");
        self.begin_event(name, "i", lane.process, lane.thread);
        self.json.member("cat", "event").member("s", "t").key("ts").raw(start_us(row));
        self.json.key("args").open('{');
        for column in ["id", "name", "status", "error_message"] {
            self.json.optional(column, row.text(column));
        }
        self.json.close('}');
        self.end_event()
    }

    fn write_sample(&mut self, row: Row<'_>) -> Result<(), ExportError> {
        let (Some(name), Some(value)) = (row.text("name"), row.float("value")) else {
            return Ok(());
        };
        let process = self.lanes.process(session_of(row));
        let parts = [Some(name), row.text("agent"), row.text("labels")];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        self.begin_event(&name, "C", process, 0);
        self.json.member("cat", "metric").key("ts").raw(start_us(row));
        self.json.key("args").open('{').key("value").float(value).close('}');
        self.end_event()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{export_text, table};
    use super::*;
    use serde_json::{Value, json};

    fn events(inputs: &[(&str, Table)]) -> Vec<Value> {
        let text = export_text(&CHROME, inputs);
        let whole: Value = serde_json::from_str(&text).unwrap();
        whole["traceEvents"].as_array().unwrap().clone()
    }

    #[test]
    fn spans_nest_in_lanes_and_overlaps_go_beside() {
        let span = |id: &str, start: i64, nanos: i64| {
            json!({"id": id, "name": id, "session_id": "s", "agent": "ann", "ts_us": start,
                "duration_ns": nanos, "status": "ok"})
        };
        let spans = table(&json!([
            span("whole", 10, 90_000),
            span("within", 20, 10_500),
            span("beyond", 50, 80_000)
        ]));
        let found = events(&[("spans", spans)]);
        let slices: Vec<(&str, i64, f64, i64)> = found
            .iter()
            .filter(|event| event["ph"] == "X")
            .map(|event| {
                let name = event["name"].as_str().unwrap();
                let dur = event["dur"].as_f64().unwrap();
                (name, event["ts"].as_i64().unwrap(), dur, event["tid"].as_i64().unwrap())
            })
            .collect();
        assert_eq!(
            slices,
            [("whole", 10, 90.0, 1), ("within", 20, 10.5, 1), ("beyond", 50, 80.0, 2)]
        );
        let names: Vec<&str> = found
            .iter()
            .filter(|event| event["name"] == "thread_name")
            .map(|event| event["args"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["ann", "ann (2)"]);
    }

    #[test]
    fn messages_are_flows_and_tokens_counters() {
        let messages = table(&json!([
            {"session_id": "s", "agent": "a", "peer": "b", "message_id": "m", "sent_us": 5,
             "received_us": 9, "delivery": "delivered"},
            {"session_id": "s", "agent": "a", "peer": "b", "message_id": "n", "sent_us": 6,
             "received_us": null, "delivery": "lost"}
        ]));
        let tokens = table(&json!([
            {"session_id": "s", "ts_us": 5, "input_tokens": 10, "output_tokens": 1},
            {"session_id": "s", "ts_us": 6, "input_tokens": 7, "output_tokens": 2}
        ]));
        let found = events(&[("messages", messages), ("token_uses", tokens)]);
        let phases = |phase: &str| -> Vec<&Value> {
            found.iter().filter(|event| event["ph"] == phase).collect()
        };
        assert_eq!((phases("s").len(), phases("f").len(), phases("X").len()), (1, 1, 3));
        assert_eq!((&phases("s")[0]["ts"], &phases("f")[0]["ts"]), (&json!(5), &json!(9)));
        assert_eq!(phases("s")[0]["id"], phases("f")[0]["id"]);
        assert_ne!(phases("s")[0]["tid"], phases("f")[0]["tid"]);
        let counts: Vec<&Value> = phases("C").iter().map(|event| &event["args"]).collect();
        assert_eq!(
            counts,
            [&json!({"input": 10, "output": 1}), &json!({"input": 17, "output": 3})]
        );
    }

    #[test]
    fn nothing_is_an_empty_trace() {
        assert_eq!(events(&[]), [] as [Value; 0]);
    }
}
