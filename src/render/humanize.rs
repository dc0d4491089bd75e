//! Values as people read them: durations, money, sizes, shares, times; and the labels of columns.
//!
//! Nothing here is escaped; JSON, CSV and the binary formats hold the plain values instead.

use super::{calendar, json_text, prose};
use crate::report::{Column, Scalar, Unit, Values};
use std::fmt::Write as _;

/// Writing to a `String` cannot fail, so its result says nothing.
macro_rules! put {
    ($out:expr, $($arguments:tt)*) => {{ let _ = write!($out, $($arguments)*); }};
}

/// Appends the value at `row` as a report has it: small JSON values in words, too.
pub(super) fn write_words(out: &mut String, column: &Column, row: usize) {
    if let Values::Json(texts) = &column.values
        && let Some(words) = texts.get(row).and_then(prose::from_json)
    {
        out.push_str(&words);
    } else {
        write_cell(out, column, row);
    }
}

/// The single number or text; nothing for null.
pub(super) fn scalar(scalar: &Scalar) -> String {
    let (name, unit, values) = (scalar.name.to_owned(), scalar.unit, scalar.value.clone());
    let mut out = String::new();
    write_words(&mut out, &Column { name, unit, values }, 0);
    out
}

/// Appends the value at `row`; nothing for null.
pub(super) fn write_cell(out: &mut String, column: &Column, row: usize) {
    write_value(out, &column.values, column.unit, row);
}

/// Appends the value at `row` of `values`; nothing for null.
pub(super) fn write_value(out: &mut String, values: &Values, unit: Unit, row: usize) {
    match values {
        Values::Text(texts) => out.push_str(texts.get(row).unwrap_or_default()),
        Values::Json(texts) => {
            if let Some(text) = texts.get(row) {
                out.push_str(&if json_text::is_valid(text) {
                    json_text::minified(text)
                } else {
                    text.into()
                });
            }
        }
        Values::Integer(values) => {
            if let Some(value) = values.get(row).copied().flatten() {
                write_integer(out, value, unit);
            }
        }
        Values::Float(values) => {
            if let Some(value) = values.get(row).copied().flatten() {
                write_float(out, value, unit);
            }
        }
        Values::Bool(values) => {
            if let Some(value) = values.get(row).copied().flatten() {
                out.push_str(if value { "yes" } else { "no" });
            }
        }
        Values::Time(values) => {
            if let Some(value) = values.get(row).copied().flatten() {
                out.push_str(calendar::moment(value).as_str());
            }
        }
        Values::Date(values) => {
            if let Some(value) = values.get(row).copied().flatten() {
                out.push_str(calendar::day(value).as_str());
            }
        }
        Values::TextList(values) => {
            for (i, text) in values.get(row).into_iter().flatten().flatten().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                out.push_str(text);
            }
        }
    }
}

/// Whether the column holds numbers, which stand flush right.
pub(super) const fn is_numeric(values: &Values) -> bool {
    matches!(values, Values::Integer(_) | Values::Float(_))
}

/// A column's name as a label: its unit, which each value now carries, is left out.
pub(super) fn label(name: &str, unit: Unit) -> String {
    let suffix = match unit {
        Unit::Nanoseconds => "_ns",
        Unit::Microusd => "_microusd",
        Unit::Bytes => "_bytes",
        Unit::PerSecond => "_per_s",
        Unit::None | Unit::Count | Unit::Tokens | Unit::Ratio => "",
    };
    name.strip_suffix(suffix).unwrap_or(name).replace('_', " ")
}

