//! Which records are kept where only a share of them is asked for: whole sessions, always the same.
//!
//! A record is kept or left out by the hash of the group that it names itself, so that neither its
//! neighbours nor threads, order or the split into files matter, and a smaller share is a part of a
//! larger one. Sources that name the session in some records of a trace only are kept whole by neither.

use crate::model::Record;
use xxhash_rust::xxh3::xxh3_64;

/// A share of the records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    rate: f64,
    /// Hashes below this are kept.
    bound: u128,
}

impl Default for Sample {
    fn default() -> Self {
        Self { rate: 1.0, bound: 1 << 64 }
    }
}

impl Sample {
    /// The share `rate` of all groups; it is above 0 and at most 1.
    pub fn new(rate: f64) -> Option<Self> {
        let is_share = rate > 0.0 && rate <= 1.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a power of two times what lies between 0 and 1 is exact and at most 2^64"
        )]
        is_share.then(|| Self { rate, bound: (rate * 2f64.powi(64)).ceil() as u128 })
    }

    /// The share, where it is not all.
    pub fn rate(self) -> Option<f64> {
        (self.rate < 1.0).then_some(self.rate)
    }

    /// Whether a record is in the sample.
    pub(super) fn keeps(self, record: &Record<'_>) -> bool {
        self.bound > u128::from(u64::MAX)
            || u128::from(xxh3_64(group(record).as_bytes())) < self.bound
    }
}

/// What a record goes by: its session, for that holds whole traces; else its swarm or its trace, as views
/// pair records; else what else it shares with others; else itself.
fn group<'a>(record: &Record<'a>) -> &'a str {
    [
        record.session_id,
        record.swarm_id,
        record.trace_id,
        record.correlation_id,
        record.interval_key,
    ]
    .into_iter()
    .flatten()
    .find(|group| !group.is_empty())
    .unwrap_or(record.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_record_goes_by_its_session_before_all_else() {
        let record = Record {
            id: "i",
            session_id: Some("s"),
            swarm_id: Some("w"),
            trace_id: Some("t"),
            ..Record::default()
        };
        assert_eq!(group(&record), "s");
        assert_eq!(group(&Record { session_id: None, ..record.clone() }), "w");
        assert_eq!(group(&Record { session_id: Some(""), swarm_id: None, ..record }), "t");
        assert_eq!(group(&Record { id: "i", interval_key: Some("k"), ..Record::default() }), "k");
        assert_eq!(group(&Record { id: "i", ..Record::default() }), "i");
    }

    #[test]
    fn shares_are_above_nothing_and_at_most_all() {
        for wrong in [0.0, -0.1, 1.000_001, f64::NAN, f64::INFINITY] {
            assert_eq!(Sample::new(wrong), None, "{wrong}");
        }
        assert_eq!(Sample::new(1.0), Some(Sample::default()));
        assert_eq!(Sample::new(0.25).unwrap().bound, 1 << 62);
        assert_eq!(Sample::new(f64::MIN_POSITIVE).unwrap().bound, 1);
    }

    /// Of the published hashes of the empty string and of `a` by xxh3, 0x2d06800538d394c2 and
    /// 0xe6c632b61e964e1f, the first is 0.1759 of 2^64 and the second 0.9015.
    #[test]
    fn the_rule_is_the_documented_one() {
        let keeps =
            |rate: f64| Sample::new(rate).unwrap().keeps(&Record { id: "a", ..Record::default() });
        assert!(keeps(0.9016) && !keeps(0.9014));
        let empty = |rate: f64| Sample::new(rate).unwrap().keeps(&Record::default());
        assert!(empty(0.1760) && !empty(0.1758));
    }

    proptest! {
        #[test]
        fn a_smaller_share_is_a_part_of_a_larger_one(
            session in "[a-z0-9-]{0,12}", one in 0.0001f64..1.0, other in 0.0001f64..1.0,
        ) {
            let record = Record { id: "x", session_id: Some(&session), ..Record::default() };
            let keeps = |rate: f64| Sample::new(rate).unwrap().keeps(&record);
            let (smaller, larger) = (one.min(other), one.max(other));
            prop_assert!(!keeps(smaller) || keeps(larger));
            prop_assert!(keeps(1.0));
        }

        #[test]
        fn about_the_share_is_kept(rate in 0.05f64..0.95, salt in any::<u32>()) {
            let sample = Sample::new(rate).unwrap();
            let kept = (0..4000)
                .filter(|i| {
                    let id = format!("{salt}-{i}");
                    sample.keeps(&Record { id: &id, ..Record::default() })
                })
                .count();
            // Six standard deviations of 4,000 draws are below 0.05.
            prop_assert!((kept as f64 / 4000.0 - rate).abs() < 0.05, "{kept}");
        }
    }
}
