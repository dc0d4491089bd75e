//! Troubles that can be planted, and the truth about where they were.
//!
//! What each looks like is made up in [`calm`](super::calm), [`troubles`](super::troubles) and
//! [`course`](super::course); which commands name it is said in [`claims`](super::claims).

use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// What `--plant` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Choice {
    /// Nothing: a calm run
    None,
    /// All that happen within minutes; with --days all that take days
    All,
    /// coder-b takes three times as long as its peers for the same tasks
    SlowAgent,
    /// The tool run_tests fails in 40 % of its calls
    FailingTool,
    /// Hand-offs from coder-a to tester that never arrive
    LostMessage,
    /// A task of researcher fails eight times before it succeeds
    RetryStorm,
    /// researcher calls a tool twelve times in a row with the same arguments
    CallLoop,
    /// coder-a and reviewer hand a task back and forth ten times
    PingPong,
    /// Three coders wait for each other in a circle until the end
    Deadlock,
    /// Over days: the use of the processor climbs steadily from 35 % to 90 %
    CpuRamp,
    /// Over days: from a known time on tasks of tester take two and a half times as long
    LatencyStep,
    /// Over days: for twenty minutes twenty times as much work comes in
    TrafficBurst,
    /// Over days: work, latency and the use of the processor follow the time of day
    DailySeason,
    /// Over days: from a known time on calls of claude-haiku-4-5 cost ten times as much
    CostExplosion,
}

/// A trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    SlowAgent,
    FailingTool,
    LostMessage,
    RetryStorm,
    CallLoop,
    PingPong,
    Deadlock,
    CpuRamp,
    LatencyStep,
    TrafficBurst,
    DailySeason,
    CostExplosion,
}

/// Why choices cannot be planted in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contradiction {
    /// `none` stands beside others.
    NoneAndOthers,
    /// What happens within minutes, in a run of days.
    MinutesInDays(&'static str),
}

impl Trouble {
    pub(super) const ALL: [Self; 12] = [
        Self::SlowAgent,
        Self::FailingTool,
        Self::LostMessage,
        Self::RetryStorm,
        Self::CallLoop,
        Self::PingPong,
        Self::Deadlock,
        Self::CpuRamp,
        Self::LatencyStep,
        Self::TrafficBurst,
        Self::DailySeason,
        Self::CostExplosion,
    ];

    /// Whether it shows only in a run that lasts days.
    pub(super) const fn lasts_days(self) -> bool {
        matches!(
            self,
            Self::CpuRamp
                | Self::LatencyStep
                | Self::TrafficBurst
                | Self::DailySeason
                | Self::CostExplosion
        )
    }

    /// The troubles that `choices` ask for, in a run of days where `is_lasting` says so or one of them
    /// needs it.
    ///
    /// # Errors
    /// Choices that contradict each other.
    pub(super) fn chosen(choices: &[Choice], is_lasting: bool) -> Result<Vec<Self>, Contradiction> {
        if choices.contains(&Choice::None) {
            let is_none = choices.iter().all(|choice| *choice == Choice::None);
            return if is_none { Ok(Vec::new()) } else { Err(Contradiction::NoneAndOthers) };
        }
        let named = Self::ALL.into_iter().filter(|trouble| choices.contains(&trouble.choice()));
        let is_lasting = is_lasting || named.clone().any(Self::lasts_days);
        if let Some(one) = named.clone().find(|trouble| trouble.lasts_days() != is_lasting) {
            return Err(Contradiction::MinutesInDays(one.name()));
        }
        if choices.contains(&Choice::All) {
            let fits = |trouble: &Self| trouble.lasts_days() == is_lasting;
            return Ok(Self::ALL.into_iter().filter(fits).collect());
        }
        Ok(named.collect())
    }

    fn choice(self) -> Choice {
        match self {
            Self::SlowAgent => Choice::SlowAgent,
            Self::FailingTool => Choice::FailingTool,
            Self::LostMessage => Choice::LostMessage,
            Self::RetryStorm => Choice::RetryStorm,
            Self::CallLoop => Choice::CallLoop,
            Self::PingPong => Choice::PingPong,
            Self::Deadlock => Choice::Deadlock,
            Self::CpuRamp => Choice::CpuRamp,
            Self::LatencyStep => Choice::LatencyStep,
            Self::TrafficBurst => Choice::TrafficBurst,
            Self::DailySeason => Choice::DailySeason,
            Self::CostExplosion => Choice::CostExplosion,
        }
    }
}

/// When and by which records something was planted.
#[derive(Debug, Default)]
struct Planted {
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    ids: Vec<String>,
}

/// What was planted.
#[derive(Debug, Default)]
pub(super) struct Truth(BTreeMap<Trouble, Planted>);

