//! `tasks`: how long each task waited, ran and was retried, and the same by agent and kind of task.

use super::Analysis;
use super::finish::{mean, nothing, range, run, text_of};
use crate::query::{Engine, QueryError};
use crate::report::{Report, Section, Table, Texts, Unit, Values};
use std::collections::BTreeMap;

/// The command `tasks`.
pub(super) struct Tasks;

impl Analysis for Tasks {
    fn name(&self) -> &'static str {
        "tasks"
    }

    fn summary(&self) -> &'static str {
        "Tasks: attempts, time waited, run and lost in failed attempts"
    }

    fn texts(&self) -> &'static [&'static str] {
        &["range", "tasks", "unmatched_ends"]
    }

    fn notes(&self) -> String {
        "wait_ns is first_us - asked_us. A task's run_ns is null where none of its other attempts\n\
         ended. The section by_agent adds up the rows by agent and operation."
            .to_owned()
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let mut rows = Rows::default();
        let mut sums = Sums::new();
        let mut ends = 0;
        engine.shares()?.for_each(engine, |share| {
            let found = run(share, "tasks")?;
            rows.add(&found);
            add_sums(&found, &mut sums);
            ends += run(share, "unmatched_ends")?.integer("ends", 0).unwrap_or_default();
            Ok::<(), QueryError>(())
        })?;
        let is_empty = rows.first_us.is_empty();
        let mut report = Report::of_rows("tasks", "Tasks", rows.table());
        report.sections.push(
            Section::new("by_agent", "By agent and kind of task", by_agent(&sums))
                .with_lead("The most time lost in failed attempts first."),
        );
        let range = range(engine)?;
        report.range = range.bounds;
        if is_empty {
            report.notices.push(nothing(range, "no task was begun"));
        }
        if ends > 0 {
            let verb = if ends == 1 { "end has" } else { "ends have" };
            report.notices.push(format!(
                "{ends} {verb} no begin and no duration, so no span: tracekit query unmatched_ends"
            ));
        }
        Ok(report)
    }
}

/// The tasks of all shares so far.
#[derive(Default)]
struct Rows {
    texts: [Texts; 6],
    integers: [Vec<Option<i64>>; 5],
    first_us: Vec<Option<i64>>,
    last_us: Vec<Option<i64>>,
}

/// The columns of texts.
const TEXTS: [&str; 6] = ["task_id", "session_id", "agent", "operation", "name", "status"];

/// The columns of numbers, with what they count.
const INTEGERS: [(&str, Unit); 5] = [
    ("attempts", Unit::Count),
    ("failed", Unit::Count),
    ("wait_ns", Unit::Nanoseconds),
    ("run_ns", Unit::Nanoseconds),
    ("retry_ns", Unit::Nanoseconds),
];

impl Rows {
    /// Adds the rows of `tasks.sql`.
    fn add(&mut self, found: &Table) {
        for (texts, name) in self.texts.iter_mut().zip(TEXTS) {
            let text = text_of(found, name);
            (0..found.rows()).for_each(|row| texts.push(text(row)));
        }
        for (integers, (name, _)) in self.integers.iter_mut().zip(INTEGERS) {
            integers.extend((0..found.rows()).map(|row| match name {
                "wait_ns" => wait_ns(found, row),
                "run_ns" => run_ns(found, row),
                name => found.integer(name, row),
            }));
        }
        self.first_us.extend((0..found.rows()).map(|row| found.integer("first_us", row)));
        self.last_us.extend((0..found.rows()).map(|row| found.integer("last_us", row)));
    }

    /// All of them in the order of `tasks.sql`. Each column goes as it is put in order.
    fn table(self) -> Table {
        let [tasks, sessions, ..] = &self.texts;
        let mut order: Vec<usize> = (0..self.first_us.len()).collect();
        let key = |row: usize| {
            let [task, session] = [tasks, sessions].map(|texts| texts.get(row));
            (self.first_us[row], task.is_none(), task, session.is_none(), session)
        };
        order.sort_by(|one, two| key(*one).cmp(&key(*two)));
        let texts = self.texts.into_iter().zip(TEXTS).map(|(texts, name)| {
            let values = order.iter().map(|row| texts.get(*row)).collect();
            (name, Unit::None, Values::Text(values))
        });
        let in_order =
            |values: Vec<Option<i64>>| order.iter().map(|row| values[*row]).collect::<Vec<_>>();
        let integers = self
            .integers
            .into_iter()
            .zip(INTEGERS)
            .map(|(values, (name, unit))| (name, unit, Values::Integer(in_order(values))));
        let times = [("first", self.first_us), ("last", self.last_us)]
            .into_iter()
            .map(|(name, values)| (name, Unit::None, Values::Time(in_order(values))));
        texts
            .chain(integers)
            .chain(times)
            .fold(Table::default(), |table, (name, unit, values)| table.with(name, unit, values))
    }
}

