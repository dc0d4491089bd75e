//! One record as a borrowed view: what an importer hands to a sink, field by field.
//!
//! Where the fields are stored, and under which names, is said by [`super::schema`].

use std::fmt;

/// What a record is; the first partition column of the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Something that happened at one instant.
    #[default]
    Event,
    /// An interval that its source wrote as a whole.
    Span,
    /// A line of text with a severity.
    Log,
    /// One number of one series.
    Metric,
}

impl Kind {
    /// Every kind, in the order in which the docs and the partitions list them.
    pub const ALL: [Self; 4] = [Self::Event, Self::Span, Self::Log, Self::Metric];

    /// The stored spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Span => "span",
            Self::Log => "log",
            Self::Metric => "metric",
        }
    }

    /// The kind spelled `text`.
    pub fn from_name(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How an operation ended. `Unset` is for records that carry no outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// It ended well.
    Ok,
    /// It failed.
    Error,
    /// Somebody stopped it.
    Cancelled,
    /// It ran out of time.
    Timeout,
    /// It had not ended when the record was written.
    Running,
    /// The record says nothing of an outcome.
    #[default]
    Unset,
}

impl Status {
    /// Every status, in the order of the docs.
    pub const ALL: [Self; 6] =
        [Self::Ok, Self::Error, Self::Cancelled, Self::Timeout, Self::Running, Self::Unset];

    /// The stored spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::Timeout => "timeout",
            Self::Running => "running",
            Self::Unset => "unset",
        }
    }
}

/// Which end of an interval a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    /// The record opens the interval.
    Begin,
    /// The record closes it.
    End,
}

impl Edge {
    /// The stored spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::End => "end",
        }
    }
}

/// What kind of series a metric sample belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MetricType {
    /// Only grows, but for resets.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A distribution; the sample is its sum.
    Histogram,
    /// A duration.
    Timer,
    /// Anything that its source calls neither of these.
    Custom,
}

impl MetricType {
    /// The stored spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Timer => "timer",
            Self::Custom => "custom",
        }
    }

    /// The type spelled `text`, in any case; `Custom` for a word of the source's own.
    pub fn from_name(text: &str) -> Self {
        [Self::Counter, Self::Gauge, Self::Histogram, Self::Timer]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(text))
            .unwrap_or(Self::Custom)
    }
}

/// One record, borrowed from its line for as long as the sink looks at it.
///
/// Strings are as in the source but for JSON's escapes, which are resolved; `labels`, `data` and
/// `extra` are JSON texts. The columns `source` and `source_format` are the sink's to add.
#[derive(Clone, Debug, Default)]
pub struct Record<'a> {
    /// Event, span, log or metric.
    pub kind: Kind,
    /// When it happened (a span: when it began), in microseconds since 1970 UTC.
    pub time_us: i64,
    /// How long it took, in nanoseconds; whole spans only.
    pub duration_ns: Option<i64>,
    /// The source's own type, or one of `THINK`, `TOOL`, `LLM`, `AGENT`, `CHAIN`, …
    pub record_type: &'a str,
    /// Operation or span name; a metric's dotted name.
    pub name: Option<&'a str>,
    /// Record or span id; never empty (see [`hash_id`]).
    pub id: &'a str,
    /// The id of the record or span that caused this one.
    pub parent_id: Option<&'a str>,
    /// Trace that it belongs to.
    pub trace_id: Option<&'a str>,
    /// Session that it belongs to.
    pub session_id: Option<&'a str>,
    /// Swarm that it belongs to.
    pub swarm_id: Option<&'a str>,
    /// Correlation id of its source.
    pub correlation_id: Option<&'a str>,
    /// Who acts.
    pub agent: Option<&'a str>,
    /// The other agent of a message or hand-off.
    pub peer: Option<&'a str>,
    /// Service or component.
    pub component: Option<&'a str>,
    /// What the component did.
    pub operation: Option<&'a str>,
    /// Tool that was called.
    pub tool: Option<&'a str>,
    /// Model that was called.
    pub model: Option<&'a str>,
    /// Task that it belongs to.
    pub task_id: Option<&'a str>,
    /// Message that it sends or receives.
    pub message_id: Option<&'a str>,
    /// How it ended.
    pub status: Status,
    /// As in the source.
    pub severity: Option<&'a str>,
    /// Class of the error.
    pub error_type: Option<&'a str>,
    /// Text of the error.
    pub error_message: Option<&'a str>,
    /// Tokens read by the model, cache excluded where the source tells them apart.
    pub input_tokens: Option<i64>,
    /// Tokens written by the model.
    pub output_tokens: Option<i64>,
    /// Tokens read from the prompt cache.
    pub cache_read_tokens: Option<i64>,
    /// Tokens written to the prompt cache.
    pub cache_write_tokens: Option<i64>,
    /// Cost that the source states, in millionths of a US dollar.
    pub cost_microusd: Option<i64>,
    /// The sample; metric rows only.
    pub value: Option<f64>,
    /// The sample's unit: `%` `ms` `MB` `bytes` `bytes/hour` `1/s` `1` `FPS` or the source's own.
    pub unit: Option<&'a str>,
    /// What kind of series the sample belongs to.
    pub metric_type: Option<MetricType>,
    /// The source's tags.
    pub tags: &'a [&'a str],
    /// Pairs the two ends of an interval, such as `task:task-7`.
    pub interval_key: Option<&'a str>,
    /// Which end this is.
    pub interval_edge: Option<Edge>,
    /// A metric's dimensions: a JSON object with sorted keys.
    pub labels: Option<&'a str>,
    /// The payload object, byte for byte; the whole record in a format without one.
    pub data: Option<&'a str>,
    /// A JSON object of the leaves outside the payload that fill no column.
    pub extra: Option<&'a str>,
    /// Byte offset of the line in its (decompressed) source.
    pub source_offset: u64,
}

/// The id of a record that brings none: `h:` and 32 hexadecimal digits of xxh3-128 over its bytes.
///
/// The same bytes give the same id wherever they stand, so that splitting or repeating a file
/// changes nothing.
pub fn hash_id(bytes: &[u8]) -> String {
    format!("h:{:032x}", xxhash_rust::xxh3::xxh3_128(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_published_hash_of_the_bytes() {
        // xxh3-128 of the empty string, as the reference implementation gives it.
        assert_eq!(hash_id(b""), "h:99aa06d3014798d86001c324468d497f");
        assert_ne!(hash_id(b"{}"), hash_id(b"{ }"));
    }

    #[test]
    fn metric_types_are_known_in_any_case() {
        assert_eq!(MetricType::from_name("Counter"), MetricType::Counter);
        assert_eq!(MetricType::from_name("bananas"), MetricType::Custom);
    }
}
