//! What ingesting came to: as a sentence, as a JSON object, and per source.

use crate::cli::words::{counted, grouped};
use crate::ingest::{Counts, SourceReport};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// The reason of a source that has nothing new.
const ALREADY: &str = "already ingested";

/// What all sources came to.
pub(super) struct Summary {
    counts: Counts,
    sources: u64,
    unchanged: BTreeMap<String, u64>,
    notices: Vec<String>,
    store: String,
    /// Sources that were not ingested.
    pub(super) failed: u64,
    /// How long it took.
    pub(super) seconds: f64,
}

/// The JSON object. Its names are a promise to scripts.
#[derive(Serialize)]
pub(super) struct SummaryJson<'s> {
    sources: u64,
    records: u64,
    events: u64,
    spans: u64,
    logs: u64,
    metrics: u64,
    rejected: u64,
    duplicates: u64,
    sampled_out: u64,
    /// Lines that held nothing to store, by reason.
    skipped: &'s BTreeMap<&'static str, u64>,
    lines: u64,
    blank: u64,
    bytes: u64,
    seconds: f64,
    bytes_per_second: f64,
    files_written: u64,
    bytes_written: u64,
    /// Sources that had nothing new.
    unchanged: u64,
    /// Sources that were not ingested.
    failed: u64,
    store: &'s str,
    notices: &'s [String],
}

impl Summary {
    pub(super) fn new(store: &Path) -> Self {
        Self {
            counts: Counts::default(),
            sources: 0,
            unchanged: BTreeMap::new(),
            notices: Vec::new(),
            store: store.display().to_string(),
            failed: 0,
            seconds: 0.0,
        }
    }

    /// Adds a source, and gives what should be noted about it.
    pub(super) fn add(&mut self, report: &SourceReport) -> Vec<String> {
        self.sources += 1;
        self.counts.add(&report.counts);
        let of_source = |text: &str| format!("`{}`: {text}", report.path);
        let mut notes: Vec<String> = report.notices.iter().map(|text| of_source(text)).collect();
        if let Some(reason) = &report.unchanged {
            if reason != ALREADY {
                notes.push(of_source(reason));
            }
            *self.unchanged.entry(reason.clone()).or_default() += 1;
        }
        self.notices.extend(notes.iter().cloned());
        notes
    }

    /// Adds a file that is no trace file.
    pub(super) fn skip_file(&mut self, note: String) {
        self.notices.push(note);
    }

    fn bytes_per_second(&self) -> f64 {
        if self.seconds > 0.0 { self.counts.bytes as f64 / self.seconds } else { 0.0 }
    }

    /// The object that `--format json` prints.
    pub(super) fn to_json(&self) -> SummaryJson<'_> {
        let [events, spans, logs, metrics] = self.counts.rows;
        SummaryJson {
            sources: self.sources,
            records: self.counts.records(),
            events,
            spans,
            logs,
            metrics,
            rejected: self.counts.rejected,
            duplicates: self.counts.duplicates,
            sampled_out: 0,
            skipped: &self.counts.skipped,
            lines: self.counts.lines,
            blank: self.counts.blank,
            bytes: self.counts.bytes,
            seconds: self.seconds,
            bytes_per_second: self.bytes_per_second(),
            files_written: self.counts.files_written,
            bytes_written: self.counts.bytes_written,
            unchanged: self.unchanged.values().sum(),
            failed: self.failed,
            store: &self.store,
            notices: &self.notices,
        }
    }

    /// The sentence for people.
    pub(super) fn to_sentence(&self) -> String {
        let unchanged: u64 = self.unchanged.values().sum();
        let mut text = if self.sources == 0 {
            "nothing was ingested".to_owned()
        } else if unchanged == self.sources {
            match self.unchanged.keys().next() {
                Some(reason) if self.unchanged.len() == 1 && reason == ALREADY => {
                    format!("0 new records ({ALREADY})")
                }
                _ => format!("0 new records ({} unchanged)", counted(unchanged, "source")),
            }
        } else {
            let kinds = list_kinds(&self.counts);
            let kinds = if kinds.is_empty() { kinds } else { format!(" ({kinds})") };
            format!(
                "{}{kinds} from {} in {:.2} s ({:.0} MB/s)",
                counted(self.counts.records(), "record"),
                counted(self.sources - unchanged, "source"),
                self.seconds,
                self.bytes_per_second() / 1e6,
            )
        };
        let mut rest = list_losses(&self.counts);
        if unchanged > 0 && unchanged < self.sources {
            rest.push(format!("{} unchanged", counted(unchanged, "source")));
        }
        if self.failed > 0 {
            rest.push(format!("{} failed", counted(self.failed, "source")));
        }
        if !rest.is_empty() {
            text.push_str("; ");
            text.push_str(&rest.join(", "));
        }
        text
    }
}

