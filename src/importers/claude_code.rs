//! Claude Code sessions: one file per session, and for newer versions one per sub-agent.
//!
//! ```json
//! {"type":"user","uuid":"u1","parentUuid":null,"sessionId":"s","isSidechain":false,"timestamp":"2026-03-02T09:00:00.000Z","message":{"role":"user","content":"Fix the test"}}
//! {"type":"assistant","uuid":"a1","parentUuid":"u1","sessionId":"s",…,"message":{"id":"msg_1","model":"…","content":[{"type":"tool_use",…}],"usage":{"input_tokens":10,…}}}
//! {"type":"user","uuid":"u2","parentUuid":"a1","sessionId":"s",…,"message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"…"}]}}
//! ```
//! Every line with a time is an event. Turns, sub-agents, calls of the model and of tools are spans
//! that several lines give together; tokens and cost stand on the calls of the model alone.
//! Joining a sub-agent's own file to its session is left to the views.

mod agents;
mod calls;
mod chain;
mod content;
mod line;
mod side;
mod spans;

use super::json::{Fields, Raw, Tape};
use super::{FileReader, ImportOptions, Importer, Line, Match, Reader, Sink};
use line::{LineParser, Transcript};

/// The format `claude-code`.
pub(super) struct ClaudeCode;

impl Importer for ClaudeCode {
    fn name(&self) -> &'static str {
        "claude-code"
    }

    fn summary(&self) -> &'static str {
        "Claude Code session files, those of sub-agents too"
    }

    fn fills(&self) -> &'static [&'static str] {
        &[
            "duration_ns",
            "name",
            "parent_id",
            "trace_id",
            "session_id",
            "agent",
            "peer",
            "component",
            "operation",
            "tool",
            "model",
            "severity",
            "error_type",
            "error_message",
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_write_tokens",
            "cost_microusd",
            "data",
        ]
    }

    fn is_assembled(&self) -> bool {
        true
    }

    fn sniff(&self, fields: &Fields<'_>) -> Match {
        let Some(line_type) = fields.text("type") else { return Match::No };
        let in_session = fields.get("sessionId").is_some_and(Raw::is_string);
        let is_linked = fields.has("uuid") || fields.has("parentUuid");
        if in_session && is_linked {
            return Match::Yes;
        }
        let has = |keys: &[&str]| keys.iter().all(|key| fields.has(key));
        match line_type.as_ref() {
            "summary" if has(&["summary", "leafUuid"]) => Match::Yes,
            "file-history-snapshot" if has(&["messageId", "snapshot"]) => Match::Yes,
            "queue-operation" if in_session && has(&["operation"]) => Match::Yes,
            // Titles, modes and other notes, with which newer files begin.
            _ if in_session => Match::Maybe,
            "user" | "assistant" if fields.get("message").is_some_and(Raw::is_object) => {
                Match::Maybe
            }
            _ => Match::No,
        }
    }

    fn reader<'o>(&self, options: &'o ImportOptions) -> Reader<'o> {
        Reader::File(Box::new(SessionReader { options }))
    }
}

struct SessionReader<'o> {
    options: &'o ImportOptions,
}

