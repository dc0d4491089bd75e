//! Which way a series goes: its direction as a word, with the probability that it is chance.

use super::super::series::{Better, Series};
use super::super::statistics::benjamini_hochberg;

/// Fewer points tell no direction.
pub const LEAST_POINTS: usize = 8;

/// A direction needs a smaller probability of chance than this, over all series of a question.
pub const SIGNIFICANCE: f64 = 0.01;

/// A series without a direction whose coefficient of variation is larger is volatile.
pub const VOLATILE: f64 = 0.3;

/// Which way a series goes. Ordered as people want to see them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// It goes the bad way.
    Degrading,
    /// It rises, and nobody knows whether that is good.
    Rising,
    /// It falls, and nobody knows whether that is good.
    Falling,
    /// It goes the good way.
    Improving,
    /// It goes nowhere, and varies much.
    Volatile,
    /// It goes nowhere.
    Stable,
    /// There are too few points to tell.
    Unknown,
}

impl Direction {
    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Degrading => "degrading",
            Self::Rising => "rising",
            Self::Falling => "falling",
            Self::Improving => "improving",
            Self::Volatile => "volatile",
            Self::Stable => "stable",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it goes anywhere.
    pub const fn is_trend(self) -> bool {
        matches!(self, Self::Degrading | Self::Rising | Self::Falling | Self::Improving)
    }
}

/// The direction of a series, and its p-value after Benjamini–Hochberg over all series of the question;
/// nothing where it has too few points to be tested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Which way it goes.
    pub direction: Direction,
    /// How probable a trend as strong is by chance.
    pub p_value: Option<f64>,
}

/// The verdicts on all series of a question, in their order.
pub(in crate::analysis) fn verdicts(series: &[Series]) -> Vec<Verdict> {
    let testable = |one: &Series| {
        let test = one.profile.test.as_ref()?;
        (one.profile.points >= LEAST_POINTS).then_some(test.p_value)
    };
    let p_values: Vec<f64> = series.iter().filter_map(testable).collect();
    let mut adjusted = benjamini_hochberg(&p_values).into_iter();
    let verdict = |one: &Series| {
        let p_value = testable(one).and_then(|_| adjusted.next());
        Verdict { direction: direction(one, p_value), p_value }
    };
    series.iter().map(verdict).collect()
}

fn direction(series: &Series, p_value: Option<f64>) -> Direction {
    let profile = &series.profile;
    if profile.points < LEAST_POINTS {
        return Direction::Unknown;
    }
    let slope = profile.line.as_ref().map_or(0.0, |line| line.slope);
    // Many ties can have a significant test and a median slope of nothing.
    let way = match profile.test.as_ref() {
        Some(test) if slope == 0.0 => test.statistic,
        _ => slope,
    };
    if p_value.is_some_and(|p_value| p_value < SIGNIFICANCE) && way != 0.0 {
        return match (series.better, way > 0.0) {
            (Better::Unknown, true) => Direction::Rising,
            (Better::Unknown, false) => Direction::Falling,
            (Better::Lower, true) | (Better::Higher, false) => Direction::Degrading,
            (Better::Lower, false) | (Better::Higher, true) => Direction::Improving,
        };
    }
    let is_volatile = match profile.variation {
        Some(variation) => variation.abs() > VOLATILE,
        None => profile.deviation > 0.0,
    };
    if is_volatile { Direction::Volatile } else { Direction::Stable }
}

#[cfg(test)]
mod tests {
    use super::super::super::series::sample_series;
    use super::*;

    fn of(metric: &str, values: &[f64]) -> Series {
        sample_series(metric, "", &values.iter().map(|value| Some(*value)).collect::<Vec<_>>())
    }

    fn directions(series: &[Series]) -> Vec<Direction> {
        verdicts(series).iter().map(|verdict| verdict.direction).collect()
    }

    #[test]
    fn the_good_way_depends_on_the_metric() {
        let up: Vec<f64> =
            (0..40).map(|i| 100.0 + f64::from(i * 7 % 5) + 2.0 * f64::from(i)).collect();
        let down: Vec<f64> = up.iter().rev().copied().collect();
        let found = directions(&[
            of("latency.p95", &up),
            of("throughput", &up),
            of("agents.total", &up),
            of("latency.p95", &down),
            of("throughput", &down),
            of("agents.total", &down),
        ]);
        use Direction::{Degrading, Falling, Improving, Rising};
        assert_eq!(found, [Degrading, Improving, Rising, Improving, Degrading, Falling]);
    }

    #[test]
    fn what_goes_nowhere_is_stable_or_volatile() {
        // Around 10 by one in ten, around 2 by as much as that.
        let calm: Vec<f64> = (0..40).map(|i| 10.0 + f64::from(i * 7 % 3) - 1.0).collect();
        let wild: Vec<f64> = (0..40).map(|i| 2.0 + 2.0 * (f64::from(i * 7 % 3) - 1.0)).collect();
        let found =
            directions(&[of("latency.p95", &calm), of("latency.p95", &wild), of("x", &[3.0; 20])]);
        assert_eq!(found, [Direction::Stable, Direction::Volatile, Direction::Stable]);
    }

    #[test]
    fn seven_points_tell_no_direction() {
        let up = |count: i32| (0..count).map(|i| f64::from(i * i)).collect::<Vec<_>>();
        let found = verdicts(&[of("latency.p95", &up(7)), of("latency.p95", &up(8))]);
        assert_eq!(found[0], Verdict { direction: Direction::Unknown, p_value: None });
        assert!(found[1].direction != Direction::Unknown && found[1].p_value.is_some());
    }
}
