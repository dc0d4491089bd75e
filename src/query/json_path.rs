//! One value out of JSON text, by a path of keys: no tree is built.

use crate::importers::json::{Raw, Tape};
use std::borrow::Cow;

/// The text of the value at `keys`; a key that is a number also selects an element of an array.
pub fn find<'t>(tape: &mut Tape, text: &'t str, keys: &[String]) -> Option<&'t str> {
    if text.starts_with('{') && keys.first().is_some_and(|key| !may_have(text, key)) {
        return None;
    }
    let found = keys.iter().try_fold(tape.value(text).ok()?, |value: Raw<'_>, key| {
        if value.is_array() {
            return value.elements().nth(key.parse().ok()?);
        }
        value.members().find(|(name, _)| name == key).map(|(_, value)| value)
    })?;
    text.get(found.place())
}

/// Whether an object may have a key: it stands there as it is, unless something is escaped.
fn may_have(object: &str, key: &str) -> bool {
    let has = |what: &str| memchr::memmem::find(object.as_bytes(), what.as_bytes()).is_some();
    has(key) || has("\\")
}

/// A scalar as text: a string without its quotes, a number or truth value as it is written;
/// nothing for null, an object as its text.
pub(super) fn text(value: &str) -> Option<Cow<'_, str>> {
    match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inside) if !inside.contains('\\') => Some(Cow::Borrowed(inside)),
        Some(_) => serde_json::from_str(value).ok().map(Cow::Owned),
        None => Some(Cow::Borrowed(value)).filter(|value| value != "null"),
    }
}

/// A number's value; nothing for anything else.
pub(super) fn number(value: &str) -> Option<f64> {
    let is_number = value.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    value.parse().ok().filter(|number: &f64| is_number && number.is_finite())
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
        let mut tape = Tape::new();
        let mut at =
            |path: &str| find(&mut tape, json, &keys(path)).and_then(text).map(Cow::into_owned);
        assert_eq!(at("a.b.0.c").as_deref(), Some("x\ty"));
        assert_eq!(at("a.b.1").as_deref(), Some("2.5"));
        assert_eq!(at("n"), None);
        assert_eq!(at("t").as_deref(), Some("true"));
        assert_eq!(at("a.x"), None);
        assert_eq!(at("t.x"), None);
        let find = |path: &str| find(&mut Tape::new(), json, &keys(path));
        assert_eq!(find("a.b.1").and_then(number), Some(2.5));
        assert_eq!(find("a.b.0.c").and_then(number), None);
    }

    #[test]
    fn keys_are_found_however_they_are_written() {
        let find = |json, path| find(&mut Tape::new(), json, &keys(path));
        assert_eq!(find(r#"{"\u0061b":1}"#, "ab"), Some("1"));
        assert_eq!(find(r#"{"a\"b":1}"#, "a\"b"), Some("1"));
        assert_eq!(find(r#"{"a":"b"}"#, "b"), None);
        assert_eq!(find(r#"["x",2]"#, "1"), Some("2"));
        assert_eq!(find(r#"{"":{"b":3}}"#, ".b"), Some("3"));
        assert_eq!(find("{}", "a"), None);
    }
}
