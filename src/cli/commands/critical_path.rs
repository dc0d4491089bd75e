//! `tracekit critical-path`: what the end of runs waited for, and what would change it.

use super::analyses;
use super::questions::Question;
use crate::analysis::{CriticalPath, Runs};
use crate::cli::args::FilterArgs;
use crate::cli::bars::bar;
use crate::cli::what_if::{parse_allowance, parse_slowest, parse_what_if};
use crate::cli::{CliError, Context};
use crate::report::{Report, Section, Table, Unit, Values};

/// Show what the end of runs waited for, and try what would make them faster
///
/// A run is a session, else a trace; --trace takes traces, --session sessions. The critical path goes
/// from the end of a run back: what ended last before each section began was waited for. Its sections
/// do not overlap and sum to the run's wall time, so what takes most of it is what to make faster.
/// Messages under way (queue), work that was handed over and not begun (hand-off), persons (approval)
/// and time under no span (idle) are rows of their own.
///
/// A filter picks the runs in which a span fits it; each of them is taken whole.
#[derive(clap::Args, Debug)]
#[group(skip)]
#[command(after_help = "\
Examples:
  tracekit critical-path
  tracekit critical-path --session session-1-2
  tracekit critical-path --session '*' --slowest 5%
  tracekit critical-path --what-if agent=reviewer:-50% --what-if tool=web_search:-200ms
  tracekit critical-path --trace 5b8efff798038103d269b633813fc60c --format json | jq .sections")]
pub(super) struct Args {
    /// Try a change: agent, tool, operation, component or model, = its name (* matches any text), : by
    /// how much a span's own time changes, such as -50%, -200ms or +1s; repeatable
    #[arg(long, value_name = "SUBJECT=NAME:CHANGE")]
    what_if: Vec<String>,

    /// Only the slowest runs: a share of them such as 5%, or a number such as 10
    #[arg(long, value_name = "SHARE")]
    slowest: Option<String>,

    /// Count siblings that overlap by at most this share of what is above them as one after the other
    #[arg(long, value_name = "SHARE", default_value = "0")]
    overlap_allowance: String,

    #[command(flatten)]
    analysis: analyses::AnalysisArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), CliError> {
    let filter = args.analysis.filter();
    let what_ifs = args.what_if.iter().map(|text| parse_what_if(text)).collect::<Result<_, _>>()?;
    let analysis = CriticalPath {
        overlap_allowance: parse_allowance(&args.overlap_allowance)?,
        slowest: args.slowest.as_deref().map(parse_slowest).transpose()?,
        what_ifs,
        ..CriticalPath::new(runs_of(filter))
    };
    let keeps_columns = args.analysis.names_columns();
    analyses::answer(&args.analysis, context, &analysis, |report| draw(report, keeps_columns))
}

/// What a run is, by the filters that name one.
fn runs_of(filter: &FilterArgs) -> Runs {
    match (filter.trace.is_empty(), filter.session.is_empty()) {
        (false, _) => Runs::Traces,
        (true, false) => Runs::Sessions,
        (true, true) => Runs::All,
    }
}

/// What the command asks without flags of its own.
pub(super) fn question(filter: &FilterArgs) -> Question {
    Question::of(CriticalPath::new(runs_of(filter)), |report| draw(report, false))
}

/// The widest bar, in characters.
const BAR: u16 = 20;

/// Most rows that a person is shown of a list behind the first.
const SHOWN: usize = 10;

/// The sections in the order of a person's interest, each with the columns that help one.
const SECTIONS: [(&str, &[&str]); 7] = [
    ("rows", &["kind", "what", "exclusive_ns", "share", "of_the_path", "sections"]),
    (
        "runs",
        &[
            "run",
            "duration_ns",
            "what_if_ns",
            "saved_ns",
            "top",
            "top_share",
            "max_degree",
            "serial_share",
        ],
    ),
    ("sections", &["run", "from", "duration_ns", "kind", "what", "id"]),
    ("subjects", &["kind", "subject", "exclusive_ns", "share", "of_the_path"]),
    ("waits", &["kind", "agent", "peer", "count", "total_ns", "on_path_ns", "longest_ns"]),
    ("network", &["client", "server", "calls", "total_ns", "mean_ns", "longest_ns"]),
    ("degree", &[]),
];

