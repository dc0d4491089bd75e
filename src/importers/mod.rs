//! Source formats: one file each, behind one trait and one list.
//!
//! An importer turns bytes into [`Record`]s and hands them to a [`Sink`]. It knows nothing of
//! Arrow, of the store or of threads. To add a format, write `importers/foo.rs` and add it to
//! [`ALL`]; detection, `--from`, `tracekit formats`, completions and the docs walk that list.

pub mod detect;
pub mod json;
pub mod reject;
pub mod source;
pub mod time;

mod claude_code;
mod claude_flow;
mod claude_flow_metrics;
mod explode;
mod generic;
mod jaeger;
mod labels;
mod langswarm;
mod mplp;
mod myagent;
mod otlp;
mod parts;
mod scalars;
mod semconv;

#[cfg(test)]
mod collect;

use crate::model::Record;
pub use generic::check_mapping;
pub use reject::{Category, Reject};

/// Every format, in the order in which `tracekit formats` lists them.
pub static ALL: &[&dyn Importer] = &[
    &claude_flow::ClaudeFlow,
    &claude_flow_metrics::ClaudeFlowMetrics,
    &myagent::MyAgent,
    &mplp::Mplp,
    &langswarm::LangSwarm,
    &otlp::Otlp,
    &jaeger::Jaeger,
    &claude_code::ClaudeCode,
    &generic::Generic,
];

/// The format called `name`.
pub fn find(name: &str) -> Option<&'static dyn Importer> {
    ALL.iter().copied().find(|importer| importer.name() == name)
}

/// One line of a source, or the whole of it where a document spans many lines.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The text without its line end, valid UTF-8.
    pub text: &'a str,
    /// Line number, from 1.
    pub number: u64,
    /// Byte offset in the (decompressed) source.
    pub offset: u64,
}

/// Takes what an importer finds.
pub trait Sink {
    /// Takes one record; its borrows end with the call.
    fn record(&mut self, record: &Record<'_>);
    /// Notes a part of `line` that was not accepted, while other parts of it were.
    fn reject(&mut self, line: Line<'_>, reject: Reject);
    /// Notes that `line` holds nothing to store, and why, in a few words that repeat
    /// (`protocol message`, `summary line`).
    fn skip(&mut self, line: Line<'_>, reason: &'static str);
    /// Says that the records given from now on stand for `content` (its hash): where the same content
    /// comes again in the source, its records are the same ones. `None` ends that.
    fn repeatable(&mut self, content: Option<u128>) {
        let _ = content;
    }
    /// Notes that `line` is chunk `current` of `total` of one answer of a recorded stream.
    fn chunk(&mut self, current: i64, total: i64) {
        let _ = (current, total);
    }
}

/// How sure an importer is that a source is of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// It is something else.
    No,
    /// It could be: the fields that are there fit, but would fit others too.
    Maybe,
    /// The fields are those of this format.
    Yes,
}

/// What a user may set about reading.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Zone of timestamps that name none; without it such timestamps are rejected.
    pub assume_zone: Option<jiff::tz::TimeZone>,
    /// Take the last of two equal keys instead of rejecting the line.
    pub last_key_wins: bool,
    /// Look for duplicate keys inside kept JSON text too.
    pub strict: bool,
    /// Where the `generic` format finds the columns: (column, path in the line), in the user's order.
    pub mapping: Vec<(String, String)>,
}

/// Reads lines that each stand alone. One reader serves one thread; it may keep buffers.
pub trait LineReader {
    /// Reads one line, whose object has the members `fields`, and gives its records to `sink`.
    ///
    /// # Errors
    /// The reason why the line as a whole is not accepted; then no record of it was given.
    fn read(
        &mut self,
        line: Line<'_>,
        fields: &json::Fields<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Reject>;
}

/// Reads a source whose lines only mean something together.
pub trait FileReader {
    /// Reads all `lines` of one source, and gives records, rejects and skips to `sink`.
    fn read(&mut self, lines: &[Line<'_>], sink: &mut dyn Sink);
}

/// How a format is read.
pub enum Reader<'o> {
    /// Line by line, in parallel.
    Lines(Box<dyn LineReader + 'o>),
    /// File by file; when the file has grown, its rows are replaced.
    File(Box<dyn FileReader + 'o>),
}

/// A source format.
pub trait Importer: Sync {
    /// Name for `--from`, in `source_format` and in the docs.
    fn name(&self) -> &'static str;
    /// What writes it, in one line.
    fn summary(&self) -> &'static str;
    /// The optional columns that it can fill, in the schema's order.
    fn fills(&self) -> &'static [&'static str];
    /// Whether one JSON document may span the whole file, lines and all.
    fn accepts_document(&self) -> bool {
        false
    }
    /// Whether lines are assembled per file ([`Reader::File`]).
    fn is_assembled(&self) -> bool {
        false
    }
    /// Judges one of the first lines of a source (or its whole document), already split into fields.
    fn sniff(&self, fields: &json::Fields<'_>) -> Match;
    /// A reader with buffers of its own.
    fn reader<'o>(&self, options: &'o ImportOptions) -> Reader<'o>;
}
