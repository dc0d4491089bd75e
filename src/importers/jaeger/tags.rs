//! Jaeger's tags, and the fields of its logs, which are written alike.
//!
//! `{"key":"gen_ai.usage.input_tokens","type":"int64","value":12}`; integers that JavaScript has no room for
//! are in quotes, bytes in base64. What the names mean is said by `semconv`.

use super::super::json::Raw;
use super::super::parts::pairs;
use super::super::scalars;
use super::super::semconv::{self, AttributeValue, Columns};
use super::super::{ImportOptions, Reject};
use std::borrow::Cow;

/// What a list of tags says.
#[derive(Default)]
pub(super) struct Tags<'a> {
    pub(super) columns: Columns<'a>,
    /// Whether the status code of OpenTelemetry says that it went well; `None` for one that is not set.
    pub(super) code: Option<bool>,
    /// The text of that status.
    pub(super) message: Option<Cow<'a, str>>,
    /// `server`, `client`, `producer`, `consumer` or `internal`.
    pub(super) kind: Option<Cow<'a, str>>,
}

impl<'a> Tags<'a> {
    /// Reads the tags of a list.
    ///
    /// # Errors
    /// `duplicate_key`, and `int_range` or `number` for a count or a cost out of range.
    pub(super) fn of(list: Option<Raw<'a>>, options: &ImportOptions) -> Result<Self, Reject> {
        Self::renamed(list, options, |key| key)
    }

    /// Reads the fields of a log called `event`.
    ///
    /// # Errors
    /// As [`Tags::of`].
    pub(super) fn of_log(
        list: Option<Raw<'a>>,
        event: Option<&str>,
        options: &ImportOptions,
    ) -> Result<Self, Reject> {
        // OpenTracing's names for an exception.
        Self::renamed(list, options, |key| match key {
            "error.kind" => "exception.type",
            "message" if event == Some("error") => "exception.message",
            other => other,
        })
    }

    fn renamed(
        list: Option<Raw<'a>>,
        options: &ImportOptions,
        rename: impl Fn(&str) -> &str,
    ) -> Result<Self, Reject> {
        let mut tags = Self::default();
        for pair in pairs(list, options) {
            let (key, value, tag) = pair?;
            match &*key {
                "otel.status_code" => tags.code = scalars::status_code(value),
                "otel.status_description" => tags.message = value.as_text(),
                "span.kind" => tags.kind = value.as_text(),
                _ => {}
            }
            let Some(name) = semconv::find(rename(&key)) else { continue };
            match read(tag.get("type"), value) {
                Ok(Some(AttributeValue::Text(text))) if key == "error" => {
                    tags.columns.take(name, flag_or_text(text))?;
                }
                Ok(Some(value)) => tags.columns.take(name, value)?,
                Err(reject) if name.slot.is_number() => return Err(reject),
                Ok(None) | Err(_) => {}
            }
        }
        Ok(tags)
    }
}

/// Senders without types write `"true"`, which is no message.
fn flag_or_text(text: Cow<'_, str>) -> AttributeValue<'_> {
    text.parse().map_or(AttributeValue::Text(text), AttributeValue::Bool)
}

/// The name of a log: its field `event`.
pub(super) fn event_name<'a>(fields: Option<Raw<'a>>) -> Option<Cow<'a, str>> {
    let is_event =
        |field: &Raw<'a>| field.get("key").and_then(Raw::as_str).is_some_and(|key| key == "event");
    let field = fields.into_iter().flat_map(Raw::elements).find(is_event)?;
    field.get("value")?.as_text()
}

