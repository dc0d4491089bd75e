//! A calm run: sessions of rounds in which nothing goes wrong but what is planted.
//!
//! Three coders do the same kind of task with the same tool side by side, so that one can be
//! compared with its peers. [`troubles`](super::troubles) makes up what happens once.

use super::acts::Failure;
use super::event::{self, Data};
use super::plant::{Trouble, Truth};
use super::random::Random;
use super::session::{Round, START_MS, Session};
use super::worker::{COORDINATOR, Worker};

/// The fewest events that hold all troubles and three rounds.
pub(super) const FEWEST: u64 = 320;

/// Events of a session, or a little more.
const SESSION_EVENTS: u64 = 1_000;
/// Between sessions.
const PAUSE_MS: i64 = 60_000;

/// Start and shutdown, and seven agents' begin and end.
const FRAME_EVENTS: u64 = 16;
/// A decision, six tasks of eight events, a hand-off, two samples, and an error.
const ROUND_EVENTS: u64 = 2 + 6 * 8 + 2 + 2 + 1;

pub(super) static RESEARCHER: Worker = Worker {
    name: "researcher",
    task_type: "research",
    description: "Collect what is known",
    tool: "web_search",
    duration_ms: 2_500,
    model: "claude-haiku-4-5",
    price: (1, 5),
    tokens: (3_000, 600),
};

const fn coder(name: &'static str) -> Worker {
    Worker {
        name,
        task_type: "implement",
        description: "Write a part of the change",
        tool: "edit_file",
        duration_ms: 4_000,
        model: "claude-sonnet-4-5",
        price: (3, 15),
        tokens: (5_000, 1_500),
    }
}

pub(super) static CODERS: [Worker; 3] = [coder("coder-a"), coder("coder-b"), coder("coder-c")];

static TESTER: Worker = Worker {
    name: "tester",
    task_type: "test",
    description: "Run the tests",
    tool: "run_tests",
    duration_ms: 3_000,
    model: "claude-haiku-4-5",
    price: (1, 5),
    tokens: (2_000, 400),
};

pub(super) static REVIEWER: Worker = Worker {
    name: "reviewer",
    task_type: "review",
    description: "Read the change",
    tool: "read_diff",
    duration_ms: 3_000,
    model: "claude-sonnet-4-5",
    price: (3, 15),
    tokens: (4_000, 700),
};

/// All that do tasks.
pub(super) fn workers() -> impl Iterator<Item = &'static Worker> + Clone {
    [&RESEARCHER].into_iter().chain(&CODERS).chain([&TESTER, &REVIEWER])
}

/// The run, `total` events in order of time, not fewer than [`FEWEST`]. `truth` learns what was
/// planted.
pub(super) fn sessions<'t>(
    total: u64,
    seed: u64,
    troubles: &'t [Trouble],
    truth: &'t mut Truth,
) -> impl Iterator<Item = Round> + 't {
    let count = (total / SESSION_EVENTS).max(1);
    let mut now_ms = START_MS;
    (1..=count).map(move |number| {
        let events = total * number / count - total * (number - 1) / count;
        let made = Calm::new(seed, number, now_ms, number == count, troubles).live(events, truth);
        now_ms = made.events.last().map_or(now_ms, |last| last.time_ms) + PAUSE_MS;
        made
    })
}

/// One session of the run.
pub(super) struct Calm<'t> {
    pub(super) session: Session,
    /// What goes wrong all along, and once in this session.
    troubles: &'t [Trouble],
    is_last: bool,
    /// Tasks that were asked for.
    pub(super) tasks: usize,
    tests: u64,
    lost: u64,
    /// Troubles, and the numbers of the events that belong to them.
    planted: Vec<(Trouble, u64)>,
}

impl<'t> Calm<'t> {
    fn new(seed: u64, number: u64, now_ms: i64, is_last: bool, troubles: &'t [Trouble]) -> Self {
        let random = Random::new(seed.wrapping_mul(1 << 32).wrapping_add(number));
        Self {
            session: Session::new(format!("session-{seed}-{number}"), random, now_ms),
            troubles,
            is_last,
            tasks: 0,
            tests: 0,
            lost: 0,
            planted: Vec::new(),
        }
    }

    fn has(&self, trouble: Trouble) -> bool {
        self.troubles.contains(&trouble)
    }

    /// All of it: `total` events.
    fn live(mut self, total: u64, truth: &mut Truth) -> Round {
        let once: Vec<Trouble> = [Trouble::RetryStorm, Trouble::CallLoop, Trouble::PingPong]
            .into_iter()
            .filter(|trouble| self.is_last && self.has(*trouble))
            .collect();
        let is_stuck = self.is_last && self.has(Trouble::Deadlock);
        let at_the_end = if is_stuck { super::troubles::DEADLOCK_EVENTS } else { 0 };
        let of_once: u64 = once.iter().map(|trouble| super::troubles::events_of(*trouble)).sum();
        let free = total.saturating_sub(FRAME_EVENTS + of_once + at_the_end);
        let rounds = free / ROUND_EVENTS;

        self.session.begin(workers());
        let mut begins_ms = Vec::new();
        for round in 0..rounds {
            begins_ms.push(self.session.now_ms);
            self.work();
            let stops = once.len() as u64 + 1;
            for (stop, trouble) in (1..).zip(&once) {
                if (rounds * stop / stops).max(1) == round + 1 {
                    self.plant_once(*trouble);
                }
            }
        }
        if is_stuck {
            self.deadlock();
        }
        self.session.end();
        // Agents that wait for the plan make the number round.
        let missing = total.saturating_sub(self.session.events_made());
        for ((worker, begin_ms), _) in
            workers().cycle().zip(begins_ms.iter().cycle()).zip(0..missing)
        {
            self.session.idle(begin_ms + 60, worker);
        }
        self.planted.sort_unstable();
        for (trouble, number) in self.planted {
            truth.note(trouble, event::id(&self.session.name, number));
        }
        self.session.take()
    }

