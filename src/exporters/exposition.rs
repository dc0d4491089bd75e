//! Metrics as text: Prometheus' own exposition, for the textfile collector, and OpenMetrics.
//!
//! See "Exposition formats" of the Prometheus documentation (0.0.4) and the OpenMetrics specification
//! (1.0). Neither carries times: the collector that reads a file wants none.

use super::families::{
    BOUNDS, Durations, Exemplar, Families, Family, FamilyType, INPUTS, Labels, Sample,
};
use super::{Export, ExportError, Exporter, Input, Options};
use crate::render::is_hidden;
use crate::report::Table;
use std::fmt::{self, Write as _};
use std::io::Write;

pub(super) static PROMETHEUS: Exposition = Exposition { is_open: false };
pub(super) static OPENMETRICS: Exposition = Exposition { is_open: true };

/// One of the two dialects.
pub(super) struct Exposition {
    is_open: bool,
}

/// The most characters of an exemplar's labels, names and values together.
const LONGEST_EXEMPLAR: usize = 128;

impl Exporter for Exposition {
    fn name(&self) -> &'static str {
        if self.is_open { "openmetrics" } else { "prometheus" }
    }

    fn ending(&self) -> &'static str {
        if self.is_open { "openmetrics.txt" } else { "prom" }
    }

    fn doc(&self) -> &'static str {
        if self.is_open {
            "metrics as OpenMetrics text, with traces as examples"
        } else {
            "metrics as Prometheus text, for the textfile collector"
        }
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn begin(&self, out: Box<dyn Write>, options: &Options) -> Box<dyn Export> {
        Box::new(ExpositionExport {
            out,
            is_open: self.is_open,
            max_series: options.max_series,
            families: Families::default(),
        })
    }
}

struct ExpositionExport {
    out: Box<dyn Write>,
    is_open: bool,
    max_series: usize,
    families: Families,
}

impl Export for ExpositionExport {
    fn write(&mut self, name: &str, batch: &Table) -> Result<(), ExportError> {
        self.families.take(name, batch);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        let mut text = String::new();
        for (name, family) in self.families.checked(self.max_series)? {
            text.clear();
            push_family(&mut text, name, family, self.is_open);
            self.out.write_all(text.as_bytes())?;
        }
        self.out.write_all(if self.is_open { b"# EOF\n" } else { b"" })?;
        Ok(self.out.flush()?)
    }
}

fn push_family(text: &mut String, name: &str, family: &Family, is_open: bool) {
    let (family_type, ending) = match family.shape {
        FamilyType::Counter => ("counter", "_total"),
        FamilyType::Gauge => ("gauge", ""),
        FamilyType::Histogram => ("histogram", ""),
    };
    // Prometheus names the samples here, OpenMetrics the family.
    let title = format!("{name}{}", if is_open { "" } else { ending });
    _ = writeln!(text, "# HELP {title} {}", Escaped { text: &family.help, quotes: is_open });
    _ = writeln!(text, "# TYPE {title} {family_type}");
    for (labels, sample) in &family.series {
        match sample {
            Sample::Number(value) => {
                _ = writeln!(text, "{name}{ending}{} {}", Set(labels, None), Number(*value));
            }
            Sample::Durations(durations) => push_durations(text, name, labels, durations, is_open),
        }
    }
}

fn push_durations(
    text: &mut String,
    name: &str,
    labels: &Labels,
    durations: &Durations,
    is_open: bool,
) {
    let bounds = BOUNDS.iter().copied().chain([f64::INFINITY]);
    for (bucket, bound) in bounds.enumerate() {
        let count = durations.at_most.get(bucket).unwrap_or(&durations.count);
        _ = write!(text, "{name}_bucket{} {count}", Set(labels, Some(bound)));
        match durations.exemplars.get(&bucket) {
            Some(exemplar) if is_open => push_exemplar(text, exemplar),
            _ => {}
        }
        text.push('\n');
    }
    _ = writeln!(text, "{name}_sum{} {}", Set(labels, None), Number(durations.sum()));
    _ = writeln!(text, "{name}_count{} {}", Set(labels, None), durations.count);
}

