//! The made-up run: two sessions of rounds, and what goes wrong in the second one.
//!
//! The numbers of events of every part are fixed, so that any total can be met; the seed only moves
//! durations, tokens and samples.

use super::event::{Data, ErrorContext, Recovery};
use super::random::Random;
use super::session::{Round, START_MS, Session};
use super::worker::{COORDINATOR, Worker};

/// Between the sessions.
const PAUSE_MS: i64 = 600_000;

/// Start and shutdown, and five agents' begin and end.
const FRAME_EVENTS: u64 = 12;
/// What goes wrong in the second session: eleven events of retries, and the lost message.
const TROUBLE_EVENTS: u64 = 12;
/// A decision, four tasks of seven events, a broadcast to four, two samples.
const ROUND_EVENTS: u64 = 2 + 4 * 7 + 5 + 2;

/// The fewest events that hold the story: two sessions of one round at least.
pub(super) const FEWEST: u64 = 2 * (FRAME_EVENTS + TROUBLE_EVENTS + ROUND_EVENTS);

static RESEARCHER: Worker = Worker {
    name: "researcher",
    task_type: "research",
    description: "Collect what is known",
    tool: "web_search",
    duration_ms: 4_000,
    model: "claude-haiku-4-5",
    price: (1, 5),
    tokens: (3_000, 600),
};

static CODER: Worker = Worker {
    name: "coder",
    task_type: "implement",
    description: "Write the change",
    tool: "edit_file",
    duration_ms: 6_000,
    model: "claude-sonnet-4-5",
    price: (3, 15),
    tokens: (5_000, 1_500),
};

static TESTER: Worker = Worker {
    name: "tester",
    task_type: "test",
    description: "Run the tests",
    tool: "run_tests",
    duration_ms: 5_000,
    model: "claude-haiku-4-5",
    price: (1, 5),
    tokens: (2_000, 400),
};

/// The slow one: four times the mean of its peers.
static REVIEWER: Worker = Worker {
    name: "reviewer",
    task_type: "review",
    description: "Read the change",
    tool: "read_diff",
    duration_ms: 20_000,
    model: "claude-opus-4-1",
    price: (15, 75),
    tokens: (6_000, 900),
};

static WORKERS: [&Worker; 4] = [&RESEARCHER, &CODER, &TESTER, &REVIEWER];

/// The run, `total` events in order of time; not fewer than [`FEWEST`].
pub(super) fn rounds(total: u64, seed: u64) -> impl Iterator<Item = Round> {
    let first = total / 2;
    let mut story = Story::new(first, seed, 1, START_MS);
    let mut is_first = true;
    std::iter::from_fn(move || {
        if is_first && story.is_over() {
            is_first = false;
            story = Story::new(total - first, seed, 2, story.session.now_ms + PAUSE_MS);
        }
        (!story.is_over()).then(|| story.next_round())
    })
}

/// One of the two sessions.
struct Story {
    session: Session,
    is_troubled: bool,
    rounds: u64,
    /// Events that are left over when the rounds are planned; spread over them.
    padding: u64,
    round: u64,
}

impl Story {
    fn new(events: u64, seed: u64, number: u64, start_ms: i64) -> Self {
        let is_troubled = number == 2;
        let fixed = FRAME_EVENTS + if is_troubled { TROUBLE_EVENTS } else { 0 };
        let free = events.saturating_sub(fixed);
        let random = Random::new(seed.wrapping_mul(2).wrapping_add(number));
        Self {
            session: Session::new(format!("session-{seed}-{number}"), random, start_ms),
            is_troubled,
            rounds: free / ROUND_EVENTS,
            padding: free % ROUND_EVENTS,
            round: 0,
        }
    }

    fn is_over(&self) -> bool {
        self.round >= self.rounds
    }

    fn next_round(&mut self) -> Round {
        if self.round == 0 {
            self.session.begin(WORKERS);
        }
        self.work();
        self.round += 1;
        if self.is_over() {
            self.session.end();
        }
        self.session.take()
    }

    /// One round: plan, research, implement, then test and review side by side.
    fn work(&mut self) {
        let begin_ms = self.session.now_ms;
        let (decision, planned) =
            self.session.decide(format!("{}-d{}", self.session.name, self.round + 1));
        let mut researched = self.do_task(&RESEARCHER, planned, decision);
        if self.is_troubled && self.round == self.rounds / 2 {
            researched = self.search_in_vain(researched + 200, decision);
        }
        let coded = self.do_task(&CODER, researched, decision);
        if self.is_troubled && self.round == self.rounds / 2 {
            let _ = self.session.send(coded, CODER.name, TESTER.name, "hand-off", None, None);
        }
        let tested = self.do_task(&TESTER, coded, decision);
        let reviewed = self.do_task(&REVIEWER, coded, decision);
        let done = tested.max(reviewed) + 100;
        let end_ms = self.tell_all(done) + 500;
        self.sample(begin_ms, end_ms);
        self.session.now_ms = end_ms + 1;
    }

