//! Walking over the inside of a value that was checked before: members and elements as slices.

use super::Raw;
use super::scan::plain_length;
use std::borrow::Cow;

/// A cursor over the inside of a value that is known to be valid.
#[derive(Clone, Debug)]
pub(super) struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn of(value: Raw<'a>, open: u8) -> Self {
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
    pub(super) walk: Walk<'a>,
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
    pub(super) walk: Walk<'a>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Raw<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.walk.next()
    }
}
