//! OTLP's lists of attributes: each one once, as columns or as a metric's labels.
//!
//! `{"key":"gen_ai.agent.name","value":{"stringValue":"planner"}}`
//!
//! What the names mean is said by [`semconv`].

use super::super::json::{Raw, is_number, push_string};
use super::super::parts::pairs;
use super::super::scalars;
use super::super::semconv::{self, AttributeValue, Columns};
use super::super::{ImportOptions, Reject};
use std::borrow::Cow;
use std::fmt::Write;

/// The columns that the attributes of a list fill.
///
/// # Errors
/// `duplicate_key`, and `int_range` or `number` for a count or a cost out of range.
pub(super) fn columns<'a>(
    list: Option<Raw<'a>>,
    options: &ImportOptions,
) -> Result<Columns<'a>, Reject> {
    let mut columns = Columns::default();
    for pair in pairs(list, options) {
        let (key, value, _) = pair?;
        let Some(name) = semconv::find(&key) else { continue };
        match read(value) {
            Ok(Some(value)) => columns.take(name, value)?,
            Err(reject) if name.slot.is_number() => return Err(reject),
            Ok(None) | Err(_) => {}
        }
    }
    Ok(columns)
}

/// The one member of a value, with its kind.
fn content(value: Raw<'_>) -> Option<(&str, Raw<'_>)> {
    value.members().filter(|(_, content)| !content.is_null()).last()
}

