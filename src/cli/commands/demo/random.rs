//! Random numbers that are the same everywhere.

/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `end`, without it.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        // The upper half of a product of 32 and 32 bits always fits.
        u32::try_from(((self.next() >> 32) * u64::from(end)) >> 32).unwrap_or(0)
    }

    /// A number from 0 to `end`, without it, for ends of any size.
    pub(super) fn below_long(&mut self, end: u64) -> u64 {
        // The upper half of a product of 64 and 64 bits always fits.
        u64::try_from((u128::from(self.next()) * u128::from(end)) >> 64).unwrap_or(0)
    }

    /// `middle`, give or take a fifth.
    pub(super) fn around(&mut self, middle: u32) -> u32 {
        middle - middle / 5 + self.below(middle / 5 * 2 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_sequence() {
        // The reference implementation's first values for seed 1234567.
        let mut random = Random::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(
            first,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut random = Random::new(1);
        let around: Vec<u32> = (0..10_000).map(|_| random.around(1000)).collect();
        assert_eq!(around.iter().min(), Some(&800));
        assert_eq!(around.iter().max(), Some(&1200));
        assert!((0..100).all(|_| random.below(1) == 0));
        let long: Vec<u64> = (0..10_000).map(|_| random.below_long(1 << 40)).collect();
        assert!(long.iter().all(|number| *number < 1 << 40));
        let upper = long.iter().filter(|number| **number >= 1 << 39).count();
        assert!((4_800..5_200).contains(&upper), "{upper}");
    }
}
