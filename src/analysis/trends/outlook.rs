//! What comes next of a series: its forecast for an hour and a day, and when it reaches its limit.

use super::super::series::{Better, Grid, Series};
use super::super::statistics::spread::{median, present};
use super::super::statistics::{Interval, forecast};
use super::direction::Verdict;

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;

/// A forecast reaches at most so many times as far as the past that it rests on.
const REACH: i64 = 2;

/// Limits are looked for at most so many times as far ahead as the past goes back.
const FORESIGHT: f64 = 10.0;

/// A series stands at the median of so many of its newest values.
const NEWEST: usize = 3;

/// One expected value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// The value and its intervals, in the unit of the series.
    pub interval: Interval,
    /// From 0 to 1: `s / (s + w)`, where w is half the width of the 80 % interval and s the larger of
    /// the value's size and the deviation of the series.
    pub confidence: f64,
}

/// What comes next.
#[derive(Clone, Debug, Default)]
pub struct Outlook {
    /// The model; nothing where there is no forecast.
    pub model: Option<String>,
    /// Of the bucket that holds the moment one hour after the newest record; nothing where the past is
    /// too short for it.
    pub hour: Option<Expected>,
    /// Of the one a day after it.
    pub day: Option<Expected>,
    /// All buckets after the last one, up to the furthest of these.
    pub ahead: Vec<Interval>,
    /// Why there is no forecast, as a sentence.
    pub reason: Option<String>,
}

/// The forecast of a series. Where all values are of one sign or shares of a whole, so are the expected.
pub(in crate::analysis) fn outlook(series: &Series, grid: &Grid) -> Outlook {
    let values = &series.values;
    let none = |reason: String| Outlook { reason: Some(reason), ..Outlook::default() };
    let (Some(first), Some(last)) =
        (values.iter().position(Option::is_some), values.iter().rposition(Option::is_some))
    else {
        return none("there is no whole bucket with a value".to_owned());
    };
    let span = last + 1 - first;
    let silent = values.len() - 1 - last;
    if silent * 10 > values.len() {
        return none("it ended before the others: nothing is forecast".to_owned());
    }
    if series.profile.points * 2 < span {
        return none(
            "more than half of its buckets are empty: longer ones (--interval) would tell more"
                .to_owned(),
        );
    }
    let past_us = i64::try_from(span).unwrap_or(i64::MAX).saturating_mul(grid.width_us);
    let steps = |ahead_us: i64| {
        (ahead_us <= past_us.saturating_mul(REACH)).then(|| grid.steps_ahead(ahead_us))
    };
    let (hour, day) = (steps(HOUR_US), steps(DAY_US));
    let Some(horizon) = day.or(hour) else {
        return none("it was observed for less than half an hour: nothing is forecast".to_owned());
    };
    match forecast(values, series.profile.season.as_ref(), horizon) {
        Ok(found) => {
            let ahead: Vec<Interval> =
                found.points.into_iter().map(|point| series.possible_part(point)).collect();
            let expected =
                |steps: Option<usize>| Some(series.expected(*ahead.get(steps?.checked_sub(1)?)?));
            Outlook {
                hour: expected(hour),
                day: expected(day),
                ahead,
                model: Some(found.model),
                reason: None,
            }
        }
        Err(error) => none(error.to_string()),
    }
}

impl Series {
    /// An expected value within what the metric can be.
    fn possible_part(&self, interval: Interval) -> Interval {
        let (lowest, highest) = self.possible();
        let within = |value: f64| value.clamp(lowest, highest);
        Interval {
            value: within(interval.value),
            low80: within(interval.low80),
            high80: within(interval.high80),
            low95: within(interval.low95),
            high95: within(interval.high95),
        }
    }

    /// An expected value with its confidence.
    fn expected(&self, interval: Interval) -> Expected {
        let half = (interval.high80 - interval.low80) / 2.0;
        let size = interval.value.abs().max(self.profile.deviation);
        let confidence = if half > 0.0 { size / (size + half) } else { 1.0 };
        Expected { interval, confidence }
    }
}

/// When a series reaches its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Capacity {
    /// It is there, or beyond it.
    Reached,
    /// It gets there, in so many buckets from the newest moment on; earliest and latest by the 95 %
    /// interval of the slope, the latest nothing where that does not get there.
    Reaches {
        /// By the slope itself.
        buckets: f64,
        /// By the steepest slope.
        earliest: f64,
        /// By the flattest one.
        latest: Option<f64>,
    },
    /// It does not, as far as can be seen.
    NotForeseen,
}

