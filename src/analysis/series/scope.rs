//! What a series is split by, and how a text says so.

use crate::query::{identifier, quote};

/// What a series is split by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A column of records, by its name there.
    Column(&'static str),
    /// A dimension of recorded metrics.
    Label(String),
}

/// Names of scopes, and the columns that they stand for.
const COLUMNS: [(&str, &str); 9] = [
    ("agent", "agent"),
    ("tool", "tool"),
    ("model", "model"),
    ("component", "component"),
    ("operation", "operation"),
    ("session", "session_id"),
    ("swarm", "swarm_id"),
    ("trace", "trace_id"),
    ("source", "source"),
];

impl Scope {
    /// The scopes that have names, beside `label.KEY`.
    pub fn names() -> impl Iterator<Item = &'static str> + Clone {
        COLUMNS.iter().map(|(name, _)| *name)
    }

    /// Reads `agent`, `session` (or `session_id`), …, or `label.KEY`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(key) = text.strip_prefix("label.").filter(|key| !key.is_empty()) {
            return Some(Self::Label(key.to_owned()));
        }
        let fits = |(name, column): &&(&str, &str)| [*name, *column].contains(&text);
        COLUMNS.iter().find(fits).map(|(_, column)| Self::Column(column))
    }

    /// The name of its column in answers.
    pub fn name(&self) -> String {
        match self {
            Self::Column(column) => (*column).to_owned(),
            Self::Label(key) => format!("label.{key}"),
        }
    }

    /// The view of finished work that it splits; none where work has no such thing.
    pub(super) fn work(&self) -> Option<&'static str> {
        match self {
            Self::Column("tool") => Some("tool_calls"),
            Self::Column("model") => Some("llm_calls"),
            Self::Column("component" | "operation") => Some("spans"),
            Self::Column(_) => Some(WORK),
            Self::Label(_) => None,
        }
    }

    /// The expression that gives the key of a row; '' where it has none.
    pub(in crate::analysis) fn key(&self) -> String {
        match self {
            Self::Column(column) => format!("COALESCE({}, '')", identifier(column)),
            Self::Label(key) => format!("COALESCE(json_text(labels, {}), '')", quote(key)),
        }
    }
}

/// The view of finished work, where nothing else is said.
pub(super) const WORK: &str = "agent_turns";

/// A text with another length of buckets and this expression as its key in the place of those that it holds.
pub(in crate::analysis) fn filled_by(key: &str, sql: &str, width_us: i64) -> String {
    let sql = sql.replace("60000000", &width_us.to_string());
    sql.replace("'' AS by_key", &format!("{key} AS by_key"))
}

/// A text with another length of buckets and other keys in the place of the defaults that it holds.
pub(super) fn filled(sql: &str, width_us: i64, by: Option<&Scope>) -> String {
    let Some(by) = by else { return filled_by("''", sql, width_us) };
    let sql = filled_by(&by.key(), sql, width_us);
    match by.work() {
        Some(work) => sql.replace(&format!("FROM {WORK}"), &format!("FROM {work}")),
        None => sql,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_by_name_column_and_label() {
        assert_eq!(Scope::parse("session"), Some(Scope::Column("session_id")));
        assert_eq!(Scope::parse("session_id"), Some(Scope::Column("session_id")));
        assert_eq!(Scope::parse("label.route"), Some(Scope::Label("route".into())));
        for wrong in ["", "label.", "status", "Agent"] {
            assert_eq!(Scope::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn texts_are_filled() {
        let text = "SELECT '' AS by_key, ts_us % 60000000 FROM agent_turns";
        assert_eq!(filled(text, 5, None), "SELECT '' AS by_key, ts_us % 5 FROM agent_turns");
        assert_eq!(
            filled(text, 60_000_000, Scope::parse("tool").as_ref()),
            "SELECT COALESCE(tool, '') AS by_key, ts_us % 60000000 FROM tool_calls"
        );
        let label = filled(text, 5, Some(&Scope::Label("it's".into())));
        assert!(label.contains("json_text(labels, 'it''s')"), "{label}");
    }
}