/// The value of a tag by its type; by what JSON says where it has none.
fn read<'a>(kind: Option<Raw<'_>>, value: Raw<'a>) -> Result<Option<AttributeValue<'a>>, Reject> {
    let kind = kind.and_then(Raw::as_str).map(|kind| kind.to_ascii_lowercase());
    Ok(match kind.as_deref() {
        Some("int64") => scalars::integer(value)?.map(AttributeValue::Int),
        Some("float64") => scalars::float(value)?.map(AttributeValue::Float),
        Some("bool") => scalars::flag(value).map(AttributeValue::Bool),
        Some("binary") => None,
        _ if value.is_number() => match value.as_i64()? {
            Some(whole) => Some(AttributeValue::Int(whole)),
            None => value.as_f64()?.map(AttributeValue::Float),
        },
        _ if value.is_array() => Some(AttributeValue::Json(value)),
        _ => (value.as_bool().map(AttributeValue::Bool))
            .or_else(|| value.as_str().map(AttributeValue::Text)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::{Category, json};
    use super::*;
    use crate::model::Record;

    fn tags(text: &str) -> Result<Tags<'_>, Reject> {
        Tags::of(Some(json::value(text).unwrap()), &ImportOptions::default())
    }

    #[test]
    fn values_are_of_their_type() {
        let list = r#"[
            {"key":"gen_ai.usage.input_tokens","type":"int64","value":"9007199254740993"},
            {"key":"gen_ai.usage.output_tokens","type":"int64","value":7},
            {"key":"llm.cost.total","type":"float64","value":0.25},
            {"key":"tag.tags","type":"string","value":"[\"a\",\"b\"]"},
            {"key":"gen_ai.agent.name","type":"STRING","value":"ann"},
            {"key":"gen_ai.tool.name","type":"binary","value":"AQI="},
            {"key":"success","type":"bool","value":"true"},
            {"key":"nobody.knows","type":"int64","value":"many"}, 17]"#;
        let tags = tags(list).unwrap();
        let mut record = Record::default();
        tags.columns.fill(&mut record);
        assert_eq!(record.input_tokens, Some(9_007_199_254_740_993));
        assert_eq!((record.output_tokens, record.cost_microusd), (Some(7), Some(250_000)));
        assert_eq!((record.agent, record.tool), (Some("ann"), None));
        assert_eq!((tags.columns.tags(), tags.columns.outcome()), (vec!["a", "b"], Some(true)));
    }

    #[test]
    fn without_a_type_json_says_it() {
        let list = r#"[{"key":"output_tokens","value":12},{"key":"llm.cost.total","value":0.5},
            {"key":"success","value":false},{"key":"tag.tags","value":["x"]}]"#;
        let tags = tags(list).unwrap();
        let mut record = Record::default();
        tags.columns.fill(&mut record);
        assert_eq!((record.output_tokens, record.cost_microusd), (Some(12), Some(500_000)));
        assert_eq!((tags.columns.tags(), tags.columns.outcome()), (vec!["x"], Some(false)));
    }

    #[test]
    fn errors_and_codes_say_how_it_went() {
        let error = |value: &str| {
            let list = format!(r#"[{{"key":"error","type":"bool","value":{value}}}]"#);
            tags(&list).unwrap().columns.outcome()
        };
        assert_eq!((error("true"), error("false")), (Some(false), None));
        let of = |list: &str| {
            let tags = tags(list).unwrap();
            let mut record = Record::default();
            tags.columns.fill(&mut record);
            (tags.columns.outcome(), record.error_message.map(str::to_owned), tags.code)
        };
        let list = r#"[{"key":"error","type":"string","value":"true"}]"#;
        assert_eq!(of(list), (Some(false), None, None));
        let list = r#"[{"key":"error","type":"string","value":"it broke"}]"#;
        assert_eq!(of(list), (Some(false), Some("it broke".to_owned()), None));
        let list = r#"[{"key":"otel.status_code","type":"string","value":"ERROR"}]"#;
        assert_eq!(of(list), (None, None, Some(false)));
        let list = r#"[{"key":"otel.status_code","type":"string","value":"OK"}]"#;
        assert_eq!(of(list), (None, None, Some(true)));
    }

    #[test]
    fn exceptions_of_opentracing_are_exceptions() {
        let list = r#"[{"key":"event","value":"error"},{"key":"error.kind","value":"KeyError"},
            {"key":"message","value":"no P-9"}]"#;
        let fields = Some(json::value(list).unwrap());
        let name = event_name(fields);
        assert_eq!(name.as_deref(), Some("error"));
        let message = |event| {
            let tags = Tags::of_log(fields, event, &ImportOptions::default()).unwrap();
            let mut record = Record::default();
            tags.columns.fill(&mut record);
            (record.error_type.map(str::to_owned), record.error_message.map(str::to_owned))
        };
        let kind = Some("KeyError".to_owned());
        assert_eq!(message(Some("error")), (kind.clone(), Some("no P-9".to_owned())));
        assert_eq!(message(Some("note")), (kind, None));
    }

    #[test]
    fn numbers_out_of_range_and_second_values_are_rejected() {
        let of = |list: &str| tags(list).err().map(|reject| reject.category);
        let count = r#"[{"key":"output_tokens","type":"int64","value":"9223372036854775808"}]"#;
        assert_eq!(of(count), Some(Category::IntRange));
        let cost = r#"[{"key":"cost_usd","type":"float64","value":"Infinity"}]"#;
        assert_eq!(of(cost), Some(Category::Number));
        let other = r#"[{"key":"n","type":"int64","value":"9223372036854775808"}]"#;
        assert_eq!(of(other), None);
        let twice = r#"[{"key":"a","value":"b","value":"c"}]"#;
        assert_eq!(of(twice), Some(Category::DuplicateKey));
    }
}
