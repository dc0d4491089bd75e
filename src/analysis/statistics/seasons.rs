//! Does the series repeat itself? A test for every period, and the pattern of the one that holds.
//!
//! Which calendar periods a series may have is said by the caller.

use super::spread::{mean, present, ranks, variance};
use super::trend::theil_sen;
use augurs::mstl::stlrs::StlParams;
use statrs::distribution::{ContinuousCDF, FisherSnedecor, Normal};

/// The probability of a season in a series that has none, over all periods that the caller names, and
/// over all others.
const FALSE_SEASONS: f64 = 0.003;

/// A pattern that repeats.
#[derive(Clone, Debug, PartialEq)]
pub struct Season {
    /// Its length in buckets.
    pub period: usize,
    /// From 0 to 1, `1 − var(remainder) / var(seasonal + remainder)` (Wang, Smith & Hyndman,
    /// "Characteristic-based clustering for time series data", 2006).
    pub strength: f64,
    /// What it adds in each phase, which is the bucket's place modulo the period; sums to 0.
    pub pattern: Vec<f64>,
}

impl Season {
    /// What it adds to a bucket.
    pub fn at(&self, bucket: usize) -> f64 {
        self.pattern.get(bucket % self.period.max(1)).copied().unwrap_or(0.0)
    }

    /// The series without it.
    pub fn remove_from(&self, values: &[Option<f64>]) -> Vec<Option<f64>> {
        let rest = |(at, value): (usize, &Option<f64>)| value.map(|value| value - self.at(at));
        values.iter().enumerate().map(rest).collect()
    }
}

/// The period that best describes the series, if one does beyond doubt.
///
/// `candidates` are the calendar's periods in buckets, which must lie in the series twice; every other
/// period that lies in it three times is tried too, and has to be that much clearer. The test
/// is that of the phases' means in a regression of each value on the one before, on time and
/// on the phase, so that neither a trend nor values that resemble their neighbours look like a season. It
/// is made on normal scores of the ranks, which no outlier moves. Among periods that hold, the least criterion
/// of Schwarz (1978) decides, so that neither multiples nor parts of the true one are taken.
pub fn find_season(values: &[Option<f64>], candidates: &[usize]) -> Option<Season> {
    let first = values.iter().position(Option::is_some)?;
    let last = values.iter().rposition(Option::is_some)?;
    let span = last + 1 - first;
    let pairs = Pairs::of(values)?;
    let mut named: Vec<usize> =
        candidates.iter().copied().filter(|period| *period >= 2 && period * 2 <= span).collect();
    named.sort_unstable();
    named.dedup();
    let longest = span / 3;
    let level = FALSE_SEASONS / named.len().max(1) as f64;
    let other_level = FALSE_SEASONS / longest.max(1) as f64;
    let mut best: Option<(f64, usize)> = None;
    let others = (2..=longest).filter(|period| !named.contains(period));
    let tried = named.iter().map(|period| (*period, level));
    for (period, level) in tried.chain(others.map(|period| (period, other_level))) {
        let Some((p_value, criterion)) = pairs.test(period) else { continue };
        if p_value < level && best.is_none_or(|(least, _)| criterion < least) {
            best = Some((criterion, period));
        }
    }
    let (_, period) = best?;
    decompose(values, period)
}

/// Buckets whose predecessor has a value too, as normal scores.
struct Pairs {
    /// Bucket, score, and the score of the bucket before.
    rows: Vec<[f64; 3]>,
    places: Vec<usize>,
}

/// Sums of squares and products of value, score before and time around their means.
#[derive(Clone, Copy, Default)]
struct Moments([[f64; 3]; 3]);

impl Pairs {
    fn of(values: &[Option<f64>]) -> Option<Self> {
        let line = theil_sen(values)?;
        let points = present(values);
        let rests: Vec<f64> =
            points.iter().map(|(at, value)| value - line.slope * *at as f64).collect();
        let count = rests.len() as f64;
        // Blom's scores.
        let normal = Normal::standard();
        let score = |rank: &f64| normal.inverse_cdf((rank - 0.375) / (count + 0.25));
        let scores: Vec<f64> = ranks(&rests).iter().map(score).collect();
        if variance(&scores) < 1e-12 {
            return None;
        }
        let mut rows = Vec::with_capacity(points.len());
        let mut places = Vec::with_capacity(points.len());
        for (place, pair) in points.windows(2).enumerate() {
            if pair[1].0 == pair[0].0 + 1 {
                rows.push([scores[place + 1], scores[place], pair[1].0 as f64]);
                places.push(pair[1].0);
            }
        }
        Some(Self { rows, places })
    }

