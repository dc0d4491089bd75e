//! The validating pass over one line: RFC 8259, without recursion and without building anything.

use super::super::{Category, Reject};
use super::MAX_DEPTH;

/// A validating cursor over the bytes of one line.
pub(super) struct Scan<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Scan<'a> {
    /// A cursor at the start of `text`.
    pub(super) fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0 }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    pub(super) fn error(&self, what: &str) -> Reject {
        Reject::new(Category::InvalidJson, format!("{what} at column {}", self.at + 1))
    }

    pub(super) fn end(&mut self) -> Result<(), Reject> {
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
    pub(super) fn key(&mut self) -> Result<std::ops::Range<usize>, Reject> {
        self.space();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.error("a key in quotes is expected"));
        }
        self.string()?;
        Ok(start..self.at)
    }

    /// The colon and the value of a member.
    pub(super) fn member_value(&mut self, depth: u32) -> Result<std::ops::Range<usize>, Reject> {
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
    pub(super) fn more(&mut self, close: u8) -> Result<bool, Reject> {
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
    pub(super) fn value(&mut self, depth: u32) -> Result<(), Reject> {
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
pub(super) fn plain_length(bytes: &[u8]) -> usize {
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
