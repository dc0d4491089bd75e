//! The answer on its way out: its format, its order and cut, and the place that it goes to.
//!
//! What formats look like is said by `render`; opening and finishing the place by `destination`.

use super::args::OutputArgs;
use super::arrange::arrange;
use super::destination::{Destination, write_failure};
use super::{CliError, Context};
use crate::render::{self, Format, Options, RowWriter};
use crate::report::{Report, Table};
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

/// What kind of answer a command gives; it decides the format where nobody names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Rows, of which there may be many: JSON lines.
    Rows,
    /// The answer of an analysis: one JSON object.
    Analysis,
}

/// Where and how the answer is written. It is open before the work begins.
pub(super) struct Output<'c> {
    context: &'c Context,
    args: &'c OutputArgs,
    format: Format,
    is_terminal: bool,
    destination: Destination,
}

impl<'c> Output<'c> {
    /// Settles the format and opens the place. Call it before the work begins.
    ///
    /// # Errors
    /// A place that cannot be written; binary formats on a terminal.
    pub(super) fn open(
        args: &'c OutputArgs,
        answer: Answer,
        context: &'c Context,
    ) -> Result<Self, CliError> {
        Self::open_as(args, args.format, answer, context)
    }

    /// As [`Output::open`] for a command that has flags of its own for formats, such as `--html`.
    ///
    /// # Errors
    /// Those of [`Output::open`].
    pub(super) fn open_as(
        args: &'c OutputArgs,
        asked: Option<Format>,
        answer: Answer,
        context: &'c Context,
    ) -> Result<Self, CliError> {
        let path = args.output.as_deref().filter(|path| path.as_os_str() != "-");
        let is_terminal = path.is_none() && context.terminal.stdout.is_terminal;
        let by_name = path.and_then(|path| Format::from_extension(path.extension()?.to_str()?));
        let format = asked.or(by_name).or(context.settings.format.value).unwrap_or(match answer {
            _ if is_terminal => Format::Table,
            Answer::Rows => Format::Jsonl,
            Answer::Analysis => Format::Json,
        });
        if is_terminal && format.is_binary() {
            let what = format!("{} is not for a terminal", format.name());
            return Err(CliError::usage(what).with_hint("-o FILE writes it to a file"));
        }
        let pages = is_terminal && matches!(format, Format::Table | Format::Md);
        let destination =
            if pages { Destination::open_paged(context)? } else { Destination::open(path)? };
        Ok(Self { context, args, format, is_terminal, destination })
    }

    /// The format that was settled on.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Whether a person is looking: only then may an answer be cut without being asked for.
    pub(super) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Begins an answer of rows, given batch by batch. `--sort`, `--offset`, `--limit` and
    /// `--columns` are the caller's: a query does them where they cost least.
    pub(super) fn rows(self) -> Rows {
        let options = self.options();
        let format = self.format;
        Rows::to(self.destination, |out| render::row_writer(format, out, &options))
    }

    /// Writes an answer of rows that is all there, sorted and cut as the flags say.
    ///
    /// # Errors
    /// Columns that are not there, and what the system says.
    pub(super) fn table(self, table: Table) -> Result<(), CliError> {
        let table = arrange(table, self.args)?;
        let mut rows = self.rows();
        rows.write(&table)?;
        rows.finish()
    }

    /// Writes the answer of an analysis, its main section sorted and cut as the flags say.
    ///
    /// # Errors
    /// Columns that are not there, and what the system says.
    pub(super) fn report(self, report: Report) -> Result<(), CliError> {
        self.report_by(report, None)
    }

    /// The same by a template of one's own, for a web page.
    ///
    /// # Errors
    /// Those of [`Output::report`]; a template that does not work.
    pub(super) fn report_by(
        mut self,
        mut report: Report,
        template: Option<String>,
    ) -> Result<(), CliError> {
        if let Some(place) = report.main_section() {
            let section = &mut report.sections[place];
            section.table = arrange(std::mem::take(&mut section.table), self.args)?;
        }
        let is_table_alone =
            !matches!(self.format, Format::Table | Format::Md | Format::Html | Format::Json);
        let has_rows =
            report.main_section().is_some_and(|place| !report.sections[place].table.is_empty());
        // Else nobody would know why there is nothing.
        if is_table_alone && !has_rows {
            for notice in &report.notices {
                self.context.messages.note(notice);
            }
        }
        let options = Options { template, ..self.options() };
        render::write_report(self.format, &report, &mut self.destination, &options)
            .map_err(|cause| self.destination.failure(&cause))?;
        self.destination.finish()
    }

    /// Writes plain text, such as a script, as it is.
    ///
    /// # Errors
    /// What the system says; a quiet end where the reader went away.
    pub(super) fn text(mut self, text: &str) -> Result<(), CliError> {
        self.destination
            .write_all(text.as_bytes())
            .map_err(|cause| self.destination.failure(&cause))?;
        self.destination.finish()
    }

    fn options(&self) -> Options {
        let terminal = &self.context.terminal.stdout;
        let is_stdout = self.args.output.as_deref().is_none_or(|path| path.as_os_str() == "-");
        Options {
            width: self.is_terminal.then_some(terminal.columns.into()),
            color: is_stdout && terminal.has_colors,
            csv_safe: self.args.csv_safe != "never",
            ..Options::default()
        }
    }
}

/// An answer of rows that is being written.
pub(super) struct Rows {
    writer: Box<dyn RowWriter>,
    place: Place,
}

impl Rows {
    fn to(
        destination: Destination,
        begin: impl FnOnce(Box<dyn Write>) -> Box<dyn RowWriter>,
    ) -> Self {
        let place = Place::of(destination);
        Self { writer: begin(place.writer()), place }
    }

    /// Writes the rows of one batch; all batches have the same columns.
    ///
    /// # Errors
    /// What the system says; a quiet end where the reader went away.
    pub(super) fn write(&mut self, batch: &Table) -> Result<(), CliError> {
        self.writer.write(batch).map_err(|cause| self.place.failure(&cause))
    }

    /// Ends the answer; only now a file has its name.
    ///
    /// # Errors
    /// As [`Rows::write`].
    pub(super) fn finish(self) -> Result<(), CliError> {
        let Self { mut writer, place } = self;
        writer.finish().map_err(|cause| place.failure(&cause))?;
        drop(writer);
        place.finish()
    }
}

/// A destination that somebody else writes to, who cannot give it back.
pub(super) struct Place {
    destination: Rc<RefCell<Destination>>,
    name: String,
}

impl Place {
    /// A place that is open.
    pub(super) fn of(destination: Destination) -> Self {
        let name = destination.name().to_owned();
        Self { destination: Rc::new(RefCell::new(destination)), name }
    }

    /// A way to write there.
    pub(super) fn writer(&self) -> Box<dyn Write> {
        Box::new(Shared(Rc::clone(&self.destination)))
    }

    /// What an error of writing there means: a reader that went away ends the command quietly.
    pub(super) fn failure(&self, cause: &io::Error) -> CliError {
        write_failure(&self.name, cause)
    }

    /// Ends the answer; only now a file has its name. Its writers must be gone.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn finish(self) -> Result<(), CliError> {
        match Rc::try_unwrap(self.destination) {
            Ok(destination) => destination.into_inner().finish(),
            Err(shared) => {
                let flushed = shared.borrow_mut().flush();
                flushed.map_err(|cause| write_failure(&self.name, &cause))
            }
        }
    }
}

/// The place of an answer while a renderer writes to it: the renderer cannot give it back.
struct Shared(Rc<RefCell<Destination>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}
