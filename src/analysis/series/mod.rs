//! Time series out of a store: every recorded metric, and latency, throughput, errors, activity, tokens
//! and cost, in equal buckets of time, split by agent, tool, model, … where that is asked for.
//!
//! What a series tells is for `statistics` and the analyses on top of it.

mod derived;
mod grid;
mod known;
mod recorded;
mod scope;
mod spacing;

pub use grid::Grid;
pub(super) use grid::usual_width;
pub use known::{Better, Setting};
pub use scope::Scope;
pub(super) use scope::filled_by;

use super::finish::{Range, integer_of, range};
use super::statistics::{
    Line, MannKendall, Profile, examine, examine_counts, modified_mann_kendall, theil_sen,
};
use super::text;
use super::tokens::Prices;
use crate::query::{Engine, QueryError, fits_patterns, to_table};
use crate::report::{Table, length_of_time, moment};
use rayon::prelude::*;
use std::borrow::Cow;

/// The texts that series are read by.
pub(super) const TEXTS: &[&str] =
    &["range", "series_records", "series_work", "series_tokens", "series_metrics"];

/// The metrics that follow from finished work, from records, and from uses of tokens.
const DERIVED: [&[&str]; 3] = [
    &["latency.p50", "latency.p95", "latency.p99", "error_rate", "throughput"],
    &["events"],
    &["tokens", "cost"],
];

/// Those of them that are counts, in which a bucket without any is a zero where others were seen.
const COUNTED: [&str; 4] = ["throughput", "events", "tokens", "cost"];

/// Which series, in which buckets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Length of a bucket in microseconds; nothing for one as long as values lie apart that gives at most 200.
    pub interval_us: Option<i64>,
    /// What splits the series.
    pub by: Option<Scope>,
    /// Patterns of names, as filters take them; all without any.
    pub metrics: Vec<String>,
    /// What the user says of metrics.
    pub settings: Vec<Setting>,
}

impl Options {
    /// Everything as it comes.
    pub const DEFAULT: Self =
        Self { interval_us: None, by: None, metrics: Vec::new(), settings: Vec::new() };

    /// A text as these options run it, in buckets of `width_us`.
    pub(super) fn filled(&self, name: &str, width_us: i64) -> String {
        scope::filled(text(name), width_us, self.by.as_ref())
    }

    /// The text called `name`; in buckets of a minute where their length follows from the range.
    pub(super) fn sql(&self, name: &str) -> Cow<'static, str> {
        if name.starts_with("series_") {
            Cow::Owned(self.filled(name, self.interval_us.unwrap_or(60_000_000)))
        } else {
            Cow::Borrowed(text(name))
        }
    }

    /// What `--explain` says of the buckets.
    pub(super) fn notes(&self) -> String {
        let length = match self.interval_us {
            Some(_) => "as long as --interval says",
            None => {
                "the shortest usual length that gives at most 200 of them, longer where values lie\n\
                 further apart; below, a minute"
            }
        };
        format!(
            "Samples and work are put into buckets of time that begin at whole multiples of their length\n\
             since 1970 ({length}). A recorded metric's value is the\n\
             median of a bucket's samples, a counter's what it grew by per second. A bucket without samples\n\
             is a gap; for what is counted it is a zero where anything else was recorded, or where nothing\n\
             was for no longer than is usual. Buckets that the\n\
             range covers in part are left out of what is counted and of latencies.\n"
        )
    }

    /// Whether a metric of this name is asked for.
    fn wants(&self, metric: &str) -> bool {
        fits_patterns(&self.metrics, metric)
    }

    fn wants_any(&self, metrics: &[&str]) -> bool {
        metrics.iter().any(|metric| self.wants(metric))
    }

    /// Whether a recorded metric can be asked for.
    fn wants_recorded(&self) -> bool {
        let is_derived =
            |pattern: &String| DERIVED.iter().any(|names| names.contains(&pattern.as_str()));
        self.metrics.is_empty() || !self.metrics.iter().all(is_derived)
    }
}

/// Where a series comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was recorded as a metric.
    Recorded,
    /// It follows from events and spans.
    Derived,
}

/// A series before anything is known of its metric.
struct Draft {
    metric: String,
    unit: String,
    key: Option<String>,
    origin: Origin,
    values: Vec<Option<f64>>,
    /// Of latencies and shares of finished work: of how many pieces of it each value is.
    pieces: Option<Vec<i64>>,
}

