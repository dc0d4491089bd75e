//! What comes next of a series: its forecast for an hour and a day, and when it reaches its limit.

use super::super::series::{Better, Grid, Series};
use super::super::statistics::{Interval, forecast};

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;

/// A forecast reaches at most so many times as far as the past that it rests on.
const REACH: i64 = 2;

/// Limits are looked for at most so many times as far ahead as the past goes back.
const FORESIGHT: usize = 10;

/// A forecast rests on what came after a change or bend where that are so many values, and two seasons.
const LEAST_OF_A_COURSE: usize = 16;

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
    /// When the series reaches its limit; nothing without one, or without a forecast.
    pub capacity: Option<Capacity>,
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
    let Some(shown) = day.or(hour) else {
        return none("it was observed for less than half an hour: nothing is forecast".to_owned());
    };
    let horizon = if series.limit.is_some() { shown.max(FORESIGHT * span) } else { shown };
    match forecast(&as_it_goes(series), series.profile.season.as_ref(), horizon) {
        Ok(found) => {
            let mut ahead = found.points;
            let capacity = capacity(series, &ahead, grid);
            ahead.truncate(shown);
            let ahead: Vec<Interval> =
                ahead.into_iter().map(|point| series.possible_part(point)).collect();
            let expected =
                |steps: Option<usize>| Some(series.expected(*ahead.get(steps?.checked_sub(1)?)?));
            Outlook {
                hour: expected(hour),
                day: expected(day),
                ahead,
                model: Some(found.model),
                reason: None,
                capacity,
            }
        }
        Err(error) => none(error.to_string()),
    }
}

/// The values that a forecast rests on: those since the last change or bend, if they are enough, and no
/// outliers, which are gaps.
fn as_it_goes(series: &Series) -> Vec<Option<f64>> {
    let profile = &series.profile;
    let mut values = series.values.clone();
    for outlier in &profile.outliers {
        values[outlier.at] = None;
    }
    let least = 2 * profile.season.as_ref().map_or(0, |season| season.period);
    let is_enough =
        values[profile.since..].iter().flatten().count() >= LEAST_OF_A_COURSE.max(least);
    if is_enough {
        values[..profile.since].fill(None);
    }
    // Of what is nearly always the same, what differed is all that is known of its unrest.
    let mut known = values.iter().flatten();
    let first = known.next();
    if known.all(|value| Some(value) == first) {
        return series.values.clone();
    }
    let some = |values: &[Option<f64>]| values.iter().flatten().count();
    if some(&values) * 2 < some(&series.values[if is_enough { profile.since } else { 0 }..]) {
        return series.values.clone();
    }
    values
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
    /// interval of the forecast, the latest nothing where that does not get there.
    Reaches {
        /// By the forecast itself.
        buckets: f64,
        /// By its nearer bound.
        earliest: f64,
        /// By its farther one.
        latest: Option<f64>,
    },
    /// It does not, as far as can be seen.
    NotForeseen,
}

