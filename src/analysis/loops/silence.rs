//! `stall` and `no-progress`: agents that fall silent over open work, or work without completing any.
//!
//! An agent is stalled when it has an open turn and said nothing any more while its session went on:
//! for ten times the mean time between its own records, and for as long as ten records of the session
//! take. It makes no progress when, since it last completed a turn, it has done 100 things or more,
//! ten times as many as a completed turn takes on average in all that is looked at, and begun turns of
//! which none ended well.

use super::super::finish::{integer_of, text_of};
use super::finding::{Finding, Verdict, nanos, words};
use crate::report::Table;
use std::collections::{BTreeMap, BTreeSet};

/// How many times the usual is unusual.
const FACTOR: i64 = 10;

/// The fewest acts without a completed turn that are worth a word.
const FEWEST_ACTS: i64 = 100;

/// The fewest records of an agent from which its usual gap is known.
const FEWEST_WORDS: i64 = 3;

/// What an agent did in a group; times in microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Agent {
    words: i64,
    first_word: Option<i64>,
    last_word: Option<i64>,
    /// When it last did something itself.
    pub(super) last_act: Option<i64>,
    acts: i64,
    destroyed: Option<i64>,
}

/// A group's records together.
#[derive(Clone, Copy, Debug)]
struct Group {
    records: i64,
    first: i64,
    last: i64,
}

/// Who did how much, and when.
pub(super) struct Activity<'t> {
    agents: BTreeMap<(&'t str, &'t str), Agent>,
    groups: BTreeMap<&'t str, Group>,
}

impl<'t> Activity<'t> {
    /// Reads the rows of `agent_activity.sql`.
    pub(super) fn of_rows(rows: &'t Table) -> Self {
        let (groups, agents) = (text_of(rows, "agent_group"), text_of(rows, "agent"));
        let [records, first, last, words, first_word, last_word, acts, last_act, destroyed] = [
            "records",
            "first_us",
            "last_us",
            "words",
            "first_word_us",
            "last_word_us",
            "acts",
            "last_act_us",
            "destroyed_us",
        ]
        .map(|name| integer_of(rows, name));
        let mut found = Self { agents: BTreeMap::new(), groups: BTreeMap::new() };
        for row in 0..rows.rows() {
            let (Some(group), Some(from), Some(to)) = (groups(row), first(row), last(row)) else {
                continue;
            };
            let whole =
                found.groups.entry(group).or_insert(Group { records: 0, first: from, last: to });
            whole.records += records(row).unwrap_or_default();
            (whole.first, whole.last) = (whole.first.min(from), whole.last.max(to));
            let Some(agent) = agents(row) else { continue };
            let one = Agent {
                words: words(row).unwrap_or_default(),
                first_word: first_word(row),
                last_word: last_word(row),
                last_act: last_act(row),
                acts: acts(row).unwrap_or_default(),
                destroyed: destroyed(row),
            };
            found.agents.insert((group, agent), one);
        }
        found
    }

    /// What an agent did in a group.
    pub(super) fn of(&self, group: &str, agent: &str) -> Option<Agent> {
        self.agents.get(&(group, agent)).copied()
    }

    /// What all agents did.
    pub(super) fn acts(&self) -> i64 {
        self.agents.values().map(|agent| agent.acts).sum()
    }

    /// When the last record of a group was.
    pub(super) fn end(&self, group: &str) -> Option<i64> {
        self.groups.get(group).map(|group| group.last)
    }

    /// How long ten records of a group take on average, in microseconds, and more than nothing.
    pub(super) fn patience(&self, group: &str) -> Option<i64> {
        let group = self.groups.get(group)?;
        let gaps = (group.records - 1).max(1);
        Some((group.last.saturating_sub(group.first).saturating_mul(FACTOR) / gaps).max(1))
    }
}

