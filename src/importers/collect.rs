//! For tests: a sink that keeps what it is given, and the check that no leaf of a line is lost.

use super::json::{self, Raw};
use super::{ImportOptions, Importer, Line, Reader, Reject, Sink, time};
use crate::model::Record;
use std::collections::BTreeMap;

/// A record's columns that are not null, as text.
pub(super) type Row = BTreeMap<&'static str, String>;

/// What a reader gave.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) rows: Vec<Row>,
    /// Line number and reject.
    pub(super) rejects: Vec<(u64, Reject)>,
    /// Line number and reason.
    pub(super) skips: Vec<(u64, &'static str)>,
}

impl Collected {
    /// The rows whose `column` is `value`.
    pub(super) fn having(&self, column: &str, value: &str) -> Vec<&Row> {
        self.rows.iter().filter(|row| row.get(column).is_some_and(|text| text == value)).collect()
    }
}

impl Sink for Collected {
    fn record(&mut self, record: &Record<'_>) {
        self.rows.push(row(record));
    }

    fn reject(&mut self, line: Line<'_>, reject: Reject) {
        self.rejects.push((line.number, reject));
    }

    fn skip(&mut self, line: Line<'_>, reason: &'static str) {
        self.skips.push((line.number, reason));
    }
}

fn row(record: &Record<'_>) -> Row {
    let mut row = Row::new();
    let mut put = |column: &'static str, value: Option<String>| {
        if let Some(value) = value {
            row.insert(column, value);
        }
    };
    put("kind", Some(record.kind.to_string()));
    put("time", Some(record.time_us.to_string()));
    put("duration_ns", record.duration_ns.map(|value| value.to_string()));
    put("type", Some(record.record_type.to_owned()));
    put("id", Some(record.id.to_owned()));
    put("status", Some(record.status.as_str().to_owned()));
    for (column, value) in [
        ("name", record.name),
        ("parent_id", record.parent_id),
        ("trace_id", record.trace_id),
        ("session_id", record.session_id),
        ("swarm_id", record.swarm_id),
        ("correlation_id", record.correlation_id),
        ("agent", record.agent),
        ("peer", record.peer),
        ("component", record.component),
        ("operation", record.operation),
        ("tool", record.tool),
        ("model", record.model),
        ("task_id", record.task_id),
        ("message_id", record.message_id),
        ("severity", record.severity),
        ("error_type", record.error_type),
        ("error_message", record.error_message),
        ("unit", record.unit),
        ("interval_key", record.interval_key),
        ("labels", record.labels),
        ("data", record.data),
        ("extra", record.extra),
    ] {
        put(column, value.map(str::to_owned));
    }
    for (column, value) in [
        ("input_tokens", record.input_tokens),
        ("output_tokens", record.output_tokens),
        ("cache_read_tokens", record.cache_read_tokens),
        ("cache_write_tokens", record.cache_write_tokens),
        ("cost_microusd", record.cost_microusd),
    ] {
        put(column, value.map(|value| value.to_string()));
    }
    put("value", record.value.map(|value| value.to_string()));
    put("metric_type", record.metric_type.map(|value| value.as_str().to_owned()));
    put("interval_edge", record.interval_edge.map(|value| value.as_str().to_owned()));
    put("tags", (!record.tags.is_empty()).then(|| record.tags.join(",")));
    row
}

/// Reads `text`, line by line or as a whole, as the importer wants it.
pub(super) fn read(importer: &dyn Importer, text: &str) -> Collected {
    read_with(importer, text, &ImportOptions::default())
}