/// The plain number at `row` with its unit, where a person sees less than that.
pub(super) fn exact(column: &Column, row: usize) -> Option<String> {
    let mut shown = String::new();
    write_cell(&mut shown, column, row);
    let number = match &column.values {
        Values::Integer(values) => values.get(row).copied().flatten()?.to_string(),
        Values::Float(values) => values.get(row).copied().flatten()?.to_string(),
        Values::Time(values) => {
            calendar::instant(values.get(row).copied().flatten()?).as_str().to_owned()
        }
        _ => return None,
    };
    let unit = match column.unit {
        Unit::Nanoseconds => " ns",
        Unit::Bytes => " bytes",
        Unit::Tokens => " tokens",
        Unit::Microusd => " µUSD",
        Unit::PerSecond => " per second",
        Unit::None | Unit::Count | Unit::Ratio => "",
    };
    (number != shown).then(|| number + unit)
}

/// `2025-10-09 08:53:20.123 to 2025-10-09 09:53:20.123 UTC (1h 00m)`.
pub(super) fn range(from: i64, to: i64) -> String {
    let mut out = String::new();
    let (start, end) = (calendar::moment(from), calendar::moment(to));
    put!(out, "{} to {} UTC (", start.as_str(), end.as_str());
    write_duration(&mut out, (to.saturating_sub(from)) as f64 * 1e3);
    out.push(')');
    out
}

fn write_integer(out: &mut String, value: i64, unit: Unit) {
    match unit {
        Unit::None => put!(out, "{value}"),
        Unit::Count | Unit::Tokens => {
            out.push_str(if value < 0 { "-" } else { "" });
            write_thousands(out, &value.unsigned_abs().to_string());
        }
        _ => write_float(out, value as f64, unit),
    }
}

fn write_float(out: &mut String, value: f64, unit: Unit) {
    if !value.is_finite() {
        put!(out, "{value}");
        return;
    }
    match unit {
        Unit::None => write_plain(out, value),
        Unit::Count | Unit::Tokens => write_grouped(out, value),
        Unit::Nanoseconds => write_duration(out, value),
        Unit::Bytes => write_bytes(out, value),
        Unit::Microusd => write_dollars(out, value),
        Unit::Ratio => write_percent(out, value),
        Unit::PerSecond => {
            // What happens less than once in two minutes is told by the hour or the day.
            let (times, per) = match value.abs() {
                size if size == 0.0 || size >= 0.01 => (1.0, " /s"),
                size if size * 3600.0 >= 0.1 => (3600.0, " /h"),
                _ => (86_400.0, " /d"),
            };
            let scaled = value * times;
            write_grouped(out, if times > 1.0 { (scaled * 100.0).round() / 100.0 } else { scaled });
            out.push_str(per);
        }
    }
}

/// `1.24 s`, `350 ms`, `12.0 µs`; from a minute on `2m 05s`, `1h 12m`, `3d 04h`.
pub(super) fn write_duration(out: &mut String, nanos: f64) {
    const SCALES: [(f64, &str); 4] = [(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")];
    let size = nanos.abs();
    out.push_str(if nanos < 0.0 { "-" } else { "" });
    if size == 0.0 {
        out.push_str("0 s");
        return;
    }
    if size >= 59.995e9 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and a cast of a larger float ends at the largest integer"
        )]
        let seconds = (size / 1e9).round() as u64;
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        match (hours, days) {
            (0, _) => put!(out, "{minutes}m {:02}s", seconds % 60),
            (1..48, _) => put!(out, "{hours}h {:02}m", minutes % 60),
            _ => put!(out, "{days}d {:02}h", hours % 24),
        }
        return;
    }
    let scale = SCALES.iter().find(|(scale, _)| size / scale < 999.5).unwrap_or(&SCALES[3]);
    if scale.1 == "ns" && size.fract() == 0.0 {
        put!(out, "{size} ns");
    } else {
        write_three_digits(out, size / scale.0);
        put!(out, " {}", scale.1);
    }
}

