//! Which format a source is of, by its content and never by its name.

use super::json::{Tape, is_value};
use super::{ALL, ImportOptions, Importer, Match};

/// How many of the first lines that hold an object are looked at.
const SAMPLE_LINES: usize = 32;

/// How the bytes of a source are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// One record or message a line.
    Lines,
    /// One JSON document over many lines.
    Document,
}

/// What a source was found to be.
#[derive(Clone, Copy)]
pub struct Detected {
    /// Its format.
    pub importer: &'static dyn Importer,
    /// Its framing.
    pub framing: Framing,
}

/// A source whose format cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetectError {
    /// No format's fields are there.
    #[error("no known trace format is recognised")]
    Unknown,
    /// Several formats' fields are there.
    #[error("the fields fit more than one format: {}", .0.join(", "))]
    Ambiguous(Vec<&'static str>),
}

/// Judges the first bytes of a source, which end at a line's end or at the source's.
///
/// `is_whole` says that they are all there is; a document can only be judged whole.
///
/// # Errors
/// [`DetectError`]; `None` for a source without anything but white space.
pub fn detect(text: &str, is_whole: bool) -> Result<Option<Detected>, DetectError> {
    let lenient = ImportOptions { last_key_wins: true, ..ImportOptions::default() };
    let mut tape = Tape::new();
    // Lines of a document may be objects by themselves, and look like records.
    if is_whole
        && may_be_document(text)
        && let Ok(fields) = tape.read(text, &lenient)
    {
        let scores: Vec<Match> = ALL
            .iter()
            .map(
                |importer| {
                    if importer.accepts_document() { importer.sniff(&fields) } else { Match::No }
                },
            )
            .collect();
        if let Some(importer) = choose(&scores)? {
            return Ok(Some(Detected { importer, framing: Framing::Document }));
        }
    }
    let mut scores = vec![Match::No; ALL.len()];
    let mut sampled = 0;
    let lines = text.lines().filter(|line| line.trim_start().starts_with('{'));
    for line in lines.take(SAMPLE_LINES * 8) {
        let Ok(fields) = tape.read(line, &lenient) else { continue };
        for (score, importer) in scores.iter_mut().zip(ALL) {
            *score = (*score).max(importer.sniff(&fields));
        }
        sampled += 1;
        if sampled == SAMPLE_LINES {
            break;
        }
    }
    if text.trim().is_empty() {
        return Ok(None);
    }
    if let Some(importer) = choose(&scores)? {
        return Ok(Some(Detected { importer, framing: Framing::Lines }));
    }
    Err(DetectError::Unknown)
}

/// Whether a source that begins with `text` may be one JSON document over many lines, so that it is
/// worth reading whole before it is judged.
pub fn may_be_document(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    first.trim_start().starts_with('{') && !is_value(first)
}

/// The one format that fits best; `generic` and others that only may fit yield to a sure one.
fn choose(scores: &[Match]) -> Result<Option<&'static dyn Importer>, DetectError> {
    for level in [Match::Yes, Match::Maybe] {
        let fitting: Vec<&'static dyn Importer> = ALL
            .iter()
            .zip(scores)
            .filter(|(importer, score)| {
                **score == level && !(level == Match::Maybe && importer.name() == "generic")
            })
            .map(|(importer, _)| *importer)
            .collect();
        match fitting.as_slice() {
            [] => {}
            [one] => return Ok(Some(*one)),
            several => {
                return Err(DetectError::Ambiguous(several.iter().map(|one| one.name()).collect()));
            }
        }
    }
    let generic = ALL.iter().zip(scores).find(|(importer, _)| importer.name() == "generic");
    Ok(generic.filter(|(_, score)| **score != Match::No).map(|(importer, _)| *importer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Result<Option<(&'static str, Framing)>, DetectError> {
        detect(text, true).map(|found| found.map(|found| (found.importer.name(), found.framing)))
    }

    #[test]
    fn formats_are_told_by_their_fields() {
        let event =
            r#"{"id":"1","type":"TASK_START","agentId":"a","swarmId":"s","timestamp":1,"data":{}}"#;
        assert_eq!(found(event), Ok(Some(("claude-flow", Framing::Lines))));
        assert_eq!(
            found(&format!("broken\n{{\n{event}\n")),
            Ok(Some(("claude-flow", Framing::Lines)))
        );
        assert_eq!(found(r#"{"resourceSpans":[]}"#), Ok(Some(("otlp", Framing::Lines))));
        let pretty = "{\n  \"resourceSpans\": [\n    {}\n  ]\n}\n";
        assert!(may_be_document(pretty));
        assert_eq!(found(pretty), Ok(Some(("otlp", Framing::Document))));
        assert_eq!(
            found(r#"{"time":"2025-01-01T00:00:00Z","who":"x"}"#),
            Ok(Some(("generic", Framing::Lines)))
        );
        let trace = r#"{"traceID":"A","spans":[],"processes":{}}"#;
        assert_eq!(found(trace), Ok(Some(("jaeger", Framing::Lines))));
        let answer = format!("{{\"data\":[\n{trace}\n]}}");
        assert_eq!(found(&answer), Ok(Some(("jaeger", Framing::Document))));
    }

    #[test]
    fn a_line_of_a_document_is_no_record() {
        let event = r#"{"time":"2025-01-01T00:00:00Z","who":"x"}"#;
        let document = format!("{{\"resourceSpans\":[\n{event}\n]}}");
        assert_eq!(found(&document), Ok(Some(("otlp", Framing::Document))));
    }

    #[test]
    fn nothing_is_guessed() {
        assert_eq!(found(" \n"), Ok(None));
        assert_eq!(found("hello\n"), Err(DetectError::Unknown));
        let both = concat!(
            r#"{"id":"1","type":"TASK_START","agentId":"a","swarmId":"s","timestamp":1,"data":{}}"#,
            "\n",
            r#"{"resourceSpans":[]}"#
        );
        assert_eq!(found(both), Err(DetectError::Ambiguous(vec!["claude-flow", "otlp"])));
    }
}
