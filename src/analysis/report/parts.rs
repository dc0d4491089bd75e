//! Parts of a report that others make: their first tables, what cannot be filtered so, the short form.

use super::super::Analysis;
use crate::query::{Engine, QueryError};
use crate::report::{Report, Section, Table};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// So many rows a section of the short form has.
const SHORT_ROWS: usize = 5;

/// The stack of a thread that asks, in bytes: the engine walks its plans by recursion.
const STACK_BYTES: usize = 16 << 20;

/// Does a part of the work on a thread of its own.
///
/// # Errors
/// [`QueryError::Engine`] where there can be no further thread.
pub(super) fn on_a_thread<'s, T: Send + 's>(
    scope: &'s Scope<'s, '_>,
    work: impl FnOnce() -> T + Send + 's,
) -> Result<ScopedJoinHandle<'s, T>, QueryError> {
    let thread = Builder::new().name("report".to_owned()).stack_size(STACK_BYTES);
    let failed = |cause| QueryError::Engine(format!("no thread can be started ({cause})"));
    thread.spawn_scoped(scope, work).map_err(failed)
}

/// What another thread gives; a panic of it is one of this.
pub(super) fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Leaves the first rows and the first chart, and says so.
pub(super) fn shorten(section: &mut Section) {
    let rows = section.table.rows();
    section.charts.truncate(1);
    if rows > SHORT_ROWS {
        section.table = section.table.first(SHORT_ROWS);
        let lead = section.lead.take().unwrap_or_default();
        section.lead = Some(format!("{lead} The first {SHORT_ROWS} of {rows}.").trim().to_owned());
    }
}

/// The first table of another analysis; where there is none, why not is a notice of `report`.
pub(super) fn first_table(
    analysis: &dyn Analysis,
    engine: &Engine,
    title: &str,
    report: &mut Report,
) -> Result<Option<Table>, QueryError> {
    match analysis.report(engine) {
        Ok(part) => {
            let first = part.sections.into_iter().next();
            let table = first.map(|section| section.table).filter(|table| !table.is_empty());
            if table.is_none() {
                report.notices.extend(part.notices);
            }
            Ok(table)
        }
        Err(error) => {
            report.notices.push(left_out(title, error)?);
            Ok(None)
        }
    }
}

/// Says that a section is left out because its view cannot be filtered so; another error stays one.
pub(super) fn left_out(title: &str, error: QueryError) -> Result<String, QueryError> {
    match error {
        QueryError::NoSuchFilter { view, column } => {
            Ok(format!("{title} are left out: `{view}` has no column `{column}` to filter by"))
        }
        error => Err(error),
    }
}
