//! A run that lasts days: tasks come in at random times and samples at regular ones, and nothing
//! changes in the course of it but what is planted.
//!
//! [`course`](super::course) says how much is going on when. There are as many events as asked for, so
//! what is planted in the traffic moves work to its time and does not add any.

use super::calm::workers;
use super::course::{Course, MINUTE_MS};
use super::event;
use super::plant::{Trouble, Truth};
use super::random::Random;
use super::session::{Round, START_MS, Session};
use super::worker::{COORDINATOR, Worker};

/// How many events a day has where nobody says so: about a task a minute.
pub(super) const USUAL_EVENTS: u64 = 6_000;

/// Between samples of the processor and the memory.
const SAMPLE_MS: i64 = 5 * MINUTE_MS;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// 2026-01-05T00:00:00Z, a Monday.
const MIDNIGHT_MS: i64 = START_MS - 9 * 60 * MINUTE_MS;
/// Tasks come in until this long before the end, so that all of them end.
const REST_MS: i64 = MINUTE_MS;

/// Start and shutdown, and seven agents' begin and end.
const FRAME_EVENTS: u64 = 16;
/// A request, its receipt, and the begin and the end of the task.
const TASK_EVENTS: u64 = 4;
const SAMPLES_A_DAY: u64 = 288;

/// The fewest events of a run of so many days: a task an hour.
pub(super) const fn fewest(days: u32) -> u64 {
    FRAME_EVENTS + days as u64 * (SAMPLES_A_DAY + 24 * TASK_EVENTS)
}

/// The run, `total` events in order of time, hour by hour; not fewer than [`fewest`]. `truth` learns
/// what was planted.
pub(super) fn hours<'t>(
    days: u32,
    total: u64,
    seed: u64,
    troubles: &'t [Trouble],
    truth: &'t mut Truth,
) -> impl Iterator<Item = Round> + 't {
    let mut run = Lasting::new(days, total, seed, troubles);
    run.course.tell(truth);
    let hours = i64::from(days) * 24;
    (1..=hours).map(move |hour| {
        let end_ms = MIDNIGHT_MS + hour * 60 * MINUTE_MS;
        run.work(end_ms, truth);
        if hour < hours {
            return run.session.take_before(end_ms);
        }
        run.session.now_ms = end_ms;
        run.session.end();
        run.session.take()
    })
}

struct Lasting {
    session: Session,
    course: Course,
    /// When tasks are asked for that were not yet, the last one first.
    asked_ms: Vec<i64>,
    tasks: u64,
    next_sample_ms: i64,
}

impl Lasting {
    fn new(days: u32, total: u64, seed: u64, troubles: &[Trouble]) -> Self {
        let end_ms = MIDNIGHT_MS + i64::from(days) * DAY_MS;
        let course = Course::new(MIDNIGHT_MS, end_ms, seed, troubles);
        let mut random = Random::new(seed.wrapping_mul(1 << 32));
        let free = total.saturating_sub(FRAME_EVENTS + u64::from(days) * SAMPLES_A_DAY);
        // Agents are there before the first request.
        let (first_ms, last_ms) = (MIDNIGHT_MS + 2_000, end_ms - REST_MS);
        let mut asked_ms: Vec<i64> = (0..free / TASK_EVENTS)
            .map(|_| course.draw(&mut random).clamp(first_ms, last_ms))
            .collect();
        asked_ms.sort_unstable_by_key(|time_ms| std::cmp::Reverse(*time_ms));
        let mut session = Session::new(format!("session-{seed}-days"), random, MIDNIGHT_MS);
        session.begin(workers());
        for (worker, _) in workers().cycle().zip(0..free % TASK_EVENTS) {
            session.idle(session.now_ms, worker);
        }
        Self { session, course, asked_ms, tasks: 0, next_sample_ms: MIDNIGHT_MS + SAMPLE_MS / 2 }
    }

    /// What happens before `end_ms`.
    fn work(&mut self, end_ms: i64, truth: &mut Truth) {
        while self.next_sample_ms < end_ms {
            self.sample(truth);
        }
        while let Some(time_ms) = self.asked_ms.pop_if(|time_ms| *time_ms < end_ms) {
            self.do_task(time_ms, truth);
        }
    }

    fn sample(&mut self, truth: &mut Truth) {
        let time_ms = self.next_sample_ms;
        self.next_sample_ms += SAMPLE_MS;
        let jitter = f64::from(self.session.random.below(21)) / 10.0 - 1.0;
        let memory = f64::from(2_000 + self.session.random.below(40));
        let cpu_percent = self.course.cpu_percent(time_ms) + jitter;
        let sample = self.session.sample(time_ms, cpu_percent, memory);
        if self.course.has(Trouble::CpuRamp) {
            truth.note(Trouble::CpuRamp, event::id(&self.session.name, sample));
        }
    }

