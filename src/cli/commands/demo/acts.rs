//! What agents of a calm run do: ask, write, begin and end tasks. [`calm`](super::calm) says when.

use super::calm::Calm;
use super::event::{Data, ErrorContext, Recovery};
use super::worker::{COORDINATOR, Worker};

/// A task that was asked for.
pub(super) struct Asked {
    pub(super) task_id: String,
    pub(super) arrived_ms: i64,
}

/// How an attempt fails.
pub(super) struct Failure {
    pub(super) error_type: &'static str,
    pub(super) message: String,
    /// 1 for the first.
    pub(super) attempt: u32,
    /// How many retries are allowed.
    pub(super) retries: u32,
}

impl Calm<'_> {
    /// The coordinator's request for a task.
    pub(super) fn ask(&mut self, worker: &'static Worker, asked_ms: i64) -> Asked {
        let task_id = self.next_task(worker.task_type);
        let request = Some(task_id.clone());
        let (sent, message) =
            self.session.send(asked_ms, COORDINATOR, worker.name, "task-request", request, None);
        let arrived_ms = self.session.receive(asked_ms, worker.name, sent, message);
        Asked { task_id, arrived_ms }
    }

    /// What the task that was asked for last is about: another thing than all tasks of some time.
    pub(super) fn subject(&self) -> String {
        const DEEDS: [&str; 11] = [
            "test", "rename", "shorten", "split", "join", "explain", "order", "bound", "check",
            "measure", "close",
        ];
        const THINGS: [&str; 13] = [
            "the parser",
            "the cache",
            "the login form",
            "the index",
            "the queue",
            "the page",
            "the log",
            "the graph",
            "the ledger",
            "the menu",
            "the socket",
            "the clock",
            "the map",
        ];
        // The lengths have no common factor: 143 pairs come before the first comes again.
        let deed = DEEDS.get(self.tasks % DEEDS.len()).copied().unwrap_or_default();
        let thing = THINGS.get(self.tasks % THINGS.len()).copied().unwrap_or_default();
        format!("{deed} {thing}")
    }

    pub(super) fn next_task(&mut self, task_type: &str) -> String {
        self.tasks += 1;
        format!("{}-t{}-{task_type}", self.session.name, self.tasks)
    }

    /// An attempt that fails; gives the numbers of its error and its end.
    pub(super) fn fail_task(
        &mut self,
        worker: &'static Worker,
        begin_ms: i64,
        end_ms: i64,
        task_id: &str,
        begin: u64,
        failure: Failure,
    ) -> [u64; 2] {
        let Failure { error_type, message, attempt, retries } = failure;
        let action = if retries > 0 { "retry-with-backoff" } else { "report" };
        let data = Data::Error {
            tool: worker.tool,
            error_type,
            error_message: message.clone().into(),
            context: ErrorContext {
                task_id: task_id.to_owned(),
                step: worker.task_type,
                attempt_number: attempt,
            },
            recovery: Recovery { action, delay: 2_000, max_retries: retries },
        };
        let error = self.session.add(end_ms - 10, "ERROR", worker.name, Some(begin), data);
        let data = Data::Failed {
            task_id: task_id.to_owned(),
            tool: worker.tool,
            error_type,
            error_message: message.into(),
            duration: end_ms - begin_ms,
            tokens: Some(worker.tokens(&mut self.session.random)),
        };
        [error, self.session.add(end_ms, "TASK_FAIL", worker.name, Some(begin), data)]
    }
}
