//! The validating pass over one line: RFC 8259, one pass, no recursion.
//!
//! Inside, a fault is a byte that says what is wrong; only at the end it becomes a [`Reject`] with
//! words and a column, so that what goes well carries nothing about.

use super::super::{Category, Reject};
use super::MAX_DEPTH;
use super::tape::{Marks, Node, Span, place};
use std::ops::Range;

/// A container that is open.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Container {
    /// Its node's number.
    node: u32,
    is_object: bool,
    /// A bit for each key so far, by its length and ends.
    taken: u64,
}

/// Reads exactly one value and notes it and all that it holds; says whether keys with escapes are in
/// it.
///
/// `bytes` are UTF-8 and fewer than 2^32, `stops` those of [`super::stops`].
///
/// # Errors
/// What is wrong, with the column.
pub(super) fn parse(
    bytes: &[u8],
    stops: &[u64],
    nodes: &mut Vec<Node>,
    open: &mut Vec<Container>,
) -> Result<bool, Reject> {
    nodes.clear();
    open.clear();
    let text = Text { bytes, stops };
    let mut at = 0;
    let read = text.value(&mut at, nodes, open).and_then(|has_escaped_keys| {
        text.space(&mut at);
        if at < bytes.len() { Err(Fault::Trailing) } else { Ok(has_escaped_keys) }
    });
    read.map_err(|fault| fault.at(at))
}

/// The bytes of one line, with the stops in it. What reads it moves a place on; where a fault is
/// found, the place stays at it.
#[derive(Clone, Copy)]
struct Text<'t> {
    bytes: &'t [u8],
    stops: &'t [u64],
}

