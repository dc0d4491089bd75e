//! What must hold of all series, and how often chance is taken for something, by simulation.
//!
//! Seeds are fixed, so that a run says the same as the one before. With TRACEKIT_SOAK there are ten times
//! as many series. Answers worked out by hand stand beside the functions.

use super::simulated::{Noise, plus, rounds};
use super::*;
use proptest::prelude::*;
use std::f64::consts::TAU;

type Shape = fn(f64) -> f64;
type Draw = fn(&mut Noise, usize) -> Vec<Option<f64>>;

fn wave(at: usize, period: usize) -> f64 {
    (TAU * at as f64 / period as f64).sin()
}

/// Series that have no trend and no change.
const STATIONARY: [(&str, Draw); 12] = [
    ("white", |noise, count| noise.white(count)),
    ("autoregression 0.3", |noise, count| noise.autoregression(count, 0.3)),
    ("autoregression 0.6", |noise, count| noise.autoregression(count, 0.6)),
    ("autoregression -0.5", |noise, count| noise.autoregression(count, -0.5)),
    ("wild values", |noise, count| noise.series(count, Noise::heavy)),
    ("exponential", |noise, count| noise.series(count, Noise::exponential)),
    ("lognormal", |noise, count| noise.series(count, |noise| (noise.normal() / 2.0).exp())),
    ("counts of 0.3", |noise, count| noise.series(count, |noise| noise.poisson(0.3))),
    ("counts of 2", |noise, count| noise.series(count, |noise| noise.poisson(2.0))),
    ("counts of 20", |noise, count| noise.series(count, |noise| noise.poisson(20.0))),
    ("season of 12", |noise, count| plus(&noise.white(count), |at| 3.0 * wave(at, 12))),
    ("season of 24", |noise, count| {
        plus(&noise.autoregression(count, 0.5), |at| 3.0 * wave(at, 24))
    }),
];

/// Short series in the debug suite; long ones cost most of the time.
fn lengths() -> &'static [usize] {
    if rounds(0, 1) == 0 { &[20, 60] } else { &[20, 30, 48, 60, 200] }
}

const PERIODS: [usize; 3] = [12, 24, 168];

/// The share of `count` that `hits` are, with what failed in words.
fn assert_share(what: &str, hits: usize, count: usize, allowed: std::ops::RangeInclusive<f64>) {
    let share = hits as f64 / count as f64;
    assert!(allowed.contains(&share), "{what}: {hits} of {count} is not in {allowed:?}");
}

#[test]
fn among_stationary_series_hardly_any_has_a_trend() {
    let runs = rounds(1, 50);
    let (mut found, mut all) = (0, 0);
    for (place, (name, draw)) in STATIONARY.iter().enumerate() {
        for length in lengths() {
            let length = *length;
            let mut noise = Noise::new((1000 * place + length) as u64);
            let mut found_here = 0;
            for _ in 0..runs {
                let p_value = |_| {
                    examine(&draw(&mut noise, length), &PERIODS).test.map_or(1.0, |t| t.p_value)
                };
                let p_values: Vec<f64> = (0..20).map(p_value).collect();
                found_here += benjamini_hochberg(&p_values).iter().filter(|p| **p < 0.01).count();
            }
            // Of 40 series one may be unlucky.
            let most = (0.01_f64).max(1.0 / (20 * runs) as f64);
            assert_share(&format!("{name} of {length}"), found_here, 20 * runs, 0.0..=most);
            found += found_here;
            all += 20 * runs;
        }
    }
    assert_share("all", found, all, 0.0..=0.005);
}

#[test]
fn ramps_of_three_deviations_are_found() {
    let runs = rounds(40, 2000);
    let mut noise = Noise::new(1);
    let is_found = |_: &usize| {
        let ramp = plus(&noise.white(60), |at| 3.0 * at as f64 / 59.0);
        // One in twenty with a trend: the least p-value is held against 0.01 / 20.
        examine(&ramp, &PERIODS).test.is_some_and(|test| test.p_value * 20.0 < 0.01)
    };
    assert_share("ramps", (0..runs).filter(is_found).count(), runs, 0.95..=1.0);
}