    /// The p-value of the phases' F-test, and Schwarz's criterion of the regression with them.
    fn test(&self, period: usize) -> Option<(f64, f64)> {
        let count = self.rows.len() as f64;
        let (within, phases) = self.moments(period);
        let (all, _) = self.moments(1);
        let (restricted, full) = (all.unexplained(), within.unexplained());
        let (between, left) = (phases - 1.0, count - phases - 2.0);
        if between < 1.0 || left < 3.0 {
            return None;
        }
        // A pattern without any noise leaves nothing but rounding.
        let full = full.max(1e-12 * count);
        let statistic = ((restricted - full).max(0.0) / between) / (full / left);
        let p_value = FisherSnedecor::new(between, left).ok()?.sf(statistic);
        let criterion = count * (full / count).ln() + (phases + 2.0) * count.ln();
        Some((p_value, criterion))
    }

    /// Moments around the means of the phases, and how many phases have values.
    fn moments(&self, period: usize) -> (Moments, f64) {
        let mut sums = vec![[0.0; 4]; period];
        for (row, place) in self.rows.iter().zip(&self.places) {
            let sum = &mut sums[place % period];
            for (total, value) in sum.iter_mut().zip(row) {
                *total += value;
            }
            sum[3] += 1.0;
        }
        let mut moments = Moments::default();
        for (row, place) in self.rows.iter().zip(&self.places) {
            let sum = &sums[place % period];
            let rest: [f64; 3] = std::array::from_fn(|i| row[i] - sum[i] / sum[3]);
            for (i, line) in moments.0.iter_mut().enumerate() {
                for (j, cell) in line.iter_mut().enumerate() {
                    *cell += rest[i] * rest[j];
                }
            }
        }
        (moments, sums.iter().filter(|sum| sum[3] > 0.0).count() as f64)
    }
}

impl Moments {
    /// The squares of the value that the two others leave.
    fn unexplained(&self) -> f64 {
        let [[yy, yx, yt], [_, xx, xt], [_, _, tt]] = self.0;
        // Time is taken out of both first; where it does not vary within phases, nothing is.
        let out =
            |product: f64, a: f64, b: f64| if tt > 1e-9 { product - a * b / tt } else { product };
        let (yy, yx, xx) = (out(yy, yt, yt), out(yx, yt, xt), out(xx, xt, xt));
        if xx > 1e-12 { yy - yx * yx / xx } else { yy }
    }
}

/// The pattern of a period, and its strength: STL with a pattern that stays the same
/// (Cleveland, Cleveland, McRae & Terpenning, 1990), with robust weights.
fn decompose(values: &[Option<f64>], period: usize) -> Option<Season> {
    let first = values.iter().position(Option::is_some)?;
    let last = values.iter().rposition(Option::is_some)?;
    let within = &values[first..=last];
    let filled = fill(within, period);
    let mut settings = StlParams::new();
    settings.seasonal_length(10 * within.len() + 1).seasonal_degree(0).robust(true);
    let parts = settings.fit(&filled, period).ok()?;
    let mut sums = vec![(0.0, 0.0); period];
    for (place, value) in parts.seasonal().iter().enumerate() {
        let sum = &mut sums[(first + place) % period];
        *sum = (sum.0 + value, sum.1 + 1.0);
    }
    let means: Vec<f64> =
        sums.iter().map(|(sum, count): &(f64, f64)| sum / count.max(1.0)).collect();
    let middle = means.iter().sum::<f64>() / period as f64;
    let pattern: Vec<f64> = means.iter().map(|mean| mean - middle).collect();
    let mut rests = Vec::with_capacity(within.len());
    let mut seasonal = Vec::with_capacity(within.len());
    for (place, value) in within.iter().enumerate() {
        let Some(value) = value else { continue };
        let detrended = value - parts.trend()[place];
        seasonal.push(detrended);
        rests.push(detrended - pattern[(first + place) % period]);
    }
    let whole = variance(&seasonal);
    let strength = if whole > 0.0 { (1.0 - variance(&rests) / whole).max(0.0) } else { 0.0 };
    Some(Season { period, strength, pattern })
}

/// The series with its gaps filled: by the mean of the phase, and the line between the gap's ends through
/// what is left without these means.
fn fill(values: &[Option<f64>], period: usize) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); period];
    for (at, value) in present(values) {
        let sum: &mut (f64, f64) = &mut sums[at % period];
        *sum = (sum.0 + value, sum.1 + 1.0);
    }
    let known: Vec<f64> =
        sums.iter().filter(|sum| sum.1 > 0.0).map(|(sum, count)| sum / count).collect();
    let middle = mean(&known);
    let means: Vec<f64> = sums
        .iter()
        .map(|(sum, count)| if *count > 0.0 { sum / count - middle } else { 0.0 })
        .collect();
    let mut filled: Vec<f64> = Vec::with_capacity(values.len());
    let mut ends: Option<(usize, f64)> = None;
    for (at, value) in present(values) {
        let rest = value - means[at % period];
        let (start, from) = ends.unwrap_or((at, rest));
        for between in filled.len()..at {
            let share = (between - start) as f64 / (at - start) as f64;
            filled.push(from + share * (rest - from) + means[between % period]);
        }
        filled.push(value);
        ends = Some((at, rest));
    }
    filled
}
