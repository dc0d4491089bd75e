//! Recoveries that sources recorded: records called so, and failed spans that say it themselves.
//!
//! A later success of the same task is not told by records of its own; the view `errors` knows it.

use crate::query::hashed::HashMap;
use crate::report::Table;
use serde::Deserialize;

/// What a record's payload says of a recovery.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Payload {
    success: Option<bool>,
    #[serde(alias = "error_id", alias = "recoveredErrorId")]
    error_id: Option<String>,
    tags: Tags,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tags {
    success: Option<bool>,
    recovery_success: Option<bool>,
}

/// Words in a type that say that a recovery was only tried, or failed.
const NO_SUCCESS: [&str; 7] = ["FAIL", "START", "BEGIN", "ATTEMPT", "PLAN", "TRY", "NEED"];

/// How many recoveries are recorded from each error; rows without one are left out.
///
/// A record belongs to the error that it names (`errorId`), else to the one that it stands below,
/// else to the errors of its task before it, else to the last error before it below the same record.
pub(super) fn recoveries(
    errors: &Table,
    ancestors: &Table,
    recorded: &Table,
) -> HashMap<usize, i64> {
    let mut found = HashMap::default();
    if recorded.is_empty() {
        return found;
    }
    let places = Places::of(errors, ancestors);
    for row in 0..recorded.rows() {
        let text = |name| recorded.text(name, row);
        let payload: Payload =
            text("data").and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default();
        let group = text("error_group").unwrap_or_default();
        let time = recorded.integer("ts_us", row).unwrap_or_default();
        let has_failed = matches!(text("status"), Some("error" | "timeout"));
        if has_failed {
            if payload.tags.recovery_success == Some(true)
                && let Some(error) = text("id").and_then(|id| places.ids.get(&(group, id)))
            {
                *found.entry(*error).or_default() += 1;
            }
            continue;
        }
        let flags = [payload.success, payload.tags.success, payload.tags.recovery_success];
        let name = text("type").unwrap_or_default().to_uppercase();
        if flags.contains(&Some(false)) || NO_SUCCESS.iter().any(|word| name.contains(word)) {
            continue;
        }
        let named = payload.error_id.as_deref().or(text("parent_id"));
        if let Some(error) = named.and_then(|id| places.ids.get(&(group, id))) {
            *found.entry(*error).or_default() += 1;
        } else if let Some(task) = text("task_id") {
            let of_task = places.tasks.get(&(group, task)).into_iter().flatten();
            for (_, error) in of_task.filter(|(end, _)| *end <= time) {
                *found.entry(*error).or_default() += 1;
            }
        } else if let Some(parent) = text("parent_id") {
            let below = places.parents.get(&(group, parent)).into_iter().flatten();
            if let Some((_, error)) = below.filter(|(end, _)| *end <= time).max() {
                *found.entry(*error).or_default() += 1;
            }
        }
    }
    found
}

/// Errors by what names them; rows with the time at which each was known.
struct Places<'t> {
    ids: HashMap<(&'t str, &'t str), usize>,
    tasks: HashMap<(&'t str, &'t str), Vec<(i64, usize)>>,
    parents: HashMap<(&'t str, &'t str), Vec<(i64, usize)>>,
}

