//! A pager for long answers on a terminal: `TRACEKIT_PAGER`, else `PAGER`, else `less`.
//!
//! `less` is told to quit at once where the answer fits on one screen.

use super::signal::Hold;
use super::terminal::standard_output;
use std::fs::File;
use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

/// Standard output by way of a pager that is started when there is something to show: until then
/// SIGINT is not the pager's.
pub(super) enum Paged {
    /// Nothing was written yet.
    Waiting,
    /// The pager runs.
    Pager(Pager),
    /// There is none.
    Plain(File),
}

impl Write for Paged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if matches!(self, Self::Waiting) {
            *self = match Pager::start() {
                Some(pager) => Self::Pager(pager),
                None => Self::Plain(standard_output()?),
            };
        }
        match self {
            Self::Waiting => Ok(0),
            Self::Pager(pager) => pager.write(bytes),
            Self::Plain(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Waiting => Ok(()),
            Self::Pager(pager) => pager.flush(),
            Self::Plain(out) => out.flush(),
        }
    }
}

/// A pager that runs; dropping it waits until the user leaves it.
pub(super) struct Pager {
    child: Child,
    input: Option<ChildStdin>,
    _hold: Hold,
}

impl Pager {
    /// Starts the pager that the environment names; none for `cat` and for an empty name.
    fn start() -> Option<Self> {
        let named =
            ["TRACEKIT_PAGER", "PAGER"].into_iter().find_map(|name| std::env::var(name).ok());
        let line = named.unwrap_or_else(|| "less".to_owned());
        let mut words = line.split_whitespace();
        let program = words.next().filter(|program| *program != "cat")?;
        let mut command = Command::new(program);
        command.args(words).stdin(Stdio::piped());
        // F: leave if it fits on the screen, R: colours, X: leave the text there.
        if std::env::var_os("LESS").is_none() {
            command.env("LESS", "FRX");
        }
        // Where it cannot be started, the answer goes to the terminal as it is.
        let mut child = command.spawn().ok()?;
        let input = child.stdin.take();
        Some(Self { child, input, _hold: Hold::new() })
    }
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.input {
            Some(input) => input.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Pager {
    fn drop(&mut self) {
        drop(self.input.take());
        // How the pager ended does not matter to the answer.
        let _ = self.child.wait();
    }
}
