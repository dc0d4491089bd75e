//! The column `extra` of OTLP records: what stands around an item, written once for all its like.
//!
//! `resource` and `scope` stay as they are, and what else a wrapper holds stands under its name:
//! `{"resource":{…},"scope":{…},"request":{…},"resourceSpans":{"schemaUrl":"…"},"scopeSpans":{…}}`,
//! a metric's also in `"metric":{"description":"…"},"sum":{"isMonotonic":true}`.

use super::super::json::{Fields, Raw};
use super::super::parts::{close_from, push_member, push_rest};
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
