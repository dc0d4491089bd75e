//! What SciPy and statsmodels say of the same series: slopes, tests, adjusted p-values, scales,
//! patterns and forecasts. The script is `tests/peers/statistics.py`.

use super::peers::{python, run_script};
use super::runner::Sandbox;
use serde_json::{Value, json};
use tracekit::analysis::statistics::{
    benjamini_hochberg, examine, find_season, forecast, mann_kendall, modified_mann_kendall,
    spread::median_absolute_deviation, theil_sen,
};

/// Numbers between −1 and 1 from a small generator (Lehmer 1951).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as f64 / 1_073_741_823.5 - 1.0
    }
}

fn series(count: usize, seed: u64, value: impl Fn(usize, f64) -> f64) -> Vec<Option<f64>> {
    let mut numbers = Numbers(seed);
    (0..count).map(|at| Some(value(at, numbers.next() + numbers.next() + numbers.next()))).collect()
}

fn all_series() -> Vec<(&'static str, Vec<Option<f64>>)> {
    let mut gaps = series(50, 3, |at, noise| 0.2 * at as f64 + noise);
    for gap in [0, 7, 8, 30, 49] {
        gaps[gap] = None;
    }
    let mut slow = 0.0;
    let walk = series(80, 4, |_, noise| noise).into_iter();
    let walk = walk.map(|step| {
        slow = 0.7 * slow + step.unwrap_or(0.0);
        Some(slow)
    });
    vec![
        ("noise", series(40, 1, |_, noise| noise)),
        ("ramp", series(60, 2, |at, noise| 100.0 + 0.05 * at as f64 + noise)),
        ("gaps", gaps),
        ("autoregression", walk.collect()),
        ("ties", series(45, 5, |at, noise| (noise + at as f64 / 30.0).round())),
        ("short", vec![Some(3.0), Some(1.0), Some(4.0), Some(1.0), Some(5.0)]),
        ("constant", vec![Some(2.0); 12]),
        ("large", series(30, 6, |at, noise| 1e9 + 1e6 * noise + 1e4 * at as f64)),
    ]
}

fn tests_case(values: &[Option<f64>]) -> Value {
    let line = theil_sen(values).unwrap();
    let (plain, modified) = (mann_kendall(values).unwrap(), modified_mann_kendall(values).unwrap());
    let present: Vec<f64> = values.iter().copied().flatten().collect();
    json!({
        "values": values,
        "slope": line.slope, "intercept": line.intercept, "low": line.low, "high": line.high,
        "statistic": plain.statistic, "tau": plain.tau, "z": plain.z, "p": plain.p_value,
        "modified_z": modified.z, "modified_p": modified.p_value,
        "mad": median_absolute_deviation(&present),
    })
}

fn seasonal_case(name: &str, values: &[Option<f64>], period: usize) -> Value {
    let season = find_season(values, &[period]).unwrap();
    assert_eq!(season.period, period, "{name}");
    let found = forecast(values, Some(&season), 2 * period).unwrap();
    let points: Vec<f64> = found.points.iter().map(|point| point.value).collect();
    json!({
        "name": name, "values": values, "period": season.period, "pattern": season.pattern,
        "strength": season.strength, "model": found.model, "forecast": points,
    })
}

#[test]
fn scipy_and_statsmodels_say_the_same() {
    let Some(program) = python(&["numpy", "scipy", "statsmodels"]) else { return };
    let cases: Vec<Value> = all_series()
        .iter()
        .map(|(name, values)| {
            let mut case = tests_case(values);
            case["name"] = json!(name);
            case
        })
        .collect();
    let pattern = [9.0, 4.0, -2.0, -5.0, -7.0, -3.0, 0.0, 1.0, 2.0, 3.0, 0.0, -2.0];
    let level = series(96, 7, |at, noise| 200.0 + pattern[at % 12] + noise);
    let rising = series(84, 8, |at, noise| 50.0 + at as f64 + pattern[at % 12] + noise);
    let week = series(70, 9, |at, noise| 1000.0 + 10.0 * pattern[at % 7] + 5.0 * noise);
    let seasonal = [
        seasonal_case("level", &level, 12),
        seasonal_case("rising", &rising, 12),
        seasonal_case("week", &week, 7),
    ];
    let p_values = [0.01, 0.04, 0.03, 0.005, 0.5, 0.04, 1.0, 1e-9];
    let sandbox = Sandbox::new();
    let all = json!({
        "tests": cases, "seasonal": seasonal,
        "p_values": p_values, "adjusted": benjamini_hochberg(&p_values),
    });
    sandbox.write("statistics.json", all.to_string());
    let said = run_script(&program, "statistics.py", &sandbox.path("statistics.json"));
    assert_eq!(said.trim(), "8 series, 3 seasons, 8 p-values: the same");
}

#[test]
fn a_profile_can_be_made_from_outside() {
    let profile = examine(&series(60, 10, |at, noise| 5.0 + 0.2 * at as f64 + noise), &[12, 24]);
    assert_eq!(profile.points, 60);
    assert!(profile.test.is_some_and(|test| test.p_value < 0.001 && test.tau > 0.5));
    assert!(profile.changes.is_empty() && profile.outliers.is_empty(), "{profile:?}");
}
