//! Exponential smoothing in state space form with additive errors: a level, and a slope that may fade.
//!
//! `y = l + φb + e`, then `l ← l + φb + αe` and `b ← φb + βe` (Hyndman, Koehler, Ord & Snyder,
//! "Forecasting with Exponential Smoothing", 2008). Errors are linear in the first state, so that it is
//! solved for, and only α, β and φ are searched. A gap has no error: the state goes on without news.
//! Seasons are left to `forecast`.

use super::search::minimise;

/// Which states a model has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A level alone: ETS(A,N,N).
    Level,
    /// A level and a slope: ETS(A,A,N).
    Trend,
    /// A level and a slope that fades: ETS(A,Ad,N).
    DampedTrend,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Level, Self::Trend, Self::DampedTrend];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Level => "ETS(A,N,N)",
            Self::Trend => "ETS(A,A,N)",
            Self::DampedTrend => "ETS(A,Ad,N)",
        }
    }

    fn states(self) -> usize {
        if self == Self::Level { 1 } else { 2 }
    }

    /// Numbers that a fit chooses: weights and the first state.
    fn chosen(self) -> usize {
        match self {
            Self::Level => 2,
            Self::Trend => 4,
            Self::DampedTrend => 5,
        }
    }

    /// Weights out of numbers between 0 and 1.
    fn weights(self, point: &[f64]) -> Weights {
        let within = |place: usize, low: f64, high: f64| {
            low + point.get(place).copied().unwrap_or(0.5) * (high - low)
        };
        let alpha = within(0, 0.0001, 0.9999);
        match self {
            Self::Level => Weights { alpha, beta: 0.0, phi: 1.0 },
            Self::Trend => Weights { alpha, beta: alpha * within(1, 0.0001, 0.9999), phi: 1.0 },
            Self::DampedTrend => Weights {
                alpha,
                beta: alpha * within(1, 0.0001, 0.9999),
                phi: within(2, 0.8, 0.98),
            },
        }
    }

    /// Where the search begins: the best of these.
    fn starts(self) -> Vec<Vec<f64>> {
        let mut starts = Vec::new();
        for alpha in [0.02, 0.15, 0.4, 0.8] {
            match self {
                Self::Level => starts.push(vec![alpha]),
                Self::Trend => starts.extend([0.02, 0.2].map(|beta| vec![alpha, beta])),
                Self::DampedTrend => starts.extend([0.02, 0.2].map(|beta| vec![alpha, beta, 0.8])),
            }
        }
        starts
    }
}

/// The weights of news: α for the level, β for the slope, and how much of the slope stays, φ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Weights {
    pub(super) alpha: f64,
    pub(super) beta: f64,
    pub(super) phi: f64,
}

/// A level and a slope.
type State = [f64; 2];

/// A model that was fitted.
#[derive(Clone, Debug)]
pub(super) struct Fitted {
    pub(super) kind: Kind,
    pub(super) weights: Weights,
    /// The state after the last bucket.
    pub(super) last: State,
    /// The squared errors of one step.
    pub(super) squares: f64,
    /// How many values there were.
    pub(super) count: usize,
    /// The last state's change with the first one's level and slope.
    carried: [State; 2],
    /// The covariance of the first state, in variances of the error.
    covariance: [[f64; 2]; 2],
}

/// What one pass over a series gives.
struct Pass {
    squares: f64,
    last: State,
    carried: [State; 2],
    covariance: [[f64; 2]; 2],
}

fn step(state: &mut State, weights: Weights, value: Option<f64>) -> Option<f64> {
    let slope = weights.phi * state[1];
    let expected = state[0] + slope;
    let error = value.map(|value| value - expected);
    let news = error.unwrap_or(0.0);
    *state = [expected + weights.alpha * news, slope + weights.beta * news];
    error
}

