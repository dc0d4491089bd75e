//! What to do about deductions: at once, before it gets worse, and to do better.

use super::super::finish::{integer_of, text_of};
use super::score::{Deduction, Kind};
use crate::report::Table;

/// When something is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum When {
    /// Something fails now.
    Immediate,
    /// Something will fail.
    Preventive,
    /// Nothing fails; it could be faster or cheaper.
    Optimisation,
}

impl When {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Preventive => "preventive",
            Self::Optimisation => "optimisation",
        }
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Advice {
    pub(super) when: When,
    /// What it is about: `system`, `component` or `agent`, and its name.
    pub(super) scope: &'static str,
    pub(super) subject: String,
    /// What to do.
    pub(super) what: String,
    /// The command that shows more.
    pub(super) look: String,
}

/// Whose error it was that came most often: its type, how often, and one of its records.
pub(super) struct TopError {
    pub(super) error_type: String,
    pub(super) errors: i64,
    pub(super) example_id: String,
}

/// The most frequent error of a subject, from `health_errors.sql`; of the whole system for an empty name.
pub(super) fn top_error(found: &Table, scope: &str, subject: &str) -> Option<TopError> {
    let (agent, component) = (text_of(found, "agent"), text_of(found, "component"));
    let (error_type, example) = (text_of(found, "error_type"), text_of(found, "example_id"));
    let errors = integer_of(found, "errors");
    let is_of = |row: usize| match scope {
        "agent" => agent(row) == Some(subject),
        "component" => component(row) == Some(subject),
        _ => true,
    };
    // The most frequent ones are first.
    let row = (0..found.rows()).find(|row| is_of(*row))?;
    Some(TopError {
        error_type: error_type(row).unwrap_or("an error without a type").to_owned(),
        errors: errors(row).unwrap_or_default(),
        example_id: example(row).unwrap_or_default().to_owned(),
    })
}

/// What to do about one deduction.
pub(super) fn advice(
    scope: &'static str,
    subject: &str,
    deduction: &Deduction,
    errors: &Table,
) -> Advice {
    let filter = match scope {
        "agent" => format!(" --agent {}", quoted(subject)),
        "component" => format!(" --component {}", quoted(subject)),
        _ => String::new(),
    };
    let who = if scope == "system" { String::new() } else { format!(" of `{subject}`") };
    let (when, what, look) = match deduction.kind {
        Kind::Errors => {
            let what = match top_error(errors, scope, subject) {
                Some(top) => format!(
                    "repair the cause of `{}`{who}, the most frequent error ({} times, such as {})",
                    top.error_type, top.errors, top.example_id
                ),
                None => format!("repair what fails{who}"),
            };
            (When::Immediate, what, format!("tracekit errors{filter}"))
        }
        Kind::Unfinished => (
            When::Immediate,
            format!("find out what the work{who} that never ended waits for"),
            format!("tracekit query spans --status running{filter}"),
        ),
        Kind::Lost => (
            When::Immediate,
            format!("find out why messages{who} are not received"),
            format!("tracekit messages{filter}"),
        ),
        Kind::AtLimit => (
            When::Immediate,
            format!("give it more room, or fewer tasks at once: {}", deduction.reason),
            "tracekit trends".to_owned(),
        ),
        Kind::NearLimit => (
            When::Preventive,
            format!("make room within a day: {}", deduction.reason),
            "tracekit trends".to_owned(),
        ),
        Kind::Worse => (
            When::Preventive,
            format!("find out why it gets worse{who}: {}", deduction.reason),
            format!("tracekit bottlenecks{filter}"),
        ),
        Kind::Dearer => (
            When::Preventive,
            format!("find out which model{who} costs more than before: {}", deduction.reason),
            format!("tracekit anomalies --by model --metric cost{filter}"),
        ),
        Kind::Incidents => (
            When::Immediate,
            format!("look at the {}", deduction.reason),
            format!("tracekit anomalies{filter}"),
        ),
    };
    Advice { when, scope, subject: subject.to_owned(), what, look }
}

/// A name as an argument of a shell.
fn quoted(name: &str) -> String {
    let is_plain = |char: char| char.is_alphanumeric() || "-_./:@".contains(char);
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::made_rows::rows_of;
    use super::*;

    fn errors() -> Table {
        rows_of(&[
            r#"{"agent":"a","component":null,"error_type":"Timeout","errors":9,"example_id":"e1"}"#,
            r#"{"agent":"b b","component":"db","error_type":"Full","errors":3,"example_id":"e2"}"#,
        ])
    }

    #[test]
    fn advice_names_the_error_and_where_to_look() {
        let deduction = Deduction { kind: Kind::Errors, points: 9.0, reason: String::new() };
        let found = advice("agent", "b b", &deduction, &errors());
        assert_eq!(found.when, When::Immediate);
        assert_eq!(
            found.what,
            "repair the cause of `Full` of `b b`, the most frequent error (3 times, such as e2)"
        );
        assert_eq!(found.look, "tracekit errors --agent 'b b'");
        let found = advice("system", "", &deduction, &errors());
        assert!(found.what.starts_with("repair the cause of `Timeout`, "), "{}", found.what);
        assert_eq!(found.look, "tracekit errors");
        assert!(top_error(&errors(), "component", "web").is_none());
        let deduction = Deduction { kind: Kind::Dearer, points: 5.0, reason: "cost rises".into() };
        let found = advice("agent", "a", &deduction, &errors());
        assert_eq!(found.what, "find out which model of `a` costs more than before: cost rises");
        assert_eq!(found.look, "tracekit anomalies --by model --metric cost --agent a");
    }

    #[test]
    fn names_are_quoted_for_shells() {
        assert_eq!(quoted("coder-1"), "coder-1");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