#[test]
fn chance_hardly_ever_looks_like_a_season_or_a_change() {
    let runs = rounds(50, 2000);
    let (mut seasons, mut changes, mut all) = (0, 0, 0);
    for (name, draw) in [STATIONARY[0], STATIONARY[5], STATIONARY[8]] {
        for length in lengths() {
            let length = *length;
            let mut noise = Noise::new(length as u64);
            let (mut seasons_here, mut changes_here) = (0, 0);
            for _ in 0..runs {
                let values = draw(&mut noise, length);
                seasons_here += usize::from(find_season(&values, &PERIODS).is_some());
                changes_here += usize::from(!change_points(&values).is_empty());
            }
            assert_share(&format!("seasons of {name} of {length}"), seasons_here, runs, 0.0..=0.02);
            assert_share(&format!("changes of {name} of {length}"), changes_here, runs, 0.0..=0.02);
            seasons += seasons_here;
            changes += changes_here;
            all += runs;
        }
    }
    assert_share("seasons", seasons, all, 0.0..=0.01);
    assert_share("changes", changes, all, 0.0..=0.01);
}

#[test]
fn ramps_with_noise_have_no_change() {
    let runs = rounds(100, 2000);
    let mut noise = Noise::new(3);
    let is_changed = |_: &usize| {
        let ramp = plus(&noise.white(60), |at| 0.2 * at as f64);
        !change_points(&ramp).is_empty()
    };
    assert_share("ramps", (0..runs).filter(is_changed).count(), runs, 0.0..=0.01);
}

#[test]
fn what_bends_has_no_change() {
    let runs = rounds(40, 1000);
    let shapes: [(&str, Shape); 4] = [
        ("square", |share| share * share),
        ("begins half-way", |share| (2.0 * share - 1.0).max(0.0)),
        ("fills up", |share| (2.0 * share).min(1.0)),
        ("grows", |share| (5.0 * share).exp() / 5.0_f64.exp()),
    ];
    for (name, shape) in shapes {
        for (length, height) in [(60, 10.0), (60, 100.0), (200, 10.0), (200, 1000.0)] {
            let mut noise = Noise::new(length as u64);
            let is_changed = |_: &usize| {
                let bent = |at| height * shape(at as f64 / (length - 1) as f64);
                !change_points(&plus(&noise.white(length), bent)).is_empty()
            };
            let found = (0..runs).filter(is_changed).count();
            assert_share(&format!("{name} of {length} by {height}"), found, runs, 0.0..=0.025);
        }
    }
}

#[test]
fn walks_hardly_ever_look_like_trends() {
    // Each value is the one before and chance: what goes furthest from where it was without a trend.
    let runs = rounds(100, 2000);
    for length in [20, 60, 200] {
        let mut noise = Noise::new(length as u64);
        let mut walks = |_: &usize| {
            let mut level = 0.0;
            let step = |step: Option<f64>| {
                level += step?;
                Some(level)
            };
            let walk: Vec<Option<f64>> = noise.white(length).into_iter().map(step).collect();
            modified_mann_kendall(&walk).is_some_and(|test| test.p_value < 0.001)
        };
        let found = (0..runs).filter(&mut walks).count();
        assert_share(&format!("walks of {length}"), found, runs, 0.0..=0.03);
    }
}

#[test]
fn steps_of_three_deviations_are_found_where_they_are() {
    let runs = rounds(40, 1000);
    for length in [60, 200] {
        for place in [length / 5, length / 2, length * 4 / 5] {
            let mut noise = Noise::new((length + place) as u64);
            let is_found = |_: &usize| {
                let step = |at| if at >= place { 3.0 } else { 0.0 };
                let changes = change_points(&plus(&noise.white(length), step));
                changes.iter().any(|change| change.at.abs_diff(place) <= 2)
            };
            let found = (0..runs).filter(is_found).count();
            assert_share(&format!("steps at {place} of {length}"), found, runs, 0.9..=1.0);
        }
    }
}

#[test]
fn planted_seasons_are_found() {
    let runs = rounds(20, 500);
    for (period, length) in [(24, 48), (24, 60), (12, 36), (7, 60), (10, 100)] {
        let mut noise = Noise::new((period * length) as u64);
        let is_found = |_: &usize| {
            let season = |at| 2.0 * wave(at, period) + 0.02 * at as f64;
            let found = find_season(&plus(&noise.white(length), season), &PERIODS);
            found.is_some_and(|season| season.period == period)
        };
        let found = (0..runs).filter(is_found).count();
        assert_share(&format!("period {period} in {length}"), found, runs, 0.9..=1.0);
    }
}

