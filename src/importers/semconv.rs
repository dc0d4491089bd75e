//! Attribute names of the agent telemetry conventions, and the columns that they fill.
//!
//! The names themselves stand in [`names`]. How attributes are written on the wire, and what a
//! record's own fields say, is left to the importers.

mod names;
mod spans;

use super::json::Raw;
use super::{Category, Reject};
use crate::model::Record;
pub(super) use names::{Name, Slot, find};
pub(super) use spans::{Ending, fill_span, name_event, span_event};
use std::borrow::Cow;

/// The value of one attribute.
#[derive(Clone, Debug)]
pub(super) enum AttributeValue<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A list, as a JSON array of texts or of OTLP values.
    Json(Raw<'a>),
}

/// The value of the best-ranked name so far.
#[derive(Debug)]
struct Best<T>(Option<(u8, T)>);

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Best<T> {
    /// Of two equal names the last counts.
    fn offer(&mut self, rank: u8, value: T) {
        if self.0.as_ref().is_none_or(|(best, _)| rank <= *best) {
            self.0 = Some((rank, value));
        }
    }

    fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

impl Best<Cow<'_, str>> {
    fn text(&self) -> Option<&str> {
        self.get().map(AsRef::as_ref)
    }
}

/// What the attributes of one record say, collected one by one and in any order.
#[derive(Debug, Default)]
pub(super) struct Columns<'a> {
    agent: Best<Cow<'a, str>>,
    cache_read: Best<i64>,
    cache_write: Best<i64>,
    component: Best<Cow<'a, str>>,
    cost_input: Best<f64>,
    cost_output: Best<f64>,
    cost_total: Best<f64>,
    entity_kind: Option<&'static str>,
    entity_name: Best<Cow<'a, str>>,
    error_message: Best<Cow<'a, str>>,
    error_type: Best<Cow<'a, str>>,
    event_name: Best<Cow<'a, str>>,
    has_failed: bool,
    has_succeeded: bool,
    /// The count, and whether it includes what the cache read and wrote.
    input: Best<(i64, bool)>,
    kind: Best<&'static str>,
    model: Best<Cow<'a, str>>,
    operation: Best<Cow<'a, str>>,
    output: Best<i64>,
    peer: Best<Cow<'a, str>>,
    session: Best<Cow<'a, str>>,
    tags: Vec<Cow<'a, str>>,
    tool: Best<Cow<'a, str>>,
}

