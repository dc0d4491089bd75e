//! The members of a line's object, or of an object in it whose fields fill columns.

use super::super::{Category, ImportOptions, Reject};
use super::scan::Scan;
use super::{Raw, clip, slice};
use std::borrow::Cow;

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
    pub fn parse(text: &'a str, options: &ImportOptions) -> Result<Self, Reject> {
        let mut fields = Self { entries: Vec::with_capacity(16) };
        fields.read(text, options)?;
        Ok(fields)
    }

    /// As [`Fields::parse`], into the room that is already there.
    ///
    /// # Errors
    /// As [`Fields::parse`].
    pub fn read(&mut self, text: &'a str, options: &ImportOptions) -> Result<(), Reject> {
        self.entries.clear();
        let mut scan = Scan::new(text);
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
        options: &ImportOptions,
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
    pub fn of(object: Raw<'a>, options: &ImportOptions) -> Result<Self, Reject> {
        let mut fields = Self { entries: Vec::with_capacity(16) };
        fields.refill(object, options)?;
        Ok(fields)
    }

    /// As [`Fields::of`], into the room that is already there.
    ///
    /// # Errors
    /// As [`Fields::of`].
    pub fn refill(&mut self, object: Raw<'a>, options: &ImportOptions) -> Result<(), Reject> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recycling_keeps_the_room() {
        let fields = Fields::parse(r#"{"a":1}"#, &ImportOptions::default()).unwrap();
        let room = fields.entries.capacity();
        assert_eq!(fields.recycle().entries.capacity(), room);
    }
}
