//! Which values are anomalies, and which of them belong to one incident.

use super::super::series::Series;
use statrs::distribution::{ContinuousCDF, Normal};

/// A value less far from what was expected is never an anomaly (Iglewicz & Hoaglin, 1993).
const LEAST_SCORE: f64 = 3.5;

/// The probability that a run in which nothing happens has an anomaly, if its values vary as a normal
/// distribution does.
const FALSE_ALARM: f64 = 0.05;

/// One value that was not expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anomaly {
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

/// All anomalies, the worst first; equal ones in the order of time and series.
pub(super) fn anomalies(series: &[Series]) -> Vec<Anomaly> {
    let points = series.iter().map(|one| one.profile.points).sum();
    let least = least_score(points);
    let mut all: Vec<Anomaly> = Vec::new();
    for (place, one) in series.iter().enumerate() {
        let (lowest, highest) = one.possible();
        for outlier in &one.profile.outliers {
            // The range of one series alone grows to that of all of them.
            let wider = least / LEAST_SCORE;
            if outlier.score >= least {
                all.push(Anomaly {
                    series: place,
                    at: outlier.at,
                    value: outlier.value,
                    expected: outlier.expected,
                    low: (outlier.expected - (outlier.expected - outlier.low) * wider).max(lowest),
                    high: (outlier.expected + (outlier.high - outlier.expected) * wider)
                        .min(highest),
                    score: outlier.score,
                });
            }
        }
    }
    all.sort_by(|a, b| b.score.total_cmp(&a.score).then((a.at, a.series).cmp(&(b.at, b.series))));
    all
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

#[cfg(test)]
mod tests {
    use super::*;

    fn anomaly(at: usize, score: f64) -> Anomaly {
        Anomaly { series: 0, at, value: 1.0, expected: 0.0, low: -1.0, high: 1.0, score }
    }

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
    fn what_is_far_off_is_found_where_it_is() {
        let mut values: Vec<Option<f64>> =
            (0..60).map(|i| Some(10.0 + f64::from(i * 7 % 5) * 0.5)).collect();
        values[30] = Some(60.0);
        let series = super::super::super::series::sample_series("x", "", &values);
        let found = anomalies(&[series]);
        assert_eq!(found.iter().map(|one| one.at).collect::<Vec<_>>(), [30]);
        assert!(found[0].high < 60.0 && found[0].low < found[0].expected);
    }
}
