//! The attribute names of OTel GenAI (current and older), OpenInference, OpenLLMetry, the Vercel AI
//! SDK, Claude Code and Codex, each once, and their words for kinds of steps.
//!
//! What becomes of their values is left to the parent module.

/// What a known attribute says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Slot {
    Agent,
    CacheRead,
    CacheWrite,
    Component,
    CostInput,
    CostOutput,
    CostTotal,
    /// OpenLLMetry's kind of entity, which says what its name names.
    EntityKind,
    EntityName,
    /// A flag, or the text of an error.
    Error,
    ErrorMessage,
    ErrorType,
    EventName,
    /// Of an exception that may have been dealt with: no sign of failure.
    ExceptionMessage,
    ExceptionType,
    /// Input tokens, those from and to the cache among them.
    Input,
    /// A word for what kind of step it is.
    Kind,
    Model,
    Operation,
    Output,
    Peer,
    Session,
    Success,
    Tags,
    Tool,
    /// Input tokens, those from and to the cache not among them.
    UncachedInput,
}

impl Slot {
    /// Whether it fills a column of numbers, so that one out of range rejects the record.
    pub(in super::super) fn is_number(self) -> bool {
        self.is_count() || matches!(self, Self::CostInput | Self::CostOutput | Self::CostTotal)
    }

    /// Whether it fills a column of whole numbers.
    pub(super) fn is_count(self) -> bool {
        matches!(
            self,
            Self::Input | Self::UncachedInput | Self::Output | Self::CacheRead | Self::CacheWrite
        )
    }
}

/// A known name: what it says, and its rank among the names that say the same (the lowest wins).
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Name {
    pub(in super::super) slot: Slot,
    pub(super) rank: u8,
}

