//! Medians and scales that a few wild values do not move.
//!
//! What is compared with them is left to the modules beside this one.

/// Makes a median absolute deviation the standard deviation of normal values: `1 / Φ⁻¹(3/4)`.
pub const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// Makes a mean absolute deviation the standard deviation of normal values: `√(π/2)`.
pub const MEAN_DEVIATION_TO_SIGMA: f64 = 1.253_314_137_315_500_1;

/// The buckets that have a value, each with its place.
pub fn present(values: &[Option<f64>]) -> Vec<(usize, f64)> {
    values.iter().enumerate().filter_map(|(at, value)| value.map(|value| (at, value))).collect()
}

/// The `rank`-th smallest value, from 0; reorders the slice, which must hold more than `rank` values.
pub(super) fn nth_smallest(values: &mut [f64], rank: usize) -> f64 {
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}

/// The median; reorders the slice. None of nothing.
pub(super) fn median_of(values: &mut [f64]) -> Option<f64> {
    let count = values.len();
    if count == 0 {
        return None;
    }
    let (below, upper, _) = values.select_nth_unstable_by(count / 2, f64::total_cmp);
    if count % 2 == 1 {
        return Some(*upper);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp).unwrap_or(*upper);
    Some(lower + (*upper - lower) / 2.0)
}

/// The median; none of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    median_of(&mut values.to_vec())
}

/// The median of the distances from the median, without a factor; none of nothing.
pub fn median_absolute_deviation(values: &[f64]) -> Option<f64> {
    let middle = median(values)?;
    let mut distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    median_of(&mut distances)
}

/// The mean; 0 of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The variance around the mean, divided by the number of values; 0 of nothing.
pub(super) fn variance(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    if values.is_empty() { 0.0 } else { squares / values.len() as f64 }
}

/// How far values lie from their middle: 1.4826 times the median distance from the median, where
/// that is 0 the mean distance (Iglewicz & Hoaglin, "How to detect and handle outliers", 1993). It is 0
/// for constants alone.
pub fn robust_deviation(values: &[f64]) -> f64 {
    let Some(middle) = median(values) else { return 0.0 };
    let mut distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    match median_of(&mut distances) {
        Some(distance) if distance > 0.0 => MAD_TO_SIGMA * distance,
        _ => MEAN_DEVIATION_TO_SIGMA * mean(&distances),
    }
}

/// Values nearer than this part of their range are tied: what is between them is rounding.
const TIED: f64 = 1e-9;

/// The ranks of the values from 1, tied values sharing the mean of theirs.
pub(super) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0.0;
    let range = match (order.first(), order.last()) {
        (Some(first), Some(last)) => values[*last] - values[*first],
        _ => 0.0,
    };
    for tied in order.chunk_by(|a, b| values[*b] - values[*a] <= TIED * range) {
        for place in tied {
            ranks[*place] = before + f64::midpoint(tied.len() as f64, 1.0);
        }
        before += tied.len() as f64;
    }
    ranks
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "the same operations on the same numbers")]

    use super::*;

    #[test]
    fn medians_and_distances_are_those_of_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 9.0]), Some(3.5));
        // Distances from 3: 2, 1, 0, 1, 97.
        assert_eq!(median_absolute_deviation(&[1.0, 2.0, 3.0, 4.0, 100.0]), Some(1.0));
    }

    #[test]
    fn a_scale_is_that_of_normal_values_and_0_for_constants_alone() {
        assert_eq!(robust_deviation(&[]), 0.0);
        assert_eq!(robust_deviation(&[7.0; 9]), 0.0);
        assert_eq!(robust_deviation(&[1.0, 2.0, 3.0, 4.0, 100.0]), 1.482_602_218_505_602);
        // More than half are equal: the mean distance is 8 / 4 = 2.
        assert_eq!(robust_deviation(&[5.0, 5.0, 5.0, 13.0]), 2.506_628_274_631_000_2);
    }

    #[test]
    fn tied_values_share_their_ranks() {
        assert_eq!(ranks(&[10.0, 30.0, 10.0, 20.0]), [1.5, 4.0, 1.5, 3.0]);
        assert_eq!(ranks(&[1.0, 0.1 + 0.2, 0.3]), [3.0, 1.5, 1.5]);
        assert!(ranks(&[]).is_empty());
    }
}
