//! `tracekit demo`: a small trace with a story, the same for the same seed.
//!
//! The run is made up in [`story`], or with `--plant` in [`calm`] and [`troubles`], or with `--days` in
//! [`lasting`]; its events are written by [`event`]; this file only prints.

mod acts;
mod calm;
mod claims;
mod course;
mod event;
mod lasting;
mod plant;
mod random;
mod session;
mod story;
mod troubles;
mod worker;

use crate::cli::destination::write_to;
use crate::cli::words::counted;
use crate::cli::{CliError, Context};
use plant::{Choice, Contradiction, Trouble, Truth};
use session::Round;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Make a small trace of a made-up swarm to try things on
///
/// Five agents work through two sessions of the morning of 2026-01-05, as Claude-Flow events. The
/// same seed gives the same bytes.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
What to look for:
  - reviewer takes four times as long as its peers, and uses the dearest model
  - in the second session a task of researcher fails three times, because the tool web_search is
    rate limited, and succeeds at the fourth attempt
  - in the second session one message from coder to tester never arrives
  - in the second session cpu.usage climbs from 35 % to 92 %

With --plant it is another run: seven agents, of which three do the same kind of task, in sessions
of a thousand events. Nothing goes wrong in it but what is planted; what happens once happens in the
last session. --truth says what was planted: a JSON object a line with fault, the command that
should name it, type, subject, agents, and the ids of its records.

With --days it is a run of days from 2026-01-05T00:00Z on: about a task a minute, by the same seven
agents, and a sample of processor and memory every five minutes. Alone it stays as it is from the
first day to the last, and other seeds give other such runs. Troubles that show over days make the
run last 7 days where --days does not say how many; the truth has the metric too, what it is split by,
and the time at which the trouble begins, or from when to when it lasts. As many events as asked
for are spread over the days: a burst or a season moves work and adds none.

Examples:
  tracekit demo -o run.jsonl && tracekit ingest run.jsonl
  tracekit demo --events 100000 | tracekit ingest -
  tracekit demo --plant slow-agent,deadlock --truth truth.jsonl -o run.jsonl
  tracekit demo --plant cpu-ramp,latency-step --truth truth.jsonl -o week.jsonl
  tracekit demo --days 7 --seed 3 -o calm-week.jsonl")]
pub(super) struct Args {
    /// How many events [default: 2000, or 6000 a day in a run of days]
    #[arg(long, value_name = "N",
        value_parser = clap::value_parser!(u64).range(story::FEWEST..=100_000_000))]
    events: Option<u64>,

    /// Make a run that lasts so many days instead
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=366))]
    days: Option<u32>,

    /// Another seed shifts durations, tokens and samples; the story stays
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,

    /// Make a calm run with these troubles in it, separated by commas; some make it last 7 days
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    plant: Vec<Choice>,

    /// Write what was planted to this file, a JSON object a line; - is standard output
    #[arg(long, value_name = "FILE", requires = "plant")]
    truth: Option<PathBuf>,

    /// Write to this file, whole or not at all; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How many days a run lasts in which something is planted that takes days.
const USUAL_DAYS: u32 = 7;
/// How many days a season needs to be one.
const SEASON_DAYS: u32 = 3;
/// How many events a run has that takes minutes.
const USUAL_EVENTS: u64 = 2000;

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let plan = plan(args)?;
    let mut truth = Truth::default();
    write_to(args.output.as_deref(), |out| {
        let mut write = |round: Round| write_round(&round, out);
        let Plan { kind, events, troubles } = &plan;
        match kind {
            Kind::Story => story::rounds(*events, args.seed).try_for_each(write),
            Kind::Calm => {
                calm::sessions(*events, args.seed, troubles, &mut truth).try_for_each(write)
            }
            Kind::Lasting { days } => {
                lasting::hours(*days, *events, args.seed, troubles, &mut truth)
                    .try_for_each(&mut write)
            }
        }
    })?;
    if let Some(path) = args.truth.as_deref() {
        write_to(Some(path), |out| truth.write(out))?;
    }
    if let Some(path) = args.output.as_deref().filter(|path| path.as_os_str() != "-") {
        let written = format!("{} in `{}`", counted(plan.events, "event"), path.display());
        context.messages.status(&written);
    }
    Ok(())
}