    /// A task from its request to its end; gives the time of the end.
    fn do_task(&mut self, worker: &'static Worker, asked_ms: i64, cause: u64) -> i64 {
        let session = &mut self.session;
        let (sent, request) =
            session.send(asked_ms, COORDINATOR, worker.name, "task-request", None, None);
        let arrived_ms = session.receive(asked_ms, worker.name, sent, request);
        let begin_ms = arrived_ms + i64::from(session.random.around(20));
        let duration = i64::from(session.random.around(worker.duration_ms));
        let task_id = format!("{}-t{}-{}", session.name, self.round + 1, worker.task_type);
        let begin = session.begin_task(worker, begin_ms, &task_id, cause, None);
        let key = format!("notes/{}/{}", self.round + 1, worker.task_type);
        for (tenth, name) in [(1, "MEMORY_READ"), (9, "MEMORY_WRITE")] {
            let size_bytes = session.random.around(2_000);
            let data = Data::Memory { key: key.clone(), namespace: "notes", size_bytes };
            session.add(begin_ms + duration * tenth / 10, name, worker.name, Some(begin), data);
        }
        let data = Data::Progress { task_id: task_id.clone(), progress: 0.5 };
        session.add(begin_ms + duration / 2, "TASK_PROGRESS", worker.name, Some(begin), data);
        session.complete_task(worker, begin_ms + duration, duration, task_id, begin);
        begin_ms + duration
    }

    /// Three attempts that fail and one that does not; gives the time of the end.
    fn search_in_vain(&mut self, begin_ms: i64, cause: u64) -> i64 {
        const DELAY_MS: i64 = 2_000;
        const WHY: (&str, &str) = ("RateLimitError", "429 from web_search: too many requests");
        let (worker, session) = (&RESEARCHER, &mut self.session);
        let task_id = format!("{}-t{}-search", session.name, self.round + 1);
        let mut now_ms = begin_ms;
        for attempt_number in 1..=3 {
            let begin = session.begin_task(worker, now_ms, &task_id, cause, None);
            let duration = i64::from(session.random.around(800));
            let data = Data::Error {
                tool: worker.tool,
                error_type: WHY.0,
                error_message: WHY.1.into(),
                context: ErrorContext { task_id: task_id.clone(), step: "search", attempt_number },
                recovery: Recovery {
                    action: "retry-with-backoff",
                    delay: DELAY_MS,
                    max_retries: 5,
                },
            };
            session.add(now_ms + duration - 10, "ERROR", worker.name, Some(begin), data);
            let data = Data::Failed {
                task_id: task_id.clone(),
                tool: worker.tool,
                error_type: WHY.0,
                error_message: WHY.1.into(),
                duration,
                tokens: None,
            };
            session.add(now_ms + duration, "TASK_FAIL", worker.name, Some(begin), data);
            now_ms += duration + DELAY_MS;
        }
        let begin = session.begin_task(worker, now_ms, &task_id, cause, None);
        let duration = i64::from(session.random.around(worker.duration_ms));
        session.complete_task(worker, now_ms + duration, duration, task_id, begin);
        now_ms + duration
    }

    /// The coordinator tells everybody that the round is done; gives the time of the last receipt.
    fn tell_all(&mut self, time_ms: i64) -> i64 {
        let session = &mut self.session;
        let message_id = session.next_message_id();
        let message = |recipient| Data::Message {
            message_id: message_id.clone(),
            sender: COORDINATOR,
            recipient,
            message_type: "round-done",
            task_id: None,
        };
        let sent = session.add(time_ms, "BROADCAST", COORDINATOR, None, message(None));
        let mut last_ms = time_ms;
        for worker in WORKERS {
            let data = message(Some(worker.name));
            let arrived_ms = session.receive(time_ms, worker.name, sent, data);
            last_ms = last_ms.max(arrived_ms);
        }
        last_ms
    }

    /// Samples of the processor and the memory; the padding becomes agents that wait for the plan.
    fn sample(&mut self, begin_ms: i64, end_ms: i64) {
        for (step, time_ms) in [(0, begin_ms + 50), (1, i64::midpoint(begin_ms, end_ms))] {
            let steps = self.rounds * 2 - 1;
            let share = (self.round * 2 + step) as f64 / steps as f64;
            let (rise, growth) = if self.is_troubled { (57.0, 3_000.0) } else { (0.0, 100.0) };
            let jitter = f64::from(self.session.random.below(21)) / 10.0 - 1.0;
            let (cpu_percent, memory) = (35.0 + rise * share + jitter, 2_000.0 + growth * share);
            self.session.sample(time_ms, cpu_percent, memory);
        }
        let upto = self.padding * (self.round + 1) / self.rounds;
        let from = self.padding * self.round / self.rounds;
        for (worker, _) in WORKERS.iter().cycle().zip(from..upto) {
            self.session.idle(begin_ms + 60, worker);
        }
    }
}
