//! Colours on a terminal: whole lines in a style, words within a cell in a tone.
//!
//! Whether colours are welcome is for the caller to know; which words have a tone is for `tone`.

use super::tone::Tone;
use anstyle::{AnsiColor, Style};
use std::borrow::Cow;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// Colours within a cell, as characters that take no space in the layout; they become ANSI codes when
/// a line is done. [`super::escape::visible`] leaves none of them in data.
const TONES: [(Tone, char, Style); 5] = [
    (Tone::Bad, '\u{206a}', AnsiColor::Red.on_default()),
    (Tone::Warning, '\u{206b}', AnsiColor::Yellow.on_default()),
    (Tone::Good, '\u{206c}', AnsiColor::Green.on_default()),
    (Tone::Active, '\u{206d}', AnsiColor::Cyan.on_default()),
    (Tone::Faint, '\u{206e}', DIM),
];

/// Ends a colour of [`TONES`].
const TONE_END: char = '\u{206f}';

/// The text between the codes of a style.
pub(super) fn paint(text: &str, style: Style, has_color: bool) -> String {
    if has_color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// The text between the marks of a tone.
pub(super) fn mark(text: &str, tone: Tone) -> String {
    let start = TONES.iter().find(|(known, ..)| *known == tone).map(|(_, start, _)| *start);
    start.into_iter().chain(text.chars()).chain(start.map(|_| TONE_END)).collect()
}

fn is_mark(c: char) -> bool {
    ('\u{206a}'..=TONE_END).contains(&c)
}

/// The line with ANSI codes for the marks of tones.
pub(super) fn to_ansi(line: &str) -> Cow<'_, str> {
    if !line.contains(is_mark) {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len() + 32);
    let mut current = Style::new();
    for c in line.chars() {
        if let Some((.., style)) = TONES.iter().find(|(_, start, _)| *start == c) {
            out.push_str(&style.render().to_string());
            current = *style;
        } else if c == TONE_END {
            out.push_str(&current.render_reset().to_string());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_codes_around_their_word() {
        let line = format!("a  {}  b", mark("error", Tone::Bad));
        assert_eq!(to_ansi(&line), "a  \u{1b}[31merror\u{1b}[0m  b");
        assert_eq!(to_ansi("plain"), "plain");
    }

    #[test]
    fn every_tone_has_a_mark_that_data_cannot_hold() {
        for tone in [Tone::Bad, Tone::Warning, Tone::Good, Tone::Active, Tone::Faint] {
            let marked = mark("", tone);
            assert_eq!(marked.chars().count(), 2, "{tone:?}");
            assert!(marked.chars().all(|c| is_mark(c) && super::super::escape::is_hidden(c)));
        }
    }

    #[test]
    fn styles_are_left_out_where_colour_is_not_welcome() {
        assert_eq!(paint("a", BOLD, false), "a");
        assert_eq!(paint("a", BOLD, true), "\u{1b}[1ma\u{1b}[0m");
    }
}
