//! A file of lines that stand alone, followed: what was added to it is found, up to the last line end.

use super::Round;
use super::tail::Tail;
use crate::importers::json;
use crate::importers::source::{Growing, SourceError};
use crate::ingest::{IngestError, SourceReport};
use crate::store::SourceState;

/// The most that one commit takes of a file, in bytes, but for one longer line.
pub(super) const MOST_BYTES: u64 = 64 << 20;
/// How many bytes before the place that was reached are kept, to see whether they are still there.
const MARK_BYTES: u64 = 4 << 10;
/// How many of the first bytes are kept, to see which files may be copies.
pub(super) const HEAD_BYTES: u64 = 1 << 10;

/// What a file's bytes looked like up to the place that was reached.
#[derive(Clone)]
pub(super) struct Content {
    /// The id under which they were read.
    pub(super) id: String,
    /// How many they were.
    pub(super) length: u64,
    /// Their hash.
    pub(super) digest: u128,
    /// The first of them.
    pub(super) head: Vec<u8>,
    /// The last of them.
    pub(super) mark: Vec<u8>,
}

impl Content {
    /// What the log knows of a source.
    pub(super) fn of_state(id: &str, state: &SourceState) -> Self {
        let (head, mark) = (Vec::new(), Vec::new());
        Self { id: id.to_owned(), length: state.len, digest: state.hash, head, mark }
    }

    /// Whether `file` holds the last of the bytes at their place.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn is_marked_in(&self, file: &Growing) -> Result<bool, SourceError> {
        let count = self.mark.len() as u64;
        Ok(file.read_at(self.length - count, count)? == self.mark)
    }
}

/// A file that is followed line by line.
pub(super) struct Lines {
    pub(super) file: Growing,
    pub(super) tail: Tail,
    pub(super) content: Content,
}

/// What one look at a file came to.
pub(super) enum Step {
    /// There is no whole line that is new; there may be a part of one.
    Nothing {
        /// Whether a part of a line waits for its end.
        is_partial: bool,
    },
    /// This was committed.
    Committed(Box<SourceReport>),
    /// What was read is no longer there: the file was cut or written anew.
    Rewritten,
}

impl Lines {
    /// # Errors
    /// Where the file cannot be read.
    pub(super) fn new(file: Growing, tail: Tail) -> Result<Self, SourceError> {
        let content =
            Content { id: String::new(), length: 0, digest: 0, head: vec![], mark: vec![] };
        let mut lines = Self { file, tail, content };
        lines.look_back()?;
        Ok(lines)
    }

    /// Keeps what is needed to see whether the file is still the one that was read.
    fn look_back(&mut self) -> Result<(), SourceError> {
        let length = self.tail.position();
        let count = length.min(MARK_BYTES);
        if (self.content.head.len() as u64) < length.min(HEAD_BYTES) {
            self.content.head = self.file.read_at(0, length.min(HEAD_BYTES))?;
        }
        self.content.mark = self.file.read_at(length - count, count)?;
        self.content.id.clone_from(&self.tail.id);
        self.content.length = length;
        self.content.digest = self.tail.hash.digest();
        Ok(())
    }

    /// How much was added since; at least 1 where the file has become shorter.
    pub(super) fn pending(&self) -> u64 {
        let size = self.file.stamp().map_or(0, |stamp| stamp.size);
        let at = self.tail.position();
        if size < at { 1 } else { size - at }
    }

    /// Commits the next whole lines; `is_at_rest` says that nobody writes, so that a last line without
    /// its end is taken too where it is valid.
    ///
    /// # Errors
    /// Why nothing was committed.
    pub(super) fn step(
        &mut self,
        round: &Round<'_>,
        is_at_rest: bool,
    ) -> Result<Step, IngestError> {
        let from = self.tail.position();
        let size = self.file.stamp()?.size;
        if size < from || !self.content.is_marked_in(&self.file)? {
            return Ok(Step::Rewritten);
        }
        let window = size.min(from.saturating_add(MOST_BYTES));
        let mut end = self.file.line_end(from, window, size)?.unwrap_or(from);
        let is_last = window == size && end < size;
        if is_last && is_at_rest && self.is_whole(end, size, round)? {
            end = size;
        }
        if end == from {
            return Ok(Step::Nothing { is_partial: size > from });
        }
        let path = self.file.path().display().to_string();
        let file = &self.file;
        let open = |before| file.open_range(before, end);
        let report = self.tail.take(round, &path, &open, end)?;
        self.look_back()?;
        Ok(Step::Committed(Box::new(report)))
    }

    /// Whether the last bytes, which have no line end, are a whole value all the same.
    fn is_whole(&self, from: u64, to: u64, round: &Round<'_>) -> Result<bool, SourceError> {
        if to - from > round.settings.max_line_bytes as u64 {
            return Ok(false);
        }
        let bytes = self.file.read_at(from, to - from)?;
        Ok(std::str::from_utf8(&bytes).is_ok_and(|text| json::value(text.trim_ascii()).is_ok()))
    }
}
