//! Charts of a report that follow from its tables: who wrote to whom, what tokens went to, the critical path.

use crate::report::{
    Bars, Chart, Drawing, Line, Matrix, PathStrip, Report, Section, Table, Unit, length_of_time,
};

/// So many rows and columns a matrix has, and so many bars a chart.
const MOST_NAMES: usize = 30;

/// The chart of a section that has one.
pub(super) fn of_section(key: &str, table: &Table) -> Option<Chart> {
    match key {
        "messages" => messages(table),
        "tools" => durations("tools", "tool", table),
        _ => None,
    }
}

/// Who wrote to whom, and how much of it was lost.
fn messages(table: &Table) -> Option<Chart> {
    let name = |column: &'static str, row: usize| table.text(column, row).unwrap_or("(nobody)");
    let count = |column: &'static str, row: usize| table.integer(column, row).unwrap_or_default();
    let mut pairs: Vec<usize> = (0..table.rows()).collect();
    pairs.sort_by_key(|row| -count("sent", *row));
    let (mut rows, mut columns) = (Vec::<String>::new(), Vec::<String>::new());
    let place = |names: &mut Vec<String>, name: &str| {
        let known = names.iter().position(|other| other == name);
        known.or_else(|| {
            (names.len() < MOST_NAMES).then(|| {
                names.push(name.to_owned());
                names.len() - 1
            })
        })
    };
    let mut cells = Vec::new();
    for row in pairs {
        let sender = place(&mut rows, name("agent", row));
        let receiver = place(&mut columns, name("peer", row));
        let (Some(sender), Some(receiver)) = (sender, receiver) else { continue };
        let (sent, lost) = (count("sent", row), count("lost", row));
        let lost = if lost > 0 { format!(", {lost} lost") } else { String::new() };
        cells.push((sender, receiver, sent as f64, format!("{sent} sent{lost}")));
    }
    let drawing = Drawing::Matrix(Matrix { unit: Unit::Count.into(), rows, columns, cells });
    (table.rows() > 1).then(|| Chart {
        id: "messages".to_owned(),
        title: "Who wrote to whom".to_owned(),
        about: "Senders are rows, receivers columns.".to_owned(),
        drawing,
    })
}

/// Percentiles of durations by name, the longest total first.
fn durations(id: &str, column: &'static str, table: &Table) -> Option<Chart> {
    let mut rows: Vec<usize> =
        (0..table.rows()).filter(|row| table.integer("p95_duration_ns", *row).is_some()).collect();
    rows.sort_by_key(|row| -table.integer("total_duration_ns", *row).unwrap_or_default());
    rows.truncate(MOST_NAMES);
    let values = |name: &'static str| {
        rows.iter().map(|row| table.integer(name, *row).map(|nanos| nanos as f64)).collect()
    };
    let series = [("p50", "p50_duration_ns"), ("p95", "p95_duration_ns")];
    let series = series.map(|(name, of)| Line { name: name.to_owned(), values: values(of) });
    let categories = rows.iter().map(|row| table.text(column, *row).unwrap_or("?").to_owned());
    let categories: Vec<String> = categories.collect();
    (!rows.is_empty()).then(|| Chart {
        id: id.to_owned(),
        title: "How long calls took".to_owned(),
        about: "The median and the 95th percentile, those with the longest time in total first."
            .to_owned(),
        drawing: Drawing::Bars(Bars {
            unit: Unit::Nanoseconds.into(),
            stacked: false,
            categories,
            series: series.into(),
        }),
    })
}

/// The sections of `tokens`, with charts where there are to be any.
pub(super) fn of_tokens(mut tokens: Report, has_charts: bool) -> Vec<Section> {
    let mut taken = |key: &str| {
        let place = tokens.sections.iter().position(|section| section.key == key)?;
        let section = tokens.sections.swap_remove(place);
        (!section.table.is_empty()).then_some(section.table)
    };
    let mut sections = Vec::new();
    if let Some(table) = taken("rows") {
        let chart = has_charts.then(|| spending(&table)).flatten();
        sections.push(
            Section::new("tokens", "Tokens and cost", table)
                .with_lead("Every token once, by who used it on which model.")
                .with_charts(chart),
        );
    }
    if let Some(table) = taken("by_model") {
        sections.push(Section::new("tokens_by_model", "Tokens by model", table));
    }
    if let Some(table) = taken("by_day").filter(|table| table.rows() > 1) {
        sections.push(Section::new("tokens_by_day", "Tokens by day", table));
    }
    sections
}

