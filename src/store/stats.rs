//! Bounds of the columns that prune, of a row group or a file, and their spelling in the log.
//!
//! A bound may be wider than the values, never narrower: texts are cut at 32 characters, and a cut
//! maximum is rounded up.

use super::calendar::{format_time_down, format_time_up, parse_time};
use serde_json::{Map, Value, json};

/// Texts are cut at this many characters.
const MAX_CHARS: usize = 32;

/// Bounds of the columns of one file. What is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileStats {
    /// First and last time, in microseconds since 1970, both inclusive.
    pub time_us: Option<(i64, i64)>,
    /// Bounds of `id`.
    pub id: TextStats,
    /// Bounds of `trace_id`.
    pub trace_id: TextStats,
    /// Bounds of `session_id`.
    pub session_id: TextStats,
    /// Bounds of `agent`.
    pub agent: TextStats,
    /// Bounds of `type`.
    pub record_type: TextStats,
    /// Bounds of `status`.
    pub status: TextStats,
}

/// Bounds of one text column. What is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextStats {
    /// No text sorts before this one (bytewise); at most 32 characters.
    pub min: Option<String>,
    /// No text sorts after this one (bytewise); at most 32 characters, rounded up.
    pub max: Option<String>,
    /// How many rows have no text.
    pub null_count: Option<u64>,
}

impl TextStats {
    /// Whether a file of `rows` rows may have `value` in this column.
    pub fn may_contain(&self, value: &str, rows: u64) -> bool {
        self.null_count != Some(rows)
            && self.min.as_deref().is_none_or(|min| min <= value)
            && self.max.as_deref().is_none_or(|max| value <= max)
    }

    /// The bounds of a column that is null in all `rows` rows.
    fn all_null(rows: u64) -> Self {
        Self { min: None, max: None, null_count: Some(rows) }
    }

    /// The bounds of these texts, which are UTF-8, beside `null_count` rows without one.
    pub(super) fn of<'t>(texts: impl Iterator<Item = &'t [u8]>, null_count: u64) -> Self {
        let mut texts = texts;
        let first = texts.next();
        let bounds = first.map(|first| {
            texts.fold((first, first), |(min, max), text| (min.min(text), max.max(text)))
        });
        Self {
            min: bounds.map(|(min, _)| cut_down(&String::from_utf8_lossy(min))),
            max: bounds.and_then(|(_, max)| cut_up(&String::from_utf8_lossy(max))),
            null_count: Some(null_count),
        }
    }

    /// Widens these bounds, of `rows` rows, by those of `more_rows` more.
    fn merge(&mut self, rows: u64, more: &Self, more_rows: u64) {
        if self.null_count == Some(rows) {
            self.min.clone_from(&more.min);
            self.max.clone_from(&more.max);
        } else if more.null_count != Some(more_rows) {
            self.min = self.min.take().zip(more.min.clone()).map(|(a, b)| a.min(b));
            self.max = self.max.take().zip(more.max.clone()).map(|(a, b)| a.max(b));
        }
        self.null_count = self.null_count.zip(more.null_count).map(|(a, b)| a + b);
    }
}

