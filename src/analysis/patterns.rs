//! The pattern of an error message: the words that stay when numbers, ids, paths and quotes vary.

/// Replaces what varies from one message of a kind to the next: numbers and ids by `<n>` and `<id>`,
/// paths and addresses by `<path>`, quoted text by `<text>`.
pub(super) fn pattern(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message.lines().next().unwrap_or_default().trim();
    while let Some(first) = rest.chars().next() {
        if let Some(length) = quoted_length(rest) {
            out.push_str("<text>");
            rest = &rest[length..];
            continue;
        }
        let end = rest.find(|char: char| is_separator(char)).unwrap_or(rest.len());
        if end == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let word = &rest[..end];
        let trimmed = word.trim_end_matches(['.', ':', '?', '!']);
        out.push_str(replacement(trimmed));
        out.push_str(&word[trimmed.len()..]);
        rest = &rest[end..];
    }
    out
}

fn is_separator(char: char) -> bool {
    char.is_whitespace()
        || matches!(char, ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}' | '=' | '"' | '`')
}

/// The length of a quoted text at the start, its quotes included.
fn quoted_length(text: &str) -> Option<usize> {
    let mark = text.chars().next().filter(|char| matches!(char, '"' | '`' | '\''))?;
    let end = text[1..].find(mark)?;
    Some(end + 2)
}

fn replacement(word: &str) -> &str {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if word.contains('/') && word.len() > 1 || word.contains('\\') {
        return "<path>";
    }
    if digits == 0 {
        return word;
    }
    let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_hex && word.len() >= 8 && digits < word.len() {
        return "<id>";
    }
    let number = word.trim_end_matches(|char: char| char.is_alphabetic() || char == '%');
    if !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit() || b".,-+:".contains(&byte))
    {
        return "<n>";
    }
    // A name with a number at its end, such as `task-17` or `agent_3`.
    "<id>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_a_kind_have_one_pattern() {
        assert_eq!(
            pattern("Failed to access beta database 9312"),
            "Failed to access beta database <n>"
        );
        assert_eq!(pattern("429 from the search API"), "<n> from the search API");
        assert_eq!(pattern("timeout after 30s: task-17"), "timeout after <n>: <id>");
        assert_eq!(pattern("cannot open /tmp/a1/b.txt."), "cannot open <path>.");
        assert_eq!(pattern("key 'a b' is (still) missing"), "key <text> is (still) missing");
        assert_eq!(pattern("span 7be0a2c4d1f3 lost\n  at run()"), "span <id> lost");
        assert_eq!(pattern(""), "");
        assert_eq!(pattern("it's not \"closed"), "it's not \"closed");
    }
}