fn read(value: Raw<'_>) -> Result<Option<AttributeValue<'_>>, Reject> {
    let Some((kind, content)) = content(value) else { return Ok(None) };
    Ok(match kind {
        "stringValue" => content.as_str().map(AttributeValue::Text),
        "intValue" => scalars::integer(content)?.map(AttributeValue::Int),
        "doubleValue" => scalars::float(content)?.map(AttributeValue::Float),
        "boolValue" => scalars::flag(content).map(AttributeValue::Bool),
        "arrayValue" => content.get("values").map(AttributeValue::Json),
        _ => None,
    })
}

/// Writes the attributes of a list as a JSON object with sorted keys; nothing where there are none.
///
/// Of two equal keys the last one counts.
///
/// # Errors
/// `duplicate_key` as in [`columns`].
pub(super) fn push_labels(
    list: Option<Raw<'_>>,
    options: &ImportOptions,
    out: &mut String,
) -> Result<(), Reject> {
    let labels = pairs(list, options).map(|pair| pair.map(|(key, value, _)| (key, value)));
    let mut labels = labels.collect::<Result<Vec<_>, _>>()?;
    labels.sort_by(|(one, _), (two, _)| one.cmp(two));
    push_object(&labels, out);
    Ok(())
}

/// Writes sorted pairs as an object, the last one of equal keys.
fn push_object(pairs: &[(Cow<'_, str>, Raw<'_>)], out: &mut String) {
    let start = out.len();
    for (i, (key, value)) in pairs.iter().enumerate() {
        if pairs.get(i + 1).is_some_and(|(next, _)| next == key) {
            continue;
        }
        out.push(if out.len() == start { '{' } else { ',' });
        push_string(out, key);
        out.push(':');
        push_value(*value, out);
    }
    if out.len() > start {
        out.push('}');
    }
}

/// Writes an OTLP value as the plain JSON value that it stands for.
fn push_value(value: Raw<'_>, out: &mut String) {
    let Some((kind, content)) = content(value) else { return out.push_str("null") };
    match kind {
        "intValue" => match scalars::integer(content) {
            Ok(Some(number)) => _ = write!(out, "{number}"),
            _ => push_plain(content, out),
        },
        "doubleValue" => match content.as_str() {
            // `"NaN"` stays text, for it is no JSON number.
            Some(text) if is_number(&text) => {
                out.push_str(&text);
            }
            _ => push_plain(content, out),
        },
        "boolValue" => match scalars::flag(content) {
            Some(flag) => _ = write!(out, "{flag}"),
            None => push_plain(content, out),
        },
        "arrayValue" => {
            out.push('[');
            for (i, element) in
                content.get("values").into_iter().flat_map(Raw::elements).enumerate()
            {
                if i > 0 {
                    out.push(',');
                }
                push_value(element, out);
            }
            out.push(']');
        }
        "kvlistValue" => {
            let options = ImportOptions { last_key_wins: true, ..ImportOptions::default() };
            let start = out.len();
            if push_labels(content.get("values"), &options, out).is_err() || out.len() == start {
                out.push_str("{}");
            }
        }
        _ => push_plain(content, out),
    }
}

/// Writes a value as it stands, texts in one spelling.
fn push_plain(value: Raw<'_>, out: &mut String) {
    match value.as_str() {
        Some(text) => push_string(out, &text),
        None => out.push_str(value.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Category, json};
    use super::*;
    use crate::model::Record;

    const LIST: &str = r#"[
        {"key":"z","value":{"intValue":"7"}},
        {"key":"gen_ai.agent.name","value":{"stringValue":"plan\"ner"}},
        {"key":"d","value":{"doubleValue":0.50}},
        {"key":"nan","value":{"doubleValue":"NaN"}},
        {"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"},{"boolValue":true},{}]}}},
        {"key":"map","value":{"kvlistValue":{"values":[
            {"key":"y","value":{"intValue":2}},{"key":"x","value":{"bytesValue":"AQI="}}]}}},
        {"key":"none","value":{"kvlistValue":{}}},
        {"key":"z","value":{"intValue":8}},
        {"key":"\u0061","value":{"stringValue":"\u0062"}},
        "no attribute", {"key":"valueless"}]"#;

    #[test]
    fn labels_are_plain_json_with_sorted_keys() {
        let mut out = String::new();
        let list = json::value(LIST).unwrap();
        push_labels(Some(list), &ImportOptions::default(), &mut out).unwrap();
        let wanted = concat!(
            r#"{"a":"b","d":0.50,"gen_ai.agent.name":"plan\"ner","list":["a",true,null],"#,
            r#""map":{"x":"AQI=","y":2},"nan":"NaN","none":{},"z":8}"#
        );
        assert_eq!(out, wanted);
    }

    #[test]
    fn no_attributes_give_no_labels() {
        let mut out = String::new();
        push_labels(None, &ImportOptions::default(), &mut out).unwrap();
        push_labels(Some(json::value("[]").unwrap()), &ImportOptions::default(), &mut out).unwrap();
        assert_eq!(out, "");
    }

    #[test]
    fn known_names_fill_columns() {
        let columns = columns(Some(json::value(LIST).unwrap()), &ImportOptions::default()).unwrap();
        assert_eq!(columns.agent(), Some("plan\"ner"));
        let list = r#"[{"key":"gen_ai.usage.input_tokens","value":{"intValue":"12"}},
            {"key":"tag.tags","value":{"arrayValue":{"values":[{"stringValue":"a"}]}}},
            {"key":"success","value":{"boolValue":false}},
            {"key":"llm.cost.total","value":{"doubleValue":"0.25"}},
            {"key":"session.id","value":{"intValue":"99999999999999999999"}}]"#;
        let list = json::value(list).unwrap();
        let columns = super::columns(Some(list), &ImportOptions::default()).unwrap();
        let mut record = Record::default();
        columns.fill(&mut record);
        assert_eq!((record.input_tokens, record.cost_microusd), (Some(12), Some(250_000)));
        assert_eq!(record.session_id, None);
        assert_eq!((columns.tags(), columns.outcome()), (vec!["a"], Some(false)));
    }

    #[test]
    fn numbers_out_of_range_and_second_values_are_rejected() {
        let read = |text| {
            let list = Some(json::value(text).unwrap());
            columns(list, &ImportOptions::default()).unwrap_err().category
        };
        assert_eq!(
            read(r#"[{"key":"output_tokens","value":{"intValue":"9223372036854775808"}}]"#),
            Category::IntRange
        );
        assert_eq!(
            read(r#"[{"key":"cost_usd","value":{"doubleValue":"Infinity"}}]"#),
            Category::Number
        );
        let twice = r#"[{"key":"a","key":"agent.name","value":{"stringValue":"b"}}]"#;
        assert_eq!(read(twice), Category::DuplicateKey);
        let options = ImportOptions { last_key_wins: true, ..ImportOptions::default() };
        let columns = columns(Some(json::value(twice).unwrap()), &options).unwrap();
        assert_eq!(columns.agent(), Some("b"));
    }
}
