//! Pieces of JSON: strings, numbers, embedded values.
//!
//! Text is escaped so that a terminal shows it safely; the values stay the same, for JSON knows `\u009b`
//! and the character itself as equal. How values make rows is for `json`.

use super::escape;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::io;

/// The shortest text that reads back as the same number; `null` for what is no number.
pub(super) fn write_float(out: &mut Vec<u8>, value: f64) -> io::Result<()> {
    Ok(serde_json::to_writer(out, &value)?)
}

/// A list of strings.
pub(super) fn write_texts(out: &mut Vec<u8>, texts: &[String]) {
    out.push(b'[');
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_text(out, text);
    }
    out.push(b']');
}

/// Bytes of a string that may have to be escaped.
const SUSPECT: [bool; 256] = {
    let mut suspect = [false; 256];
    let mut byte = 0u8;
    loop {
        suspect[byte as usize] = matches!(byte, b'"' | b'\\') || escape::may_begin_hidden(byte);
        if byte == u8::MAX {
            break suspect;
        }
        byte += 1;
    }
};

fn is_suspect(byte: u8) -> bool {
    SUSPECT[usize::from(byte)]
}

/// A string.
pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_suspect) {
        let (plain, suspect) = rest.split_at(at);
        out.extend_from_slice(plain.as_bytes());
        let mut chars = suspect.chars();
        if let Some(c) = chars.next() {
            write_char(out, c);
        }
        rest = chars.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

fn write_char(out: &mut Vec<u8>, c: char) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        c if escape::is_hidden(c) => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(b"\\u");
                for shift in [12, 8, 4, 0] {
                    out.push(b"0123456789abcdef"[usize::from(*unit >> shift & 0xf)]);
                }
            }
        }
        c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// Text that holds a JSON value, embedded as it is; as a string if it does not hold one.
pub(super) fn write_json(out: &mut Vec<u8>, text: &str) {
    if !is_valid(text) {
        write_text(out, text);
        return;
    }
    let text = minified(text);
    if !escape::has_hidden(&text) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    // Hidden characters of a valid text without line breaks stand in strings, but for tabs.
    for c in text.chars() {
        match c {
            '\t' => out.push(b' '),
            '"' | '\\' => out.push(if c == '"' { b'"' } else { b'\\' }),
            c => write_char(out, c),
        }
    }
}

/// Whether the text is one JSON value.
pub(super) fn is_valid(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A valid JSON text on one line: without the white space between its tokens if that holds line breaks.
pub(super) fn minified(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return Cow::Borrowed(text.trim_matches([' ', '\t']));
    }
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut is_escaped) = (false, false);
    for c in text.chars() {
        if !in_string && matches!(c, ' ' | '\t' | '\n' | '\r') {
            continue;
        }
        out.push(c);
        if is_escaped {
            is_escaped = false;
        } else if in_string && c == '\\' {
            is_escaped = true;
        } else if c == '"' {
            in_string = !in_string;
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    proptest! {
        #[test]
        fn strings_read_back_as_they_were(text in any::<String>()) {
            let mut out = Vec::new();
            write_text(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text.clone());
            let shown = String::from_utf8(out).unwrap();
            prop_assert!(!shown.chars().any(escape::is_hidden));
        }

        #[test]
        fn embedded_values_read_back_as_they_were(text in any::<String>(), pretty in any::<bool>()) {
            let value = serde_json::json!({ text.clone(): [text, 1.5, null] });
            let raw = if pretty { format!("{value:#}") } else { value.to_string() };
            let mut out = Vec::new();
            write_json(&mut out, &raw);
            prop_assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), value);
            prop_assert!(!out.contains(&b'\n'));
        }
    }
}
