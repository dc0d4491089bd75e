//! `anomalies`: values that were not to be expected, put together into incidents, with what else changed.

mod causes;
mod chance;
mod incidents;

pub use causes::Cause;
pub use incidents::{Anomaly, Incident, Shape};

use super::Analysis;
use super::finish::nothing;
use super::series::{Grid, Options, Scope, Series, SeriesSet, read};
use super::tokens::Prices;
use super::trends::interval;
use crate::query::{Engine, QueryError, to_table};
use crate::report::{Report, Section, Table, Texts, Unit, Values, both_with_unit, moment};
use causes::{About, Asked, Changes};
use serde_json::json;
use std::borrow::Cow;

/// The command `anomalies` without options.
pub static ANOMALIES: Anomalies = Anomalies { options: Options::DEFAULT, prices: None };

/// The command `anomalies`.
pub struct Anomalies {
    /// Which series, in which buckets.
    pub options: Options,
    /// Prices of models; nothing for those of the tree.
    pub prices: Option<Prices>,
}

/// So many incidents are told of in sentences.
const SENTENCES: usize = 3;

/// An incident with what it may come from.
pub(super) struct Explained {
    pub(super) incident: Incident,
    /// The likely causes, the likeliest first.
    pub(super) causes: Vec<Cause>,
}

/// What was not to be expected of some series.
pub(super) struct Found {
    /// The worst first.
    pub(super) anomalies: Vec<Anomaly>,
    /// The worst first.
    pub(super) incidents: Vec<Explained>,
}

/// Finds anomalies and incidents, and asks what else changed where there are any.
///
/// # Errors
/// Those of the engine.
pub(super) fn find(
    engine: &Engine,
    set: &SeriesSet,
    grid: &Grid,
    changes: &str,
    by: Option<&Scope>,
) -> Result<Found, QueryError> {
    let by = by.map(Scope::name);
    let anomalies = incidents::anomalies(&set.series, grid.seconds());
    let incidents = incidents::incidents(&anomalies);
    let found = if incidents.is_empty() {
        Table::default()
    } else {
        match engine.run(changes) {
            Ok(found) => to_table(&found)?,
            Err(QueryError::NoSuchFilter { .. }) => Table::default(),
            Err(error) => return Err(error),
        }
    };
    let changes = Changes::new(&found, grid);
    let mut is_usual = vec![true; grid.buckets];
    for incident in &incidents {
        is_usual[incident.from..=incident.to].fill(false);
    }
    let explained = incidents.into_iter().map(|incident| {
        let worst = &anomalies[incident.anomalies[0]];
        let series = &set.series[worst.series];
        let asked = Asked {
            about: About::of(&series.metric),
            is_more: worst.value > worst.expected,
            split_by: by.as_deref(),
        };
        // What came after a step is as it is because of it.
        let is_before = |(at, is_usual): (usize, &bool)| {
            *is_usual && (worst.shape != Shape::Step || at < incident.from)
        };
        let is_usual: Vec<bool> = is_usual.iter().enumerate().map(is_before).collect();
        let causes = changes.causes((incident.from, incident.to), asked, &is_usual);
        Explained { incident, causes }
    });
    let incidents = explained.collect();
    Ok(Found { anomalies, incidents })
}

