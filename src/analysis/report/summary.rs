//! What a person reads first of a report: the sizes of it, what failed, what was slow.

use super::super::finish::Range;
use crate::report::{Report, Scalar, Table, Unit, Values};

/// What a person reads first.
pub(super) fn summarize(range: Range, report: &Report) -> Vec<String> {
    let Some((first, last)) = range.bounds else {
        return vec!["There are no records that fit.".into()];
    };
    let table = |key: &str| {
        report.sections.iter().find(|section| section.key == key).map(|section| &section.table)
    };
    let rows = |key: &str| table(key).map_or(0, Table::rows);
    let sum = |key: &str, column: &'static str| -> i64 {
        table(key)
            .map_or(0, |table| (0..table.rows()).filter_map(|row| table.integer(column, row)).sum())
    };
    let mut sentences = vec![format!(
        "{} of {} over {}.",
        counted(range.records, "record", "records"),
        counted(i64::try_from(rows("agents")).unwrap_or(i64::MAX), "agent", "agents"),
        span_of_time(last - first),
    )];
    let (failed, tasks) = (sum("agents", "tasks_failed"), sum("agents", "tasks"));
    if tasks > 0 {
        sentences.push(match failed {
            0 => format!("No turn failed, of {}.", grouped(tasks)),
            _ => format!("{} of {} turns failed.", grouped(failed), grouped(tasks)),
        });
    }
    if let Some(errors) = table("errors")
        && let Some(pattern) = errors.text("pattern", 0)
    {
        let count = errors.integer("count", 0).unwrap_or_default();
        let unresolved = sum("errors", "unresolved");
        let name = Some(pattern).filter(|text| !text.is_empty());
        let name =
            name.or_else(|| errors.text("error_type", 0)).unwrap_or("an error without a text");
        let state = match unresolved {
            0 => "Every error was recovered from".to_owned(),
            _ => format!("{} unresolved", counted(unresolved, "error is", "errors are")),
        };
        sentences.push(match count {
            1 => format!("{state}."),
            _ => format!("{state}; the most frequent is “{name}”, {} times.", grouped(count)),
        });
    }
    if let Some((slowest, mean)) = slowest_agent(table("agents")) {
        sentences.push(format!(
            "The slowest agent is {slowest}: {} a turn on average.",
            span_of_time(mean / 1000)
        ));
    }
    let undelivered = sum("messages", "lost");
    if undelivered > 0 {
        sentences.push(format!("{} never arrived.", counted(undelivered, "message", "messages")));
    }
    sentences
}

/// The sizes of what there is, as single numbers; those that nothing is known of are left out.
pub(super) fn figures(report: &Report) -> Vec<Scalar> {
    let table = |key: &str| {
        report.sections.iter().find(|section| section.key == key).map(|section| &section.table)
    };
    let sum = |key: &str, columns: &[&'static str]| -> Option<i64> {
        let table = table(key)?;
        let rows = (0..table.rows())
            .flat_map(|row| columns.iter().filter_map(move |column| table.integer(column, row)));
        Some(rows.fold(0, i64::saturating_add))
    };
    let tokens =
        ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"].as_slice();
    let count = |key: &str| i64::try_from(table(key)?.rows()).ok();
    let figures = [
        ("records", Unit::Count, sum("rows", &["records"])),
        ("sessions_seen", Unit::Count, count("sessions")),
        ("agents_seen", Unit::Count, count("agents")),
        ("turns_begun", Unit::Count, sum("agents", &["tasks"])),
        ("turns_failed", Unit::Count, sum("agents", &["tasks_failed"])),
        ("errors_unresolved", Unit::Count, sum("errors", &["unresolved"])),
        ("messages_lost", Unit::Count, sum("messages", &["lost"])),
        ("tokens_used", Unit::Tokens, sum("tokens", tokens)),
        ("cost_microusd", Unit::Microusd, sum("tokens", &["cost_microusd"])),
    ];
    figures
        .into_iter()
        .filter_map(|(name, unit, value)| {
            Some(Scalar { name, unit, value: Values::Integer(vec![Some(value?)]) })
        })
        .collect()
}

fn slowest_agent(agents: Option<&Table>) -> Option<(&str, i64)> {
    let agents = agents?;
    (0..agents.rows())
        .filter_map(|row| {
            Some((agents.text("agent", row)?, agents.integer("mean_duration_ns", row)?))
        })
        .max_by_key(|(_, mean)| *mean)
}

fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// A count with a comma between thousands.
fn grouped(count: i64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A length of time in its two largest units; `micros` are microseconds.
fn span_of_time(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    match seconds {
        0 => format!("{} ms", micros / 1000),
        1..60 => format!("{:.1} s", micros as f64 / 1e6),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d {:02}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn lengths_of_time_are_words() {
        assert_eq!(span_of_time(350_000), "350 ms");
        assert_eq!(span_of_time(1_500_000), "1.5 s");
        assert_eq!(span_of_time(61_000_000), "1m 01s");
        assert_eq!(span_of_time(7_260_000_000), "2h 01m");
        assert_eq!(span_of_time(90_000_000_000), "1d 01h");
    }
}
