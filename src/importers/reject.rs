//! Why a line was not accepted.

use std::fmt;

/// The reason in one word, as the view `rejects` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// Not UTF-8.
    BadUtf8,
    /// Not JSON.
    InvalidJson,
    /// JSON, but not an object.
    NotObject,
    /// Something follows the first value.
    TrailingData,
    /// Nested deeper than 128 levels.
    TooDeep,
    /// Longer than `--max-line-bytes`.
    TooLong,
    /// The same key twice in one object.
    DuplicateKey,
    /// An integer that does not fit 64 bits.
    IntRange,
    /// A number that is none, or does not fit a float.
    Number,
    /// A time that cannot be read.
    BadTime,
    /// A field that every record needs is not there.
    MissingField,
    /// A compressed batch whose events are not whole.
    UnsupportedCompression,
    /// The file is not of the format that it is read as.
    WrongFormat,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 13] = [
        Self::BadUtf8,
        Self::InvalidJson,
        Self::NotObject,
        Self::TrailingData,
        Self::TooDeep,
        Self::TooLong,
        Self::DuplicateKey,
        Self::IntRange,
        Self::Number,
        Self::BadTime,
        Self::MissingField,
        Self::UnsupportedCompression,
        Self::WrongFormat,
    ];

    /// The stored spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadUtf8 => "bad_utf8",
            Self::InvalidJson => "invalid_json",
            Self::NotObject => "not_object",
            Self::TrailingData => "trailing_data",
            Self::TooDeep => "too_deep",
            Self::TooLong => "too_long",
            Self::DuplicateKey => "duplicate_key",
            Self::IntRange => "int_range",
            Self::Number => "number",
            Self::BadTime => "bad_time",
            Self::MissingField => "missing_field",
            Self::UnsupportedCompression => "unsupported_compression",
            Self::WrongFormat => "wrong_format",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a line, or a part of it, was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Reject {
    /// The reason in one word.
    pub category: Category,
    /// The reason in a sentence that names the field or the column.
    pub message: String,
}

impl Reject {
    /// A reject with its reason in words.
    pub fn new(category: Category, message: impl Into<String>) -> Self {
        Self { category, message: message.into() }
    }

    /// A field that every record of the format needs is not there.
    pub fn missing(field: &str) -> Self {
        Self::new(Category::MissingField, format!("field `{field}` is missing"))
    }

    /// The same reject, said of the part of a line called `part` (`events[3]`).
    #[must_use]
    pub fn within(mut self, part: &str) -> Self {
        self.message = format!("{part}: {}", self.message);
        self
    }
}
