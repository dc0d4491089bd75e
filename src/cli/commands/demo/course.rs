//! How a run of days goes: how much work comes in when, how long it takes, what it costs, how busy the
//! processor is; and what is planted in that.
//!
//! All of it is worked out in whole numbers or by the four operations, so that it is the same everywhere.

use super::plant::{Trouble, Truth};
use super::random::Random;
use super::worker::Worker;

pub(super) const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 24 * 60;

/// Who takes longer from a time on, and by how many thousandths.
const SLOWER: (&str, i64) = ("tester", 2_500);
/// Whose tokens and cost grow from a time on, and to how many times.
const DEARER: (&str, u32) = ("claude-haiku-4-5", 10);
/// How long a burst is, and how many times as much comes in.
const BURST: (i64, u64) = (20, 20);

/// Percent that the processor is busy.
const CPU_PERCENT: f64 = 35.0;
/// Where its use gets to.
const RAMP_PERCENT: f64 = 90.0;
/// The season above and below the middle: of the processor in percent, of traffic and latency in
/// thousandths.
const SEASON: (f64, f64, f64) = (20.0, 600.0, 400.0);

/// What a run of days is like.
pub(super) struct Course {
    troubles: Vec<Trouble>,
    start_ms: i64,
    end_ms: i64,
    slower_ms: i64,
    dearer_ms: i64,
    burst_ms: i64,
    /// How much work comes in until the end of each minute, in thousandths of a usual minute's.
    until: Vec<u64>,
}

impl Course {
    /// A run between two times, whole minutes; the seed says when what is planted begins.
    pub(super) fn new(start_ms: i64, end_ms: i64, seed: u64, troubles: &[Trouble]) -> Self {
        let mut random = Random::new(!seed);
        let minutes = (end_ms - start_ms) / MINUTE_MS;
        // A minute between two shares of the run, in percent.
        let mut between = |from: i64, to: i64| {
            let percent = from + i64::from(random.below(1_000)) * (to - from) / 1_000;
            let minute = i64::from(random.below(60));
            start_ms + (minutes * percent / 100 + minute).min(minutes - 1) * MINUTE_MS
        };
        let mut course = Self {
            troubles: troubles.to_vec(),
            start_ms,
            end_ms,
            slower_ms: between(50, 60),
            dearer_ms: between(65, 75),
            burst_ms: between(30, 45),
            until: Vec::new(),
        };
        let mut sum = 0;
        course.until = (0..minutes)
            .map(|minute| {
                sum += course.traffic(start_ms + minute * MINUTE_MS);
                sum
            })
            .collect();
        course
    }

    pub(super) fn has(&self, trouble: Trouble) -> bool {
        self.troubles.contains(&trouble)
    }

    /// Tells when what is planted was so.
    pub(super) fn tell(&self, truth: &mut Truth) {
        for trouble in &self.troubles {
            let (from_ms, to_ms) = match trouble {
                Trouble::LatencyStep => (self.slower_ms, None),
                Trouble::CostExplosion => (self.dearer_ms, None),
                Trouble::TrafficBurst => (self.burst_ms, Some(self.burst_ms + BURST.0 * MINUTE_MS)),
                _ => (self.start_ms, Some(self.end_ms)),
            };
            truth.note_time(*trouble, from_ms, to_ms);
        }
    }

    /// A time at which a task is asked for, by chance; more of them where there is more traffic.
    pub(super) fn draw(&self, random: &mut Random) -> i64 {
        let total = self.until.last().copied().unwrap_or(1);
        let place = random.below_long(total);
        let minute = self.until.partition_point(|until| *until <= place);
        let before = if minute == 0 { 0 } else { self.until[minute - 1] };
        let of_minute = self.until[minute] - before;
        let within_ms = i64::try_from((place - before) * 60_000 / of_minute).unwrap_or(0);
        self.start_ms + i64::try_from(minute).unwrap_or(0) * MINUTE_MS + within_ms
    }