impl FileReader for SessionReader<'_> {
    fn read(&mut self, lines: &[Line<'_>], sink: &mut dyn Sink) {
        let mut parser = LineParser::new(self.options);
        let mut transcript = Transcript::default();
        let mut tapes: Vec<Tape> = lines.iter().map(|_| Tape::new()).collect();
        for (&line, tape) in lines.iter().zip(&mut tapes) {
            match parser.read(line, tape, &mut transcript) {
                Ok(None) => {}
                Ok(Some(reason)) => sink.skip(line, reason),
                Err(reject) => sink.reject(line, reject),
            }
        }
        spans::emit(&transcript, sink);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Category;
    use super::super::collect::{Collected, Row, assert_leaves_kept, read};
    use super::super::json::fields as fields_of;
    use super::*;

    const SESSION: &str = include_str!("../../fixtures/claude-code/session.jsonl");
    const AGENT: &str = include_str!("../../fixtures/claude-code/agent-7c1d9e02.jsonl");
    const RESUMED: &str = include_str!("../../fixtures/claude-code/resumed.jsonl");
    const SESSION_ID: &str = "7d0c5b1e-0000-4000-8000-00000000f00d";
    /// 2026-03-02 09:00:00 UTC in milliseconds: 20,514 days and 9 hours.
    const NINE: i64 = 1_772_442_000_000;

    fn spans<'c>(found: &'c Collected, span_type: &str) -> Vec<&'c Row> {
        let spans = found.having("kind", "span").into_iter();
        spans.filter(|row| row["type"] == span_type).collect()
    }

    fn sum(rows: &[&Row], column: &str) -> i64 {
        rows.iter().filter_map(|row| row.get(column)).map(|text| text.parse::<i64>().unwrap()).sum()
    }

    /// Id, start in milliseconds after nine o'clock, duration in milliseconds, parent, status.
    type Outline<'c> = (&'c str, i64, Option<i64>, &'c str, &'c str);

    fn outline(row: &Row) -> Outline<'_> {
        let start = row["time"].parse::<i64>().unwrap() / 1000 - NINE;
        let duration = row.get("duration_ns").map(|text| text.parse::<i64>().unwrap() / 1_000_000);
        let parent = row.get("parent_id").map_or("", String::as_str);
        (&row["id"], start, duration, parent, &row["status"])
    }

    fn outlines<'c>(found: &'c Collected, span_type: &str) -> Vec<Outline<'c>> {
        spans(found, span_type).into_iter().map(outline).collect()
    }

    #[test]
    fn every_line_is_an_event_or_counted() {
        let found = read(&ClaudeCode, SESSION);
        let events = found.having("kind", "event");
        assert_eq!(found.rejects, []);
        assert_eq!(found.skips, [(1, "file history snapshot"), (24, "summary line")]);
        let lines: Vec<&str> = SESSION.lines().collect();
        let data: Vec<&str> = events.iter().map(|row| row["data"].as_str()).collect();
        assert_eq!(data, lines[1..23]);
        assert!(events.iter().all(|row| !row.contains_key("output_tokens")));
        let types: Vec<&str> = events.iter().map(|row| row["type"].as_str()).collect();
        assert_eq!(types[5..7], ["ASSISTANT", "TOOL_RESULT"]);
        assert_eq!(types[16..18], ["SYSTEM", "USER"]);
        assert_eq!(events[16]["error_type"], "api_error");
        assert_eq!(events[16]["status"], "error");
    }

    #[test]
    fn prompts_begin_turns_and_commands_do_not() {
        let found = read(&ClaudeCode, SESSION);
        // The first turn was overtaken while a tool ran; the second ends with the last line.
        assert_eq!(
            outlines(&found, "TURN"),
            [
                ("p1/turn", 0, Some(25_000), "", "unset"),
                ("p2/turn", 60_000, Some(30_000), "", "ok"),
            ]
        );
        let trace = |id: &str| found.having("id", id)[0]["trace_id"].clone();
        assert_eq!(trace("c2"), SESSION_ID);
        assert_eq!(trace("p1"), "p1/turn");
        assert_eq!(trace("toolu_grep"), "p1/turn");
        assert_eq!(trace("e1"), "p2/turn");
    }

    #[test]
    fn split_answers_are_one_call_with_its_tokens_once() {
        let found = read(&ClaudeCode, SESSION);
        assert_eq!(
            outlines(&found, "LLM"),
            [
                ("msg_01", 0, Some(4_000), "p1/turn", "ok"),
                ("msg_02", 6_500, Some(3_000), "p1/turn", "ok"),
                ("msg_s1", 9_600, Some(2_400), &format!("agent:{SESSION_ID}:Explore-1"), "ok"),
                ("msg_s2", 12_250, Some(2_750), &format!("agent:{SESSION_ID}:Explore-1"), "ok"),
                ("msg_03", 20_000, Some(4_000), "p1/turn", "ok"),
                ("b7a2c0de-0000-4000-8000-00000000000e", 60_000, Some(1_000), "p2/turn", "error"),
                ("msg_04", 61_000, Some(4_000), "p2/turn", "ok"),
            ]
        );
        let calls = spans(&found, "LLM");
        assert_eq!(calls[0]["output_tokens"], "120");
        assert_eq!(
            calls[0]["data"],
            r#"{"input_tokens":10,"cache_creation_input_tokens":2000,"cache_read_input_tokens":0,"output_tokens":120,"service_tier":"standard"}"#
        );
        assert_eq!(calls[5]["error_type"], "overloaded");
        assert_eq!(calls[5]["error_message"], "API Error: 529 Overloaded");
        assert_eq!(sum(&calls, "input_tokens"), 50);
        assert_eq!(sum(&calls, "output_tokens"), 620);
        assert_eq!(sum(&calls, "cache_read_tokens"), 7_900);
        assert_eq!(sum(&calls, "cache_write_tokens"), 3_650);
    }

    #[test]
    fn tool_calls_end_with_their_results() {
        let found = read(&ClaudeCode, SESSION);
        assert_eq!(
            outlines(&found, "TOOL"),
            [
                ("toolu_bash", 4_000, Some(2_500), "p1/turn", "error"),
                ("toolu_task1", 9_000, Some(6_100), "p1/turn", "ok"),
                ("toolu_task2", 9_500, Some(10_500), "p1/turn", "ok"),
                ("toolu_grep", 12_000, Some(250), &format!("agent:{SESSION_ID}:Explore-1"), "ok"),
                ("toolu_edit", 24_000, None, "p1/turn", "running"),
            ]
        );
        let tools = spans(&found, "TOOL");
        assert_eq!(tools[0]["error_message"], "Exit code 101");
        assert_eq!(
            tools[0]["data"],
            r#"{"type":"tool_use","id":"toolu_bash","name":"Bash","input":{"command":"cargo test"}}"#
        );
        let peers: Vec<_> = tools.iter().map(|row| row.get("peer").map(String::as_str)).collect();
        assert_eq!(peers, [None, Some("Explore-1"), Some("7c1d9e02"), None, None]);
        assert_eq!(tools[3]["agent"], "Explore-1");
        assert_eq!(tools[4]["agent"], "main");
    }

    #[test]
    fn a_sub_agent_hangs_under_the_call_that_began_it() {
        let found = read(&ClaudeCode, SESSION);
        let id = format!("agent:{SESSION_ID}:Explore-1");
        assert_eq!(
            outlines(&found, "AGENT"),
            [(id.as_str(), 9_600, Some(5_400), "toolu_task1", "ok")]
        );
        let agent = spans(&found, "AGENT")[0];
        assert_eq!((agent["agent"].as_str(), agent["name"].as_str()), ("Explore-1", "Explore"));
        assert_eq!(found.having("agent", "Explore-1").len(), 4 + 1 + 2 + 1);
    }

    #[test]
    fn a_file_of_a_sub_agent_is_a_trace_of_its_own() {
        let found = read(&ClaudeCode, AGENT);
        let id = format!("agent:{SESSION_ID}:7c1d9e02");
        assert_eq!(outlines(&found, "AGENT"), [(id.as_str(), 9_700, Some(9_300), "", "ok")]);
        assert_eq!(outlines(&found, "TURN"), []);
        assert_eq!(found.having("trace_id", &id).len(), found.rows.len());
        assert_eq!(found.having("agent", "7c1d9e02").len(), 4 + 1 + 2 + 1);
        assert_eq!(sum(&spans(&found, "LLM"), "output_tokens"), 140);
    }

    #[test]
    fn a_resumed_session_repeats_nothing() {
        let found = read(&ClaudeCode, RESUMED);
        assert_eq!(found.skips, [(1, "summary line"), (4, "repeated line"), (5, "repeated line")]);
        let ids: Vec<_> =
            found.having("kind", "event").iter().map(|row| row["id"].clone()).collect();
        assert_eq!(ids, ["q1", "b1", "q2", "b2", "b2"]);
        let ten = 3_600_000;
        assert_eq!(
            outlines(&found, "LLM"),
            [
                ("msg_o1", ten, Some(3_000), "q1/turn", "ok"),
                ("msg_o2", 2 * ten, Some(5_000), "q2/turn", "ok"),
            ]
        );
        let calls = spans(&found, "LLM");
        assert_eq!(sum(&calls, "output_tokens"), 110);
        assert_eq!(calls[0]["cost_microusd"], "12500");
        assert_eq!(calls[1]["cost_microusd"], "34000");
        // The pause before the second prompt is no part of the first turn.
        assert_eq!(outlines(&found, "TURN")[0], ("q1/turn", ten, Some(3_000), "", "ok"));
    }

    #[test]
    fn spans_do_not_depend_on_the_order_of_lines() {
        for text in [SESSION, AGENT, RESUMED] {
            let spans = |text: &str| {
                let found = read(&ClaudeCode, text);
                found.having("kind", "span").into_iter().cloned().collect::<Vec<_>>()
            };
            let expected = spans(text);
            let mut lines: Vec<&str> = text.lines().collect();
            lines.reverse();
            assert_eq!(spans(&lines.join("\n")), expected);
            for turn in 1..lines.len() {
                lines.rotate_left(turn);
                lines.swap(0, turn / 2);
                assert_eq!(spans(&lines.join("\n")), expected);
            }
        }
    }

    #[test]
    fn no_leaf_is_lost() {
        for text in [SESSION, AGENT, RESUMED] {
            for line in text.lines() {
                let found = read(&ClaudeCode, line);
                if found.skips.is_empty() {
                    assert_leaves_kept(line, &found.rows);
                }
            }
        }
    }

    #[test]
    fn bad_lines_are_rejected_between_good_ones() {
        let prompt = |id: &str| {
            format!(
                r#"{{"type":"user","uuid":"{id}","sessionId":"s","timestamp":"2026-03-02T09:00:00Z","message":{{"content":"go"}}}}"#
            )
        };
        let answer = |message: &str| {
            format!(
                r#"{{"type":"assistant","uuid":"a","sessionId":"s","timestamp":"2026-03-02T09:00:00Z","message":{message}}}"#
            )
        };
        let use_x = r#"{"type":"tool_use","id":"x","name":"Bash"}"#;
        for (bad, category) in [
            (r#"{"type":"user","uuid":"b""#.to_owned(), Category::InvalidJson),
            ("[1]".to_owned(), Category::NotObject),
            (r#"{"silly":"this"}"#.to_owned(), Category::MissingField),
            (r#"{"type":7,"timestamp":"2026-03-02T09:00:00Z"}"#.to_owned(), Category::MissingField),
            (r#"{"type":"user","message":{}}"#.to_owned(), Category::MissingField),
            (r#"{"type":"user","timestamp":"noon"}"#.to_owned(), Category::BadTime),
            (answer(r#"{"id":"m","id":"n"}"#), Category::DuplicateKey),
            (
                answer(&format!(
                    r#"{{"content":[{use_x}],"usage":{{"output_tokens":99999999999999999999}}}}"#
                )),
                Category::IntRange,
            ),
            (
                answer(&format!(r#"{{"content":[{use_x},{{"type":"tool_use","id":1,"id":2}}]}}"#)),
                Category::DuplicateKey,
            ),
        ] {
            let text = format!("{}\n{bad}\n{}\n", prompt("p"), prompt("q"));
            let found = read(&ClaudeCode, &text);
            let categories: Vec<_> =
                found.rejects.iter().map(|(line, reject)| (*line, reject.category)).collect();
            assert_eq!(categories, [(2, category)], "{bad}");
            // Two events and two turns; nothing of the bad line.
            assert_eq!(found.rows.len(), 4, "{bad}");
        }
    }

    #[test]
    fn sniffing_knows_first_lines() {
        let sniff =
            |text: &str| ClaudeCode.sniff(&fields_of(text, &ImportOptions::default()).unwrap());
        for text in [SESSION, AGENT, RESUMED] {
            for line in text.lines() {
                assert_eq!(sniff(line), Match::Yes, "{line}");
            }
        }
        assert_eq!(
            sniff(r#"{"type":"queue-operation","operation":"enqueue","sessionId":"s"}"#),
            Match::Yes
        );
        assert_eq!(sniff(r#"{"type":"ai-title","aiTitle":"Retry","sessionId":"s"}"#), Match::Maybe);
        assert_eq!(sniff(r#"{"type":"user","message":{}}"#), Match::Maybe);
        assert_eq!(
            sniff(r#"{"timestamp":"2026-03-02T09:00:00Z","sessionId":"s","message":{}}"#),
            Match::No
        );
        assert_eq!(sniff(r#"{"type":"session_meta","payload":{}}"#), Match::No);
    }
}
