//! What the standard streams are connected to: a terminal or not, its width, its colours.

use super::settings::When;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;

/// What standard output and standard error are connected to.
#[derive(Clone, Debug)]
pub(super) struct Terminal {
    /// Standard output.
    pub(super) stdout: Stream,
    /// Standard error.
    pub(super) stderr: Stream,
}

/// What one of the standard streams is connected to.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// Whether it is a terminal.
    pub(super) is_terminal: bool,
    /// Whether it takes colours.
    pub(super) has_colors: bool,
    /// Columns of the terminal, or what COLUMNS says; 80 where they are not known.
    pub(super) columns: u16,
}

/// What the environment says of colours.
#[derive(Clone, Copy, Debug, Default)]
struct Wishes {
    no_color: bool,
    force_color: bool,
    is_dumb: bool,
}

impl Terminal {
    /// Looks at the standard streams and the environment.
    pub(super) fn look(color: When) -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let wishes = Wishes {
            no_color: is_set("NO_COLOR"),
            force_color: is_set("CLICOLOR_FORCE")
                && std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            is_dumb: std::env::var_os("TERM").is_some_and(|value| value == "dumb"),
        };
        Self {
            stdout: Stream::look(&io::stdout(), color, wishes),
            stderr: Stream::look(&io::stderr(), color, wishes),
        }
    }
}

impl Stream {
    fn look(stream: &(impl IsTerminal + AsFd), color: When, wishes: Wishes) -> Self {
        let is_terminal = stream.is_terminal();
        let size = rustix::termios::tcgetwinsize(stream).ok();
        let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let columns = asked.or(size.map(|size| size.ws_col)).filter(|columns| *columns > 0);
        Self {
            is_terminal,
            has_colors: takes_colors(color, wishes, is_terminal),
            columns: columns.unwrap_or(80),
        }
    }
}

/// `--color` decides; then NO_COLOR, then CLICOLOR_FORCE, then whether it is a terminal.
fn takes_colors(color: When, wishes: Wishes, is_terminal: bool) -> bool {
    match color {
        When::Always => true,
        When::Never => false,
        When::Auto if wishes.no_color => false,
        When::Auto if wishes.force_color => true,
        When::Auto => is_terminal && !wishes.is_dumb,
    }
}

/// Standard output without the line buffer that `std` puts before it.
///
/// # Errors
/// What the system says.
pub(super) fn standard_output() -> io::Result<File> {
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

/// The text with everything that does something other than show itself written out, as `\u{1b}`.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    crate::render::visible(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_come_before_the_environment_and_that_before_the_terminal() {
        let none = Wishes::default();
        let no = Wishes { no_color: true, force_color: true, ..none };
        let force = Wishes { force_color: true, ..none };
        let dumb = Wishes { is_dumb: true, ..none };
        assert!(takes_colors(When::Auto, none, true));
        assert!(!takes_colors(When::Auto, none, false));
        assert!(!takes_colors(When::Auto, no, true));
        assert!(takes_colors(When::Always, no, false));
        assert!(takes_colors(When::Auto, force, false));
        assert!(!takes_colors(When::Never, force, true));
        assert!(!takes_colors(When::Auto, dumb, true));
    }
}
