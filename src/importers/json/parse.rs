//! The validating pass over one line: RFC 8259, one pass, no recursion.
//!
//! Inside, a fault is a byte that says what is wrong; only at the end it becomes a [`Reject`] with
//! words and a column, so that what goes well carries nothing about.

use super::super::{Category, Reject};
use super::MAX_DEPTH;
use super::tape::{Marks, Node, Span, place};

/// A validating cursor over the bytes of one line, which notes each value as a [`Node`].
pub(super) struct Parser<'p> {
    bytes: &'p [u8],
    /// See [`super::stops`].
    stops: &'p [u64],
    at: usize,
    nodes: &'p mut Vec<Node>,
    open: &'p mut Vec<Container>,
    has_escaped_keys: bool,
}

/// A container that is open.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Container {
    /// Its node's number.
    node: u32,
    is_object: bool,
    /// A bit for each key so far, by its length and ends.
    taken: u64,
}

impl<'p> Parser<'p> {
    /// A cursor at the start of `bytes`, which are UTF-8 and fewer than 2^32.
    pub(super) fn new(
        bytes: &'p [u8],
        stops: &'p [u64],
        nodes: &'p mut Vec<Node>,
        open: &'p mut Vec<Container>,
    ) -> Self {
        nodes.clear();
        open.clear();
        Self { bytes, stops, at: 0, nodes, open, has_escaped_keys: false }
    }

    /// Reads exactly one value; says whether keys with escapes are in it.
    pub(super) fn document(mut self) -> Result<bool, Reject> {
        match self.whole() {
            Ok(()) => Ok(self.has_escaped_keys),
            Err(fault) => Err(fault.at(self.at)),
        }
    }

    fn whole(&mut self) -> Result<(), Fault> {
        self.space();
        if self.peek().is_none() {
            return Err(Fault::Empty);
        }
        self.value()?;
        self.space();
        if self.at < self.bytes.len() { Err(Fault::Trailing) } else { Ok(()) }
    }

    /// One value and all that it holds.
    fn value(&mut self) -> Result<(), Fault> {
        let mut key = Key::default();
        let mut inner = Container::default();
        loop {
            let start = self.at;
            let mut is_escaped = false;
            let first = self.peek().unwrap_or_default();
            match self.peek() {
                Some(b'"') => is_escaped = self.string()?,
                Some(byte @ (b'{' | b'[')) => {
                    self.check_depth()?;
                    self.at += 1;
                    self.space();
                    let is_object = byte == b'{';
                    if self.peek() == Some(if is_object { b'}' } else { b']' }) {
                        self.at += 1;
                    } else {
                        self.open.push(inner);
                        inner = Container { node: place(self.nodes.len()), is_object, taken: 0 };
                        self.push(key, start, first, false);
                        key = if is_object { self.key(&mut inner)? } else { Key::default() };
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                Some(b'N' | b'I') => return Err(Fault::NotANumber),
                Some(_) => return Err(Fault::Value),
                None => return Err(Fault::EndForValue),
            }
            self.push(key, start, first, is_escaped);
            // Behind a value: another one, or the ends of containers.
            loop {
                if self.open.is_empty() {
                    return Ok(());
                }
                self.space();
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        self.space();
                        key = if inner.is_object { self.key(&mut inner)? } else { Key::default() };
                        break;
                    }
                    Some(b'}') if inner.is_object => {}
                    Some(b']') if !inner.is_object => {}
                    Some(_) => return Err(Fault::CommaOrEnd),
                    None => return Err(Fault::EndInContainer),
                }
                self.at += 1;
                self.close(inner);
                inner = self.open.pop().unwrap_or_default();
            }
        }
    }

    #[inline]
    fn push(&mut self, key: Key, start: usize, first: u8, is_escaped: bool) {
        self.nodes.push(Node {
            key: key.span,
            value: Span::new(start, self.at),
            next: place(self.nodes.len() + 1),
            first,
            marks: Marks::of(key.is_escaped, is_escaped),
        });
    }

