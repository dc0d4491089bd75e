//! `loops`: agents that turn in circles or stand still: repeated calls, ping-pong, no progress, stalls,
//! deadlocks, each with the records that show it.
//!
//! What is true of a session as a whole is looked for among all its records, whatever the filter; a
//! finding stays when one of the records that it names fits.

mod arguments;
mod calls;
mod finding;
mod hand_overs;
mod silence;
mod waits;

use super::Analysis;
use super::finish::{integer_of, nothing, range, run, text_of};
use super::text;
use crate::query::{Engine, QueryError};
use crate::report::{Report, Table, Unit, Values};
use finding::{Finding, MOST_EVIDENCE, Verdict};
use silence::{Activity, Pace};
use std::collections::{BTreeSet, HashSet};

/// The most findings that are listed.
const MOST_LISTED: usize = 1_000;

/// The command `loops`.
pub struct Loops {
    /// What counts as a loop.
    pub options: Options,
}

/// The command `loops` without options.
pub static LOOPS: Loops = Loops { options: Options::DEFAULT };

/// What counts as a loop.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// So many equal calls in a row, or hand-overs in each direction, are a loop; at least 2.
    pub min_repeats: usize,
}

impl Options {
    /// Three.
    pub const DEFAULT: Self = Self { min_repeats: 3 };
}

impl Analysis for Loops {
    fn name(&self) -> &'static str {
        "loops"
    }

    fn summary(&self) -> &'static str {
        "Agents that turn in circles: repeated calls, ping-pong, stalls, deadlocks, no progress"
    }

    fn texts(&self) -> &'static [&'static str] {
        &[
            "range",
            "loop_calls",
            "hand_overs",
            "task_holders",
            "turn_counts",
            "open_turns",
            "agent_activity",
            "agent_waits",
            "vain_acts",
            "fitting_ids",
        ]
    }

    fn notes(&self) -> String {
        NOTES.to_owned()
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        loops(engine, self.options)
    }
}

/// How the last step goes on from the rows of the texts.
const NOTES: &str = "\
The texts are run over all records of the sessions that are asked for; a finding is listed when one of
the records that it names is among fitting_ids.
repeated-call: loop_calls by call_group and agent in order of ts_us and id; rows of equal tool and
  arguments (data.parameters, input, input_params, tags, attributes, in one spelling); an attempt at the
  task whose last attempt failed is not counted.
ping-pong: hand_overs and task_holders by hand_group and task (else content, else conversation) in order
  of ts_us and id, where giver and taker change places each time.
deadlock: circles of agents with open_turns whose requests in agent_waits were not answered, or whose
  turns hang below each other's, and that did nothing (last_act_us) after the circle closed.
stall: open_turns of agents whose silence (from last_word_us to the end of the session) is ten times
  (last_word_us - first_word_us) / (words - 1), and ten times the mean gap of the session's records.
no-progress: vain_acts of 100 and more, ten times the acts of a completed turn.
Rows are in order of the time that was wasted.
";

/// The loops among the records that `engine` is filtered to.
fn loops(engine: &Engine, options: Options) -> Result<Report, QueryError> {
    let range = range(engine)?;
    let around = engine.around();
    let whole = around.as_ref().unwrap_or(engine);
    let mut found = Vec::new();
    let mut pace = Pace::default();
    whole.shares()?.for_each(whole, |share| {
        found.extend(find(share, options, &mut pace)?);
        Ok::<(), QueryError>(())
    })?;
    found = silence::judge(found, pace);
    if around.is_some() && !found.is_empty() {
        let fitting = run(engine, "fitting_ids")?;
        let ids = text_of(&fitting, "id");
        let named: HashSet<&str> =
            found.iter().flat_map(|one| &one.evidence).map(String::as_str).collect();
        let kept: HashSet<String> = (0..fitting.rows())
            .filter_map(ids)
            .filter(|id| named.contains(id))
            .map(str::to_owned)
            .collect();
        found.retain(|one| one.evidence.iter().any(|id| kept.contains(id)));
    }
    found.sort_by(|one, two| one.rank().cmp(&two.rank()));
    let left_out = found.len().saturating_sub(MOST_LISTED);
    found.truncate(MOST_LISTED);
    let mut report = Report::of_rows("loops", "Loops", table(&found));
    report.range = range.bounds;
    if left_out > 0 {
        report.notices.push(format!("{left_out} findings that wasted less are not listed"));
    }
    if found.is_empty() {
        report.notices.push(nothing(range, "no loop, stall or deadlock was found"));
    }
    Ok(report)
}