/// From the first record that names the task to its first attempt.
fn wait_ns(found: &Table, row: usize) -> Option<i64> {
    let (asked, first) = (found.integer("asked_us", row)?, found.integer("first_us", row)?);
    first.checked_sub(asked)?.checked_mul(1_000)
}

/// The time in attempts that did not fail; nothing where none of them ended.
fn run_ns(found: &Table, row: usize) -> Option<i64> {
    found.integer("run_timed", row).filter(|timed| *timed > 0)?;
    found.integer("run_ns", row)
}

/// What an agent's tasks of one kind add up to.
#[derive(Clone, Copy, Default)]
struct Sum {
    tasks: i64,
    attempts: i64,
    failed: i64,
    open: i64,
    /// Tasks with a wait, and their waits.
    waits: (i64, i64),
    /// Tasks with a run, and their runs.
    runs: (i64, i64),
    retry_ns: i64,
}

/// The sums of each agent and kind of task.
type Sums = BTreeMap<(Option<String>, Option<String>), Sum>;

/// Adds up the rows of `tasks.sql`.
fn add_sums(found: &Table, sums: &mut Sums) {
    let mut here: BTreeMap<(Option<&str>, Option<&str>), Vec<usize>> = BTreeMap::new();
    for row in 0..found.rows() {
        let key = (found.text("agent", row), found.text("operation", row));
        here.entry(key).or_default().push(row);
    }
    for ((agent, kind), rows) in here {
        let key = (agent.map(str::to_owned), kind.map(str::to_owned));
        let sum = sums.entry(key).or_default();
        for row in rows {
            sum.add(found, row);
        }
    }
}

impl Sum {
    fn add(&mut self, found: &Table, row: usize) {
        let number = |name| found.integer(name, row).unwrap_or_default();
        self.tasks += 1;
        self.attempts += number("attempts");
        match found.text("status", row) {
            Some("error" | "timeout") => self.failed += 1,
            Some("running") => self.open += 1,
            _ => {}
        }
        let add = |(count, total): &mut (i64, i64), value: Option<i64>| {
            if let Some(value) = value {
                *count += 1;
                *total = total.saturating_add(value);
            }
        };
        add(&mut self.waits, wait_ns(found, row));
        add(&mut self.runs, run_ns(found, row));
        self.retry_ns = self.retry_ns.saturating_add(number("retry_ns"));
    }
}

/// The tasks by agent and operation, the most time in failed attempts first.
fn by_agent(sums: &Sums) -> Table {
    let mut sums: Vec<_> = sums.iter().collect();
    // Stable, so equal ones stay in the order of agent and operation.
    sums.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.retry_ns));
    let counts = |one: &dyn Fn(&Sum) -> Option<i64>| {
        Values::Integer(sums.iter().map(|(_, sum)| one(sum)).collect())
    };
    let of = |(count, total): (i64, i64)| mean(Some(total), Some(count));
    Table::default()
        .with(
            "agent",
            Unit::None,
            Values::Text(sums.iter().map(|((agent, _), _)| agent.as_deref()).collect()),
        )
        .with(
            "operation",
            Unit::None,
            Values::Text(sums.iter().map(|((_, kind), _)| kind.as_deref()).collect()),
        )
        .with("tasks", Unit::Count, counts(&|sum| Some(sum.tasks)))
        .with("attempts", Unit::Count, counts(&|sum| Some(sum.attempts)))
        .with("failed", Unit::Count, counts(&|sum| Some(sum.failed)))
        .with("open", Unit::Count, counts(&|sum| Some(sum.open)))
        .with("mean_wait_ns", Unit::Nanoseconds, counts(&|sum| of(sum.waits)))
        .with("mean_run_ns", Unit::Nanoseconds, counts(&|sum| of(sum.runs)))
        .with("retry_ns", Unit::Nanoseconds, counts(&|sum| Some(sum.retry_ns)))
}
