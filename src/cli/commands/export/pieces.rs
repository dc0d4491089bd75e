//! What an export is of, and in which forms: each thing that is named, in each form that it has.

use crate::analysis;
use crate::cli::CliError;
use crate::exporters::{self, Exporter};
use crate::render::Format;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::path::Path;

/// What stands for the records among the things that are exported.
const RECORDS: &str = "records";

/// The analysis that forms for people hold where none is named.
pub(super) const REPORT: &str = "report";

/// The names that --of takes.
pub(super) fn things() -> impl TypedValueParser<Value = String> {
    let records =
        PossibleValue::new(RECORDS).help("the records, by time, or what a form makes of them");
    let analyses = analysis::ALL.iter();
    let analyses =
        analyses.map(|analysis| PossibleValue::new(analysis.name()).help(analysis.summary()));
    PossibleValuesParser::new(std::iter::once(records).chain(analyses))
}

/// The names that --to takes.
pub(super) fn forms() -> impl TypedValueParser<Value = String> {
    let exporters = exporters::ALL.iter();
    let exporters =
        exporters.map(|exporter| PossibleValue::new(exporter.name()).help(exporter.doc()));
    let formats = formats().filter(|format| exporters::find(format.name()).is_none());
    let formats = formats.map(|format| PossibleValue::new(format.name()).help(format.doc()));
    PossibleValuesParser::new(exporters.chain(formats))
}

/// The forms of analyses: aligned columns are for terminals alone.
fn formats() -> impl Iterator<Item = Format> {
    Format::ALL.into_iter().filter(|format| *format != Format::Table)
}

/// One thing in one form.
#[derive(Clone, Copy)]
pub(super) enum Piece {
    /// The records, or what another tool takes of them.
    Records(&'static dyn Exporter),
    /// The answer of an analysis.
    Answer {
        /// Its name.
        name: &'static str,
        /// Its form.
        format: Format,
    },
}

impl Piece {
    fn of(thing: &str, form: &str) -> Option<Self> {
        if thing == RECORDS {
            return exporters::find(form).map(Self::Records);
        }
        let format = formats().find(|format| format.name() == form)?;
        analysis::find(thing).map(|analysis| Self::Answer { name: analysis.name(), format })
    }

    /// The name of its form.
    pub(super) fn form(&self) -> &'static str {
        match self {
            Self::Records(exporter) => exporter.name(),
            Self::Answer { format, .. } => format.name(),
        }
    }

    /// How its files' names end, without the first dot.
    pub(super) fn ending(&self) -> &'static str {
        match self {
            Self::Records(exporter) => exporter.ending(),
            Self::Answer { format, .. } => format.name(),
        }
    }

    /// The analysis that it is the answer of.
    pub(super) fn analysis(&self) -> Option<&'static str> {
        match self {
            Self::Records(_) => None,
            Self::Answer { name, .. } => Some(name),
        }
    }

    /// Whether its bytes are no text.
    pub(super) fn is_binary(&self) -> bool {
        match self {
            Self::Records(exporter) => exporter.is_binary(),
            Self::Answer { format, .. } => format.is_binary(),
        }
    }
}

/// The pieces that were asked for: `of` things `to` forms. Where no form is named, the ending of the
/// file says it.
///
/// # Errors
/// A thing that has none of the forms, a form that none of the things has, an ending that says nothing.
pub(super) fn choose(
    of: &[String],
    to: &[String],
    file: Option<&Path>,
) -> Result<Vec<Piece>, CliError> {
    let mut forms = once_each(to);
    let by_name = file.map(form_of_file).transpose()?.flatten();
    if forms.is_empty() {
        let is_of_records = of.is_empty() || of.iter().any(|thing| thing == RECORDS);
        let usual = if is_of_records { "jsonl" } else { "json" };
        forms.push(by_name.unwrap_or(usual));
    }
    let things = once_each(of);
    if things.is_empty() {
        let either = |form: &&str| Piece::of(RECORDS, form).or_else(|| Piece::of(REPORT, form));
        return Ok(forms.iter().filter_map(either).collect());
    }
    let mut pieces = Vec::new();
    for thing in &things {
        let found: Vec<Piece> = forms.iter().filter_map(|form| Piece::of(thing, form)).collect();
        if found.is_empty() {
            return Err(no_form(thing, &forms.join(", ")));
        }
        pieces.extend(found);
    }
    let unused = forms.iter().find(|form| pieces.iter().all(|piece| piece.form() != **form));
    match unused {
        Some(form) => Err(no_form(&things.join(", "), form)),
        None => Ok(pieces),
    }
}

