//! JSON text without a tree: one validating pass over a line, values kept as slices of it.
//!
//! [`Fields::parse`] checks a whole line against RFC 8259 and splits its top level; everything below
//! stays raw text until somebody asks. `serde_json` is the judge of what is valid (see the tests).

use super::{Category, Reject};
use std::borrow::Cow;

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

/// The members of one JSON object.
#[derive(Clone, Debug, Default)]
pub struct Fields<'a> {
    entries: Vec<(Cow<'a, str>, Raw<'a>)>,
}

impl<'a> Fields<'a> {
    /// Checks that `text` is exactly one JSON object and splits it into its members.
    ///
    /// # Errors
    /// What is wrong, with the column: `invalid_json`, `not_object`, `trailing_data`, `too_deep`,
    /// `number`, and `duplicate_key` unless the options let the last one win.
    pub fn parse(text: &'a str, options: &super::ImportOptions) -> Result<Self, Reject> {
        let mut fields = Self { entries: Vec::with_capacity(16) };
        fields.read(text, options)?;
        Ok(fields)
    }

    /// As [`Fields::parse`], into the room that is already there.
    ///
    /// # Errors
    /// As [`Fields::parse`].
    pub fn read(&mut self, text: &'a str, options: &super::ImportOptions) -> Result<(), Reject> {
        self.entries.clear();
        let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
        scan.space();
        match scan.peek() {
            Some(b'{') => {}
            Some(_) => {
                scan.value(0)?;
                scan.end()?;
                return Err(Reject::new(
                    Category::NotObject,
                    "a record is a JSON object, and this line holds something else",
                ));
            }
            None => return Err(scan.error("the line is empty")),
        }
        scan.at += 1;
        scan.space();
        if scan.peek() == Some(b'}') {
            scan.at += 1;
        } else {
            loop {
                let key = Raw(slice(text, scan.key()?));
                let value = Raw(slice(text, scan.member_value(1)?));
                let key = key.as_str().unwrap_or(Cow::Borrowed(key.0));
                self.push(key, value, options)?;
                if !scan.more(b'}')? {
                    break;
                }
            }
        }
        scan.end()?;
        if options.strict {
            for (_, value) in &self.entries {
                check_nested_keys(*value)?;
            }
        }
        Ok(())
    }

    fn push(
        &mut self,
        key: Cow<'a, str>,
        value: Raw<'a>,
        options: &super::ImportOptions,
    ) -> Result<(), Reject> {
        if let Some(entry) = self.entries.iter_mut().find(|(name, _)| *name == key) {
            if !options.last_key_wins {
                return Err(duplicate(&key));
            }
            entry.1 = value;
        } else {
            self.entries.push((key, value));
        }
        Ok(())
    }

    /// The members of `object`, a value of an already checked line, whose fields fill columns.
    ///
    /// # Errors
    /// `duplicate_key` unless the options let the last one win.
    pub fn of(object: Raw<'a>, options: &super::ImportOptions) -> Result<Self, Reject> {
        let mut fields = Self { entries: Vec::with_capacity(16) };
        fields.refill(object, options)?;
        Ok(fields)
    }

    /// As [`Fields::of`], into the room that is already there.
    ///
    /// # Errors
    /// As [`Fields::of`].
    pub fn refill(
        &mut self,
        object: Raw<'a>,
        options: &super::ImportOptions,
    ) -> Result<(), Reject> {
        self.entries.clear();
        object.members().try_for_each(|(key, value)| self.push(key, value, options))
    }

    /// The member called `key`; `null` counts as absent.
    pub fn get(&self, key: &str) -> Option<Raw<'a>> {
        self.any(key).filter(|value| !value.is_null())
    }

    /// The member called `key`, `null` too.
    pub fn any(&self, key: &str) -> Option<Raw<'a>> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| *value)
    }

    /// Whether there is a member called `key`, `null` or not.
    pub fn has(&self, key: &str) -> bool {
        self.any(key).is_some()
    }

    /// The non-empty string called `key`.
    pub fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        self.get(key)?.as_text()
    }

    /// The members in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Raw<'a>)> {
        self.entries.iter().map(|(key, value)| (key.as_ref(), *value))
    }

    /// Empties it and frees it of its line, keeping the room.
    #[must_use]
    pub fn recycle<'b>(mut self) -> Fields<'b> {
        self.entries.clear();
        // An empty vector collected in place: same layout, other lifetime.
        Fields {
            entries: self.entries.into_iter().map(|_| (Cow::Borrowed(""), Raw("null"))).collect(),
        }
    }
}