/// When a series with a limit reaches it by the slope of its line (Theil–Sen), where it has a direction. The
/// line is led through the median of the newest values without their season, which then comes on
/// top of it: a load that is highest in the afternoon gets there in an afternoon.
pub(in crate::analysis) fn capacity(
    series: &Series,
    verdict: &Verdict,
    grid: &Grid,
) -> Option<Capacity> {
    let limit = series.limit?;
    let line = verdict.line.as_ref()?;
    let first = series.values.iter().position(Option::is_some)?;
    let last = series.values.iter().rposition(Option::is_some)?;
    // A limit lies on the bad side; where nobody knows it, above.
    let sign = if series.better == Better::Higher { -1.0 } else { 1.0 };
    let newest: Vec<(usize, f64)> =
        present(&series.values).into_iter().rev().take(NEWEST).collect();
    let is_beyond = |value: f64| (limit - value) * sign <= 0.0;
    let values: Vec<f64> = newest.iter().map(|(_, value)| *value).collect();
    // One wild value has not reached anything.
    if is_beyond(median(&values)?) && is_beyond(values[0]) {
        return Some(Capacity::Reached);
    }
    let season = series.profile.season.as_ref();
    let furthest = FORESIGHT * (last - first + 1) as f64;
    let reaches = |slope: f64| -> Option<f64> {
        let back = |(at, value): &(usize, f64)| {
            value - season.map_or(0.0, |season| season.at(*at)) + slope * (last - at) as f64
        };
        let now = median(&newest.iter().map(back).collect::<Vec<_>>())?;
        let buckets = match season {
            _ if slope * sign <= 0.0 => return None,
            None => ((limit - now) / slope).max(0.0),
            Some(season) => crossing(
                |ahead| (limit - now - slope * ahead as f64 - season.at(last + ahead)) * sign,
                furthest,
            )?,
        };
        (buckets <= furthest).then(|| grid.buckets_ahead(last as f64 + buckets).max(0.0))
    };
    let (steepest, flattest) =
        if sign > 0.0 { (line.high, line.low) } else { (line.low, line.high) };
    let buckets = reaches(line.slope).filter(|_| verdict.direction.is_trend());
    Some(buckets.map_or(Capacity::NotForeseen, |buckets| Capacity::Reaches {
        buckets,
        earliest: reaches(steepest).unwrap_or(buckets),
        latest: reaches(flattest),
    }))
}