/// The findings of a share, each agent's trouble told once; adds to `pace` what its turns took.
fn find(engine: &Engine, options: Options, pace: &mut Pace) -> Result<Vec<Finding>, QueryError> {
    let min_repeats = options.min_repeats.max(2);
    // Payloads are large: an engine of their own lets go of them before the rest is asked.
    let calls = run(&engine.anew(), "loop_calls")?;
    let mut found = calls::repeated_calls(&calls, min_repeats);
    drop(calls);
    let rest = ["task_holders", "turn_counts", "open_turns", "vain_acts", "agent_waits"];
    engine.expect(&rest.map(text))?;
    let (given, attempts) = (run(engine, "hand_overs")?, run(engine, "task_holders")?);
    found.extend(hand_overs::ping_pong(&given, &attempts, min_repeats));
    let counts = run(engine, "turn_counts")?;
    let sum = |name: &str| -> i64 {
        let count = integer_of(&counts, name);
        (0..counts.rows()).filter_map(count).sum()
    };
    let has_open = sum("open_turns") > 0;
    pace.completed += sum("ok_turns");
    let rows = run(engine, "agent_activity")?;
    let activity = Activity::of_rows(&rows);
    pace.acts += activity.acts();
    if has_open || sum("failed_turns") > 0 {
        let turns = if has_open { run(engine, "open_turns")? } else { Table::default() };
        let said = if has_open { run(engine, "agent_waits")? } else { Table::default() };
        found.extend(waits::deadlocks(&turns, &said, &activity));
        found.extend(silence::stalls(&turns, &activity));
        let vain = run(engine, "vain_acts")?;
        found.extend(silence::no_progress(&vain, &turns, pace));
    }
    Ok(told_once(found))
}

/// Without a stall that a deadlock explains, and without a lack of progress that anything else does.
fn told_once(mut found: Vec<Finding>) -> Vec<Finding> {
    let about = |verdicts: &[Verdict]| -> BTreeSet<(String, String)> {
        let those = found.iter().filter(|one| verdicts.contains(&one.verdict));
        let agents = |one: &Finding| {
            let group = one.group.clone();
            one.agents.iter().map(|agent| (group.clone(), agent.clone())).collect::<Vec<_>>()
        };
        those.flat_map(agents).collect()
    };
    let locked = about(&[Verdict::Deadlock]);
    let explained =
        about(&[Verdict::Deadlock, Verdict::Stall, Verdict::PingPong, Verdict::RepeatedCall]);
    found.retain(|one| {
        let is_of = |known: &BTreeSet<(String, String)>| {
            one.agents.iter().any(|agent| known.contains(&(one.group.clone(), agent.clone())))
        };
        match one.verdict {
            Verdict::Stall => !is_of(&locked),
            Verdict::NoProgress => !is_of(&explained),
            _ => true,
        }
    });
    found
}

