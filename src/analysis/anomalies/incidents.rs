//! Which values are anomalies, and which of them belong to one incident.

use super::super::series::Series;
use super::super::statistics::scales::MOST_SCORE;
use super::chance::{beside_counts, beside_shares, is_count, matters, sureness, unrest};
use statrs::distribution::{ContinuousCDF, Normal};

/// A value less far from what was expected is never an anomaly (Iglewicz & Hoaglin, 1993).
const LEAST_SCORE: f64 = 3.5;

/// The probability that a run in which nothing happens has an anomaly, if its values vary as a normal
/// distribution does.
const FALSE_ALARM: f64 = 0.05;

/// What was not expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One value alone.
    Value,
    /// A new level that stayed: the value is that level, what was expected is the one before.
    Step,
}

impl Shape {
    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Step => "step",
        }
    }
}

/// One value that was not expected, or the first one of a new level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anomaly {
    /// Whether it stayed.
    pub shape: Shape,
    /// The series, by its place.
    pub series: usize,
    /// The bucket.
    pub at: usize,
    /// Its value, in the unit of the series.
    pub value: f64,
    /// What was expected.
    pub expected: f64,
    /// The range in which no value is an anomaly.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// How far it is from what was expected, in robust standard deviations.
    pub score: f64,
}

impl Anomaly {
    /// The score as a word.
    pub const fn severity(&self) -> &'static str {
        match self.score {
            score if score >= 10.0 => "critical",
            score if score >= 6.0 => "high",
            _ => "medium",
        }
    }
}

/// Anomalies that follow each other or came at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// The first bucket.
    pub from: usize,
    /// The last one.
    pub to: usize,
    /// Its anomalies by their places, the worst first.
    pub anomalies: Vec<usize>,
}

/// The score from which on a value counts among `points`: what a normal distribution goes beyond in one
/// of twenty runs (Bonferroni), and at least 3.5.
pub(super) fn least_score(points: usize) -> f64 {
    let Ok(normal) = Normal::new(0.0, 1.0) else { return LEAST_SCORE };
    let share = FALSE_ALARM / (2.0 * points.max(1) as f64);
    (-normal.inverse_cdf(share)).max(LEAST_SCORE)
}

/// All anomalies, the worst first; equal ones in the order of time and series. Buckets are so many
/// seconds long.
pub(super) fn anomalies(series: &[Series], seconds: f64) -> Vec<Anomaly> {
    let points = series.iter().map(|one| one.profile.points).sum();
    let least = least_score(points);
    let mut all: Vec<Anomaly> = Vec::new();
    for (place, one) in series.iter().enumerate() {
        let found = values(place, one, least).chain(steps(place, one, least));
        let is_count = is_count(one);
        let found = found.map(|anomaly| match (anomaly.shape, one.pieces.as_ref()) {
            (Shape::Value, _) if is_count => beside_counts(anomaly),
            (Shape::Value, Some(pieces)) if one.is_share() => beside_shares(one, pieces, anomaly),
            _ => anomaly,
        });
        all.extend(found.filter(|it| it.score >= least && matters(one, it, seconds, least)));
    }
    all.sort_by(|a, b| b.score.total_cmp(&a.score).then((a.at, a.series).cmp(&(b.at, b.series))));
    all
}

/// The values that are further off than `least` robust deviations, above or below.
fn values(place: usize, series: &Series, least: f64) -> impl Iterator<Item = Anomaly> {
    let (lowest, highest) = series.possible();
    let pieces = series.pieces.as_deref().filter(|_| !series.is_share()).unwrap_or_default();
    let sureness = sureness(pieces);
    series.profile.outliers.iter().filter_map(move |outlier| {
        let sure = sureness(outlier.at);
        let score = outlier.score.abs() * sure;
        let (low, high) = outlier.bounds(least / sure);
        (score >= least).then(|| Anomaly {
            shape: Shape::Value,
            series: place,
            at: outlier.at,
            value: outlier.value,
            expected: outlier.expected.clamp(lowest, highest),
            low: low.max(lowest),
            high: high.min(highest),
            score,
        })
    })
}

/// The changes of level that are larger than `least` robust deviations of the values around their levels.
fn steps(place: usize, series: &Series, least: f64) -> impl Iterator<Item = Anomaly> {
    let profile = &series.profile;
    let scale = unrest(series);
    let (lowest, highest) = series.possible();
    profile.changes.iter().filter_map(move |change| {
        let size = (change.after - change.before).abs();
        let score = if scale > 0.0 { (size / scale).min(MOST_SCORE) } else { MOST_SCORE };
        (score >= least && size > 0.0).then(|| Anomaly {
            shape: Shape::Step,
            series: place,
            at: change.at,
            value: change.after,
            expected: change.before,
            low: (change.before - least * scale).max(lowest),
            high: (change.before + least * scale).min(highest),
            score,
        })
    })
}