/// One source for `-v`: what it was found to be and what was counted.
pub(super) fn describe_source(report: &SourceReport) -> String {
    let format = report.format.unwrap_or("no format");
    let path = &report.path;
    if let Some(reason) = &report.unchanged {
        return format!("`{path}`: {format}, {reason}");
    }
    let counts = &report.counts;
    let kinds = list_kinds(counts);
    let mut text = format!(
        "`{path}`: {format}, {} ({} blank), {}",
        counted(counts.lines, "line"),
        grouped(counts.blank),
        counted(counts.records(), "record"),
    );
    if !kinds.is_empty() {
        let _ = write!(text, " ({kinds})");
    }
    for loss in list_losses(counts) {
        text.push_str(", ");
        text.push_str(&loss);
    }
    if report.source != *path {
        let _ = write!(text, "; source `{}`", report.source);
    }
    text
}

/// `12 events, 1 span`: the kinds that are there.
fn list_kinds(counts: &Counts) -> String {
    let nouns = ["event", "span", "log", "metric"];
    let there = counts.rows.iter().zip(nouns).filter(|(count, _)| **count > 0);
    there.map(|(count, noun)| counted(*count, noun)).collect::<Vec<_>>().join(", ")
}

/// What did not become a record, and why.
fn list_losses(counts: &Counts) -> Vec<String> {
    let mut losses = Vec::new();
    if counts.rejected > 0 {
        let lines = counted(counts.rejected, "line");
        losses.push(format!("{lines} rejected (see `tracekit query rejects`)"));
    }
    if counts.duplicates > 0 {
        losses.push(counted(counts.duplicates, "duplicate"));
    }
    let skipped = counts.skipped.iter();
    losses.extend(skipped.map(|(reason, count)| format!("{} skipped: {reason}", grouped(*count))));
    losses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(counts: Counts, unchanged: Option<&str>) -> SourceReport {
        SourceReport {
            path: "runs/a.jsonl".into(),
            source: "runs/a.jsonl".into(),
            format: Some("claude-flow"),
            unchanged: unchanged.map(str::to_owned),
            counts,
            notices: vec![],
        }
    }

    fn counts() -> Counts {
        Counts {
            lines: 12_350,
            blank: 2,
            rejected: 2,
            skipped: BTreeMap::from([("protocol message", 1)]),
            rows: [12_000, 300, 0, 45],
            bytes: 124_000_000,
            files_written: 3,
            ..Counts::default()
        }
    }

    #[test]
    fn the_sentence_says_what_there_is_and_what_is_lost() {
        let mut summary = Summary::new(Path::new(".tracekit"));
        assert!(summary.add(&report(counts(), None)).is_empty());
        summary.seconds = 0.4;
        assert_eq!(
            summary.to_sentence(),
            "12,345 records (12,000 events, 300 spans, 45 metrics) from 1 source in 0.40 s \
             (310 MB/s); 2 lines rejected (see `tracekit query rejects`), 1 skipped: protocol message"
        );
        summary.add(&report(Counts::default(), Some(ALREADY)));
        summary.failed = 1;
        assert!(summary.to_sentence().ends_with(", 1 source unchanged, 1 source failed"));
    }

    #[test]
    fn nothing_new_is_said_so() {
        let mut summary = Summary::new(Path::new(".tracekit"));
        summary.add(&report(Counts::default(), Some(ALREADY)));
        assert_eq!(summary.to_sentence(), "0 new records (already ingested)");
        let notes = summary.add(&report(Counts::default(), Some("it holds no records")));
        assert_eq!(notes, ["`runs/a.jsonl`: it holds no records"]);
        assert_eq!(summary.to_sentence(), "0 new records (2 sources unchanged)");
    }

    #[test]
    fn the_object_has_its_promised_fields() {
        let mut summary = Summary::new(Path::new("s"));
        summary.add(&report(counts(), None));
        summary.seconds = 2.0;
        let json = serde_json::to_value(summary.to_json()).unwrap();
        let expected = [
            ("sources", 1.0),
            ("records", 12_345.0),
            ("events", 12_000.0),
            ("spans", 300.0),
            ("logs", 0.0),
            ("metrics", 45.0),
            ("rejected", 2.0),
            ("duplicates", 0.0),
            ("sampled_out", 0.0),
            ("bytes", 124_000_000.0),
            ("seconds", 2.0),
            ("bytes_per_second", 62_000_000.0),
            ("files_written", 3.0),
        ];
        for (name, value) in expected {
            assert_eq!(json[name].as_f64(), Some(value), "{name}");
        }
        assert_eq!(json["skipped"]["protocol message"], 1);
    }

    #[test]
    fn a_source_is_described_in_a_line() {
        assert_eq!(
            describe_source(&report(counts(), None)),
            "`runs/a.jsonl`: claude-flow, 12,350 lines (2 blank), 12,345 records (12,000 events, \
             300 spans, 45 metrics), 2 lines rejected (see `tracekit query rejects`), 1 skipped: \
             protocol message"
        );
    }
}
