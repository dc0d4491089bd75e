//! The rows that an exporter asks for, redacted on their way to it.

use crate::analysis;
use crate::cli::output::Place;
use crate::cli::progress::RowProgress;
use crate::cli::redaction::{redact_report, redact_table};
use crate::cli::signal::stop_if_asked;
use crate::cli::{CliError, Exit};
use crate::exporters::{ExportError, Exporter, Input, InputKind, Options};
use crate::query::{Engine, QueryError, RowQuery, to_table};
use crate::redact::{Redactions, Redactor};
use crate::report::{Column, Report, Table};
use std::sync::mpsc::sync_channel;

/// Gives exporters what they ask for.
pub(super) struct RowSource<'p> {
    redactor: Option<Redactor>,
    redactions: Redactions,
    progress: &'p RowProgress,
    /// Rows of the exporter at hand, and the most that one was given.
    rows: (u64, u64),
}

impl<'p> RowSource<'p> {
    pub(super) fn new(redactor: Option<Redactor>, progress: &'p RowProgress) -> Self {
        Self { redactor, redactions: Redactions::new(), progress, rows: (0, 0) }
    }

    /// What was redacted, where that was asked for.
    pub(super) fn redacted(&self) -> Option<&Redactions> {
        self.redactor.as_ref().map(|_| &self.redactions)
    }

    /// Whether anything is redacted.
    pub(super) fn redacts(&self) -> bool {
        self.redactor.is_some()
    }

    /// Redacts an answer, where that was asked for.
    pub(super) fn redact_report(&mut self, report: &mut Report) {
        if let Some(redactor) = &self.redactor {
            redact_report(redactor, report, &mut self.redactions);
        }
    }

    /// How many rows the exporter that read the most was given.
    pub(super) fn rows(&self) -> u64 {
        self.rows.1
    }

    /// Writes all that `exporter` makes of the engine's rows to `place`, which is not finished yet.
    ///
    /// # Errors
    /// Those of the engine and of the place; a form that the rows are too much for.
    pub(super) fn export(
        &mut self,
        exporter: &dyn Exporter,
        engine: &Engine,
        place: Place,
        options: &Options,
    ) -> Result<Place, CliError> {
        let mut export = exporter.begin(place.writer(), options);
        self.rows.0 = 0;
        for input in exporter.inputs() {
            let give = |batch: Table| -> Result<(), CliError> {
                stop_if_asked();
                let batch = self.prepare(batch);
                export.write(input.name, &batch).map_err(|error| failure(error, &place))
            };
            match input.kind {
                InputKind::Rows => read_ahead(engine, input, give)?,
                InputKind::Text => Some(answer(engine, input)?).into_iter().try_for_each(give)?,
            }
        }
        self.rows.1 = self.rows.1.max(self.rows.0);
        export.finish().map_err(|error| failure(error, &place))?;
        drop(export);
        Ok(place)
    }

    fn prepare(&mut self, mut batch: Table) -> Table {
        self.rows.0 += batch.rows() as u64;
        self.progress.count(batch.rows() as u64);
        if let Some(redactor) = &self.redactor {
            redact_table(redactor, &mut batch, &mut self.redactions);
        }
        batch
    }
}

/// Gives the rows of a table or view block by block, while the next block is asked for on a thread of its
/// own.
fn read_ahead(
    engine: &Engine,
    input: &Input,
    mut give: impl FnMut(Table) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let columns = input.columns.concat().into_iter().map(str::to_owned).collect();
    let query = RowQuery { columns, ..RowQuery::default() };
    let (sender, blocks) = sync_channel(1);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            // Who takes no more has an error of its own to tell.
            let mut send = |block: Table| -> Result<(), CliError> {
                sender.send(block).map_err(|_| CliError::quiet(Exit::Done))
            };
            engine.rows(input.name, &query, &mut send)
        });
        let given = blocks.into_iter().try_for_each(&mut give);
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        given.and(read)
    })
}

fn answer(engine: &Engine, input: &Input) -> Result<Table, CliError> {
    let found = engine.run(analysis::text(input.name))?;
    let table = to_table(&found).map_err(QueryError::from)?;
    let wanted = input.columns.concat();
    let is_wanted = |column: &Column| wanted.is_empty() || wanted.contains(&column.name.as_str());
    Ok(Table { columns: table.columns.into_iter().filter(is_wanted).collect() })
}

fn failure(error: ExportError, place: &Place) -> CliError {
    match error {
        ExportError::Output(cause) => place.failure(&cause),
        ExportError::TooManySeries { .. } => CliError::usage(error.to_string())
            .with_hint("filters make them fewer, --max-series N allows more"),
    }
}
