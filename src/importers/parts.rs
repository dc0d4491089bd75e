//! What importers share whose lines hold many records: whether a line gave any, lists of attributes,
//! and texts of what stands around a record.

use super::json::{Fields, Raw, push_string};
use super::{Category, ImportOptions, Line, Reject, Sink};
use crate::model::Record;
use std::borrow::Cow;
use std::fmt;

/// A line's sink, which notes whether it was given anything.
pub(super) struct Output<'s> {
    pub(super) sink: &'s mut dyn Sink,
    pub(super) line: Line<'s>,
    pub(super) was_given: bool,
}

impl Output<'_> {
    pub(super) fn record(&mut self, record: &Record<'_>) {
        self.was_given = true;
        self.sink.record(record);
    }

    pub(super) fn reject(&mut self, place: &dyn fmt::Display, reject: Reject) {
        self.was_given = true;
        self.sink.reject(self.line, reject.within(&place.to_string()));
    }
}

/// The members of a value that must be an object.
///
/// # Errors
/// `not_object`, and those of [`Fields::of`].
pub(super) fn object<'t>(value: Raw<'t>, options: &ImportOptions) -> Result<Fields<'t>, Reject> {
    if !value.is_object() {
        return Err(Reject::new(Category::NotObject, "an object is expected"));
    }
    Fields::of(value, options)
}

/// Key and value of every attribute of a list, and the attribute itself; what is none is passed over.
///
/// # Errors
/// `duplicate_key` for an attribute with two keys or two values, unless the last one wins.
pub(super) fn pairs<'a>(
    list: Option<Raw<'a>>,
    options: &ImportOptions,
) -> impl Iterator<Item = Result<(Cow<'a, str>, Raw<'a>, Raw<'a>), Reject>> {
    let elements = list.into_iter().flat_map(Raw::elements);
    elements.filter_map(|attribute| {
        let (mut key, mut value) = (None, None);
        for (name, member) in attribute.members() {
            let twice = match name {
                "key" => key.replace(member).is_some(),
                "value" => value.replace(member).is_some(),
                _ => false,
            };
            if twice && !options.last_key_wins {
                let message = format!("`{name}` stands twice in one attribute");
                return Some(Err(Reject::new(Category::DuplicateKey, message)));
            }
        }
        Some(Ok((key?.as_str()?, value?, attribute)))
    })
}

/// Writes a member of the object that `out` holds, opening it where it is not open.
pub(super) fn push_member(key: &str, value: Raw<'_>, out: &mut String) {
    out.push(if out.is_empty() { '{' } else { ',' });
    push_string(out, key);
    out.push(':');
    out.push_str(value.text());
}

/// Writes as one member `name` those of `fields` that are not known, where there are any.
pub(super) fn push_rest(
    name: &str,
    fields: &Fields<'_>,
    is_known: impl Fn(&str, Raw<'_>) -> bool,
    out: &mut String,
) {
    let start = out.len();
    for (key, value) in fields.members() {
        if value.is_null() || is_known(key, value) {
            continue;
        }
        if out.len() == start {
            out.push(if start == 0 { '{' } else { ',' });
            push_string(out, name);
            out.push_str(":{");
        } else {
            out.push(',');
        }
        push_string(out, key);
        out.push(':');
        out.push_str(value.text());
    }
    close_from(start, out);
}

/// Closes the object that was opened behind `start`, if one was.
pub(super) fn close_from(start: usize, out: &mut String) {
    if out.len() > start {
        out.push('}');
    }
}