/// After how many buckets what is left is nothing for the first time; none where that takes more than
/// `furthest`.
fn crossing(left: impl Fn(usize) -> f64, furthest: f64) -> Option<f64> {
    let mut before = left(0);
    for ahead in 1.. {
        let now = left(ahead);
        if now <= 0.0 {
            let share = if before > now { (before / (before - now)).max(0.0) } else { 1.0 };
            return Some((ahead - 1) as f64 + share);
        }
        if ahead as f64 > furthest {
            return None;
        }
        before = now;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::super::series::sample_series;
    use super::super::super::statistics::examine;
    use super::super::direction::verdicts;
    use super::*;

    const MINUTE_US: i64 = 60_000_000;

    fn grid(minutes: i64) -> Grid {
        Grid::new((0, minutes * MINUTE_US - 1), Some(MINUTE_US))
    }

    fn ramp(from: f64, by: f64, count: usize) -> Vec<Option<f64>> {
        (0..count).map(|i| Some(from + by * i as f64)).collect()
    }

    fn capacity_of(values: &[Option<f64>]) -> Option<Capacity> {
        let series = sample_series("cpu.usage", "%", values);
        let verdicts = verdicts(std::slice::from_ref(&series));
        capacity(&series, &verdicts[0], &grid(i64::try_from(values.len()).unwrap()))
    }

    #[test]
    fn a_ramp_reaches_its_limit_in_a_known_time() {
        // From 30 % by 0.5 % a minute: 59.5 % in the middle of the last minute. 90 % is 61 minutes from
        // there, and 60.5 from its end.
        let found = capacity_of(&ramp(30.0, 0.5, 60));
        let Some(Capacity::Reaches { buckets, earliest, latest }) = found else {
            panic!("{found:?}")
        };
        for value in [buckets, earliest, latest.unwrap()] {
            assert!((value - 60.5).abs() < 1e-6, "{value}");
        }
    }

    #[test]
    fn limits_are_reached_or_not_foreseen() {
        assert_eq!(capacity_of(&ramp(50.0, 1.0, 60)), Some(Capacity::Reached));
        assert_eq!(capacity_of(&ramp(50.0, 0.0, 60)), Some(Capacity::NotForeseen));
        assert_eq!(capacity_of(&ramp(80.0, -0.5, 60)), Some(Capacity::NotForeseen));
        // 0.01 % a minute takes 5,941 minutes, and is seen for 60.
        assert_eq!(capacity_of(&ramp(30.0, 0.01, 60)), Some(Capacity::NotForeseen));
        let without = sample_series("memory.used", "MB", &ramp(1.0, 1.0, 60));
        let verdict = &verdicts(std::slice::from_ref(&without))[0];
        assert_eq!(capacity(&without, verdict, &grid(60)), None);
    }

    #[test]
    fn what_is_highest_in_the_afternoon_gets_there_in_one() {
        // Six days of hours, from 30 % by a quarter of a percent an hour, and 20 % more for four hours from
        // 12:00 on. The last hour, at 23:00, has 65.75 %. With 69 % at 12:00 of the seventh day it is 89 %, and
        // with the fourth of these hours 89.75 %; on the eighth day at 12:00 it would be 95 %.
        let hour = |at: i32| {
            let is_high = (12..16).contains(&(at % 24));
            Some(30.0 + 0.25 * f64::from(at) + if is_high { 20.0 } else { 0.0 })
        };
        let values: Vec<Option<f64>> = (0..144).map(hour).collect();
        let grid = Grid::new((0, 144 * HOUR_US - 1), Some(HOUR_US));
        let series =
            Series { profile: examine(&values, &[24]), ..sample_series("cpu.usage", "%", &values) };
        let verdict = &verdicts(std::slice::from_ref(&series))[0];
        let Some(Capacity::Reaches { buckets, .. }) = capacity(&series, verdict, &grid) else {
            panic!("{:?}", capacity(&series, verdict, &grid))
        };
        assert!((35.0..37.0).contains(&buckets), "{buckets}");
    }

    #[test]
    fn an_hour_ahead_is_counted_from_the_newest_record() {
        // Ten hours, the last of which is seen for 15 minutes: in an hour it is the one after.
        let until = |minutes: i64| Grid::new((0, minutes * MINUTE_US), Some(HOUR_US));
        assert_eq!(until(9 * 60 + 15).steps_ahead(HOUR_US), 1);
        // In three hours of eight: seen to its fifth, an hour ahead is the same one, and the next is told.
        let hours = |end: i64| Grid::new((0, end * HOUR_US), Some(8 * HOUR_US));
        assert_eq!(hours(29).steps_ahead(HOUR_US), 1);
        assert_eq!(hours(31).steps_ahead(DAY_US), 3);
        assert_eq!(hours(33).steps_ahead(8 * HOUR_US - 1), 1);
        assert_eq!(hours(33).steps_ahead(8 * HOUR_US), 1);
    }

    #[test]
    fn a_past_too_short_or_empty_is_said() {
        let reason = |values: &[Option<f64>]| {
            let minutes = i64::try_from(values.len()).unwrap();
            outlook(&sample_series("x", "", values), &grid(minutes)).reason.unwrap_or_default()
        };
        assert!(reason(&ramp(1.0, 1.0, 20)).contains("half an hour"));
        assert!(reason(&[None, None]).contains("no whole bucket"));
        let mut ended = ramp(1.0, 1.0, 60);
        ended[50..].fill(None);
        assert!(reason(&ended).contains("ended before"));
        let sparse: Vec<_> = (0..61).map(|i| (i % 3 == 0).then_some(1.0)).collect();
        assert!(reason(&sparse).contains("more than half"));
    }

    #[test]
    fn an_hour_of_minutes_tells_an_hour_and_no_day() {
        let found = outlook(&sample_series("x", "", &ramp(100.0, 1.0, 60)), &grid(60));
        assert!(found.day.is_none());
        let hour = found.hour.unwrap();
        // The line goes on: after 159 comes 219.
        assert!((hour.interval.value - 219.0).abs() < 3.0, "{hour:?}");
        assert!(hour.confidence > 0.9 && hour.confidence <= 1.0, "{hour:?}");
    }

    #[test]
    fn shares_stay_shares() {
        let found = outlook(&sample_series("cpu.usage", "%", &ramp(40.0, 0.9, 60)), &grid(60));
        let hour = found.hour.unwrap().interval;
        assert!(hour.value <= 100.0 && hour.high95 <= 100.0, "{hour:?}");
    }
}