/// What kind of run.
enum Kind {
    Story,
    Calm,
    Lasting { days: u32 },
}

/// What is to be made.
struct Plan {
    kind: Kind,
    events: u64,
    troubles: Vec<Trouble>,
}

/// Reads the flags together.
fn plan(args: &Args) -> Result<Plan, CliError> {
    let chosen = Trouble::chosen(&args.plant, args.days.is_some());
    let troubles = chosen.map_err(|contradiction| match contradiction {
        Contradiction::NoneAndOthers => {
            CliError::usage("`--plant none` plants nothing, and cannot stand beside other names")
                .with_hint("leave `none` out")
        }
        Contradiction::MinutesInDays(name) => CliError::usage(format!(
            "`{name}` happens within minutes, and is not planted in a run of days"
        ))
        .with_hint("make two runs: one without `--days` and without troubles that take days"),
    })?;
    let needs_days = troubles.iter().any(|trouble| trouble.lasts_days());
    let days = args.days.or(needs_days.then_some(USUAL_DAYS));
    let kind = match days {
        Some(days) => Kind::Lasting { days },
        None if args.plant.is_empty() => Kind::Story,
        None => Kind::Calm,
    };
    let usual = days.map_or(USUAL_EVENTS, |days| u64::from(days) * lasting::USUAL_EVENTS);
    let events = args.events.unwrap_or(usual);
    let (fewest, flag) = match kind {
        Kind::Story => (story::FEWEST, String::new()),
        Kind::Calm => (calm::FEWEST, "--plant".to_owned()),
        Kind::Lasting { days } => (lasting::fewest(days), format!("--days {days}")),
    };
    if events < fewest {
        return Err(CliError::usage(format!("`{flag}` needs `--events {fewest}` or more")));
    }
    if troubles.contains(&Trouble::DailySeason) && days.is_some_and(|days| days < SEASON_DAYS) {
        let what = format!("`daily-season` needs `--days {SEASON_DAYS}` or more");
        return Err(CliError::usage(what));
    }
    let is_stdout = |path: Option<&Path>| path.is_none_or(|path| path.as_os_str() == "-");
    let truth_path = args.truth.as_deref();
    if truth_path.is_some()
        && (truth_path == args.output.as_deref()
            || (is_stdout(truth_path) && is_stdout(args.output.as_deref())))
    {
        return Err(CliError::usage("events and truth cannot go to the same place")
            .with_hint("name a file with `--output` and another with `--truth`"));
    }
    Ok(Plan { kind, events, troubles })
}

fn write_round(round: &Round, out: &mut dyn Write) -> io::Result<()> {
    round.events.iter().try_for_each(|event| event::write_line(event, &round.session, out))
}

