//! A session that is being made up: its events, and what agents of all made-up runs do.
//!
//! When and how often they do it is for the runs.

use super::event::{Cpu, Data, Event, Memory, Metrics};
use super::random::Random;
use super::worker::{COORDINATOR, Worker};
use std::collections::BTreeMap;

/// 2026-01-05T09:00:00Z.
pub(super) const START_MS: i64 = 1_767_603_600_000;

/// Events of one session that all lie before those of the next round.
pub(super) struct Round {
    pub(super) session: String,
    pub(super) events: Vec<Event>,
}

/// A session that is being made up.
pub(super) struct Session {
    pub(super) name: String,
    pub(super) random: Random,
    pub(super) now_ms: i64,
    /// How many events there are, those that were taken too.
    numbers: u64,
    /// Agents, the coordinator first, with the numbers of the events that spawned them.
    spawned: Vec<(&'static str, u64)>,
    events: Vec<Event>,
}

impl Session {
    pub(super) fn new(name: String, random: Random, now_ms: i64) -> Self {
        Self { name, random, now_ms, numbers: 0, spawned: Vec::new(), events: Vec::new() }
    }

    /// How many events were made up.
    pub(super) fn events_made(&self) -> u64 {
        self.numbers
    }

    /// Takes the events before `end_ms`, in order of time.
    pub(super) fn take_before(&mut self, end_ms: i64) -> Round {
        self.events.sort_by_key(|event| (event.time_ms, event.number));
        let later = self.events.partition_point(|event| event.time_ms < end_ms);
        let later = self.events.split_off(later);
        let events = std::mem::replace(&mut self.events, later);
        Round { session: self.name.clone(), events }
    }

    /// Takes all events, in order of time.
    pub(super) fn take(&mut self) -> Round {
        self.take_before(i64::MAX)
    }

    /// Adds an event; gives its number.
    pub(super) fn add(
        &mut self,
        time_ms: i64,
        name: &'static str,
        agent: &'static str,
        parent: Option<u64>,
        data: Data,
    ) -> u64 {
        self.numbers += 1;
        self.events.push(Event { time_ms, number: self.numbers, name, agent, parent, data });
        self.numbers
    }

    /// The system starts, and the coordinator and `workers` are spawned.
    pub(super) fn begin(&mut self, workers: impl IntoIterator<Item = &'static Worker>) {
        let reason = Data::Reason { reason: "start of the run" };
        let start = self.add(self.now_ms, "SYSTEM_START", "system", None, reason);
        let agents = workers.into_iter().map(|worker| (worker.name, worker.task_type));
        for (name, skill) in [(COORDINATOR, "plan")].into_iter().chain(agents) {
            self.now_ms += 100;
            let data = Data::Spawn { agent_type: name, capabilities: [skill] };
            let spawned = self.add(self.now_ms, "AGENT_SPAWN", name, Some(start), data);
            self.spawned.push((name, spawned));
        }
        self.now_ms += 500;
    }

    /// Everybody is destroyed, and the system shuts down.
    pub(super) fn end(&mut self) {
        for (name, spawned) in self.spawned.clone() {
            self.now_ms += 100;
            let reason = Data::Reason { reason: "no work is left" };
            self.add(self.now_ms, "AGENT_DESTROY", name, Some(spawned), reason);
        }
        self.now_ms += 100;
        let reason = Data::Reason { reason: "end of the run" };
        self.add(self.now_ms, "SYSTEM_SHUTDOWN", "system", None, reason);
    }

    /// The number of the event that spawned `agent`.
    pub(super) fn spawned_event(&self, agent: &str) -> u64 {
        self.spawned.iter().find(|(name, _)| *name == agent).map_or(0, |(_, number)| *number)
    }

    /// A decision of the coordinator, from now on; its number, and the time when it is made.
    pub(super) fn decide(&mut self, decision_id: String) -> (u64, i64) {
        let decided_ms = self.now_ms + i64::from(self.random.around(300));
        let data = Data::Decision { decision_id: decision_id.clone(), chosen: None };
        let decision = self.add(self.now_ms, "DECISION_START", COORDINATOR, None, data);
        let data = Data::Decision { decision_id, chosen: Some("smallest change first") };
        self.add(decided_ms, "DECISION_COMPLETE", COORDINATOR, Some(decision), data);
        (decision, decided_ms)
    }