    /// A task of somebody, from its request to its end.
    fn do_task(&mut self, asked_ms: i64, truth: &mut Truth) {
        self.tasks += 1;
        let worker = self.choose();
        let session = &mut self.session;
        let task_id = format!("{}-t{}-{}", session.name, self.tasks, worker.task_type);
        let request = Some(task_id.clone());
        let (sent, message) =
            session.send(asked_ms, COORDINATOR, worker.name, "task-request", request, None);
        let begin_ms = session.receive(asked_ms, worker.name, sent, message)
            + i64::from(session.random.around(20));
        let usual_ms = i64::from(session.random.around(worker.duration_ms));
        let duration = usual_ms * self.course.slowness(worker, asked_ms) / 1_000;
        let begin = session.begin_task(worker, begin_ms, &task_id, sent, None);
        let times = self.course.token_times(worker, asked_ms);
        let data = worker.completed(task_id, duration, times, &mut session.random);
        let end_ms = begin_ms + duration;
        let end = session.add(end_ms, "TASK_COMPLETE", worker.name, Some(begin), data);
        for trouble in self.course.troubles_of(worker, asked_ms) {
            for number in [begin, end] {
                truth.note(trouble, event::id(&session.name, number));
            }
        }
    }

    /// One of the workers by chance.
    fn choose(&mut self) -> &'static Worker {
        let count = u32::try_from(workers().count()).unwrap_or(1);
        let number = self.session.random.below(count) as usize;
        workers().nth(number).unwrap_or(&super::calm::RESEARCHER)
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::write_line;
    use super::*;
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};

    const ALL: [Trouble; 5] = [
        Trouble::CpuRamp,
        Trouble::LatencyStep,
        Trouble::TrafficBurst,
        Trouble::DailySeason,
        Trouble::CostExplosion,
    ];

    fn lines(text: &[u8]) -> Vec<Value> {
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    /// Events, and the truth about them.
    fn run(days: u32, total: u64, seed: u64, troubles: &[Trouble]) -> (Vec<Value>, Vec<Value>) {
        let (mut events, mut told, mut truth) = (Vec::new(), Vec::new(), Truth::default());
        for round in hours(days, total, seed, troubles, &mut truth) {
            for event in &round.events {
                write_line(event, &round.session, &mut events).unwrap();
            }
        }
        truth.write(&mut told).unwrap();
        (lines(&events), lines(&told))
    }

    fn time_ms(event: &Value) -> i64 {
        event["timestamp"].as_i64().unwrap()
    }

    fn told_ms(time: &Value) -> i64 {
        time.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    fn of_type<'e>(events: &'e [Value], name: &str) -> Vec<&'e Value> {
        events.iter().filter(|event| event["type"] == name).collect()
    }

    /// The means of `one` of the completed tasks that `is_it` picks, of those asked for up to `at_ms` and
    /// since.
    fn means(
        events: &[Value],
        at_ms: i64,
        is_it: impl Fn(&Value) -> bool,
        one: impl Fn(&Value) -> f64,
    ) -> [f64; 2] {
        // A task takes less than a minute.
        let ended = of_type(events, "TASK_COMPLETE").into_iter().filter(|event| is_it(event));
        let (mut before, mut since) = (Vec::new(), Vec::new());
        for event in ended {
            match time_ms(event) {
                time_ms if time_ms < at_ms => before.push(one(event)),
                time_ms if time_ms > at_ms + MINUTE_MS => since.push(one(event)),
                _ => {}
            }
        }
        [before, since].map(|list| list.iter().sum::<f64>() / list.len() as f64)
    }

    #[test]
    fn there_are_as_many_events_as_asked_for_in_order_of_time() {
        for (days, total, seed) in [(1, fewest(1), 1), (3, 6_001, 2), (2, 9_998, 3)] {
            for troubles in [&[][..], &ALL] {
                let (events, truth) = run(days, total, seed, troubles);
                assert_eq!(events.len() as u64, total);
                assert!(run(days, total, seed, troubles) == (events.clone(), truth));
                assert!(run(days, total, seed + 1, troubles).0 != events);
                let times: Vec<i64> = events.iter().map(time_ms).collect();
                assert!(times.is_sorted());
                assert_eq!(times[0], MIDNIGHT_MS);
                // 800 ms for everybody to leave.
                assert_eq!(times[times.len() - 1], MIDNIGHT_MS + i64::from(days) * DAY_MS + 800);
                let ids: BTreeSet<&str> =
                    events.iter().map(|event| event["id"].as_str().unwrap()).collect();
                assert_eq!(ids.len() as u64, total);
                for event in &events {
                    let parent = event["parentId"].as_str();
                    assert!(parent.is_none_or(|parent| ids.contains(parent)), "{event}");
                }
            }
        }
    }

    #[test]
    fn a_run_without_troubles_stays_as_it_is() {
        let (events, truth) = run(4, 24_000, 1, &[]);
        assert_eq!(truth, Vec::<Value>::new());
        let count = |name: &str| of_type(&events, name).len();
        assert_eq!((count("ERROR"), count("TASK_FAIL")), (0, 0));
        // Nothing but starts, ends, and 288 samples on each of four days.
        assert_eq!(count("PERFORMANCE_METRIC"), 4 * 288);
        assert_eq!(count("TASK_START"), (24_000 - 16 - 4 * 288) / 4);
        assert_eq!(count("TASK_START"), count("TASK_COMPLETE"));
        let middle_ms = MIDNIGHT_MS + 2 * DAY_MS;
        let durations = means(
            &events,
            middle_ms,
            |_| true,
            |event| event["data"]["duration"].as_f64().unwrap(),
        );
        // Two to three thousand tasks, whose durations deviate by less than a second: 5 sigma.
        assert!((durations[0] - durations[1]).abs() < 130.0, "{durations:?}");
        let starts = of_type(&events, "TASK_START");
        let first = starts.iter().filter(|event| time_ms(event) < middle_ms).count();
        let whole = starts.len();
        assert!(first.abs_diff(whole - first) < 400, "{first} of {whole}");
        let usage: Vec<f64> = of_type(&events, "PERFORMANCE_METRIC")
            .iter()
            .map(|event| event["data"]["metrics"]["cpu"]["usage"].as_f64().unwrap())
            .collect();
        assert!(usage.iter().all(|usage| (34.0..=36.0).contains(usage)));
    }

    #[test]
    fn the_truth_names_records_that_are_there() {
        let (events, truth) = run(3, 18_000, 4, &ALL);
        let times: BTreeMap<&str, i64> =
            events.iter().map(|event| (event["id"].as_str().unwrap(), time_ms(event))).collect();
        let mut faults = BTreeSet::new();
        for line in &truth {
            let fault = line["fault"].as_str().unwrap();
            faults.insert(fault);
            let ids = line["ids"].as_array().unwrap();
            assert_eq!(ids.is_empty(), fault == "daily-season", "{fault}");
            let from_ms = told_ms(if line["at"].is_null() { &line["from"] } else { &line["at"] });
            let to_ms = if line["to"].is_null() { i64::MAX } else { told_ms(&line["to"]) };
            for id in ids {
                let time_ms = times[id.as_str().unwrap()];
                assert!((from_ms..to_ms + MINUTE_MS.min(i64::MAX - to_ms)).contains(&time_ms));
            }
        }
        assert_eq!(faults.len(), 5);
    }

    #[test]
    fn the_step_and_the_explosion_are_as_large_as_told() {
        let (events, truth) = run(7, 42_000, 1, &[Trouble::LatencyStep, Trouble::CostExplosion]);
        let at = |fault: &str| {
            let line = truth.iter().find(|line| line["fault"] == fault).unwrap();
            told_ms(&line["at"])
        };
        let duration = |event: &Value| event["data"]["duration"].as_f64().unwrap();
        let of_agent = |name: &'static str| move |event: &Value| event["agentId"] == name;
        let step = at("latency-step");
        let [before, since] = means(&events, step, of_agent("tester"), duration);
        assert!((2.4..2.6).contains(&(since / before)), "{before} {since}");
        let [before, since] = means(&events, step, of_agent("coder-a"), duration);
        assert!((0.95..1.05).contains(&(since / before)), "{before} {since}");
        let cost = |event: &Value| event["data"]["cost"].as_f64().unwrap();
        let of_model = |name: &'static str| move |event: &Value| event["data"]["model"] == name;
        let explosion = at("cost-explosion");
        let [before, since] = means(&events, explosion, of_model("claude-haiku-4-5"), cost);
        assert!((9.5..10.5).contains(&(since / before)), "{before} {since}");
        let [before, since] = means(&events, explosion, of_model("claude-sonnet-4-5"), cost);
        assert!((0.95..1.05).contains(&(since / before)), "{before} {since}");
    }

    #[test]
    fn the_burst_is_twenty_times_the_usual_traffic() {
        let (events, truth) = run(7, 42_000, 2, &[Trouble::TrafficBurst]);
        let (from_ms, to_ms) = (told_ms(&truth[0]["from"]), told_ms(&truth[0]["to"]));
        assert_eq!(to_ms - from_ms, 20 * MINUTE_MS);
        let sent = of_type(&events, "MESSAGE_SEND");
        let within =
            sent.iter().filter(|event| (from_ms..to_ms).contains(&time_ms(event))).count() as f64;
        let usual = (sent.len() as f64 - within) / (7.0 * 24.0 * 60.0 - 20.0);
        let times = within / 20.0 / usual;
        assert!((16.0..24.0).contains(&times), "{times}");
    }
}
