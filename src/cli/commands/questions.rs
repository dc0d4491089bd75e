//! Every analysis as its command asks it without flags of its own: by the settings alone.

use super::{anomalies, bottlenecks, critical_path, errors, health, loops, report, tokens, trends};
use crate::analysis::{self, Analysis};
use crate::cli::args::FilterArgs;
use crate::cli::{CliError, Context};
use crate::report::Report;

/// An analysis, and how people see its answer.
pub(super) struct Question {
    analysis: Asked,
    /// What is done to an answer that people read.
    pub(super) draw: fn(&mut Report),
}

enum Asked {
    Known(&'static dyn Analysis),
    Own(Box<dyn Analysis>),
}

impl Question {
    /// An analysis with options of the settings.
    pub(super) fn of(analysis: impl Analysis + 'static, draw: fn(&mut Report)) -> Self {
        Self { analysis: Asked::Own(Box::new(analysis)), draw }
    }

    /// An analysis that has no options.
    pub(super) fn known(analysis: &'static dyn Analysis, draw: fn(&mut Report)) -> Self {
        Self { analysis: Asked::Known(analysis), draw }
    }

    /// The analysis.
    pub(super) fn analysis(&self) -> &dyn Analysis {
        match &self.analysis {
            Asked::Known(analysis) => *analysis,
            Asked::Own(analysis) => analysis.as_ref(),
        }
    }
}

/// What the command called `name` asks; a page may have charts.
///
/// # Errors
/// Settings that cannot be used.
pub(super) fn question(
    name: &str,
    filter: &FilterArgs,
    has_charts: bool,
    context: &Context,
) -> Result<Question, CliError> {
    match name {
        "anomalies" => anomalies::question(context),
        "bottlenecks" => bottlenecks::question(context),
        "critical-path" => Ok(critical_path::question(filter)),
        "errors" => Ok(errors::question()),
        "health" => health::question(context),
        "loops" => Ok(loops::question()),
        "report" => report::question(has_charts, context),
        "tokens" => tokens::question(context),
        "trends" => trends::question(context),
        other => {
            let found = analysis::find(other).map(|analysis| Question::known(analysis, |_| {}));
            let names = || analysis::ALL.iter().map(|analysis| analysis.name());
            found.ok_or_else(|| CliError::unknown("analysis", other, names()))
        }
    }
}
