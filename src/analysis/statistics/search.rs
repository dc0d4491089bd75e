//! The least value of a function of a few numbers between 0 and 1: the simplex of Nelder and Mead (1965).
//!
//! What the function means is left to the caller. The same function gives the same answer always.

/// A point and the function's value there.
type Corner = (Vec<f64>, f64);

const MOST_ROUNDS: usize = 120;

/// How near the corners' values are when the search is over, relative to the least.
const NEAR: f64 = 1e-8;

/// The point of the least value that is found from the best of `starts`; nothing without a start.
pub(super) fn minimise(function: impl Fn(&[f64]) -> f64, starts: &[Vec<f64>]) -> Vec<f64> {
    let corner = |point: Vec<f64>| -> Corner {
        let value = function(&point);
        (point, if value.is_nan() { f64::INFINITY } else { value })
    };
    let begun = starts.iter().cloned().map(corner);
    let Some(best) = begun.min_by(|a, b| a.1.total_cmp(&b.1)) else { return Vec::new() };
    let size = best.0.len();
    let mut corners = vec![best.clone()];
    for place in 0..size {
        let mut point = best.0.clone();
        point[place] += if point[place] < 0.5 { 0.15 } else { -0.15 };
        corners.push(corner(point));
    }
    for _ in 0..MOST_ROUNDS {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (least, worst) = (corners[0].1, corners[size].1);
        if worst - least <= NEAR * least.abs() && is_small(&corners) {
            break;
        }
        let middle: Vec<f64> = (0..size)
            .map(|place| corners[..size].iter().map(|c| c.0[place]).sum::<f64>() / size as f64)
            .collect();
        let towards = |share: f64| {
            let point = middle.iter().zip(&corners[size].0);
            corner(point.map(|(m, w)| (m + share * (m - w)).clamp(0.0, 1.0)).collect())
        };
        let reflected = towards(1.0);
        let next = if reflected.1 < least {
            let further = towards(2.0);
            if further.1 < reflected.1 { further } else { reflected }
        } else if reflected.1 < corners[size - 1].1 {
            reflected
        } else {
            let nearer = if reflected.1 < worst { towards(0.5) } else { towards(-0.5) };
            if nearer.1 >= worst.min(reflected.1) {
                shrink(&mut corners, &corner);
                continue;
            }
            nearer
        };
        corners[size] = next;
    }
    corners.sort_by(|a, b| a.1.total_cmp(&b.1));
    corners.swap_remove(0).0
}

fn is_small(corners: &[Corner]) -> bool {
    let best = &corners[0].0;
    corners.iter().all(|corner| corner.0.iter().zip(best).all(|(a, b)| (a - b).abs() < 1e-4))
}

/// Draws all corners half-way to the best.
fn shrink(corners: &mut [Corner], corner: &impl Fn(Vec<f64>) -> Corner) {
    let best = corners[0].0.clone();
    for other in &mut corners[1..] {
        let halves = other.0.iter().zip(&best).map(|(a, b)| (a + b) / 2.0);
        *other = corner(halves.collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_place_of_a_bowl_is_found() {
        let bowl = |point: &[f64]| (point[0] - 0.3).powi(2) + 10.0 * (point[1] - 0.8).powi(2);
        let found = minimise(bowl, &[vec![0.9, 0.1], vec![0.5, 0.5]]);
        assert!((found[0] - 0.3).abs() < 1e-3 && (found[1] - 0.8).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn the_least_may_lie_on_the_border() {
        let found = minimise(|point| point[0], &[vec![0.5]]);
        assert!(found[0] < 1e-3, "{found:?}");
        assert!(minimise(|_| f64::NAN, &[vec![0.5]]).len() == 1);
        assert!(minimise(|_| 0.0, &[]).is_empty());
    }
}
