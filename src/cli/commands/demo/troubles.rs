//! Troubles that happen once in a run: a retry storm, a call loop, a ping-pong, a deadlock.
//!
//! They happen in the last session; how many events each takes is fixed, so that any total can be
//! met.

use super::acts::Failure;
use super::calm::{CODERS, Calm, RESEARCHER, REVIEWER};
use super::plant::Trouble;
use super::worker::Worker;

/// Attempts of the retry storm that fail.
const FAILED_ATTEMPTS: u32 = 8;
/// Calls of the call loop.
const CALLS: u32 = 12;
/// Times that the task changes hands.
const HAND_OFFS: u32 = 10;

/// A decision, three tasks asked for and waiting, three requests, four samples.
pub(super) const DEADLOCK_EVENTS: u64 = 2 + 3 * 3 + 3 * 2 + 4;

/// The one who fetches a page that does not come.
static FETCHER: Worker = Worker {
    name: "researcher",
    task_type: "fetch",
    description: "Fetch the manual",
    tool: "fetch_page",
    duration_ms: 3_000,
    model: "claude-haiku-4-5",
    price: (1, 5),
    tokens: (2_000, 100),
};

/// How many events a trouble takes that happens once, between rounds.
pub(super) fn events_of(trouble: Trouble) -> u64 {
    let events = match trouble {
        Trouble::RetryStorm => FAILED_ATTEMPTS * 3 + 2,
        Trouble::CallLoop => CALLS * 2,
        Trouble::PingPong => HAND_OFFS * 2 + 2,
        _ => 0,
    };
    u64::from(events)
}

impl Calm<'_> {
    pub(super) fn plant_once(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::RetryStorm => self.retry_storm(),
            Trouble::CallLoop => self.call_loop(),
            Trouble::PingPong => self.ping_pong(),
            _ => {}
        }
    }

    /// A task whose attempts wait for an answer in vain, until the ninth gets one.
    fn retry_storm(&mut self) {
        let task_id = self.next_task(FETCHER.task_type);
        let arguments = "the manual".to_owned();
        for attempt in 1..=FAILED_ATTEMPTS {
            let begin_ms = self.session.now_ms;
            let begin = self.begin_first(&FETCHER, &task_id, &arguments);
            let end_ms = begin_ms + i64::from(self.session.random.around(15_000));
            let message = "fetch_page: no answer in time".to_owned();
            let retries = FAILED_ATTEMPTS + 1;
            let failure = Failure { error_type: "TimeoutError", message, attempt, retries };
            let numbers = self.fail_task(&FETCHER, begin_ms, end_ms, &task_id, begin, failure);
            self.note(Trouble::RetryStorm, [begin].into_iter().chain(numbers));
            self.session.now_ms = end_ms + 2_000;
        }
        let begin = self.begin_first(&FETCHER, &task_id, &arguments);
        let end = self.end_after(&FETCHER, task_id, begin);
        self.note(Trouble::RetryStorm, [begin, end]);
    }

    /// The same call again and again, each with the same result.
    fn call_loop(&mut self) {
        let arguments = "how is the cache emptied".to_owned();
        for _ in 0..CALLS {
            let task_id = self.next_task(RESEARCHER.task_type);
            let begin = self.begin_first(&RESEARCHER, &task_id, &arguments);
            let end = self.end_after(&RESEARCHER, task_id, begin);
            self.note(Trouble::CallLoop, [begin, end]);
        }
    }

    /// A task that neither of two agents keeps.
    fn ping_pong(&mut self) {
        let begin_ms = self.session.now_ms;
        let holders = [&CODERS[0], &REVIEWER];
        let task_id = self.next_task(holders[0].task_type);
        let begin = self.begin_first(holders[0], &task_id, "who decides");
        self.note(Trouble::PingPong, [begin]);
        for (from, to) in [(0, 1), (1, 0)].into_iter().cycle().take(HAND_OFFS as usize) {
            self.session.now_ms += i64::from(self.session.random.around(350));
            let (from, to) = (holders[from].name, holders[to].name);
            let of_task = Some(task_id.clone());
            let (sent, message) =
                self.session.send(self.session.now_ms, from, to, "hand-off", of_task, Some(begin));
            self.session.now_ms = self.session.receive(self.session.now_ms, to, sent, message);
            self.note(Trouble::PingPong, [sent, sent + 1]);
        }
        let duration = self.session.now_ms - begin_ms;
        let end =
            self.session.complete_task(holders[0], self.session.now_ms, duration, task_id, begin);
        self.note(Trouble::PingPong, [end]);
        self.session.now_ms += 1;
    }

    /// Three agents each ask the next for what it has not got; the coordinator gives up.
    pub(super) fn deadlock(&mut self) {
        const PATIENCE_MS: i64 = 120_000;
        let (decision, decided_ms) = self.decide();
        let mut waiting = Vec::new();
        for coder in &CODERS {
            let asked = self.ask(coder, decided_ms);
            let begin_ms = asked.arrived_ms + i64::from(self.session.random.around(20));
            let arguments = Some(self.subject());
            let begin =
                self.session.begin_task(coder, begin_ms, &asked.task_id, decision, arguments);
            waiting.push((coder.name, begin_ms, asked.task_id, begin));
        }
        let others = waiting.clone().into_iter().cycle().skip(1);
        for ((name, begin_ms, task_id, begin), (other, ..)) in waiting.into_iter().zip(others) {
            let time_ms = begin_ms + 1_000;
            let of_task = Some(task_id);
            let (sent, message) =
                self.session.send(time_ms, name, other, "request", of_task, Some(begin));
            self.session.receive(time_ms, other, sent, message);
            self.note(Trouble::Deadlock, [begin, sent, sent + 1]);
        }
        for quarter in 1..=4 {
            self.sample(decided_ms + PATIENCE_MS * quarter / 4);
        }
        self.session.now_ms = decided_ms + PATIENCE_MS + 1;
    }

    /// Begins a task of `worker`'s own accord, now.
    fn begin_first(&mut self, worker: &'static Worker, task_id: &str, arguments: &str) -> u64 {
        let cause = self.session.spawned_event(worker.name);
        self.session.begin_task(
            worker,
            self.session.now_ms,
            task_id,
            cause,
            Some(arguments.to_owned()),
        )
    }

    /// Completes a task that began now, after its usual time, and goes on then.
    fn end_after(&mut self, worker: &'static Worker, task_id: String, begin: u64) -> u64 {
        let duration = i64::from(self.session.random.around(worker.duration_ms));
        let end = self.session.complete_task(
            worker,
            self.session.now_ms + duration,
            duration,
            task_id,
            begin,
        );
        self.session.now_ms += duration + 50;
        end
    }
}

