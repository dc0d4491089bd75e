//! One line of a session, taken apart into what events and spans are built from.
//!
//! What lines mean together is for [`super::chain`], [`super::calls`] and [`super::agents`].

use super::super::json::{Fields, Raw, Tape};
use super::super::time::{self, Unit};
use super::super::{ImportOptions, Line, Reject};
use super::content::{is_prompt_text, text_of};
use crate::model::{Status, hash_id};
use std::borrow::Cow;
use std::collections::HashSet;

/// A line that becomes an event.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) line: Line<'a>,
    /// Nanoseconds since 1970 UTC.
    pub(super) time: i64,
    pub(super) id: Cow<'a, str>,
    pub(super) parent: Option<Cow<'a, str>>,
    pub(super) session: Option<Cow<'a, str>>,
    pub(super) agent_id: Option<Cow<'a, str>>,
    /// The line's type as the column has it.
    pub(super) record_type: Cow<'static, str>,
    /// Whether it is of a sub-agent's conversation.
    pub(super) is_side: bool,
    /// Whether a person or an assistant says it.
    pub(super) is_conversation: bool,
    /// Whether it begins a turn.
    pub(super) is_prompt: bool,
    /// How the conversation stands after it; `Unset` where it changes nothing.
    pub(super) state: Status,
    /// The message's content.
    pub(super) content: Option<Raw<'a>>,
    pub(super) notice: Option<Notice<'a>>,
    /// Index of its part in [`Transcript::parts`].
    pub(super) part: Option<usize>,
}

/// What a system line says of itself.
#[derive(Debug)]
pub(super) struct Notice<'a> {
    pub(super) severity: Cow<'a, str>,
    pub(super) subtype: Option<Cow<'a, str>>,
    pub(super) text: Option<Cow<'a, str>>,
}

/// One line of an answer of the model; several lines may be parts of one call.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) entry: usize,
    /// The message's id: the same in every part of a call.
    pub(super) call_id: Cow<'a, str>,
    pub(super) model: Option<Cow<'a, str>>,
    pub(super) usage: Option<Raw<'a>>,
    pub(super) tokens: Tokens,
    pub(super) cost_microusd: Option<i64>,
    /// Whether the line stands for a call that failed.
    pub(super) is_failure: bool,
    /// The class of the failure.
    pub(super) error_type: Option<Cow<'a, str>>,
}

/// What a call read and wrote.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tokens {
    pub(super) input: Option<i64>,
    pub(super) output: Option<i64>,
    pub(super) cache_read: Option<i64>,
    pub(super) cache_write: Option<i64>,
}

/// A block that calls a tool.
#[derive(Debug)]
pub(super) struct ToolUse<'a> {
    pub(super) entry: usize,
    pub(super) id: Cow<'a, str>,
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) block: Raw<'a>,
}

/// A block that brings a tool's result.
#[derive(Debug)]
pub(super) struct ToolResult<'a> {
    pub(super) entry: usize,
    pub(super) use_id: Cow<'a, str>,
    pub(super) is_error: bool,
    pub(super) content: Option<Raw<'a>>,
    /// The line's own account of the result (`toolUseResult`).
    pub(super) account: Option<Raw<'a>>,
}

/// The accepted lines of a file, in the file's order, and what stands in them.
#[derive(Debug, Default)]
pub(super) struct Transcript<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) parts: Vec<Part<'a>>,
    pub(super) uses: Vec<ToolUse<'a>>,
    pub(super) results: Vec<ToolResult<'a>>,
    /// Hashes of the accepted lines.
    seen: HashSet<u128>,
}

/// Reads lines into a [`Transcript`]; keeps room for their fields.
pub(super) struct LineParser<'a, 'o> {
    options: &'o ImportOptions,
    fields: Fields<'a>,
    message: Fields<'a>,
    nested: Fields<'a>,
}

/// What kinds of blocks a message holds.
#[derive(Default)]
struct Blocks {
    has_prompt: bool,
    uses: usize,
    results: usize,
    others: usize,
}

impl<'a, 'o> LineParser<'a, 'o> {
    pub(super) fn new(options: &'o ImportOptions) -> Self {
        let room = Fields::default;
        Self { options, fields: room(), message: room(), nested: room() }
    }