/// When a series with a limit reaches it: where its forecast does. The earliest and the latest are where the
/// bounds of 95 % do.
fn capacity(series: &Series, ahead: &[Interval], grid: &Grid) -> Option<Capacity> {
    let limit = series.limit?;
    // A limit lies on the bad side; where nobody knows it, above.
    let sign = if series.better == Better::Higher { -1.0 } else { 1.0 };
    let newest = series.values.iter().rev().flatten().next()?;
    let left = |value: f64| (limit - value) * sign;
    if left(*newest) <= 0.0 {
        return Some(Capacity::Reached);
    }
    let start = series.values.len();
    let reaches = |value: &dyn Fn(&Interval) -> f64| {
        let place = ahead.iter().position(|point| left(value(point)) <= 0.0)?;
        let now = left(value(&ahead[place]));
        let before = place.checked_sub(1).map_or(left(*newest), |place| left(value(&ahead[place])));
        let share = if before > now { (before / (before - now)).clamp(0.0, 1.0) } else { 1.0 };
        Some(grid.buckets_ahead((start + place) as f64 - 1.0 + share).max(0.0))
    };
    let bound = |is_near: bool| {
        move |point: &Interval| if is_near == (sign > 0.0) { point.high95 } else { point.low95 }
    };
    Some(match reaches(&|point| point.value) {
        Some(buckets) => Capacity::Reaches {
            buckets,
            earliest: reaches(&bound(true)).unwrap_or(buckets),
            latest: reaches(&bound(false)),
        },
        None => Capacity::NotForeseen,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::series::sample_series;
    use super::super::super::statistics::examine;
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
        outlook(&series, &grid(i64::try_from(values.len()).unwrap())).capacity
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
            assert!((value - 60.5).abs() < 0.1, "{value}");
        }
    }

    #[test]
    fn limits_are_reached_or_not_foreseen() {
        assert_eq!(capacity_of(&ramp(50.0, 1.0, 60)), Some(Capacity::Reached));
        assert_eq!(capacity_of(&ramp(50.0, 0.0, 60)), Some(Capacity::NotForeseen));
        assert_eq!(capacity_of(&ramp(80.0, -0.5, 60)), Some(Capacity::NotForeseen));
        // 0.01 % a minute takes 5,941 minutes, and is seen for 60.
        assert_eq!(capacity_of(&ramp(30.0, 0.01, 60)), Some(Capacity::NotForeseen));
        // What fills up to 80 % does not get to 90 %.
        let full: Vec<_> =
            (0..200).map(|i| Some(80.0 - 50.0 * (-f64::from(i) / 40.0).exp())).collect();
        assert_eq!(capacity_of(&full), Some(Capacity::NotForeseen));
        let without = sample_series("memory.used", "MB", &ramp(1.0, 1.0, 60));
        assert_eq!(outlook(&without, &grid(60)).capacity, None);
    }

    #[test]
    fn what_climbs_late_reaches_its_limit_from_there() {
        // Level for 150 minutes, then up by 0.6 % a minute to 64.4 %: 90 % is 42.7 minutes from there.
        let values: Vec<_> = (0..200)
            .map(|i| Some(35.0 + 0.6 * f64::from((i - 150).max(0)) + f64::from(i * 7 % 5) - 2.0))
            .collect();
        let found = capacity_of(&values);
        let Some(Capacity::Reaches { buckets, .. }) = found else { panic!("{found:?}") };
        assert!((36.0..50.0).contains(&buckets), "{buckets}");
    }

    #[test]
    fn what_is_highest_in_the_afternoon_gets_there_in_one() {
        // Six days of hours, from 30 % by a quarter of a percent an hour, and 20 % more for four hours from
        // 12:00 on. On the seventh day that is 89.75 % at most; on the eighth at 12:00 it is 95 %.
        let hour = |at: i32| {
            let is_high = (12..16).contains(&(at % 24));
            Some(30.0 + 0.25 * f64::from(at) + if is_high { 20.0 } else { 0.0 })
        };
        let values: Vec<Option<f64>> = (0..144).map(hour).collect();
        let grid = Grid::new((0, 144 * HOUR_US - 1), Some(HOUR_US));
        let series =
            Series { profile: examine(&values, &[24]), ..sample_series("cpu.usage", "%", &values) };
        let found = outlook(&series, &grid).capacity;
        let Some(Capacity::Reaches { buckets, .. }) = found else { panic!("{found:?}") };
        assert!((35.0..37.0).contains(&buckets), "{buckets}");
    }

    #[test]
    fn an_outlier_widens_no_forecast() {
        let mut state = 1_u32;
        let mut unrest = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 24) / 64.0
        };
        let mut values: Vec<Option<f64>> = (0..60).map(|_| Some(100.0 + unrest())).collect();
        let width = |values: &[Option<f64>]| {
            let hour = outlook(&sample_series("x", "", values), &grid(60)).hour.unwrap().interval;
            hour.high80 - hour.low80
        };
        let calm = width(&values);
        values[20] = Some(900.0);
        assert!(width(&values) < 1.2 * calm, "{} {calm}", width(&values));
        // Another level is no unrest either.
        let stepped = values[..20].iter().chain(&values[21..]).enumerate();
        let stepped: Vec<Option<f64>> = stepped
            .map(|(at, value)| value.map(|it| if at < 25 { it } else { it + 300.0 }))
            .collect();
        assert!(width(&stepped) < 2.0 * calm, "{} {calm}", width(&stepped));
    }

    #[test]
    fn an_hour_ahead_is_counted_from_the_newest_record() {
        // Ten hours, the last of which is seen for 15 minutes: in an hour it is the one after.
        let until = |minutes: i64| Grid::new((0, minutes * MINUTE_US), Some(HOUR_US));
        assert_eq!(until(9 * 60 + 15).steps_ahead(HOUR_US), 1);
        // In eight hours: seen to its fifth, an hour ahead is the same one, and the next is told.
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