fn duplicate(key: &str) -> Reject {
    Reject::new(
        Category::DuplicateKey,
        format!(
            "key `{}` stands twice in one object; `--duplicate-keys last` takes the last",
            clip(key)
        ),
    )
}

fn check_nested_keys(value: Raw<'_>) -> Result<(), Reject> {
    if value.is_object() {
        let mut seen: Vec<Cow<'_, str>> = Vec::new();
        for (key, member) in value.members() {
            if seen.contains(&key) {
                return Err(duplicate(&key));
            }
            check_nested_keys(member)?;
            seen.push(key);
        }
    }
    value.elements().try_for_each(check_nested_keys)
}

/// The bytes of `text` in `range`; ranges come from the scanner and end beside ASCII.
fn slice(text: &str, range: std::ops::Range<usize>) -> &str {
    text.get(range).unwrap_or("null")
}

/// A validating cursor over the bytes of one line.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn error(&self, what: &str) -> Reject {
        Reject::new(Category::InvalidJson, format!("{what} at column {}", self.at + 1))
    }

    fn end(&mut self) -> Result<(), Reject> {
        self.space();
        if self.at < self.bytes.len() {
            return Err(Reject::new(
                Category::TrailingData,
                format!("something follows the value at column {}", self.at + 1),
            ));
        }
        Ok(())
    }

    /// A key and what stands before it; the range includes its quotes.
    fn key(&mut self) -> Result<std::ops::Range<usize>, Reject> {
        self.space();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.error("a key in quotes is expected"));
        }
        self.string()?;
        Ok(start..self.at)
    }

    /// The colon and the value of a member.
    fn member_value(&mut self, depth: u32) -> Result<std::ops::Range<usize>, Reject> {
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.error("`:` is expected"));
        }
        self.at += 1;
        self.space();
        let start = self.at;
        self.value(depth)?;
        Ok(start..self.at)
    }

    /// After a member or element: whether another one follows, or the container ends with `close`.
    fn more(&mut self, close: u8) -> Result<bool, Reject> {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            Some(_) => Err(self.error("`,` or the end of the object or array is expected")),
            None => Err(self.error("the line ends inside an object or array")),
        }
    }

    /// One value inside `depth` open containers. No recursion: the open containers are bits.
    fn value(&mut self, depth: u32) -> Result<(), Reject> {
        let mut objects: u128 = 0;
        let mut open: u32 = 0;
        loop {
            match self.peek() {
                Some(byte @ (b'{' | b'[')) => {
                    if depth + open >= MAX_DEPTH {
                        return Err(Reject::new(
                            Category::TooDeep,
                            format!(
                                "nested deeper than {MAX_DEPTH} levels at column {}",
                                self.at + 1
                            ),
                        ));
                    }
                    self.at += 1;
                    self.space();
                    let close = if byte == b'{' { b'}' } else { b']' };
                    if self.peek() == Some(close) {
                        self.at += 1;
                    } else {
                        objects = (objects << 1) | u128::from(byte == b'{');
                        open += 1;
                        if byte == b'{' {
                            self.key_and_colon()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => self.string()?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                Some(b'N' | b'I') => return Err(self.not_a_number()),
                Some(_) => return Err(self.error("a value is expected")),
                None => return Err(self.error("the line ends where a value is expected")),
            }
            loop {
                if open == 0 {
                    return Ok(());
                }
                let in_object = objects & 1 == 1;
                if self.more(if in_object { b'}' } else { b']' })? {
                    if in_object {
                        self.key_and_colon()?;
                    } else {
                        self.space();
                    }
                    break;
                }
                objects >>= 1;
                open -= 1;
            }
        }
    }

    fn key_and_colon(&mut self) -> Result<(), Reject> {
        self.key()?;
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.error("`:` is expected"));
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    fn not_a_number(&self) -> Reject {
        Reject::new(
            Category::Number,
            format!("NaN and Infinity are no JSON numbers, at column {}", self.at + 1),
        )
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Reject> {
        if self.bytes[self.at..].starts_with(word) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.error("a value is expected"))
    }

    fn number(&mut self) -> Result<(), Reject> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            Some(b'I') => return Err(self.not_a_number()),
            _ => return Err(self.error("a digit is expected")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) {
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Result<(), Reject> {
        let start = self.at;
        self.digits();
        if self.at == start {
            return Err(self.error("a digit is expected"));
        }
        Ok(())
    }

    /// A string, from its opening quote to behind its closing one.
    fn string(&mut self) -> Result<(), Reject> {
        self.at += 1;
        loop {
            self.at += plain_length(&self.bytes[self.at..]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.error("a control character stands in a string")),
                None => return Err(self.error("the line ends inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Reject> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let digits = self.bytes.get(self.at + 2..self.at + 6);
                if !digits.is_some_and(|four| four.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(self.error("`\\u` needs four hexadecimal digits"));
                }
                self.at += 6;
            }
            _ => return Err(self.error("an escape that JSON does not have")),
        }
        Ok(())
    }
}

/// How many bytes from the start are neither quote, backslash nor control character.
///
/// Eight at a time: a byte `b` of `x` is zero where `(x - 0x01…) & !x & 0x80…` has its high bit.
fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zeros = |x: u64| x.wrapping_sub(ONES) & !x & HIGH;
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quotes = zeros(word ^ (ONES * u64::from(b'"')));
        let escapes = zeros(word ^ (ONES * u64::from(b'\\')));
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let stops = quotes | escapes | controls;
        if stops != 0 {
            return i * 8 + (stops.trailing_zeros() / 8) as usize;
        }
    }
    let stop = rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20);
    words.len() * 8 + stop.unwrap_or(rest.len())
}

/// A cursor over the inside of a value that is known to be valid.
#[derive(Clone, Debug)]
struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    fn of(value: Raw<'a>, open: u8) -> Self {
        // Without the brackets, so that the end of the text is the end of the container.
        let text = if value.first() == open { value.0 } else { "" };
        let inside = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
        Self { text: inside, at: 0 }
    }

    /// The next value, stepping over separators; the text is valid, so nothing is checked twice.
    fn next(&mut self) -> Option<Raw<'a>> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':') = bytes.get(self.at) {
            self.at += 1;
        }
        let start = self.at;
        let mut depth = 0u32;
        loop {
            match bytes.get(self.at) {
                None => break,
                Some(b'"') => {
                    self.skip_string();
                    if depth == 0 {
                        break;
                    }
                    continue;
                }
                Some(b'{' | b'[') => depth += 1,
                Some(b'}' | b']') => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        self.at += 1;
                        break;
                    }
                }
                Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':') if depth == 0 => break,
                Some(_) => {}
            }
            self.at += 1;
        }
        self.text.get(start..self.at).filter(|text| !text.is_empty()).map(Raw)
    }

    fn skip_string(&mut self) {
        let bytes = self.text.as_bytes();
        self.at += 1;
        loop {
            self.at += plain_length(bytes.get(self.at..).unwrap_or_default());
            match bytes.get(self.at) {
                Some(b'\\') => self.at += 2,
                Some(b'"') | None => {
                    self.at = (self.at + 1).min(bytes.len());
                    return;
                }
                Some(_) => self.at += 1,
            }
        }
    }
}

/// The members of an object.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    walk: Walk<'a>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Raw<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.walk.next()?;
        let value = self.walk.next()?;
        Some((key.as_str().unwrap_or(Cow::Borrowed(key.0)), value))
    }
}

/// The elements of an array.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    walk: Walk<'a>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Raw<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.walk.next()
    }
}

/// Checks that `text` is exactly one JSON value.
///
/// # Errors
/// As [`Fields::parse`], but for `not_object` and `duplicate_key`.
pub fn value(text: &str) -> Result<Raw<'_>, Reject> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
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

    #[test]
    fn recycling_keeps_the_room() {
        let fields = Fields::parse(r#"{"a":1}"#, &ImportOptions::default()).unwrap();
        let room = fields.entries.capacity();
        assert_eq!(fields.recycle().entries.capacity(), room);
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
