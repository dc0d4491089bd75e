//! Which words are good news: the colours of statuses, states, severities and verdicts.
//!
//! The word itself is always shown; how a tone looks is for the formats.

/// How a word is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// It failed, or asks for somebody at once.
    Bad,
    /// It may need somebody.
    Warning,
    /// All is well.
    Good,
    /// It goes on.
    Active,
    /// It says nothing.
    Faint,
}

impl Tone {
    /// The name of its class in the page.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Warning => "warning",
            Self::Good => "good",
            Self::Active => "active",
            Self::Faint => "faint",
        }
    }
}

/// Whether the column holds words that have a tone.
pub(super) fn has_tones(column: &str) -> bool {
    matches!(column, "status" | "state" | "severity" | "verdict" | "direction" | "trend" | "health")
}

/// The tone of a word in a column that has tones.
pub(super) fn of_word(word: &str) -> Option<Tone> {
    const WORDS: [(Tone, &[&str]); 5] = [
        (
            Tone::Bad,
            &[
                "error",
                "failed",
                "failure",
                "fatal",
                "critical",
                "emergency",
                "alert",
                "high",
                "unhealthy",
                "firing",
                "degrading",
                "regression",
                "regressed",
                "worse",
                "timeout",
                "fail",
            ],
        ),
        (
            Tone::Warning,
            &[
                "warning",
                "warn",
                "degraded",
                "pending",
                "cancelled",
                "volatile",
                "medium",
                "unresolved",
            ],
        ),
        (
            Tone::Good,
            &[
                "ok",
                "success",
                "healthy",
                "improving",
                "improvement",
                "improved",
                "better",
                "resolved",
                "pass",
                "passed",
                "completed",
                "done",
            ],
        ),
        (Tone::Active, &["running", "active"]),
        (
            Tone::Faint,
            &["unset", "unknown", "inactive", "stable", "unchanged", "same", "debug", "trace"],
        ),
    ];
    WORDS
        .iter()
        .find(|(_, words)| words.iter().any(|known| known.eq_ignore_ascii_case(word)))
        .map(|(tone, _)| *tone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_tone_in_any_case() {
        assert_eq!(of_word("ERROR"), Some(Tone::Bad));
        assert_eq!(of_word("degraded"), Some(Tone::Warning));
        assert_eq!(of_word("ok"), Some(Tone::Good));
        assert_eq!(of_word("banana"), None);
    }
}
