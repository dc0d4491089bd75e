//! Scalars as senders of telemetry really write them: numbers and truth values in quotes, enums by
//! number or by name.
//!
//! What only one format has is left to that format.

use super::json::{Fields, Raw};
use super::{Category, Reject, time};

/// An integer that is written as a number or as text.
///
/// # Errors
/// `int_range` outside 64 bits.
pub(super) fn integer(value: Raw<'_>) -> Result<Option<i64>, Reject> {
    let Some(text) = value.as_str() else { return value.as_i64() };
    if let Ok(number) = text.parse() {
        return Ok(Some(number));
    }
    let digits = text.strip_prefix('-').unwrap_or(&text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!("integer `{}` does not fit 64 bits", text.get(..40).unwrap_or(&text));
        return Err(Reject::new(Category::IntRange, message));
    }
    Ok(None)
}

/// A float that is written as a number or as text.
///
/// # Errors
/// `number` for one that is not finite, such as `"NaN"`.
pub(super) fn float(value: Raw<'_>) -> Result<Option<f64>, Reject> {
    let Some(text) = value.as_str() else { return value.as_f64() };
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Some(number)),
        Ok(_) => {
            let message = format!("number `{}` is not finite", text.get(..40).unwrap_or(&text));
            Err(Reject::new(Category::Number, message))
        }
        Err(_) => Ok(None),
    }
}

/// A boolean that is written as such or as text.
pub(super) fn flag(value: Raw<'_>) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}

/// The time in field `key` in nanoseconds since 1970 UTC: RFC 3339, or a number in `unit`, in quotes or
/// not; `None` where it is absent or empty.
///
/// # Errors
/// `bad_time` for what is no time, or is outside 1677–2262.
pub(super) fn instant(
    fields: &Fields<'_>,
    key: &str,
    unit: time::Unit,
) -> Result<Option<i64>, Reject> {
    let Some(value) = fields.get(key) else { return Ok(None) };
    let text = value.as_str();
    if text.as_ref().is_some_and(|text| text.is_empty()) {
        return Ok(None);
    }
    match text.and_then(|text| time::number(&text, unit)) {
        Some(nanos) => Ok(Some(nanos)),
        None => time::instant(value, key, unit, None).map(Some),
    }
}

/// Whether a status code says that the span went well; `None` for `UNSET`.
pub(super) fn status_code(value: Raw<'_>) -> Option<bool> {
    if let Ok(Some(number)) = integer(value) {
        return match number {
            1 => Some(true),
            2 => Some(false),
            _ => None,
        };
    }
    let text = value.as_str()?;
    let name = text.strip_prefix("STATUS_CODE_").unwrap_or(&text);
    if name.eq_ignore_ascii_case("OK") {
        Some(true)
    } else {
        name.eq_ignore_ascii_case("ERROR").then_some(false)
    }
}

/// `name` in upper snake case: `browser.page_view` and `browserPageView` are `BROWSER_PAGE_VIEW`.
pub(super) fn push_upper_snake(name: &str, out: &mut String) {
    let start = out.len();
    let mut was_lower = false;
    for letter in name.chars() {
        let is_word = letter.is_alphanumeric();
        let is_border = !is_word || (was_lower && letter.is_uppercase());
        if is_border && out.len() > start && !out.ends_with('_') {
            out.push('_');
        }
        if is_word {
            out.extend(letter.to_uppercase());
        }
        was_lower = letter.is_lowercase() || letter.is_ascii_digit();
    }
    if out.len() > start && out.ends_with('_') {
        out.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    #[test]
    fn numbers_are_texts_too() {
        let raw = |text| json::value(text).unwrap();
        assert_eq!(integer(raw(r#""-12""#)).unwrap(), Some(-12));
        assert_eq!(integer(raw("12")).unwrap(), Some(12));
        assert_eq!(integer(raw(r#""twelve""#)).unwrap(), None);
        let error = integer(raw(r#""9223372036854775808""#)).unwrap_err();
        assert_eq!(error.category, Category::IntRange);
        assert_eq!(float(raw(r#""1.5""#)).unwrap(), Some(1.5));
        assert_eq!(float(raw(r#""NaN""#)).unwrap_err().category, Category::Number);
        assert_eq!(flag(raw(r#""true""#)), Some(true));
    }

    #[test]
    fn status_codes_are_numbers_or_names() {
        let raw = |text| json::value(text).unwrap();
        for (text, wanted) in [
            ("2", Some(false)),
            (r#""2""#, Some(false)),
            (r#""STATUS_CODE_ERROR""#, Some(false)),
            (r#""Ok""#, Some(true)),
            ("0", None),
            (r#""STATUS_CODE_UNSET""#, None),
        ] {
            assert_eq!(status_code(raw(text)), wanted, "{text}");
        }
    }

    #[test]
    fn event_names_become_types() {
        for (name, wanted) in [
            ("claude_code.api_request", "CLAUDE_CODE_API_REQUEST"),
            ("browserPageView", "BROWSER_PAGE_VIEW"),
            ("exception", "EXCEPTION"),
            ("HTTP request", "HTTP_REQUEST"),
            ("--a--b--", "A_B"),
            ("", ""),
        ] {
            let mut out = String::new();
            push_upper_snake(name, &mut out);
            assert_eq!(out, wanted);
        }
    }
}
