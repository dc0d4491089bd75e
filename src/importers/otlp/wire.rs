//! The scalars of OTLP-JSON as senders really write them: ids, times, enums.
//!
//! The specification wants ids in hexadecimal, 64-bit integers as decimal text and enums as numbers;
//! protobuf's own JSON has base64 ids and enum names, and hand-written senders mix all of it.

use super::super::json::{Fields, Raw};
use super::super::{Category, Reject, time};
use std::borrow::Cow;

/// Length of a trace id in bytes.
pub(super) const TRACE_ID: usize = 16;
/// Length of a span id in bytes.
pub(super) const SPAN_ID: usize = 8;

/// An id of `bytes` bytes in lower-case hexadecimal; `None` where it is absent, empty or all zero.
///
/// Read are hexadecimal digits in any case, also after `0x` and then without leading zeros, base64,
/// and decimal integers. Any other text is an id as it stands.
pub(super) fn id(value: Option<Raw<'_>>, bytes: usize) -> Option<Cow<'_, str>> {
    let value = value?;
    if value.is_number() {
        let hex = decimal(value.text(), bytes).map(Cow::Owned);
        return Some(hex.unwrap_or(Cow::Borrowed(value.text()))).filter(|id| !is_zero(id));
    }
    let text = value.as_text()?;
    if is_zero(&text) {
        return None;
    }
    let is_plain = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() == bytes * 2 && text.bytes().all(is_plain) {
        return Some(text);
    }
    Some(respelled(&text, bytes).map_or(text, Cow::Owned)).filter(|id| !is_zero(id))
}

fn is_zero(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'0')
}

fn respelled(text: &str, bytes: usize) -> Option<String> {
    let digits = bytes * 2;
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        return is_hex.then(|| format!("{:0>digits$}", hex.to_ascii_lowercase()));
    }
    if text.len() > digits && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return decimal(text, bytes);
    }
    if text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(text.to_ascii_lowercase());
    }
    base64(text, bytes)
}

fn decimal(text: &str, bytes: usize) -> Option<String> {
    let number: u128 = text.parse().ok()?;
    let hex = format!("{number:0width$x}", width = bytes * 2);
    (hex.len() == bytes * 2).then_some(hex)
}

/// Base64 in either alphabet, padded or not, of exactly `bytes` bytes, as hexadecimal.
fn base64(text: &str, bytes: usize) -> Option<String> {
    let digits = text.trim_end_matches('=');
    if digits.len() != (bytes * 8).div_ceil(6) {
        return None;
    }
    let mut value = 0u128;
    let mut bits = 0;
    for byte in digits.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        // The last digit carries filling bits below the value's own.
        let kept = (bytes * 8 - bits).min(6);
        value = (value << kept) | u128::from(six >> (6 - kept));
        bits += kept;
    }
    Some(format!("{value:0width$x}", width = bytes * 2))
}

/// The time in field `key` in nanoseconds since 1970 UTC; `None` where it is absent or zero.
///
/// # Errors
/// `bad_time` for what is no time, or is outside 1677–2262.
pub(super) fn nanos(fields: &Fields<'_>, key: &str) -> Result<Option<i64>, Reject> {
    let Some(value) = fields.get(key) else { return Ok(None) };
    let nanos = match value.as_str() {
        Some(text) if text.is_empty() => return Ok(None),
        Some(text) => match time::number(&text, time::Unit::Nanos) {
            Some(nanos) => nanos,
            None => time::instant(value, key, time::Unit::Nanos, None)?,
        },
        None => time::instant(value, key, time::Unit::Nanos, None)?,
    };
    Ok((nanos != 0).then_some(nanos))
}

/// As [`nanos`], for a time that every record of the kind needs.
///
/// # Errors
/// `missing_field` as well.
pub(super) fn needed_nanos(fields: &Fields<'_>, key: &str) -> Result<i64, Reject> {
    nanos(fields, key)?.ok_or_else(|| Reject::missing(key))
}

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

/// The specification's short names of the severity numbers 1 to 24.
const SEVERITIES: [&str; 24] = [
    "TRACE", "TRACE2", "TRACE3", "TRACE4", "DEBUG", "DEBUG2", "DEBUG3", "DEBUG4", "INFO", "INFO2",
    "INFO3", "INFO4", "WARN", "WARN2", "WARN3", "WARN4", "ERROR", "ERROR2", "ERROR3", "ERROR4",
    "FATAL", "FATAL2", "FATAL3", "FATAL4",
];