/// Every known name, sorted. `Input` and `UncachedInput` share their ranks.
const NAMES: &[(&str, Slot, u8)] = &[
    ("agent.name", Slot::Agent, 1),
    ("agent_id", Slot::Agent, 6),
    ("ai.model.id", Slot::Model, 9),
    ("ai.operationId", Slot::Operation, 1),
    ("ai.response.model", Slot::Model, 8),
    ("ai.telemetry.functionId", Slot::Agent, 7),
    ("ai.telemetry.metadata.sessionId", Slot::Session, 5),
    ("ai.toolCall.name", Slot::Tool, 2),
    ("ai.usage.cachedInputTokens", Slot::CacheRead, 5),
    ("ai.usage.completionTokens", Slot::Output, 5),
    ("ai.usage.inputTokenDetails.cacheReadTokens", Slot::CacheRead, 4),
    ("ai.usage.inputTokenDetails.cacheWriteTokens", Slot::CacheWrite, 5),
    ("ai.usage.inputTokenDetails.noCacheTokens", Slot::UncachedInput, 0),
    ("ai.usage.inputTokens", Slot::Input, 6),
    ("ai.usage.outputTokens", Slot::Output, 4),
    ("ai.usage.promptTokens", Slot::Input, 7),
    ("cache_creation_tokens", Slot::CacheWrite, 8),
    ("cache_read_tokens", Slot::CacheRead, 8),
    ("cache_write_token_count", Slot::CacheWrite, 7),
    ("cached_token_count", Slot::CacheRead, 7),
    ("codex.turn.token_usage.cache_write_input_tokens", Slot::CacheWrite, 6),
    ("codex.turn.token_usage.cached_input_tokens", Slot::CacheRead, 6),
    ("codex.turn.token_usage.input_tokens", Slot::Input, 8),
    ("codex.turn.token_usage.non_cached_input_tokens", Slot::UncachedInput, 1),
    ("codex.turn.token_usage.output_tokens", Slot::Output, 6),
    ("conversation.id", Slot::Session, 2),
    ("cost_usd", Slot::CostTotal, 4),
    ("embedding.model_name", Slot::Model, 5),
    ("error", Slot::Error, 2),
    ("error.message", Slot::ErrorMessage, 0),
    ("error.type", Slot::ErrorType, 0),
    ("error_type", Slot::ErrorType, 1),
    ("event.name", Slot::EventName, 0),
    ("exception.message", Slot::ExceptionMessage, 1),
    ("exception.type", Slot::ExceptionType, 2),
    ("gen_ai.agent.handoff.source.name", Slot::Agent, 2),
    ("gen_ai.agent.handoff.target", Slot::Peer, 1),
    ("gen_ai.agent.handoff.target.name", Slot::Peer, 0),
    ("gen_ai.agent.id", Slot::Agent, 5),
    ("gen_ai.agent.name", Slot::Agent, 0),
    ("gen_ai.conversation.id", Slot::Session, 0),
    ("gen_ai.operation.name", Slot::Operation, 0),
    ("gen_ai.request.model", Slot::Model, 1),
    ("gen_ai.response.model", Slot::Model, 0),
    ("gen_ai.tool.name", Slot::Tool, 0),
    ("gen_ai.usage.cache_creation.input_tokens", Slot::CacheWrite, 0),
    ("gen_ai.usage.cache_creation_input_tokens", Slot::CacheWrite, 2),
    ("gen_ai.usage.cache_read.input_tokens", Slot::CacheRead, 0),
    ("gen_ai.usage.cache_read_input_tokens", Slot::CacheRead, 2),
    ("gen_ai.usage.cache_write.input_tokens", Slot::CacheWrite, 1),
    ("gen_ai.usage.completion_tokens", Slot::Output, 2),
    ("gen_ai.usage.cost", Slot::CostTotal, 1),
    ("gen_ai.usage.input_cost", Slot::CostInput, 0),
    ("gen_ai.usage.input_tokens", Slot::Input, 2),
    ("gen_ai.usage.input_tokens.cache_write", Slot::CacheWrite, 4),
    ("gen_ai.usage.input_tokens.cached", Slot::CacheRead, 3),
    ("gen_ai.usage.output_cost", Slot::CostOutput, 0),
    ("gen_ai.usage.output_tokens", Slot::Output, 0),
    ("gen_ai.usage.prompt_tokens", Slot::Input, 4),
    ("gen_ai.usage.total_cost", Slot::CostTotal, 2),
    ("graph.node.id", Slot::Agent, 4),
    ("graph.node.name", Slot::Agent, 3),
    ("input_token_count", Slot::Input, 9),
    ("input_tokens", Slot::UncachedInput, 10),
    ("llm.cost.completion", Slot::CostOutput, 1),
    ("llm.cost.prompt", Slot::CostInput, 1),
    ("llm.cost.total", Slot::CostTotal, 0),
    ("llm.model_name", Slot::Model, 2),
    ("llm.request.model", Slot::Model, 7),
    ("llm.request.model_name", Slot::Model, 4),
    ("llm.request.type", Slot::Kind, 4),
    ("llm.response.model_name", Slot::Model, 3),
    ("llm.token_count.completion", Slot::Output, 1),
    ("llm.token_count.prompt", Slot::Input, 3),
    ("llm.token_count.prompt_details.cache_read", Slot::CacheRead, 1),
    ("llm.token_count.prompt_details.cache_write", Slot::CacheWrite, 3),
    ("llm.usage.completion_tokens", Slot::Output, 3),
    ("llm.usage.prompt_tokens", Slot::Input, 5),
    ("model", Slot::Model, 10),
    ("openinference.span.kind", Slot::Kind, 2),
    ("operation.cost", Slot::CostTotal, 3),
    ("output_token_count", Slot::Output, 7),
    ("output_tokens", Slot::Output, 8),
    ("reranker.model_name", Slot::Model, 6),
    ("service.name", Slot::Component, 0),
    ("session.id", Slot::Session, 1),
    ("session_id", Slot::Session, 4),
    ("span.type", Slot::Kind, 5),
    ("success", Slot::Success, 0),
    ("tag.tags", Slot::Tags, 0),
    ("thread.id", Slot::Session, 6),
    ("tool.name", Slot::Tool, 1),
    ("tool_name", Slot::Tool, 3),
    ("traceloop.association.properties.session_id", Slot::Session, 3),
    ("traceloop.entity.name", Slot::EntityName, 0),
    ("traceloop.span.kind", Slot::EntityKind, 3),
];

/// The known name spelled `key`.
pub(in super::super) fn find(key: &str) -> Option<Name> {
    let at = NAMES.binary_search_by(|(name, ..)| (*name).cmp(key)).ok()?;
    NAMES.get(at).map(|&(_, slot, rank)| Name { slot, rank })
}