/// What agents used: cost by model where a price is known of anything, else tokens.
fn spending(table: &Table) -> Option<Chart> {
    let costs: i64 = (0..table.rows()).filter_map(|row| table.integer("cost_microusd", row)).sum();
    let tokens = |row: usize| -> i64 {
        ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"]
            .into_iter()
            .filter_map(|name| table.integer(name, row))
            .sum()
    };
    let value = |row: usize| {
        if costs > 0 { table.integer("cost_microusd", row).unwrap_or(0) } else { tokens(row) }
    };
    let names = |column: &'static str, none: &'static str| {
        let mut sums: Vec<(&str, i64)> = Vec::new();
        for row in 0..table.rows() {
            let name = table.text(column, row).unwrap_or(none);
            match sums.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum += value(row),
                None => sums.push((name, value(row))),
            }
        }
        sums.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        sums.truncate(MOST_NAMES);
        sums.into_iter().map(|(name, _)| name.to_owned()).collect::<Vec<String>>()
    };
    let (agents, models) = (names("agent", "(no agent)"), names("model", "(no model)"));
    let of = |agent: &str, model: &str| {
        let fits = |row: &usize| {
            table.text("agent", *row).unwrap_or("(no agent)") == agent
                && table.text("model", *row).unwrap_or("(no model)") == model
        };
        let mut rows = (0..table.rows()).filter(fits).peekable();
        rows.peek().is_some().then(|| rows.map(value).sum::<i64>() as f64)
    };
    let series = models.iter().take(8).map(|model| Line {
        name: model.clone(),
        values: agents.iter().map(|agent| of(agent, model)).collect(),
    });
    let (what, unit) = if costs > 0 { ("cost", Unit::Microusd) } else { ("tokens", Unit::Tokens) };
    let series: Vec<Line> = series.collect();
    (!agents.is_empty()).then(|| Chart {
        id: "spending".to_owned(),
        title: if costs > 0 { "Cost by agent" } else { "Tokens by agent" }.to_owned(),
        about: format!("The {what} of each agent by model, the largest first."),
        drawing: Drawing::Bars(Bars {
            unit: unit.into(),
            stacked: true,
            categories: agents,
            series,
        }),
    })
}

/// The critical path of the slowest run.
pub(super) fn of_path(strip: PathStrip) -> Chart {
    #[expect(clippy::cast_possible_truncation, reason = "a wall time in microseconds")]
    let length = length_of_time(strip.total_us as i64);
    let most = strip.subjects.first();
    let most = most.map_or_else(String::new, |subject| {
        format!(" {:.0} % of it is {}.", subject.share * 100.0, subject.name)
    });
    Chart {
        id: "critical-path".to_owned(),
        title: "Critical path of the slowest run".to_owned(),
        about: format!("It took {length}.{most} Try what it would take if something took less."),
        drawing: Drawing::Path(strip),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::made_rows::rows_of;
    use super::*;

    #[test]
    fn a_matrix_has_the_busiest_pairs_first() {
        let chart = messages(&rows_of(&[
            r#"{"agent":"a","peer":"b","sent":2,"lost":1}"#,
            r#"{"agent":"c","peer":"a","sent":9,"lost":0}"#,
        ]));
        let Some(Chart { drawing: Drawing::Matrix(matrix), .. }) = chart else {
            panic!("no matrix")
        };
        assert_eq!(matrix.rows, ["c", "a"]);
        assert_eq!(matrix.columns, ["a", "b"]);
        assert_eq!(matrix.cells[0], (0, 0, 9.0, "9 sent".to_owned()));
        assert_eq!(matrix.cells[1], (1, 1, 2.0, "2 sent, 1 lost".to_owned()));
    }

    #[test]
    fn spending_is_cost_where_any_is_known_and_tokens_else() {
        let drawn = |rows: &[&str]| match spending(&rows_of(rows)) {
            Some(Chart { drawing: Drawing::Bars(bars), .. }) => bars,
            other => panic!("{other:?}"),
        };
        let bars = drawn(&[
            r#"{"agent":"a","model":"x","input_tokens":1,"cost_microusd":5}"#,
            r#"{"agent":"b","model":"x","input_tokens":1,"cost_microusd":7}"#,
            r#"{"agent":"a","model":"y","input_tokens":1,"cost_microusd":4}"#,
        ]);
        assert_eq!(bars.unit, Unit::Microusd.into());
        assert_eq!(bars.categories, ["a", "b"]);
        assert_eq!(bars.series[0].name, "x");
        assert_eq!(bars.series[0].values, [Some(5.0), Some(7.0)]);
        assert_eq!(bars.series[1].values, [Some(4.0), None]);
        let bars = drawn(&[r#"{"agent":null,"model":null,"input_tokens":3,"output_tokens":4}"#]);
        assert_eq!(bars.unit, Unit::Tokens.into());
        assert_eq!(bars.categories, ["(no agent)"]);
        assert_eq!(bars.series[0].values, [Some(7.0)]);
    }
}
