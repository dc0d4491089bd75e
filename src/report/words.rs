//! Values of series and lengths of time in words, for sentences and for tables that people read.

/// How values of one size are said: times a factor, between two texts.
struct Spelling {
    factor: f64,
    before: &'static str,
    after: String,
}

/// The spelling of values of about this size: units that nobody says for them become those that people
/// say, so that 5,890 ms are 5.89 s and 0.001 1/s are 3.60 /h.
fn spelling(size: f64, unit: &str) -> Spelling {
    let of = |factor: f64, after: &str| Spelling { factor, before: "", after: after.to_owned() };
    match unit {
        "ms" if size >= 3_600_000.0 => of(1.0 / 3_600_000.0, " h"),
        "ms" if size >= 60_000.0 => of(1.0 / 60_000.0, " min"),
        "ms" if size >= 1000.0 => of(0.001, " s"),
        "bytes" | "By" => match size {
            size if size >= 1e9 => of(1e-9, " GB"),
            size if size >= 1e6 => of(1e-6, " MB"),
            size if size >= 1e3 => of(1e-3, " kB"),
            _ => of(1.0, " bytes"),
        },
        "1/s" if size >= 0.1 || size == 0.0 => of(1.0, " /s"),
        "1/s" if size * 3600.0 >= 0.1 => of(3600.0, " /h"),
        "1/s" => of(86_400.0, " /d"),
        _ if unit.starts_with("USD") => {
            Spelling { factor: 1.0, before: "$", after: unit[3..].to_owned() }
        }
        "" | "1" => of(1.0, ""),
        _ => of(1.0, &format!(" {unit}")),
    }
}

impl Spelling {
    /// A number with `more` digits than usual.
    fn number(&self, value: f64, more: usize) -> String {
        let sign = if value < 0.0 && !self.before.is_empty() { "-" } else { "" };
        let value = if sign.is_empty() { value } else { -value };
        format!("{sign}{}{}", self.before, digits(value * self.factor, more))
    }

    fn whole(&self, value: f64, more: usize) -> String {
        format!("{}{}", self.number(value, more), self.after)
    }
}

/// A value to about three digits with its unit; a unit of 1 is none.
pub fn with_unit(value: f64, unit: &str) -> String {
    spelling(value.abs(), unit).whole(value, 0)
}

/// Digits beyond the usual ones that two values may need to be told apart.
const MOST_DIGITS: usize = 4;

/// Two values that are compared, in the same spelling and with as many digits as they need to differ:
/// `1,650 /h instead of 244 /h`, `3.114 s instead of 3.108 s`.
pub fn both_with_unit(one: f64, other: f64, unit: &str) -> (String, String) {
    let spelling =
        spelling(one.abs().min(other.abs()).max(one.abs().max(other.abs()) / 1000.0), unit);
    let both = |more| (spelling.whole(one, more), spelling.whole(other, more));
    let differ = |(one, other): &(String, String)| one != other;
    (0..=MOST_DIGITS).map(both).find(differ).unwrap_or_else(|| both(0))
}

/// A number to about three digits and `more`, without zeros behind the point that say nothing.
fn digits(value: f64, more: usize) -> String {
    let size = value.abs();
    let text = match size {
        _ if size == 0.0 => return "0".to_owned(),
        _ if !(1e-4..1e7).contains(&size) => return format!("{value:.*e}", 2 + more),
        _ if size >= 100.0 => format!("{value:.more$}"),
        _ if size >= 10.0 => format!("{value:.*}", 1 + more),
        _ if size >= 0.1 => format!("{value:.*}", 2 + more),
        _ => format!("{value:.*}", 4 + more),
    };
    match text.split_once('.') {
        Some((whole, part)) if part.bytes().all(|byte| byte == b'0') => whole.to_owned(),
        _ => text,
    }
}

/// A value in the spelling of another that stands beside it: `-0.0039 s` beside `3.11 s`.
pub fn beside(value: f64, other: f64, unit: &str) -> String {
    spelling(other.abs(), unit).whole(value, 0)
}

/// A value and how far off it may be, with its unit once: `72.2 ± 2.25 %`.
pub fn give_or_take(value: f64, half: f64, unit: &str) -> String {
    let spelling = spelling(value.abs().max(half), unit);
    let half = digits(half * spelling.factor, 0);
    format!("{} ± {half}{}", spelling.number(value, 0), spelling.after)
}

/// A range with its unit, once: `3.55 to 6.02 s`.
pub fn range_with_unit(low: f64, high: f64, unit: &str) -> String {
    let spelling = spelling(low.abs().max(high.abs()), unit);
    format!("{} to {}", spelling.number(low, 0), spelling.whole(high, 0))
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

/// A moment to the second, in UTC, from microseconds since 1970: `2026-01-09 03:00:00`.
pub fn moment(micros: i64) -> String {
    let time = jiff::Timestamp::from_microsecond(micros);
    time.map_or_else(|_| String::new(), |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
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
            (2.5e9, "bytes", "2.50 GB"),
            (-3200.0, "By", "-3.20 kB"),
            (12.0, "bytes", "12 bytes"),
        ] {
            assert_eq!(with_unit(value, unit), expected);
        }
    }

    #[test]
    fn ranges_and_pairs_have_one_unit() {
        assert_eq!(range_with_unit(3549.0, 6018.0, "ms"), "3.55 to 6.02 s");
        assert_eq!(range_with_unit(900.0, 6018.0, "ms"), "0.90 to 6.02 s");
        assert_eq!(range_with_unit(0.0, 0.5, "1"), "0 to 0.50");
        assert_eq!(range_with_unit(0.0, 47.6, "USD/h"), "$0 to $47.6/h");
        assert_eq!(give_or_take(1.43, 0.27, "USD/h"), "$1.43 ± 0.27/h");
        assert_eq!(give_or_take(3820.0, 210.0, "ms"), "3.82 ± 0.21 s");
        assert_eq!(beside(-3.9, 3110.0, "ms"), "-0.0039 s");
        assert_eq!(beside(2.0e6, 7.5e9, "bytes"), "0.0020 GB");
        let both = |one: f64, other: f64, unit: &str| {
            let (one, other) = both_with_unit(one, other, unit);
            format!("{one} instead of {other}")
        };
        assert_eq!(both(0.46, 0.068, "1/s"), "1656 /h instead of 245 /h");
        assert_eq!(both(3.0, 0.0, "1/s"), "10800 /h instead of 0 /h");
        assert_eq!(both(4170.0, 3680.0, "ms"), "4.17 s instead of 3.68 s");
        assert_eq!(both(3114.0, 3108.0, "ms"), "3.114 s instead of 3.108 s");
        assert_eq!(both(99.0, 99.0, "%"), "99 % instead of 99 %");
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
