//! The column `extra` of OTLP records: what stands around an item, written once for all its like.
//!
//! `resource` and `scope` stay as they are, and what else a wrapper holds stands under its name:
//! `{"resource":{…},"scope":{…},"request":{…},"resourceSpans":{"schemaUrl":"…"},"scopeSpans":{…}}`,
//! a metric's also in `"metric":{"description":"…"},"sum":{"isMonotonic":true}`.

use super::super::json::{Fields, Raw, push_string};
use super::{Resource, SIGNALS};

/// Writes all that stands around the items of a scope; nothing where nothing does.
pub(super) fn push_scope(
    resource: &Resource<'_>,
    scopes: &str,
    scope_fields: &Fields<'_>,
    out: &mut String,
) {
    let signal = resource.signal;
    let scope_key = if scope_fields.has("scope") { "scope" } else { "instrumentationLibrary" };
    for (key, value) in
        [("resource", resource.fields.get("resource")), ("scope", scope_fields.get(scope_key))]
    {
        if let Some(value) = value {
            push_member(key, value, out);
        }
    }
    let is_signal = |key: &str, value: Raw<'_>| {
        value.is_array() && SIGNALS.iter().any(|signal| signal.resources == key)
    };
    push_rest("request", resource.request, is_signal, out);
    let is_known = |key: &str, _: Raw<'_>| key == "resource" || signal.scopes.contains(&key);
    push_rest(signal.resources, &resource.fields, is_known, out);
    let is_known = |key: &str, _: Raw<'_>| key == scope_key || signal.items.contains(&key);
    push_rest(scopes, scope_fields, is_known, out);
    close_from(0, out);
}

/// Writes what stands around the data points of a metric: `scope`, which is the text that
/// [`push_scope`] wrote, and the metric without its points and without what has a column.
pub(super) fn push_metric(
    scope: Option<&str>,
    metric: &Fields<'_>,
    has_column: impl Fn(&str) -> bool,
    (shape, body): (&str, &Fields<'_>),
    out: &mut String,
) {
    out.push_str(scope.and_then(|scope| scope.strip_suffix('}')).unwrap_or_default());
    push_rest("metric", metric, |key, _| key == shape || has_column(key), out);
    push_rest(shape, body, |key, _| key == "dataPoints", out);
    close_from(0, out);
}

/// Writes a member of the object that `out` holds, opening it where it is not open.
fn push_member(key: &str, value: Raw<'_>, out: &mut String) {
    out.push(if out.is_empty() { '{' } else { ',' });
    push_string(out, key);
    out.push(':');
    out.push_str(value.text());
}

/// Writes as one member `name` those of `fields` that are not known, where there are any.
fn push_rest(
    name: &str,
    fields: &Fields<'_>,
    is_known: impl Fn(&str, Raw<'_>) -> bool,
    out: &mut String,
) {
    let start = out.len();
    for (key, value) in fields.members() {
        if value.is_null() || is_known(key, value) {
            continue;
        }
        if out.len() == start {
            out.push(if start == 0 { '{' } else { ',' });
            push_string(out, name);
            out.push_str(":{");
        } else {
            out.push(',');
        }
        push_string(out, key);
        out.push(':');
        out.push_str(value.text());
    }
    close_from(start, out);
}

/// Closes the object that was opened behind `start`, if one was.
fn close_from(start: usize, out: &mut String) {
    if out.len() > start {
        out.push('}');
    }
}
