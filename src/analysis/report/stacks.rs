//! The stack traces that were recorded with errors: for each kind of error that of its example.

use super::super::finish::text_of;
use crate::query::{Engine, QueryError};
use crate::report::{Section, Table, Unit, Values};
use serde_json::Value;

/// So many kinds of errors are looked up, the first of the list.
const MOST_KINDS: usize = 20;

/// So many characters of a stack trace are kept.
const MOST_CHARS: usize = 8_000;

/// What the last part of a name is, without punctuation, whose value is a stack trace.
const NAMES: [&str; 3] = ["stacktrace", "traceback", "stack"];

/// The section; nothing where no stack trace was recorded.
///
/// # Errors
/// Those of reading the examples.
pub(super) fn of_errors(engine: &Engine, errors: &Table) -> Result<Option<Section>, QueryError> {
    let (pattern, kind) = (text_of(errors, "pattern"), text_of(errors, "error_type"));
    let example = text_of(errors, "example_id");
    let mut found: Vec<(usize, String)> = Vec::new();
    for row in 0..errors.rows().min(MOST_KINDS) {
        let Some(id) = example(row) else { continue };
        // An exception may be a record of its own below the span that failed.
        let stack = engine.record(id)?.and_then(|table| first(&table));
        let stack = match stack {
            None => engine.children(id)?.and_then(|table| first(&table)),
            found => found,
        };
        found.extend(stack.map(|stack| (row, stack)));
    }
    if found.is_empty() {
        return Ok(None);
    }
    let texts = |one: &dyn Fn(usize) -> Option<String>| {
        Values::Text(found.iter().map(|(row, _)| one(*row)).collect())
    };
    let table = Table::default()
        .with("pattern", Unit::None, texts(&|row| pattern(row).map(str::to_owned)))
        .with("error_type", Unit::None, texts(&|row| kind(row).map(str::to_owned)))
        .with("stack", Unit::None, Values::texts(found.iter().map(|(_, stack)| stack)))
        .with("example_id", Unit::None, texts(&|row| example(row).map(str::to_owned)));
    Ok(Some(
        Section::new("stacks", "Stack traces", table)
            .with_lead("As recorded with one error of each kind."),
    ))
}

/// The first stack trace in the data of some records.
fn first(records: &Table) -> Option<String> {
    let Values::Json(data) = &records.column("data")?.values else { return None };
    let values = (0..records.rows()).filter_map(|row| serde_json::from_str(data.get(row)?).ok());
    let stack = values.into_iter().find_map(|value: Value| stack_in(&value))?;
    Some(match stack.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &stack[..end]),
        None => stack,
    })
}

/// The first stack trace in a value, from the outside in.
fn stack_in(value: &Value) -> Option<String> {
    match value {
        Value::Object(object) => {
            let named = object.iter().find_map(|(name, value)| stack_called(name, value));
            // An attribute of OTLP, and a tag of Jaeger, is an object with its name in it.
            let attribute = || {
                let value = object.get("value")?;
                let text = value.get("stringValue").unwrap_or(value);
                stack_called(object.get("key")?.as_str()?, text)
            };
            named.or_else(attribute).or_else(|| object.values().find_map(stack_in))
        }
        Value::Array(values) => values.iter().find_map(stack_in),
        _ => None,
    }
}

/// The value as a stack trace, if its name says that it is one.
fn stack_called(name: &str, value: &Value) -> Option<String> {
    let last = name.rsplit('.').next().unwrap_or(name);
    let last: String = last.chars().filter(char::is_ascii_alphabetic).collect();
    if !NAMES.contains(&last.to_ascii_lowercase().as_str()) {
        return None;
    }
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => {
            let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
            lines.join("\n")
        }
        _ => return None,
    };
    let text = text.trim_end();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn stack_traces_are_found_under_their_usual_names() {
        for (value, stack) in [
            (json!({"stackTrace": "at a\nat b\n"}), Some("at a\nat b")),
            (json!({"tags": {"stack_trace": "File \"a.py\""}}), Some("File \"a.py\"")),
            (json!({"error": {"message": "m", "stack": ["at a", "at b"]}}), Some("at a\nat b")),
            (
                json!([{"key": "x", "value": {"stringValue": "y"}},
                {"key": "exception.stacktrace", "value": {"stringValue": "at c"}}]),
                Some("at c"),
            ),
            (json!([{"key": "stack", "type": "string", "value": "at d"}]), Some("at d")),
            (json!({"stack": 3, "stack_depth": "4", "haystack": "x"}), None),
            (json!({"traceback": "  \n"}), None),
        ] {
            assert_eq!(stack_in(&value).as_deref(), stack, "{value}");
        }
    }
}
