//! From what is known of a system, a component or an agent to its score: what is taken off 100, and why.

use super::super::trends::Direction;
use super::state::{Facts, Going, LEAST_WAY, Resource, Status};
use crate::report::with_unit;

/// What a deduction is for; its order is that of the docs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Errors,
    Unfinished,
    Lost,
    AtLimit,
    NearLimit,
    Worse,
    Dearer,
    Incidents,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Unfinished => "unfinished",
            Self::Lost => "lost-messages",
            Self::AtLimit => "at-limit",
            Self::NearLimit => "near-limit",
            Self::Worse => "getting-worse",
            Self::Dearer => "getting-dearer",
            Self::Incidents => "incidents",
        }
    }
}

/// Points that are taken off, and why.
#[derive(Clone, Debug)]
pub(super) struct Deduction {
    pub(super) kind: Kind,
    pub(super) points: f64,
    /// As a clause, such as `12 of 60 tasks failed`.
    pub(super) reason: String,
}

/// The rules in words, for `--explain` and the docs.
pub(super) const RULES: &str = "score = 100 less: 200 times the share of finished work that failed, in all or (three pieces and more) in the last tenth of the\n\
time (80 at most, and 20 for each failure);\n\
100 times the share of work that never ended (20, and 5 for each); 100 times the share of sent messages that\n\
were lost (20, and 5 for each); 20 for each resource at its limit (40) and 10 for each that reaches it within a\n\
day (20); 10 where latency.p95 or the error rate get worse, 5 where throughput or cost do: by a slope of at\n\
least a twentieth of the mean, or by a step of a fifth that lasts; 5 for each of two recorded metrics that do and have no limit; 10 for each critical and\n\
5 for each high incident for the worse in the last tenth of the time (20). 80 and more are healthy, 60\n\
degraded, 40 unhealthy, less is critical.\n";

/// So many recorded metrics that got worse count.
const MOST_OTHERS: usize = 2;

/// Fewer failures of late are no change.
pub(super) const LEAST_LATELY: i64 = 3;

/// What is taken off, most first.
pub(super) fn deductions(facts: &Facts) -> Vec<Deduction> {
    let mut all = Vec::new();
    let mut take = |kind: Kind, points: f64, most: f64, reason: String| {
        // To a tenth of a point, so that answers do not hang on the last digit of a quotient.
        let points = (points.min(most) * 10.0).round() / 10.0;
        if points > 0.0 {
            all.push(Deduction { kind, points, reason });
        }
    };
    // A share of few counts for less: each of them has its most.
    let share = |points: f64, part: i64, whole: i64, most_each: f64| {
        let all = if whole > 0 { points * part as f64 / whole as f64 } else { 0.0 };
        all.min(most_each * part as f64)
    };
    // What fails of late is no better because it once did not.
    let (failed, finished) = facts.lately;
    let (in_all, lately) = (
        share(200.0, facts.failed, facts.finished, 20.0),
        if failed < LEAST_LATELY { 0.0 } else { share(200.0, failed, finished, 20.0) },
    );
    let reason = if lately > in_all {
        format!(
            "{failed} of {finished} pieces of work failed that ended in the last tenth of the time"
        )
    } else {
        format!("{} of {} pieces of finished work failed", facts.failed, facts.finished)
    };
    take(Kind::Errors, in_all.max(lately), 80.0, reason);
    let begun = facts.finished + facts.unfinished;
    take(
        Kind::Unfinished,
        share(100.0, facts.unfinished, begun, 5.0),
        20.0,
        format!("{} of {begun} pieces of work never ended", facts.unfinished),
    );
    take(
        Kind::Lost,
        share(100.0, facts.lost, facts.sent, 5.0),
        20.0,
        format!("{} of {} messages were lost", facts.lost, facts.sent),
    );
    let words = |of: &[&Resource]| {
        let each = of.iter().map(|one| {
            let (now, limit) = (with_unit(one.now, &one.unit), with_unit(one.limit, &one.unit));
            format!("{} at {now} of {limit}", one.metric)
        });
        each.collect::<Vec<_>>().join(", ")
    };
    let with = |status: Status| {
        facts.resources.iter().filter(|one| one.status() == status).collect::<Vec<_>>()
    };
    for (kind, status, points, most) in [
        (Kind::AtLimit, Status::Critical, 20.0, 40.0),
        (Kind::NearLimit, Status::Degraded, 10.0, 20.0),
    ] {
        let these = with(status);
        take(kind, points * these.len() as f64, most, words(&these));
    }
    let mut others = 0;
    for going in &facts.trends {
        let Some(reason) = going.worse() else { continue };
        let points = match going.metric.as_str() {
            "latency.p95" | "error_rate" => 10.0,
            "throughput" | "cost" => 5.0,
            _ if going.is_recorded && others < MOST_OTHERS => {
                others += 1;
                5.0
            }
            _ => 0.0,
        };
        let kind = if going.metric == "cost" { Kind::Dearer } else { Kind::Worse };
        take(kind, points, points, reason);
    }
    let worst = facts.incidents.iter().copied().fold(0.0, f64::max);
    let points = facts.incidents.iter().map(|score| match score {
        score if *score >= 10.0 => 10.0,
        score if *score >= 6.0 => 5.0,
        _ => 0.0,
    });
    take(
        Kind::Incidents,
        points.sum(),
        20.0,
        format!(
            "incidents in the last tenth of the time: {}, the worst {worst:.0} deviations off",
            facts.incidents.len()
        ),
    );
    all.sort_by(|a, b| b.points.total_cmp(&a.points));
    all
}