/// Three significant digits of a number from 0 to 999.
fn write_three_digits(out: &mut String, value: f64) {
    let decimals = match value {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    put!(out, "{value:.decimals$}");
}

/// `512 B`, `4.2 MiB`.
fn write_bytes(out: &mut String, bytes: f64) {
    const SCALES: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut size = bytes.abs();
    let mut scale = SCALES.iter();
    let mut unit = scale.next().copied().unwrap_or_default();
    while size >= 1023.95
        && let Some(next) = scale.next()
    {
        size /= 1024.0;
        unit = next;
    }
    let decimals = usize::from(unit != "B" || size.fract() != 0.0);
    put!(out, "{}{size:.decimals$} {unit}", if bytes < 0.0 { "-" } else { "" });
}

/// `$1,234.56`; below ten cents two significant digits, down to a millionth: `$0.0042`.
fn write_dollars(out: &mut String, microusd: f64) {
    let dollars = microusd.abs() / 1e6;
    let decimals = match dollars {
        0.0 => 2,
        ..0.000_1 => 6,
        ..0.001 => 5,
        ..0.01 => 4,
        ..0.1 => 3,
        _ => 2,
    };
    out.push_str(if microusd < 0.0 { "-$" } else { "$" });
    write_thousands(out, &format!("{dollars:.decimals$}"));
}

/// `94.0 %`; what is not quite nothing or everything does not look like it.
fn write_percent(out: &mut String, ratio: f64) {
    let percent = ratio * 100.0;
    if percent > 0.0 && percent < 0.05 {
        out.push_str("<0.1 %");
    } else if (99.95..100.0).contains(&percent) {
        out.push_str(">99.9 %");
    } else {
        put!(out, "{percent:.1} %");
    }
}

/// Two decimals at most, thousands apart: `1,234.5`; more of them below one.
fn write_grouped(out: &mut String, value: f64) {
    if value.abs() < 1.0 {
        write_plain(out, value);
        return;
    }
    let text = format!("{:.2}", value.abs());
    let text = text.trim_end_matches('0').trim_end_matches('.');
    out.push_str(if value < 0.0 { "-" } else { "" });
    write_thousands(out, text);
}

/// Five significant digits, no digit before the point ever lost: `0.012346`, `1234567.9`.
fn write_plain(out: &mut String, value: f64) {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        let text = format!("{value:.3e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        put!(out, "{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'));
        return;
    }
    let decimals = match size {
        0.0 => 0,
        ..0.001 => 8,
        ..0.01 => 7,
        ..0.1 => 6,
        ..1.0 => 5,
        ..10.0 => 4,
        ..100.0 => 3,
        ..1000.0 => 2,
        _ => 1,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        out.push_str(text.trim_end_matches('0').trim_end_matches('.'));
    } else {
        out.push_str(&text);
    }
}

/// Appends digits with a comma after every third one before the point.
fn write_thousands(out: &mut String, digits: &str) {
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(value: f64, unit: Unit) -> String {
        let mut out = String::new();
        write_float(&mut out, value, unit);
        out
    }

    fn integer(value: i64, unit: Unit) -> String {
        let mut out = String::new();
        write_integer(&mut out, value, unit);
        out
    }

    #[test]
    fn durations_have_three_digits_or_two_parts() {
        for (nanos, text) in [
            (0, "0 s"),
            (7, "7 ns"),
            (999, "999 ns"),
            (12_000, "12.0 µs"),
            (350_000_000, "350 ms"),
            (999_600_000, "1.00 s"),
            (1_240_000_000, "1.24 s"),
            (59_990_000_000, "60.0 s"),
            (125_000_000_000, "2m 05s"),
            (4_320_000_000_000, "1h 12m"),
            (273_600_000_000_000, "3d 04h"),
            (-1_500_000, "-1.50 ms"),
            (i64::MAX, "106751d 23h"),
        ] {
            assert_eq!(integer(nanos, Unit::Nanoseconds), text);
        }
        assert_eq!(float(350.4, Unit::Nanoseconds), "350 ns");
    }

    #[test]
    fn money_sizes_and_shares() {
        assert_eq!(integer(1_230_000, Unit::Microusd), "$1.23");
        assert_eq!(integer(4_200, Unit::Microusd), "$0.0042");
        assert_eq!(integer(1, Unit::Microusd), "$0.000001");
        assert_eq!(integer(-1_234_560_000, Unit::Microusd), "-$1,234.56");
        assert_eq!(integer(0, Unit::Microusd), "$0.00");
        assert_eq!(integer(512, Unit::Bytes), "512 B");
        assert_eq!(integer(4_404_019, Unit::Bytes), "4.2 MiB");
        assert_eq!(integer(1_048_575, Unit::Bytes), "1.0 MiB");
        assert_eq!(float(0.94, Unit::Ratio), "94.0 %");
        assert_eq!(float(0.999_9, Unit::Ratio), ">99.9 %");
        assert_eq!(float(0.000_1, Unit::Ratio), "<0.1 %");
        assert_eq!(float(1.0, Unit::Ratio), "100.0 %");
        assert_eq!(float(0.0, Unit::Ratio), "0.0 %");
    }

    #[test]
    fn counts_and_plain_numbers() {
        assert_eq!(integer(12_345, Unit::Count), "12,345");
        assert_eq!(integer(-999, Unit::Tokens), "-999");
        assert_eq!(integer(i64::MIN, Unit::Count), "-9,223,372,036,854,775,808");
        assert_eq!(integer(12_345, Unit::None), "12345");
        assert_eq!(float(1234.5, Unit::PerSecond), "1,234.5 /s");
        assert_eq!(float(0.25, Unit::PerSecond), "0.25 /s");
        assert_eq!(float(0.001, Unit::PerSecond), "3.6 /h");
        assert_eq!(float(0.000_01, Unit::PerSecond), "0.86 /d");
        assert_eq!(float(12_000.0, Unit::Count), "12,000");
        assert_eq!(float(0.012_345_678, Unit::None), "0.012346");
        assert_eq!(float(1_234_567.89, Unit::None), "1234567.9");
        assert_eq!(float(3.0, Unit::None), "3");
        assert_eq!(float(0.000_012_34, Unit::None), "1.234e-5");
        assert_eq!(float(1e-6, Unit::None), "1e-6");
        assert_eq!(float(100.0, Unit::None), "100");
        assert_eq!(float(f64::NAN, Unit::Ratio), "NaN");
    }

    #[test]
    fn a_range_says_how_long_it_is() {
        assert_eq!(
            range(1_760_000_000_123_000, 1_760_003_600_123_000),
            "2025-10-09 08:53:20.123 to 2025-10-09 09:53:20.123 UTC (1h 00m)"
        );
    }

    #[test]
    fn labels_leave_the_unit_to_the_values() {
        assert_eq!(label("p95_duration_ns", Unit::Nanoseconds), "p95 duration");
        assert_eq!(label("cost_microusd", Unit::Microusd), "cost");
        assert_eq!(label("throughput_per_s", Unit::PerSecond), "throughput");
        assert_eq!(label("bytes", Unit::Bytes), "bytes");
        assert_eq!(label("slope_ns", Unit::None), "slope ns");
    }

    #[test]
    fn the_exact_value_is_there_where_it_differs() {
        let column = |unit, values| Column { name: String::new(), unit, values };
        let duration = column(Unit::Nanoseconds, Values::Integer(vec![Some(1_240_000_001), None]));
        assert_eq!(exact(&duration, 0).as_deref(), Some("1240000001 ns"));
        assert_eq!(exact(&duration, 1), None);
        let count = column(Unit::Count, Values::Integer(vec![Some(7)]));
        assert_eq!(exact(&count, 0), None);
        let time = column(Unit::None, Values::Time(vec![Some(1)]));
        assert_eq!(exact(&time, 0).as_deref(), Some("1970-01-01T00:00:00.000001Z"));
    }
}
