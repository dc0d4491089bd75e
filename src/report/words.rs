//! Values of series and lengths of time in words, for sentences and for tables that people read.

/// A value to about three digits with its unit; a unit of 1 is none, and units that nobody says for
/// such a value become those that people say: 5,890 ms are 5.89 s, 0.001 1/s are 3.60 /h.
pub fn with_unit(value: f64, unit: &str) -> String {
    let size = value.abs();
    match unit {
        "ms" if size >= 3_600_000.0 => format!("{} h", digits(value / 3_600_000.0)),
        "ms" if size >= 60_000.0 => format!("{} min", digits(value / 60_000.0)),
        "ms" if size >= 1000.0 => format!("{} s", digits(value / 1000.0)),
        "1/s" if size >= 0.1 || size == 0.0 => format!("{} /s", digits(value)),
        "1/s" if size * 3600.0 >= 0.1 => format!("{} /h", digits(value * 3600.0)),
        "1/s" => format!("{} /d", digits(value * 86_400.0)),
        _ if unit.starts_with("USD") => {
            let sign = if value < 0.0 { "-" } else { "" };
            format!("{sign}${}{}", digits(size), &unit[3..])
        }
        "" | "1" => digits(value),
        _ => format!("{} {unit}", digits(value)),
    }
}

/// A number to about three digits, without zeros behind the point that say nothing.
fn digits(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        _ if size == 0.0 => return "0".to_owned(),
        _ if size >= 1e7 || size < 1e-4 => return format!("{value:.2e}"),
        _ if size >= 100.0 => format!("{value:.0}"),
        _ if size >= 10.0 => format!("{value:.1}"),
        _ if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    };
    match text.split_once('.') {
        Some((whole, part)) if part.bytes().all(|byte| byte == b'0') => whole.to_owned(),
        _ => text,
    }
}

/// Two values with their unit, once where it is the same: `3.55 to 6.02 s`.
pub fn range_with_unit(low: f64, high: f64, unit: &str) -> String {
    let (low, high) = (with_unit(low, unit), with_unit(high, unit));
    match (low.split_once(' '), high.split_once(' ')) {
        (Some((number, of_low)), Some((_, of_high))) if of_low == of_high => {
            format!("{number} to {high}")
        }
        _ => format!("{low} to {high}"),
    }
}

/// A length of time in its two largest units, to the minute.
pub fn length_of_time(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    let minutes = (micros + 30_000_000) / 60_000_000;
    match minutes {
        0 => format!("{seconds} s"),
        1..60 => format!("{minutes} min"),
        60..1440 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} d {} h", minutes / 1440, minutes % 1440 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_three_digits_and_the_unit_that_people_say() {
        for (value, unit, expected) in [
            (0.0, "%", "0 %"),
            (71.0, "%", "71 %"),
            (5890.0, "ms", "5.89 s"),
            (90_000.0, "ms", "1.50 min"),
            (12.345, "ms", "12.3 ms"),
            (-0.25, "1", "-0.25"),
            (0.001, "1/s", "3.60 /h"),
            (12.0, "1/s", "12 /s"),
            (0.53, "USD/h", "$0.53/h"),
            (-2.0, "USD/h", "-$2/h"),
            (0.000_012, "", "1.20e-5"),
            (2.5e9, "bytes", "2.50e9 bytes"),
        ] {
            assert_eq!(with_unit(value, unit), expected);
        }
    }

    #[test]
    fn ranges_name_their_unit_once() {
        assert_eq!(range_with_unit(3549.0, 6018.0, "ms"), "3.55 to 6.02 s");
        assert_eq!(range_with_unit(900.0, 6018.0, "ms"), "900 ms to 6.02 s");
        assert_eq!(range_with_unit(0.0, 0.5, "1"), "0 to 0.50");
    }

    #[test]
    fn lengths_have_two_units() {
        let minute = 60_000_000;
        assert_eq!(length_of_time(10_000_000), "10 s");
        assert_eq!(length_of_time(59 * minute), "59 min");
        assert_eq!(length_of_time(61 * minute), "1 h 1 min");
        assert_eq!(length_of_time((3 * 1440 + 4 * 60) * minute), "3 d 4 h");
    }
}