impl Analysis for Anomalies {
    fn name(&self) -> &'static str {
        "anomalies"
    }

    fn summary(&self) -> &'static str {
        "Values that were not to be expected, as incidents, with what else changed"
    }

    fn texts(&self) -> &'static [&'static str] {
        &[
            "range",
            "series_records",
            "series_work",
            "series_tokens",
            "series_metrics",
            "series_changes",
        ]
    }

    fn sql(&self, name: &str) -> Cow<'static, str> {
        self.options.sql(name)
    }

    fn notes(&self) -> String {
        let mut notes = self.options.notes();
        notes.push_str(
            "Expected is the level of a series between its changes, with its trend and season. The score is the\n\
             distance in robust deviations (1.4826 times the median distance, above and below apart), up or down;\n\
             of percentiles of less work than usual, by the root of how much less. An anomaly has a score of 3.5\n\
             or more, and of more than what a normal distribution reaches in one of twenty runs with as many\n\
             values; a new level counts where it begins (a step). It differs by a twentieth at least, a count or\n\
             a share of work by more than these do by chance (Poisson, binomial), and what reaches further to one\n\
             side than to the other on a scale of logarithms too. A cause has half of the difference to what is\n\
             usual, or more; after a step what came before it is usual.\n",
        );
        notes
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let prices = self.prices.as_ref().unwrap_or_else(|| Prices::built_in());
        let set = read(engine, &self.options, prices)?;
        let mut report = Report::of_rows("anomalies", "Anomalies", Table::default());
        report.range = set.range.bounds;
        let Some(grid) = set.grid else {
            let nobody = Found { anomalies: Vec::new(), incidents: Vec::new() };
            report.sections[0].table =
                rows(&nobody, &[], &Grid::of_nothing(), self.options.by.as_ref());
            report.notices.push(nothing(set.range, "no record fits"));
            return Ok(report);
        };
        report.scalars.push(interval(&grid));
        let changes = self.options.filled("series_changes", grid.width_us);
        let found = find(engine, &set, &grid, &changes, self.options.by.as_ref())?;
        report.sections[0].table = rows(&found, &set.series, &grid, self.options.by.as_ref());
        report.sections.push(incidents_section(&found, &set.series, &grid));
        report.summary = sentences(&found, &set.series, &grid);
        if found.anomalies.is_empty() {
            let examined = set.series.iter().map(|one| one.profile.points).sum::<usize>();
            report.notices.push(nothing(
                set.range,
                &match set.series.len() {
                    0 => "there is no such series: without --by and --metric, `tracekit trends` lists them"
                        .to_owned(),
                    count => {
                        format!("none: no value of {count} series ({examined} values) was unexpected")
                    }
                },
            ));
        }
        report.notices.extend(set.notices);
        Ok(report)
    }
}

/// Incidents and the anomalies of them, for reports that have both among others.
pub(super) fn sections(found: &Found, series: &[Series], grid: &Grid) -> Vec<Section> {
    if found.anomalies.is_empty() {
        return Vec::new();
    }
    let anomalies = Section::new("anomalies", "Anomalies", rows(found, series, grid, None))
        .with_lead("Values that were not to be expected, the worst first.");
    vec![incidents_section(found, series, grid), anomalies]
}

fn incidents_section(found: &Found, series: &[Series], grid: &Grid) -> Section {
    Section::new("incidents", "Incidents", incident_rows(found, series, grid))
        .with_lead("Anomalies in the same or neighbouring buckets.")
}

fn rows(found: &Found, series: &[Series], grid: &Grid, by: Option<&Scope>) -> Table {
    let all = &found.anomalies;
    let of = |one: &Anomaly| &series[one.series];
    let floats = |value: &dyn Fn(&Anomaly) -> f64| {
        Values::Float(all.iter().map(|one| Some(value(one)).filter(|it| it.is_finite())).collect())
    };
    let incident_of = |place: usize| {
        let holds = |incident: &Explained| incident.incident.anomalies.contains(&place);
        i64::try_from(found.incidents.iter().position(holds)? + 1).ok()
    };
    let mut table = Table::default().with(
        "metric",
        Unit::None,
        Values::texts(all.iter().map(|one| &of(one).metric)),
    );
    if let Some(by) = by {
        let keys: Texts = all.iter().map(|one| of(one).key.as_deref()).collect();
        table = table.with(by.name(), Unit::None, Values::Text(keys));
    }
    table
        .with(
            "time",
            Unit::None,
            Values::Time(all.iter().map(|one| Some(grid.time(one.at))).collect()),
        )
        .with("shape", Unit::None, Values::texts(all.iter().map(|one| one.shape.as_str())))
        .with("value", Unit::None, floats(&|one| one.value))
        .with("expected", Unit::None, floats(&|one| one.expected))
        .with("low", Unit::None, floats(&|one| one.low))
        .with("high", Unit::None, floats(&|one| one.high))
        .with("unit", Unit::None, Values::texts(all.iter().map(|one| &of(one).unit)))
        .with("score", Unit::None, floats(&|one| one.score))
        .with("severity", Unit::None, Values::texts(all.iter().map(Anomaly::severity)))
        .with("incident", Unit::Count, Values::Integer((0..all.len()).map(incident_of).collect()))
}