#[cfg(test)]
mod tests {
    use super::story::FEWEST;
    use super::*;
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};

    fn text(events: u64, seed: u64) -> String {
        let mut out = Vec::new();
        for round in story::rounds(events, seed) {
            round
                .events
                .iter()
                .for_each(|event| event::write_line(event, &round.session, &mut out).unwrap());
        }
        String::from_utf8(out).unwrap()
    }

    fn events(count: u64, seed: u64) -> Vec<Value> {
        text(count, seed).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn of_type<'e>(events: &'e [Value], name: &str) -> Vec<&'e Value> {
        events.iter().filter(|event| event["type"] == name).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        assert_eq!(text(500, 7), text(500, 7));
        assert_ne!(text(500, 7), text(500, 8));
    }

    #[test]
    fn there_are_as_many_events_as_asked_for_in_order_of_time() {
        for count in [FEWEST, 500, 501, 2000, 4321] {
            let events = events(count, 1);
            assert_eq!(events.len() as u64, count);
            let times: Vec<i64> =
                events.iter().map(|event| event["timestamp"].as_i64().unwrap()).collect();
            assert!(times.is_sorted(), "{count}");
            // 2026-01-05T09:00:00Z.
            assert_eq!(times[0], 1_767_603_600_000);
            let ids: BTreeSet<&str> =
                events.iter().map(|event| event["id"].as_str().unwrap()).collect();
            assert_eq!(ids.len() as u64, count);
            for event in &events {
                let parent = event["parentId"].as_str();
                assert!(parent.is_none_or(|parent| ids.contains(parent)), "{event}");
            }
        }
    }

    #[test]
    fn the_story_is_there() {
        for seed in [1, 2, 3] {
            let events = events(2000, seed);
            let sessions: BTreeSet<&str> =
                events.iter().map(|event| event["sessionId"].as_str().unwrap()).collect();
            assert_eq!(sessions.len(), 2);
            let second = sessions.last().unwrap();

            // The tool fails three times, in one task, which then ends well.
            let failures = of_type(&events, "TASK_FAIL");
            assert_eq!(failures.len(), 3);
            let task = &failures[0]["data"]["taskId"];
            let of_task = |name: &str| {
                let of_type = of_type(&events, name).into_iter();
                of_type.filter(|event| event["data"]["taskId"] == *task).count()
            };
            assert_eq!((of_task("TASK_START"), of_task("TASK_FAIL")), (4, 3));
            assert_eq!(of_task("TASK_COMPLETE"), 1);
            let errors = of_type(&events, "ERROR");
            assert_eq!(errors.len(), 3);
            for (attempt, error) in errors.iter().enumerate() {
                assert_eq!(error["data"]["context"]["attemptNumber"], attempt + 1);
                assert_eq!(error["data"]["tool"], "web_search");
                assert_eq!(error["sessionId"], **second);
            }

            // One message of the second session has no receiver.
            let ids = |name: &str| -> Vec<String> {
                let of_type = of_type(&events, name).into_iter();
                of_type.map(|event| event["data"]["messageId"].to_string()).collect()
            };
            let received: BTreeSet<String> = ids("MESSAGE_RECEIVE").into_iter().collect();
            let lost: Vec<&Value> = of_type(&events, "MESSAGE_SEND")
                .into_iter()
                .filter(|event| !received.contains(&event["data"]["messageId"].to_string()))
                .collect();
            assert_eq!(lost.len(), 1);
            assert_eq!(lost[0]["agentId"], "coder");
            assert_eq!(lost[0]["data"]["recipient"], "tester");
            assert_eq!(lost[0]["sessionId"], **second);
        }
    }

    #[test]
    fn the_reviewer_is_slow_and_dear() {
        let events = events(2000, 1);
        let mut durations: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let mut costs: BTreeMap<&str, f64> = BTreeMap::new();
        for event in of_type(&events, "TASK_COMPLETE") {
            let agent = event["agentId"].as_str().unwrap();
            durations.entry(agent).or_default().push(event["data"]["duration"].as_f64().unwrap());
            *costs.entry(agent).or_default() += event["data"]["cost"].as_f64().unwrap();
        }
        let mean =
            |agent: &str| durations[agent].iter().sum::<f64>() / durations[agent].len() as f64;
        let peers = (mean("researcher") + mean("coder") + mean("tester")) / 3.0;
        let ratio = mean("reviewer") / peers;
        assert!((3.5..4.5).contains(&ratio), "{ratio}");
        let dearest = costs.iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
        assert_eq!(*dearest.0, "reviewer");
    }

    #[test]
    fn the_processor_gets_busy_in_the_second_session() {
        let events = events(2000, 1);
        let mut samples: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for event in of_type(&events, "PERFORMANCE_METRIC") {
            let usage = event["data"]["metrics"]["cpu"]["usage"].as_f64().unwrap();
            samples.entry(event["sessionId"].as_str().unwrap()).or_default().push(usage);
        }
        let ends: Vec<(f64, f64)> =
            samples.values().map(|list| (list[0], list[list.len() - 1])).collect();
        assert!((ends[0].1 - ends[0].0).abs() < 5.0, "{ends:?}");
        assert!((33.0..37.0).contains(&ends[1].0), "{ends:?}");
        assert!((90.0..94.0).contains(&ends[1].1), "{ends:?}");
    }

    #[test]
    fn every_begin_has_its_end_but_for_the_lost_message() {
        let events = events(2000, 1);
        let count = |name: &str| of_type(&events, name).len();
        assert_eq!(count("TASK_START"), count("TASK_COMPLETE") + count("TASK_FAIL"));
        assert_eq!(count("DECISION_START"), count("DECISION_COMPLETE"));
        // Five agents in each of two sessions.
        assert_eq!((count("AGENT_SPAWN"), count("AGENT_DESTROY")), (10, 10));
        assert_eq!((count("SYSTEM_START"), count("SYSTEM_SHUTDOWN")), (2, 2));
    }
}
