//! Equal buckets of time over what was observed, the same for all series of a question.
//!
//! What a bucket's value is, is for the series.

use super::spacing::Spacing;

const SECOND_US: i64 = 1_000_000;

/// Lengths of buckets that people count in, in microseconds.
const STEPS: [i64; 21] = [
    10_000,
    50_000,
    100_000,
    200_000,
    500_000,
    SECOND_US,
    5 * SECOND_US,
    10 * SECOND_US,
    15 * SECOND_US,
    30 * SECOND_US,
    60 * SECOND_US,
    300 * SECOND_US,
    600 * SECOND_US,
    900 * SECOND_US,
    1800 * SECOND_US,
    HOUR_US,
    3 * HOUR_US,
    6 * HOUR_US,
    12 * HOUR_US,
    24 * HOUR_US,
    7 * 24 * HOUR_US,
];

/// The shortest of the usual lengths that cuts a range into at most `most` buckets, a second for a moment; all
/// in microseconds.
pub(in crate::analysis) fn usual_width(range_us: i64, most: i64) -> i64 {
    if range_us == 0 {
        return SECOND_US;
    }
    let fits = |width_us: &&i64| range_us / **width_us < most;
    *STEPS.iter().find(fits).unwrap_or(&STEPS[STEPS.len() - 1])
}

/// At most so many buckets where no length is asked for.
const USUAL_BUCKETS: i64 = 200;

/// At most so many whatever is asked for: a slope compares all pairs of them.
const MOST_BUCKETS: i64 = 2000;

/// Buckets are not made longer where fewer would be left.
const LEAST_BUCKETS: i64 = 48;

const HOUR_US: i64 = 3_600_000_000;

/// Buckets that begin at whole multiples of their length since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Begin of the first bucket, in microseconds since 1970 UTC.
    pub first_us: i64,
    /// Length of a bucket, in microseconds; more than 0.
    pub width_us: i64,
    /// How many there are.
    pub buckets: usize,
    /// The newest moment that was observed, in microseconds since 1970; it lies in the last bucket.
    pub end_us: i64,
    /// Whether the first bucket was observed from its begin on.
    first_is_whole: bool,
    /// Whether the last bucket was observed to its end.
    last_is_whole: bool,
    /// The length that was asked for, where it would have made too many.
    pub refused_us: Option<i64>,
}

impl Grid {
    /// Over an observed range, in microseconds since 1970, in buckets of `interval_us` or, without it,
    /// of the shortest usual length that makes at most 200. Lengths that would make more than 2000 are
    /// replaced by the shortest usual one that does not.
    pub(in crate::analysis) fn new(bounds: (i64, i64), interval_us: Option<i64>) -> Self {
        let (first, last) = bounds;
        let range_us = last.saturating_sub(first);
        let asked = interval_us.filter(|width| *width > 0);
        let refused_us = asked.filter(|width| range_us / width >= MOST_BUCKETS);
        let width_us = match (asked, refused_us) {
            (None, _) => usual_width(range_us, USUAL_BUCKETS),
            (Some(_), Some(_)) => usual_width(range_us, MOST_BUCKETS),
            (Some(width), None) => width,
        };
        let (from, to) = (first.div_euclid(width_us), last.div_euclid(width_us));
        // A twentieth that is missing is not seen in a count.
        let is_little = |missing_us: i64| missing_us * 20 <= width_us;
        Self {
            first_us: from * width_us,
            width_us,
            buckets: usize::try_from(to - from + 1).unwrap_or(0),
            end_us: last,
            first_is_whole: is_little(first - from * width_us),
            last_is_whole: is_little((to + 1) * width_us - last),
            refused_us,
        }
    }

    /// The first bucket of the last tenth of the time.
    pub(in crate::analysis) fn last_tenth(&self) -> usize {
        self.buckets - self.buckets / 10
    }

    /// Where nothing was observed: one short bucket.
    pub(in crate::analysis) fn of_nothing() -> Self {
        Self::new((0, 0), None)
    }

    /// The bucket that begins at `bucket_us`; none outside the grid.
    pub(in crate::analysis) fn place(&self, bucket_us: i64) -> Option<usize> {
        let place = (bucket_us - self.first_us).div_euclid(self.width_us);
        usize::try_from(place).ok().filter(|place| *place < self.buckets)
    }

    /// Begin of a bucket, in microseconds since 1970; also of those beyond the last.
    pub fn time(&self, bucket: usize) -> i64 {
        let bucket = i64::try_from(bucket).unwrap_or(i64::MAX);
        self.first_us.saturating_add(self.width_us.saturating_mul(bucket))
    }

