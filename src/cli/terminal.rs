//! What the standard streams are connected to: a terminal or not, its width and height, its colours.

use super::settings::When;
use std::borrow::Cow;
use std::io::IsTerminal as _;

/// What standard output and standard error are connected to.
#[derive(Clone, Debug)]
pub(super) struct Terminal {
    /// Whether standard output is a terminal.
    pub(super) stdout_is_terminal: bool,
    /// Whether standard error is one.
    pub(super) stderr_is_terminal: bool,
    /// Columns and lines of the terminal on standard output.
    pub(super) size: Option<(usize, usize)>,
    /// Columns of the terminal on standard error; 80 where it is none.
    pub(super) stderr_columns: u16,
    /// Whether standard output takes colours.
    pub(super) colors_stdout: bool,
    /// Whether standard error takes colours.
    pub(super) colors_stderr: bool,
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
        let stdout_is_terminal = std::io::stdout().is_terminal();
        let stderr_is_terminal = std::io::stderr().is_terminal();
        let size = stdout_is_terminal.then(|| {
            let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok();
            size.filter(|size| size.ws_col > 0)
                .map_or((80, 24), |size| (size.ws_col.into(), size.ws_row.into()))
        });
        let stderr_size = rustix::termios::tcgetwinsize(std::io::stderr()).ok();
        let stderr_columns = stderr_size.map(|size| size.ws_col).filter(|columns| *columns > 0);
        Self {
            stdout_is_terminal,
            stderr_is_terminal,
            size,
            stderr_columns: stderr_columns.unwrap_or(80),
            colors_stdout: takes_colors(color, wishes, stdout_is_terminal),
            colors_stderr: takes_colors(color, wishes, stderr_is_terminal),
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