impl<'a> Columns<'a> {
    /// Takes the value of the attribute called `name`; one of the wrong type says nothing.
    ///
    /// # Errors
    /// `number` for a cost that is no finite number.
    pub(super) fn take(&mut self, name: Name, value: AttributeValue<'a>) -> Result<(), Reject> {
        let Name { slot, rank } = name;
        if slot.is_count() {
            if let Some(count) = count(&value) {
                self.take_count(slot, rank, count);
            }
            return Ok(());
        }
        match (slot, value) {
            (Slot::CostInput | Slot::CostOutput | Slot::CostTotal, value) => {
                if let Some(dollars) = dollars(&value)? {
                    self.cost(slot).offer(rank, dollars);
                }
            }
            (Slot::Error, AttributeValue::Bool(flag)) => self.has_failed |= flag,
            (Slot::Success, AttributeValue::Bool(flag)) => self.take_success(flag),
            (Slot::Success, AttributeValue::Text(text)) => {
                if let Ok(flag) = text.to_ascii_lowercase().parse() {
                    self.take_success(flag);
                }
            }
            (Slot::Tags, AttributeValue::Json(list)) => {
                let text = |element: Raw<'a>| {
                    element.as_text().or_else(|| element.get("stringValue")?.as_text())
                };
                self.tags = list.elements().filter_map(text).collect();
            }
            // A list where a format has no lists.
            (Slot::Tags, AttributeValue::Text(text)) => {
                let list: Option<Vec<String>> = serde_json::from_str(&text).ok();
                self.tags = list.into_iter().flatten().map(Cow::Owned).collect();
            }
            (_, AttributeValue::Text(text)) if !text.is_empty() => self.take_text(slot, rank, text),
            _ => {}
        }
        Ok(())
    }

    fn take_count(&mut self, slot: Slot, rank: u8, count: i64) {
        match slot {
            Slot::Input => self.input.offer(rank, (count, true)),
            Slot::UncachedInput => self.input.offer(rank, (count, false)),
            Slot::Output => self.output.offer(rank, count),
            Slot::CacheRead => self.cache_read.offer(rank, count),
            _ => self.cache_write.offer(rank, count),
        }
    }

    fn cost(&mut self, slot: Slot) -> &mut Best<f64> {
        match slot {
            Slot::CostInput => &mut self.cost_input,
            Slot::CostOutput => &mut self.cost_output,
            _ => &mut self.cost_total,
        }
    }

    fn take_success(&mut self, flag: bool) {
        self.has_succeeded |= flag;
        self.has_failed |= !flag;
    }

    fn take_text(&mut self, slot: Slot, rank: u8, text: Cow<'a, str>) {
        if matches!(slot, Slot::Kind | Slot::EntityKind | Slot::Operation)
            && let Some(kind) = names::kind(&text)
        {
            self.kind.offer(rank, kind);
            if slot == Slot::EntityKind {
                self.entity_kind = Some(kind);
            }
        }
        if matches!(slot, Slot::ErrorType | Slot::Error) {
            self.has_failed = true;
        }
        let column = match slot {
            Slot::Agent => &mut self.agent,
            Slot::Component => &mut self.component,
            Slot::EntityName => &mut self.entity_name,
            Slot::Error | Slot::ErrorMessage | Slot::ExceptionMessage => &mut self.error_message,
            Slot::ErrorType | Slot::ExceptionType => &mut self.error_type,
            Slot::EventName => &mut self.event_name,
            Slot::Model => &mut self.model,
            Slot::Operation => &mut self.operation,
            Slot::Peer => &mut self.peer,
            Slot::Session => &mut self.session,
            Slot::Tool => &mut self.tool,
            _ => return,
        };
        column.offer(rank, text);
    }

    /// Takes what the conventions put into a span's name, where no attribute says it:
    /// `execute_tool {tool}`, `invoke_agent {agent}`, and the fixed names of some sources.
    pub(super) fn take_span_name(&mut self, name: &'a str) {
        const LAST: u8 = u8::MAX;
        if let Some(kind) = names::span_kind(name) {
            self.kind.offer(LAST, kind);
        }
        for (operation, column) in
            [("execute_tool", &mut self.tool), ("invoke_agent", &mut self.agent)]
        {
            let object = name.strip_prefix(operation).and_then(|rest| rest.strip_prefix(' '));
            if let Some(object) = object.filter(|object| !object.is_empty()) {
                column.offer(LAST, Cow::Borrowed(object));
                self.operation.offer(LAST, Cow::Borrowed(operation));
                if let Some(kind) = names::kind(operation) {
                    self.kind.offer(LAST, kind);
                }
            }
        }
    }

    /// `LLM`, `TOOL`, `AGENT`, …; `HANDOFF` for a tool call that passes the work to another agent.
    pub(super) fn record_type(&self) -> Option<&'static str> {
        let kind = self.kind.get().copied();
        let counts_tokens = self.input.get().is_some() || self.output.get().is_some();
        match kind {
            Some("TOOL") | None if self.peer().is_some() => Some("HANDOFF"),
            None if counts_tokens && self.model.get().is_some() => Some("LLM"),
            _ => kind,
        }
    }

    /// OpenLLMetry's name of the thing, where the thing is of `kind`.
    fn entity(&self, kind: &str) -> Option<&str> {
        if self.entity_kind == Some(kind) { self.entity_name.text() } else { None }
    }

    /// Who acts.
    pub(super) fn agent(&self) -> Option<&str> {
        self.agent.text().or_else(|| self.entity("AGENT"))
    }

    /// The agent that takes over, also when only the tool's name says so.
    pub(super) fn peer(&self) -> Option<&str> {
        let passed_to = || self.tool.text()?.strip_prefix("transfer_to_");
        self.peer.text().or_else(passed_to).filter(|agent| !agent.is_empty())
    }

    /// Service that it belongs to.
    pub(super) fn component(&self) -> Option<&str> {
        self.component.text()
    }

    /// Session or conversation.
    pub(super) fn session_id(&self) -> Option<&str> {
        self.session.text()
    }

    /// Name of an event.
    pub(super) fn event_name(&self) -> Option<&str> {
        self.event_name.text()
    }

    /// The tags.
    pub(super) fn tags(&self) -> Vec<&str> {
        self.tags.iter().map(AsRef::as_ref).collect()
    }

    /// Whether the attributes say that it went well, where they say anything.
    pub(super) fn outcome(&self) -> Option<bool> {
        if self.has_failed { Some(false) } else { self.has_succeeded.then_some(true) }
    }

    /// Tokens read by the model without those of the cache.
    ///
    /// A count that should include the cache but is smaller than it does not include it.
    fn input_tokens(&self) -> Option<i64> {
        let (count, includes_cache) = *self.input.get()?;
        let cached = [&self.cache_read, &self.cache_write]
            .into_iter()
            .filter_map(Best::get)
            .fold(0i64, |sum, count| sum.saturating_add(*count));
        Some(if includes_cache && cached <= count { count - cached } else { count })
    }

    /// The stated total, else the sum of the stated parts, in millionths of a dollar.
    fn cost_microusd(&self) -> Option<i64> {
        let parts = || match (self.cost_input.get(), self.cost_output.get()) {
            (None, None) => None,
            (input, output) => {
                Some(input.copied().unwrap_or_default() + output.copied().unwrap_or_default())
            }
        };
        let micros = (self.cost_total.get().copied().or_else(parts)? * 1e6).round();
        #[expect(clippy::cast_possible_truncation, reason = "checked to lie within 64 bits")]
        (micros < 9.2e18).then_some(micros as i64)
    }

    /// Writes names, groups, tokens and cost to the columns of `record`.
    pub(super) fn fill<'r>(&'r self, record: &mut Record<'r>) {
        self.fill_names(record);
        record.input_tokens = self.input_tokens();
        record.output_tokens = self.output.get().copied();
        record.cache_read_tokens = self.cache_read.get().copied();
        record.cache_write_tokens = self.cache_write.get().copied();
        record.cost_microusd = self.cost_microusd();
    }

    /// As [`Columns::fill`], for a record that repeats tokens which another one counts.
    ///
    /// Agent, session and component that are there already stay where the attributes name none.
    pub(super) fn fill_names<'r>(&'r self, record: &mut Record<'r>) {
        record.agent = self.agent().or(record.agent);
        record.session_id = self.session_id().or(record.session_id);
        record.component = self.component().or(record.component);
        record.peer = self.peer();
        record.operation = self.operation.text();
        record.tool = self.tool.text().or_else(|| self.entity("TOOL"));
        record.model = self.model.text();
        record.error_type = self.error_type.text();
        record.error_message = self.error_message.text();
    }
}