/// Agents that fell silent over open turns; `turns` are the rows of `open_turns.sql`.
pub(super) fn stalls(turns: &Table, activity: &Activity<'_>) -> Vec<Finding> {
    let [groups, agents, ids] = ["turn_group", "agent", "id"].map(|name| text_of(turns, name));
    let starts = integer_of(turns, "ts_us");
    let mut open: BTreeMap<(&str, &str), BTreeSet<(i64, &str)>> = BTreeMap::new();
    for row in 0..turns.rows() {
        if let (Some(group), Some(agent), Some(id)) = (groups(row), agents(row), ids(row)) {
            open.entry((group, agent)).or_default().insert((starts(row).unwrap_or_default(), id));
        }
    }
    let stalled = |((group, name), turns): ((&str, &str), BTreeSet<(i64, &str)>)| {
        let agent = activity.of(group, name)?;
        let (first, last) = agent.first_word.zip(agent.last_word)?;
        let end = activity.end(group)?.min(agent.destroyed.unwrap_or(i64::MAX));
        let silence = end.saturating_sub(last);
        let patience = activity.patience(group)?;
        let usual = if agent.words >= FEWEST_WORDS {
            last.saturating_sub(first) / (agent.words - 1)
        } else {
            patience / FACTOR
        };
        if silence < patience || silence < usual.saturating_mul(FACTOR) {
            return None;
        }
        Some(Finding {
            verdict: Verdict::Stall,
            subject: name.to_owned(),
            agents: vec![name.to_owned()],
            tool: None,
            group: group.to_owned(),
            count: i64::try_from(turns.len()).unwrap_or(i64::MAX),
            first: last,
            last: end,
            wasted_ns: nanos(silence),
            wasted_tokens: None,
            detail: format!(
                "silent for {} to the end, {} open; usually a word every {}",
                words(silence),
                counted(turns.len(), "turn"),
                words(usual)
            ),
            evidence: turns.iter().map(|(_, id)| (*id).to_owned()).collect(),
        })
    };
    open.into_iter().filter_map(stalled).collect()
}

/// What turns took, in all that is looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// Turns that ended well.
    pub(super) completed: i64,
    /// What agents did.
    pub(super) acts: i64,
    /// What they did in vain.
    in_vain: i64,
}

/// Agents that do and do and complete nothing, before [`judge`]; `vain` are the rows of
/// `vain_acts.sql`, `turns` those of `open_turns.sql`.
pub(super) fn no_progress(vain: &Table, turns: &Table, pace: &mut Pace) -> Vec<Finding> {
    let (groups, agents) = (text_of(vain, "agent_group"), text_of(vain, "agent"));
    let [acts, first, last] = ["acts", "first_us", "last_us"].map(|name| integer_of(vain, name));
    let [turn_groups, turn_agents, ids] =
        ["turn_group", "agent", "id"].map(|name| text_of(turns, name));
    pace.in_vain += (0..vain.rows()).filter_map(acts).sum::<i64>();
    let finding = |row: usize| {
        let (group, name, acts) = (groups(row)?, agents(row)?, acts(row)?);
        let (first, last) = (first(row)?, last(row)?);
        if acts < FEWEST_ACTS {
            return None;
        }
        let length = last.saturating_sub(first);
        let evidence = (0..turns.rows())
            .filter(|row| turn_groups(*row) == Some(group) && turn_agents(*row) == Some(name))
            .filter_map(ids);
        Some(Finding {
            verdict: Verdict::NoProgress,
            subject: name.to_owned(),
            agents: vec![name.to_owned()],
            tool: None,
            group: group.to_owned(),
            count: acts,
            first,
            last,
            wasted_ns: nanos(length),
            wasted_tokens: None,
            detail: format!("{acts} acts in {}, nothing completed", words(length)),
            evidence: evidence.map(str::to_owned).collect(),
        })
    };
    (0..vain.rows()).filter_map(finding).collect()
}