/// One pass with given weights: three runs side by side (from a first state of 0, and the pure answers
/// to a first level and a first slope of 1), then the first state of least squares.
fn pass(values: &[Option<f64>], weights: Weights, states: usize) -> Pass {
    let mut runs: [State; 3] = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
    let (mut a11, mut a12, mut a22, mut r1, mut r2, mut rest) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for value in values {
        let none = value.map(|_| 0.0);
        let error = step(&mut runs[0], weights, *value);
        let level = step(&mut runs[1], weights, none).unwrap_or(0.0);
        let slope = step(&mut runs[2], weights, none).unwrap_or(0.0);
        let Some(error) = error else { continue };
        a11 += level * level;
        a12 += level * slope;
        a22 += slope * slope;
        r1 += level * error;
        r2 += slope * error;
        rest += error * error;
    }
    // Errors are `error + first₁·level + first₂·slope`; their squares are least where this holds.
    let determinant = a11 * a22 - a12 * a12;
    let (first, covariance) = if states == 1 || determinant <= 1e-12 * a11 * a22 {
        ([-r1 / a11, 0.0], [[1.0 / a11, 0.0], [0.0, 0.0]])
    } else {
        let inverse =
            [[a22 / determinant, -a12 / determinant], [-a12 / determinant, a11 / determinant]];
        let solve = |row: [f64; 2]| -(row[0] * r1 + row[1] * r2);
        (inverse.map(solve), inverse)
    };
    let squares = (rest + first[0] * r1 + first[1] * r2).max(0.0);
    let carried = [runs[1], runs[2]];
    let sum =
        |place: usize| runs[0][place] + first[0] * carried[0][place] + first[1] * carried[1][place];
    Pass { squares, last: [sum(0), sum(1)], carried, covariance }
}

/// Fits a model: the weights of least squared errors of one step. None where there are too few values.
pub(super) fn fit(values: &[Option<f64>], kind: Kind) -> Option<Fitted> {
    let count = values.iter().flatten().count();
    if count < kind.chosen() + 3 {
        return None;
    }
    let squares = |point: &[f64]| pass(values, kind.weights(point), kind.states()).squares;
    let point = minimise(squares, &kind.starts());
    let fitted = fit_with(values, kind, kind.weights(&point));
    fitted.squares.is_finite().then_some(fitted)
}

/// The model with given weights.
pub(super) fn fit_with(values: &[Option<f64>], kind: Kind, weights: Weights) -> Fitted {
    let count = values.iter().flatten().count();
    let Pass { squares, last, carried, covariance } = pass(values, weights, kind.states());
    Fitted { kind, weights, last, squares, count, carried, covariance }
}

impl Fitted {
    /// Akaike's criterion, corrected for few values: `n·ln(squares/n) + 2k + 2k(k+1)/(n−k−1)`, where
    /// `k` counts the variance too (Hyndman et al. 2008, section 7.3). Errors below `floor`
    /// (squared, each) are rounding.
    pub(super) fn criterion(&self, floor: f64) -> f64 {
        let (count, k) = (self.count as f64, self.kind.chosen() as f64 + 1.0);
        let left = (count - k - 1.0).max(0.5);
        count * (self.squares / count).max(floor).ln() + 2.0 * k + 2.0 * k * (k + 1.0) / left
    }

    /// Values that were free to vary: the degrees of freedom of [`Self::variance`].
    pub(super) fn freedom(&self) -> f64 {
        (self.count - self.kind.chosen()) as f64
    }

    /// The variance of the error of one step.
    pub(super) fn variance(&self) -> f64 {
        self.squares / self.freedom()
    }

    /// The forecasts `1..=horizon` steps ahead, each with its variance in variances of the error:
    /// `1 + Σ c_j²` with `c_j = α + β(φ + … + φ^j)` (Hyndman et al. 2008, table 6.1), and what the
    /// uncertainty of the first state adds to it.
    pub(super) fn ahead(&self, horizon: usize) -> Vec<(f64, f64)> {
        let Weights { alpha, beta, phi } = self.weights;
        let (mut reach, mut power, mut news) = (0.0, 1.0, 1.0);
        let mut forecasts = Vec::with_capacity(horizon);
        for _ in 0..horizon {
            power *= phi;
            reach += power;
            let answer = self.carried.map(|state| state[0] + reach * state[1]);
            let doubt: f64 = (0..2)
                .map(|i| (0..2).map(|j| answer[i] * self.covariance[i][j] * answer[j]).sum::<f64>())
                .sum();
            forecasts.push((self.last[0] + reach * self.last[1], news + doubt));
            news += (alpha + beta * reach).powi(2);
        }
        forecasts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-9
    }