    /// Notes that events belong to `trouble`.
    pub(super) fn note(&mut self, trouble: Trouble, numbers: impl IntoIterator<Item = u64>) {
        self.planted.extend(numbers.into_iter().map(|number| (trouble, number)));
    }

    /// A decision of the coordinator; its number, and the time when it is made.
    pub(super) fn decide(&mut self) -> (u64, i64) {
        self.session.decide(format!("{}-d{}", self.session.name, self.tasks + 1))
    }

    /// One round: plan, research, implement in three parts, then test and review side by side.
    fn work(&mut self) {
        let begin_ms = self.session.now_ms;
        let (decision, decided_ms) = self.decide();
        let researched = self.do_task(&RESEARCHER, decided_ms, decision);
        let mut coded = researched;
        for coder in &CODERS {
            coded = coded.max(self.do_task(coder, researched, decision));
        }
        self.hand_off(coded);
        let tested = self.do_task(&TESTER, coded, decision);
        let reviewed = self.do_task(&REVIEWER, coded, decision);
        let end_ms = tested.max(reviewed) + 400;
        for time_ms in [begin_ms + 50, i64::midpoint(begin_ms, end_ms)] {
            self.sample(time_ms);
        }
        self.session.now_ms = end_ms + 1;
    }

    /// A sample of the processor and the memory, which stay as they are.
    pub(super) fn sample(&mut self, time_ms: i64) {
        let jitter = f64::from(self.session.random.below(21)) / 10.0 - 1.0;
        let memory = 2_000 + self.session.random.below(40);
        self.session.sample(time_ms, 35.0 + jitter, f64::from(memory));
    }

    /// The first coder tells the tester what changed; some of that may get lost.
    fn hand_off(&mut self, time_ms: i64) {
        let is_lost = self.is_last && self.has(Trouble::LostMessage) && self.lost < 3;
        let (from, to) = (CODERS[0].name, TESTER.name);
        let (sent, message) = self.session.send(time_ms, from, to, "hand-off", None, None);
        if is_lost {
            self.lost += 1;
            self.note(Trouble::LostMessage, [sent]);
        } else {
            self.session.receive(time_ms, to, sent, message);
        }
    }

    /// A task from its request to its result; gives the time when the coordinator has it.
    fn do_task(&mut self, worker: &'static Worker, asked_ms: i64, cause: u64) -> i64 {
        let asked = self.ask(worker, asked_ms);
        let begin_ms = asked.arrived_ms + i64::from(self.session.random.around(20));
        let is_slow = worker.name == "coder-b" && self.has(Trouble::SlowAgent);
        let duration =
            i64::from(self.session.random.around(worker.duration_ms)) * if is_slow { 3 } else { 1 };
        let arguments = Some(self.subject());
        let begin = self.session.begin_task(worker, begin_ms, &asked.task_id, cause, arguments);
        let data = Data::Memory {
            key: format!("notes/{}", asked.task_id),
            namespace: "notes",
            size_bytes: self.session.random.around(2_000),
        };
        self.session.add(
            begin_ms + duration * 9 / 10,
            "MEMORY_WRITE",
            worker.name,
            Some(begin),
            data,
        );
        let data = Data::Progress { task_id: asked.task_id.clone(), progress: 0.5 };
        self.session.add(begin_ms + duration / 2, "TASK_PROGRESS", worker.name, Some(begin), data);
        let end_ms = begin_ms + duration;
        let does_fail = worker.name == TESTER.name && self.is_failing_call();
        if does_fail {
            let message = format!(
                "run_tests: worker {} lost its connection after {} ms",
                self.session.random.below(64),
                self.session.random.around(3_000)
            );
            let failed = Failure { error_type: "ToolError", message, attempt: 1, retries: 0 };
            let numbers = self.fail_task(worker, begin_ms, end_ms, &asked.task_id, begin, failed);
            self.note(Trouble::FailingTool, [begin].into_iter().chain(numbers));
        } else {
            let end =
                self.session.complete_task(worker, end_ms, duration, asked.task_id.clone(), begin);
            if is_slow {
                self.note(Trouble::SlowAgent, [begin, end]);
            }
        }
        let task_id = Some(asked.task_id);
        let (sent, message) = self.session.send(
            end_ms,
            worker.name,
            COORDINATOR,
            "task-result",
            task_id,
            Some(begin),
        );
        self.session.receive(end_ms, COORDINATOR, sent, message)
    }

    /// Whether this call of the tool that may fail does: two in five.
    fn is_failing_call(&mut self) -> bool {
        self.tests += 1;
        self.has(Trouble::FailingTool) && matches!(self.tests % 5, 2 | 4)
    }
}
