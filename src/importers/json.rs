//! JSON text without a tree: one validating pass over a line, values kept as slices of it.
//!
//! [`Fields::parse`] checks a whole line against RFC 8259 and splits its top level; everything below
//! stays raw text until somebody asks. `serde_json` is the judge of what is valid (see the tests).

mod fields;
mod scan;
mod walk;

pub use fields::Fields;
pub use walk::{Elements, Members};

use super::{Category, Reject};
use scan::Scan;
use std::borrow::Cow;
use walk::Walk;

/// Nesting deeper than this is rejected.
pub const MAX_DEPTH: u32 = 128;

/// One valid JSON value as a slice of its line, without surrounding white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// A text that was checked when it was stored; of any other text the values are arbitrary.
    pub fn trusted(text: &'a str) -> Self {
        Self(text.trim_ascii())
    }

    /// The value's text, byte for byte.
    pub fn text(self) -> &'a str {
        self.0
    }

    fn first(self) -> u8 {
        self.0.as_bytes().first().copied().unwrap_or(b'n')
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.first() == b'{'
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        self.first() == b'['
    }

    /// Whether it is a string.
    pub fn is_string(self) -> bool {
        self.first() == b'"'
    }

    /// Whether it is a number.
    pub fn is_number(self) -> bool {
        matches!(self.first(), b'-' | b'0'..=b'9')
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.first() == b'n'
    }

    /// A boolean's value.
    pub fn as_bool(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A string's value with its escapes resolved; `None` for anything else, and for a string with
    /// half of a surrogate pair, which is no text.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
            return Some(Cow::Borrowed(inner));
        }
        serde_json::from_str::<String>(self.0).ok().map(Cow::Owned)
    }

    /// A non-empty string's value.
    pub fn as_text(self) -> Option<Cow<'a, str>> {
        self.as_str().filter(|text| !text.is_empty())
    }

    /// An integer's value: `7`, and also `7.0` and `7e0`. `None` for anything that is no integer.
    ///
    /// # Errors
    /// `int_range` for an integer outside 64 bits.
    pub fn as_i64(self) -> Result<Option<i64>, Reject> {
        if !self.is_number() {
            return Ok(None);
        }
        if let Ok(value) = self.0.parse::<i64>() {
            return Ok(Some(value));
        }
        if self.0.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) {
            return Err(self.out_of_range());
        }
        match self.0.parse::<f64>() {
            // 2^63 is exact in a float; beyond it nothing fits.
            Ok(value) if value.fract() == 0.0 && value.abs() >= 9_223_372_036_854_775_808.0 => {
                Err(self.out_of_range())
            }
            #[expect(clippy::cast_possible_truncation, reason = "a whole number within ±2^63")]
            Ok(value) if value.fract() == 0.0 => Ok(Some(value as i64)),
            _ => Ok(None),
        }
    }

    fn out_of_range(self) -> Reject {
        Reject::new(Category::IntRange, format!("integer `{}` does not fit 64 bits", clip(self.0)))
    }

    /// A number's value.
    ///
    /// # Errors
    /// `number` for one that is beyond a 64-bit float, such as `1e400`.
    pub fn as_f64(self) -> Result<Option<f64>, Reject> {
        if !self.is_number() {
            return Ok(None);
        }
        match self.0.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Some(value)),
            _ => Err(Reject::new(
                Category::Number,
                format!("number `{}` does not fit a 64-bit float", clip(self.0)),
            )),
        }
    }

    /// The members of an object in their order; none for anything else.
    pub fn members(self) -> Members<'a> {
        Members { walk: Walk::of(self, b'{') }
    }

    /// The elements of an array in their order; none for anything else.
    pub fn elements(self) -> Elements<'a> {
        Elements { walk: Walk::of(self, b'[') }
    }

    /// The last member called `key`.
    pub fn get(self, key: &str) -> Option<Raw<'a>> {
        self.members().filter(|(name, _)| name == key).last().map(|(_, value)| value)
    }

    /// The value at a path of keys, such as `["context", "taskId"]`.
    pub fn at(self, path: &[&str]) -> Option<Raw<'a>> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }
}

/// The first characters of a text that goes into a message.
fn clip(text: &str) -> &str {
    let end = text.char_indices().nth(40).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// The bytes of `text` in `range`; ranges come from the scanner and end beside ASCII.
fn slice(text: &str, range: std::ops::Range<usize>) -> &str {
    text.get(range).unwrap_or("null")
}

/// Checks that `text` is exactly one JSON value.
///
/// # Errors
/// As [`Fields::parse`], but for `not_object` and `duplicate_key`.
pub fn value(text: &str) -> Result<Raw<'_>, Reject> {
    let mut scan = Scan::new(text);
    scan.space();
    let start = scan.at;
    scan.value(0)?;
    let end = scan.at;
    scan.end()?;
    Ok(Raw(slice(text, start..end)))
}

