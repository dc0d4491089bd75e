//! Days and microseconds since 1970 UTC as calendar text (proleptic Gregorian), without allocation.
//!
//! Reading times is for the importers.

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A short ASCII text on the stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    bytes: [u8; 40],
    len: usize,
}

impl Stamp {
    const fn new() -> Self {
        Self { bytes: [0; 40], len: 0 }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }

    /// The last `width` decimal digits of `number`.
    fn push_digits(&mut self, number: u64, width: u32) {
        for place in (0..width).rev() {
            let digit = number / 10u64.pow(place) % 10;
            self.push(b'0' + u8::try_from(digit).unwrap_or(0));
        }
    }

    fn push_day(&mut self, day: i64) {
        let (year, month, day) = civil_day(day);
        // Years of more digits get a sign, as ISO 8601 has it.
        if !(0..=9999).contains(&year) {
            self.push(if year < 0 { b'-' } else { b'+' });
        }
        let year = year.unsigned_abs();
        self.push_digits(year, if year > 9999 { year.ilog10() + 1 } else { 4 });
        self.push(b'-');
        self.push_digits(month, 2);
        self.push(b'-');
        self.push_digits(day, 2);
    }

    fn push_clock(&mut self, micros_of_day: u64) {
        let seconds = micros_of_day / 1_000_000;
        self.push_digits(seconds / 3600, 2);
        self.push(b':');
        self.push_digits(seconds / 60 % 60, 2);
        self.push(b':');
        self.push_digits(seconds % 60, 2);
        self.push(b'.');
    }
}

/// `2025-10-09`.
pub(super) fn day(days: i32) -> Stamp {
    let mut stamp = Stamp::new();
    stamp.push_day(i64::from(days));
    stamp
}

/// RFC 3339: `2025-10-09T08:53:20.123000Z`.
pub(super) fn instant(micros: i64) -> Stamp {
    let mut stamp = Stamp::new();
    let of_day = micros.rem_euclid(MICROS_PER_DAY).unsigned_abs();
    stamp.push_day(micros.div_euclid(MICROS_PER_DAY));
    stamp.push(b'T');
    stamp.push_clock(of_day);
    stamp.push_digits(of_day % 1_000_000, 6);
    stamp.push(b'Z');
    stamp
}

/// For people, UTC and cut to milliseconds: `2025-10-09 08:53:20.123`.
pub(super) fn moment(micros: i64) -> Stamp {
    let mut stamp = Stamp::new();
    let of_day = micros.rem_euclid(MICROS_PER_DAY).unsigned_abs();
    stamp.push_day(micros.div_euclid(MICROS_PER_DAY));
    stamp.push(b' ');
    stamp.push_clock(of_day);
    stamp.push_digits(of_day / 1000 % 1000, 3);
    stamp
}

/// Year, month and day of the month of a day since 1970-01-01.
///
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`: years begin in
/// March, so that the leap day is the last one of a year, and eras are 400 years.
fn civil_day(days: i64) -> (i64, u64, u64) {
    let from_march_0000 = days + 719_468;
    let era = from_march_0000.div_euclid(146_097);
    let of_era = from_march_0000.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + carry, month.unsigned_abs(), day.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_written_in_full() {
        assert_eq!(instant(0).as_str(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(instant(1_760_000_000_123_000).as_str(), "2025-10-09T08:53:20.123000Z");
        assert_eq!(instant(-1).as_str(), "1969-12-31T23:59:59.999999Z");
        assert_eq!(moment(1_760_000_000_123_999).as_str(), "2025-10-09 08:53:20.123");
        assert_eq!(day(19_782).as_str(), "2024-02-29");
        assert_eq!(day(-719_529).as_str(), "-0001-12-31");
    }

    #[test]
    fn the_ends_of_the_range_have_more_digits() {
        assert_eq!(instant(i64::MAX).as_str(), "+294247-01-10T04:00:54.775807Z");
        assert_eq!(instant(i64::MIN).as_str(), "-290308-12-21T19:59:05.224192Z");
        assert_eq!(day(i32::MAX).as_str(), "+5881580-07-11");
    }

    proptest! {
        #[test]
        fn it_agrees_with_jiff(micros in -62_135_596_800_000_000i64..253_402_207_200_000_000) {
            let theirs = jiff::Timestamp::from_microsecond(micros).unwrap();
            let ours = instant(micros);
            prop_assert_eq!(ours.as_str(), format!("{theirs:.6}"));
        }
    }
}