/// The short name of a severity number, or of an enum name such as `SEVERITY_NUMBER_INFO2`.
pub(super) fn severity_name(value: Raw<'_>) -> Option<&'static str> {
    if let Ok(Some(number)) = integer(value) {
        return SEVERITIES.get(usize::try_from(number.checked_sub(1)?).ok()?).copied();
    }
    let text = value.as_str()?;
    let name = text.strip_prefix("SEVERITY_NUMBER_").unwrap_or(&text);
    SEVERITIES.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a severity's name means an error or worse.
pub(super) fn is_severe(name: &str) -> bool {
    let severe = ["ERROR", "FATAL", "CRITICAL"];
    severe
        .into_iter()
        .any(|word| name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)))
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
    use super::super::super::{ImportOptions, json};
    use super::*;

    fn read_id(text: &str, bytes: usize) -> Option<String> {
        id(Some(json::value(text).unwrap()), bytes).map(Cow::into_owned)
    }

    #[test]
    fn ids_are_lower_case_hexadecimal() {
        let read = |text| read_id(text, SPAN_ID);
        let wanted = Some("00f067aa0ba902b7".to_owned());
        assert_eq!(read(r#""00f067aa0ba902b7""#), wanted);
        assert_eq!(read(r#""00F067AA0BA902B7""#), wanted);
        assert_eq!(read(r#""0xf067aa0ba902b7""#), wanted);
        assert_eq!(read(r#""APBnqgupArc=""#), wanted);
        assert_eq!(read(r#""APBnqgupArc""#), wanted);
        // 0x00f067aa0ba902b7 = 67667974448284343.
        assert_eq!(read("67667974448284343"), wanted);
        assert_eq!(read(r#""67667974448284343""#), wanted);
        assert_eq!(id(None, SPAN_ID), None);
        for nothing in
            ["null", r#""""#, r#""0000000000000000""#, "0", r#""0x0""#, r#""AAAAAAAAAAA=""#]
        {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn trace_ids_have_sixteen_bytes() {
        let read = |text| read_id(text, TRACE_ID);
        let wanted = Some("1f2e3d4c5b6a79880011223344556677".to_owned());
        assert_eq!(read(r#""1F2E3D4C5B6A79880011223344556677""#), wanted);
        assert_eq!(read(r#""Hy49TFtqeYgAESIzRFVmdw==""#), wanted);
        assert_eq!(
            read(r#""_y49TFtqeYgAESIzRFVmdw""#),
            Some("ff2e3d4c5b6a79880011223344556677".to_owned())
        );
        // 2^64 + 255.
        assert_eq!(
            read("18446744073709551871"),
            Some("000000000000000100000000000000ff".to_owned())
        );
    }

    #[test]
    fn other_ids_stay_as_they_are() {
        assert_eq!(read_id(r#""run-7/step-1""#, SPAN_ID).as_deref(), Some("run-7/step-1"));
        assert_eq!(read_id(r#""0xyz""#, SPAN_ID).as_deref(), Some("0xyz"));
        assert_eq!(read_id("1.5", SPAN_ID).as_deref(), Some("1.5"));
        assert_eq!(
            read_id("18446744073709551616", SPAN_ID).as_deref(),
            Some("18446744073709551616")
        );
        assert_eq!(read_id("true", SPAN_ID), None);
    }

    #[test]
    fn times_are_texts_or_numbers() {
        let text = r#"{"a":"1760000000300000001","b":1760000000300000001,"c":"0","d":"","e":"soon",
            "f":"2025-10-09T08:53:20.300000001Z","g":"9999999999999999999"}"#;
        let fields = json::fields(text, &ImportOptions::default()).unwrap();
        for key in ["a", "b", "f"] {
            assert_eq!(nanos(&fields, key).unwrap(), Some(1_760_000_000_300_000_001), "{key}");
        }
        for key in ["c", "d", "z"] {
            assert_eq!(nanos(&fields, key).unwrap(), None, "{key}");
            assert_eq!(needed_nanos(&fields, key).unwrap_err().category, Category::MissingField);
        }
        for key in ["e", "g"] {
            assert_eq!(nanos(&fields, key).unwrap_err().category, Category::BadTime, "{key}");
        }
    }

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
    fn enums_are_numbers_or_names() {
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
        assert_eq!(severity_name(raw("1")), Some("TRACE"));
        assert_eq!(severity_name(raw("10")), Some("INFO2"));
        assert_eq!(severity_name(raw("24")), Some("FATAL4"));
        assert_eq!(severity_name(raw("0")), None);
        assert_eq!(severity_name(raw("25")), None);
        assert_eq!(severity_name(raw(r#""SEVERITY_NUMBER_WARN""#)), Some("WARN"));
        assert!(is_severe("error2") && is_severe("Fatal") && !is_severe("WARN4"));
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