    /// The id of the message that is sent next.
    pub(super) fn next_message_id(&self) -> String {
        format!("{}-m{}", self.name, self.numbers + 1)
    }

    /// A message on its way: the number of its event, and what its receiver gets.
    pub(super) fn send(
        &mut self,
        time_ms: i64,
        sender: &'static str,
        recipient: &'static str,
        message_type: &'static str,
        task_id: Option<String>,
        parent: Option<u64>,
    ) -> (u64, Data) {
        let (message_id, recipient) = (self.next_message_id(), Some(recipient));
        let data = Data::Message { message_id, sender, recipient, message_type, task_id };
        (self.add(time_ms, "MESSAGE_SEND", sender, parent, data.clone()), data)
    }

    /// A message's arrival at `receiver`; gives its time.
    pub(super) fn receive(
        &mut self,
        sent_ms: i64,
        receiver: &'static str,
        sent: u64,
        message: Data,
    ) -> i64 {
        let arrived_ms = sent_ms + i64::from(self.random.around(40));
        self.add(arrived_ms, "MESSAGE_RECEIVE", receiver, Some(sent), message);
        arrived_ms
    }

    /// Begins a task, with what it is about where that is said; gives the number of its event.
    pub(super) fn begin_task(
        &mut self,
        worker: &'static Worker,
        time_ms: i64,
        task_id: &str,
        cause: u64,
        subject: Option<String>,
    ) -> u64 {
        let data = Data::Task {
            task_id: task_id.to_owned(),
            task_type: worker.task_type,
            description: worker.description,
            tool: worker.tool,
            priority: "medium",
            parameters: subject.map(|subject| BTreeMap::from([("subject", subject)])),
        };
        self.add(time_ms, "TASK_START", worker.name, Some(cause), data)
    }

    /// Completes a task; gives the number of its event.
    pub(super) fn complete_task(
        &mut self,
        worker: &'static Worker,
        time_ms: i64,
        duration: i64,
        task_id: String,
        begin: u64,
    ) -> u64 {
        let data = worker.completed(task_id, duration, 1, &mut self.random);
        self.add(time_ms, "TASK_COMPLETE", worker.name, Some(begin), data)
    }

    /// A sample of the processor, a percentage to one digit after the point, and of the memory, in
    /// mebibytes; gives the number of its event.
    pub(super) fn sample(&mut self, time_ms: i64, cpu_percent: f64, memory: f64) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some thousand mebibytes"
        )]
        let used = memory as u32;
        let data = Data::Metrics {
            metric_type: "resource-usage",
            metrics: Metrics {
                cpu: Cpu { usage: (cpu_percent * 10.0).round() / 10.0 },
                memory: Memory { used },
            },
            window_size: 60_000,
        };
        self.add(time_ms, "PERFORMANCE_METRIC", "system", None, data)
    }

    /// An agent with nothing to do, to make the number of events round.
    pub(super) fn idle(&mut self, time_ms: i64, worker: &'static Worker) {
        let reason = Data::Reason { reason: "waits for the plan" };
        self.add(time_ms, "AGENT_IDLE", worker.name, None, reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static WORKER: Worker = Worker {
        name: "writer",
        task_type: "write",
        description: "Write",
        tool: "pen",
        duration_ms: 1_000,
        model: "claude-haiku-4-5",
        price: (1, 5),
        tokens: (100, 10),
    };

    #[test]
    fn events_are_taken_in_order_and_later_ones_stay() {
        let mut session = Session::new("s".into(), Random::new(1), 1_000);
        session.begin([&WORKER]);
        assert_eq!((session.spawned_event("writer"), session.spawned_event("nobody")), (3, 0));
        session.idle(9_000, &WORKER);
        session.sample(1_150, 35.04, 2_000.9);
        let first = session.take_before(9_000);
        let order: Vec<(i64, u64)> =
            first.events.iter().map(|event| (event.time_ms, event.number)).collect();
        assert_eq!(order, [(1_000, 1), (1_100, 2), (1_150, 5), (1_200, 3)]);
        let rest = session.take();
        assert_eq!((rest.events[0].time_ms, rest.events[0].number), (9_000, 4));
        assert_eq!(session.next_message_id(), "s-m6");
    }
}