/// So many series are named of one incident.
const MOST_NAMES: usize = 10;

fn incident_rows(found: &Found, series: &[Series], grid: &Grid) -> Table {
    let all = &found.incidents;
    let worst = |one: &Explained| &found.anomalies[one.incident.anomalies[0]];
    let names = |one: &Explained| {
        let mut names: Vec<String> = Vec::new();
        for place in &one.incident.anomalies {
            let name = series[found.anomalies[*place].series].title();
            if names.len() < MOST_NAMES && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    };
    let numbers = |value: &dyn Fn(usize) -> usize| {
        Values::Integer((0..all.len()).map(|place| i64::try_from(value(place)).ok()).collect())
    };
    let times = |bucket: &dyn Fn(&Explained) -> usize| {
        Values::Time(all.iter().map(|one| Some(grid.time(bucket(one)))).collect())
    };
    let causes = |one: &Explained| {
        let causes: Vec<_> = one
            .causes
            .iter()
            .map(|cause| {
                json!({
                    "dimension": cause.dimension, "key": cause.key, "share": cause.share,
                    "words": cause.words,
                })
            })
            .collect();
        Some(serde_json::Value::from(causes).to_string())
    };
    Table::default()
        .with("incident", Unit::Count, numbers(&|place| place + 1))
        .with("from", Unit::None, times(&|one| one.incident.from))
        .with("to", Unit::None, times(&|one| one.incident.to + 1))
        .with("severity", Unit::None, Values::texts(all.iter().map(|one| worst(one).severity())))
        .with(
            "score",
            Unit::None,
            Values::Float(all.iter().map(|one| Some(worst(one).score)).collect()),
        )
        .with("anomalies", Unit::Count, numbers(&|place| all[place].incident.anomalies.len()))
        .with(
            "worst",
            Unit::None,
            Values::texts(all.iter().map(|one| series[worst(one).series].title())),
        )
        .with(
            "cause",
            Unit::None,
            Values::Text(
                all.iter().map(|one| one.causes.first().map(|cause| &cause.words)).collect(),
            ),
        )
        .with("causes", Unit::None, Values::Json(all.iter().map(causes).collect()))
        .with(
            "series",
            Unit::None,
            Values::TextList(all.iter().map(|one| Some(names(one))).collect()),
        )
}

fn sentences(found: &Found, series: &[Series], grid: &Grid) -> Vec<String> {
    found
        .incidents
        .iter()
        .take(SENTENCES)
        .enumerate()
        .map(|(place, one)| {
            let worst = &found.anomalies[one.incident.anomalies[0]];
            let of = &series[worst.series];
            let time = moment(grid.time(worst.at));
            let cause = one.causes.first().map_or_else(String::new, |cause| {
                format!("; {} ({:.0} % of the difference)", cause.words, cause.share * 100.0)
            });
            let (value, expected) = both_with_unit(worst.value, worst.expected, &of.unit);
            let verb = if worst.shape == Shape::Step { "went to" } else { "was" };
            format!(
                "{}. {} {verb} {value} instead of {expected} at {time}{cause}.",
                place + 1,
                of.title()
            )
        })
        .collect()
}