/// As [`read`], with options.
pub(super) fn read_with(importer: &dyn Importer, text: &str, options: &ImportOptions) -> Collected {
    let (mut collected, mut tape) = (Collected::default(), json::Tape::new());
    let mut offset = 0;
    let mut lines = Vec::new();
    for (i, line) in text.split_inclusive('\n').enumerate() {
        let number = u64::try_from(i).unwrap() + 1;
        lines.push(Line { text: line.trim_end_matches('\n'), number, offset });
        offset += u64::try_from(line.len()).unwrap();
    }
    lines.retain(|line| !line.text.trim().is_empty());
    match importer.reader(options) {
        Reader::File(mut reader) => reader.read(&lines, &mut collected),
        Reader::Lines(mut reader) => {
            for line in lines {
                let fields = tape.read(line.text, options);
                let read = fields.and_then(|fields| reader.read(line, &fields, &mut collected));
                if let Err(reject) = read {
                    collected.rejects.push((line.number, reject));
                }
            }
        }
    }
    collected
}

/// Reads `text` as one document.
pub(super) fn read_document(importer: &dyn Importer, text: &str) -> Collected {
    let (mut collected, mut tape) = (Collected::default(), json::Tape::new());
    let options = ImportOptions::default();
    let line = Line { text, number: 1, offset: 0 };
    match importer.reader(&options) {
        Reader::File(mut reader) => reader.read(&[line], &mut collected),
        Reader::Lines(mut reader) => {
            let fields = tape.read(line.text, &options);
            let read = fields.and_then(|fields| reader.read(line, &fields, &mut collected));
            if let Err(reject) = read {
                collected.rejects.push((1, reject));
            }
        }
    }
    collected
}

/// The one row with this id.
pub(super) fn only<'c>(collected: &'c Collected, id: &str) -> &'c Row {
    let rows = collected.having("id", id);
    assert_eq!(rows.len(), 1, "{id}");
    rows[0]
}

/// Fails unless the columns hold these values.
pub(super) fn assert_columns(row: &Row, wanted: &[(&str, &str)]) {
    for (column, value) in wanted {
        assert_eq!(row.get(column).map(String::as_str), Some(*value), "{column} of {row:#?}");
    }
}

/// Fails unless the columns are null.
pub(super) fn assert_none(row: &Row, columns: &[&str]) {
    for column in columns {
        assert!(!row.contains_key(column), "{column} of {row:#?}");
    }
}

/// Fails unless every leaf of `line` is a column's value, or stands in `data`, `extra`, `labels` or
/// `tags` of one of `rows`.
pub(super) fn assert_leaves_kept(line: &str, rows: &[Row]) {
    let mut kept = Vec::new();
    let mut times = Vec::new();
    for row in rows {
        for (column, value) in row {
            match *column {
                "data" | "extra" | "labels" => leaves(json::value(value).unwrap(), &mut kept),
                "tags" => kept.extend(value.split(',').map(str::to_owned)),
                "time" => times.push(value.parse::<i64>().unwrap()),
                // A duration that left its field for the column, in the source's milliseconds.
                "duration_ns" => kept.push((value.parse::<f64>().unwrap() / 1e6).to_string()),
                _ => kept.push(value.clone()),
            }
        }
    }
    let mut wanted = Vec::new();
    leaves(json::value(line).unwrap(), &mut wanted);
    for leaf in wanted {
        let quoted = serde_json::to_string(&leaf).unwrap();
        let is_time = [leaf.as_str(), quoted.as_str()].into_iter().any(|text| {
            let raw = json::value(text).ok();
            raw.and_then(|raw| time::instant(raw, "", time::Unit::Magnitude, None).ok())
                .is_some_and(|nanos| times.contains(&time::micros(nanos)))
        });
        assert!(kept.contains(&leaf) || is_time, "`{leaf}` of {line} is nowhere in {rows:#?}");
    }
}

fn leaves(value: Raw<'_>, found: &mut Vec<String>) {
    if value.is_object() {
        value.members().for_each(|(_, member)| leaves(member, found));
    } else if value.is_array() {
        value.elements().for_each(|element| leaves(element, found));
    } else if !value.is_null() {
        found.push(value.as_str().map_or_else(|| value.text().to_owned(), Into::into));
    }
}
