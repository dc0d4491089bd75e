//! The validating pass over one line: RFC 8259, one pass, no recursion.

use super::super::{Category, Reject};
use super::MAX_DEPTH;
use super::tape::{Node, Span};

/// A validating cursor over the bytes of one line, which notes each value as a [`Node`].
pub(super) struct Parser<'p> {
    bytes: &'p [u8],
    /// See [`super::stops`].
    stops: &'p [u64],
    at: usize,
    nodes: &'p mut Vec<Node>,
    /// Containers that are open, by their nodes' numbers.
    open: &'p mut Vec<u32>,
    has_escaped_keys: bool,
}

impl<'p> Parser<'p> {
    /// A cursor at the start of `bytes`, which are UTF-8 and fewer than 2^32.
    pub(super) fn new(
        bytes: &'p [u8],
        stops: &'p [u64],
        nodes: &'p mut Vec<Node>,
        open: &'p mut Vec<u32>,
    ) -> Self {
        nodes.clear();
        open.clear();
        Self { bytes, stops, at: 0, nodes, open, has_escaped_keys: false }
    }

    /// Reads exactly one value; says whether keys with escapes are in it.
    pub(super) fn document(mut self) -> Result<bool, Reject> {
        self.space();
        if self.peek().is_none() {
            return Err(self.error("the line is empty"));
        }
        self.value()?;
        self.space();
        if self.at < self.bytes.len() {
            return Err(Reject::new(
                Category::TrailingData,
                format!("something follows the value at column {}", self.at + 1),
            ));
        }
        Ok(self.has_escaped_keys)
    }

    /// One value and all that it holds.
    fn value(&mut self) -> Result<(), Reject> {
        let mut key = Key::default();
        loop {
            let start = self.at;
            let mut is_escaped = false;
            match self.peek() {
                Some(byte @ (b'{' | b'[')) => {
                    self.check_depth()?;
                    self.at += 1;
                    self.space();
                    let is_object = byte == b'{';
                    if self.peek() == Some(if is_object { b'}' } else { b']' }) {
                        self.at += 1;
                    } else {
                        self.open.push(number(self.nodes.len()));
                        self.push(key, start, false);
                        key = if is_object { self.key()? } else { Key::default() };
                        continue;
                    }
                }
                Some(b'"') => is_escaped = self.string()?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                Some(b'N' | b'I') => return Err(self.not_a_number()),
                Some(_) => return Err(self.error("a value is expected")),
                None => return Err(self.error("the line ends where a value is expected")),
            }
            self.push(key, start, is_escaped);
            match self.after_value()? {
                Some(next) => key = next,
                None => return Ok(()),
            }
        }
    }

    fn push(&mut self, key: Key, start: usize, is_escaped: bool) {
        let value = Span::new(start, self.at);
        let next = number(self.nodes.len() + 1);
        let Key { span, is_escaped: is_key_escaped } = key;
        self.nodes.push(Node {
            key: span,
            value,
            next,
            is_key_escaped,
            is_escaped,
            is_hidden: false,
        });
    }

    /// Closes containers; gives the key of the next value, `None` when no container is open.
    fn after_value(&mut self) -> Result<Option<Key>, Reject> {
        while let Some(container) = self.open.last() {
            let container = *container as usize;
            let Some(node) = self.nodes.get(container) else { break };
            let is_object = self.bytes.get(node.value.start()) == Some(&b'{');
            self.space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.space();
                    return Ok(Some(if is_object { self.key()? } else { Key::default() }));
                }
                Some(b'}') if is_object => {}
                Some(b']') if !is_object => {}
                Some(_) => {
                    return Err(self.error("`,` or the end of the object or array is expected"));
                }
                None => return Err(self.error("the line ends inside an object or array")),
            }
            self.at += 1;
            self.open.pop();
            let next = number(self.nodes.len());
            if let Some(node) = self.nodes.get_mut(container) {
                node.value = Span::new(node.value.start(), self.at);
                node.next = next;
            }
        }
        Ok(None)
    }

    fn check_depth(&self) -> Result<(), Reject> {
        if self.open.len() < MAX_DEPTH {
            return Ok(());
        }
        Err(Reject::new(
            Category::TooDeep,
            format!("nested deeper than {MAX_DEPTH} levels at column {}", self.at + 1),
        ))
    }

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

    /// A key and the colon behind it, up to the value.
    fn key(&mut self) -> Result<Key, Reject> {
        if self.peek() != Some(b'"') {
            return Err(self.error("a key in quotes is expected"));
        }
        let start = self.at + 1;
        let is_escaped = self.string()?;
        self.has_escaped_keys |= is_escaped;
        let span = Span::new(start, self.at - 1);
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.error("`:` is expected"));
        }
        self.at += 1;
        self.space();
        Ok(Key { span, is_escaped })
    }

    fn not_a_number(&self) -> Reject {
        Reject::new(
            Category::Number,
            format!("NaN and Infinity are no JSON numbers, at column {}", self.at + 1),
        )
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Reject> {
        if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
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

    /// A string, from its opening quote to behind its closing one; whether it has escapes.
    fn string(&mut self) -> Result<bool, Reject> {
        self.at += 1;
        let mut is_escaped = false;
        loop {
            self.at = self.next_stop();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(is_escaped);
                }
                Some(b'\\') => {
                    is_escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.error("a control character stands in a string")),
                None => return Err(self.error("the line ends inside a string")),
            }
        }
    }

    /// The first quote, backslash or control character from here on, else the end.
    fn next_stop(&self) -> usize {
        let mut word = self.at / 64;
        let mut bits =
            self.stops.get(word).copied().unwrap_or_default() & (u64::MAX << (self.at % 64));
        while bits == 0 {
            word += 1;
            match self.stops.get(word) {
                Some(next) => bits = *next,
                None => return self.bytes.len(),
            }
        }
        word * 64 + bits.trailing_zeros() as usize
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

/// A member's key, without its quotes; empty for an element.
#[derive(Clone, Copy, Default)]
struct Key {
    span: Span,
    is_escaped: bool,
}

/// A node's number; there are fewer nodes than bytes.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
