//! What can go wrong between a question and its rows.

use crate::store::StoreError;

/// An error of the query layer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A condition that cannot be read.
    #[error("`{text}`: {what}")]
    Condition {
        /// The condition as it was given.
        text: String,
        /// What is wrong with it, and what to write instead.
        what: String,
    },
    /// A value of a filter that cannot be read.
    #[error("--{flag} `{value}`: {what}")]
    Filter {
        /// The flag without its dashes.
        flag: &'static str,
        /// The value as it was given.
        value: String,
        /// What is expected.
        what: String,
    },
    /// A column that is not there.
    #[error("there is no column `{name}`{nearest}")]
    UnknownColumn {
        /// The name as it was given.
        name: String,
        /// `; did you mean …`, or the list of what there is.
        nearest: String,
    },
    /// A table or view that is not there.
    #[error("there is no table or view `{name}`{nearest}")]
    UnknownTable {
        /// The name as it was given.
        name: String,
        /// `; did you mean …`, or the list of what there is.
        nearest: String,
    },
    /// A query that the engine would answer wrongly.
    #[error("{what}")]
    Unsupported {
        /// Which part, and what to write instead.
        what: String,
    },
    /// A filter that a view has no column for.
    #[error("`{view}` has no column `{column}`, so it cannot be filtered by it")]
    NoSuchFilter {
        /// The view.
        view: String,
        /// The column that the filter needs.
        column: String,
    },
    /// A query that cannot be parsed or run.
    #[error("{0}")]
    Sql(String),
    /// The engine failed.
    #[error("the query failed: {0}")]
    Engine(String),
}

impl QueryError {
    /// A column that is not among `known`.
    pub(super) fn unknown_column(name: &str, known: &[&str]) -> Self {
        Self::UnknownColumn { name: name.to_owned(), nearest: nearest(name, known) }
    }

    /// A table or view that is not among `known`.
    pub(super) fn unknown_table(name: &str, known: &[&str]) -> Self {
        Self::UnknownTable { name: name.to_owned(), nearest: nearest(name, known) }
    }
}

/// A longer list of names helps nobody.
const MOST_LISTED: usize = 24;

/// `; did you mean …` with the nearest of `known`, or all of them where none is near and they are few.
pub fn nearest(name: &str, known: &[&str]) -> String {
    let best = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .min_by_key(|(distance, _)| *distance);
    match best {
        Some((distance, candidate)) if distance <= 2.max(name.len() / 3) => {
            format!("; did you mean `{candidate}`?")
        }
        _ if known.len() > MOST_LISTED => String::new(),
        _ => format!("; there are {}", known.join(", ")),
    }
}

impl From<polars::prelude::PolarsError> for QueryError {
    fn from(error: polars::prelude::PolarsError) -> Self {
        use polars::prelude::PolarsError;
        match &error {
            PolarsError::ColumnNotFound(message) | PolarsError::SchemaFieldNotFound(message) => {
                let name = quoted(message).unwrap_or_else(|| message.to_string());
                Self::UnknownColumn { name, nearest: String::new() }
            }
            PolarsError::SQLInterface(message) | PolarsError::SQLSyntax(message) => {
                Self::Sql(message.to_string())
            }
            other => Self::Engine(first_line(&other.to_string())),
        }
    }
}

impl QueryError {
    /// The same error, naming the nearest of the columns there are.
    #[must_use]
    pub(super) fn with_nearest(self, columns: &[String]) -> Self {
        match self {
            Self::UnknownColumn { name, nearest } if nearest.is_empty() => {
                let mut known: Vec<&str> = columns.iter().map(String::as_str).collect();
                known.sort_unstable();
                known.dedup();
                Self::unknown_column(&name, &known)
            }
            Self::Sql(message)
                if message.contains("not found") || message.contains("unable to find") =>
            {
                match quoted(&message) {
                    Some(name) if !columns.contains(&name) => {
                        Self::UnknownColumn { name, nearest: String::new() }.with_nearest(columns)
                    }
                    _ => Self::Sql(message),
                }
            }
            other => other,
        }
    }
}

/// The first name in quotes of a message.
fn quoted(message: &str) -> Option<String> {
    let start = message.find(['"', '\'', '`'])?;
    let mark = message[start..].chars().next()?;
    let rest = &message[start + 1..];
    Some(rest[..rest.find(mark)?].to_owned())
}

/// A message without the plan that polars appends.
fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}