fn once_each(names: &[String]) -> Vec<&str> {
    let mut once: Vec<&str> = Vec::new();
    for name in names {
        if !once.contains(&name.as_str()) {
            once.push(name);
        }
    }
    once
}

fn no_form(things: &str, forms: &str) -> CliError {
    let hint = if things == RECORDS {
        format!("--of {REPORT} has it, for one")
    } else {
        let known: Vec<&str> = formats().map(Format::name).collect();
        format!("an analysis is written as {}", known.join(", "))
    };
    CliError::usage(format!("`{forms}` is no form of {things}")).with_hint(hint)
}

/// The form that a file's ending names; nothing for a file without one.
fn form_of_file(path: &Path) -> Result<Option<&'static str>, CliError> {
    let Some(file) = path.file_name().map(|file| file.to_string_lossy()) else { return Ok(None) };
    let Some((_, ending)) = file.rsplit_once('.') else { return Ok(None) };
    if let Some(exporter) = exporters::find_by_file(&file) {
        return Ok(Some(exporter.name()));
    }
    if let Some(format) = Format::from_extension(ending) {
        return Ok(Some(format.name()));
    }
    let what = format!("a file that ends with `.{ending}` says nothing about its form");
    let names: Vec<&str> = exporters::ALL.iter().map(|exporter| exporter.name()).collect();
    Err(CliError::usage(what).with_hint(format!("--to names it: {}", names.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces with a space between them, or the error.
    fn names(of: &[&str], to: &[&str], file: Option<&str>) -> String {
        let owned =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let pieces = choose(&owned(of), &owned(to), file.map(Path::new));
        let name =
            |piece: &Piece| format!("{}.{}", piece.analysis().unwrap_or("-"), piece.ending());
        match pieces {
            Ok(pieces) => pieces.iter().map(name).collect::<Vec<_>>().join(" "),
            Err(error) => error.what().to_owned(),
        }
    }

    #[test]
    fn each_thing_is_written_in_each_form_that_it_has() {
        assert_eq!(names(&[], &["csv", "json", "csv"], None), "-.csv -.json");
        assert_eq!(names(&["trends", "health"], &["csv"], None), "trends.csv health.csv");
        let mixed = names(&["records", "trends"], &["csv", "chrome", "md"], None);
        assert_eq!(mixed, "-.csv -.trace.json trends.csv trends.md");
        assert_eq!(names(&["trends"], &["chrome"], None), "`chrome` is no form of trends");
        assert_eq!(names(&["records"], &["csv", "html"], None), "`html` is no form of records");
    }

    #[test]
    fn pages_without_a_name_are_the_report() {
        assert_eq!(names(&[], &["html"], None), "report.html");
        assert_eq!(names(&[], &["csv", "html"], None), "-.csv report.html");
    }

    #[test]
    fn without_a_form_the_file_or_the_thing_says_it() {
        assert_eq!(names(&[], &[], None), "-.jsonl");
        assert_eq!(names(&["health"], &[], None), "health.json");
        assert_eq!(names(&["health"], &[], Some("x/a.csv")), "health.csv");
        assert_eq!(names(&[], &[], Some("a.html")), "report.html");
        assert_eq!(names(&[], &[], Some("a.trace.json")), "-.trace.json");
        assert_eq!(names(&[], &[], Some("a")), "-.jsonl");
        assert!(names(&[], &[], Some("a.xlsx")).contains("`.xlsx`"));
    }
}