impl<'t> Places<'t> {
    fn of(errors: &'t Table, ancestors: &'t Table) -> Self {
        let mut places = Self {
            ids: HashMap::default(),
            tasks: HashMap::default(),
            parents: HashMap::default(),
        };
        for row in 0..errors.rows() {
            let group = errors.text("error_group", row).unwrap_or_default();
            let end = errors.integer("end_us", row).unwrap_or_default();
            if let Some(id) = errors.text("id", row) {
                places.ids.entry((group, id)).or_insert(row);
            }
            if let Some(task) = errors.text("task_id", row) {
                places.tasks.entry((group, task)).or_default().push((end, row));
            }
            if let Some(parent) = errors.text("parent_id", row) {
                places.parents.entry((group, parent)).or_default().push((end, row));
            }
        }
        // A failed interval is known by the record that began it, too.
        for row in 0..ancestors.rows() {
            let group = ancestors.text("error_group", row).unwrap_or_default();
            let ends = ancestors.text("id", row).zip(ancestors.text("end_id", row));
            if let Some((id, end_id)) = ends.filter(|(id, end_id)| id != end_id)
                && let Some(error) = places.ids.get(&(group, end_id)).copied()
            {
                places.ids.entry((group, id)).or_insert(error);
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Unit, Values};

    fn texts(rows: &[&[&'static str]], place: usize) -> Values {
        let value = |row: &&[&'static str]| Some(row[place]).filter(|text| !text.is_empty());
        Values::Text(rows.iter().map(value).collect())
    }

    fn errors() -> Table {
        let rows: [&[&str]; 3] = [&["e1", "p", "t"], &["e2", "p", "t"], &["fail", "q", ""]];
        Table::default()
            .with("error_group", Unit::None, Values::texts(["s"; 3]))
            .with("id", Unit::None, texts(&rows, 0))
            .with("parent_id", Unit::None, texts(&rows, 1))
            .with("task_id", Unit::None, texts(&rows, 2))
            .with("end_us", Unit::None, Values::Integer(vec![Some(10), Some(20), Some(30)]))
    }

    fn ancestors() -> Table {
        Table::default()
            .with("error_group", Unit::None, Values::texts(["s"]))
            .with("id", Unit::None, Values::texts(["begin"]))
            .with("end_id", Unit::None, Values::texts(["fail"]))
    }

    /// The errors that a record recovers from, at 25 µs: parent, task, type, status, payload.
    #[track_caller]
    fn recovered(record: [&'static str; 5], expected: &[usize]) {
        let row: [&[&str]; 1] = [&record];
        let table = Table::default()
            .with("error_group", Unit::None, Values::texts(["s"]))
            .with("id", Unit::None, Values::texts(["e1"]))
            .with("parent_id", Unit::None, texts(&row, 0))
            .with("task_id", Unit::None, texts(&row, 1))
            .with("type", Unit::None, texts(&row, 2))
            .with("status", Unit::None, texts(&row, 3))
            .with("data", Unit::None, texts(&row, 4))
            .with("ts_us", Unit::None, Values::Integer(vec![Some(25)]));
        let mut found: Vec<usize> =
            recoveries(&errors(), &ancestors(), &table).into_keys().collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{record:?}");
    }

    #[test]
    fn a_recovery_belongs_to_the_error_that_it_names_or_follows() {
        recovered(["e2", "", "ERROR_RECOVERY", "unset", ""], &[1]);
        recovered(["begin", "", "ERROR_RECOVERED", "ok", "{}"], &[2]);
        recovered(["", "t", "RECOVERY_COMPLETE", "unset", "{}"], &[0, 1]);
        recovered(["p", "", "ERROR_RECOVERY", "ok", "{}"], &[1]);
        recovered(["q", "", "ERROR_RECOVERY", "ok", "{}"], &[]);
        recovered(["p", "", "ERROR_RECOVERY", "ok", r#"{"errorId":"e1"}"#], &[0]);
    }

    #[test]
    fn what_was_only_tried_is_no_recovery() {
        recovered(["e2", "", "RECOVERY_START", "unset", "{}"], &[]);
        recovered(["e2", "", "ERROR_RECOVERY", "unset", r#"{"success":false}"#], &[]);
        recovered(["e2", "", "SPAN", "unset", r#"{"tags":{"recovery_success":false}}"#], &[]);
    }

    #[test]
    fn a_failed_span_may_say_it_itself() {
        recovered(["", "", "SPAN", "error", r#"{"tags":{"recovery_success":true}}"#], &[0]);
        recovered(["e2", "", "SPAN", "error", r#"{"tags":{"recovery_attempted":true}}"#], &[]);
    }
}
