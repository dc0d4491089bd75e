//! Are these values larger than those? Counts by value, their median, and the rank-sum test.

use std::collections::BTreeMap;

/// How often each value came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<i64, i64>);

impl Counts {
    /// Adds a value that came so many times.
    pub fn add(&mut self, value: i64, times: i64) {
        *self.0.entry(value).or_default() += times;
    }

    /// These and those.
    pub fn add_all(&mut self, others: &Self) {
        for (value, times) in &others.0 {
            self.add(*value, *times);
        }
    }

    /// These without those, which are among them.
    #[must_use]
    pub fn without(&self, some: &Self) -> Self {
        let mut rest = self.0.clone();
        for (value, times) in &some.0 {
            *rest.entry(*value).or_default() -= times;
        }
        rest.retain(|_, times| *times > 0);
        Self(rest)
    }

    /// How many values there are, each as often as it came.
    pub fn total(&self) -> i64 {
        self.0.values().sum()
    }

    /// The median by nearest rank: the value at place ⌈n/2⌉ in their order.
    pub fn median(&self) -> Option<i64> {
        let place = (self.total() + 1) / 2;
        let mut passed = 0;
        self.0.iter().find_map(|(value, times)| {
            passed += times;
            (passed >= place && passed > 0).then_some(*value)
        })
    }
}

/// The rank-sum test of Mann and Whitney ("On a test of whether one of two random variables is
/// stochastically larger than the other", 1947), over several strata: the statistics, their means and
/// variances are added up (van Elteren, 1960, with equal weights).
#[derive(Clone, Copy, Debug, Default)]
pub struct RankSum {
    statistic: f64,
    mean: f64,
    variance: f64,
}

impl RankSum {
    /// Adds a stratum: are `these` larger than `others`? The variance is that of tied ranks.
    pub fn add(&mut self, these: &Counts, others: &Counts) {
        let (m, n) = (these.total() as f64, others.total() as f64);
        let all = m + n;
        if m == 0.0 || n == 0.0 {
            return;
        }
        let mut below = 0.0;
        let mut ties = 0.0;
        let mut rest = others.0.iter().peekable();
        for (value, times) in &these.0 {
            while let Some((_, other)) = rest.next_if(|(other, _)| *other < value) {
                below += *other as f64;
            }
            let equal = rest.peek().filter(|(other, _)| *other == value).map_or(0, |(_, n)| **n);
            self.statistic += *times as f64 * (below + equal as f64 / 2.0);
        }
        let mut both = these.clone();
        both.add_all(others);
        for times in both.0.values() {
            let t = *times as f64;
            ties += t * t * t - t;
        }
        self.mean += m * n / 2.0;
        self.variance += m * n / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    }

    /// How likely a difference of this size or a larger one is by chance, by the normal approximation
    /// with continuity correction; one-sided.
    pub fn p_value(&self) -> f64 {
        if self.variance <= 0.0 {
            return 1.0;
        }
        let z = (self.statistic - self.mean - 0.5) / self.variance.sqrt();
        (erfc(z / std::f64::consts::SQRT_2) / 2.0).clamp(0.0, 1.0)
    }

    /// The same whichever of both is larger.
    pub fn two_sided_p_value(&self) -> f64 {
        if self.variance <= 0.0 {
            return 1.0;
        }
        let distance = ((self.statistic - self.mean).abs() - 0.5).max(0.0);
        erfc(distance / self.variance.sqrt() / std::f64::consts::SQRT_2).clamp(0.0, 1.0)
    }
}

/// The complementary error function with a relative error below 1.2e-7 (Press et al., "Numerical
/// Recipes in C", second edition, section 6.2, `erfcc`).
fn erfc(x: f64) -> f64 {
    const C: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let t = 1.0 / (1.0 + 0.5 * x.abs());
    let series = C.iter().rev().fold(0.0, |sum, c| sum * t + c);
    let tail = t * (-x * x + series).exp();
    if x >= 0.0 { tail } else { 2.0 - tail }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "a certain value is meant")]

    use super::*;

    fn counts(values: &[i64]) -> Counts {
        let mut counts = Counts::default();
        for value in values {
            counts.add(*value, 1);
        }
        counts
    }

    #[test]
    fn the_median_is_the_nearest_rank() {
        assert_eq!(counts(&[]).median(), None);
        assert_eq!(counts(&[7]).median(), Some(7));
        assert_eq!(counts(&[1, 2]).median(), Some(1));
        assert_eq!(counts(&[3, 1, 2]).median(), Some(2));
        assert_eq!(counts(&[5, 5, 5, 9]).median(), Some(5));
        assert_eq!(counts(&[1, 2, 2, 4]).without(&counts(&[2, 4])), counts(&[1, 2]));
    }

    #[test]
    fn erfc_is_that_of_the_tables() {
        // Abramowitz and Stegun, table 7.1.
        for (x, expected) in [
            (0.0, 1.0),
            (0.5, 0.479_500_122),
            (1.0, 0.157_299_207),
            (2.0, 0.004_677_735),
            (-1.0, 1.842_700_793),
        ] {
            assert!((erfc(x) / expected - 1.0).abs() < 1.3e-7, "{x}: {}", erfc(x));
        }
    }

    #[test]
    fn the_rank_sum_test_agrees_with_hand_work() {
        // 4, 5, 6 against 1, 2, 3: U = 9, mean 4.5, variance 9·7/12 = 5.25,
        // z = 4/2.291288 = 1.745743, p = 0.040427.
        let mut test = RankSum::default();
        test.add(&counts(&[4, 5, 6]), &counts(&[1, 2, 3]));
        assert!((test.p_value() - 0.040_427).abs() < 1e-5, "{}", test.p_value());
        // Two such strata: U = 18, mean 9, variance 10.5, z = 8.5/3.240370 = 2.623157, p = 0.004356.
        test.add(&counts(&[40, 50, 60]), &counts(&[10, 20, 30]));
        assert!((test.p_value() - 0.004_356).abs() < 1e-5, "{}", test.p_value());
    }

    #[test]
    fn ties_count_half_and_narrow_the_variance() {
        // 2, 2, 3 against 1, 2: over 1 and beside 2 each 2 counts 1.5, 3 counts 2: U = 5, mean 3,
        // variance 6/12·(6 − 24/20) = 2.4, z = 1.5/1.549193 = 0.968246, p = 0.166461.
        let mut test = RankSum::default();
        test.add(&counts(&[2, 2, 3]), &counts(&[1, 2]));
        assert!((test.p_value() - 0.166_461).abs() < 1e-5, "{}", test.p_value());
        let mut same = RankSum::default();
        same.add(&counts(&[2, 2]), &counts(&[2, 2]));
        assert_eq!(same.p_value(), 1.0);
        assert_eq!(RankSum::default().p_value(), 1.0);
    }
}
