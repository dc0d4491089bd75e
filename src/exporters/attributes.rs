//! What a record says of itself as attributes: the names of OpenTelemetry's conventions for agents where
//! there are any, and `tracekit.…` for the rest.

use super::columns::Row;

/// The value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'r> {
    Text(&'r str),
    Integer(i64),
    Float(f64),
}

/// The columns that attributes are made of, beside those of each step and its group.
pub(super) const ATTRIBUTES: &[&str] = &[
    "correlation_id",
    "peer",
    "component",
    "model",
    "task_id",
    "message_id",
    "duration_ns",
    "status",
    "error_type",
    "error_message",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cost_microusd",
    "data",
];

/// Columns of text, each with its attribute.
const TEXTS: [(&str, &str); 15] = [
    ("agent", "gen_ai.agent.name"),
    ("peer", "gen_ai.agent.handoff.target.name"),
    ("session_id", "session.id"),
    ("model", "gen_ai.request.model"),
    ("tool", "gen_ai.tool.name"),
    ("error_type", "error.type"),
    ("error_message", "error.message"),
    ("type", "tracekit.type"),
    ("operation", "tracekit.operation"),
    ("swarm_id", "tracekit.swarm_id"),
    ("correlation_id", "tracekit.correlation_id"),
    ("task_id", "tracekit.task_id"),
    ("message_id", "tracekit.message_id"),
    ("id", "tracekit.id"),
    ("data", "tracekit.data"),
];

/// The attributes of a record.
pub(super) fn attributes(row: Row<'_>) -> Vec<(&'static str, Value<'_>)> {
    let mut all = Vec::with_capacity(12);
    let operation = match row.text("type") {
        Some("LLM") => Some("chat"),
        Some("TOOL") => Some("execute_tool"),
        Some("AGENT") => Some("invoke_agent"),
        _ => None,
    };
    if let Some(operation) = operation {
        all.push(("gen_ai.operation.name", Value::Text(operation)));
    }
    for (column, name) in TEXTS {
        if let Some(text) = row.text(column) {
            all.push((name, Value::Text(text)));
        }
    }
    let cache = [row.integer("cache_read_tokens"), row.integer("cache_write_tokens")];
    // By the conventions the tokens that the model read include those of the cache.
    let read = row
        .integer("input_tokens")
        .map(|fresh| fresh.saturating_add(cache.iter().flatten().sum::<i64>()));
    let integers = [
        ("gen_ai.usage.input_tokens", read),
        ("gen_ai.usage.output_tokens", row.integer("output_tokens")),
        ("gen_ai.usage.cache_read.input_tokens", cache[0]),
        ("gen_ai.usage.cache_creation.input_tokens", cache[1]),
    ];
    for (name, value) in integers {
        if let Some(value) = value {
            all.push((name, Value::Integer(value)));
        }
    }
    if let Some(cost) = row.integer("cost_microusd") {
        all.push(("gen_ai.usage.cost", Value::Float(cost as f64 / 1e6)));
    }
    all
}

/// An id of `digits` lower-case hexadecimal digits: the text itself where it is one, else a hash of it.
pub(super) fn hexadecimal_id(text: &str, digits: usize) -> String {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() == digits && text.bytes().all(is_digit) {
        return text.to_owned();
    }
    let hash = crate::model::hash_id(text.as_bytes());
    hash.chars().skip(2).take(digits).collect()
}

/// The trace of a record: its own, else that of its session or swarm.
pub(super) fn trace_of(row: Row<'_>) -> &str {
    let groups = ["trace_id", "session_id", "swarm_id"];
    groups.into_iter().find_map(|name| row.text(name)).unwrap_or("none")
}

/// What a span is called.
pub(super) fn span_name(row: Row<'_>) -> &str {
    let names = ["name", "operation", "tool", "type"];
    names.into_iter().find_map(|name| row.text(name)).unwrap_or("span")
}

#[cfg(test)]
mod tests {
    use super::super::columns::rows;
    use super::super::samples::table;
    use super::*;

    #[test]
    fn tokens_include_the_cache_as_the_conventions_have_it() {
        let table = table(&serde_json::json!([{"type": "LLM", "model": "m", "input_tokens": 200,
            "output_tokens": 85, "cache_read_tokens": 900, "cache_write_tokens": 100,
            "cost_microusd": 1500}]));
        let row = rows(&table).next().unwrap();
        let found = attributes(row);
        let value = |name: &str| found.iter().find(|(known, _)| *known == name).map(|pair| pair.1);
        assert_eq!(value("gen_ai.usage.input_tokens"), Some(Value::Integer(1200)));
        assert_eq!(value("gen_ai.usage.cache_creation.input_tokens"), Some(Value::Integer(100)));
        assert_eq!(value("gen_ai.usage.cost"), Some(Value::Float(0.0015)));
        assert_eq!(value("gen_ai.operation.name"), Some(Value::Text("chat")));
        assert_eq!((span_name(row), trace_of(row)), ("LLM", "none"));
    }

    #[test]
    fn ids_are_kept_or_hashed() {
        assert_eq!(hexadecimal_id("00f067aa0ba902b7", 16), "00f067aa0ba902b7");
        let hashed = hexadecimal_id("task-7", 16);
        assert_eq!(hashed.len(), 16);
        assert_eq!(hexadecimal_id("task-7", 32)[..16], hashed);
        assert_ne!(hexadecimal_id("00F067AA0BA902B7", 16), "00F067AA0BA902B7");
    }
}
