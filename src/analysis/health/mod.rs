//! `health`: how well the system, its components and its agents are, why, and what to do.

mod advice;
mod facts;
mod rows;
mod score;
mod state;

pub use state::Status;

use super::agents;
use super::anomalies::{self, Found};
use super::finish::{nothing, run};
use super::series::{Grid, Options, Scope, Series, read};
use super::tokens::Prices;
use super::trends::{Trend, trends};
use super::{Analysis, text};
use crate::query::{Engine, QueryError, to_table};
use crate::report::{Fix, Report, Section, Table, Values};
use advice::{Advice, When, advice};
use facts::ByName;
use score::{Deduction, deductions};
use state::Facts;
use std::borrow::Cow;

/// The command `health` without options.
pub static HEALTH: Health = Health { options: Options::DEFAULT, prices: None };

/// The command `health`.
pub struct Health {
    /// The buckets of series, and what the user says of metrics.
    pub options: Options,
    /// Prices of models; nothing for those of the tree.
    pub prices: Option<Prices>,
}

/// One subject with its score.
struct Judged {
    /// `system`, `component` or `agent`.
    scope: &'static str,
    /// Empty for the system.
    subject: String,
    facts: Facts,
    deductions: Vec<Deduction>,
    score: f64,
}

impl Judged {
    fn new(scope: &'static str, subject: &str, facts: Facts) -> Self {
        let deductions = deductions(&facts);
        let left = score::score(&deductions);
        Self { scope, subject: subject.to_owned(), facts, deductions, score: left }
    }

    fn status(&self) -> Status {
        Status::of(self.score)
    }
}

impl Analysis for Health {
    fn name(&self) -> &'static str {
        "health"
    }

    fn summary(&self) -> &'static str {
        "How well the system, its components and its agents are, why, and what to do"
    }

    fn texts(&self) -> &'static [&'static str] {
        &[
            "range",
            "agents",
            "components",
            "messages",
            "health_errors",
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
        format!("{}\n{}", score::RULES, self.options.notes())
    }

    fn report(&self, engine: &Engine) -> Result<Report, QueryError> {
        let prices = self.prices.as_ref().unwrap_or_else(|| Prices::built_in());
        let set = read(engine, &self.options, prices)?;
        let mut report = Report::of_rows("health", "Health", Table::default());
        report.range = set.range.bounds;
        let Some(grid) = set.grid else {
            report.sections[0].table = rows::rows(&[]);
            report.notices.push(nothing(set.range, "no record fits"));
            return Ok(report);
        };
        let changes = self.options.filled("series_changes", grid.width_us);
        let found = anomalies::find(engine, &set, &grid, &changes, self.options.by.as_ref())?;
        let trends = trends(&set, &grid);
        let assessed = self.assess(engine, &grid, &trends, &found, &set.series)?;
        report.summary = assessed.sentences();
        report.scalars = rows::scalars(assessed.system());
        report.sections = assessed.sections(&trends);
        report.notices.extend(set.notices.iter().cloned());
        report.notices.extend(assessed.notices);
        Ok(report)
    }
}

impl Health {
    /// Judges the system and its parts, of whose `series` as a whole `trends` and `found` are known.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) fn assess(
        &self,
        engine: &Engine,
        grid: &Grid,
        trends: &[Trend<'_>],
        found: &Found,
        series: &[Series],
    ) -> Result<Assessed, QueryError> {
        let prices = self.prices.as_ref().unwrap_or_else(|| Prices::built_in());
        let mut notices = Vec::new();
        let (mut agents, mut components) = (ByName::new(), ByName::new());
        let mut ask = |name: &str, what: &str| match run_or_total(engine, name) {
            Err(QueryError::NoSuchFilter { view, column }) => {
                notices.push(format!(
                    "{what} are left out: `{view}` has no column `{column}` to filter by"
                ));
                Ok(Table::default())
            }
            found => found,
        };
        facts::add_agents(&mut agents, &ask("agents", "agents")?);
        facts::add_components(&mut components, &ask("components", "components")?);
        facts::add_messages(&mut agents, &ask("messages", "messages")?);
        let errors = ask("health_errors", "errors")?;
        for (all, scope) in [(&mut agents, "agent"), (&mut components, "component")] {
            let options = Options {
                by: Scope::parse(scope),
                metrics: ["latency.p95", "error_rate"].map(str::to_owned).to_vec(),
                ..self.options.clone()
            };
            facts::add_series(all, &read(engine, &options, prices)?);
        }
        let whole =
            facts::system(&agents, &components, trends, grid, facts::of_late(found, series, grid));
        let mut judged = vec![Judged::new("system", "", whole)];
        for (scope, all) in [("component", components), ("agent", agents)] {
            let mut of_scope: Vec<Judged> =
                all.into_iter().map(|(name, facts)| Judged::new(scope, &name, facts)).collect();
            // Stable, so equal ones stay in the order of their names.
            of_scope.sort_by(|a, b| a.score.total_cmp(&b.score));
            judged.extend(of_scope);
        }
        let advice = all_advice(&judged, &errors);
        Ok(Assessed { judged, advice, notices })
    }
}

