//! Statistics of a series in time: trend, season, change points, outliers, forecast.
//!
//! A series is `&[Option<f64>]`: one value for each of equal buckets of time, in their order, where
//! `None` is a gap and never a zero. Everything here is a pure function of such a series, on one
//! thread; which series there are, what they mean and how answers look is left to the analyses.
//!
//! Values are finite and of a magnitude below 1e100, so that their squares can be added up.

pub mod changes;
mod course;
mod drift;
mod ets;
pub mod forecast;
pub mod outliers;
pub mod profile;
pub mod rank_sum;
pub mod scales;
mod search;
pub mod seasons;
#[cfg(test)]
mod simulated;
pub mod spread;
mod steps;
#[cfg(test)]
mod tests;
pub mod trend;

pub use changes::{ChangePoint, change_points};
pub use forecast::{Forecast, Interval, NoForecast, forecast};
pub use outliers::{Outlier, find_outliers};
pub use profile::{Profile, examine, examine_counts};
pub use rank_sum::{Counts, RankSum};
pub use seasons::{Season, find_season};
pub use trend::{
    Line, MannKendall, benjamini_hochberg, mann_kendall, modified_mann_kendall, theil_sen,
};
