//! A pager for long answers on a terminal: `TRACEKIT_PAGER`, else `PAGER`, else `less`.
//!
//! `less` is told to quit at once where the answer fits on one screen.

use super::Context;
use super::signal::Hold;
use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

/// A pager that runs; dropping it waits until the user leaves it.
pub(super) struct Pager {
    child: Child,
    input: Option<ChildStdin>,
    _hold: Hold,
}

impl Pager {
    /// Starts the pager, where standard output is a terminal and nobody forbids it.
    pub(super) fn start(context: &Context) -> Option<Self> {
        if !context.may_page || !context.terminal.stdout_is_terminal {
            return None;
        }
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

    /// Waits until the user leaves it.
    pub(super) fn wait(self) {
        drop(self);
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
