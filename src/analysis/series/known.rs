//! Which direction of a series is the good one, and where it has a limit.

/// Which values of a series are the good ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The smaller ones, as of latencies.
    Lower,
    /// The larger ones, as of throughput.
    Higher,
    /// Nobody knows.
    Unknown,
}

impl Better {
    /// Reads `lower`, `higher` or `unknown`.
    ///
    /// # Errors
    /// What may be written.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "lower" => Ok(Self::Lower),
            "higher" => Ok(Self::Higher),
            "unknown" => Ok(Self::Unknown),
            _ => Err(format!("`{text}` is none of lower, higher, unknown")),
        }
    }
}

/// What a user says of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The name of the metric, as it stands in answers.
    pub metric: String,
    /// Which values are the good ones.
    pub better: Option<Better>,
    /// The value that it must not reach, in its unit.
    pub limit: Option<f64>,
}

/// Words of names of which more is better.
const HIGHER: [&str; 14] = [
    "available",
    "availability",
    "free",
    "hit rate",
    "success",
    "frame rate",
    "fps",
    "throughput",
    "uptime",
    "idle",
    "score",
    "accuracy",
    "precision",
    "reliability",
];

/// Words of names of which less is better.
const LOWER: [&str; 30] = [
    "latency",
    "time",
    "duration",
    "cpu",
    "memory",
    "heap",
    "disk",
    "storage",
    "error",
    "errors",
    "failure",
    "failures",
    "failed",
    "timeout",
    "timeouts",
    "retry",
    "retries",
    "slow",
    "overhead",
    "queue",
    "pending",
    "wait",
    "utilization",
    "usage",
    "lag",
    "cost",
    "dropped",
    "lost",
    "rejected",
    "backlog",
];

/// The words of a name in lower case, with a space around each: `queries.cacheHitRate` is
/// ` queries cache hit rate `.
fn words(name: &str) -> String {
    let mut words = String::from(" ");
    let mut before = ' ';
    for char in name.chars() {
        if char.is_alphanumeric() {
            if char.is_uppercase() && before.is_lowercase() {
                words.push(' ');
            }
            words.extend(char.to_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
        before = char;
    }
    words.push(' ');
    words
}

/// Which values of the metric are the good ones: as a setting says, else by the words of its name.
pub(super) fn better(metric: &str, settings: &[Setting]) -> Better {
    let set = settings.iter().filter(|setting| setting.metric == metric);
    if let Some(better) = set.filter_map(|setting| setting.better).next_back() {
        return better;
    }
    let name = words(metric);
    let has = |known: &[&str]| known.iter().any(|word| name.contains(&format!(" {word} ")));
    if has(&HIGHER) {
        Better::Higher
    } else if has(&LOWER) {
        Better::Lower
    } else {
        Better::Unknown
    }
}

/// A share of a whole that is used up: nine tenths of it are its limit unless a setting says so.
const USED_UP: f64 = 0.9;

/// The value that a metric must not reach, in its unit: as a setting says, else nine tenths of a share
/// of which less is better. The limits of error rates and their kin are for people to set.
pub(super) fn limit(metric: &str, unit: &str, better: Better, settings: &[Setting]) -> Option<f64> {
    let set = settings.iter().filter(|setting| setting.metric == metric);
    if let Some(limit) = set.filter_map(|setting| setting.limit).next_back() {
        return Some(limit);
    }
    let is_used_up = better == Better::Lower
        && ["cpu", "memory", "disk", "storage", "heap", "usage", "utilization"]
            .iter()
            .any(|word| words(metric).contains(&format!(" {word} ")));
    match unit {
        "%" if is_used_up => Some(100.0 * USED_UP),
        "1" if is_used_up => Some(USED_UP),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_good_direction_is_told_by_name() {
        for (metric, expected) in [
            ("latency.p95", Better::Lower),
            ("system.cpuUsage", Better::Lower),
            ("queries.cacheHitRate", Better::Higher),
            ("ui.frame_rate", Better::Higher),
            ("memory.available", Better::Higher),
            ("error_rate", Better::Lower),
            // Neither a lag nor a time.
            ("agents.totalAgents", Better::Unknown),
            ("last_runtime", Better::Unknown),
            ("queries.avgResponseTime", Better::Lower),
            ("tokens", Better::Unknown),
        ] {
            assert_eq!(better(metric, &[]), expected, "{metric}");
        }
    }

    #[test]
    fn settings_come_first_and_the_last_of_them() {
        let setting = |better, limit| Setting { metric: "cpu.usage".into(), better, limit };
        let settings =
            [setting(Some(Better::Lower), Some(70.0)), setting(Some(Better::Higher), None)];
        assert_eq!(better("cpu.usage", &settings), Better::Higher);
        assert_eq!(limit("cpu.usage", "%", Better::Higher, &settings), Some(70.0));
        assert_eq!(better("cpu.used", &settings), Better::Lower);
    }

    #[test]
    fn shares_that_are_used_up_have_limits() {
        assert_eq!(limit("cpu.usage", "%", Better::Lower, &[]), Some(90.0));
        assert_eq!(limit("system.cpu.utilization", "1", Better::Lower, &[]), Some(0.9));
        assert_eq!(limit("error_rate", "1", Better::Lower, &[]), None);
        assert_eq!(limit("memory.used", "MB", Better::Lower, &[]), None);
    }
}
