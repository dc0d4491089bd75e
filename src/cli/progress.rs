//! How far ingesting has come, as a bar on standard error.

use super::Context;
use super::signal::stop_if_asked;
use super::stopwatch::Stopwatch;
use super::terminal::visible;
use super::words::{counted, grouped};
use crate::importers::source::{Input, Origin};
use crate::ingest::{Phase, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

const KNOWN: &str = "{spinner} {wide_msg} {bytes}/{total_bytes} {eta}";
const UNKNOWN: &str = "{spinner} {wide_msg} {bytes}";
const LINE: &str = "{spinner} {wide_msg}";

/// A bar of bytes, with records a second and the time that is left. It also is where ingesting
/// notices that a signal came.
pub(super) struct IngestProgress<'w> {
    bar: Option<ProgressBar>,
    watch: &'w Stopwatch,
    begin: Instant,
    records: AtomicU64,
    /// The sources that are read now.
    names: Mutex<Vec<String>>,
}

/// What is read now, in a few words.
fn describe(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [name] => name.clone(),
        [name, others @ ..] => format!("{name} and {}", counted(others.len() as u64, "other")),
    }
}

/// A bar, if one is welcome.
fn make_bar(total: Option<u64>, template: &str, context: &Context) -> Option<ProgressBar> {
    context.shows_progress().then(|| {
        let target = ProgressDrawTarget::term_like_with_hz(
            Box::new(StandardError { columns: context.terminal.stderr.columns }),
            10,
        );
        let style = ProgressStyle::with_template(template);
        let bar = ProgressBar::with_draw_target(total, target);
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    })
}

impl<'w> IngestProgress<'w> {
    /// A bar over `inputs`, if one is welcome; `watch` is told the phases.
    pub(super) fn new(inputs: &[Input], watch: &'w Stopwatch, context: &Context) -> Self {
        let total = total_bytes(inputs);
        let template = if total.is_some() { KNOWN } else { UNKNOWN };
        Self {
            bar: make_bar(total, template, context),
            watch,
            begin: Instant::now(),
            records: AtomicU64::new(0),
            names: Mutex::default(),
        }
    }

    /// Takes the bar away, so that messages can follow.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A line that counts the rows of an answer while they are written.
pub(super) struct RowProgress {
    bar: Option<ProgressBar>,
}

impl RowProgress {
    /// A line, if one is welcome.
    pub(super) fn new(context: &Context) -> Self {
        Self { bar: make_bar(None, "{spinner} {wide_msg} {human_pos} rows", context) }
    }

    /// Says what is written now; what it repeats of data shows itself.
    pub(super) fn say(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(visible(what).into_owned());
        }
    }

    /// Counts more rows.
    pub(super) fn count(&self, rows: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(rows);
        }
    }

    /// Takes the line away, so that messages can follow.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for RowProgress {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Drop for IngestProgress<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Progress for IngestProgress<'_> {
    fn begin(&self, name: &str, _bytes: Option<u64>) {
        stop_if_asked();
        let Some(bar) = &self.bar else { return };
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.push(visible(name).into_owned());
        bar.set_message(describe(&names));
    }

    fn advance(&self, bytes: u64, records: u64) {
        stop_if_asked();
        let Some(bar) = &self.bar else { return };
        let records = self.records.fetch_add(records, Ordering::Relaxed) + records;
        let millis = self.begin.elapsed().as_millis().max(1);
        let rate = u128::from(records) * 1000 / millis;
        let rate = grouped(u64::try_from(rate).unwrap_or(u64::MAX));
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        bar.set_message(format!("{}  {rate} records/s", describe(&names)));
        bar.inc(bytes);
        // More comes out of a compressed file than its size says.
        if bar.length().is_some_and(|length| length < bar.position()) {
            bar.set_length(bar.position());
        }
    }

    fn end(&self, name: &str, rest: u64) {
        let Some(bar) = &self.bar else { return };
        // What was skipped or left out counts as done.
        bar.inc(rest);
        let name = visible(name);
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = names.iter().position(|other| *other == name) {
            names.remove(at);
        }
    }

    fn enter(&self, phase: Phase) {
        self.watch.enter(Some(phase));
    }
}

/// One line about what was followed so far.
pub(super) struct FollowProgress<'w> {
    bar: Option<ProgressBar>,
    watch: &'w Stopwatch,
}

impl<'w> FollowProgress<'w> {
    /// A line, if one is welcome; `watch` is told the phases.
    pub(super) fn new(watch: &'w Stopwatch, context: &Context) -> Self {
        Self { bar: make_bar(None, LINE, context), watch }
    }

    /// Puts `text` in the line.
    pub(super) fn show(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(visible(text).into_owned());
            bar.tick();
        }
    }

    /// Takes the line away while `say` prints messages.
    pub(super) fn aside<T>(&self, say: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }
}

impl Drop for FollowProgress<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for FollowProgress<'_> {
    fn begin(&self, _name: &str, _bytes: Option<u64>) {
        stop_if_asked();
    }

    fn advance(&self, _bytes: u64, _records: u64) {
        stop_if_asked();
    }

    fn enter(&self, phase: Phase) {
        self.watch.enter(Some(phase));
    }
}

/// Bytes of all inputs; `None` where one of them is no plain file.
pub(super) fn total_bytes(inputs: &[Input]) -> Option<u64> {
    let size = |input: &Input| match &input.origin {
        Origin::File(path) => {
            path.metadata().ok().filter(std::fs::Metadata::is_file).map(|found| found.len())
        }
        Origin::Stdin => None,
    };
    inputs.iter().map(size).sum()
}

/// Standard error as a terminal; indicatif's own is silent where it is none, and `--progress always`
/// is not.
#[derive(Debug)]
struct StandardError {
    columns: u16,
}

impl StandardError {
    fn put(text: &str) -> io::Result<()> {
        io::stderr().write_all(text.as_bytes())
    }

    fn move_by(count: usize, direction: char) -> io::Result<()> {
        if count == 0 { Ok(()) } else { Self::put(&format!("\x1b[{count}{direction}")) }
    }
}

impl TermLike for StandardError {
    fn width(&self) -> u16 {
        self.columns
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        Self::move_by(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        Self::move_by(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        Self::move_by(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        Self::move_by(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        Self::put(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        Self::put(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        Self::put("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_told_in_a_few_words() {
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(describe(&names[..0]), "");
        assert_eq!(describe(&names[..1]), "a");
        assert_eq!(describe(&names[..2]), "a and 1 other");
        assert_eq!(describe(&names), "a and 2 others");
    }

    #[test]
    fn the_total_is_known_only_for_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            Input { origin: Origin::File(path), is_named: true }
        };
        let (a, b) = (file("a", "1234"), file("b", "56"));
        let stdin = Input { origin: Origin::Stdin, is_named: true };
        assert_eq!(total_bytes(&[a.clone(), b]), Some(6));
        assert_eq!(total_bytes(&[a, stdin]), None);
    }
}