/// Makes the report one for people: what a row is about in one column, bars beside shares, the longest
/// of long lists, and what worked at once as one line. Columns of the rows stay where they are named.
fn draw(report: &mut Report, keeps_columns: bool) {
    let single = report.sections.iter().any(|section| section.key == "degree");
    let mut known = std::mem::take(&mut report.sections);
    for (key, columns) in SECTIONS {
        let Some(place) = known.iter().position(|section| section.key == key) else { continue };
        let mut section = known.swap_remove(place);
        if key == "degree" {
            report.summary.extend(sparkline(&section.table));
        }
        let is_told = key == "degree" || (key == "runs" && single);
        if is_told || (section.table.is_empty() && key != "rows") {
            continue;
        }
        if key != "rows" || !keeps_columns {
            simplify(&mut section, columns);
        }
        report.sections.push(section);
    }
}

fn simplify(section: &mut Section, columns: &[&str]) {
    let table = &mut section.table;
    if section.key == "sections" && table.rows() > SHOWN {
        section.lead = Some(format!("The {SHOWN} longest of {}.", table.rows()));
        keep_longest(table);
    }
    let rows = 0..table.rows();
    let what = Values::texts(rows.clone().map(|row| what(table, row)).collect::<Vec<_>>());
    let bars = rows.map(|row| bar(table.float("share", row).unwrap_or_default(), BAR));
    let bars = Values::texts(bars.collect::<Vec<_>>());
    let mut all = std::mem::take(table)
        .with("what", Unit::None, what)
        .with("of_the_path", Unit::None, bars)
        .columns;
    for name in columns {
        let place = all.iter().position(|column| column.name == *name);
        table.columns.extend(place.map(|place| all.swap_remove(place)));
    }
    if section.key != "rows" && table.rows() > SHOWN {
        let cut = format!("The first {SHOWN} of {}; --format json has them all.", table.rows());
        *table = table.first(SHOWN);
        section.lead =
            Some(section.lead.take().map_or(cut.clone(), |lead| format!("{lead} {cut}")));
    }
}

/// What a row is about: who does what, or who is waited for.
fn what(table: &Table, row: usize) -> String {
    let text = |name| table.text(name, row);
    let agent = text("agent").or_else(|| text("component"));
    if let Some(peer) = text("peer") {
        return format!("{peer} → {}", agent.unwrap_or("?"));
    }
    let doing = text("tool").or_else(|| text("operation")).or_else(|| text("name"));
    [agent, doing].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Keeps the longest rows, in their order.
fn keep_longest(table: &mut Table) {
    let lengths: Vec<i64> = (0..table.rows())
        .map(|row| table.integer("duration_ns", row).unwrap_or_default())
        .collect();
    let mut rows: Vec<usize> = (0..lengths.len()).collect();
    rows.sort_by_key(|row| (-lengths[*row], *row));
    rows.truncate(SHOWN);
    rows.sort_unstable();
    *table = table.chosen(&rows);
}

/// How many worked at once, over time, as one line.
fn sparkline(table: &Table) -> Option<String> {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let means: Vec<f64> =
        (0..table.rows()).filter_map(|row| table.float("mean_degree", row)).collect();
    let most = means.iter().copied().fold(0.0, f64::max);
    let level = |mean: &f64| match LEVELS
        .iter()
        .zip(1_u8..)
        .find(|(_, up_to)| *mean <= most * f64::from(*up_to) / 8.0)
    {
        _ if *mean <= 0.0 => ' ',
        Some((level, _)) => *level,
        None => LEVELS[7],
    };
    let line: String = means.iter().map(level).collect();
    (most > 0.0).then(|| format!("At work over time: |{line}| (the highest is {most:.1})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rows_stay_in_their_order() {
        let count = i64::try_from(SHOWN).unwrap() + 2;
        let lengths = (0..count).map(|i| Some((i * 5) % count));
        let mut table =
            Table::default().with("duration_ns", Unit::None, Values::Integer(lengths.collect()));
        let before: Vec<i64> =
            (0..table.rows()).map(|row| table.integer("duration_ns", row).unwrap()).collect();
        keep_longest(&mut table);
        let after: Vec<i64> =
            (0..table.rows()).map(|row| table.integer("duration_ns", row).unwrap()).collect();
        let mut sorted = before.clone();
        sorted.sort_unstable();
        let expected: Vec<i64> = before.into_iter().filter(|length| *length >= sorted[2]).collect();
        assert_eq!(after.len(), SHOWN);
        assert_eq!(after, expected[..SHOWN]);
    }

    #[test]
    fn what_worked_at_once_is_a_line() {
        let means = Values::Float(vec![Some(0.0), Some(0.5), Some(2.0), Some(1.0)]);
        let table = Table::default().with("mean_degree", Unit::None, means);
        assert_eq!(
            sparkline(&table).as_deref(),
            Some("At work over time: | ▂█▄| (the highest is 2.0)")
        );
        assert_eq!(sparkline(&Table::default()), None);
    }
}
