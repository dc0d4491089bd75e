//! What comes next, and how sure is that? Exponential smoothing of what is left without the season.
//!
//! The models are in `ets`, the season is found by `seasons`; what a forecast is compared with is left to
//! the analyses.

use super::ets::{self, Fitted, Kind};
use super::seasons::Season;
use super::spread::present;
use super::trend::middle;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// With fewer values than these nothing is said.
pub const LEAST_POINTS: usize = 8;

/// A mean squared error below this share of the squared range is rounding.
const ROUNDING: f64 = 1e-24;

/// One bucket ahead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The most likely value.
    pub value: f64,
    /// The lower bound that holds with 90 %: 80 % lie between it and `high80`.
    pub low80: f64,
    /// The upper bound of 80 %.
    pub high80: f64,
    /// The lower bound of 95 %.
    pub low95: f64,
    /// The upper bound of 95 %.
    pub high95: f64,
}

/// Buckets ahead.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The model, such as `ETS(A,Ad,N)` or `STL + ETS(A,N,N)`.
    pub model: String,
    /// One for each bucket after the last of the series.
    pub points: Vec<Interval>,
}

/// Why there is no forecast.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoForecast {
    /// Fewer values than a forecast needs.
    #[error(
        "{points} values are too few for a forecast, which needs {least}; use shorter buckets or a longer range"
    )]
    TooFew {
        /// Values that there are.
        points: usize,
        /// Values that it takes.
        least: usize,
    },
    /// No model describes the series.
    #[error("no model describes the series: {0}")]
    NotFound(String),
}

/// Forecasts the `horizon` buckets after the series.
///
/// Without the season's pattern, a level, a level and a slope, and a level and a slope that fades are
/// fitted; the one with the least corrected criterion of Akaike is used. Gaps are no values: the state
/// goes on without news, and where the series ends with gaps, the forecast begins before them and is less
/// sure. Intervals are those of Student's distribution around the forecast, with the variance of the model,
/// of its first state and of the pattern; a constant forecasts itself, without doubt.
///
/// # Errors
///
/// When there are fewer than [`LEAST_POINTS`] values, or no model can be fitted.
pub fn forecast(
    values: &[Option<f64>],
    season: Option<&Season>,
    horizon: usize,
) -> Result<Forecast, NoForecast> {
    let points = values.iter().flatten().count();
    if points < LEAST_POINTS {
        return Err(NoForecast::TooFew { points, least: LEAST_POINTS });
    }
    let rests = season.map_or_else(|| values.to_vec(), |season| season.remove_from(values));
    let (scaled, middle, unit) = scale(&rests);
    let model = |kind: Kind| {
        let season = if season.is_some() { "STL + " } else { "" };
        format!("{season}{}", kind.name())
    };
    let pattern = |at: usize| season.map_or(0.0, |season| season.at(at));
    if unit == 0.0 {
        let point = |at| {
            let value = middle + pattern(at);
            Interval { value, low80: value, high80: value, low95: value, high95: value }
        };
        let points = (values.len()..values.len() + horizon).map(point).collect();
        return Ok(Forecast { model: model(Kind::Level), points });
    }
    // A series may begin late and end early: what is ahead of its last value are gaps.
    let first = scaled.iter().position(Option::is_some).unwrap_or(0);
    let last = scaled.iter().rposition(Option::is_some).unwrap_or(0);
    let (fitted, others) = choose(&scaled[first..=last])?;
    let gap = scaled.len() - 1 - last;
    let cycles = season.map(|season| points as f64 / season.period as f64);
    let [narrow, wide] = [0.9, 0.975].map(|share| quantile(share, fitted.freedom()));
    let steps = variances(&fitted, &others, gap + horizon).into_iter().skip(gap).enumerate();
    let points = steps.map(|(step, (value, variance))| {
        let of_pattern = cycles.map_or(0.0, |cycles| fitted.variance() / cycles);
        let deviation = (variance + of_pattern).max(0.0).sqrt() * unit;
        let value = middle + unit * value + pattern(values.len() + step);
        Interval {
            value,
            low80: value - narrow * deviation,
            high80: value + narrow * deviation,
            low95: value - wide * deviation,
            high95: value + wide * deviation,
        }
    });
    Ok(Forecast { model: model(fitted.kind), points: points.collect() })
}

/// The forecasts of the best model with their variances. Where the other models are more or less as good,
/// their forecasts are taken as what may come too, with the weights of Akaike's criterion (Buckland,
/// Burnham & Augustin, "Model selection: an integral part of inference", 1997); this never makes
/// a variance smaller.
fn variances(best: &Fitted, others: &[Fitted], horizon: usize) -> Vec<(f64, f64)> {
    let ahead = |model: &Fitted| -> Vec<(f64, f64)> {
        let steps = model.ahead(horizon).into_iter();
        steps.map(|(value, variance)| (value, variance * model.variance())).collect()
    };
    let mut steps = ahead(best);
    let least = best.criterion(ROUNDING);
    let weight = |model: &Fitted| ((least - model.criterion(ROUNDING)) / 2.0).exp();
    let all: f64 = 1.0 + others.iter().map(weight).sum::<f64>();
    let mixed: Vec<(f64, Vec<(f64, f64)>)> =
        others.iter().map(|model| (weight(model) / all, ahead(model))).collect();
    for (place, (value, variance)) in steps.iter_mut().enumerate() {
        let own = *variance;
        let wider: f64 = mixed
            .iter()
            .map(|(weight, other)| {
                let (theirs, spread) = other[place];
                weight * (spread + (theirs - *value).powi(2) - own)
            })
            .sum();
        *variance = own + wider.max(0.0);
    }
    steps
}

