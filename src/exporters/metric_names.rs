//! Names, units and labels of recorded series as Prometheus and OpenMetrics want them: snake case, base
//! units at the end of the name.
//!
//! See "Metric and label naming" of the Prometheus documentation.

/// What a sample is multiplied with and then divided by; two whole numbers keep decimals exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale(f64, f64);

impl Scale {
    const ONE: Self = Self(1.0, 1.0);

    /// A value in the base unit.
    pub(super) fn of(self, value: f64) -> f64 {
        value * self.0 / self.1
    }
}

/// The base unit of `unit` as the end of a name, empty where it has none, and the way there.
fn base_unit(unit: &str, is_counter: bool) -> (String, Scale) {
    let (name, scale) = match unit {
        "" => ("", Scale::ONE),
        "s" | "sec" | "seconds" => ("seconds", Scale::ONE),
        "ms" => ("seconds", Scale(1.0, 1e3)),
        "us" | "µs" => ("seconds", Scale(1.0, 1e6)),
        "ns" => ("seconds", Scale(1.0, 1e9)),
        "min" => ("seconds", Scale(60.0, 1.0)),
        "h" => ("seconds", Scale(3600.0, 1.0)),
        "B" | "By" | "bytes" => ("bytes", Scale::ONE),
        "KB" | "kB" | "kBy" => ("bytes", Scale(1e3, 1.0)),
        "MB" | "MBy" => ("bytes", Scale(1e6, 1.0)),
        "GB" | "GBy" => ("bytes", Scale(1e9, 1.0)),
        "KiB" | "KiBy" => ("bytes", Scale(1024.0, 1.0)),
        "MiB" | "MiBy" => ("bytes", Scale(1_048_576.0, 1.0)),
        "GiB" | "GiBy" => ("bytes", Scale(1_073_741_824.0, 1.0)),
        "bytes/hour" => ("bytes_per_second", Scale(1.0, 3600.0)),
        "1/s" => ("per_second", Scale::ONE),
        "%" => ("ratio", Scale(1.0, 100.0)),
        "1" if is_counter => ("", Scale::ONE),
        "1" => ("ratio", Scale::ONE),
        "FPS" => ("frames_per_second", Scale::ONE),
        // An annotation of UCUM counts things and is no unit.
        other if other.starts_with('{') => ("", Scale::ONE),
        other => return (snake_case(other), Scale::ONE),
    };
    (name.to_owned(), scale)
}

/// The name of a recorded series, without the ending of its type, and the way to its base unit.
pub(super) fn recorded_name(name: &str, unit: &str, is_counter: bool) -> (String, Scale) {
    let (unit_name, scale) = base_unit(unit, is_counter);
    let mut full = format!("tracekit_{}", snake_case(name));
    let parts: Vec<String> = [unit, "total", "count", "sum", "bucket"].map(snake_case).into();
    // The unit as the source wrote it gives way, and so do endings that mean a type.
    while let Some(part) = parts.iter().find(|part| {
        !part.is_empty() && full.ends_with(&format!("_{part}")) && full.len() > part.len() + 10
    }) {
        if **part == unit_name {
            break;
        }
        full.truncate(full.len() - part.len() - 1);
    }
    if !unit_name.is_empty() && !full.ends_with(&format!("_{unit_name}")) {
        full.push('_');
        full.push_str(&unit_name);
    }
    (full, scale)
}

/// `cpuUsage.user-time` as `cpu_usage_user_time`: letters and digits of ASCII, `_` between words.
pub(super) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut was_lower = false;
    for c in name.chars() {
        let is_word = c.is_ascii_alphanumeric();
        let is_border = !is_word || (was_lower && c.is_ascii_uppercase());
        if is_border && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        if is_word {
            snake.push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    if snake.ends_with('_') {
        snake.pop();
    }
    snake
}

/// A label's name in snake case; one that begins with a digit, that is empty, or that histograms and
/// summaries have for themselves gets `label_` in front.
pub(super) fn label_name(key: &str) -> String {
    let name = snake_case(key);
    let is_fine = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_taken = matches!(name.as_str(), "le" | "quantile");
    if is_fine && !is_taken { name } else { format!("label_{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_snake_case_in_base_units() {
        for (name, unit, is_counter, expected, value) in [
            ("system.cpuUsage", "%", false, "tracekit_system_cpu_usage_ratio", 0.425),
            ("tracing.memoryUsage", "MB", false, "tracekit_tracing_memory_usage_bytes", 42.5e6),
            ("latency_ms", "ms", false, "tracekit_latency_seconds", 0.0425),
            (
                "claude_code.token.usage",
                "tokens",
                true,
                "tracekit_claude_code_token_usage_tokens",
                42.5,
            ),
            ("requests_total", "1", true, "tracekit_requests", 42.5),
            ("queue.depth", "{task}", false, "tracekit_queue_depth", 42.5),
            ("hit rate", "1", false, "tracekit_hit_rate_ratio", 42.5),
            ("leak", "bytes/hour", false, "tracekit_leak_bytes_per_second", 42.5 / 3600.0),
            ("größe", "", false, "tracekit_gr_e", 42.5),
            ("9lives", "", false, "tracekit_9lives", 42.5),
            ("io_bytes", "bytes", false, "tracekit_io_bytes", 42.5),
        ] {
            let (found, scale) = recorded_name(name, unit, is_counter);
            assert_eq!((found.as_str(), scale.of(42.5)), (expected, value), "{name}");
        }
    }

    #[test]
    fn label_names_are_letters_and_digits() {
        for (key, expected) in [
            ("session.id", "session_id"),
            ("tokenKind", "token_kind"),
            ("1st", "label_1st"),
            ("__name__", "name"),
            ("le", "label_le"),
            ("", "label_"),
            ("\"} 1\n", "label_1"),
        ] {
            assert_eq!(label_name(key), expected, "{key:?}");
        }
    }
}
