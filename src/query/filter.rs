//! The shared filters: what the flags say, as one [`Predicate`] over the columns.

use super::QueryError;
use super::condition::{self, parse_time};
use super::predicate::{Comparison, Literal, Operand, Predicate, glob_regex};
use super::views::added_columns;
use crate::importers::time::duration_text;
use crate::model::{Kind, Status, schema};

/// The filters as they were given, flag by flag; an empty list filters nothing.
#[derive(Clone, Debug, Default)]
pub struct FilterSpec {
    /// Texts to match, by column: any of them, `*` for any text, `!` in front to exclude.
    pub columns: Vec<(&'static str, Vec<String>)>,
    /// Tags to match, in the same spelling.
    pub tags: Vec<String>,
    /// The least severity.
    pub severity_min: Option<String>,
    /// Not before: RFC 3339, epoch, or an age such as `1h`.
    pub since: Option<String>,
    /// Before: RFC 3339, epoch, or an age such as `1h`.
    pub until: Option<String>,
    /// The least duration.
    pub min_duration: Option<String>,
    /// The greatest duration.
    pub max_duration: Option<String>,
    /// Only errors, or none of them.
    pub errors: Option<bool>,
    /// An SQL condition.
    pub condition: Option<String>,
}

/// Severities from low to high, in all spellings that the formats use.
const SEVERITIES: [&[&str]; 6] = [
    &["trace"],
    &["debug", "low", "verbose"],
    &["info", "information", "normal", "notice", "default"],
    &["warn", "warning", "medium"],
    &["error", "err", "high"],
    &["critical", "fatal", "emergency", "alert", "severe"],
];

impl FilterSpec {
    /// The predicate; ages count back from `now`, in microseconds since 1970 UTC.
    ///
    /// # Errors
    /// A value that cannot be read, with what is expected.
    pub fn predicate(&self, now: i64) -> Result<Predicate, QueryError> {
        let mut parts = Vec::new();
        for (column, patterns) in &self.columns {
            check_values(column, patterns)?;
            parts.push(matching_patterns(column, patterns));
        }
        let tag = |pattern: &str| Predicate::Tag(pattern.to_owned());
        parts.push(matching(&self.tags, &tag, &|| Predicate::IsNull(Operand::column("tags"))));
        if let Some(floor) = &self.severity_min {
            parts.push(severity_from(floor)?);
        }
        for (flag, value, comparison) in [
            ("since", &self.since, Comparison::GreaterOrEqual),
            ("until", &self.until, Comparison::Less),
        ] {
            if let Some(value) = value {
                let time = Operand::Literal(Literal::Time(point_in_time(flag, value, now)?));
                parts.push(Predicate::Compare(Operand::column("time"), comparison, time));
            }
        }
        for (flag, value, comparison) in [
            ("min-duration", &self.min_duration, Comparison::GreaterOrEqual),
            ("max-duration", &self.max_duration, Comparison::LessOrEqual),
        ] {
            if let Some(value) = value {
                let nanos = duration_text(value).ok_or_else(|| QueryError::Filter {
                    flag,
                    value: value.clone(),
                    what: "a duration with its unit is expected, such as 250ms or 1.5s".into(),
                })?;
                let nanos = Operand::Literal(Literal::Integer(nanos));
                parts.push(Predicate::Compare(Operand::column("duration_ns"), comparison, nanos));
            }
        }
        if let Some(only) = self.errors {
            let is_error = Predicate::OneOf(
                Operand::column("status"),
                [Status::Error, Status::Timeout]
                    .map(|status| Literal::Text(status.as_str().to_owned()))
                    .to_vec(),
            );
            parts.push(if only { is_error } else { Predicate::Not(Box::new(is_error)) });
        }
        if let Some(text) = &self.condition {
            parts.push(condition::parse(text, &condition_columns())?);
        }
        Ok(Predicate::all(parts))
    }
}

/// The rows whose column fits patterns as filters take them: one of them, and none that begins with `!`.
pub fn matching_patterns(column: &'static str, patterns: &[String]) -> Predicate {
    matching(patterns, &|pattern| glob(column, pattern), &|| {
        Predicate::IsNull(Operand::column(column))
    })
}

/// Whether a text fits patterns as filters take them: one of them, and none that begins with `!`; any
/// text fits none at all.
pub fn fits_patterns(patterns: &[String], text: &str) -> bool {
    let fits = |pattern: &str| {
        let whole = regex::Regex::new(&format!("^{}$", glob_regex(pattern)));
        whole.is_ok_and(|whole| whole.is_match(text))
    };
    let (excluded, included): (Vec<&str>, Vec<&str>) =
        patterns.iter().map(String::as_str).partition(|pattern| pattern.starts_with('!'));
    (included.is_empty() || included.iter().any(|pattern| fits(pattern)))
        && !excluded.iter().any(|pattern| fits(&pattern[1..]))
}

/// The columns that a condition may name: the stored ones, and those that views add.
fn condition_columns() -> Vec<&'static str> {
    let stored = schema::RECORDS.iter().map(|column| column.name);
    stored.chain(added_columns()).collect()
}

