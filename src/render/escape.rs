//! Text from data made safe to look at: on a terminal, in Markdown, in a page.
//!
//! Data is hostile: it may hold terminal commands, text that runs backwards, or nothing visible at
//! all. JSON has its own escapes in `json`, HTML's are the template engine's.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character does something other than show itself: controls, DEL, C1, bidirectional
/// controls, line separators, characters of no width that hide text.
pub const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f'
        | '\x7f'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Whether a hidden character can begin with this byte in UTF-8.
pub(super) const fn may_begin_hidden(byte: u8) -> bool {
    matches!(byte, 0..=0x1f | 0x7f | 0xc2 | 0xd8 | 0xe2 | 0xef | 0xf3)
}

/// Whether the text has a hidden character.
pub(super) fn has_hidden(text: &str) -> bool {
    text.bytes().any(may_begin_hidden) && text.chars().any(is_hidden)
}

/// The text with every hidden character written out: `\n`, `\t`, `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !has_hidden(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_hidden(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The text as one piece of a Markdown line, also inside a table's cell: no markup, no HTML.
pub(super) fn markdown(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Within a word an underscore is no markup, and names are full of them.
            '_' if before.is_some_and(char::is_alphanumeric)
                && rest.peek().is_some_and(|next| next.is_alphanumeric()) =>
            {
                out.push('_');
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            // At the start of a line they would make a heading or a list.
            '#' | '+' | '-' | '=' if before.is_none() => {
                let _ = write!(out, "\\{c}");
            }
            c => out.push(c),
        }
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_written_out() {
        assert_eq!(visible("a\x1b[31mb\n\t\u{9b}c\u{7f}"), r"a\u{1b}[31mb\n\t\u{9b}c\u{7f}");
        assert_eq!(visible("\u{202e}txt.exe\u{200b}"), r"\u{202e}txt.exe\u{200b}");
        assert_eq!(visible("x\u{2028}\u{e0041}"), r"x\u{2028}\u{e0041}");
        let plain = "naïve “quotes” 東京 👩‍💻 é";
        assert!(matches!(visible(plain), Cow::Borrowed(text) if text == plain));
    }

    #[test]
    fn the_quick_look_finds_every_hidden_character() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| is_hidden(*c)) {
            let first = c.to_string().as_bytes()[0];
            assert!(may_begin_hidden(first), "{:x}", u32::from(c));
        }
    }

    #[test]
    fn markdown_holds_no_markup() {
        assert_eq!(markdown("a|b\nc"), r"a\|b\\nc");
        assert_eq!(markdown("<b>`x`</b> & *y*"), r"&lt;b&gt;\`x\`&lt;/b&gt; &amp; \*y\*");
        assert_eq!(markdown("p95_duration _x_"), r"p95_duration \_x\_");
        assert_eq!(markdown("# head"), r"\# head");
        assert_eq!(markdown("![a](http://b)"), r"!\[a\](http://b)");
    }
}