#[cfg(test)]
mod tests {
    use super::super::calm::{FEWEST, sessions};
    use super::super::event::write_line;
    use super::super::plant::Truth;
    use super::*;
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};

    const ALL: [Trouble; 7] = [
        Trouble::SlowAgent,
        Trouble::FailingTool,
        Trouble::LostMessage,
        Trouble::RetryStorm,
        Trouble::CallLoop,
        Trouble::PingPong,
        Trouble::Deadlock,
    ];

    fn lines(text: &[u8]) -> Vec<Value> {
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    /// Events, and the truth about them.
    fn run(total: u64, seed: u64, troubles: &[Trouble]) -> (Vec<Value>, Vec<Value>) {
        let (mut events, mut told, mut truth) = (Vec::new(), Vec::new(), Truth::default());
        for session in sessions(total, seed, troubles, &mut truth) {
            for event in &session.events {
                write_line(event, &session.session, &mut events).unwrap();
            }
        }
        truth.write(&mut told).unwrap();
        (lines(&events), lines(&told))
    }

    /// The events that `fault` consists of.
    fn planted(fault: &str, trouble: Trouble) -> Vec<Value> {
        let (events, truth) = run(2000, 1, &[trouble]);
        assert!(truth.iter().all(|line| line["fault"] == fault), "{truth:?}");
        let ids = truth[0]["ids"].as_array().unwrap();
        let found: Vec<Value> =
            events.iter().filter(|event| ids.contains(&event["id"])).cloned().collect();
        assert_eq!(found.len(), ids.len());
        found
    }

    fn of_type<'e>(events: &'e [Value], name: &str) -> Vec<&'e Value> {
        events.iter().filter(|event| event["type"] == name).collect()
    }

    #[test]
    fn there_are_as_many_events_as_asked_for_in_order_of_time() {
        for (total, seed) in [(FEWEST, 1), (FEWEST + 1, 2), (1234, 3), (2999, 4), (10_000, 5)] {
            for troubles in [&ALL[..], &[], &ALL[1..3], &ALL[6..]] {
                let (events, _) = run(total, seed, troubles);
                assert_eq!(events.len() as u64, total);
                assert!(run(total, seed, troubles).0 == events, "{total}");
                let times: Vec<i64> =
                    events.iter().map(|event| event["timestamp"].as_i64().unwrap()).collect();
                assert!(times.is_sorted(), "{total}");
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
    fn the_fewest_events_hold_every_trouble() {
        let (_, truth) = run(FEWEST, 1, &ALL);
        let faults: BTreeSet<&str> =
            truth.iter().map(|line| line["fault"].as_str().unwrap()).collect();
        assert_eq!(faults.len(), ALL.len());
    }

    #[test]
    fn nothing_goes_wrong_in_a_calm_run() {
        let (events, truth) = run(3000, 1, &[]);
        assert_eq!(truth, Vec::<Value>::new());
        let count = |name: &str| of_type(&events, name).len();
        assert_eq!((count("ERROR"), count("TASK_FAIL")), (0, 0));
        assert_eq!(count("TASK_START"), count("TASK_COMPLETE"));
        assert_eq!(count("DECISION_START"), count("DECISION_COMPLETE"));
        let messages = |name: &str| -> BTreeSet<String> {
            of_type(&events, name)
                .iter()
                .map(|event| event["data"]["messageId"].to_string())
                .collect()
        };
        assert_eq!(messages("MESSAGE_SEND"), messages("MESSAGE_RECEIVE"));
        assert_eq!(count("MESSAGE_SEND"), messages("MESSAGE_SEND").len());
        // No task is waiting twice, and no agent does the same thing twice in a row.
        let mut tasks = BTreeSet::new();
        let mut last: BTreeMap<String, &Value> = BTreeMap::new();
        for event in of_type(&events, "TASK_START") {
            assert!(tasks.insert(event["data"]["taskId"].to_string()));
            let subject = &event["data"]["parameters"]["subject"];
            assert_ne!(last.insert(event["agentId"].to_string(), subject), Some(subject));
        }
    }

    #[test]
    fn the_slow_agent_takes_three_times_as_long_as_its_peers() {
        let slow = planted("slow-agent", Trouble::SlowAgent);
        assert!(slow.iter().all(|event| event["agentId"] == "coder-b"));
        let (events, _) = run(2000, 1, &[Trouble::SlowAgent]);
        let mean = |agent: &str| {
            let ended = of_type(&events, "TASK_COMPLETE").into_iter();
            let durations: Vec<f64> = ended
                .filter(|event| event["agentId"] == agent)
                .map(|event| event["data"]["duration"].as_f64().unwrap())
                .collect();
            durations.iter().sum::<f64>() / durations.len() as f64
        };
        let ratio = mean("coder-b") * 2.0 / (mean("coder-a") + mean("coder-c"));
        assert!((2.7..3.3).contains(&ratio), "{ratio}");
    }

    #[test]
    fn the_failing_tool_fails_twice_in_five_calls() {
        let (events, _) = run(10_000, 1, &[Trouble::FailingTool]);
        let called = |name: &str| {
            of_type(&events, name)
                .iter()
                .filter(|event| event["data"]["tool"] == "run_tests")
                .count()
        };
        let share = called("TASK_FAIL") as f64 / called("TASK_START") as f64;
        assert!((0.35..0.42).contains(&share), "{share}");
        let failed = planted("failing-tool", Trouble::FailingTool);
        let messages: BTreeSet<String> = of_type(&failed, "TASK_FAIL")
            .iter()
            .map(|event| event["data"]["errorMessage"].to_string())
            .collect();
        assert!(messages.len() > 5, "the numbers in it change: {messages:?}");
        assert_eq!(of_type(&failed, "ERROR").len(), of_type(&failed, "TASK_FAIL").len());
    }

    #[test]
    fn lost_messages_are_sent_and_not_received() {
        let lost = planted("lost-message", Trouble::LostMessage);
        assert_eq!(of_type(&lost, "MESSAGE_SEND").len(), 3);
        let (events, _) = run(2000, 1, &[Trouble::LostMessage]);
        for event in &lost {
            assert_eq!(
                (&event["agentId"], &event["data"]["recipient"]),
                (&"coder-a".into(), &"tester".into())
            );
            let message = &event["data"]["messageId"];
            let received = of_type(&events, "MESSAGE_RECEIVE");
            assert!(received.iter().all(|event| event["data"]["messageId"] != *message));
        }
    }

    #[test]
    fn the_storm_is_one_task_with_eight_failures_and_a_success() {
        let storm = planted("retry-storm", Trouble::RetryStorm);
        let count = |name: &str| of_type(&storm, name).len();
        assert_eq!((count("TASK_START"), count("TASK_FAIL"), count("TASK_COMPLETE")), (9, 8, 1));
        let attempts: Vec<u64> = of_type(&storm, "ERROR")
            .iter()
            .map(|event| event["data"]["context"]["attemptNumber"].as_u64().unwrap())
            .collect();
        assert_eq!(attempts, [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn the_loop_is_twelve_calls_in_a_row_with_the_same_arguments() {
        let calls = planted("call-loop", Trouble::CallLoop);
        let waiting = of_type(&calls, "TASK_START");
        assert_eq!((waiting.len(), of_type(&calls, "TASK_COMPLETE").len()), (12, 12));
        let arguments: BTreeSet<String> =
            waiting.iter().map(|event| event["data"]["parameters"].to_string()).collect();
        assert_eq!(arguments.len(), 1);
        let (events, _) = run(2000, 1, &[Trouble::CallLoop]);
        let of_agent: Vec<&Value> = of_type(&events, "TASK_START")
            .into_iter()
            .filter(|event| event["agentId"] == "researcher")
            .collect();
        let first = of_agent.iter().position(|event| event["id"] == waiting[0]["id"]).unwrap();
        assert_eq!(of_agent[first..first + 12], waiting[..]);
    }

    #[test]
    fn the_ping_pong_changes_hands_ten_times() {
        let game = planted("ping-pong", Trouble::PingPong);
        let sent: Vec<&Value> =
            of_type(&game, "MESSAGE_SEND").iter().map(|event| &event["agentId"]).collect();
        assert_eq!(sent.len(), 10);
        assert_eq!(sent[..4], ["coder-a", "reviewer", "coder-a", "reviewer"]);
        let tasks: BTreeSet<String> =
            game.iter().map(|event| event["data"]["taskId"].to_string()).collect();
        assert_eq!(tasks.len(), 1);
    }

    #[test]
    fn the_deadlock_is_a_circle_of_requests_that_nobody_answers() {
        let stuck = planted("deadlock", Trouble::Deadlock);
        let edges: Vec<(&str, &str)> = of_type(&stuck, "MESSAGE_SEND")
            .iter()
            .map(|event| {
                let recipient = event["data"]["recipient"].as_str().unwrap();
                (event["agentId"].as_str().unwrap(), recipient)
            })
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let circle = [("coder-a", "coder-b"), ("coder-b", "coder-c"), ("coder-c", "coder-a")];
        assert_eq!(edges, circle);
        let (events, _) = run(2000, 1, &[Trouble::Deadlock]);
        let ended: BTreeSet<String> = of_type(&events, "TASK_COMPLETE")
            .iter()
            .map(|event| event["data"]["taskId"].to_string())
            .collect();
        let waiting = of_type(&stuck, "TASK_START");
        assert_eq!(waiting.len(), 3);
        assert!(waiting.iter().all(|event| !ended.contains(&event["data"]["taskId"].to_string())));
        let last_ms = stuck.last().unwrap()["timestamp"].as_i64().unwrap();
        let after: BTreeSet<&str> = events
            .iter()
            .filter(|event| event["timestamp"].as_i64().unwrap() > last_ms)
            .map(|event| event["type"].as_str().unwrap())
            .collect();
        let quiet = ["AGENT_DESTROY", "PERFORMANCE_METRIC", "SYSTEM_SHUTDOWN"];
        assert_eq!(after.into_iter().collect::<Vec<_>>(), quiet);
    }
}