impl Text<'_> {
    /// One value and all that it holds, from its leading space on.
    fn value(
        self,
        at: &mut usize,
        nodes: &mut Vec<Node>,
        open: &mut Vec<Container>,
    ) -> Result<bool, Fault> {
        self.space(at);
        let mut key = Key::default();
        let mut inner = Container::default();
        let mut has_escaped_keys = false;
        if self.peek(*at) == 0 {
            return Err(Fault::Empty);
        }
        loop {
            let start = *at;
            let first = self.peek(start);
            let mut is_escaped = false;
            match first {
                b'"' => is_escaped = self.string(at)?,
                b'{' | b'[' => {
                    if open.len() >= MAX_DEPTH {
                        return Err(Fault::TooDeep);
                    }
                    *at += 1;
                    self.space(at);
                    let is_object = first == b'{';
                    if self.peek(*at) == if is_object { b'}' } else { b']' } {
                        *at += 1;
                    } else {
                        open.push(inner);
                        inner = Container { node: place(nodes.len()), is_object, taken: 0 };
                        push(nodes, key, start..*at, first, false);
                        key = Key::default();
                        if is_object {
                            key = self.key(at, &mut inner, nodes)?;
                            has_escaped_keys |= key.is_escaped;
                        }
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => self.number(at)?,
                b't' => self.word(at, b"true")?,
                b'f' => self.word(at, b"false")?,
                b'n' => self.word(at, b"null")?,
                b'N' | b'I' => return Err(Fault::NotANumber),
                _ if start >= self.bytes.len() => return Err(Fault::EndForValue),
                _ => return Err(Fault::Value),
            }
            push(nodes, key, start..*at, first, is_escaped);
            // Behind a value: another one, or the ends of containers.
            loop {
                if open.is_empty() {
                    return Ok(has_escaped_keys);
                }
                self.space(at);
                match self.peek(*at) {
                    b',' => {
                        *at += 1;
                        self.space(at);
                        key = Key::default();
                        if inner.is_object {
                            key = self.key(at, &mut inner, nodes)?;
                            has_escaped_keys |= key.is_escaped;
                        }
                        break;
                    }
                    b'}' if inner.is_object => {}
                    b']' if !inner.is_object => {}
                    _ if *at >= self.bytes.len() => return Err(Fault::EndInContainer),
                    _ => return Err(Fault::CommaOrEnd),
                }
                *at += 1;
                close(nodes, inner, *at);
                inner = open.pop().unwrap_or_default();
            }
        }
    }

    /// The byte at `at`; behind the end 0, which stands nowhere outside a string.
    #[inline]
    fn peek(self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or_default()
    }

    #[inline]
    fn space(self, at: &mut usize) {
        while let b' ' | b'\t' | b'\n' | b'\r' = self.peek(*at) {
            *at += 1;
        }
    }

    /// A key of `object` and the colon behind it, up to the value.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a tenth fewer instructions for a line")]
    fn key(self, at: &mut usize, object: &mut Container, nodes: &mut [Node]) -> Result<Key, Fault> {
        if self.peek(*at) != b'"' {
            return Err(Fault::Key);
        }
        let start = *at + 1;
        let is_escaped = self.string(at)?;
        let end = *at - 1;
        let bit = self.bytes.get(start..end).map_or(1, |key| key_bit(key, is_escaped));
        if object.taken & bit != 0
            && let Some(node) = nodes.get_mut(object.node as usize)
        {
            node.marks.add(Marks::REPEATED_KEYS);
        }
        object.taken |= bit;
        self.space(at);
        if self.peek(*at) != b':' {
            return Err(Fault::Colon);
        }
        *at += 1;
        self.space(at);
        Ok(Key { span: Span::new(start, end), is_escaped })
    }

    fn word(self, at: &mut usize, word: &[u8]) -> Result<(), Fault> {
        if self.bytes.get(*at..).is_some_and(|rest| rest.starts_with(word)) {
            *at += word.len();
            return Ok(());
        }
        Err(Fault::Value)
    }

    #[inline]
    fn number(self, at: &mut usize) -> Result<(), Fault> {
        if self.peek(*at) == b'-' {
            *at += 1;
        }
        match self.peek(*at) {
            b'0' => *at += 1,
            b'1'..=b'9' => self.digits(at),
            b'I' => return Err(Fault::NotANumber),
            _ => return Err(Fault::Digit),
        }
        if self.peek(*at) == b'.' {
            *at += 1;
            self.some_digits(at)?;
        }
        if let b'e' | b'E' = self.peek(*at) {
            *at += 1;
            if let b'+' | b'-' = self.peek(*at) {
                *at += 1;
            }
            self.some_digits(at)?;
        }
        Ok(())
    }

    #[inline]
    fn digits(self, at: &mut usize) {
        while self.peek(*at).is_ascii_digit() {
            *at += 1;
        }
    }

    fn some_digits(self, at: &mut usize) -> Result<(), Fault> {
        let start = *at;
        self.digits(at);
        if *at == start { Err(Fault::Digit) } else { Ok(()) }
    }

    /// A string, from its opening quote to behind its closing one; whether it has escapes.
    #[inline]
    fn string(self, at: &mut usize) -> Result<bool, Fault> {
        *at = self.next_stop(*at + 1);
        if self.peek(*at) == b'"' {
            *at += 1;
            return Ok(false);
        }
        self.rest_of_string(at)
    }

    /// The rest of a string from a byte on that is no quote.
    #[cold]
    fn rest_of_string(self, at: &mut usize) -> Result<bool, Fault> {
        let mut is_escaped = false;
        loop {
            match self.bytes.get(*at) {
                Some(b'"') => {
                    *at += 1;
                    return Ok(is_escaped);
                }
                Some(b'\\') => {
                    is_escaped = true;
                    self.escape(at)?;
                    *at = self.next_stop(*at);
                }
                Some(_) => return Err(Fault::Control),
                None => return Err(Fault::EndInString),
            }
        }
    }

    /// The first quote, backslash or control character from `at` on, else the end.
    #[inline]
    fn next_stop(self, at: usize) -> usize {
        let mut word = at / 64;
        let here = self.stops.get(word).copied().unwrap_or_default();
        let mut bits = here & (u64::MAX << (at % 64));
        while bits == 0 {
            word += 1;
            match self.stops.get(word) {
                Some(next) => bits = *next,
                None => return self.bytes.len(),
            }
        }
        word * 64 + bits.trailing_zeros() as usize
    }

    fn escape(self, at: &mut usize) -> Result<(), Fault> {
        match self.bytes.get(*at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => *at += 2,
            Some(b'u') => {
                let digits = self.bytes.get(*at + 2..*at + 6);
                if !digits.is_some_and(|four| four.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(Fault::Hexadecimal);
                }
                *at += 6;
            }
            _ => return Err(Fault::Escape),
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

#[inline]
fn push(nodes: &mut Vec<Node>, key: Key, value: Range<usize>, first: u8, is_escaped: bool) {
    nodes.push(Node {
        key: key.span,
        value: Span::new(value.start, value.end),
        next: place(nodes.len() + 1),
        first,
        marks: Marks::of(key.is_escaped, is_escaped),
    });
}

fn close(nodes: &mut [Node], container: Container, end: usize) {
    let next = place(nodes.len());
    if let Some(node) = nodes.get_mut(container.node as usize) {
        node.value = Span::new(node.value.start(), end);
        node.next = next;
    }
}

/// The bit of a key in [`Container::taken`]; all bits where escapes hide what it is.
#[inline]
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