/// Anomalies in the same or neighbouring buckets are one incident; the worst incident first.
pub(super) fn incidents(anomalies: &[Anomaly]) -> Vec<Incident> {
    let mut places: Vec<usize> = (0..anomalies.len()).collect();
    // By time; at equal times the worst first, as they come.
    places.sort_by_key(|place| (anomalies[*place].at, *place));
    let mut all: Vec<Incident> = Vec::new();
    for place in places {
        let at = anomalies[place].at;
        match all.last_mut() {
            Some(incident) if at <= incident.to + 1 => {
                incident.to = at;
                incident.anomalies.push(place);
            }
            _ => all.push(Incident { from: at, to: at, anomalies: vec![place] }),
        }
    }
    for incident in &mut all {
        incident.anomalies.sort_unstable();
    }
    all.sort_by_key(|incident| incident.anomalies[0]);
    all
}

/// One value at a bucket, 1 where 0 was expected, for tests.
#[cfg(test)]
pub(super) const fn sample_anomaly(at: usize, score: f64) -> Anomaly {
    Anomaly {
        shape: Shape::Value,
        series: 0,
        at,
        value: 1.0,
        expected: 0.0,
        low: -1.0,
        high: 1.0,
        score,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::series::Origin;
    use super::sample_anomaly as anomaly;
    use super::*;

    #[test]
    fn the_least_score_grows_with_the_number_of_values() {
        assert!((least_score(1) - 3.5).abs() < 1e-12);
        // Half of 0.05 / 1000 lies beyond 4.0556 in a table of the normal distribution.
        assert!((least_score(1000) - 4.0556).abs() < 1e-3, "{}", least_score(1000));
        assert!(least_score(100_000) > least_score(1000));
    }

    #[test]
    fn neighbours_are_one_incident_and_the_worst_is_first() {
        let all =
            [anomaly(9, 20.0), anomaly(3, 8.0), anomaly(4, 7.0), anomaly(6, 5.0), anomaly(9, 4.0)];
        let found = incidents(&all);
        let of: Vec<_> =
            found.iter().map(|one| (one.from, one.to, one.anomalies.clone())).collect();
        assert_eq!(of, [(9, 9, vec![0, 4]), (3, 4, vec![1, 2]), (6, 6, vec![3])]);
        assert_eq!(incidents(&[]), []);
    }

    #[test]
    fn severity_follows_the_score() {
        let words = [5.99, 6.0, 9.99, 10.0].map(|score| anomaly(0, score).severity());
        assert_eq!(words, ["medium", "high", "high", "critical"]);
    }

    #[test]
    fn a_new_level_is_an_anomaly_where_it_begins() {
        let unrest = |i: i32| f64::from(i * 7 % 5) * 0.5;
        let values: Vec<Option<f64>> =
            (0..60).map(|i| Some(if i < 40 { 10.0 } else { 25.0 } + unrest(i))).collect();
        let series = super::super::super::series::sample_series("x", "", &values);
        let found = anomalies(&[series], 60.0);
        assert_eq!(found.len(), 1, "{found:?}");
        let step = &found[0];
        assert_eq!((step.shape, step.at), (Shape::Step, 40));
        assert!((step.value - step.expected - 15.0).abs() < 1.0, "{step:?}");
    }

    #[test]
    fn what_is_far_off_is_found_where_it_is() {
        let mut values: Vec<Option<f64>> =
            (0..60).map(|i| Some(10.0 + f64::from(i * 7 % 5) * 0.5)).collect();
        values[30] = Some(60.0);
        let series = super::super::super::series::sample_series("x", "", &values);
        let found = anomalies(&[series], 60.0);
        assert_eq!(found.iter().map(|one| one.at).collect::<Vec<_>>(), [30]);
        assert!(found[0].high < 60.0 && found[0].low < found[0].expected);
    }

    #[test]
    fn a_drop_is_as_unexpected_as_a_rise() {
        let dropped = |metric: &str, origin, low: f64| {
            let unrest = |at: i32| 0.25 + f64::from(at * 7 % 5) * 0.01;
            let value = |at: i32| Some(if at == 30 { low } else { unrest(at) });
            let values: Vec<Option<f64>> = (0..60).map(value).collect();
            let series = super::super::super::series::sample_series(metric, "1/s", &values);
            anomalies(&[Series { origin, ..series }], 600.0)
        };
        // Nothing where 150 to 174 in ten minutes are usual.
        for (metric, origin) in [("throughput", Origin::Derived), ("load", Origin::Recorded)] {
            let found = dropped(metric, origin, 0.0);
            let [drop] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!((drop.shape, drop.at, drop.value), (Shape::Value, 30, 0.0));
            assert!(drop.score > 6.0 && drop.low > 0.0 && drop.low < drop.expected, "{drop:?}");
        }
        assert_eq!(dropped("throughput", Origin::Derived, 0.25), []);
    }
}
