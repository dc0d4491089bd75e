//! Do the steps from one value to the next go one way? For values that are so much like their neighbours that
//! hardly any of them is independent: what grows smoothly, and what wanders.
//!
//! When that is asked instead of how the values lie around a line is for `trend`.

use super::spread::{mean, ranks};
use super::trend::both_tails;

/// The probability of values that go as far by steps that go neither up nor down on the whole: Student's
/// test of the mean step between neighbours, on the ranks of the values, so that no single step is
/// most of the way. Its variance is multiplied by `(1 + φ) / (1 − φ)` for the steps' autocorrelation φ
/// at lag 1. Steps of which each is as likely to go up as down all go one way in one of `2^(n − 2)` series
/// of `n`: no smaller probability is claimed.
pub(super) fn p_value_of_drift(values: &[f64]) -> f64 {
    let ranks = ranks(values);
    let steps: Vec<f64> = ranks.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let count = steps.len() as f64;
    let least = (-(count - 1.0)).exp2();
    let middle = mean(&steps);
    let squares: f64 = steps.iter().map(|step| (step - middle).powi(2)).sum();
    if squares <= 1e-9 * count {
        return if middle == 0.0 { 1.0 } else { least };
    }
    let products: f64 =
        steps.iter().zip(&steps[1..]).map(|(a, b)| (a - middle) * (b - middle)).sum();
    let correlation = (products / squares).clamp(0.0, 0.98);
    let factor = (1.0 + correlation) / (1.0 - correlation);
    let deviation = (squares / (count - 1.0) * factor / count).sqrt();
    both_tails(middle / deviation, count / factor - 1.0).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn steps_that_go_up_and_down_are_no_drift() {
        // Two steps up of 1 and one down of 2, four times over: it ends where it began.
        let values: Vec<f64> = (0..13).map(|at| f64::from(at % 3)).collect();
        assert_near(p_value_of_drift(&values), 1.0);
        // Eight steps up: one in 2⁸ goes one way, and one of two ways was to be.
        let up: Vec<f64> = (0..9).map(f64::from).collect();
        assert_near(p_value_of_drift(&up), 2.0_f64.powi(-7));
        assert_near(p_value_of_drift(&[3.0; 9]), 1.0);
    }
}
