//! A table by columns: typed, nullable, each with its unit.

use serde::Serialize;

/// What a column's numbers count; decides how people see them, never what JSON and CSV hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Nothing in particular.
    #[default]
    #[serde(rename = "")]
    None,
    /// How many.
    Count,
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanoseconds,
    /// Bytes.
    Bytes,
    /// Tokens.
    Tokens,
    /// Millionths of a US dollar.
    Microusd,
    /// A ratio from 0 to 1.
    Ratio,
    /// Times per second.
    PerSecond,
}

/// Texts in one buffer, each of them nullable.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    buffer: String,
    /// End of each text in the buffer, twice, and one more where there is none.
    ends: Vec<usize>,
}

impl Texts {
    /// Adds one text.
    pub fn push(&mut self, text: Option<&str>) {
        self.buffer.push_str(text.unwrap_or(""));
        self.ends.push(self.buffer.len() * 2 + usize::from(text.is_none()));
    }

    /// The text at `row`, or `None` where it is null or beyond the end.
    pub fn get(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)?;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before] / 2);
        (end % 2 == 0).then(|| &self.buffer[start..end / 2])
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The texts in their order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.len()).map(|row| self.get(row))
    }
}

impl<T: AsRef<str>> FromIterator<Option<T>> for Texts {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(texts: I) -> Self {
        let mut all = Self::default();
        texts.into_iter().for_each(|text| all.push(text.as_ref().map(AsRef::as_ref)));
        all
    }
}

/// The values of one column.
#[derive(Clone, Debug)]
pub enum Values {
    /// Text.
    Text(Texts),
    /// Text that holds a JSON value.
    Json(Texts),
    /// 64-bit integers.
    Integer(Vec<Option<i64>>),
    /// 64-bit floats.
    Float(Vec<Option<f64>>),
    /// Truth values.
    Bool(Vec<Option<bool>>),
    /// Microseconds since 1970 UTC.
    Time(Vec<Option<i64>>),
    /// Days since 1970-01-01.
    Date(Vec<Option<i32>>),
    /// Lists of text.
    TextList(Vec<Option<Vec<String>>>),
}

impl Values {
    /// A column of texts that are all there.
    pub fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::Text(texts.into_iter().map(Some).collect())
    }

    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(values) | Self::Json(values) => values.len(),
            Self::Integer(values) | Self::Time(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Date(values) => values.len(),
            Self::TextList(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values at these rows, in this order; null for a row beyond the end.
    #[must_use]
    pub fn chosen(&self, rows: &[usize]) -> Self {
        fn pick<T: Clone>(values: &[Option<T>], rows: &[usize]) -> Vec<Option<T>> {
            rows.iter().map(|row| values.get(*row).cloned().flatten()).collect()
        }
        let texts = |values: &Texts| rows.iter().map(|row| values.get(*row)).collect();
        match self {
            Self::Text(values) => Self::Text(texts(values)),
            Self::Json(values) => Self::Json(texts(values)),
            Self::Integer(values) => Self::Integer(pick(values, rows)),
            Self::Float(values) => Self::Float(pick(values, rows)),
            Self::Bool(values) => Self::Bool(pick(values, rows)),
            Self::Time(values) => Self::Time(pick(values, rows)),
            Self::Date(values) => Self::Date(pick(values, rows)),
            Self::TextList(values) => Self::TextList(pick(values, rows)),
        }
    }

    /// Whether the value at `row` is null or beyond the end.
    pub fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Text(values) | Self::Json(values) => values.get(row).is_none(),
            Self::Integer(values) | Self::Time(values) => {
                values.get(row).is_none_or(Option::is_none)
            }
            Self::Float(values) => values.get(row).is_none_or(Option::is_none),
            Self::Bool(values) => values.get(row).is_none_or(Option::is_none),
            Self::Date(values) => values.get(row).is_none_or(Option::is_none),
            Self::TextList(values) => values.get(row).is_none_or(Option::is_none),
        }
    }
}

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name in JSON, CSV and SQL.
    pub name: String,
    /// What its numbers count.
    pub unit: Unit,
    /// Its values.
    pub values: Values,
}

/// Columns of equal length.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The columns in their order.
    pub columns: Vec<Column>,
}

impl Table {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.rows() == 0
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The table with one more column.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, unit: Unit, values: Values) -> Self {
        self.columns.push(Column { name: name.into(), unit, values });
        self
    }

    /// The rows at these places, in this order.
    #[must_use]
    pub fn chosen(&self, rows: &[usize]) -> Self {
        let choose = |column: &Column| Column {
            name: column.name.clone(),
            unit: column.unit,
            values: column.values.chosen(rows),
        };
        Self { columns: self.columns.iter().map(choose).collect() }
    }

    /// The first `rows` rows.
    #[must_use]
    pub fn first(&self, rows: usize) -> Self {
        self.chosen(&(0..rows.min(self.rows())).collect::<Vec<_>>())
    }

    /// The same columns, those with these names first; names that are no column's are passed over.
    #[must_use]
    pub fn led_by(mut self, names: &[&str]) -> Self {
        let place = |column: &Column| names.iter().position(|name| column.name == *name);
        // Stable, so the others stay in their order.
        self.columns.sort_by_key(|column| place(column).unwrap_or(names.len()));
        self
    }

    /// The same without the columns of these names.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.columns.retain(|column| !names.contains(&column.name.as_str()));
        self
    }

    /// The text at (`name`, `row`).
    pub fn text(&self, name: &str, row: usize) -> Option<&str> {
        match &self.column(name)?.values {
            Values::Text(values) | Values::Json(values) => values.get(row),
            _ => None,
        }
    }

    /// The integer or time at (`name`, `row`).
    pub fn integer(&self, name: &str, row: usize) -> Option<i64> {
        match &self.column(name)?.values {
            Values::Integer(values) | Values::Time(values) => *values.get(row)?,
            _ => None,
        }
    }

    /// The number at (`name`, `row`), integers too.
    pub fn float(&self, name: &str, row: usize) -> Option<f64> {
        match &self.column(name)?.values {
            Values::Float(values) => *values.get(row)?,
            Values::Integer(values) => values.get(row)?.map(|value| value as f64),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_tell_null_from_empty() {
        let texts: Texts = [Some("a"), None, Some(""), Some("bc")].into_iter().collect();
        assert_eq!(texts.iter().collect::<Vec<_>>(), [Some("a"), None, Some(""), Some("bc")]);
        assert_eq!(texts.get(4), None);
    }

    #[test]
    fn values_are_found_by_name_and_row() {
        let table = Table::default().with("agent", Unit::None, Values::texts(["a", "b"])).with(
            "events",
            Unit::Count,
            Values::Integer(vec![Some(1), None]),
        );
        assert_eq!(table.rows(), 2);
        assert_eq!(table.text("agent", 1), Some("b"));
        assert_eq!(table.integer("events", 0), Some(1));
        assert_eq!(table.integer("events", 1), None);
        assert!(table.column("events").is_some_and(|column| column.values.is_null(1)));
    }
}