fn push_exemplar(text: &mut String, exemplar: &Exemplar) {
    let Exemplar { trace_id, seconds, time_us } = exemplar;
    if "trace_id".len() + trace_id.chars().count() <= LONGEST_EXEMPLAR {
        let trace_id = Escaped { text: trace_id, quotes: true };
        let (whole, rest) = (time_us.div_euclid(1_000_000), time_us.rem_euclid(1_000_000));
        _ = write!(text, " # {{trace_id=\"{trace_id}\"}} {} {whole}.{rest:06}", Number(*seconds));
    }
}

/// A number as Go's parser takes it.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            value if value.is_nan() => f.write_str("NaN"),
            f64::INFINITY => f.write_str("+Inf"),
            f64::NEG_INFINITY => f.write_str("-Inf"),
            value => write!(f, "{value:?}"),
        }
    }
}

/// Text on one line. A line break is `\n`; what else does something other than show itself is written
/// out, as on a terminal.
struct Escaped<'t> {
    text: &'t str,
    /// Whether quotes are escaped too.
    quotes: bool,
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.text.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '"' if self.quotes => f.write_str("\\\"")?,
                c if is_hidden(c) => write!(f, "\\\\{}", &c.escape_unicode().to_string()[1..])?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Labels in braces, with the bound of a bucket behind them.
struct Set<'l>(&'l Labels, Option<f64>);

impl fmt::Display for Set<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(labels, bound) = self;
        if labels.is_empty() && bound.is_none() {
            return Ok(());
        }
        let mut separator = "{";
        for (name, value) in *labels {
            write!(f, "{separator}{name}=\"{}\"", Escaped { text: value, quotes: true })?;
            separator = ",";
        }
        if let Some(bound) = bound {
            write!(f, "{separator}le=\"{}\"", Number(*bound))?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::families::tests::answers;
    use super::super::samples::export_text;
    use super::*;

    #[test]
    fn prometheus_text_is_as_documented() {
        let text = export_text(&PROMETHEUS, &answers());
        for expected in [
            "# HELP tracekit_events_total Events that were recorded.\n\
             # TYPE tracekit_events_total counter\n\
             tracekit_events_total{agent=\"a\",type=\"TASK_START\"} 7.0\n\
             tracekit_events_total{type=\"ERROR\"} 1.0\n",
            "tracekit_tokens_total{agent=\"a\",kind=\"input\",model=\"m\",type=\"LLM\"} 1200.0\n\
             tracekit_tokens_total{agent=\"a\",kind=\"output\",model=\"m\",type=\"LLM\"} 34.0\n",
            "tracekit_cost_usd_total{agent=\"a\",model=\"m\",type=\"LLM\"} 0.012345\n",
            "# TYPE tracekit_cpu_usage_ratio gauge\n\
             tracekit_cpu_usage_ratio{agent=\"a\",core=\"0\"} 0.425\n",
            "tracekit_bytes_sent_bytes_total{agent=\"b\"} 10.0\n",
            "_bucket{agent=\"a\\\"b\\\\\\n\",le=\"0.01\"} 0\n",
            "_bucket{agent=\"a\\\"b\\\\\\n\",le=\"0.025\"} 1\n",
            "_bucket{agent=\"a\\\"b\\\\\\n\",le=\"300.0\"} 2\n",
            "_bucket{agent=\"a\\\"b\\\\\\n\",le=\"+Inf\"} 2\n\
             tracekit_agent_duration_seconds_sum{agent=\"a\\\"b\\\\\\n\"} 70.02\n\
             tracekit_agent_duration_seconds_count{agent=\"a\\\"b\\\\\\n\"} 2\n",
        ] {
            assert!(text.contains(expected), "{expected}\nis not in\n{text}");
        }
        assert!(!text.contains("t-9") && !text.contains("EOF"));
    }

    #[test]
    fn openmetrics_names_families_and_gives_examples() {
        let text = export_text(&OPENMETRICS, &answers());
        assert!(text.contains("# TYPE tracekit_events counter\ntracekit_events_total{"), "{text}");
        let example = "le=\"300.0\"} 2 # {trace_id=\"t-9\"} 70.0 1760000000.500000\n";
        assert!(text.contains(example), "{text}");
        assert!(text.ends_with("\n# EOF\n"));
        assert_eq!(export_text(&OPENMETRICS, &[]), "# EOF\n");
        assert_eq!(export_text(&PROMETHEUS, &[]), "");
    }
}
