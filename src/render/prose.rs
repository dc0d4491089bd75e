//! Small JSON values in words: `{"value":12.3,"low":10}` as `value 12.3, low 10`.
//!
//! For the reports of people only; whoever asks for rows gets the JSON itself.

use super::humanize;
use crate::report::{Unit, Values};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Texts longer than this are no small values.
const LONGEST: usize = 4_000;

/// The value in words; `None` for one that is nested too deeply for that, or is no JSON.
pub(super) fn from_json(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    match serde_json::from_str(text).ok()? {
        Words::Single(words) | Words::Pairs(words) => Some(words),
        Words::Nested => None,
    }
}

/// A value in words.
enum Words {
    /// A number, a text, a list of them, or a list of objects.
    Single(String),
    /// The pairs of an object.
    Pairs(String),
    /// More than that.
    Nested,
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Words;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Words, E> {
        Ok(Words::Single("–".to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Words, E> {
        Ok(Words::Single(if value { "yes" } else { "no" }.to_owned()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Words, E> {
        Ok(Words::Single(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Words, E> {
        Ok(Words::Single(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Words, E> {
        let mut words = String::new();
        humanize::write_value(&mut words, &Values::Float(vec![Some(value)]), Unit::None, 0);
        Ok(Words::Single(words))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Words, E> {
        Ok(Words::Single(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Words, A::Error> {
        let mut words = String::new();
        let mut is_nested = false;
        while let Some(item) = items.next_element()? {
            let (separator, item) = match item {
                Words::Single(item) => (", ", item),
                Words::Pairs(item) => ("; ", item),
                Words::Nested => {
                    is_nested = true;
                    continue;
                }
            };
            words.push_str(if words.is_empty() { "" } else { separator });
            words.push_str(&item);
        }
        Ok(if is_nested { Words::Nested } else { Words::Single(words) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Words, A::Error> {
        let mut words = String::new();
        while let Some(key) = pairs.next_key::<String>()? {
            let Words::Single(value) = pairs.next_value()? else {
                while pairs.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(Words::Nested);
            };
            words.push_str(if words.is_empty() { "" } else { ", " });
            words.push_str(&key.replace('_', " "));
            words.push(' ');
            words.push_str(&value);
        }
        Ok(Words::Pairs(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_become_words() {
        let words = |text| from_json(text).unwrap();
        assert_eq!(
            words(r#"{"value":12.310,"low":10,"is_sure":true}"#),
            "value 12.31, low 10, is sure yes"
        );
        assert_eq!(
            words(r#"[{"rule":"errors","points":12},{"rule":"slow","points":3}]"#),
            "rule errors, points 12; rule slow, points 3"
        );
        assert_eq!(words(r#"["a",null,3]"#), "a, –, 3");
        assert_eq!(words(r#"{"agents":["a","b"]}"#), "agents a, b");
        assert_eq!(words("{}"), "");
    }

    #[test]
    fn nested_values_stay_json() {
        assert_eq!(from_json(r#"{"a":{"b":1},"c":2}"#), None);
        assert_eq!(from_json(r#"[[{"a":{"b":[]}}],1]"#), None);
        assert_eq!(from_json("{oops"), None);
        assert_eq!(from_json(&"[".repeat(3_000)), None);
    }
}
