//! A run beside another one: what takes longer, fails more often or costs more than it did.
//!
//! Durations are compared by the rank-sum test within the same sort of work, shares of failures by the test
//! of two proportions; p-values are those after Benjamini and Hochberg over all rows.

use super::super::Analysis as _;
use super::super::agents;
use super::super::finish::{range, run, text_of};
use super::super::statistics::{Counts, RankSum, benjamini_hochberg};
use super::super::tokens::TokenUse;
use crate::query::{Engine, QueryError};
use crate::report::{Report, Section, Table, Unit, Values};
use statrs::distribution::{ContinuousCDF, Normal};
use std::collections::{BTreeMap, BTreeSet};

/// A difference counts from this p-value down.
const SIGNIFICANCE: f64 = 0.01;

/// A difference in durations counts from this share up.
const LEAST_SHARE: f64 = 0.05;

/// So many samples are needed on either side.
const FEWEST: i64 = 5;

/// One thing that is compared.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    metric: &'static str,
    subject: String,
    unit: &'static str,
    base: Option<f64>,
    head: Option<f64>,
    p_value: Option<f64>,
}

impl Row {
    fn ratio(&self) -> Option<f64> {
        let (base, head) = (self.base?, self.head?);
        (base != 0.0).then(|| head / base - 1.0)
    }

    /// `worse` and `better` where a test says so, else `same`; `new` and `gone` where a side has none;
    /// `changed` for what has no good side.
    fn verdict(&self) -> &'static str {
        match (self.base, self.head, self.p_value) {
            (None, _, _) => "new",
            (_, None, _) => "gone",
            (Some(base), Some(head), Some(p)) => {
                let is_little = self.metric == "duration"
                    && self.ratio().is_some_and(|ratio| ratio.abs() < LEAST_SHARE);
                match () {
                    () if p >= SIGNIFICANCE || is_little => "same",
                    () if head > base => "worse",
                    () => "better",
                }
            }
            (Some(base), Some(head), None) if (base - head).abs() < f64::EPSILON => "same",
            _ => "changed",
        }
    }
}

/// The section of `engine` beside `base`, and what is worse in a sentence.
///
/// # Errors
/// Those of the engines.
pub(super) fn compare(
    engine: &Engine,
    base: &Engine,
    tokens: &TokenUse,
) -> Result<(Section, String), QueryError> {
    let mut rows = totals(engine, base, tokens)?;
    rows.extend(failures(&agents::totals(engine)?, &agents::totals(base)?));
    rows.extend(durations(&run(engine, "work_times")?, &run(base, "work_times")?));
    adjust(&mut rows);
    let rank = |row: &Row| match row.verdict() {
        "worse" => 0,
        "better" => 1,
        "new" | "gone" => 2,
        _ => 3,
    };
    // Stable, so equal ones stay in the order of metrics and subjects.
    rows.sort_by_key(rank);
    let summary = summary(&rows);
    let section = Section::new("comparison", "Compared", table(&rows))
        .with_lead("Beside the other store, what got worse first. A test needs p < 0.01.");
    Ok((section, summary))
}

fn summary(rows: &[Row]) -> String {
    let named = |verdict: &str| {
        let of = rows.iter().filter(|row| row.verdict() == verdict);
        let named: Vec<String> = of
            .map(|row| {
                let ratio = row.ratio().map(|ratio| format!(" ({:+.0} %)", ratio * 100.0));
                format!("{} of {}{}", row.metric, row.subject, ratio.unwrap_or_default())
            })
            .collect();
        match named.as_slice() {
            [] => None,
            [first] => Some(format!("{verdict}: {first}")),
            [first, rest @ ..] => Some(format!("{verdict}: {first} and {} more", rest.len())),
        }
    };
    let told: Vec<String> = ["worse", "better"].into_iter().filter_map(named).collect();
    if told.is_empty() {
        return "Beside the other store nothing got better or worse beyond chance.".to_owned();
    }
    format!("Beside the other store {}.", told.join("; "))
}