fn table(found: &[Finding]) -> Table {
    let texts =
        |one: &dyn Fn(&Finding) -> Option<String>| Values::Text(found.iter().map(one).collect());
    let integers =
        |one: &dyn Fn(&Finding) -> Option<i64>| Values::Integer(found.iter().map(one).collect());
    let times = |one: &dyn Fn(&Finding) -> i64| {
        Values::Time(found.iter().map(|finding| Some(one(finding))).collect())
    };
    let evidence = |one: &Finding| Some(one.evidence.iter().take(MOST_EVIDENCE).cloned().collect());
    Table::default()
        .with("verdict", Unit::None, Values::texts(found.iter().map(|one| one.verdict.name())))
        .with("subject", Unit::None, texts(&|one| Some(one.subject.clone())))
        .with("count", Unit::Count, integers(&|one| Some(one.count)))
        .with("wasted_ns", Unit::Nanoseconds, integers(&|one| Some(one.wasted_ns)))
        .with("detail", Unit::None, texts(&|one| Some(one.detail.clone())))
        .with("first", Unit::None, times(&|one| one.first))
        .with("last", Unit::None, times(&|one| one.last))
        .with("wasted_tokens", Unit::Tokens, integers(&|one| one.wasted_tokens))
        .with("tool", Unit::None, texts(&|one| one.tool.clone()))
        .with("group_id", Unit::None, texts(&|one| Some(one.group.clone())))
        .with(
            "evidence_count",
            Unit::Count,
            integers(&|one| i64::try_from(one.evidence.len()).ok()),
        )
        .with("evidence", Unit::None, Values::TextList(found.iter().map(evidence).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::made_rows::rows_of;
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// A call by few agents of few tools with few arguments.
    fn call() -> impl Strategy<Value = Value> {
        (0..3u8, 0..2u8, 0..3u8, 0..40i64, 0..3u8).prop_map(|(agent, tool, argument, time, task)| {
            json!({
                "call_group": "s", "agent": format!("a{agent}"), "tool": format!("t{tool}"),
                "data": json!({"input": argument}).to_string(), "ts_us": time, "end_us": time + 1,
                "duration_ns": 1000, "tokens": 1,
                "status": if task == 0 { "error" } else { "ok" }, "task_id": format!("k{task}"),
            })
        })
    }

    fn message() -> impl Strategy<Value = Value> {
        (0..3u8, 0..3u8, 0..40i64, 0..2u8, 0..3u8).prop_map(|(from, to, time, task, kind)| {
            let kind = ["request", "hand-off", "response"][usize::from(kind)];
            json!({
                "hand_group": "s", "wait_group": "s", "agent": format!("a{from}"),
                "peer": format!("a{to}"), "ts_us": time, "task_id": format!("k{task}"),
                "type": "MESSAGE_SEND", "is_message": 1,
                "data": json!({"messageType": kind}).to_string(),
            })
        })
    }

    /// Rows with ids of their own, and the same in another order.
    fn named(rows: Vec<Value>) -> (Vec<String>, Vec<String>) {
        let named: Vec<String> = rows
            .into_iter()
            .enumerate()
            .map(|(place, mut row)| {
                row["id"] = json!(format!("r{place:03}"));
                row.to_string()
            })
            .collect();
        let mut turned = named.clone();
        turned.reverse();
        turned.rotate_left(named.len() / 3);
        (named, turned)
    }

    fn sorted(mut found: Vec<Finding>) -> Vec<Finding> {
        found.sort_by(|one, two| one.rank().cmp(&two.rank()));
        found
    }

    /// The lengths of the rows of equal calls of each agent, counted one by one.
    fn lengths(rows: &[String], least: usize) -> Vec<i64> {
        let mut calls: Vec<Value> =
            rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
        calls.sort_by_key(|call| {
            (call["agent"].to_string(), call["ts_us"].as_i64(), call["id"].to_string())
        });
        let mut found = Vec::new();
        let (mut before, mut made, mut all) = (Value::Null, 0, 0);
        for call in calls.into_iter().chain([Value::Null]) {
            let is_alike = ["agent", "tool", "data"].iter().all(|name| call[name] == before[name])
                && !call.is_null();
            if !is_alike {
                if all >= least && made >= i64::try_from(least).unwrap() {
                    found.push(made);
                }
                (made, all) = (0, 0);
            }
            let is_retry =
                is_alike && before["status"] == "error" && before["task_id"] == call["task_id"];
            (made, all) = (made + i64::from(!is_retry), all + 1);
            before = call;
        }
        found.sort_unstable();
        found
    }

    proptest! {
        #[test]
        fn rows_of_calls_are_those_that_one_counts(rows in prop::collection::vec(call(), 0..40)) {
            let (rows, turned) = named(rows);
            let found = sorted(calls::repeated_calls(&rows_of(&rows), 2));
            let mut counts: Vec<i64> = found.iter().map(|one| one.count).collect();
            counts.sort_unstable();
            prop_assert_eq!(counts, lengths(&rows, 2));
            prop_assert_eq!(sorted(calls::repeated_calls(&rows_of(&turned), 2)), found);
        }

        #[test]
        fn the_order_of_messages_in_the_input_does_not_count(rows in prop::collection::vec(message(), 0..60)) {
            let (rows, turned) = named(rows);
            let games = |rows: &[String]| sorted(hand_overs::ping_pong(&rows_of(rows), &Table::default(), 2));
            prop_assert_eq!(games(&turned), games(&rows));
            let turns: Vec<String> = (0..3)
                .map(|n| json!({"turn_group": "s", "agent": format!("a{n}"), "id": format!("t{n}"), "ts_us": 0}).to_string())
                .collect();
            let activity = rows_of(&[r#"{"agent_group":"s","agent":null,"records":100,"first_us":0,"last_us":90}"#]);
            let locks = |rows: &[String]| {
                sorted(waits::deadlocks(&rows_of(&turns), &rows_of(rows), &Activity::of_rows(&activity)))
            };
            prop_assert_eq!(locks(&turned), locks(&rows));
        }
    }

    #[test]
    fn a_hundred_thousand_equal_calls_are_one_finding() {
        let call = |n: i64| {
            format!(
                r#"{{"call_group":"s","agent":"a","tool":"t","id":"c{n:06}","data":"{{\"args\":{{}}}}","ts_us":{n}}}"#
            )
        };
        let rows: Vec<String> = (0..100_000).map(call).collect();
        let found = calls::repeated_calls(&rows_of(&rows), 3);
        assert_eq!((found.len(), found[0].count), (1, 100_000));
        let listed = table(&found);
        assert_eq!(listed.integer("evidence_count", 0), Some(100_000));
        let Values::TextList(ids) = &listed.column("evidence").unwrap().values else { panic!() };
        assert_eq!(ids[0].as_ref().unwrap().len(), MOST_EVIDENCE);
    }

    #[test]
    fn an_agents_trouble_is_told_once() {
        let finding = |verdict: Verdict, agent: &str| Finding {
            verdict,
            subject: agent.to_owned(),
            agents: vec![agent.to_owned()],
            tool: None,
            group: "s".to_owned(),
            count: 1,
            first: 0,
            last: 0,
            wasted_ns: 0,
            wasted_tokens: None,
            detail: String::new(),
            evidence: Vec::new(),
        };
        let told = |found: &[(Verdict, &str)]| -> Vec<(Verdict, String)> {
            let found = found.iter().map(|(verdict, agent)| finding(*verdict, agent)).collect();
            told_once(found).into_iter().map(|one| (one.verdict, one.subject)).collect()
        };
        let all = [
            (Verdict::Deadlock, "a"),
            (Verdict::Stall, "a"),
            (Verdict::Stall, "b"),
            (Verdict::NoProgress, "b"),
            (Verdict::RepeatedCall, "c"),
            (Verdict::NoProgress, "c"),
            (Verdict::NoProgress, "d"),
        ];
        let left = [0, 2, 4, 6].map(|place| (all[place].0, all[place].1.to_owned()));
        assert_eq!(told(&all), left);
    }
}
