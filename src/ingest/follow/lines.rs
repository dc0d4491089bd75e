//! A file of lines that stand alone, followed: what was added to it is found, up to the last line end.

use super::Round;
use super::tail::Tail;
use crate::importers::json;
use crate::importers::source::{Edges, Growing, RangeHash, SourceError};
use crate::ingest::{IngestError, SourceReport};
use crate::store::SourceState;
use std::sync::{Arc, Mutex, PoisonError};

/// The most that one commit takes of a file, in bytes, but for one longer line.
pub(super) const MOST_BYTES: u64 = 64 << 20;

/// What a file's bytes looked like up to the place that was reached.
#[derive(Clone)]
pub(super) struct Content {
    /// The id under which they were read.
    pub(super) id: String,
    /// How many they were.
    pub(super) length: u64,
    /// Their hash.
    pub(super) digest: u128,
    /// The first and the last of them.
    pub(super) edges: Edges,
}

impl Content {
    /// What the log knows of a source.
    pub(super) fn of_state(id: &str, state: &SourceState) -> Self {
        let edges = Edges::default();
        Self { id: id.to_owned(), length: state.len, digest: state.hash, edges }
    }

    /// Whether `file` holds the last of the bytes at their place.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn is_marked_in(&self, file: &Growing) -> Result<bool, SourceError> {
        let count = self.edges.mark.len() as u64;
        Ok(file.read_at(self.length - count, count)? == self.edges.mark)
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
        let length = tail.position();
        let count = length.min(Edges::MARK_BYTES as u64);
        let edges = Edges {
            head: file.read_at(0, length.min(Edges::HEAD_BYTES as u64))?,
            mark: file.read_at(length - count, count)?,
        };
        let content = Content { id: tail.id.clone(), length, digest: tail.hash.digest(), edges };
        Ok(Self { file, tail, content })
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
        // Taken from what is read, for the file may be cut before it is committed.
        let edges = Arc::<Mutex<Edges>>::default();
        let (file, content) = (&self.file, &self.content);
        let open = |before: RangeHash| {
            let is_next = before.length() == content.length;
            let start = if is_next { content.edges.clone() } else { Edges::default() };
            *edges.lock().unwrap_or_else(PoisonError::into_inner) = start;
            file.open_watched(before, end, &edges)
        };
        let report = self.tail.take(round, &path, &open, end)?;
        self.content = Content {
            id: self.tail.id.clone(),
            length: end,
            digest: self.tail.hash.digest(),
            edges: std::mem::take(&mut edges.lock().unwrap_or_else(PoisonError::into_inner)),
        };
        Ok(Step::Committed(Box::new(report)))
    }

    /// Whether the last bytes, which have no line end, are a whole value all the same.
    fn is_whole(&self, from: u64, to: u64, round: &Round<'_>) -> Result<bool, SourceError> {
        if to - from > round.settings.max_line_bytes as u64 {
            return Ok(false);
        }
        let bytes = self.file.read_at(from, to - from)?;
        Ok(std::str::from_utf8(&bytes).is_ok_and(|text| json::is_value(text.trim_ascii())))
    }
}
