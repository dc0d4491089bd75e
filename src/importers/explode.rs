//! Numbers inside a record as metric rows of their own.

use super::json::{Fields, Raw};
use super::{ImportOptions, Reject, Sink};
use crate::model::{Kind, MetricType, Record, Status};

/// Gives `sink` one metric row for each number under `value`, named by its path.
///
/// `prefix` is the path so far (`cpu`), without a dot at its end, and may be empty; array elements
/// get `.0`, `.1`. The rows take time, ids, agent and groups from `record`; `unit` names the unit of a path.
///
/// # Errors
/// `number` for one that does not fit a float; rows before it were given, so check first with
/// [`check_numbers`] where the line must be taken whole or not at all.
pub(super) fn emit_numbers<'u>(
    value: Raw<'_>,
    prefix: &str,
    record: &Record<'_>,
    unit: &dyn Fn(&str) -> Option<&'u str>,
    sink: &mut dyn Sink,
) -> Result<(), Reject> {
    let mut path = String::with_capacity(48);
    path.push_str(prefix);
    walk(value, &mut path, &mut |path, number| {
        sink.record(&Record {
            kind: Kind::Metric,
            name: Some(path),
            value: Some(number),
            unit: unit(path),
            metric_type: Some(MetricType::Gauge),
            duration_ns: None,
            status: Status::Unset,
            error_type: None,
            error_message: None,
            input_tokens: None,
            output_tokens: None,
            cache_read_tokens: None,
            cache_write_tokens: None,
            cost_microusd: None,
            interval_key: None,
            interval_edge: None,
            tags: &[],
            labels: None,
            data: None,
            extra: None,
            ..record.clone()
        });
    })
}

/// Checks that every number under `value` fits a float, and that no path names two of them.
///
/// # Errors
/// `number` for the first that does not fit, `duplicate_key` unless the options let the last one win.
pub(super) fn check_numbers(value: Raw<'_>, options: &ImportOptions) -> Result<(), Reject> {
    check_keys(value, options)?;
    walk(value, &mut String::new(), &mut |_, _| {})
}

fn check_keys(value: Raw<'_>, options: &ImportOptions) -> Result<(), Reject> {
    let members = Fields::of(value, options)?.members().map(|(_, member)| member);
    members.chain(value.elements()).try_for_each(|inner| check_keys(inner, options))
}

fn walk(value: Raw<'_>, path: &mut String, emit: &mut dyn FnMut(&str, f64)) -> Result<(), Reject> {
    let length = path.len();
    if let Some(number) = value.as_f64()? {
        emit(path, number);
    }
    for (key, member) in value.members() {
        push(path, key);
        walk(member, path, emit)?;
        path.truncate(length);
    }
    if value.is_array() {
        for (i, element) in value.elements().enumerate() {
            push(path, &i.to_string());
            walk(element, path, emit)?;
            path.truncate(length);
        }
    }
    Ok(())
}

fn push(path: &mut String, part: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(part);
}