#[cfg(test)]
mod tests {
    use super::super::ImportOptions;
    use super::*;
    use proptest::prelude::*;

    fn category(text: &str) -> Option<Category> {
        Fields::parse(text, &ImportOptions::default()).err().map(|reject| reject.category)
    }

    #[test]
    fn broken_lines_are_told_apart() {
        assert_eq!(category(r#"{"a":1}"#), None);
        assert_eq!(category(r#" { "a" : [1, {"b": "\u00e9\n"}], "c": -0.5e+3 } "#), None);
        assert_eq!(category(r#"{"a":1} x"#), Some(Category::TrailingData));
        assert_eq!(category(r#"{"a":1}{"b":2}"#), Some(Category::TrailingData));
        assert_eq!(category("[1,2]"), Some(Category::NotObject));
        assert_eq!(category("7"), Some(Category::NotObject));
        assert_eq!(category(r#"{"a":1"#), Some(Category::InvalidJson));
        assert_eq!(category("{\"a\":\"\u{1}\"}"), Some(Category::InvalidJson));
        assert_eq!(category(r#"{"a":NaN}"#), Some(Category::Number));
        assert_eq!(category(r#"{"a":-Infinity}"#), Some(Category::Number));
        assert_eq!(category(r#"{"a":1,"a":2}"#), Some(Category::DuplicateKey));
        assert_eq!(category(r#"{"a":1,"\u0061":2}"#), Some(Category::DuplicateKey));
        let nested =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(category(&nested(127)), None);
        assert_eq!(category(&nested(128)), Some(Category::TooDeep));
    }

    #[test]
    fn strict_looks_for_duplicates_below_the_top() {
        let text = r#"{"data":{"x":[{"k":1,"k":2}]}}"#;
        assert_eq!(category(text), None);
        let strict = ImportOptions { strict: true, ..ImportOptions::default() };
        assert_eq!(Fields::parse(text, &strict).unwrap_err().category, Category::DuplicateKey);
    }

    #[test]
    fn the_last_key_wins_when_asked() {
        let options = ImportOptions { last_key_wins: true, ..ImportOptions::default() };
        let fields = Fields::parse(r#"{"a":1,"a":2}"#, &options).unwrap();
        assert_eq!(fields.get("a").unwrap().text(), "2");
    }

    #[test]
    fn values_are_read_by_type() {
        let raw = |text: &'static str| value(text).unwrap();
        assert_eq!(raw("9223372036854775807").as_i64().unwrap(), Some(i64::MAX));
        assert_eq!(raw("-9223372036854775808").as_i64().unwrap(), Some(i64::MIN));
        assert_eq!(raw("9223372036854775808").as_i64().unwrap_err().category, Category::IntRange);
        assert_eq!(raw("5.0").as_i64().unwrap(), Some(5));
        assert_eq!(raw("5.5").as_i64().unwrap(), None);
        assert_eq!(raw("\"5\"").as_i64().unwrap(), None);
        assert_eq!(raw("1e400").as_f64().unwrap_err().category, Category::Number);
        assert_eq!(raw(r#""a\"b""#).as_str().unwrap(), "a\"b");
        assert_eq!(raw(r#""\ud800""#).as_str(), None);
        assert_eq!(raw(r#"{"a":{"b":[10,20]}}"#).at(&["a", "b"]).unwrap().text(), "[10,20]");
        let elements: Vec<_> =
            raw(r#"[1, "x,]", {"y":"}"}, [] ]"#).elements().map(Raw::text).collect();
        assert_eq!(elements, ["1", r#""x,]""#, r#"{"y":"}"}"#, "[]"]);
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn rebuild(raw: Raw<'_>) -> serde_json::Value {
        if raw.is_object() {
            raw.members().map(|(key, value)| (key.into_owned(), rebuild(value))).collect()
        } else if raw.is_array() {
            raw.elements().map(rebuild).collect()
        } else {
            serde_json::from_str(raw.text()).unwrap()
        }
    }

    proptest! {
        #[test]
        fn walking_gives_what_serde_json_gives(tree in any_json(), pretty in any::<bool>()) {
            let text = if pretty {
                serde_json::to_string_pretty(&tree).unwrap()
            } else {
                tree.to_string()
            };
            prop_assert_eq!(rebuild(value(&text).unwrap()), tree);
        }

        #[test]
        fn a_damaged_text_is_valid_only_if_serde_json_says_so(
            tree in any_json(), at in any::<prop::sample::Index>(), byte in 0u8..127
        ) {
            let mut bytes = tree.to_string().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(text) = std::str::from_utf8(&bytes) {
                let ours = value(text).is_ok();
                let theirs = serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
                prop_assert_eq!(ours, theirs, "{}", text);
            }
        }
    }
}