#[test]
fn chance_is_hardly_ever_an_outlier() {
    let runs = rounds(20, 1000);
    let kinds = STATIONARY.iter().filter(|(name, _)| *name != "wild values");
    for (place, (name, draw)) in kinds.enumerate() {
        for length in lengths() {
            let length = *length;
            let mut noise = Noise::new((7000 * place + length) as u64);
            let found: usize = (0..runs)
                .map(|_| examine(&draw(&mut noise, length), &PERIODS).outliers.len())
                .sum();
            // Of few series one may have a handful.
            let most = if runs < 1000 { 0.02 } else { 0.012 };
            assert_share(&format!("{name} of {length}"), found, runs * length, 0.0..=most);
        }
    }
}

#[test]
fn spikes_are_outliers() {
    let runs = rounds(40, 1000);
    let mut noise = Noise::new(4);
    let is_found = |round: &usize| {
        let place = round % 60;
        let spike = |at| 2.0 * wave(at, 12) + if at == place { 8.0 } else { 0.0 };
        let outliers = examine(&plus(&noise.white(60), spike), &PERIODS).outliers;
        outliers.iter().any(|outlier| outlier.at == place)
    };
    assert_share("spikes", (0..runs).filter(is_found).count(), runs, 0.9..=1.0);
}

#[test]
fn intervals_hold_what_comes() {
    let walk: Draw = |noise, count| {
        let mut level = 0.0;
        let steps = noise.white(count).into_iter();
        steps
            .map(|step| {
                step.map(|step| {
                    level += step;
                    level
                })
            })
            .collect()
    };
    let trend: Draw = |noise, count| plus(&noise.white(count), |at| 0.1 * at as f64);
    let kinds = [
        ("white", STATIONARY[0].1),
        ("autoregression", |noise: &mut Noise, count| noise.autoregression(count, 0.5)),
        ("walk", walk),
        ("trend", trend),
        ("season", STATIONARY[10].1),
    ];
    let runs = rounds(30, 500);
    let ahead = 12;
    for (name, draw) in kinds {
        let lengths: &[usize] = if runs < 500 { &[60] } else { &[40, 60, 120] };
        for length in lengths.iter().copied() {
            let mut noise = Noise::new(11 + length as u64);
            let mut held = vec![0; ahead];
            for _ in 0..runs {
                let values = draw(&mut noise, length + ahead);
                let season = find_season(&values[..length], &[12]);
                let found = forecast(&values[..length], season.as_ref(), ahead).unwrap();
                for (step, point) in found.points.iter().enumerate() {
                    let next = values[length + step].unwrap();
                    held[step] += usize::from((point.low95..=point.high95).contains(&next));
                }
            }
            let what = format!("{name} of {length}");
            // Of few series a step may be held by all or by a few less; all steps together may not.
            let slack = if runs < 500 { 0.1 } else { 0.01 };
            for held in &held {
                assert_share(&what, *held, runs, 0.9 - slack..=1.0);
            }
            assert_share(&what, held.iter().sum(), runs * ahead, 0.9..=0.99);
        }
    }
}

/// Series with gaps, few distinct values among them, and now and then a wild one.
fn any_series() -> impl Strategy<Value = Vec<Option<f64>>> {
    let value = prop_oneof![
        4 => (-5i32..5).prop_map(f64::from),
        4 => -1e6..1e6,
        1 => -1e90..1e90,
        1 => Just(1e-90),
    ];
    prop::collection::vec(prop::option::weighted(0.85, value), 0..70)
}

