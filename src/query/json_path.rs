//! One value out of JSON text, by a path of keys: the text is walked and left at the hit, no tree is built.

use crate::importers::json::Raw;
use std::borrow::Cow;

/// The value at `keys`; a key that is a number also selects an element of an array.
pub fn find<'a>(text: &'a str, keys: &[String]) -> Option<Raw<'a>> {
    keys.iter().try_fold(Raw::trusted(text), |value, key| {
        if value.is_array() {
            return value.elements().nth(key.parse().ok()?);
        }
        value.members().find(|(name, _)| name == key).map(|(_, value)| value)
    })
}

/// A scalar as text: a string without its quotes, a number or truth value as it is written;
/// nothing for null, an object as its text.
pub(super) fn text(value: Raw<'_>) -> Option<Cow<'_, str>> {
    if value.is_null() {
        None
    } else if value.is_string() {
        value.as_str()
    } else {
        Some(Cow::Borrowed(value.text()))
    }
}

/// A number's value; nothing for anything else.
pub(super) fn number(value: Raw<'_>) -> Option<f64> {
    value.as_f64().ok().flatten()
}

/// The keys of a path written with dots.
pub fn keys(path: &str) -> Vec<String> {
    path.split('.').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_values() {
        let json = r#"{"a":{"b":[{"c":"x\ty"},2.5]},"n":null,"t":true}"#;
        let at = |path: &str| find(json, &keys(path)).and_then(text).map(Cow::into_owned);
        assert_eq!(at("a.b.0.c").as_deref(), Some("x\ty"));
        assert_eq!(at("a.b.1").as_deref(), Some("2.5"));
        assert_eq!(find(json, &keys("a.b.1")).and_then(number), Some(2.5));
        assert_eq!(at("n"), None);
        assert_eq!(at("t").as_deref(), Some("true"));
        assert_eq!(at("a.x"), None);
        assert_eq!(at("t.x"), None);
    }
}