/// The series around 0 and within ±1, with its middle and its unit, which is 0 for a constant.
fn scale(values: &[Option<f64>]) -> (Vec<Option<f64>>, f64, f64) {
    let middle = middle(values).unwrap_or(0.0);
    let reach =
        present(values).iter().fold(0.0, |most: f64, (_, value)| most.max((value - middle).abs()));
    let unit = if reach <= middle.abs() * 1e-14 { 0.0 } else { reach };
    let scaled = |value: f64| if unit == 0.0 { 0.0 } else { (value - middle) / unit };
    (values.iter().map(|value| value.map(scaled)).collect(), middle, unit)
}

/// The best model, and the others.
fn choose(values: &[Option<f64>]) -> Result<(Fitted, Vec<Fitted>), NoForecast> {
    let mut fitted: Vec<Fitted> =
        Kind::ALL.into_iter().filter_map(|kind| ets::fit(values, kind)).collect();
    fitted.sort_by(|a, b| a.criterion(ROUNDING).total_cmp(&b.criterion(ROUNDING)));
    if fitted.is_empty() {
        return Err(NoForecast::NotFound("smoothing it has no finite errors".to_owned()));
    }
    let best = fitted.remove(0);
    Ok((best, fitted))
}

/// The quantile of Student's distribution; of few degrees of freedom it is far out.
fn quantile(share: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom.max(1.0)).map_or(f64::INFINITY, |t| t.inverse_cdf(share))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::statistics::simulated::{Noise, plus};

    fn assert_ordered(forecast: &Forecast) {
        for point in &forecast.points {
            let bounds = [point.low95, point.low80, point.value, point.high80, point.high95];
            assert!(
                bounds.is_sorted() && bounds.iter().all(|bound| bound.is_finite()),
                "{point:?}"
            );
        }
    }

    #[test]
    fn a_constant_forecasts_itself_without_doubt() {
        let constant = forecast(&[Some(0.1); 10], None, 2).unwrap();
        let sure = Interval { value: 0.1, low80: 0.1, high80: 0.1, low95: 0.1, high95: 0.1 };
        assert_eq!(constant.points, [sure, sure]);
        assert_eq!(constant.model, "ETS(A,N,N)");
        assert!(forecast(&[Some(0.1); 10], None, 0).unwrap().points.is_empty());
    }

    #[test]
    fn a_line_is_continued() {
        let mut line: Vec<Option<f64>> = (0..20).map(|at| Some(5.0 * f64::from(at))).collect();
        line[7] = None;
        let ahead = forecast(&line, None, 3).unwrap();
        assert_eq!(ahead.model, "ETS(A,A,N)");
        for (point, expected) in ahead.points.iter().zip([100.0, 105.0, 110.0]) {
            assert!((point.value - expected).abs() < 1e-6, "{point:?}");
            assert!(point.high95 - point.low95 < 1e-3, "{point:?}");
        }
    }

    #[test]
    fn too_few_values_are_said_in_words() {
        let few = forecast(&[Some(1.0), None, Some(2.0)], None, 3).unwrap_err();
        assert_eq!(few, NoForecast::TooFew { points: 2, least: 8 });
        assert!(few.to_string().starts_with("2 values are too few for a forecast, which needs 8"));
        assert!(forecast(&[], None, 3).is_err());
    }

    #[test]
    fn a_season_goes_on_in_its_phase() {
        let pattern = vec![-4.0, 0.0, 4.0];
        let season = Season { period: 3, strength: 1.0, pattern: pattern.clone() };
        let values: Vec<Option<f64>> = (0..20).map(|at| Some(50.0 + pattern[at % 3])).collect();
        let ahead = forecast(&values, Some(&season), 4).unwrap();
        // Bucket 20 is phase 2.
        let found: Vec<f64> = ahead.points.iter().map(|point| point.value).collect();
        assert_eq!(found, [54.0, 46.0, 50.0, 54.0]);
        assert_eq!(ahead.model, "STL + ETS(A,N,N)");
    }

    #[test]
    fn what_is_further_off_is_less_sure_and_gaps_make_nothing_surer() {
        let values = Noise::new(2).autoregression(60, 0.8);
        let whole = forecast(&values, None, 6).unwrap();
        assert_ordered(&whole);
        let width = |point: &Interval| point.high95 - point.low95;
        assert!(whole.points.windows(2).all(|pair| width(&pair[0]) < width(&pair[1])));
        let mut ended = values.clone();
        ended.extend([None, None, None]);
        let late = forecast(&ended, None, 3).unwrap();
        for (early, late) in whole.points[3..].iter().zip(&late.points) {
            assert!((early.low95 - late.low95).abs() < 1e-9, "the gaps are steps ahead");
        }
        let mut begun = vec![None; 5];
        begun.extend(&values);
        assert_eq!(forecast(&begun, None, 6).unwrap().points, whole.points);
    }

    #[test]
    fn shifted_and_scaled_values_have_shifted_and_scaled_forecasts() {
        let values = plus(&Noise::new(6).white(40), |at| 0.05 * at as f64);
        let moved: Vec<Option<f64>> =
            values.iter().map(|value| value.map(|v| 1e9 + 1e3 * v)).collect();
        let (plain, moved) =
            (forecast(&values, None, 5).unwrap(), forecast(&moved, None, 5).unwrap());
        assert_eq!(plain.model, moved.model);
        for (a, b) in plain.points.iter().zip(&moved.points) {
            assert!((1e9 + 1e3 * a.high80 - b.high80).abs() < 1.0, "{a:?} {b:?}");
        }
    }
}
