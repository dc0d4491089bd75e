//! The answer before any format: sections of typed tables, with units, words and notices.
//!
//! An analysis builds a [`Report`], a row command a stream of [`Table`]s; `render` turns either into
//! bytes. Nothing here knows of terminals, JSON or HTML.

mod table;
mod words;

pub use table::{Column, Table, Texts, Unit, Values};
pub use words::{both_with_unit, length_of_time, range_with_unit, with_unit};

/// The answer of one analysis.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Name of the command that made it.
    pub command: &'static str,
    /// Title for people.
    pub title: String,
    /// First and last time of the records that it rests on, in microseconds since 1970 UTC.
    pub range: Option<(i64, i64)>,
    /// What a person reads first: whole sentences, the most important one first.
    pub summary: Vec<String>,
    /// Single numbers beside the tables, such as `total_ns`.
    pub scalars: Vec<Scalar>,
    /// The tables; the first one is called `rows` unless the command says otherwise.
    pub sections: Vec<Section>,
    /// What the reader should know about the answer: nothing found, parts left out, approximations.
    pub notices: Vec<String>,
}

/// One number or text beside the tables.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// Field name in JSON.
    pub name: &'static str,
    /// What is counted.
    pub unit: Unit,
    /// A column of one value.
    pub value: Values,
}

/// One named list of an answer.
#[derive(Clone, Debug)]
pub struct Section {
    /// Field name in JSON, and the anchor in HTML.
    pub key: &'static str,
    /// Title for people.
    pub title: String,
    /// One or two sentences above the table.
    pub lead: Option<String>,
    /// The list itself.
    pub table: Table,
}

impl Section {
    /// A section without a lead.
    pub fn new(key: &'static str, title: impl Into<String>, table: Table) -> Self {
        Self { key, title: title.into(), lead: None, table }
    }

    /// The same section with sentences above its table.
    #[must_use]
    pub fn with_lead(mut self, lead: impl Into<String>) -> Self {
        self.lead = Some(lead.into());
        self
    }
}

impl Report {
    /// A report of one list, called `rows`.
    pub fn of_rows(command: &'static str, title: impl Into<String>, table: Table) -> Self {
        let title = title.into();
        Self {
            command,
            sections: vec![Section::new("rows", title.clone(), table)],
            title,
            ..Self::default()
        }
    }
}
