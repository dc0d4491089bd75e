//! A series as a line of blocks, with the band of its forecast behind it.

use super::outlook::Expected;

/// How many blocks the past has at most.
const WIDTH: usize = 20;

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// `▁▂▃·▅▆┊▅▆▇`: the means of equal parts of the past on a scale from the smallest to the largest value,
/// a dot for a gap; behind the bar the low end, the value and the high end of a forecast's 80 % interval.
pub(in crate::analysis) fn sparkline(
    values: &[Option<f64>],
    expected: Option<&Expected>,
) -> String {
    let width = WIDTH.min(values.len());
    let part = |i: usize| i * values.len() / width.max(1);
    let means: Vec<Option<f64>> = (0..width)
        .map(|i| {
            let known: Vec<f64> = values[part(i)..part(i + 1)].iter().copied().flatten().collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        })
        .collect();
    let band = expected.map(|one| [one.interval.low80, one.interval.value, one.interval.high80]);
    let all = || means.iter().copied().flatten().chain(band.into_iter().flatten());
    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let block = |value: f64| {
        let share = if high > low { (value - low) / (high - low) } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
        let step = (share.clamp(0.0, 1.0) * 7.0).round() as usize;
        BLOCKS[step]
    };
    let mut line: String = means.iter().map(|mean| mean.map_or('·', block)).collect();
    if let Some(band) = band {
        line.push('┊');
        line.extend(band.map(block));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::super::super::statistics::Interval;
    use super::*;

    #[test]
    fn lines_show_heights_gaps_and_the_forecast() {
        let values = [Some(0.0), None, Some(3.5), Some(7.0)];
        assert_eq!(sparkline(&values, None), "▁·▅█");
        let interval = Interval { value: 14.0, low80: 7.0, high80: 14.0, low95: 0.0, high95: 20.0 };
        let expected = Expected { interval, confidence: 0.5 };
        assert_eq!(sparkline(&values, Some(&expected)), "▁·▃▅┊▅██");
        assert_eq!(sparkline(&[Some(2.0); 3], None), "▁▁▁");
        assert_eq!(sparkline(&[], None), "");
        assert_eq!(sparkline(&vec![Some(1.0); 1000], None).chars().count(), WIDTH);
    }
}
