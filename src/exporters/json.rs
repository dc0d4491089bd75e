//! JSON text that is written member by member, without a tree.
//!
//! Whoever writes says what opens and closes; commas come by themselves.

use crate::render::is_hidden;
use std::fmt::Write;

/// JSON text in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Json {
    text: String,
}

impl Json {
    /// The text so far.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Begins anew, in the same room.
    pub(super) fn clear(&mut self) {
        self.text.clear();
    }

    /// The comma before an element, where one stands before it.
    fn separate(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.text.push(',');
        }
    }

    /// Opens an object or array: `{` or `[`.
    pub(super) fn open(&mut self, bracket: char) -> &mut Self {
        self.separate();
        self.text.push(bracket);
        self
    }

    /// Closes what is open.
    pub(super) fn close(&mut self, bracket: char) -> &mut Self {
        self.text.push(bracket);
        self
    }

    /// The key of the value that follows.
    pub(super) fn key(&mut self, key: &str) -> &mut Self {
        self.string(key);
        self.text.push(':');
        self
    }

    /// A string.
    pub(super) fn string(&mut self, value: &str) -> &mut Self {
        self.separate();
        push_string(&mut self.text, value);
        self
    }

    /// A value that is JSON already, or shows itself as such: a number, a truth value.
    pub(super) fn raw(&mut self, value: impl std::fmt::Display) -> &mut Self {
        self.separate();
        _ = write!(self.text, "{value}");
        self
    }

    /// A number with a fraction; `null` where it is not finite.
    pub(super) fn float(&mut self, value: f64) -> &mut Self {
        if value.is_finite() { self.raw(value) } else { self.raw("null") }
    }

    /// A member that is a string.
    pub(super) fn member(&mut self, key: &str, value: &str) -> &mut Self {
        self.key(key).string(value)
    }

    /// A member that is a string, where there is one.
    pub(super) fn optional(&mut self, key: &str, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.member(key, value),
            None => self,
        }
    }
}

/// Adds `value` as a JSON string. What does something other than show itself, and what would end a
/// script in a page, is escaped too.
fn push_string(text: &mut String, value: &str) {
    text.push('"');
    let mut plain = 0;
    for (at, c) in value.char_indices() {
        let escaped = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            c if c == '<' || is_hidden(c) => "",
            _ => continue,
        };
        text.push_str(&value[plain..at]);
        plain = at + c.len_utf8();
        text.push_str(escaped);
        if escaped.is_empty() {
            for unit in c.encode_utf16(&mut [0; 2]) {
                _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text.push_str(&value[plain..]);
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_between_members_and_elements() {
        let mut json = Json::default();
        json.open('{').member("a", "x").key("b").open('[').raw(1).raw(2).open('{').close('}');
        json.close(']').key("c").float(0.5).key("d").float(f64::NAN).optional("e", None).close('}');
        assert_eq!(json.text(), r#"{"a":"x","b":[1,2,{}],"c":0.5,"d":null}"#);
    }

    #[test]
    fn strings_come_back_and_show_nothing_hidden() {
        let hostile = "a\"\\\n\u{1b}[2J\u{0}</script>\u{2028}é\u{1f600}\u{9b}\u{e0041}";
        let mut json = Json::default();
        json.string(hostile);
        assert!(
            json.text().is_char_boundary(0) && !json.text().contains(['\u{1b}', '<', '\u{9b}'])
        );
        assert_eq!(serde_json::from_str::<String>(json.text()).unwrap(), hostile);
        json.clear();
        json.string("");
        assert_eq!(json.text(), "\"\"");
    }
}