/// One series.
#[derive(Clone, Debug)]
pub struct Series {
    /// Name of the metric, such as `latency.p95` or `cpu.usage`.
    pub metric: String,
    /// What its values are in; empty where that was not recorded.
    pub unit: String,
    /// The agent, tool, … that it is of, where series are split.
    pub key: Option<String>,
    /// Whether it was recorded.
    pub origin: Origin,
    /// Which values are the good ones.
    pub better: Better,
    /// The value that it must not reach.
    pub limit: Option<f64>,
    /// A value a bucket of the grid, finite; nothing for a gap.
    pub values: Vec<Option<f64>>,
    /// Where the values are latencies or shares of finished work: of how many pieces of it each one is.
    pub pieces: Option<Vec<i64>>,
    /// What there is to say of them.
    pub profile: Profile,
    /// What there is to say of the newest part of them; nothing where that is too short to be tested.
    pub recent: Option<Recent>,
}

/// The newest part of a series, without its season: after its last change or bend, else its later half.
#[derive(Clone, Debug)]
pub struct Recent {
    /// Its first bucket.
    pub from: usize,
    /// How many values it has.
    pub points: usize,
    /// Its slope; the intercept is that at `from`.
    pub line: Line,
    /// Whether it goes up or down beyond chance.
    pub test: MannKendall,
}

impl Recent {
    fn of(values: &[Option<f64>], profile: &Profile) -> Option<Self> {
        let first = values.iter().position(Option::is_some)?;
        let last = values.iter().rposition(Option::is_some)?;
        let half = first + (last + 1 - first) / 2;
        let from = if profile.since > first { profile.since } else { half };
        let without = profile.season.as_ref().map(|season| season.remove_from(values));
        let half = &without.as_deref().unwrap_or(values)[from..];
        Some(Self {
            from,
            points: half.iter().flatten().count(),
            line: theil_sen(half)?,
            test: modified_mann_kendall(half)?,
        })
    }
}

impl Series {
    /// Its name with its key.
    pub(super) fn title(&self) -> String {
        match &self.key {
            Some(key) => format!("{} of {key}", self.metric),
            None => self.metric.clone(),
        }
    }

    /// Whether the values are shares of finished work.
    pub(super) fn is_share(&self) -> bool {
        self.origin == Origin::Derived && self.unit == "1"
    }

    /// Which values can be: none below 0 where none was, and no more than all of a share.
    pub(super) fn possible(&self) -> (f64, f64) {
        let known = || self.values.iter().flatten();
        let lowest = if known().all(|value| *value >= 0.0) { 0.0 } else { f64::NEG_INFINITY };
        let whole = match self.unit.as_str() {
            "%" => 100.0,
            "1" => 1.0,
            _ => f64::INFINITY,
        };
        let highest = if known().all(|value| *value <= whole) { whole } else { f64::INFINITY };
        (lowest, highest)
    }
}

/// The series of one question.
pub(super) struct SeriesSet {
    /// The buckets; nothing without records.
    pub(super) grid: Option<Grid>,
    /// Derived ones first, then recorded ones, by name, unit and key.
    pub(super) series: Vec<Series>,
    /// What the filtered records cover.
    pub(super) range: Range,
    /// What the reader should know.
    pub(super) notices: Vec<String>,
}

/// Reads and examines the series that are asked for.
///
/// # Errors
/// Those of the engine.
pub(super) fn read(
    engine: &Engine,
    options: &Options,
    prices: &Prices,
) -> Result<SeriesSet, QueryError> {
    let range = range(engine)?;
    let mut notices = Vec::new();
    let Some(bounds) = range.bounds else {
        return Ok(SeriesSet { grid: None, series: Vec::new(), range, notices });
    };
    let mut grid = Grid::new(bounds, options.interval_us);
    if let Some(refused_us) = grid.refused_us {
        notices.push(format!(
            "buckets of {} s would be more than 2000: they are {} s long",
            refused_us as f64 / 1e6,
            grid.seconds()
        ));
    }
    let mut drafts = drafts_in(engine, options, &grid, prices)?;
    if options.interval_us.is_none()
        && let Some(width_us) = spacing::of(&drafts.all).and_then(|apart| grid.longer(apart))
    {
        grid = Grid::new(bounds, Some(width_us));
        drafts = drafts_in(engine, options, &grid, prices)?;
    }
    notices.extend(drafts.notices);
    let periods = grid.calendar_periods();
    let series = drafts
        .all
        .into_par_iter()
        .map(|draft| {
            let better = known::better(&draft.metric, &options.settings);
            let is_count = COUNTED.contains(&draft.metric.as_str());
            let profile = if is_count && draft.origin == Origin::Derived {
                examine_counts(&draft.values, &periods)
            } else {
                examine(&draft.values, &periods)
            };
            Series {
                limit: known::limit(&draft.metric, &draft.unit, better, &options.settings),
                better,
                recent: Recent::of(&draft.values, &profile),
                profile,
                metric: draft.metric,
                unit: draft.unit,
                key: draft.key,
                origin: draft.origin,
                pieces: draft.pieces,
                values: draft.values,
            }
        })
        .collect();
    Ok(SeriesSet { grid: Some(grid), series, range, notices })
}