    /// The length of a bucket in seconds.
    pub fn seconds(&self) -> f64 {
        self.width_us as f64 / 1e6
    }

    /// Which buckets were observed from begin to end, so that what is counted in them can be compared.
    pub(in crate::analysis) fn is_whole(&self, bucket: usize) -> bool {
        (bucket > 0 || self.first_is_whole) && (bucket + 1 < self.buckets || self.last_is_whole)
    }

    /// An hour, a day and a week in buckets, where they are whole numbers of them.
    pub(in crate::analysis) fn calendar_periods(&self) -> Vec<usize> {
        [HOUR_US, 24 * HOUR_US, 7 * 24 * HOUR_US]
            .into_iter()
            .filter(|period| period % self.width_us == 0)
            .filter_map(|period| usize::try_from(period / self.width_us).ok())
            .filter(|buckets| (2..=self.buckets / 2).contains(buckets))
            .collect()
    }

    /// How many buckets after the last one that lies which holds the moment `span_us` after the newest
    /// one; at least one.
    pub(in crate::analysis) fn steps_ahead(&self, span_us: i64) -> usize {
        let place = (self.end_us.saturating_add(span_us) - self.first_us).div_euclid(self.width_us);
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        place.saturating_sub(self.buckets.saturating_sub(1)).max(1)
    }

    /// How many buckets, in whole ones and parts of one, lie between the newest moment and the middle of a
    /// bucket; negative before it.
    pub(in crate::analysis) fn buckets_ahead(&self, bucket: f64) -> f64 {
        bucket + 0.5 - (self.end_us - self.first_us) as f64 / self.width_us as f64
    }

    /// The longest of the usual lengths that is no longer than values are apart in every series, or in most
    /// where as many buckets are left as trends and seasons take; nothing where none is longer than now.
    pub(super) fn longer(&self, apart: Spacing) -> Option<i64> {
        let times =
            |buckets: usize| self.width_us.saturating_mul(i64::try_from(buckets).unwrap_or(1));
        let (of_all, of_most) = (times(apart.of_all), times(apart.of_most));
        let range_us = self.end_us - self.first_us;
        let fits = |width_us: &i64| {
            *width_us <= of_all || *width_us <= of_most && range_us / width_us >= LEAST_BUCKETS
        };
        STEPS.into_iter().filter(|width_us| *width_us > self.width_us).filter(fits).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000;

    #[test]
    fn lengths_are_those_of_clocks() {
        let width = |range_s: i64| Grid::new((0, range_s * S), None).width_us / S;
        // A run of 37 minutes in 15 s, of a week in hours, of ninety days in half days.
        for (range_s, expected) in
            [(0, 1), (199, 1), (200, 5), (37 * 60, 15), (7 * 86_400, 3600), (90 * 86_400, 43_200)]
        {
            assert_eq!(width(range_s), expected, "{range_s}");
        }
    }

    #[test]
    fn buckets_begin_at_multiples_and_cover_the_range() {
        let grid = Grid::new((125 * S, 305 * S), Some(60 * S));
        assert_eq!((grid.first_us, grid.buckets), (120 * S, 4));
        assert_eq!(
            (grid.place(180 * S), grid.place(360 * S), grid.place(60 * S)),
            (Some(1), None, None)
        );
        assert_eq!(grid.time(2), 240 * S);
        // The first lacks five seconds of sixty, the last 55.
        assert_eq!([0, 1, 2, 3].map(|bucket| grid.is_whole(bucket)), [false, true, true, false]);
        let grid = Grid::new((122 * S, 297 * S), Some(60 * S));
        assert_eq!([0, 1, 2].map(|bucket| grid.is_whole(bucket)), [true; 3]);
        let before_1970 = Grid::new((-90 * S, 30 * S), Some(60 * S));
        assert_eq!((before_1970.first_us, before_1970.buckets), (-120 * S, 3));
    }

    #[test]
    fn too_many_buckets_are_refused() {
        let grid = Grid::new((0, 86_400 * S), Some(S));
        assert_eq!((grid.refused_us, grid.width_us), (Some(S), 60 * S));
        assert_eq!(Grid::new((0, 1999 * S), Some(S)).refused_us, None);
    }

    #[test]
    fn periods_are_whole_numbers_of_buckets() {
        let periods = |days: i64, minutes: i64| {
            Grid::new((0, days * 86_400 * S), Some(minutes * 60 * S)).calendar_periods()
        };
        assert_eq!(periods(7, 60), [24]);
        assert_eq!(periods(15, 60), [24, 168]);
        assert_eq!(periods(3, 15), [4, 96]);
        assert_eq!(periods(3, 50), [] as [usize; 0]);
    }
}