/// Sizes and spending, for which there is no test.
fn totals(engine: &Engine, base: &Engine, tokens: &TokenUse) -> Result<Vec<Row>, QueryError> {
    let of = |engine: &Engine| -> Result<[Option<f64>; 3], QueryError> {
        let records = range(engine)?.records;
        let spent = tokens.report(engine)?;
        let cost = scalar(&spent, "cost_microusd").map(|microusd| microusd / 1e6);
        Ok([Some(records as f64), tokens_of(&spent), cost])
    };
    let names = [("records", "1"), ("tokens", "tokens"), ("cost", "USD")];
    let both = of(base)?.into_iter().zip(of(engine)?);
    Ok(names
        .into_iter()
        .zip(both)
        .filter(|(_, (base, head))| base.is_some() || head.is_some())
        .map(|((metric, unit), (base, head))| {
            let subject = "all".to_owned();
            Row { metric, subject, unit, base, head, p_value: None }
        })
        .collect())
}

fn scalar(report: &Report, name: &str) -> Option<f64> {
    let found = report.scalars.iter().find(|scalar| scalar.name == name)?;
    match &found.value {
        Values::Integer(values) => values.first().copied().flatten().map(|value| value as f64),
        _ => None,
    }
}

fn tokens_of(spent: &Report) -> Option<f64> {
    ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"]
        .into_iter()
        .filter_map(|name| scalar(spent, name))
        .reduce(|a, b| a + b)
}

/// Each agent's share of finished turns that failed.
fn failures(head: &Table, base: &Table) -> Vec<Row> {
    let of = |table: &Table| -> BTreeMap<String, (i64, i64)> {
        let agent = text_of(table, "agent");
        let count = |name: &str, row: usize| table.integer(name, row).unwrap_or_default();
        (0..table.rows())
            .filter_map(|row| {
                let counts = (count("tasks_failed", row), count("tasks_finished", row));
                Some((agent(row)?.to_owned(), counts))
            })
            .filter(|(_, (_, finished))| *finished > 0)
            .collect()
    };
    let (base, head) = (of(base), of(head));
    let names: BTreeSet<&String> = base.keys().chain(head.keys()).collect();
    let share = |counts: Option<&(i64, i64)>| counts.map(|(part, all)| *part as f64 / *all as f64);
    names
        .into_iter()
        .map(|name| {
            let (before, after) = (base.get(name), head.get(name));
            Row {
                metric: "error_rate",
                subject: name.clone(),
                unit: "ratio",
                base: share(before),
                head: share(after),
                p_value: before.zip(after).and_then(|(a, b)| two_proportions(*a, *b)),
            }
        })
        .collect()
}

/// The two-sided test of two proportions, pooled, with Yates' correction of continuity; nothing for few.
fn two_proportions(one: (i64, i64), other: (i64, i64)) -> Option<f64> {
    let [(part, all), (other_part, other_all)] =
        [one, other].map(|(part, all)| (part as f64, all as f64));
    if one.1 < FEWEST || other.1 < FEWEST {
        return None;
    }
    let sizes = 1.0 / all + 1.0 / other_all;
    let pooled = (part + other_part) / (all + other_all);
    let variance = pooled * (1.0 - pooled) * sizes;
    if variance <= 0.0 {
        return Some(1.0);
    }
    let distance = (part / all - other_part / other_all).abs() - 0.5 * sizes;
    let z = distance.max(0.0) / variance.sqrt();
    let normal = Normal::new(0.0, 1.0).ok()?;
    Some((2.0 * normal.cdf(-z)).min(1.0))
}

/// Durations by sort of work, of one agent or tool.
type Sorts<'t> = BTreeMap<&'t str, BTreeMap<(&'t str, &'t str), Counts>>;

/// The durations of each agent's and each tool's work, from `work_times.sql`.
fn durations(head: &Table, base: &Table) -> Vec<Row> {
    let mut rows = Vec::new();
    for subject in ["agent", "tool"] {
        let (base, head) = (sorts(base, subject), sorts(head, subject));
        let names: BTreeSet<&str> = base.keys().chain(head.keys()).copied().collect();
        rows.extend(names.into_iter().map(|name| {
            let empty = BTreeMap::new();
            let before = base.get(name).unwrap_or(&empty);
            let after = head.get(name).unwrap_or(&empty);
            let mut test = RankSum::default();
            let (mut few, mut count) = (i64::MAX, 0);
            for (sort, these) in after {
                if let Some(others) = before.get(sort) {
                    test.add(these, others);
                    few = few.min(these.total().min(others.total()));
                    count += 1;
                }
            }
            Row {
                metric: "duration",
                subject: format!("{subject} {name}"),
                unit: "ms",
                base: median(before),
                head: median(after),
                p_value: (count > 0 && few >= FEWEST).then(|| test.two_sided_p_value()),
            }
        }));
    }
    rows
}