fn is_finite(profile: &Profile) -> bool {
    let line = profile.line.map(|l| [l.slope, l.intercept, l.low, l.high]);
    let test = profile.test.map(|t| [t.statistic, t.tau, t.z, t.p_value]);
    let season = profile.season.iter().flat_map(|s| s.pattern.iter().chain([&s.strength]));
    let changes = profile.changes.iter().flat_map(|c| [c.before, c.after, c.p_value]);
    let outliers = profile.outliers.iter().flat_map(|o| {
        let (low, high) = o.bounds(3.5);
        [o.expected, low, high, o.score]
    });
    let all = [profile.mean, profile.deviation, profile.variation.unwrap_or(0.0)].into_iter();
    let all = all.chain(line.into_iter().flatten()).chain(test.into_iter().flatten());
    let all = all.chain(season.copied()).chain(changes).chain(outliers);
    all.chain(profile.expected.iter().copied().flatten()).all(f64::is_finite)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_comes_every_number_is_finite(values in any_series()) {
        let profile = examine(&values, &[2, 6, 12, 24]);
        prop_assert!(is_finite(&profile), "{profile:?}");
        prop_assert_eq!(profile.expected.len(), values.len());
        let places: Vec<usize> = profile.changes.iter().map(|change| change.at).collect();
        prop_assert!(places.is_sorted_by(|a, b| a < b));
        prop_assert!(profile.outliers.iter().all(|outlier| values[outlier.at] == Some(outlier.value)));
        match forecast(&values, profile.season.as_ref(), 5) {
            Ok(forecast) => for point in &forecast.points {
                let bounds = [point.low95, point.low80, point.value, point.high80, point.high95];
                prop_assert!(bounds.is_sorted() && bounds.iter().all(|b| b.is_finite()), "{point:?}");
            },
            Err(error) => prop_assert_eq!(
                error,
                NoForecast::TooFew { points: profile.points, least: 8 }
            ),
        }
    }

    #[test]
    fn units_and_origins_change_no_finding(
        values in prop::collection::vec(prop::option::weighted(0.9, -50i32..50), 12..60),
        power in -8i32..8,
        shift in -1000i32..1000,
    ) {
        // Whole numbers and powers of two, so that nothing is rounded.
        let factor = 2.0_f64.powi(power);
        let plain: Vec<Option<f64>> = values.iter().map(|v| v.map(|v| 0.5 + f64::from(v))).collect();
        let moved: Vec<Option<f64>> =
            plain.iter().map(|v| v.map(|v| factor * (v + f64::from(shift)))).collect();
        let (a, b) = (examine(&plain, &[6, 12]), examine(&moved, &[6, 12]));
        prop_assert_eq!(a.test.map(|t| t.statistic), b.test.map(|t| t.statistic));
        let period = |p: &Profile| p.season.as_ref().map(|s| s.period);
        prop_assert_eq!(period(&a), period(&b));
        let places = |p: &Profile| p.changes.iter().map(|c| c.at).collect::<Vec<_>>();
        prop_assert_eq!(places(&a), places(&b));
        let (Some(a), Some(b)) = (a.line, b.line) else { return Ok(()) };
        prop_assert!((a.slope * factor - b.slope).abs() <= 1e-9 * factor * (1.0 + a.slope.abs()));
    }

    #[test]
    fn what_rises_forwards_falls_backwards(
        values in prop::collection::vec(prop::option::weighted(0.9, -20i32..20), 3..60),
    ) {
        let forwards: Vec<Option<f64>> = values.iter().map(|v| v.map(f64::from)).collect();
        let backwards: Vec<Option<f64>> = forwards.iter().rev().copied().collect();
        let (a, b) = (modified_mann_kendall(&forwards), modified_mann_kendall(&backwards));
        prop_assert_eq!(a.map(|t| t.statistic), b.map(|t| -t.statistic));
        let plain = mann_kendall(&forwards);
        let (Some(a), Some(b), Some(plain)) = (a, b, plain) else { return Ok(()) };
        prop_assert!((a.p_value - b.p_value).abs() < 1e-9);
        prop_assert!(a.p_value >= plain.p_value - 1e-12, "the modified test is never surer");
        let (a, b) = (theil_sen(&forwards).unwrap(), theil_sen(&backwards).unwrap());
        prop_assert!((a.slope + b.slope).abs() < 1e-9);
        prop_assert!(a.low <= a.slope && a.slope <= a.high);
    }

    #[test]
    fn adjusted_p_values_keep_their_order(p_values in prop::collection::vec(0.0..1.0_f64, 0..40)) {
        let adjusted = benjamini_hochberg(&p_values);
        for (i, p) in p_values.iter().enumerate() {
            prop_assert!(adjusted[i] >= *p && adjusted[i] <= 1.0);
            for (j, q) in p_values.iter().enumerate() {
                prop_assert!(p > q || adjusted[i] <= adjusted[j]);
            }
        }
    }
}