    /// How much comes in in the minute that begins at `time_ms`, in thousandths of the usual.
    fn traffic(&self, time_ms: i64) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 400 to 1600"
        )]
        let usual = (1_000.0 + SEASON.1 * self.season(time_ms)).round() as u64;
        let is_burst = self.has(Trouble::TrafficBurst) && self.is_in_burst(time_ms);
        usual * if is_burst { BURST.1 } else { 1 }
    }

    fn is_in_burst(&self, time_ms: i64) -> bool {
        (self.burst_ms..self.burst_ms + BURST.0 * MINUTE_MS).contains(&time_ms)
    }

    /// The time of day as load: 1 at 15:00 UTC, -1 at 03:00, 0 between; 0 all day without a season.
    /// Two parabolas, which are a sine to 6 %.
    fn season(&self, time_ms: i64) -> f64 {
        if !self.has(Trouble::DailySeason) {
            return 0.0;
        }
        let minute = (time_ms / MINUTE_MS - 9 * 60).rem_euclid(DAY_MINUTES) as f64;
        let day = minute / DAY_MINUTES as f64;
        if day < 0.5 { 16.0 * day * (0.5 - day) } else { -16.0 * (day - 0.5) * (1.0 - day) }
    }

    /// How busy the processor is, in percent.
    pub(super) fn cpu_percent(&self, time_ms: i64) -> f64 {
        let season = SEASON.0 * self.season(time_ms);
        let share = (time_ms - self.start_ms) as f64 / (self.end_ms - self.start_ms) as f64;
        let ramp = if self.has(Trouble::CpuRamp) { RAMP_PERCENT - CPU_PERCENT } else { 0.0 };
        (CPU_PERCENT + ramp * share + season).min(99.0)
    }

    /// How long a task takes that is asked for then, in thousandths of the usual.
    pub(super) fn slowness(&self, worker: &Worker, asked_ms: i64) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "from 600 to 1400")]
        let season = (1_000.0 + SEASON.2 * self.season(asked_ms)).round() as i64;
        let is_slower = self.is_slower(worker, asked_ms);
        season * if is_slower { SLOWER.1 } else { 1_000 } / 1_000
    }

    /// How many times as many tokens as usual a task takes that is asked for then.
    pub(super) fn token_times(&self, worker: &Worker, asked_ms: i64) -> u32 {
        if self.is_dearer(worker, asked_ms) { DEARER.1 } else { 1 }
    }

    fn is_slower(&self, worker: &Worker, asked_ms: i64) -> bool {
        self.has(Trouble::LatencyStep) && worker.name == SLOWER.0 && asked_ms >= self.slower_ms
    }

    fn is_dearer(&self, worker: &Worker, asked_ms: i64) -> bool {
        self.has(Trouble::CostExplosion) && worker.model == DEARER.0 && asked_ms >= self.dearer_ms
    }

    /// What a task belongs to that is asked for then. That of the season is all of them, so none is
    /// named.
    pub(super) fn troubles_of(
        &self,
        worker: &Worker,
        asked_ms: i64,
    ) -> impl Iterator<Item = Trouble> + use<> {
        [
            (Trouble::LatencyStep, self.is_slower(worker, asked_ms)),
            (Trouble::CostExplosion, self.is_dearer(worker, asked_ms)),
            (Trouble::TrafficBurst, self.has(Trouble::TrafficBurst) && self.is_in_burst(asked_ms)),
        ]
        .into_iter()
        .filter_map(|(trouble, is_it)| is_it.then_some(trouble))
    }
}

#[cfg(test)]
mod tests {
    use super::super::calm::RESEARCHER;
    use super::*;

    /// A week from 2026-01-05T00:00:00Z on.
    const WEEK: (i64, i64) = (1_767_571_200_000, 1_767_571_200_000 + 7 * 24 * 60 * MINUTE_MS);
    const HOUR_MS: i64 = 60 * MINUTE_MS;

    #[track_caller]
    fn assert_close(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-9, "{one} {other}");
    }

    fn week(troubles: &[Trouble]) -> Course {
        Course::new(WEEK.0, WEEK.1, 1, troubles)
    }

    #[test]
    fn the_season_is_highest_in_the_afternoon() {
        let course = week(&[Trouble::DailySeason]);
        let at = |hour: i64| course.season(WEEK.0 + hour * HOUR_MS);
        for (hour, height) in [(3, -1.0), (9, 0.0), (15, 1.0), (21, 0.0), (27, -1.0), (39, 1.0)] {
            assert_close(at(hour), height);
        }
        // Half of the way in time is three quarters of the height.
        assert_close(at(12), 0.75);
        let load = |hour: i64| {
            let time_ms = WEEK.0 + hour * HOUR_MS;
            (course.traffic(time_ms), course.slowness(&RESEARCHER, time_ms))
        };
        assert_eq!([load(3), load(15)], [(400, 600), (1_600, 1_400)]);
        assert_close(course.cpu_percent(WEEK.0 + 15 * HOUR_MS), 55.0);
        assert_close(week(&[]).cpu_percent(WEEK.0 + 15 * HOUR_MS), 35.0);
    }

    #[test]
    fn the_ramp_ends_at_ninety_percent() {
        let course = week(&[Trouble::CpuRamp]);
        assert_close(course.cpu_percent(WEEK.0), 35.0);
        assert_close(course.cpu_percent(i64::midpoint(WEEK.0, WEEK.1)), 62.5);
        assert_close(course.cpu_percent(WEEK.1), 90.0);
    }

    #[test]
    fn times_are_drawn_where_the_traffic_is() {
        let course = week(&[Trouble::TrafficBurst]);
        let mut random = Random::new(1);
        let drawn: Vec<i64> = (0..20_000).map(|_| course.draw(&mut random)).collect();
        assert!(drawn.iter().all(|time_ms| (WEEK.0..WEEK.1).contains(time_ms)));
        // 20 minutes of 20 among 10,060 of 1: 400 of 10,460, or 765 of 20,000, give or take 4 sigma.
        let within = drawn.iter().filter(|time_ms| course.is_in_burst(**time_ms)).count();
        assert!((655..875).contains(&within), "{within}");
    }

    #[test]
    fn other_seeds_plant_at_other_times() {
        let times = |seed| {
            let course = Course::new(WEEK.0, WEEK.1, seed, &[]);
            [course.burst_ms, course.slower_ms, course.dearer_ms]
        };
        let first = times(1);
        assert!(first.is_sorted() && first != times(2));
        assert!(first.iter().all(|time_ms| time_ms % MINUTE_MS == 0));
        // What is planted does not move what else is.
        let alone = week(&[Trouble::LatencyStep]);
        assert_eq!(alone.slower_ms, first[1]);
    }
}