/// 100 less all deductions, and at least 0.
pub(super) fn score(deductions: &[Deduction]) -> f64 {
    let taken: f64 = deductions.iter().map(|one| one.points).sum();
    ((100.0 - taken).max(0.0) * 10.0).round() / 10.0
}

/// Which way it goes as a whole: worse where any series does, else better where any does.
pub(super) fn trend(facts: &Facts) -> Option<&'static str> {
    let has = |direction| {
        let goes = |going: &Going| going.direction == direction && going.went >= LEAST_WAY;
        facts.trends.iter().any(goes)
    };
    let is_worse = facts.trends.iter().any(|going| going.worse().is_some());
    let known = facts.trends.iter().any(|going| going.direction != Direction::Unknown);
    match () {
        () if is_worse => Some("degrading"),
        () if has(Direction::Improving) => Some("improving"),
        () if known => Some("stable"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "points are rounded to a tenth")]

    use super::super::state::{DAY_US, Step};
    use super::*;

    fn points(facts: &Facts) -> Vec<(&'static str, f64)> {
        deductions(facts).iter().map(|one| (one.kind.as_str(), one.points)).collect()
    }

    fn going(metric: &str, direction: Direction) -> Going {
        let (metric, unit) = (metric.into(), "ms".into());
        Going {
            metric,
            unit,
            direction,
            slope_per_hour: 1.0,
            is_recorded: false,
            went: 0.5,
            step: None,
        }
    }

    fn resource(now: f64, reaches_in_us: Option<i64>) -> Resource {
        Resource { metric: "cpu".into(), unit: "%".into(), now, limit: 90.0, reaches_in_us }
    }

    #[test]
    fn nothing_is_taken_off_what_is_well() {
        let facts = Facts { finished: 10, sent: 4, ..Facts::default() };
        assert_eq!(points(&facts), []);
        assert_eq!(score(&[]), 100.0);
        assert_eq!(points(&Facts::default()), []);
    }

    #[test]
    fn failures_count_twice_up_to_eighty() {
        let of = |failed| Facts { finished: 40, failed, ..Facts::default() };
        assert_eq!(points(&of(2)), [("errors", 10.0)]);
        assert_eq!(points(&of(16)), [("errors", 80.0)]);
        assert_eq!(points(&of(40)), [("errors", 80.0)]);
        // One of one is no catastrophe yet.
        let one =
            Facts { finished: 1, failed: 1, sent: 1, lost: 1, unfinished: 1, ..Facts::default() };
        assert_eq!(points(&one), [("errors", 20.0), ("unfinished", 5.0), ("lost-messages", 5.0)]);
    }

    #[test]
    fn what_fails_of_late_counts_for_itself() {
        let facts = Facts { finished: 1000, failed: 50, lately: (30, 100), ..Facts::default() };
        assert_eq!(points(&facts), [("errors", 60.0)]);
        assert!(
            deductions(&facts)[0].reason.starts_with("30 of 100 pieces of work failed that ended")
        );
        let few = Facts { lately: (2, 2), ..facts };
        assert_eq!(points(&few), [("errors", 10.0)]);
    }

    #[test]
    fn each_kind_has_its_points_and_its_most() {
        let facts = Facts {
            finished: 18,
            unfinished: 2,
            sent: 40,
            lost: 2,
            trends: vec![
                going("latency.p95", Direction::Degrading),
                going("throughput", Direction::Degrading),
                going("error_rate", Direction::Improving),
            ],
            resources: vec![
                resource(95.0, Some(0)),
                resource(70.0, Some(DAY_US)),
                resource(70.0, Some(DAY_US + 1)),
                resource(10.0, None),
            ],
            incidents: vec![12.0, 7.0, 4.0],
            ..Facts::default()
        };
        // 15 for a critical and a high incident; a tenth without an end; a twentieth lost.
        assert_eq!(
            points(&facts),
            [
                ("at-limit", 20.0),
                ("incidents", 15.0),
                ("unfinished", 10.0),
                ("near-limit", 10.0),
                ("getting-worse", 10.0),
                ("lost-messages", 5.0),
                ("getting-worse", 5.0),
            ]
        );
        assert_eq!(score(&deductions(&facts)), 25.0);
        assert_eq!(trend(&facts), Some("degrading"));
        let many = Facts { resources: vec![resource(95.0, Some(0)); 5], ..Facts::default() };
        assert_eq!(points(&many), [("at-limit", 40.0)]);
        let dearer =
            Facts { trends: vec![going("cost", Direction::Degrading)], ..Facts::default() };
        assert_eq!(points(&dearer), [("getting-dearer", 5.0)]);
    }

    #[test]
    fn a_step_that_lasts_is_worse_and_a_slope_to_nowhere_is_not() {
        let little = Going { went: 0.01, ..going("latency.p95", Direction::Degrading) };
        let facts = Facts { trends: vec![little], ..Facts::default() };
        assert_eq!((points(&facts), trend(&facts)), (vec![], Some("stable")));
        let step = Step { before: 3500.0, after: 8800.0, at_us: 1_767_927_600_000_000 };
        let stepped = Going { step: Some(step), ..going("latency.p95", Direction::Volatile) };
        let facts = Facts { trends: vec![stepped], ..Facts::default() };
        assert_eq!(
            deductions(&facts)[0].reason,
            "latency.p95 went from 3.50 s to 8.80 s at 2026-01-09 03:00:00"
        );
        assert_eq!(
            (points(&facts), trend(&facts)),
            (vec![("getting-worse", 10.0)], Some("degrading"))
        );
    }

    #[test]
    fn scores_have_a_status() {
        for (score, expected) in [
            (100.0, Status::Healthy),
            (80.0, Status::Healthy),
            (79.9, Status::Degraded),
            (60.0, Status::Degraded),
            (59.9, Status::Unhealthy),
            (39.9, Status::Critical),
        ] {
            assert_eq!(Status::of(score), expected, "{score}");
        }
    }

    #[test]
    fn a_trend_needs_points() {
        let of = |direction| Facts { trends: vec![going("x", direction)], ..Facts::default() };
        assert_eq!(trend(&of(Direction::Unknown)), None);
        assert_eq!(trend(&of(Direction::Volatile)), Some("stable"));
        assert_eq!(trend(&of(Direction::Improving)), Some("improving"));
    }
}
