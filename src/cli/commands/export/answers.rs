//! The answers of analyses as files: the same bytes as their commands write.

use super::pieces::{Piece, REPORT};
use super::places::{Group, Places};
use super::rows::RowSource;
use crate::cli::args::FilterArgs;
use crate::cli::commands::questions::question;
use crate::cli::output::Place;
use crate::cli::signal::stop_if_asked;
use crate::cli::{CliError, Context};
use crate::query::Engine;
use crate::render::{self, Format, write_report};
use crate::report::Report;

/// Answers analyses about one group of records, each once for all of its forms.
pub(super) struct Answers<'c> {
    pub(super) context: &'c Context,
    pub(super) filter: &'c FilterArgs,
    pub(super) options: &'c render::Options,
    /// The answer at hand: of which analysis, and whether it has charts.
    pub(super) last: Option<((&'static str, bool), Report)>,
}

impl Answers<'_> {
    /// Writes what a piece is of, and gives the places that are to be finished: in a folder, where a
    /// form holds one table, each further section has a file of its own.
    ///
    /// # Errors
    /// Those of the analysis and of the places.
    pub(super) fn write(
        &mut self,
        (name, format): (&'static str, Format),
        engine: &Engine,
        source: &mut RowSource<'_>,
        (places, group): (&mut Places, &Group),
    ) -> Result<Vec<Place>, CliError> {
        let piece = Piece::Answer { name, format };
        let place = places.take(group, piece)?;
        stop_if_asked();
        // Charts are of the report alone, and hold more than can be redacted.
        let has_charts = name == REPORT && format == Format::Html && !source.redacts();
        let question = question(name, self.filter, has_charts, self.context)?;
        if self.last.as_ref().is_none_or(|(of, _)| *of != (name, has_charts)) {
            let mut report = question.analysis().report(engine)?;
            source.redact_report(&mut report);
            self.last = Some(((name, has_charts), report));
        }
        let mut report = self.last.as_ref().map(|(_, report)| report.clone()).unwrap_or_default();
        if format == Format::Md {
            (question.draw)(&mut report);
        }
        self.render(format, &report, &place)?;
        let mut written = vec![place];
        if format.holds_whole_answers() {
            return Ok(written);
        }
        let main = report.main_section();
        let sections = std::mem::take(&mut report.sections).into_iter().enumerate();
        for (_, section) in sections.filter(|(at, _)| Some(*at) != main) {
            let Some(place) = places.section(group, piece, section.key)? else { break };
            let alone = Report { sections: vec![section], ..Report::default() };
            self.render(format, &alone, &place)?;
            written.push(place);
        }
        Ok(written)
    }

    fn render(&self, format: Format, report: &Report, place: &Place) -> Result<(), CliError> {
        write_report(format, report, &mut place.writer(), self.options)
            .map_err(|cause| place.failure(&cause))
    }
}
