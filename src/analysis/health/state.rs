//! What health knows of a system, a component or an agent, as plain data, and the words for how well it is.
//!
//! Gathering it is for `facts`, judging it for `score`.

use super::super::trends::Direction;
use crate::report::{both_with_unit, moment, with_unit};

/// What is known of one subject.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Finished work.
    pub(super) finished: i64,
    /// That of it that failed.
    pub(super) failed: i64,
    /// Work that failed in the last tenth of the time, and all that finished in it.
    pub(super) lately: (i64, i64),
    /// Work that never ended.
    pub(super) unfinished: i64,
    /// Messages that it sent.
    pub(super) sent: i64,
    /// Those of them that were never received.
    pub(super) lost: i64,
    /// Which way its series go, with their slope an hour in their unit.
    pub(super) trends: Vec<Going>,
    /// Its resources.
    pub(super) resources: Vec<Resource>,
    /// Scores of incidents in the last tenth of the time.
    pub(super) incidents: Vec<f64>,
}

/// Which way one series goes.
#[derive(Clone, Debug)]
pub(super) struct Going {
    pub(super) metric: String,
    pub(super) unit: String,
    pub(super) direction: Direction,
    pub(super) slope_per_hour: f64,
    /// Whether it is a recorded metric without a limit: one with a limit is a resource.
    pub(super) is_recorded: bool,
    /// How far the slope went, as a part of the mean.
    pub(super) went: f64,
    /// The last change of level, where it was for the worse and lasts.
    pub(super) step: Option<Step>,
}

/// A change of level that lasts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) before: f64,
    pub(super) after: f64,
    /// When it came, in microseconds since 1970.
    pub(super) at_us: i64,
}

/// A slope that went less far, as a part of the mean, is none that health is about.
pub(super) const LEAST_WAY: f64 = 0.05;

impl Going {
    /// Why it is worse than it was: a step that lasts, or a slope that went somewhere.
    pub(super) fn worse(&self) -> Option<String> {
        if let Some(step) = &self.step {
            let (after, before) = both_with_unit(step.after, step.before, &self.unit);
            let at = moment(step.at_us);
            return Some(format!("{} went from {before} to {after} at {at}", self.metric));
        }
        let is_slope = self.direction == Direction::Degrading && self.went >= LEAST_WAY;
        is_slope.then(|| {
            let sign = if self.slope_per_hour > 0.0 { "+" } else { "" };
            let slope = with_unit(self.slope_per_hour, &self.unit);
            format!("{} gets worse: {sign}{slope} an hour", self.metric)
        })
    }
}

/// Something that can be used up.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// Name of the metric.
    pub(super) metric: String,
    pub(super) unit: String,
    /// Its newest value.
    pub(super) now: f64,
    /// The value that it must not reach.
    pub(super) limit: f64,
    /// In how many microseconds it does; 0 where it has, nothing where that is not foreseen.
    pub(super) reaches_in_us: Option<i64>,
}

impl Resource {
    /// `critical` at its limit, `degraded` where it gets there within a day, else `healthy`.
    pub(super) fn status(&self) -> Status {
        match self.reaches_in_us {
            Some(0) => Status::Critical,
            Some(micros) if micros <= DAY_US => Status::Degraded,
            _ => Status::Healthy,
        }
    }
}

pub(super) const DAY_US: i64 = 86_400_000_000;

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// A score of 80 or more.
    Healthy,
    /// 60 or more.
    Degraded,
    /// 40 or more.
    Unhealthy,
    /// Less.
    Critical,
}

impl Status {
    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
            Self::Critical => "critical",
        }
    }

    /// The status of a score.
    pub(super) const fn of(score: f64) -> Self {
        match score {
            score if score >= 80.0 => Self::Healthy,
            score if score >= 60.0 => Self::Degraded,
            score if score >= 40.0 => Self::Unhealthy,
            _ => Self::Critical,
        }
    }
}