fn sorts<'t>(table: &'t Table, subject: &'static str) -> Sorts<'t> {
    let mut all = Sorts::new();
    let text = |name: &'static str, row: usize| table.text(name, row).unwrap_or_default();
    for row in 0..table.rows() {
        let name = text(subject, row);
        if name.is_empty() {
            continue;
        }
        let counts = all.entry(name).or_default();
        let counts = counts.entry((text("work", row), text("operation", row))).or_default();
        let integer = |name: &str| table.integer(name, row).unwrap_or_default();
        counts.add(integer("near_ns"), integer("spans"));
    }
    all
}

/// In milliseconds.
fn median(sorts: &BTreeMap<(&str, &str), Counts>) -> Option<f64> {
    let mut all = Counts::default();
    for counts in sorts.values() {
        all.add_all(counts);
    }
    all.median().map(|nanos| nanos as f64 / 1e6)
}

fn adjust(rows: &mut [Row]) {
    let known: Vec<f64> = rows.iter().filter_map(|row| row.p_value).collect();
    let mut adjusted = benjamini_hochberg(&known).into_iter();
    for row in rows.iter_mut().filter(|row| row.p_value.is_some()) {
        row.p_value = adjusted.next();
    }
}

fn table(rows: &[Row]) -> Table {
    let floats = |one: &dyn Fn(&Row) -> Option<f64>| Values::Float(rows.iter().map(one).collect());
    Table::default()
        .with("metric", Unit::None, Values::texts(rows.iter().map(|row| row.metric)))
        .with("subject", Unit::None, Values::texts(rows.iter().map(|row| &row.subject)))
        .with("verdict", Unit::None, Values::texts(rows.iter().map(Row::verdict)))
        .with("base", Unit::None, floats(&|row| row.base))
        .with("head", Unit::None, floats(&|row| row.head))
        .with("unit", Unit::None, Values::texts(rows.iter().map(|row| row.unit)))
        .with("delta", Unit::None, floats(&|row| Some(row.head? - row.base?)))
        .with("delta_ratio", Unit::None, floats(&Row::ratio))
        .with("p_value", Unit::None, floats(&|row| row.p_value))
}

#[cfg(test)]
mod tests {
    use super::super::super::made_rows::rows_of;
    use super::*;

    fn work(agent: &str, near_ms: i64, spans: i64) -> String {
        format!(
            r#"{{"work":"task","agent":"{agent}","operation":"x","tool":null,"near_ns":{},"spans":{spans}}}"#,
            near_ms * 1_000_000
        )
    }

    #[test]
    fn longer_work_is_worse_and_work_on_one_side_new_or_gone() {
        let base = rows_of(&[work("a", 10, 20), work("b", 5, 20), work("c", 1, 1)]);
        let head = rows_of(&[work("a", 20, 20), work("b", 5, 20), work("d", 1, 1)]);
        let mut rows = durations(&head, &base);
        adjust(&mut rows);
        let told: Vec<(&str, &str)> =
            rows.iter().map(|row| (row.subject.as_str(), row.verdict())).collect();
        assert_eq!(
            told,
            [("agent a", "worse"), ("agent b", "same"), ("agent c", "gone"), ("agent d", "new")]
        );
        assert_eq!(rows[0].ratio(), Some(1.0));
        assert!(summary(&rows).contains("worse: duration of agent a (+100 %)"));
    }

    #[test]
    fn shares_of_failures_are_tested() {
        // SciPy: chi2_contingency([[30, 70], [10, 90]], correction=True) gives p = 0.0007829382178911184.
        let p = two_proportions((30, 100), (10, 100)).unwrap();
        assert!((p - 0.000_782_938_217_891_118_4).abs() < 1e-12, "{p}");
        assert_eq!(two_proportions((0, 50), (0, 60)), Some(1.0));
        assert_eq!(two_proportions((1, 2), (0, 60)), None);
    }
}
