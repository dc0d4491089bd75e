//! What is redacted, by flags, settings and environment, and the key of its tokens.

use super::{CliError, Context};
use crate::redact::{Key, Redactions, Redactor, Spec};
use crate::report::{Column, Report, Table, Texts, Values};
use crate::store::Store;
use clap::Args;
use std::borrow::Cow;

// What is replaced before it is written.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Redaction")]
pub(super) struct RedactArgs {
    /// Replace what these rules find by tokens, before anything is written: secrets (all keys and tokens:
    /// anthropic, openai, github, aws, gcp, slack, jwt, pem, url, assignment), email, card, ip, and
    /// key=REGEX for the values of fields by their names, which goes on to the end; none puts a setting
    /// aside [env: TRACEKIT_REDACT; TRACEKIT_REDACT_KEY is the key of the tokens]
    #[arg(long, value_name = "RULES")]
    pub(super) redact: Vec<String>,
}

/// Rules that run, and the user's own key.
pub(super) struct Redaction {
    spec: Spec,
    /// Without it, a store has one of its own.
    key: Option<Key>,
}

/// What the flags say, else the settings; nothing where nothing is redacted.
///
/// # Errors
/// Rules that are unknown, a key that is too short.
pub(super) fn resolve_redaction(
    args: &RedactArgs,
    context: &Context,
) -> Result<Option<Redaction>, CliError> {
    let spec = if args.redact.is_empty() {
        context.settings.redact.value.clone()
    } else {
        Spec::parse(args.redact.iter().map(String::as_str))
            .map_err(|error| CliError::usage(format!("--redact: {error}")))?
    };
    let Some(spec) = spec else { return Ok(None) };
    let key = context.settings.redact_key.as_deref().map(Key::from_text).transpose();
    let key = key.map_err(|what| CliError::usage(format!("TRACEKIT_REDACT_KEY: {what}")))?;
    Ok(Some(Redaction { spec, key }))
}

impl Redaction {
    /// A redactor whose tokens are those of `store`, unless the user has a key.
    ///
    /// # Errors
    /// A store whose key cannot be read or made.
    pub(super) fn redactor(&self, store: &Store) -> Result<Redactor, CliError> {
        let key = match &self.key {
            Some(key) => key.clone(),
            None => Key::new(store.redact_key().map_err(|error| {
                CliError::from(error).with_hint("TRACEKIT_REDACT_KEY is used in place of its key")
            })?),
        };
        Ok(Redactor::new(&self.spec, key))
    }
}

/// Redacts all texts of a table: a column whose name is wanted whole, of JSON its strings and fields.
/// Numbers and times stay.
pub(super) fn redact_table(redactor: &Redactor, table: &mut Table, counts: &mut Redactions) {
    for column in &mut table.columns {
        let name = &column.name;
        match &mut column.values {
            Values::Text(texts) => {
                *texts =
                    redact_texts(redactor, name, texts, |text| redactor.field(name, text, counts));
            }
            Values::Json(texts) => {
                *texts = redact_texts(redactor, name, texts, |text| {
                    redactor.json_field(name, text, counts)
                });
            }
            Values::TextList(lists) => {
                for text in lists.iter_mut().flatten().flatten() {
                    *text = redactor.field(name, text, counts).into_owned();
                }
            }
            Values::Integer(_)
            | Values::Float(_)
            | Values::Bool(_)
            | Values::Time(_)
            | Values::Date(_) => {}
        }
    }
}

/// Redacts all texts of an answer, those of people's sentences too. Charts are left out.
pub(super) fn redact_report(redactor: &Redactor, report: &mut Report, counts: &mut Redactions) {
    let fixes = report.fixes.iter_mut();
    let fixes = fixes.flat_map(|fix| [&mut fix.title, &mut fix.text, &mut fix.suggestion]);
    let verdict = report.verdict.iter_mut().map(|verdict| &mut verdict.text);
    let told = report.summary.iter_mut().chain(&mut report.notices);
    for text in told.chain(fixes).chain(verdict).chain([&mut report.title]) {
        *text = redactor.text(text, counts).into_owned();
    }
    for scalar in &mut report.scalars {
        let column = Column {
            name: scalar.name.to_owned(),
            unit: scalar.unit,
            values: scalar.value.clone(),
        };
        let mut table = Table { columns: vec![column] };
        redact_table(redactor, &mut table, counts);
        if let Some(column) = table.columns.pop() {
            scalar.value = column.values;
        }
    }
    for section in &mut report.sections {
        section.charts.clear();
        for text in [&mut section.title].into_iter().chain(&mut section.lead) {
            *text = redactor.text(text, counts).into_owned();
        }
        redact_table(redactor, &mut section.table, counts);
    }
}

/// The texts of a column, those redacted that may hold something.
fn redact_texts<'t>(
    redactor: &Redactor,
    name: &str,
    texts: &'t Texts,
    mut redact: impl FnMut(&'t str) -> Cow<'t, str>,
) -> Texts {
    // In one buffer, so that one look goes over all of them.
    let mut buffer = String::new();
    let mut ranges = Vec::with_capacity(texts.len());
    for text in texts.iter() {
        let start = buffer.len();
        buffer.push_str(text.unwrap_or_default());
        ranges.push(start..buffer.len());
        buffer.push('\n');
    }
    let mut look = redactor.look_over(buffer.as_bytes());
    let is_wanted = redactor.wants(name);
    let redact_one = |(text, range): (Option<&'t str>, _)| {
        let may_hold = look.may_hold(range) || is_wanted;
        text.map(|text| if may_hold { redact(text) } else { Cow::Borrowed(text) })
    };
    texts.iter().zip(ranges).map(redact_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Unit;

    #[test]
    fn every_text_of_a_table_is_redacted_and_nothing_else() {
        let spec = Spec::parse(["email,card,key=agent"]).unwrap().unwrap();
        let redactor = Redactor::new(&spec, Key::new([1; 32]));
        let texts = |texts: [&str; 2]| texts.into_iter().map(Some).collect::<Texts>();
        let mut table = Table::default()
            .with("agent", Unit::None, Values::Text(texts(["ann", ""])))
            .with("name", Unit::None, Values::Text(texts(["plain", "to a@example.com"])))
            .with(
                "data",
                Unit::None,
                Values::Json(texts([r#"{"agent":"x"}"#, r#"["a@example.com"]"#])),
            )
            .with(
                "tags",
                Unit::None,
                Values::TextList(vec![Some(vec!["a@example.com".into()]), None]),
            )
            .with("value", Unit::None, Values::Integer(vec![Some(4_111_111_111_111_111), None]));
        let mut counts = Redactions::new();
        redact_table(&redactor, &mut table, &mut counts);
        let text = |name: &str, row: usize| table.text(name, row).unwrap();
        assert!(text("agent", 0).starts_with("[redacted:key:"));
        assert_eq!((text("agent", 1), text("name", 0)), ("", "plain"));
        let token = text("name", 1).strip_prefix("to ").unwrap();
        assert!(token.starts_with("[redacted:email:"), "{token}");
        assert!(text("data", 0).starts_with(r#"{"agent":"[redacted:key:"#));
        assert_eq!(text("data", 1), format!("[\"{token}\"]"));
        let Values::TextList(tags) = &table.column("tags").unwrap().values else { panic!() };
        assert_eq!(tags, &[Some(vec![token.to_owned()]), None]);
        assert_eq!(table.integer("value", 0), Some(4_111_111_111_111_111));
        assert_eq!(counts, Redactions::from([("email", 3), ("key", 2)]));
    }
}
