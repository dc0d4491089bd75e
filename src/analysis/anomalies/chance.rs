//! What chance does to counts, shares and percentiles of little work, so that it is not taken for more.

use super::super::series::{Origin, Series};
use super::super::statistics::spread::{MAD_TO_SIGMA, median};
use super::incidents::{Anomaly, Shape};
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, Normal, Poisson};

/// How far values typically lie from what is expected, as a standard deviation.
pub(super) fn unrest(series: &Series) -> f64 {
    let around = series.values.iter().zip(&series.profile.expected);
    let distances: Vec<f64> =
        around.filter_map(|(value, expected)| Some(((*value)? - (*expected)?).abs())).collect();
    MAD_TO_SIGMA * median(&distances).unwrap_or(0.0)
}

/// Larger whole numbers vary as others do.
const LARGEST_COUNT: f64 = 1000.0;

/// What varies by a smaller part of what counts vary by is no count, such as a share in whole percent.
const LEAST_UNREST_OF_A_COUNT: f64 = 0.5;

/// Whether a recorded metric counts things one by one, and varies as counts do.
pub(super) fn is_count(series: &Series) -> bool {
    let is_one = |value: &f64| *value >= 0.0 && value.fract() == 0.0 && *value <= LARGEST_COUNT;
    let by_chance = series.profile.mean.max(0.0).sqrt();
    series.origin == Origin::Recorded
        && series.values.iter().flatten().all(is_one)
        && unrest(series) >= LEAST_UNREST_OF_A_COUNT * by_chance
}

/// An unusual count is no further off than such a one is by chance where as many are expected (Poisson).
pub(super) fn beside_counts(anomaly: Anomaly) -> Anomaly {
    let Ok(poisson) = Poisson::new(anomaly.expected.max(0.5)) else { return anomaly };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let count = anomaly.value.max(0.0) as u64;
    let tail = match (anomaly.value > anomaly.expected, count) {
        (true, 0) => 1.0,
        (true, count) => poisson.sf(count - 1),
        (false, count) => poisson.cdf(count),
    };
    Anomaly { score: anomaly.score.min(deviations(tail)), ..anomaly }
}

/// How many deviations of a normal distribution have such a tail.
fn deviations(tail: f64) -> f64 {
    -Normal::standard().inverse_cdf(tail.clamp(1e-300, 0.5))
}

/// An unusual share of failed work is no further off than so many failures by chance are, where work fails as
/// often as in all other buckets: one of one is 100 %, and says little.
pub(super) fn beside_shares(series: &Series, pieces: &[i64], anomaly: Anomaly) -> Anomaly {
    let failed = |at: usize| series.values[at].unwrap_or(0.0) * pieces[at] as f64;
    let others = |of: &dyn Fn(usize) -> f64| -> f64 {
        (0..pieces.len()).filter(|at| *at != anomaly.at).map(of).sum()
    };
    // Half a failure more than there were (Jeffreys), so that what never failed may.
    let share = (others(&failed) + 0.5) / (others(&|at| pieces[at] as f64) + 1.0);
    let (count, most) = (pieces[anomaly.at].unsigned_abs(), failed(anomaly.at).round());
    let Ok(binomial) = Binomial::new(share.clamp(0.0, 1.0), count) else { return anomaly };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of a count"
    )]
    let most = most as u64;
    let is_more = anomaly.value > anomaly.expected;
    let tail = match (is_more, most) {
        (true, 0) => 1.0,
        (true, most) => binomial.sf(most - 1),
        (false, most) => binomial.cdf(most),
    };
    Anomaly { score: anomaly.score.min(deviations(tail)), ..anomaly }
}

/// How sure each bucket's percentile is beside the usual one: of less work less so, by the root of how much
/// less; 1 where nothing is said of how much there was.
pub(super) fn sureness(pieces: &[i64]) -> impl Fn(usize) -> f64 {
    let some = pieces.iter().filter(|count| **count > 0);
    let usual = median(&some.map(|count| *count as f64).collect::<Vec<_>>());
    move |at| {
        let (Some(usual), Some(count)) = (usual, pieces.get(at)) else { return 1.0 };
        (*count as f64 / usual).sqrt().clamp(f64::EPSILON, 1.0)
    }
}

/// What differs by less of what was expected matters to nobody, however calm a series is.
const LEAST_SHARE: f64 = 0.05;

