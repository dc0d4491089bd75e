//! Records for other tools: one file each, behind one trait and one list.
//!
//! An exporter says which tables it is made of, is given their rows in batches, one table after the
//! other, and turns them into bytes; it opens nothing and knows of no store. To add one, write
//! `exporters/foo.rs` and add it to [`ALL`]; `--to`, help and completions walk that list.

mod attributes;
mod chrome;
mod columns;
mod exposition;
mod families;
mod folded;
mod grafana;
mod jaeger;
mod json;
mod metric_names;
mod otlp;
mod rows;
#[cfg(test)]
mod samples;
mod services;
mod speedscope;
mod stacks;

pub use stacks::Weight;

use crate::render;
use crate::report::Table;
use std::io::{self, Write};

/// Every exporter, in the order of the help.
pub static ALL: &[&dyn Exporter] = &[
    &rows::JSONL,
    &rows::JSON,
    &rows::CSV,
    &rows::TSV,
    &rows::PARQUET,
    &rows::ARROW,
    &exposition::PROMETHEUS,
    &exposition::OPENMETRICS,
    &otlp::OTLP,
    &chrome::CHROME,
    &folded::FOLDED,
    &speedscope::SPEEDSCOPE,
    &jaeger::JAEGER,
    &grafana::GRAFANA,
    &services::DATADOG,
    &services::NEWRELIC,
];

/// A table that an exporter reads.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// A table, a view, or a text of an analysis.
    pub name: &'static str,
    /// Which it is.
    pub kind: InputKind,
    /// The columns that are wanted, in groups; all of them where empty.
    pub columns: &'static [&'static [&'static str]],
}

/// What an exporter reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Rows of a table or view, by time.
    Rows,
    /// The answer of an SQL text.
    Text,
}

impl Input {
    /// Rows of a table or view, by time.
    const fn rows(name: &'static str, columns: &'static [&'static [&'static str]]) -> Self {
        Self { name, kind: InputKind::Rows, columns }
    }

    /// The answer of an SQL text.
    const fn text(name: &'static str) -> Self {
        Self { name, kind: InputKind::Text, columns: &[] }
    }
}

/// The records as they are.
const RECORDS: &[Input] = &[Input::rows("records", &[])];

/// What the user asks of an export.
#[derive(Clone, Debug)]
pub struct Options {
    /// How rows are written.
    pub render: render::Options,
    /// The most series that metrics may have.
    pub max_series: usize,
    /// What stacks weigh.
    pub weight: Weight,
}

impl Default for Options {
    fn default() -> Self {
        Self { render: render::Options::default(), max_series: 10_000, weight: Weight::Time }
    }
}

/// Why an export could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The output failed.
    #[error(transparent)]
    Output(#[from] io::Error),
    /// More series than a monitoring system should be given without its owner's word.
    #[error("{found} series are more than {most}")]
    TooManySeries {
        /// How many there are.
        found: usize,
        /// How many may be.
        most: usize,
    },
}

/// Records in the form of another tool.
pub trait Exporter: Sync {
    /// Name for `--to`.
    fn name(&self) -> &'static str;
    /// How its files' names end, without the first dot.
    fn ending(&self) -> &'static str {
        self.name()
    }
    /// What it writes, in one line.
    fn doc(&self) -> &'static str;
    /// Whether its bytes are no text, so that they do not belong on a terminal.
    fn is_binary(&self) -> bool {
        false
    }
    /// What it is made of. Every table is given with one batch at least.
    fn inputs(&self) -> &'static [Input] {
        RECORDS
    }
    /// Begins an export to `out`.
    fn begin(&self, out: Box<dyn Write>, options: &Options) -> Box<dyn Export>;
}

/// An export that is being written.
pub trait Export {
    /// Takes rows of the input called `name`, all of whose batches come one after the other.
    ///
    /// # Errors
    /// What the output says.
    fn write(&mut self, name: &str, batch: &Table) -> Result<(), ExportError>;

    /// Writes what is still held back and closes what is open.
    ///
    /// # Errors
    /// What the output says, and that there is too much for the form.
    fn finish(&mut self) -> Result<(), ExportError>;
}

/// The exporter called `name`.
pub fn find(name: &str) -> Option<&'static dyn Exporter> {
    ALL.iter().copied().find(|exporter| exporter.name() == name)
}

/// The exporter of a file of this name: the one with the longest ending that the name has.
pub fn find_by_file(name: &str) -> Option<&'static dyn Exporter> {
    let fits = |ending: &str| name.strip_suffix(ending).is_some_and(|stem| stem.ends_with('.'));
    let known = ALL.iter().copied().filter(|exporter| fits(exporter.ending()));
    known
        .max_by_key(|exporter| exporter.ending().len())
        .or_else(|| find("jsonl").filter(|_| fits("ndjson")))
}

#[cfg(test)]
mod tests {
    use super::samples::{export, one_of_each};
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_writes_its_own_form() {
        let mut forms = BTreeSet::new();
        for exporter in ALL {
            let bytes = export(*exporter, &one_of_each(*exporter));
            assert_eq!(bytes.contains(&0), exporter.is_binary());
            assert!(forms.insert(bytes), "{}", exporter.name());
            assert!(find(exporter.name()).is_some() && !exporter.doc().is_empty());
        }
    }

    #[test]
    fn endings_tell_forms_apart() {
        let endings: BTreeSet<_> = ALL.iter().map(|exporter| exporter.ending()).collect();
        assert_eq!(endings.len(), ALL.len());
        for exporter in ALL {
            let found = find_by_file(&format!("a.b.{}", exporter.ending())).unwrap();
            assert_eq!(found.name(), exporter.name());
        }
        assert_eq!(find_by_file("x.ndjson").unwrap().name(), "jsonl");
        assert!(find_by_file("jsonl").is_none() && find_by_file("x.xlsx").is_none());
    }
}
