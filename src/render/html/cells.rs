//! Tables of the page: what a cell shows in short, what it says in full, and by what it is sorted.
//!
//! Each table shows its first [`MOST_ROWS`] rows. How a kind of cell looks is for the template.

use super::super::tone::Tone;
use super::super::{OF_LINES, humanize, prose, tone};
use super::charts::ChartPlace;
use super::{count, shown};
use crate::report::{Column, Table, Unit, Values};
use serde::Serialize;

/// Rows of a table in the page.
pub(super) const MOST_ROWS: usize = 200;

/// Items of a list in a cell.
pub(super) const MOST_ITEMS: usize = 2;

/// Characters of a text in a cell, and of a cell's title.
const MOST_CHARS: usize = 240;
const MOST_TITLE_CHARS: usize = 2_000;

/// A section as the page shows it.
#[derive(Default, Serialize)]
pub(super) struct Part {
    key: String,
    title: String,
    lead: Option<String>,
    pub(super) charts: Vec<ChartPlace>,
    heads: Vec<Head>,
    rows: Vec<Vec<Cell>>,
    /// Rows of the whole table, shown and left out.
    total: String,
    left_out: Option<String>,
    /// Labels of the columns without a value.
    empty_columns: String,
}

#[derive(Serialize)]
pub(super) struct Head {
    name: String,
    label: String,
    is_numeric: bool,
}

/// The value of one column in one row; its kind tells the template how it looks.
#[derive(Serialize)]
pub(super) struct Cell {
    kind: Kind,
    text: String,
    /// The value in full.
    title: Option<String>,
    /// Length of a bar in percent, class of a status word.
    detail: Option<String>,
    /// By what rows are sorted, where that is a number.
    sort: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Null,
    Text,
    /// Text that may take more than a line.
    Long,
    List,
    Code,
    /// Text of several lines, of which the first is shown until it is opened.
    Lines,
    Number,
    Share,
    Status,
    Time,
}

/// Gathers what the page shows of a table, batch by batch.
#[derive(Default)]
pub(super) struct Rows {
    heads: Vec<Head>,
    cells: Vec<Vec<Cell>>,
    is_filled: Vec<bool>,
    total: usize,
}

impl Rows {
    pub(super) fn add(&mut self, batch: &Table) {
        if self.heads.is_empty() {
            self.heads = batch.columns.iter().map(head).collect();
            self.is_filled = vec![false; self.heads.len()];
        }
        for (is_filled, column) in self.is_filled.iter_mut().zip(&batch.columns) {
            let values = &column.values;
            *is_filled = *is_filled || (0..values.len()).any(|row| !values.is_null(row));
        }
        let space = MOST_ROWS.saturating_sub(self.cells.len());
        for row in 0..batch.rows().min(space) {
            self.cells.push(batch.columns.iter().map(|column| cell(column, row)).collect());
        }
        self.total += batch.rows();
    }

    pub(super) fn into_part(self, key: &str, title: &str, lead: Option<&str>) -> Part {
        let is_filled = &self.is_filled;
        let left_out = self.total - self.cells.len();
        let rows = self.cells.into_iter().map(|cells| {
            let cells = cells.into_iter().zip(is_filled);
            cells.filter(|(_, is_filled)| **is_filled).map(|(cell, _)| cell).collect()
        });
        let rows = rows.collect();
        let heads = self.heads.into_iter().zip(is_filled);
        let (heads, empty): (Vec<_>, Vec<_>) = heads.partition(|(_, is_filled)| **is_filled);
        let empty: Vec<String> = empty.into_iter().map(|(head, _)| head.label).collect();
        Part {
            key: key.to_owned(),
            title: shown(title),
            lead: lead.map(shown),
            charts: Vec::new(),
            heads: heads.into_iter().map(|(head, _)| head).collect(),
            rows,
            total: count(self.total),
            left_out: (left_out > 0).then(|| count(left_out)),
            empty_columns: if self.total > 0 { empty.join(", ") } else { String::new() },
        }
    }
}

fn head(column: &Column) -> Head {
    Head {
        name: shown(&column.name),
        label: shown(&humanize::label(&column.name, column.unit)),
        is_numeric: humanize::is_numeric(&column.values),
    }
}

pub(super) fn cell(column: &Column, row: usize) -> Cell {
    if column.values.is_null(row) {
        return Cell {
            kind: Kind::Null,
            text: "–".to_owned(),
            title: None,
            detail: None,
            sort: None,
        };
    }
    let mut full = String::new();
    humanize::write_cell(&mut full, column, row);
    let mut text = full.clone();
    let mut kind = Kind::Text;
    let mut title = humanize::exact(column, row);
    let mut detail = None;
    match &column.values {
        Values::Text(_) if column.name == OF_LINES => return lines(&full),
        Values::Text(_) => {
            if tone::has_tones(&column.name) {
                kind = Kind::Status;
                detail = Some(tone::of_word(&full).map_or("plain", Tone::as_str).to_owned());
            }
        }
        Values::Json(texts) => {
            if let Some(words) = texts.get(row).and_then(prose::from_json) {
                title = Some(full);
                text = words;
            } else {
                kind = Kind::Code;
            }
        }
        Values::TextList(values) => {
            let items = values.get(row).and_then(Option::as_deref).unwrap_or_default();
            if let Some((first, more @ [_, ..])) = items.split_at_checked(MOST_ITEMS) {
                text = format!("{} +{}", first.join(", "), count(more.len()));
                title = Some(full);
            }
            kind = Kind::List;
        }
        Values::Float(values) if column.unit == Unit::Ratio => {
            kind = Kind::Share;
            let share = values.get(row).copied().flatten().unwrap_or(0.0);
            let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
            detail = Some(format!("{:.1}", share * 100.0));
        }
        Values::Integer(_) | Values::Float(_) => kind = Kind::Number,
        Values::Time(_) => kind = Kind::Time,
        Values::Bool(_) | Values::Date(_) => {}
    }
    if kind == Kind::Text && text.chars().nth(28).is_some() {
        kind = Kind::Long;
    }
    if let Some((end, _)) = text.char_indices().nth(MOST_CHARS) {
        title = title.or(Some(text.clone()));
        text.truncate(end);
        text.push('…');
    }
    let cut = |title: String| shown(&title.chars().take(MOST_TITLE_CHARS).collect::<String>());
    Cell {
        kind,
        text: shown(&text),
        title: title.map(cut),
        detail,
        sort: number(&column.values, row),
    }
}

/// Text of several lines: the first one, and all of them as its detail.
fn lines(full: &str) -> Cell {
    let lines: Vec<String> = full.lines().map(shown).collect();
    Cell {
        kind: Kind::Lines,
        text: lines.first().cloned().unwrap_or_default(),
        title: None,
        detail: Some(lines.join("\n")),
        sort: None,
    }
}

/// A value as a number, where it is one or a time.
fn number(values: &Values, row: usize) -> Option<f64> {
    match values {
        Values::Integer(values) | Values::Time(values) => {
            values.get(row).copied().flatten().map(|value| value as f64)
        }
        Values::Float(values) => {
            values.get(row).copied().flatten().filter(|value| value.is_finite())
        }
        Values::Bool(values) => {
            values.get(row).copied().flatten().map(|value| f64::from(u8::from(value)))
        }
        Values::Date(values) => values.get(row).copied().flatten().map(f64::from),
        Values::Text(_) | Values::Json(_) | Values::TextList(_) => None,
    }
}
