//! From flags to an engine: the snapshot that is asked, through the filters that were given.

use super::args::{FilterArgs, OutputArgs};
use super::scratch::OpenStore;
use super::{CliError, Context};
use crate::query::{Engine, FilterSpec, Predicate, RowQuery};
use crate::store::Snapshot;

/// An engine over the newest snapshot of a store, filtered as the flags say.
///
/// # Errors
/// A store that cannot be read; filters that cannot be understood.
pub(super) fn ask(
    store: &OpenStore,
    filter: &FilterArgs,
    context: &Context,
) -> Result<Engine, CliError> {
    let snapshot = store.snapshot()?;
    let predicate = predicate(&snapshot, filter, context)?;
    Ok(Engine::new(snapshot, predicate))
}

fn predicate(
    snapshot: &Snapshot,
    args: &FilterArgs,
    context: &Context,
) -> Result<Predicate, CliError> {
    let spec = FilterSpec {
        columns: [
            ("agent", &args.agent),
            ("session_id", &args.session),
            ("swarm_id", &args.swarm),
            ("trace_id", &args.trace),
            ("type", &args.record_type),
            ("kind", &args.kind),
            ("tool", &args.tool),
            ("model", &args.model),
            ("component", &args.component),
            ("operation", &args.operation),
            ("status", &args.status),
            ("severity", &args.severity),
        ]
        .into_iter()
        .filter(|(_, patterns)| !patterns.is_empty())
        .map(|(column, patterns)| (column, patterns.clone()))
        .collect(),
        tags: args.tag.clone(),
        severity_min: args.severity_min.clone(),
        since: args.since.clone(),
        until: args.until.clone(),
        min_duration: args.min_duration.clone(),
        max_duration: args.max_duration.clone(),
        errors: args.errors.then_some(true).or(args.no_errors.then_some(false)),
        condition: args.condition.clone(),
    };
    // Ages count back from the newest record: traces are looked at long after they were written.
    let newest = || snapshot.files.iter().filter_map(|file| Some(file.stats.time_us?.1)).max();
    let now = context.fixed_now_us().or_else(newest).unwrap_or_else(|| context.now_us());
    Ok(spec.predicate(now)?)
}

/// The rows that the output flags ask for.
pub(super) fn row_query(args: &OutputArgs) -> RowQuery {
    RowQuery {
        columns: args.columns.clone(),
        sort: args
            .sort
            .iter()
            .map(|name| match name.strip_prefix('-') {
                Some(name) => (name.to_owned(), true),
                None => (name.clone(), false),
            })
            .collect(),
        limit: args.limit,
        offset: args.offset.unwrap_or(0),
    }
}