/// The system and its parts, judged.
pub(super) struct Assessed {
    /// The system first.
    judged: Vec<Judged>,
    advice: Vec<Advice>,
    /// What the reader should know.
    pub(super) notices: Vec<String>,
}

impl Assessed {
    fn system(&self) -> &Judged {
        &self.judged[0]
    }

    /// How well the system is as a whole, and from 0 to 100.
    pub(super) fn status(&self) -> (Status, f64) {
        (self.system().status(), self.system().score)
    }

    /// What a person reads first.
    pub(super) fn sentences(&self) -> Vec<String> {
        rows::sentences(self.system(), &self.advice)
    }

    /// Whom it is about, how well they are, and why in words.
    pub(super) fn in_words(&self) -> Table {
        let mut table = rows::rows(&self.judged);
        let reasons = |one: &Judged| {
            let mut taken: Vec<&Deduction> = one.deductions.iter().collect();
            taken.sort_by(|a, b| b.points.total_cmp(&a.points));
            let reason = |one: &Deduction| format!("{} (-{:.1})", one.reason, one.points);
            Some(taken.into_iter().map(reason).collect())
                .filter(|all: &Vec<String>| !all.is_empty())
        };
        if let Some(column) = table.columns.iter_mut().find(|column| column.name == "deductions") {
            column.values = Values::TextList(self.judged.iter().map(reasons).collect());
        }
        table
    }

    /// What to do at once or before it gets worse, the most urgent first.
    pub(super) fn urgent(&self) -> impl Iterator<Item = Fix> {
        let urgent = self.advice.iter().filter(|one| one.when != When::Optimisation);
        urgent.map(|one| Fix {
            title: [one.scope, one.subject.as_str()].join(" ").trim_end().to_owned(),
            text: String::new(),
            suggestion: format!("{}: {}", capitalised(&one.what), one.look),
            severity: if one.when == When::Immediate { "high" } else { "medium" },
        })
    }

    /// The tables, those judged first.
    pub(super) fn sections(&self, trends: &[Trend<'_>]) -> Vec<Section> {
        vec![
            Section::new("rows", "Health", rows::rows(&self.judged)),
            Section::new("indicators", "Indicators", rows::indicators(self.system(), trends))
                .with_lead("Of the system: response time, throughput, errors, availability; in all, and in the last tenth of the time."),
            Section::new("resources", "Resources", rows::resources(self.system())),
            Section::new("issues", "Issues", rows::issues(&self.judged)),
            Section::new("recommendations", "What to do", rows::recommendations(&self.advice)),
        ]
    }
}

/// A clause as the begin of a sentence.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The rows of a text, of `agents` by the shorter way that there is.
fn run_or_total(engine: &Engine, name: &str) -> Result<Table, QueryError> {
    match name {
        "agents" => agents::totals(engine),
        "health_errors" => Ok(to_table(&engine.run(text(name))?)?),
        _ => run(engine, name),
    }
}

/// What to do, the most urgent first, then by the points that it is about. What is said of an agent is not
/// said of the system again.
fn all_advice(judged: &[Judged], errors: &Table) -> Vec<Advice> {
    let mut all: Vec<(f64, Advice)> = Vec::new();
    for one in judged {
        for deduction in &one.deductions {
            let is_of_a_part = judged.iter().any(|part| {
                part.scope == "agent"
                    && part.deductions.iter().any(|other| other.kind == deduction.kind)
            });
            // Incidents, limits and the like are those of the system; the rest is told of whom it is of.
            if one.scope != "agent" && is_of_a_part {
                continue;
            }
            all.push((deduction.points, advice(one.scope, &one.subject, deduction, errors)));
        }
    }
    if let Some(slowest) = busiest(judged) {
        all.push((0.0, slowest));
    }
    all.sort_by(|a, b| a.1.when.cmp(&b.1.when).then(b.0.total_cmp(&a.0)));
    all.into_iter().map(|(_, advice)| advice).collect()
}

/// Where nothing is wrong, where to look for more.
fn busiest(judged: &[Judged]) -> Option<Advice> {
    judged[0].deductions.is_empty().then(|| Advice {
        when: When::Optimisation,
        scope: "system",
        subject: String::new(),
        what: if judged[0].facts.finished == 0 {
            "no finished work is recorded, only metrics and events: see which way they go"
                .to_owned()
        } else {
            "nothing fails: see what the end of runs waits for, and what costs most".to_owned()
        },
        look: if judged[0].facts.finished == 0 {
            "tracekit trends".to_owned()
        } else {
            "tracekit critical-path; tracekit tokens".to_owned()
        },
    })
}
