//! Self time: a span's duration minus the union of its children's intervals, clipped to the span.
//!
//! This is how Jaeger counts it: what two children do at once is taken off once, and what a child
//! does before or after its parent is not taken off at all.

/// One span: its interval in nanoseconds, and its parent's place in the same list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    /// When it began.
    pub(super) start: i64,
    /// When it ended.
    pub(super) end: i64,
    /// Its parent's place; none for a root.
    pub(super) parent: Option<usize>,
}

/// The self time of each span, in nanoseconds, in the order of the list.
pub(super) fn self_times(spans: &[Interval]) -> Vec<i64> {
    let mut children: Vec<(usize, i64, i64)> = spans
        .iter()
        .enumerate()
        .filter_map(|(place, span)| {
            let parent = span.parent.filter(|parent| *parent != place)?;
            let within = spans.get(parent)?;
            let (start, end) = (span.start.max(within.start), span.end.min(within.end));
            (start < end).then_some((parent, start, end))
        })
        .collect();
    children.sort_unstable();
    let mut times: Vec<i64> = spans.iter().map(|span| span.end - span.start).collect();
    let mut covered = (usize::MAX, i64::MIN);
    for (parent, start, end) in children {
        if covered.0 != parent {
            covered = (parent, i64::MIN);
        }
        times[parent] -= (end - start.max(covered.1)).max(0);
        covered.1 = covered.1.max(end);
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(start: i64, end: i64, parent: Option<usize>) -> Interval {
        Interval { start, end, parent }
    }

    #[test]
    fn overlapping_children_are_taken_off_once() {
        let spans = [
            span(0, 100, None),
            span(10, 40, Some(0)),
            span(30, 60, Some(0)),
            span(35, 38, Some(0)),
            span(90, 130, Some(0)),
            span(200, 300, Some(0)),
            span(10, 20, Some(1)),
        ];
        // The root is covered on 10–60 and 90–100; the last child of it lies outside.
        assert_eq!(self_times(&spans), [40, 20, 30, 3, 40, 100, 10]);
    }

    #[test]
    fn a_span_that_names_itself_is_a_root() {
        assert_eq!(self_times(&[span(0, 5, Some(0))]), [5]);
        assert_eq!(self_times(&[span(0, 5, Some(9))]), [5]);
    }

    proptest! {
        #[test]
        fn self_time_lies_between_nothing_and_the_duration(
            spans in prop::collection::vec((0i64..1000, 0i64..1000, prop::option::of(0usize..20)), 0..20)
        ) {
            let spans: Vec<Interval> =
                spans.into_iter().map(|(start, length, parent)| span(start, start + length, parent)).collect();
            for (time, span) in self_times(&spans).into_iter().zip(&spans) {
                prop_assert!(0 <= time && time <= span.end - span.start);
            }
        }
    }
}