#[derive(Serialize)]
struct Line<'t> {
    fault: &'static str,
    command: &'static str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
    subject: Option<&'static str>,
    agents: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    ids: &'t [String],
}

impl Truth {
    /// Notes that the record `id` belongs to `trouble`.
    pub(super) fn note(&mut self, trouble: Trouble, id: String) {
        self.0.entry(trouble).or_default().ids.push(id);
    }

    /// Notes since when `trouble` was so, and until when where it ended.
    pub(super) fn note_time(&mut self, trouble: Trouble, from_ms: i64, to_ms: Option<i64>) {
        let planted = self.0.entry(trouble).or_default();
        (planted.from_ms, planted.to_ms) = (Some(from_ms), to_ms);
    }

    /// Writes an object a line for each trouble and command that is to name it.
    ///
    /// # Errors
    /// What the output says.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let written = |time_ms: Option<i64>| {
            let time = jiff::Timestamp::from_millisecond(time_ms?).ok()?;
            Some(format!("{time:.6}"))
        };
        for (trouble, Planted { from_ms, to_ms, ids }) in &self.0 {
            for claim in trouble.claims() {
                let (from, to) = (written(*from_ms), written(*to_ms));
                let (at, from) = if to.is_some() { (None, from) } else { (from, None) };
                let line = Line {
                    fault: trouble.name(),
                    command: claim.command,
                    r#type: claim.r#type,
                    metric: claim.metric,
                    by: claim.by,
                    subject: claim.subject,
                    agents: claim.agents,
                    at,
                    from,
                    to,
                    ids,
                };
                serde_json::to_writer(&mut *out, &line)?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }
}

impl Trouble {
    /// As `--plant` spells it.
    fn name(self) -> &'static str {
        match self {
            Self::SlowAgent => "slow-agent",
            Self::FailingTool => "failing-tool",
            Self::LostMessage => "lost-message",
            Self::RetryStorm => "retry-storm",
            Self::CallLoop => "call-loop",
            Self::PingPong => "ping-pong",
            Self::Deadlock => "deadlock",
            Self::CpuRamp => "cpu-ramp",
            Self::LatencyStep => "latency-step",
            Self::TrafficBurst => "traffic-burst",
            Self::DailySeason => "daily-season",
            Self::CostExplosion => "cost-explosion",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn choices_are_troubles_all_or_none() {
        let chosen = |list: &[Choice]| Trouble::chosen(list, false);
        assert_eq!(chosen(&[Choice::None]), Ok(vec![]));
        assert_eq!(chosen(&[Choice::All]), Ok(Trouble::ALL[..7].to_vec()));
        let two = [Choice::Deadlock, Choice::SlowAgent, Choice::Deadlock];
        assert_eq!(chosen(&two), Ok(vec![Trouble::SlowAgent, Trouble::Deadlock]));
        let none = [Choice::None, Choice::Deadlock];
        assert_eq!(chosen(&none), Err(Contradiction::NoneAndOthers));
    }

    #[test]
    fn what_takes_days_is_planted_in_a_run_of_days() {
        let ramp = [Choice::CpuRamp];
        assert_eq!(Trouble::chosen(&ramp, false), Ok(vec![Trouble::CpuRamp]));
        assert_eq!(Trouble::chosen(&ramp, true), Ok(vec![Trouble::CpuRamp]));
        assert_eq!(Trouble::chosen(&[Choice::All], true), Ok(Trouble::ALL[7..].to_vec()));
        let mixed = Err(Contradiction::MinutesInDays("slow-agent"));
        assert_eq!(Trouble::chosen(&[Choice::CpuRamp, Choice::SlowAgent], false), mixed);
        assert_eq!(Trouble::chosen(&[Choice::SlowAgent], true), mixed);
    }

    #[test]
    fn the_truth_says_when() {
        let mut truth = Truth::default();
        truth.note_time(Trouble::CpuRamp, 1_767_571_200_000, Some(1_767_571_260_000));
        truth.note(Trouble::CpuRamp, "e-1".into());
        let mut out = Vec::new();
        truth.write(&mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            concat!(
                r#"{"fault":"cpu-ramp","command":"trends","type":"ramp","metric":"cpu.usage","#,
                r#""subject":null,"agents":[],"from":"2026-01-05T00:00:00.000000Z","#,
                r#""to":"2026-01-05T00:01:00.000000Z","ids":["e-1"]}"#,
                "\n"
            )
        );
    }

    #[test]
    fn troubles_are_spelled_alike_in_the_flag_and_in_the_truth() {
        for trouble in Trouble::ALL {
            let choice = trouble.choice();
            assert_eq!(choice.to_possible_value().unwrap().get_name(), trouble.name());
        }
    }
}
