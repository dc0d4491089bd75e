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
    let fitted = choose(&scaled[first..=last])?;
    let gap = scaled.len() - 1 - last;
    let cycles = season.map(|season| points as f64 / season.period as f64);
    let [narrow, wide] = [0.9, 0.975].map(|share| quantile(share, fitted.freedom()));
    let ahead = fitted.ahead(gap + horizon).into_iter().skip(gap).enumerate();
    let points = ahead.map(|(step, (value, variance))| {
        let variance = variance + cycles.map_or(0.0, |cycles| 1.0 / cycles);
        let deviation = (fitted.variance().max(0.0) * variance).sqrt() * unit;
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

/// The series around 0 and within ±1, with its middle and its unit, which is 0 for a constant.
fn scale(values: &[Option<f64>]) -> (Vec<Option<f64>>, f64, f64) {
    let middle = middle(values).unwrap_or(0.0);
    let reach =
        present(values).iter().fold(0.0, |most: f64, (_, value)| most.max((value - middle).abs()));
    let unit = if reach <= middle.abs() * 1e-14 { 0.0 } else { reach };
    let scaled = |value: f64| if unit == 0.0 { 0.0 } else { (value - middle) / unit };
    (values.iter().map(|value| value.map(scaled)).collect(), middle, unit)
}

fn choose(values: &[Option<f64>]) -> Result<Fitted, NoForecast> {
    let fitted = Kind::ALL.into_iter().filter_map(|kind| ets::fit(values, kind));
    let best = fitted.min_by(|a, b| a.criterion(ROUNDING).total_cmp(&b.criterion(ROUNDING)));
    best.ok_or_else(|| NoForecast::NotFound("smoothing it has no finite errors".to_owned()))
}

/// The quantile of Student's distribution; of few degrees of freedom it is far out.
fn quantile(share: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom.max(1.0)).map_or(f64::INFINITY, |t| t.inverse_cdf(share))
}