    /// Adds one line to `transcript`, or says why it holds nothing to store.
    ///
    /// # Errors
    /// Why the line is not accepted; then nothing of it was added.
    pub(super) fn read(
        &mut self,
        line: Line<'a>,
        tape: &'a mut Tape,
        transcript: &mut Transcript<'a>,
    ) -> Result<Option<&'static str>, Reject> {
        let content = xxhash_rust::xxh3::xxh3_128(line.text.as_bytes());
        if transcript.seen.contains(&content) {
            return Ok(Some("repeated line"));
        }
        let (uses, results) = (transcript.uses.len(), transcript.results.len());
        let outcome = self.take(line, tape, transcript);
        match &outcome {
            Ok(None) => {
                transcript.seen.insert(content);
            }
            Ok(Some(_)) => {}
            Err(_) => {
                transcript.uses.truncate(uses);
                transcript.results.truncate(results);
            }
        }
        outcome
    }

    fn take(
        &mut self,
        line: Line<'a>,
        tape: &'a mut Tape,
        transcript: &mut Transcript<'a>,
    ) -> Result<Option<&'static str>, Reject> {
        self.fields = tape.read(line.text, self.options)?;
        let line_type = self.fields.text("type").ok_or_else(|| Reject::missing("type"))?;
        let Some(timestamp) = self.fields.get("timestamp") else {
            return match line_type.as_ref() {
                "user" | "assistant" | "system" => Err(Reject::missing("timestamp")),
                "summary" => Ok(Some("summary line")),
                "file-history-snapshot" => Ok(Some("file history snapshot")),
                _ => Ok(Some("line without a time")),
            };
        };
        let zone = self.options.assume_zone.as_ref();
        let time = time::instant(timestamp, "timestamp", Unit::Millis, zone)?;
        let is_user = line_type == "user";
        let is_assistant = line_type == "assistant";
        let message = self.fields.get("message").filter(|message| message.is_object());
        let message = message.filter(|_| is_user || is_assistant);
        let mut content = None;
        let mut blocks = Blocks::default();
        if let Some(message) = message {
            self.message = Fields::of(message, self.options)?;
            content = self.message.get("content");
            blocks = self.read_blocks(content, transcript)?;
        }
        let id = self.fields.text("uuid").unwrap_or_else(|| hash_id(line.text.as_bytes()).into());
        let part = if is_assistant && message.is_some() {
            Some(self.read_part(&id, transcript.entries.len())?)
        } else {
            None
        };
        let agent_id = self.fields.text("agentId");
        let is_side = self.flag("isSidechain").unwrap_or(agent_id.is_some());
        let is_prompt = is_user && blocks.has_prompt && self.is_typed();
        let state = if is_user {
            user_state(content, &blocks, is_prompt)
        } else {
            part.as_ref().map_or(Status::Unset, |part| match (part.is_failure, blocks.uses) {
                (true, _) => Status::Error,
                (false, 0) => Status::Ok,
                (false, _) => Status::Running,
            })
        };
        let only_results = blocks.results > 0 && blocks.uses + blocks.others == 0;
        transcript.entries.push(Entry {
            line,
            time,
            id,
            parent: self.fields.text("parentUuid"),
            session: self.fields.text("sessionId"),
            agent_id,
            record_type: match line_type.as_ref() {
                "user" if only_results => "TOOL_RESULT".into(),
                "user" => "USER".into(),
                "assistant" => "ASSISTANT".into(),
                other => upper_snake(other).into(),
            },
            is_side,
            is_conversation: is_user || is_assistant,
            is_prompt: is_prompt && !is_side && state == Status::Running,
            state,
            content,
            notice: (!is_user && !is_assistant).then(|| self.read_notice()).flatten(),
            part: part.is_some().then_some(transcript.parts.len()),
        });
        transcript.parts.extend(part);
        Ok(None)
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.fields.get(key)?.as_bool()
    }

    /// Whether nothing says that the program, not a person, wrote a user line.
    fn is_typed(&self) -> bool {
        self.flag("isMeta") != Some(true)
            && self.flag("isCompactSummary") != Some(true)
            && !self.fields.has("toolUseResult")
    }

    fn read_notice(&self) -> Option<Notice<'a>> {
        Some(Notice {
            severity: self.fields.text("level")?,
            subtype: self.fields.text("subtype"),
            text: self.fields.text("content"),
        })
    }

    /// Counts the blocks of a message and notes the tool calls and results among them.
    fn read_blocks(
        &mut self,
        content: Option<Raw<'a>>,
        transcript: &mut Transcript<'a>,
    ) -> Result<Blocks, Reject> {
        let mut blocks = Blocks::default();
        let Some(content) = content else { return Ok(blocks) };
        if let Some(text) = content.as_text() {
            blocks.others = 1;
            blocks.has_prompt = is_prompt_text(&text);
        }
        let entry = transcript.entries.len();
        for block in content.elements() {
            let block_type = block.get("type").and_then(Raw::as_str).unwrap_or_default();
            if block_type.ends_with("tool_use") {
                blocks.uses += 1;
                self.nested = Fields::of(block, self.options)?;
                if let Some(id) = self.nested.text("id") {
                    let name = self.nested.text("name");
                    transcript.uses.push(ToolUse { entry, id, name, block });
                }
            } else if block_type.ends_with("tool_result") {
                blocks.results += 1;
                self.nested = Fields::of(block, self.options)?;
                if let Some(use_id) = self.nested.text("tool_use_id") {
                    transcript.results.push(ToolResult {
                        entry,
                        use_id,
                        is_error: self.nested.get("is_error").and_then(Raw::as_bool) == Some(true),
                        content: self.nested.get("content"),
                        account: self.fields.get("toolUseResult"),
                    });
                }
            } else {
                blocks.others += 1;
                blocks.has_prompt |= match block_type.as_ref() {
                    "text" => block
                        .get("text")
                        .and_then(Raw::as_text)
                        .is_some_and(|text| is_prompt_text(&text)),
                    "image" | "document" => true,
                    _ => false,
                };
            }
        }
        blocks.has_prompt &= blocks.results == 0;
        Ok(blocks)
    }

    /// What an assistant line, whose message is in `self.message`, tells of its call.
    fn read_part(&mut self, id: &str, entry: usize) -> Result<Part<'a>, Reject> {
        let usage = self.message.get("usage").filter(|usage| usage.is_object());
        let mut tokens = Tokens::default();
        if let Some(usage) = usage {
            self.nested = Fields::of(usage, self.options)?;
            let count =
                |key| self.nested.get(key).map_or(Ok(None), |value: Raw<'_>| value.as_i64());
            tokens = Tokens {
                input: count("input_tokens")?,
                output: count("output_tokens")?,
                cache_read: count("cache_read_input_tokens")?,
                cache_write: count("cache_creation_input_tokens")?,
            };
        }
        let cost = self.fields.get("costUSD").map_or(Ok(None), Raw::as_f64)?;
        let is_failure = self.flag("isApiErrorMessage") == Some(true);
        Ok(Part {
            entry,
            // A message without an id is a call of its own; its line's id names the event already.
            call_id: self.message.text("id").unwrap_or_else(|| format!("{id}/llm").into()),
            model: self.message.text("model"),
            usage,
            tokens,
            cost_microusd: cost.and_then(to_microusd),
            is_failure,
            error_type: self.fields.text("error").filter(|_| is_failure),
        })
    }
}

