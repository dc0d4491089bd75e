//! The arguments of a call out of its payload, in one spelling.
//!
//! Each format keeps them elsewhere: `data.parameters` (Claude-Flow), `input` (Claude Code's block),
//! `input_params` (MyAgent), `tags` (LangSwarm, MPLP, Jaeger), `attributes` (OTLP).

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use xxhash_rust::xxh3::xxh3_128;

/// Names of the member that holds the arguments, the best first.
const NAMES: [&str; 18] = [
    "arguments",
    "args",
    "parameters",
    "params",
    "input_params",
    "tool_input",
    "toolInput",
    "input",
    "inputs",
    "kwargs",
    "gen_ai.tool.call.arguments",
    "ai.toolCall.args",
    "input.value",
    "traceloop.entity.input",
    "tool_parameters",
    "tool.arguments",
    "input_fingerprint",
    "args_fingerprint",
];

/// Members in which formats keep what has no column; the arguments may be in them.
const AROUND: [&str; 3] = ["tags", "metadata", "attributes"];

/// Arguments that name the call and not what is asked for: the same call never has the same twice.
const OF_THE_CALL: [&str; 16] = [
    "call_id",
    "callId",
    "correlation_id",
    "correlationId",
    "idempotency_key",
    "idempotencyKey",
    "nonce",
    "request_id",
    "requestId",
    "span_id",
    "spanId",
    "tool_call_id",
    "toolCallId",
    "trace_id",
    "traceId",
    "tool_use_id",
];

/// A list element of OTLP's attributes, or of Jaeger's tags.
#[derive(Deserialize)]
struct Attribute<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
}

impl<'a> Attribute<'a> {
    /// The value, which OTLP puts under the name of its type.
    fn content(&self) -> Option<&'a RawValue> {
        if !self.value.get().starts_with('{') {
            return Some(self.value);
        }
        let typed: Members<'a> = serde_json::from_str(self.value.get()).ok()?;
        typed.into_values().next()
    }
}

type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// The text of the arguments that a call's payload holds; nothing where it records none.
fn find(payload: &str) -> Option<&str> {
    let members: Members<'_> = serde_json::from_str(payload).ok()?;
    if let Some(found) = among(&members) {
        return Some(found);
    }
    AROUND.iter().find_map(|name| {
        let text = members.get(*name)?.get();
        if text.starts_with('[') {
            let list: Vec<Attribute<'_>> = serde_json::from_str(text).ok()?;
            let flat: Members<'_> = list
                .into_iter()
                .filter_map(|one| one.content().map(|value| (one.key, value)))
                .collect();
            return among(&flat);
        }
        among(&serde_json::from_str(text).ok()?)
    })
}

fn among<'a>(members: &Members<'a>) -> Option<&'a str> {
    let values = NAMES.iter().filter_map(|name| members.get(*name));
    values.map(|value| value.get()).find(|text| *text != "null")
}

/// A hash of the arguments that a call's payload holds; nothing where it records none.
///
/// Two are alike whatever the order of keys, the spaces between values and the way numbers and texts are
/// spelled; JSON within a text counts as what it says. Ids of the call itself (`request_id`,
/// `toolCallId`, `nonce`, …) at the top do not count. Everything else does, times and other ids too:
/// whoever asks for another page or another minute asks for something else.
pub(super) fn digest(payload: &str) -> Option<u128> {
    find(payload).map(|text| xxh3_128(spelled(text).as_bytes()))
}

/// The arguments as a person reads them, cut after `most` characters.
pub(super) fn shown(payload: &str, most: usize) -> String {
    let text = find(payload).map(spelled).unwrap_or_default();
    cut(&text, most)
}

/// A text that ends with a mark where it is longer than `most` characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A JSON text in one spelling; one that is nested too deeply to be read as it stands.
fn spelled(text: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    let mut out = String::with_capacity(text.len());
    push(&mut out, &value, 0);
    out
}

/// A JSON value in one spelling.
pub(super) fn spelling(value: &Value) -> String {
    let mut out = String::new();
    push(&mut out, value, 1);
    out
}

