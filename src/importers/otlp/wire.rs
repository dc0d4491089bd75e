//! The scalars of OTLP-JSON as senders really write them: ids, times, severities.
//!
//! The specification wants ids in hexadecimal, 64-bit integers as decimal text and enums as numbers;
//! protobuf's own JSON has base64 ids and enum names, and hand-written senders mix all of it.

use super::super::json::{Fields, Raw};
use super::super::scalars::{instant, integer};
use super::super::{Reject, time};
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
    Ok(instant(fields, key, time::Unit::Nanos)?.filter(|nanos| *nanos != 0))
}

/// As [`nanos`], for a time that every record of the kind needs.
///
/// # Errors
/// `missing_field` as well.
pub(super) fn needed_nanos(fields: &Fields<'_>, key: &str) -> Result<i64, Reject> {
    nanos(fields, key)?.ok_or_else(|| Reject::missing(key))
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

#[cfg(test)]
mod tests {
    use super::super::super::{Category, ImportOptions, json};
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
    fn severities_are_numbers_or_names() {
        let raw = |text| json::value(text).unwrap();
        assert_eq!(severity_name(raw("1")), Some("TRACE"));
        assert_eq!(severity_name(raw("10")), Some("INFO2"));
        assert_eq!(severity_name(raw("24")), Some("FATAL4"));
        assert_eq!(severity_name(raw("0")), None);
        assert_eq!(severity_name(raw("25")), None);
        assert_eq!(severity_name(raw(r#""SEVERITY_NUMBER_WARN""#)), Some("WARN"));
        assert!(is_severe("error2") && is_severe("Fatal") && !is_severe("WARN4"));
    }
}
