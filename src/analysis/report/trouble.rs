//! Whether all is well, and what to mend first, out of health and bottlenecks.

use super::super::health::Assessed;
use crate::report::{Fix, Report, Verdict};

/// So many bottlenecks are named.
const MOST_FIXES: usize = 3;

/// So many things are named that are to be mended first.
const MOST_IN_ALL: usize = 5;

/// How well the system is.
pub(super) fn verdict(assessed: &Assessed) -> Verdict {
    let (status, score) = assessed.status();
    let text = assessed.sentences().into_iter().next().unwrap_or_default();
    Verdict { status: status.as_str(), score: Some(score), text }
}

/// The three worst bottlenecks and what health advises besides, the worst first.
pub(super) fn fixes(bottlenecks: &Report, assessed: &Assessed) -> Vec<Fix> {
    let mut fixes = Vec::new();
    if let Some(section) = bottlenecks.sections.first() {
        let table = &section.table;
        for row in 0..table.rows().min(MOST_FIXES) {
            let text = |name: &str| table.text(name, row).unwrap_or_default();
            let impact = table.float("impact", row).unwrap_or_default();
            let count = table.integer("count", row).unwrap_or_default();
            fixes.push(Fix {
                title: format!("{} of {}", text("type").replace('-', " "), text("subject")),
                text: format!("Impact {impact:.0} of 100, seen {count} times."),
                suggestion: text("suggestion").to_owned(),
                severity: severity(text("severity")),
            });
        }
    }
    // What fails now is told beside them; the rest where there are fewer.
    for advice in assessed.urgent() {
        let most = if advice.severity == "high" { MOST_IN_ALL } else { MOST_FIXES };
        if fixes.len() < most {
            fixes.push(advice);
        }
    }
    // Stable: of equal ones the bottlenecks are first.
    fixes.sort_by_key(|fix| SEVERITIES.iter().position(|known| *known == fix.severity));
    fixes
}

/// The words, the worst first.
const SEVERITIES: [&str; 4] = ["critical", "high", "medium", "low"];

/// The word as one that lasts.
fn severity(word: &str) -> &'static str {
    SEVERITIES.into_iter().find(|known| *known == word).unwrap_or("low")
}