/// The words of the conventions for a kind of step, in any case, and the type that each means.
///
/// Vercel's outer operations are chains: the model call inside carries the tokens once more.
const KINDS: &[(&str, &str)] = &[
    ("chat", "LLM"),
    ("llm", "LLM"),
    ("llm_request", "LLM"),
    ("generate_content", "LLM"),
    ("text_completion", "LLM"),
    ("completion", "LLM"),
    ("call_llm", "LLM"),
    ("ai.generateText.doGenerate", "LLM"),
    ("ai.streamText.doStream", "LLM"),
    ("ai.generateObject.doGenerate", "LLM"),
    ("ai.streamObject.doStream", "LLM"),
    ("execute_tool", "TOOL"),
    ("tool", "TOOL"),
    ("ai.toolCall", "TOOL"),
    ("invoke_agent", "AGENT"),
    ("create_agent", "AGENT"),
    ("agent", "AGENT"),
    ("interaction", "AGENT"),
    ("chain", "CHAIN"),
    ("invoke_workflow", "CHAIN"),
    ("workflow", "CHAIN"),
    ("task", "CHAIN"),
    ("ai.generateText", "CHAIN"),
    ("ai.streamText", "CHAIN"),
    ("ai.generateObject", "CHAIN"),
    ("ai.streamObject", "CHAIN"),
    ("ai.embed", "CHAIN"),
    ("ai.embedMany", "CHAIN"),
    ("embedding", "EMBEDDING"),
    ("embeddings", "EMBEDDING"),
    ("ai.embed.doEmbed", "EMBEDDING"),
    ("ai.embedMany.doEmbed", "EMBEDDING"),
    ("retriever", "RETRIEVER"),
    ("retrieval", "RETRIEVER"),
    ("reranker", "RERANKER"),
    ("rerank", "RERANKER"),
    ("guardrail", "GUARDRAIL"),
    ("evaluator", "EVALUATOR"),
    ("prompt", "PROMPT"),
    ("handoff", "HANDOFF"),
];

/// Span names that stand for a type where no attribute does: those of Claude Code and Codex.
const SPAN_NAMES: &[(&str, &str)] = &[
    ("claude_code.interaction", "AGENT"),
    ("claude_code.llm_request", "LLM"),
    ("claude_code.tool", "TOOL"),
    ("session_task.turn", "AGENT"),
];

/// The type that a fixed span name stands for.
pub(super) fn span_kind(name: &str) -> Option<&'static str> {
    SPAN_NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

/// The type that a convention's word stands for.
pub(super) fn kind(word: &str) -> Option<&'static str> {
    KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slots whose names compete for one column.
    fn column(slot: Slot) -> Slot {
        match slot {
            Slot::UncachedInput => Slot::Input,
            Slot::ExceptionType => Slot::ErrorType,
            Slot::Error | Slot::ExceptionMessage => Slot::ErrorMessage,
            Slot::EntityKind | Slot::Operation => Slot::Kind,
            other => other,
        }
    }

    #[test]
    fn names_are_sorted_and_ranks_do_not_tie() {
        assert!(NAMES.is_sorted_by(|one, two| one.0 < two.0));
        for (i, (name, slot, rank)) in NAMES.iter().enumerate() {
            let tie =
                NAMES[..i].iter().find(|one| column(one.1) == column(*slot) && one.2 == *rank);
            assert!(tie.is_none(), "{name} ties with {tie:?}");
        }
    }

    #[test]
    fn names_are_found_whole() {
        let name = find("llm.token_count.prompt").unwrap();
        assert_eq!((name.slot, name.rank), (Slot::Input, 3));
        assert!(find("llm.token_count").is_none());
        assert!(find("gen_ai.prompt.0.content").is_none());
        assert_eq!(find(NAMES[0].0).unwrap().slot, Slot::Agent);
    }

    #[test]
    fn words_are_known_in_any_case() {
        assert_eq!(kind("LLM"), Some("LLM"));
        assert_eq!(kind("Retriever"), Some("RETRIEVER"));
        assert_eq!(kind("AI.TOOLCALL"), Some("TOOL"));
        assert_eq!(kind("ai.generateText.doGenerate"), Some("LLM"));
        assert_eq!(kind(""), None);
        assert_eq!(span_kind("claude_code.tool"), Some("TOOL"));
        assert_eq!(span_kind("claude_code.tool.execution"), None);
    }
}
