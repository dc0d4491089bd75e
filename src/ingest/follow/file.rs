//! One file that is followed: how it is read, what it looked like, and whether it fails.

use super::lines::Lines;
use super::meeting::Whole;
use super::{Event, IngestError};
use crate::importers::source::{Input, SourceError, Stamp};
use crate::store::StoreError;
use std::io::ErrorKind;
use std::path::PathBuf;

/// A source that fails is tried again after at most so many rounds.
const MOST_ROUNDS: u32 = 16;

/// How a source is read.
pub(super) enum Reading {
    /// It was not looked at yet, or nothing could be told.
    Unknown,
    /// Line by line.
    Lines(Box<Lines>),
    /// As a whole whenever it has changed.
    Whole(Whole),
}

/// A failure that was told.
pub(super) struct Failure {
    text: String,
    /// In so many rounds it is tried again,
    wait: u32,
    /// and, where it fails, once more after so many.
    next_wait: u32,
    /// Whether it is the content's, so that it stays as long as that does.
    is_of_content: bool,
}

/// One file.
pub(super) struct Followed {
    pub(super) input: Input,
    pub(super) path: PathBuf,
    pub(super) id: String,
    pub(super) reading: Reading,
    /// What it looked like when it was read last, and what it looks like now.
    pub(super) handled: Option<Stamp>,
    pub(super) now: Option<Stamp>,
    /// Whether it is looked at again even if it does not change.
    pub(super) is_waiting: bool,
    /// In how many rounds it could not be told what it is.
    pub(super) waited: u32,
    /// Whether it was seen to take another's place.
    pub(super) is_fresh: bool,
    pub(super) failure: Option<Failure>,
    /// Whether it is among the inputs.
    pub(super) is_listed: bool,
}

impl Followed {
    /// How many bytes there are to read; at least 1 where there is anything to do.
    pub(super) fn pending(&self) -> u64 {
        let is_same = self.now.is_some() && self.now == self.handled;
        if let Some(failure) = &self.failure {
            return u64::from(!(failure.is_of_content && is_same));
        }
        match (&self.reading, self.now) {
            _ if is_same => u64::from(self.is_waiting),
            (Reading::Lines(lines), Some(now)) if now.identity == lines.file.identity() => {
                lines.pending().max(1)
            }
            // Gone or replaced: what is left of the old file is read, then the new one.
            (Reading::Lines(_), Some(_)) => 1,
            (Reading::Lines(lines), None) => lines.pending(),
            (_, Some(now)) => now.size.max(1),
            // A named one that is no file: says so.
            (_, None) => u64::from(self.is_listed && self.input.is_named),
        }
    }

    pub(super) fn display(&self) -> String {
        self.input.origin.display()
    }
}

impl Failure {
    /// Whether it is time to try again.
    pub(super) fn is_due(&mut self, is_last: bool) -> bool {
        self.wait = self.wait.saturating_sub(1);
        self.wait == 0 || is_last
    }
}

/// Whether a failure stays as long as the content does.
pub(super) fn is_of_content(error: &IngestError) -> bool {
    match error {
        IngestError::Source(error) => matches!(error, SourceError::TooLarge { .. }),
        IngestError::Store(_) | IngestError::Changed { .. } => false,
        _ => true,
    }
}

/// Whether the file was gone before it could be read: the next look tells what has become of it.
pub(super) fn is_gone(error: &IngestError) -> bool {
    matches!(
        error,
        IngestError::Source(SourceError::Open { cause, .. }) if cause.kind() == ErrorKind::NotFound
    )
}

/// Notes how it went, and tells of a failure that was not told before.
pub(super) fn settle(
    followed: &mut Followed,
    outcome: Result<(), IngestError>,
    say: &mut dyn FnMut(Event),
) {
    let Err(error) = outcome else {
        followed.failure = None;
        return;
    };
    let is_conflict = matches!(error, IngestError::Store(StoreError::Conflict { .. }));
    if is_conflict {
        // Somebody else has ingested it: what the log says of it now is looked at anew.
        followed.reading = Reading::Unknown;
    }
    let is_passing = is_conflict || is_gone(&error) || matches!(error, IngestError::Changed { .. });
    let (text, is_of_content) = (error.to_string(), is_of_content(&error));
    let before = followed.failure.take();
    let is_told = before.as_ref().is_some_and(|before| before.text == text);
    if is_passing && before.is_none() {
        followed.is_waiting = true;
        followed.handled = None;
    } else if !is_told {
        say(Event::Failed(followed.input.clone(), error));
    }
    let wait = before.map_or(1, |before| before.next_wait);
    let next_wait = (wait * 2).min(MOST_ROUNDS);
    followed.failure = Some(Failure { text, wait, next_wait, is_of_content });
}