/// Without those whose lack of progress is usual, by what a completed turn takes.
pub(super) fn judge(mut found: Vec<Finding>, pace: Pace) -> Vec<Finding> {
    // Where none was completed, nothing says how much work one is.
    let usual = (pace.completed > 0).then(|| (pace.acts - pace.in_vain) / pace.completed);
    found.retain_mut(|one| match usual {
        _ if one.verdict != Verdict::NoProgress => true,
        Some(usual) if one.count / FACTOR >= usual => {
            one.detail = format!("{}; a turn usually takes {usual}", one.detail);
            true
        }
        _ => false,
    });
    found
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::super::super::made_rows::rows_of;
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn turn(agent: &str) -> String {
        format!(r#"{{"turn_group":"s","agent":"{agent}","id":"t-{agent}","ts_us":0}}"#)
    }

    /// An agent with a record each second up to `last`, in a session of a hundred records a second for
    /// `end` seconds.
    fn silent(last: i64, end: i64, destroyed: Option<i64>) -> Table {
        let destroyed = destroyed.map_or("null".to_owned(), |time| (time * SECOND).to_string());
        rows_of(&[
            format!(
                r#"{{"agent_group":"s","agent":"a","records":{0},"first_us":0,"last_us":{1},"words":{0},"first_word_us":0,"last_word_us":{1},"last_act_us":{1},"destroyed_us":{destroyed}}}"#,
                last + 1,
                last * SECOND,
            ),
            format!(
                r#"{{"agent_group":"s","agent":null,"records":{},"first_us":0,"last_us":{}}}"#,
                end * 100,
                end * SECOND
            ),
        ])
    }

    fn stalled(activity: &Table, turns: &[String]) -> Vec<Finding> {
        stalls(&rows_of(turns), &Activity::of_rows(activity))
    }

    #[test]
    fn silence_of_ten_usual_gaps_over_open_work_is_a_stall() {
        let found = stalled(&silent(20, 30, None), &[turn("a"), turn("b")]);
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((one.subject.as_str(), one.count), ("a", 1));
        assert_eq!(
            (one.first, one.last, one.wasted_ns),
            (20 * SECOND, 30 * SECOND, 10_000 * SECOND)
        );
        assert_eq!(one.evidence, ["t-a"]);
        assert!(one.detail.ends_with("every 1.0 s"), "{}", one.detail);
        assert_eq!(stalled(&silent(20, 29, None), &[turn("a")]), []);
        assert_eq!(stalled(&silent(20, 60, None), &[turn("b")]), []);
    }

    #[test]
    fn whoever_is_destroyed_is_silent_up_to_then() {
        assert_eq!(stalled(&silent(20, 60, Some(29)), &[turn("a")]), []);
        assert_eq!(stalled(&silent(20, 60, Some(31)), &[turn("a")])[0].last, 31 * SECOND);
    }

    #[test]
    fn in_a_session_of_few_records_ten_of_them_must_pass() {
        let few = |end: i64| {
            rows_of(&[format!(
                r#"{{"agent_group":"s","agent":"a","records":11,"first_us":0,"last_us":{},"words":2,"first_word_us":0,"last_word_us":{SECOND},"last_act_us":0}}"#,
                end * SECOND
            )])
        };
        // Ten gaps of eleven records are the whole session.
        assert_eq!(stalled(&few(100), &[turn("a")]), []);
    }

    /// What `a` did in vain for a minute, beside the thirty acts of `b`, which completed some turns.
    fn idle(acts: i64, completed: i64) -> Vec<Finding> {
        let activity = rows_of(&[
            format!(
                r#"{{"agent_group":"s","agent":"a","records":{acts},"first_us":0,"last_us":0,"acts":{acts}}}"#
            ),
            r#"{"agent_group":"s","agent":"b","records":30,"first_us":0,"last_us":0,"acts":30}"#
                .to_owned(),
        ]);
        let vain = rows_of(&[format!(
            r#"{{"agent_group":"s","agent":"a","acts":{acts},"first_us":0,"last_us":{}}}"#,
            60 * SECOND
        )]);
        let acts = Activity::of_rows(&activity).acts();
        let mut pace = Pace { completed, acts, ..Pace::default() };
        let found = no_progress(&vain, &rows_of(&[turn("a"), turn("b")]), &mut pace);
        judge(found, pace)
    }

    #[test]
    fn a_hundred_acts_without_a_completed_turn_are_no_progress() {
        // A completed turn takes three acts.
        let found = idle(100, 10);
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((one.subject.as_str(), one.count, one.wasted_ns), ("a", 100, 60_000 * SECOND));
        assert_eq!(one.evidence, ["t-a"]);
        assert_eq!(idle(99, 10), []);
        // One takes fifteen.
        assert_eq!(idle(149, 2), []);
        assert_eq!(idle(150, 2).len(), 1);
    }

    #[test]
    fn where_no_turn_was_completed_nothing_is_said() {
        assert_eq!(idle(100_000, 0), []);
    }
}