impl FileStats {
    /// The text columns that have bounds, by name.
    pub fn texts(&self) -> [(&'static str, &TextStats); 6] {
        [
            ("id", &self.id),
            ("trace_id", &self.trace_id),
            ("session_id", &self.session_id),
            ("agent", &self.agent),
            ("type", &self.record_type),
            ("status", &self.status),
        ]
    }

    fn texts_mut(&mut self) -> [(&'static str, &mut TextStats); 6] {
        [
            ("id", &mut self.id),
            ("trace_id", &mut self.trace_id),
            ("session_id", &mut self.session_id),
            ("agent", &mut self.agent),
            ("type", &mut self.record_type),
            ("status", &mut self.status),
        ]
    }

    /// The bounds of `rows` rows without texts.
    pub(super) fn unbounded(rows: u64) -> Self {
        let mut stats = Self::default();
        for (_, bounds) in stats.texts_mut() {
            *bounds = TextStats::all_null(rows);
        }
        stats
    }

    /// The bounds of the text column called `name`, where it has any.
    pub(super) fn text_mut(&mut self, name: &str) -> Option<&mut TextStats> {
        self.texts_mut().into_iter().find(|(own, _)| *own == name).map(|(_, bounds)| bounds)
    }

    /// Widens these bounds, of `rows` rows, by those of `more_rows` more.
    pub(super) fn merge(&mut self, rows: u64, more: &Self, more_rows: u64) {
        let times = self.time_us.zip(more.time_us);
        self.time_us = times.map(|((a, b), (c, d))| (a.min(c), b.max(d)));
        for ((_, bounds), (_, more)) in self.texts_mut().into_iter().zip(more.texts()) {
            bounds.merge(rows, more, more_rows);
        }
    }

    /// The text that an `add` action carries as `stats`.
    pub(super) fn to_delta(&self, rows: u64) -> String {
        let mut min = Map::new();
        let mut max = Map::new();
        let mut nulls = Map::new();
        if let Some((first, last)) = self.time_us {
            min.extend(format_time_down(first).map(|text| ("time".to_owned(), text.into())));
            max.extend(format_time_up(last).map(|text| ("time".to_owned(), text.into())));
            nulls.insert("time".to_owned(), 0.into());
        }
        for (name, bounds) in self.texts() {
            let bound = |text: &Option<String>| Some((name.to_owned(), text.clone()?.into()));
            min.extend(bound(&bounds.min));
            max.extend(bound(&bounds.max));
            nulls.extend(bounds.null_count.map(|count| (name.to_owned(), count.into())));
        }
        json!({"numRecords": rows, "minValues": min, "maxValues": max, "nullCount": nulls})
            .to_string()
    }

    /// Reads what [`FileStats::to_delta`] or another writer wrote; gives the number of rows too.
    pub(super) fn from_delta(stats: &Value) -> (Self, Option<u64>) {
        let bound =
            |group: &str, name: &str| Some(stats.get(group)?.get(name)?.as_str()?.to_owned());
        let mut read = Self::default();
        let first = bound("minValues", "time").and_then(|text| parse_time(&text));
        // Written in whole milliseconds, by some writers rounded down.
        let last = bound("maxValues", "time").and_then(|text| parse_time(&text)?.checked_add(999));
        read.time_us = first.zip(last);
        for (name, bounds) in read.texts_mut() {
            bounds.min = bound("minValues", name);
            bounds.max = bound("maxValues", name);
            bounds.null_count =
                stats.get("nullCount").and_then(|counts| counts.get(name)).and_then(Value::as_u64);
        }
        (read, stats.get("numRecords").and_then(Value::as_u64))
    }
}

/// The text's first 32 characters, which do not sort after it.
fn cut_down(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}

/// A text of at most 32 characters that does not sort before `text`; `None` when there is none.
fn cut_up(text: &str) -> Option<String> {
    let mut kept: Vec<char> = text.chars().take(MAX_CHARS + 1).collect();
    if kept.len() <= MAX_CHARS {
        return Some(text.to_owned());
    }
    kept.truncate(MAX_CHARS);
    while let Some(last) = kept.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            kept.push(next);
            return Some(kept.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(texts: &[Option<&str>]) -> TextStats {
        let nulls = texts.iter().filter(|text| text.is_none()).count();
        TextStats::of(texts.iter().flatten().map(|text| text.as_bytes()), nulls as u64)
    }

    #[test]
    fn long_texts_are_cut_outwards() {
        let long = format!("{}z", "a".repeat(40));
        let stats = bounds(&[Some(&long), None]);
        assert_eq!(stats.min.as_deref(), Some("a".repeat(32).as_str()));
        assert_eq!(stats.max, Some(format!("{}b", "a".repeat(31))));
        assert_eq!(stats.null_count, Some(1));
        assert!(stats.may_contain(&long, 2));
        assert!(!stats.may_contain("b", 2));
    }

    #[test]
    fn a_maximum_of_the_last_characters_is_rounded_further_left_or_not_at_all() {
        let last = char::MAX.to_string();
        let text = format!("a{}", last.repeat(40));
        assert_eq!(cut_up(&text).as_deref(), Some("b"));
        assert_eq!(cut_up(&last.repeat(40)), None);
        assert_eq!(cut_up(&last.repeat(32)), Some(last.repeat(32)));
        // The characters before the surrogates are followed by those after them.
        let text = format!("{}\u{d7ff}\u{d7ff}", "x".repeat(31));
        assert_eq!(cut_up(&text), Some(format!("{}\u{e000}", "x".repeat(31))));
    }

    #[test]
    fn bounds_merge_and_all_null_columns_do_not_count() {
        let mut stats = bounds(&[None, None]);
        assert!(!stats.may_contain("a", 2));
        stats.merge(2, &bounds(&[Some("m")]), 1);
        assert_eq!((stats.min.as_deref(), stats.max.as_deref()), (Some("m"), Some("m")));
        stats.merge(3, &bounds(&[Some("b"), None]), 2);
        stats.merge(5, &bounds(&[None]), 1);
        assert_eq!((stats.min.as_deref(), stats.max.as_deref()), (Some("b"), Some("m")));
        assert_eq!(stats.null_count, Some(4));
        stats.merge(6, &TextStats::default(), 1);
        assert_eq!(stats, TextStats::default(), "what is unknown makes the whole unknown");
        assert!(stats.may_contain("anything", 7));
    }

    #[test]
    fn the_log_keeps_bounds() {
        let stats = FileStats {
            time_us: Some((1_500, 2_500)),
            id: bounds(&[Some("a"), Some("ü")]),
            trace_id: TextStats::all_null(2),
            ..FileStats::default()
        };
        let text = stats.to_delta(2);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["numRecords"], 2);
        assert_eq!(value["minValues"]["time"], "1970-01-01T00:00:00.001Z");
        assert_eq!(value["maxValues"]["time"], "1970-01-01T00:00:00.003Z");
        assert_eq!(value["nullCount"]["trace_id"], 2);
        let (read, rows) = FileStats::from_delta(&value);
        assert_eq!(rows, Some(2));
        assert_eq!((read.id, read.trace_id), (stats.id, stats.trace_id));
        assert_eq!(read.time_us, Some((1_000, 3_999)));
    }
}