    fn close(&mut self, container: Container) {
        let next = place(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(container.node as usize) {
            node.value = Span::new(node.value.start(), self.at);
            node.next = next;
        }
    }

    fn check_depth(&self) -> Result<(), Fault> {
        if self.open.len() < MAX_DEPTH { Ok(()) } else { Err(Fault::TooDeep) }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// A key of `object` and the colon behind it, up to the value.
    #[inline]
    fn key(&mut self, object: &mut Container) -> Result<Key, Fault> {
        if self.peek() != Some(b'"') {
            return Err(Fault::Key);
        }
        let start = self.at + 1;
        let is_escaped = self.string()?;
        let end = self.at - 1;
        self.has_escaped_keys |= is_escaped;
        let bit = self.bytes.get(start..end).map_or(1, |key| key_bit(key, is_escaped));
        if object.taken & bit != 0
            && let Some(node) = self.nodes.get_mut(object.node as usize)
        {
            node.marks.add(Marks::REPEATED_KEYS);
        }
        object.taken |= bit;
        self.space();
        if self.peek() != Some(b':') {
            return Err(Fault::Colon);
        }
        self.at += 1;
        self.space();
        Ok(Key { span: Span::new(start, end), is_escaped })
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Fault> {
        if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            return Ok(());
        }
        Err(Fault::Value)
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            Some(b'I') => return Err(Fault::NotANumber),
            _ => return Err(Fault::Digit),
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

    fn some_digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.digits();
        if self.at == start {
            return Err(Fault::Digit);
        }
        Ok(())
    }

    /// A string, from its opening quote to behind its closing one; whether it has escapes.
    #[inline]
    fn string(&mut self) -> Result<bool, Fault> {
        self.at += 1;
        self.at = self.next_stop();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(false);
        }
        self.rest_of_string()
    }

    /// The rest of a string from a byte on that is no quote.
    fn rest_of_string(&mut self) -> Result<bool, Fault> {
        let mut is_escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(is_escaped);
                }
                Some(b'\\') => {
                    is_escaped = true;
                    self.escape()?;
                    self.at = self.next_stop();
                }
                Some(_) => return Err(Fault::Control),
                None => return Err(Fault::EndInString),
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

    fn escape(&mut self) -> Result<(), Fault> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let digits = self.bytes.get(self.at + 2..self.at + 6);
                if !digits.is_some_and(|four| four.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(Fault::Hexadecimal);
                }
                self.at += 6;
            }
            _ => return Err(Fault::Escape),
        }
        Ok(())
    }
}

/// The bit of a key in [`Container::taken`]; all bits where escapes hide what it is.
fn key_bit(key: &[u8], is_escaped: bool) -> u64 {
    let ends = match key {
        _ if is_escaped => return u64::MAX,
        [first, .., last] => (usize::from(*first) * 7) ^ (usize::from(*last) * 3),
        [one] => usize::from(*one),
        [] => 0,
    };
    1 << ((ends ^ key.len()) % 64)
}

/// What is wrong at the place where the parser stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Colon,
    CommaOrEnd,
    Control,
    Digit,
    Empty,
    EndForValue,
    EndInContainer,
    EndInString,
    Escape,
    Hexadecimal,
    Key,
    NotANumber,
    TooDeep,
    Trailing,
    Value,
}

impl Fault {
    #[cold]
    fn at(self, place: usize) -> Reject {
        let category = match self {
            Self::TooDeep => Category::TooDeep,
            Self::NotANumber => Category::Number,
            Self::Trailing => Category::TrailingData,
            _ => Category::InvalidJson,
        };
        let what = match self {
            Self::Colon => "`:` is expected",
            Self::CommaOrEnd => "`,` or the end of the object or array is expected",
            Self::Control => "a control character stands in a string",
            Self::Digit => "a digit is expected",
            Self::Empty => "the line is empty",
            Self::EndForValue => "the line ends where a value is expected",
            Self::EndInContainer => "the line ends inside an object or array",
            Self::EndInString => "the line ends inside a string",
            Self::Escape => "an escape that JSON does not have",
            Self::Hexadecimal => "`\\u` needs four hexadecimal digits",
            Self::Key => "a key in quotes is expected",
            Self::NotANumber => "NaN and Infinity are no JSON numbers,",
            Self::TooDeep => "nested deeper than 128 levels",
            Self::Trailing => "something follows the value",
            Self::Value => "a value is expected",
        };
        Reject::new(category, format!("{what} at column {}", place + 1))
    }
}

/// A member's key, without its quotes; empty for an element.
#[derive(Clone, Copy, Default)]
struct Key {
    span: Span,
    is_escaped: bool,
}
