//! Series for the tests beside this: noise of several kinds from a small generator with a fixed seed.
//!
//! What is planted in the noise is left to the tests.

use std::f64::consts::TAU;

/// How many series a simulation takes: `quick` in the debug suite, `long` with TRACEKIT_SOAK.
pub(super) fn rounds(quick: usize, long: usize) -> usize {
    if std::env::var_os("TRACEKIT_SOAK").is_some() { long } else { quick }
}

/// The generator splitmix64 (Steele, Lea & Flood 2014).
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Evenly between 0 and 1, neither of them.
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + f64::EPSILON / 4.0
    }

    /// Standard normal (Box & Muller 1958).
    pub(super) fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (TAU * angle).cos()
    }

    pub(super) fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// A count with this mean (Knuth).
    pub(super) fn poisson(&mut self, mean: f64) -> f64 {
        let least = (-mean).exp();
        let (mut count, mut product) = (0.0, self.uniform());
        while product > least {
            count += 1.0;
            product *= self.uniform();
        }
        count
    }

    /// Student's with 3 degrees of freedom, which has wild values.
    pub(super) fn heavy(&mut self) -> f64 {
        let squares: f64 = (0..3).map(|_| self.normal().powi(2)).sum();
        self.normal() / (squares / 3.0).sqrt()
    }

    pub(super) fn series(
        &mut self,
        count: usize,
        draw: impl Fn(&mut Self) -> f64,
    ) -> Vec<Option<f64>> {
        (0..count).map(|_| Some(draw(self))).collect()
    }

    pub(super) fn white(&mut self, count: usize) -> Vec<Option<f64>> {
        self.series(count, Self::normal)
    }

    /// An autoregression of order 1 around 0, from its own distribution on.
    pub(super) fn autoregression(&mut self, count: usize, phi: f64) -> Vec<Option<f64>> {
        let mut value = self.normal() / (1.0 - phi * phi).sqrt();
        self.series(count, Self::normal)
            .into_iter()
            .map(|news| {
                value = phi * value + news.unwrap_or(0.0);
                Some(value)
            })
            .collect()
    }
}

/// The series with something added to each bucket.
pub(super) fn plus(values: &[Option<f64>], add: impl Fn(usize) -> f64) -> Vec<Option<f64>> {
    let sum = |(at, value): (usize, &Option<f64>)| value.map(|value| value + add(at));
    values.iter().enumerate().map(sum).collect()
}