fn push(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members
                .iter()
                .filter(|(name, _)| depth > 0 || !OF_THE_CALL.contains(&name.as_str()))
                .collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (place, (name, value)) in members.into_iter().enumerate() {
                out.push_str(if place == 0 { "" } else { "," });
                push_text(out, name);
                out.push(':');
                push(out, value, depth + 1);
            }
            out.push('}');
        }
        Value::Array(elements) => {
            out.push('[');
            for (place, element) in elements.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { "," });
                push(out, element, depth + 1);
            }
            out.push(']');
        }
        Value::String(text) => {
            let inner = text.trim();
            let is_json = (inner.starts_with('{') && inner.ends_with('}'))
                || (inner.starts_with('[') && inner.ends_with(']'));
            match serde_json::from_str::<Value>(inner) {
                Ok(value) if is_json && depth == 0 => push(out, &value, depth),
                _ => push_text(out, text),
            }
        }
        Value::Number(number) => match number.as_f64() {
            // Beyond 2^53 not every whole number is one of 64 bits with a point.
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => {
                _ = write!(out, "{float:.0}");
            }
            _ => _ = write!(out, "{number}"),
        },
        Value::Bool(_) | Value::Null => _ = write!(out, "{value}"),
    }
}

fn push_text(out: &mut String, text: &str) {
    out.push_str(&Value::String(text.to_owned()).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn alike(left: &str, right: &str) {
        assert!(digest(left).is_some(), "{left}");
        assert_eq!(digest(left), digest(right), "{left} and {right}");
    }

    #[track_caller]
    fn different(left: &str, right: &str) {
        assert_ne!(digest(left), digest(right), "{left} and {right}");
    }

    #[test]
    fn the_spelling_does_not_count() {
        alike(
            r#"{"taskId":"t-1","parameters":{"a":1,"b":["x",2.0]}}"#,
            r#"{"taskId":"t-2", "parameters": {"b" : [ "\u0078", 2 ], "a": 1e0}}"#,
        );
        alike(r#"{"args":"{\"q\": 1}"}"#, r#"{"args":{"q":1}}"#);
        alike(
            r#"{"input":{"q":"a","request_id":"r-1","nonce":7}}"#,
            r#"{"input":{"q":"a","request_id":"r-2"}}"#,
        );
    }

    #[test]
    fn what_is_asked_for_counts() {
        let one = r#"{"input":{"path":"a.rs","page":1}}"#;
        different(one, r#"{"input":{"path":"a.rs","page":2}}"#);
        different(one, r#"{"input":{"path":"a.rs","page":"1"}}"#);
        different(
            r#"{"input":{"since":"2026-01-05T09:00:00Z"}}"#,
            r#"{"input":{"since":"2026-01-05T09:00:01Z"}}"#,
        );
        different(r#"{"input":{"id":"a"}}"#, r#"{"input":{"id":"b"}}"#);
        different(r#"{"input":{"run":{"nonce":1}}}"#, r#"{"input":{"run":{"nonce":2}}}"#);
        different(r#"{"input":{"cmd":"ls  -l"}}"#, r#"{"input":{"cmd":"ls -l"}}"#);
        different(r#"{"input":{"n":9007199254740993}}"#, r#"{"input":{"n":9007199254740992}}"#);
    }

    #[test]
    fn each_format_has_its_place() {
        alike(
            r#"{"type":"tool_use","id":"toolu_1","name":"Read","input":{"file_path":"a"}}"#,
            r#"{"type":"tool","tool_name":"Read","input_params":{"file_path":"a"}}"#,
        );
        alike(
            r#"{"attributes":[{"key":"gen_ai.tool.call.id","value":{"stringValue":"1"}},{"key":"gen_ai.tool.call.arguments","value":{"stringValue":"{\"file_path\":\"a\"}"}}]}"#,
            r#"{"attributes":{"gen_ai.tool.call.arguments":"{\"file_path\": \"a\"}"}}"#,
        );
        alike(
            r#"{"span_id":"1","tags":{"tool":"t","input_fingerprint":"0a1b"}}"#,
            r#"{"span_id":"2","tags":{"input_fingerprint":"0a1b"}}"#,
        );
    }

    #[test]
    fn without_arguments_nothing_is_alike() {
        for payload in
            ["", "[]", "7", "{}", r#"{"parameters":null}"#, r#"{"taskId":"t","tool":"x"}"#]
        {
            assert_eq!(digest(payload), None, "{payload}");
        }
        assert!(digest(r#"{"parameters":{}}"#).is_some());
    }

    #[test]
    fn deep_and_long_arguments_are_read() {
        let deep = format!(r#"{{"args":{}1{}}}"#, "[".repeat(5000), "]".repeat(5000));
        // Too deep for a tree, so it counts as it stands, if at all.
        assert_eq!(digest(&deep), digest(&deep.clone()));
        let long = format!(r#"{{"args":{{"text":"{}"}}}}"#, "x".repeat(1_000_000));
        alike(&long, &long.replace(":{", ": {"));
        assert_eq!(shown(&long, 10), r#"{"text":"x…"#);
    }
}