/// Series before they are examined, and what the reader should know of them.
struct Drafts {
    all: Vec<Draft>,
    notices: Vec<String>,
}

fn drafts_in(
    engine: &Engine,
    options: &Options,
    grid: &Grid,
    prices: &Prices,
) -> Result<Drafts, QueryError> {
    let mut notices = Vec::new();
    let filled = |name: &str| options.filled(name, grid.width_us);
    let is_split_by_label = matches!(options.by, Some(Scope::Label(_)));
    let texts: Vec<String> = TEXTS[1..].iter().map(|name| filled(name)).collect();
    if options.metrics.is_empty() {
        engine.expect(&texts.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    let mut ask = |sql: &str, what: &str| -> Result<Table, QueryError> {
        match engine.run(sql) {
            Ok(found) => Ok(to_table(&found)?),
            Err(QueryError::NoSuchFilter { view, column }) => {
                notices.push(format!(
                    "{what} are left out: `{view}` has no column `{column}` to filter by"
                ));
                Ok(Table::default())
            }
            Err(error) => Err(error),
        }
    };
    let mut asked = |name: &str, what: &str, is_wanted: bool| {
        if is_wanted { ask(&filled(name), what) } else { Ok(Table::default()) }
    };
    let [of_work, of_records, of_tokens] = DERIVED.map(|names| options.wants_any(names));
    let metrics = asked("series_metrics", "recorded metrics", options.wants_recorded())?;
    let (mut drafts, mut silences) = (Vec::new(), Vec::new());
    if !is_split_by_label {
        let counts = of_records || options.wants_any(&COUNTED);
        let records = asked("series_records", "records", counts)?;
        let observed = spacing::awake(observed(grid, &[&records, &metrics]));
        silences = spacing::gaps(&observed);
        let mut work = asked("series_work", "latencies", of_work)?;
        let tokens = asked("series_tokens", "tokens and cost", of_tokens)?;
        if of_work && work.is_empty() && options.by.is_none() {
            // Where no agent is named, every span is work.
            work =
                ask(&filled("series_work").replace("FROM agent_turns", "FROM spans"), "latencies")?;
        }
        drafts.extend(derived::of_work(&work, grid, &observed));
        drafts.extend(derived::of_records(&records, grid, &observed));
        drafts.extend(derived::of_tokens(&tokens, grid, &observed, prices));
    }
    drafts.extend(recorded::series(&metrics, grid));
    notices.extend(
        recorded::names_beyond(&metrics)
            .into_iter()
            .map(|name| format!("{name}: values beyond ±{:e} are left out", recorded::LARGEST)),
    );
    notices.extend(silence(&silences, grid));
    // Who asks for a split is not told of what has no key.
    drafts.retain(|draft| {
        options.wants(&draft.metric) && (options.by.is_none() || draft.key.is_some())
    });
    Ok(Drafts { all: drafts, notices })
}

/// Says when nothing was recorded.
fn silence(gaps: &[(usize, usize)], grid: &Grid) -> Option<String> {
    let (from, to) = gaps.iter().copied().max_by_key(|(from, to)| to - from)?;
    let micros = grid.time(to) - grid.time(from);
    let others = match gaps.len() - 1 {
        0 => String::new(),
        others => format!(", the longest of {} such silences", others + 1),
    };
    Some(format!(
        "nothing was recorded for {} from {} on{others}: that is a gap, and no zero",
        length_of_time(micros),
        moment(grid.time(from))
    ))
}

/// In which buckets anything was recorded.
fn observed(grid: &Grid, tables: &[&Table]) -> Vec<bool> {
    let mut observed = vec![false; grid.buckets];
    for table in tables {
        let bucket_us = integer_of(table, "bucket_us");
        for place in (0..table.rows()).filter_map(|row| grid.place(bucket_us(row)?)) {
            observed[place] = true;
        }
    }
    observed
}

/// For tests: a series of these values.
#[cfg(test)]
pub(super) fn sample_series(metric: &str, unit: &str, values: &[Option<f64>]) -> Series {
    let better = known::better(metric, &[]);
    let profile = examine(values, &[]);
    Series {
        metric: metric.to_owned(),
        unit: unit.to_owned(),
        key: None,
        origin: Origin::Recorded,
        pieces: None,
        better,
        limit: known::limit(metric, unit, better, &[]),
        values: values.to_vec(),
        recent: Recent::of(values, &profile),
        profile,
    }
}