/// Whether the difference is large enough to matter: a twentieth of what was expected, and of counts more
/// than what counts vary by chance (Poisson: their square root).
pub(super) fn matters(series: &Series, anomaly: &Anomaly, seconds: f64, least: f64) -> bool {
    let difference = (anomaly.value - anomaly.expected).abs();
    if difference < LEAST_SHARE * anomaly.expected.abs() {
        return false;
    }
    let is_count = series.origin == Origin::Derived
        && matches!(series.metric.as_str(), "throughput" | "events");
    let by_chance = (anomaly.expected.max(1.0 / seconds) / seconds).sqrt();
    !is_count || anomaly.shape == Shape::Step || difference >= least * by_chance
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "roots of squares")]

    use super::super::incidents::{anomalies, sample_anomaly as anomaly};
    use super::*;

    /// Whole numbers that vary from 0 to below `span`.
    fn noise(span: u32) -> impl FnMut() -> f64 {
        let mut state = 1_u32;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from((state >> 24) % span)
        }
    }

    #[test]
    fn a_share_of_few_is_judged_by_what_chance_does() {
        // Twenty buckets with four pieces of work each; in the last all, half or one of them failed.
        let score = |failed: f64, of: i64| {
            let mut values = vec![Some(0.0); 20];
            values[19] = Some(failed / of as f64);
            let mut pieces = vec![4; 20];
            pieces[19] = of;
            let series = super::super::super::series::sample_series("error_rate", "1", &values);
            let far = Anomaly { at: 19, value: failed / of as f64, ..anomaly(19, 100.0) };
            beside_shares(&series, &pieces, far).score
        };
        // By chance 0.5 of 77 fail: one of one has that probability, which is 2.48 deviations.
        assert!((score(1.0, 1) - 2.484).abs() < 0.01, "{}", score(1.0, 1));
        assert!(score(1.0, 4) < 2.5 && (3.0..5.0).contains(&score(3.0, 4)) && score(4.0, 4) > 5.0);
    }

    #[test]
    fn a_percentile_of_few_is_less_sure() {
        let sure = sureness(&[0, 16, 16, 16, 4, 64]);
        // Of a quarter of the usual 16 half as sure, of more no surer.
        assert_eq!([1, 4, 5].map(&sure), [1.0, 0.5, 1.0]);
        assert_eq!(sureness(&[])(3), 1.0);
        // Among latencies of eight pieces of work around 100, one of so many pieces.
        let of = |pieces: i64, value: f64| {
            let mut noise = noise(9);
            let mut values: Vec<Option<f64>> = (0..60).map(|_| Some(96.0 + noise())).collect();
            values[30] = Some(value);
            let series = super::super::super::series::sample_series("latency.p95", "ms", &values);
            let mut all = vec![8; 60];
            all[30] = pieces;
            let series = Series { pieces: Some(all), origin: Origin::Derived, ..series };
            anomalies(&[series], 60.0)
        };
        let (usual, few) = (of(8, 130.0), of(2, 130.0));
        let ([usual], [few]) = (usual.as_slice(), few.as_slice()) else { panic!("{few:?}") };
        assert!((usual.score / few.score - 2.0).abs() < 1e-9, "{usual:?} {few:?}");
        let width = |one: &Anomaly| one.high - one.expected;
        assert!(width(few) > 1.5 * width(usual) && few.high < few.value);
        let five = usual.expected + (usual.value - usual.expected) * 5.0 / usual.score;
        assert!(of(2, five).is_empty() && of(8, five).len() == 1, "{five} {usual:?}");
    }

    #[test]
    fn a_count_is_judged_by_what_chance_does() {
        // Whole percents around 61 vary by less than as many things do: 90 is far off.
        let mut noise = noise(3);
        let mut percents: Vec<Option<f64>> = (0..60).map(|_| Some(60.0 + noise())).collect();
        percents[30] = Some(90.0);
        let series = super::super::super::series::sample_series("load", "%", &percents);
        assert!(!is_count(&series));
        let found = anomalies(&[series], 60.0);
        assert_eq!(found.iter().map(|one| one.at).collect::<Vec<_>>(), [30]);
        let of = |value: f64| beside_counts(Anomaly { value, expected: 3.0, ..anomaly(0, 50.0) });
        // Of a mean of 3, nine or more come in 0.38 % of all cases, which is 2.67 deviations.
        assert!((of(9.0).score - 2.67).abs() < 0.01, "{}", of(9.0).score);
        assert!(of(30.0).score > 8.0);
    }

    #[test]
    fn what_hardly_differs_or_differs_by_chance_is_none() {
        let series = |metric: &str, origin| {
            let series = super::super::super::series::sample_series(metric, "1/s", &[Some(1.0)]);
            Series { origin, ..series }
        };
        let of = |value: f64, expected: f64| Anomaly { value, expected, ..anomaly(0, 9.0) };
        let cost = series("cost", Origin::Derived);
        assert!(!matters(&cost, &of(104.0, 100.0), 60.0, 4.0));
        assert!(matters(&cost, &of(105.0, 100.0), 60.0, 4.0));
        // 25 in 100 seconds vary by 5; four times as much is 45.
        let events = series("events", Origin::Derived);
        assert!(!matters(&events, &of(0.44, 0.25), 100.0, 4.0));
        assert!(matters(&events, &of(0.46, 0.25), 100.0, 4.0));
        let recorded = series("events", Origin::Recorded);
        assert!(matters(&recorded, &of(0.44, 0.25), 100.0, 4.0));
    }
}