fn count(value: &AttributeValue<'_>) -> Option<i64> {
    let count = match value {
        AttributeValue::Int(count) => *count,
        AttributeValue::Text(text) => text.trim().parse().ok()?,
        #[expect(clippy::cast_possible_truncation, reason = "a whole number within 2^53")]
        AttributeValue::Float(count) if count.fract() == 0.0 && *count < 9e15 => *count as i64,
        _ => return None,
    };
    (count >= 0).then_some(count)
}

fn dollars(value: &AttributeValue<'_>) -> Result<Option<f64>, Reject> {
    let dollars = match value {
        AttributeValue::Int(dollars) => *dollars as f64,
        AttributeValue::Float(dollars) => *dollars,
        AttributeValue::Text(text) => match text.trim().parse() {
            Ok(dollars) => dollars,
            Err(_) => return Ok(None),
        },
        _ => return Ok(None),
    };
    if !dollars.is_finite() {
        return Err(Reject::new(Category::Number, "a cost is no finite number"));
    }
    Ok((dollars >= 0.0).then_some(dollars))
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::AttributeValue::{Bool, Float, Int, Json};
    use super::*;

    fn text(text: &str) -> AttributeValue<'_> {
        AttributeValue::Text(Cow::Borrowed(text))
    }

    fn collect<'a>(attributes: &[(&str, AttributeValue<'a>)]) -> Columns<'a> {
        let mut columns = Columns::default();
        for (key, value) in attributes {
            columns.take(find(key).unwrap(), value.clone()).unwrap();
        }
        columns
    }

    fn record<'r>(columns: &'r Columns<'_>) -> Record<'r> {
        let mut record = Record::default();
        columns.fill(&mut record);
        record
    }

    #[test]
    fn the_best_name_wins_in_any_order() {
        let mut attributes = vec![
            ("gen_ai.request.model", text("gpt-5")),
            ("gen_ai.response.model", text("gpt-5-2026-01-01")),
            ("llm.model_name", text("other")),
            ("gen_ai.conversation.id", text("conv-1")),
            ("session.id", text("sess-1")),
        ];
        for _ in 0..2 {
            let columns = collect(&attributes);
            assert_eq!(record(&columns).model, Some("gpt-5-2026-01-01"));
            assert_eq!(record(&columns).session_id, Some("conv-1"));
            attributes.reverse();
        }
    }

    #[test]
    fn cached_tokens_are_taken_out_of_counts_that_include_them() {
        let columns = collect(&[
            ("gen_ai.usage.input_tokens", Int(1000)),
            ("gen_ai.usage.cache_read.input_tokens", Int(700)),
            ("gen_ai.usage.cache_creation.input_tokens", text("100")),
            ("gen_ai.usage.output_tokens", Float(40.0)),
        ]);
        let filled = record(&columns);
        assert_eq!(filled.input_tokens, Some(200));
        assert_eq!(filled.output_tokens, Some(40));
        assert_eq!((filled.cache_read_tokens, filled.cache_write_tokens), (Some(700), Some(100)));

        // Two fresh tokens beside 900 cached ones: the source counted them apart.
        let columns = collect(&[
            ("llm.token_count.prompt", Int(2)),
            ("llm.token_count.prompt_details.cache_read", Int(900)),
        ]);
        assert_eq!(record(&columns).input_tokens, Some(2));

        // Claude Code counts them apart always, also when the numbers would allow otherwise.
        let columns = collect(&[("input_tokens", Int(500)), ("cache_read_tokens", Int(100))]);
        assert_eq!(record(&columns).input_tokens, Some(500));

        let columns = collect(&[
            ("codex.turn.token_usage.input_tokens", text("14095")),
            ("codex.turn.token_usage.non_cached_input_tokens", text("3471")),
            ("codex.turn.token_usage.cached_input_tokens", text("10624")),
        ]);
        assert_eq!(record(&columns).input_tokens, Some(3471));
    }

    #[test]
    fn counts_of_the_wrong_type_say_nothing() {
        let columns = collect(&[
            ("gen_ai.usage.input_tokens", text("many")),
            ("gen_ai.usage.output_tokens", Int(-1)),
            ("gen_ai.agent.name", Int(7)),
        ]);
        let filled = record(&columns);
        assert_eq!((filled.input_tokens, filled.output_tokens), (None, None));
        assert_eq!(filled.agent, None);
    }

    #[test]
    fn cost_is_in_millionths_of_a_dollar() {
        let cost =
            |attributes: &[(&str, AttributeValue<'_>)]| record(&collect(attributes)).cost_microusd;
        assert_eq!(cost(&[("llm.cost.total", Float(0.0123))]), Some(12_300));
        // 26.9 + 4.8 millionths.
        let parts = [
            ("gen_ai.usage.input_cost", Float(0.000_026_9)),
            ("gen_ai.usage.output_cost", Float(0.000_004_8)),
        ];
        assert_eq!(cost(&parts), Some(32));
        assert_eq!(cost(&[("cost_usd", text("0.5"))]), Some(500_000));
        assert_eq!(cost(&[("llm.cost.prompt", Int(2))]), Some(2_000_000));
        let name = find("llm.cost.total").unwrap();
        let error = Columns::default().take(name, Float(f64::NAN)).unwrap_err();
        assert_eq!(error.category, Category::Number);
    }

    #[test]
    fn kinds_come_from_every_convention() {
        for (key, word, kind) in [
            ("gen_ai.operation.name", "chat", Some("LLM")),
            ("gen_ai.operation.name", "invoke_workflow", Some("CHAIN")),
            ("gen_ai.operation.name", "count_bananas", None),
            ("openinference.span.kind", "GUARDRAIL", Some("GUARDRAIL")),
            ("openinference.span.kind", "UNKNOWN", None),
            ("traceloop.span.kind", "task", Some("CHAIN")),
            ("llm.request.type", "completion", Some("LLM")),
            ("ai.operationId", "ai.streamText.doStream", Some("LLM")),
            ("ai.operationId", "ai.streamText", Some("CHAIN")),
            ("span.type", "tool", Some("TOOL")),
            ("span.type", "tool.execution", None),
        ] {
            assert_eq!(collect(&[(key, text(word))]).record_type(), kind, "{key} {word}");
        }
        // An operation of one's own leaves the word to the next convention.
        let columns = collect(&[
            ("gen_ai.operation.name", text("ponder")),
            ("openinference.span.kind", text("AGENT")),
        ]);
        assert_eq!(columns.record_type(), Some("AGENT"));
        assert_eq!(record(&columns).operation, Some("ponder"));
        let columns = collect(&[("gen_ai.request.model", text("m")), ("output_tokens", Int(3))]);
        assert_eq!(columns.record_type(), Some("LLM"));
    }

    #[test]
    fn handoffs_name_the_other_agent() {
        let columns = collect(&[
            ("gen_ai.operation.name", text("execute_tool")),
            ("gen_ai.tool.name", text("transfer_to_billing")),
        ]);
        assert_eq!((columns.record_type(), columns.peer()), (Some("HANDOFF"), Some("billing")));
        let columns = collect(&[
            ("gen_ai.agent.handoff.source.name", text("triage")),
            ("gen_ai.agent.handoff.target.name", text("Billing")),
            ("tool.name", text("transfer_to_billing")),
        ]);
        assert_eq!((columns.agent(), columns.peer()), (Some("triage"), Some("Billing")));
    }

    #[test]
    fn span_names_are_the_last_resort() {
        let mut columns = Columns::default();
        columns.take_span_name("execute_tool transfer_to_billing");
        assert_eq!(record(&columns).tool, Some("transfer_to_billing"));
        assert_eq!((columns.record_type(), columns.peer()), (Some("HANDOFF"), Some("billing")));
        let mut columns = collect(&[("gen_ai.agent.id", text("a-1"))]);
        columns.take_span_name("invoke_agent Researcher");
        assert_eq!((columns.record_type(), columns.agent()), (Some("AGENT"), Some("a-1")));
        assert_eq!(record(&columns).operation, Some("invoke_agent"));
        // A turn sums up the calls inside it.
        let mut columns =
            collect(&[("model", text("gpt-5")), ("codex.turn.token_usage.output_tokens", Int(5))]);
        columns.take_span_name("session_task.turn");
        assert_eq!(columns.record_type(), Some("AGENT"));
    }

    #[test]
    fn an_entity_is_an_agent_or_a_tool_by_its_kind() {
        let named = |kind: &'static str| {
            collect(&[("traceloop.entity.name", text("x")), ("traceloop.span.kind", text(kind))])
        };
        assert_eq!(record(&named("agent")).agent, Some("x"));
        assert_eq!(record(&named("tool")).tool, Some("x"));
        let task = named("task");
        assert_eq!((record(&task).agent, record(&task).tool), (None, None));
    }

    #[test]
    fn outcomes_and_errors() {
        assert_eq!(collect(&[("success", text("true"))]).outcome(), Some(true));
        assert_eq!(collect(&[("success", Bool(false))]).outcome(), Some(false));
        assert_eq!(collect(&[("error", Bool(false))]).outcome(), None);
        assert_eq!(collect(&[("error", Bool(true))]).outcome(), Some(false));
        assert_eq!(collect(&[("exception.type", text("E"))]).outcome(), None);
        let columns = collect(&[
            ("error", text("it broke")),
            ("success", Bool(true)),
            ("exception.type", text("E")),
        ]);
        assert_eq!(columns.outcome(), Some(false));
        assert_eq!(record(&columns).error_type, Some("E"));
        assert_eq!(record(&columns).error_message, Some("it broke"));
    }

    #[test]
    fn tags_are_texts_in_either_spelling() {
        let list = json::value(r#"["a",{"stringValue":"b"},7]"#).unwrap();
        assert_eq!(collect(&[("tag.tags", Json(list))]).tags(), ["a", "b"]);
        assert_eq!(collect(&[("tag.tags", text(r#"["a","b"]"#))]).tags(), ["a", "b"]);
        assert_eq!(collect(&[("tag.tags", text("a, b"))]).tags(), [] as [&str; 0]);
    }
}
