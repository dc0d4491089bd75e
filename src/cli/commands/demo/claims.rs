//! Which commands name what is planted, and how: the words of the truth.

use super::plant::Trouble;

/// What a command says of a trouble.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) command: &'static str,
    pub(super) r#type: &'static str,
    /// The series, for commands that look at series.
    pub(super) metric: Option<&'static str>,
    /// What the series is split by.
    pub(super) by: Option<&'static str>,
    /// What it is about; the whole without one.
    pub(super) subject: Option<&'static str>,
    pub(super) agents: &'static [&'static str],
}

const fn claim(
    command: &'static str,
    r#type: &'static str,
    subject: &'static str,
    agents: &'static [&'static str],
) -> Claim {
    Claim { command, r#type, metric: None, by: None, subject: Some(subject), agents }
}

/// A series of the whole run.
const fn whole(command: &'static str, r#type: &'static str, metric: &'static str) -> Claim {
    Claim { command, r#type, metric: Some(metric), by: None, subject: None, agents: &[] }
}

/// The series of one agent.
const fn of_agent(
    r#type: &'static str,
    metric: &'static str,
    agents: &'static [&'static str; 1],
) -> Claim {
    let [agent] = agents;
    let (metric, by, subject) = (Some(metric), Some("agent"), Some(*agent));
    Claim { command: "anomalies", r#type, metric, by, subject, agents }
}

/// The series of one model.
const fn of_model(
    command: &'static str,
    r#type: &'static str,
    metric: &'static str,
    model: &'static str,
    agents: &'static [&'static str],
) -> Claim {
    let (metric, by, subject) = (Some(metric), Some("model"), Some(model));
    Claim { command, r#type, metric, by, subject, agents }
}

impl Trouble {
    /// The commands that name it, and what they say.
    pub(super) const fn claims(self) -> &'static [Claim] {
        // Whose calls get dear.
        const HAIKU: &str = "claude-haiku-4-5";
        const CALLERS: &[&str] = &["researcher", "tester"];
        match self {
            Self::SlowAgent => {
                const { &[claim("bottlenecks", "slow-peer", "coder-b", &["coder-b"])] }
            }
            Self::FailingTool => {
                const {
                    &[
                        claim("errors", "ToolError", "run_tests", &["tester"]),
                        claim("tools", "errors", "run_tests", &["tester"]),
                    ]
                }
            }
            Self::LostMessage => {
                const { &[claim("messages", "lost", "coder-a → tester", &["coder-a", "tester"])] }
            }
            Self::RetryStorm => {
                const { &[claim("bottlenecks", "retry-waste", "researcher", &["researcher"])] }
            }
            Self::CallLoop => {
                const { &[claim("loops", "repeated-call", "researcher", &["researcher"])] }
            }
            Self::PingPong => {
                const { &[claim("loops", "ping-pong", "coder-a ↔ reviewer", &["coder-a", "reviewer"])] }
            }
            Self::Deadlock => {
                const {
                    &[claim(
                        "loops",
                        "deadlock",
                        "coder-a → coder-b → coder-c",
                        &["coder-a", "coder-b", "coder-c"],
                    )]
                }
            }
            Self::CpuRamp => const { &[whole("trends", "ramp", "cpu.usage")] },
            Self::LatencyStep => {
                const {
                    &[
                        of_agent("step", "latency.p95", &["tester"]),
                        of_agent("step", "latency.p50", &["tester"]),
                        whole("anomalies", "step", "latency.p95"),
                    ]
                }
            }
            Self::TrafficBurst => {
                const {
                    &[
                        whole("anomalies", "burst", "throughput"),
                        whole("anomalies", "burst", "events"),
                        whole("anomalies", "burst", "tokens"),
                        whole("anomalies", "burst", "cost"),
                    ]
                }
            }
            Self::DailySeason => {
                const {
                    &[
                        whole("trends", "season", "throughput"),
                        whole("trends", "season", "latency.p95"),
                        whole("trends", "season", "latency.p50"),
                        whole("trends", "season", "cpu.usage"),
                    ]
                }
            }
            Self::CostExplosion => {
                const {
                    &[
                        of_model("tokens", "step", "cost", HAIKU, CALLERS),
                        of_model("anomalies", "step", "cost", HAIKU, CALLERS),
                        of_model("anomalies", "step", "tokens", HAIKU, CALLERS),
                    ]
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_of_a_series_names_it_and_what_it_is_split_by() {
        for trouble in Trouble::ALL {
            assert!(!trouble.claims().is_empty(), "{trouble:?}");
            for claim in trouble.claims() {
                let is_series = matches!(claim.command, "trends" | "anomalies" | "tokens");
                assert_eq!(claim.metric.is_some(), is_series, "{claim:?}");
                assert_eq!(trouble.lasts_days(), is_series, "{claim:?}");
                if is_series {
                    assert_eq!(claim.by.is_some(), claim.subject.is_some(), "{claim:?}");
                }
            }
        }
    }
}