/// Refuses a kind or status that no record can have: a filter by it would silently match nothing.
fn check_values(column: &'static str, patterns: &[String]) -> Result<(), QueryError> {
    let known: Vec<&str> = match column {
        "kind" => Kind::ALL.map(Kind::as_str).to_vec(),
        "status" => Status::ALL.map(Status::as_str).to_vec(),
        _ => return Ok(()),
    };
    for pattern in patterns {
        let word = pattern.strip_prefix('!').unwrap_or(pattern);
        if !word.contains('*') && !known.contains(&word) {
            return Err(QueryError::Filter {
                flag: column,
                value: pattern.clone(),
                what: format!("one of {} is expected", known.join(", ")),
            });
        }
    }
    Ok(())
}

fn glob(column: &str, pattern: &str) -> Predicate {
    if pattern.contains('*') {
        Predicate::Glob(Operand::column(column), pattern.to_owned())
    } else {
        Predicate::Compare(Operand::column(column), Comparison::Equal, Operand::text(pattern))
    }
}

/// Any of the plain patterns, and none of those with `!` in front; a null is not excluded.
fn matching(
    patterns: &[String],
    one: &dyn Fn(&str) -> Predicate,
    is_null: &dyn Fn() -> Predicate,
) -> Predicate {
    let (excluded, included): (Vec<&str>, Vec<&str>) =
        patterns.iter().map(String::as_str).partition(|pattern| pattern.starts_with('!'));
    let mut parts = Vec::new();
    match included.as_slice() {
        [] => {}
        [single] => parts.push(one(single)),
        several => parts.push(Predicate::Or(several.iter().map(|pattern| one(pattern)).collect())),
    }
    parts.extend(excluded.iter().map(|pattern| {
        Predicate::Or(vec![is_null(), Predicate::Not(Box::new(one(&pattern[1..])))])
    }));
    Predicate::all(parts)
}

fn severity_from(floor: &str) -> Result<Predicate, QueryError> {
    let word = floor.to_lowercase();
    let rank =
        SEVERITIES.iter().position(|words| words.contains(&word.as_str())).ok_or_else(|| {
            QueryError::Filter {
                flag: "severity-min",
                value: floor.to_owned(),
                what: "one of trace, debug, info, warn, error, critical is expected".into(),
            }
        })?;
    let words = SEVERITIES[rank..].concat().into_iter().map(str::to_owned).collect();
    Ok(Predicate::Word(Operand::column("severity"), words))
}

/// Reads RFC 3339, an epoch by its magnitude, or an age counted back from `now`.
fn point_in_time(flag: &'static str, value: &str, now: i64) -> Result<i64, QueryError> {
    use crate::importers::time::{Unit, micros, number};
    if let Some(nanos) = value.parse::<f64>().ok().and_then(|_| number(value, Unit::Magnitude)) {
        return Ok(micros(nanos));
    }
    if let Some(age) = duration_text(value.trim_end_matches(" ago")) {
        return Ok(now - micros(age));
    }
    parse_time(value).ok_or_else(|| QueryError::Filter {
        flag,
        value: value.to_owned(),
        what: "a time is expected: 2026-01-31T12:00:00Z, an epoch, or an age such as 1h or 2d"
            .into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(spec: &FilterSpec) -> String {
        spec.predicate(10_000_000).unwrap().sql()
    }

    #[test]
    fn patterns_include_and_exclude() {
        let spec = |patterns: &[&str]| FilterSpec {
            columns: vec![("agent", patterns.iter().map(|text| (*text).to_owned()).collect())],
            ..FilterSpec::default()
        };
        assert_eq!(sql(&spec(&["a"])), "agent = 'a'");
        assert_eq!(
            sql(&spec(&["a", "b*"])),
            "(agent = 'a') OR (regexp_full_match(agent, 'b[\\s\\S]*'))"
        );
        assert_eq!(sql(&spec(&["!a"])), "(agent IS NULL) OR (NOT (agent = 'a'))");
        assert_eq!(sql(&spec(&[])), "TRUE");
    }

    #[test]
    fn times_are_absolute_or_ages() {
        let since = |text: &str| FilterSpec { since: Some(text.into()), ..FilterSpec::default() };
        assert_eq!(sql(&since("4s")), "\"time\" >= make_timestamptz(6000000)");
        assert_eq!(sql(&since("1970-01-01T00:00:02Z")), "\"time\" >= make_timestamptz(2000000)");
        assert_eq!(sql(&since("1760000000000")), "\"time\" >= make_timestamptz(1760000000000000)");
        assert!(since("soon").predicate(0).unwrap_err().to_string().contains("--since `soon`"));
    }

    #[test]
    fn severities_have_an_order() {
        let spec = FilterSpec { severity_min: Some("High".into()), ..FilterSpec::default() };
        assert_eq!(
            sql(&spec),
            "lower(severity) IN ('error', 'err', 'high', 'critical', 'fatal', 'emergency', 'alert', 'severe')"
        );
        let wrong = FilterSpec { severity_min: Some("loud".into()), ..FilterSpec::default() };
        assert!(wrong.predicate(0).is_err());
    }

    #[test]
    fn durations_and_errors_are_read() {
        let spec = FilterSpec {
            min_duration: Some("250ms".into()),
            errors: Some(false),
            ..FilterSpec::default()
        };
        assert_eq!(
            sql(&spec),
            "(duration_ns >= 250000000) AND (NOT (status IN ('error', 'timeout')))"
        );
        let wrong =
            FilterSpec { columns: vec![("status", vec!["bad".into()])], ..FilterSpec::default() };
        assert!(wrong.predicate(0).unwrap_err().to_string().contains("one of ok, error"));
    }
}
