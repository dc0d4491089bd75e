//! Standard error: everything that is not data goes through here.
//!
//! Messages may hold text from data and names of files, so whatever could command a terminal is
//! written out (`\u{1b}`) before it is printed.

use super::CliError;
use super::terminal::visible;
use anstyle::{AnsiColor, Style};
use std::io::Write;

/// The one way to standard error. A message is one line; what cannot be written is lost.
pub(super) struct Messages {
    is_quiet: bool,
    verbosity: u8,
    has_colors: bool,
}

impl Messages {
    /// `verbosity` counts the `-v`.
    pub(super) fn new(is_quiet: bool, verbosity: u8, has_colors: bool) -> Self {
        Self { is_quiet, verbosity, has_colors }
    }

    /// Whether `-q` was given.
    pub(super) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// What a command did, as a sentence; not with `-q`.
    pub(super) fn status(&self, text: &str) {
        if !self.is_quiet {
            self.print("", Style::new(), text);
        }
    }

    /// Something worth knowing; not with `-q`.
    pub(super) fn note(&self, text: &str) {
        if !self.is_quiet {
            self.print("note: ", AnsiColor::Cyan.on_default(), text);
        }
    }

    /// Something that may be wrong.
    pub(super) fn warning(&self, text: &str) {
        self.print("warning: ", AnsiColor::Yellow.on_default().bold(), text);
    }

    /// What only `-v` asks for.
    pub(super) fn detail(&self, text: &str) {
        if self.verbosity > 0 {
            self.print("", Style::new(), text);
        }
    }

    /// What went wrong, where, and what to try next; nothing for a quiet end.
    pub(super) fn error(&self, error: &CliError) {
        if error.what().is_empty() {
            return;
        }
        self.print("error: ", AnsiColor::Red.on_default().bold(), error.what());
        if let Some(place) = error.place() {
            self.print("  --> ", AnsiColor::Blue.on_default().bold(), place);
        }
        error.hints().iter().for_each(|hint| self.hint(hint));
    }

    /// What to try next.
    pub(super) fn hint(&self, text: &str) {
        let mut lines = text.lines();
        self.print("  hint: ", AnsiColor::Green.on_default(), lines.next().unwrap_or_default());
        lines.for_each(|line| self.print("        ", Style::new(), line));
    }

    fn print(&self, label: &str, style: Style, text: &str) {
        let text = visible(text);
        let mut stderr = std::io::stderr().lock();
        // Where standard error is gone, there is nobody to tell.
        let _ = if self.has_colors && !label.is_empty() {
            writeln!(stderr, "{style}{label}{style:#}{text}")
        } else {
            writeln!(stderr, "{label}{text}")
        };
    }
}