/// How a conversation stands after a user line.
fn user_state(content: Option<Raw<'_>>, blocks: &Blocks, is_prompt: bool) -> Status {
    if blocks.results > 0 {
        return Status::Running;
    }
    let is_interrupt = content
        .and_then(text_of)
        .is_some_and(|text| text.trim_start().starts_with("[Request interrupted by user"));
    match (is_interrupt, is_prompt) {
        (true, _) => Status::Cancelled,
        (false, true) => Status::Running,
        (false, false) => Status::Unset,
    }
}

/// Millionths of a dollar; `None` for what no 64-bit integer holds.
fn to_microusd(dollars: f64) -> Option<i64> {
    let micros = (dollars * 1e6).round();
    #[expect(clippy::cast_possible_truncation, reason = "checked to lie within 64 bits")]
    (micros.abs() < 9.2e18).then_some(micros as i64)
}

/// `queue-operation` and `queueOperation` as `QUEUE_OPERATION`.
fn upper_snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for letter in name.chars() {
        if letter.is_alphanumeric() {
            if letter.is_uppercase() && after_lower {
                snake.push('_');
            }
            snake.extend(letter.to_uppercase());
        } else {
            snake.push('_');
        }
        after_lower = letter.is_lowercase() || letter.is_numeric();
    }
    snake
}