    #[test]
    fn smoothing_goes_step_by_step() {
        // Weight ½, values 2, 4, and a first level of 2: errors 0 and 2, levels 2 and 3. Least squares
        // choose the first level l: errors 2 − l and 4 − (l + 2)/2 = 3 − l/2, least at l = 2.8.
        let weights = Weights { alpha: 0.5, beta: 0.0, phi: 1.0 };
        let fitted = fit_with(&[Some(2.0), Some(4.0)], Kind::Level, weights);
        assert!(near(fitted.squares, 0.8 * 0.8 + 1.6 * 1.6), "{fitted:?}");
        assert!(near(fitted.last[0], 3.2), "{fitted:?}");
        // A gap leaves the level as it is.
        let gapped = fit_with(&[Some(2.0), None, Some(4.0)], Kind::Level, weights);
        assert!(near(gapped.last[0], 3.2));
    }

    #[test]
    fn a_line_is_continued_and_a_fading_one_fades() {
        let line: Vec<Option<f64>> = (0..12).map(|at| Some(3.0 + 2.0 * f64::from(at))).collect();
        let weights = Weights { alpha: 0.3, beta: 0.1, phi: 1.0 };
        let ahead = fit_with(&line, Kind::Trend, weights).ahead(3);
        for ((value, _), expected) in ahead.iter().zip([27.0, 29.0, 31.0]) {
            assert!((value - expected).abs() < 1e-6, "{ahead:?}");
        }
        // The level 10 and the slope 4 after the last bucket, of which half stays: 10 + 2, + 1, + ½.
        let fading = Fitted {
            kind: Kind::DampedTrend,
            weights: Weights { alpha: 0.5, beta: 0.25, phi: 0.5 },
            last: [10.0, 4.0],
            squares: 1.0,
            count: 20,
            carried: [[0.0, 0.0], [0.0, 0.0]],
            covariance: [[0.0, 0.0], [0.0, 0.0]],
        };
        let ahead = fading.ahead(3);
        assert_eq!(ahead.iter().map(|step| step.0).collect::<Vec<_>>(), [12.0, 13.0, 13.5]);
        // c₁ = ½ + ¼·½ = 0.625, c₂ = ½ + ¼·¾ = 0.6875.
        assert!(near(ahead[0].1, 1.0) && near(ahead[1].1, 1.390_625), "{ahead:?}");
        assert!(near(ahead[2].1, 1.390_625 + 0.472_656_25), "{ahead:?}");
    }

    #[test]
    fn the_first_state_is_as_unsure_as_a_mean_or_a_line() {
        // Without weights a level is the mean of 10 values, and the doubt about it 1/10.
        let values: Vec<Option<f64>> = (0..10).map(|at| Some(f64::from(at % 3))).collect();
        let still = Weights { alpha: 0.0, beta: 0.0, phi: 1.0 };
        let (value, variance) = fit_with(&values, Kind::Level, still).ahead(1)[0];
        assert!(near(value, 0.9) && near(variance, 1.1), "{value} {variance}");
        // A line through 10 values, half a bucket beyond the end: 1 + 1/10 + 5.5²/82.5.
        let (_, variance) = fit_with(&values, Kind::Trend, still).ahead(1)[0];
        assert!(near(variance, 1.1 + 30.25 / 82.5), "{variance}");
    }

    #[test]
    fn too_few_values_fit_nothing() {
        assert!(fit(&[Some(1.0), Some(2.0), Some(3.0)], Kind::Level).is_none());
        assert!(
            fit(&[Some(1.0), Some(2.0), Some(3.0), Some(1.0), Some(2.0)], Kind::Level).is_some()
        );
    }
}
