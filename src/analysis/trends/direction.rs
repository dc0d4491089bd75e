//! Which way a series goes: its direction as a word, with the probability that it is chance.

use super::super::series::{Better, Series};
use super::super::statistics::{Line, MannKendall, Profile, benjamini_hochberg};

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

/// The direction of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Which way it goes.
    pub direction: Direction,
    /// How probable a trend as strong is by chance, after Benjamini–Hochberg over all tests of the
    /// question; nothing where there are too few points to be tested.
    pub p_value: Option<f64>,
    /// The bucket from which on this is so: the first one, that of its last change or bend, or the middle where
    /// only the later half of the series goes anywhere.
    pub since: usize,
    /// Its slope from then on, by the bucket.
    pub line: Option<Line>,
}

/// The verdicts on all series of a question, in their order. Each series is tested as a whole and, so that
/// what began to climb later is seen, from its last change or bend on, or else in its later half. What went from
/// one level to another at once is not tested as a whole: that is no slope.
pub(in crate::analysis) fn verdicts(series: &[Series]) -> Vec<Verdict> {
    let whole = |one: &Series| {
        let test = one.profile.test.as_ref().filter(|_| !is_one_step(&one.profile))?;
        (one.profile.points >= LEAST_POINTS).then_some(test.p_value)
    };
    let recent = |one: &Series| {
        let recent = one.recent.as_ref().filter(|recent| recent.points >= LEAST_POINTS)?;
        (one.profile.points >= LEAST_POINTS).then_some(recent.test.p_value)
    };
    let p_values: Vec<f64> =
        series.iter().flat_map(|one| [whole(one), recent(one)]).flatten().collect();
    let mut adjusted = benjamini_hochberg(&p_values).into_iter();
    let verdict = |one: &Series| {
        let p_whole = whole(one).and_then(|_| adjusted.next());
        let p_recent = recent(one).and_then(|_| adjusted.next());
        verdict(one, p_whole, p_recent)
    };
    series.iter().map(verdict).collect()
}

/// Whether one change is most of the way that a series went.
fn is_one_step(profile: &Profile) -> bool {
    let [change] = profile.changes.as_slice() else { return false };
    let mut known = profile.expected.iter().flatten();
    let (Some(first), Some(last)) = (known.next(), known.next_back()) else { return false };
    let step = change.after - change.before;
    step.abs() > (last - first - step).abs()
}

fn verdict(series: &Series, p_whole: Option<f64>, p_recent: Option<f64>) -> Verdict {
    let profile = &series.profile;
    let since = series.values.iter().position(Option::is_some).unwrap_or(0);
    let whole =
        |direction| Verdict { direction, p_value: p_whole.or(p_recent), since, line: profile.line };
    if profile.points < LEAST_POINTS {
        return whole(Direction::Unknown);
    }
    let newest = || {
        let (p_value, recent) = (p_recent?, series.recent.as_ref()?);
        let direction = goes(series.better, p_value, Some(&recent.line), &recent.test)?;
        let (since, line) = (recent.from, Some(recent.line));
        Some(Verdict { direction, p_value: Some(p_value), since, line })
    };
    let in_all = || {
        let (p_value, test) = (p_whole?, profile.test.as_ref()?);
        goes(series.better, p_value, profile.line.as_ref(), test).map(whole)
    };
    // What changed or bent goes as it does since then.
    let found =
        if profile.since > since { newest().or_else(in_all) } else { in_all().or_else(newest) };
    if let Some(found) = found {
        return found;
    }
    let is_volatile = match profile.variation {
        Some(variation) => variation.abs() > VOLATILE,
        None => profile.deviation > 0.0,
    };
    whole(if is_volatile { Direction::Volatile } else { Direction::Stable })
}

/// The direction of what goes somewhere beyond chance.
fn goes(
    better: Better,
    p_value: f64,
    line: Option<&Line>,
    test: &MannKendall,
) -> Option<Direction> {
    let slope = line.map_or(0.0, |line| line.slope);
    // Many ties can have a significant test and a median slope of nothing.
    let way = if slope == 0.0 { test.statistic } else { slope };
    if p_value >= SIGNIFICANCE || way == 0.0 {
        return None;
    }
    Some(match (better, way > 0.0) {
        (Better::Unknown, true) => Direction::Rising,
        (Better::Unknown, false) => Direction::Falling,
        (Better::Lower, true) | (Better::Higher, false) => Direction::Degrading,
        (Better::Lower, false) | (Better::Higher, true) => Direction::Improving,
    })
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
        use Direction::{Degrading, Falling, Improving, Rising};
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
    fn what_began_to_climb_half_way_is_seen() {
        // Level for 30 buckets, then up by 2 each, around a small unrest.
        let values: Vec<f64> = (0..60)
            .map(|i| 50.0 + f64::from(i * 7 % 5) + 2.0 * f64::from((i - 30).max(0)))
            .collect();
        let found = &verdicts(&[of("cpu.usage", &values)])[0];
        assert_eq!((found.direction, found.since), (Direction::Degrading, 30));
        let slope = found.line.as_ref().map_or(0.0, |line| line.slope);
        assert!((slope - 2.0).abs() < 0.1, "{slope}");
    }

    #[test]
    fn one_step_is_no_slope_and_a_small_one_hides_none() {
        let unrest = |i: i32| f64::from(i * i % 7) / 7.0;
        let step: Vec<f64> =
            (0..60).map(|i| 50.0 + unrest(i) + if i < 20 { 0.0 } else { 30.0 }).collect();
        let found = &verdicts(&[of("latency.p95", &step)])[0];
        assert_eq!(found.direction, Direction::Stable);
        let both: Vec<f64> = step.iter().zip(0..).map(|(v, i)| v / 10.0 + f64::from(i)).collect();
        let found = &verdicts(&[of("latency.p95", &both)])[0];
        assert_eq!(found.direction, Direction::Degrading);
    }

    #[test]
    fn what_climbs_late_goes_as_it_does_since_then() {
        let late: Vec<f64> = (0..200)
            .map(|i| 35.0 + f64::from(i * i % 11) / 11.0 + 0.5 * f64::from((i - 160).max(0)))
            .collect();
        let found = &verdicts(&[of("cpu.usage", &late)])[0];
        assert_eq!(found.direction, Direction::Degrading);
        assert!((155..165).contains(&found.since), "{}", found.since);
        let slope = found.line.as_ref().map_or(0.0, |line| line.slope);
        assert!((slope - 0.5).abs() < 0.05, "{slope}");
    }

    #[test]
    fn seven_points_tell_no_direction() {
        let up = |count: i32| (0..count).map(|i| f64::from(i * i)).collect::<Vec<_>>();
        let found = verdicts(&[of("latency.p95", &up(7)), of("latency.p95", &up(8))]);
        assert_eq!((found[0].direction, found[0].p_value), (Direction::Unknown, None));
        assert!(found[1].direction != Direction::Unknown && found[1].p_value.is_some());
    }
}
