//! An agent of a made-up run: what it does, with what, how long and for how much.

use super::event::{Data, Tokens};
use super::random::Random;

/// Who plans and asks the others.
pub(super) const COORDINATOR: &str = "coordinator";

/// An agent that does tasks.
pub(super) struct Worker {
    pub(super) name: &'static str,
    pub(super) task_type: &'static str,
    pub(super) description: &'static str,
    pub(super) tool: &'static str,
    /// Middle duration of its tasks.
    pub(super) duration_ms: u32,
    pub(super) model: &'static str,
    /// Millionths of a dollar per token read and written.
    pub(super) price: (u32, u32),
    /// Tokens that a task reads and writes, in the middle.
    pub(super) tokens: (u32, u32),
}

impl Worker {
    /// What it read and wrote for one task.
    pub(super) fn tokens(&self, random: &mut Random) -> Tokens {
        let input = random.around(self.tokens.0);
        Tokens { input, output: random.around(self.tokens.1) }
    }

    /// What its event says when `task_id` ended well after `duration` milliseconds, with `times` as
    /// many tokens as are usual.
    pub(super) fn completed(
        &self,
        task_id: String,
        duration: i64,
        times: u32,
        random: &mut Random,
    ) -> Data {
        let Tokens { input, output } = self.tokens(random);
        let tokens = Tokens { input: input * times, output: output * times };
        let microusd = tokens.input * self.price.0 + tokens.output * self.price.1;
        Data::Completed {
            task_id,
            result: "done",
            duration,
            tool: self.tool,
            tokens,
            cost: f64::from(microusd) / 1e6,
            model: self.model,
        }
    }
}
