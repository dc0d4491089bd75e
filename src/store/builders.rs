//! One growing column: rows arrive in order, most of them without a value in most columns.
//!
//! A missing value costs nothing until a later row has one. Each builder is empty again after
//! `finish`, and keeps the capacity that it needed.

use super::columns::list_element;
use arrow::array::{
    Array, ArrayBuilder, ArrayRef, ArrowPrimitiveType, AsArray, DictionaryArray, Int32Builder,
    ListBuilder, PrimitiveBuilder, StringArray, StringBuilder,
};
use arrow::compute::take;
use arrow::datatypes::Int32Type;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// A column of numbers.
#[derive(Debug)]
pub(super) struct NumberColumn<T: ArrowPrimitiveType>(PrimitiveBuilder<T>);

impl<T: ArrowPrimitiveType> Default for NumberColumn<T> {
    fn default() -> Self {
        Self(PrimitiveBuilder::with_capacity(0))
    }
}

impl<T: ArrowPrimitiveType> NumberColumn<T> {
    /// Sets the value of `row`, which is not before any row that was set.
    pub(super) fn put(&mut self, row: usize, value: Option<T::Native>) {
        if let Some(value) = value {
            self.0.append_nulls(row - self.0.len());
            self.0.append_value(value);
        }
    }

    /// The column of `rows` rows; `None` when it is null in all of them.
    pub(super) fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        if self.0.is_empty() {
            return None;
        }
        self.0.append_nulls(rows - self.0.len());
        Some(Arc::new(self.0.finish()))
    }
}

/// A column of texts that rarely repeat.
#[derive(Debug, Default)]
pub(super) struct TextColumn(StringBuilder);

impl TextColumn {
    /// Sets the text of `row`, which is not before any row that was set. Gives its bytes.
    pub(super) fn put(&mut self, row: usize, text: Option<&str>) -> usize {
        let Some(text) = text else { return 0 };
        let missing = row - self.0.len();
        if missing > 0 {
            self.0.append_nulls(missing);
        }
        self.0.append_value(text);
        text.len()
    }

    /// The column of `rows` rows; `None` when it is null in all of them.
    pub(super) fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        if self.0.is_empty() {
            return None;
        }
        self.0.append_nulls(rows - self.0.len());
        let next = StringBuilder::with_capacity(rows, self.0.values_slice().len());
        Some(Arc::new(std::mem::replace(&mut self.0, next).finish()))
    }
}

/// A column of texts that repeat: each text is kept once, and rows name it by its number.
#[derive(Debug, Default)]
pub(super) struct ChoiceColumn {
    keys: Int32Builder,
    last: i32,
    distinct: DistinctTexts,
}

impl ChoiceColumn {
    /// Sets the text of `row`, which is not before any row that was set. Gives its bytes.
    pub(super) fn put(&mut self, row: usize, text: Option<&str>) -> usize {
        let Some(text) = text else { return 0 };
        let missing = row - self.keys.len();
        if missing > 0 {
            self.keys.append_nulls(missing);
        }
        if self.distinct.get(self.last) != Some(text.as_bytes()) {
            self.last = self.distinct.number_of(text);
        }
        self.keys.append_value(self.last);
        text.len()
    }

    /// The column of `rows` rows, as a dictionary where texts do repeat; `None` when it is null
    /// in all of them.
    pub(super) fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        if self.keys.is_empty() {
            return None;
        }
        self.keys.append_nulls(rows - self.keys.len());
        let keys = self.keys.finish();
        let distinct = self.distinct.finish();
        self.last = 0;
        let has_repeats = distinct.len() * 2 <= keys.len() - keys.null_count();
        let plain = if has_repeats { None } else { take(&distinct, &keys, None).ok() };
        plain.or_else(|| {
            let column = DictionaryArray::<Int32Type>::try_new(keys, Arc::new(distinct)).ok()?;
            Some(Arc::new(column))
        })
    }
}

/// Texts numbered in the order in which they first came.
#[derive(Debug, Default)]
struct DistinctTexts {
    texts: StringBuilder,
    /// Hash of each text.
    hashes: Vec<u64>,
    /// A text's number plus one, at its hash or the next free place; a power of two of them.
    places: Vec<u32>,
}

impl DistinctTexts {
    fn get(&self, number: i32) -> Option<&[u8]> {
        let number = usize::try_from(number).ok()?;
        let ends = self.texts.offsets_slice();
        let start = usize::try_from(*ends.get(number)?).ok()?;
        let end = usize::try_from(*ends.get(number + 1)?).ok()?;
        self.texts.values_slice().get(start..end)
    }

    fn number_of(&mut self, text: &str) -> i32 {
        if self.hashes.len() * 2 >= self.places.len() {
            self.grow();
        }
        let hash = xxh3_64(text.as_bytes());
        let mask = self.places.len() - 1;
        let mut place = index(hash) & mask;
        while let Some(taken) = self.places.get(place).copied().and_then(|p| p.checked_sub(1)) {
            let is_same_hash = self.hashes.get(taken as usize) == Some(&hash);
            let number = i32::try_from(taken).unwrap_or(i32::MAX);
            if is_same_hash && self.get(number) == Some(text.as_bytes()) {
                return number;
            }
            place = (place + 1) & mask;
        }
        let number = self.hashes.len();
        self.texts.append_value(text);
        self.hashes.push(hash);
        if let Some(free) = self.places.get_mut(place) {
            *free = u32::try_from(number + 1).unwrap_or(u32::MAX);
        }
        i32::try_from(number).unwrap_or(i32::MAX)
    }

    fn grow(&mut self) {
        let size = (self.places.len() * 2).max(64);
        self.places.clear();
        self.places.resize(size, 0);
        for (hash, number) in self.hashes.iter().zip(1..) {
            let mut place = index(*hash) & (size - 1);
            while self.places.get(place).is_some_and(|taken| *taken != 0) {
                place = (place + 1) & (size - 1);
            }
            if let Some(free) = self.places.get_mut(place) {
                *free = number;
            }
        }
    }

    fn finish(&mut self) -> StringArray {
        self.hashes.clear();
        self.places.fill(0);
        self.texts.finish()
    }
}

/// The low bits of a hash; a place needs no more.
fn index(hash: u64) -> usize {
    usize::try_from(hash & u64::from(u32::MAX)).unwrap_or_default()
}

/// A column of lists of texts.
#[derive(Debug)]
pub(super) struct ListColumn(ListBuilder<StringBuilder>);

impl Default for ListColumn {
    fn default() -> Self {
        Self(ListBuilder::new(StringBuilder::new()).with_field(list_element()))
    }
}

impl ListColumn {
    /// Sets the texts of `row`, which is not before any row that was set; none is null. Gives
    /// their bytes.
    pub(super) fn put(&mut self, row: usize, texts: &[&str]) -> usize {
        if texts.is_empty() {
            return 0;
        }
        self.0.append_nulls(row - self.0.len());
        for text in texts {
            self.0.values().append_value(text);
        }
        self.0.append(true);
        texts.iter().map(|text| text.len() + 4).sum()
    }

    /// The column of `rows` rows; `None` when it is null in all of them.
    pub(super) fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        if self.0.is_empty() {
            return None;
        }
        self.0.append_nulls(rows - self.0.len());
        Some(Arc::new(self.0.finish()))
    }
}

/// A column with one text in all of its rows.
pub(super) fn constant(text: &str, rows: usize) -> Option<ArrayRef> {
    let texts = StringArray::from_iter_values([text]);
    let keys = std::iter::repeat_n(0, rows).collect::<Vec<i32>>();
    let column = DictionaryArray::<Int32Type>::try_new(keys.into(), Arc::new(texts)).ok()?;
    Some(Arc::new(column))
}

/// The texts of a dictionary column or of a plain one.
pub(super) fn distinct_texts(column: &ArrayRef) -> Option<&StringArray> {
    match column.as_dictionary_opt::<Int32Type>() {
        Some(dictionary) => dictionary.values().as_string_opt(),
        None => column.as_string_opt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::compute::cast;
    use arrow::datatypes::{DataType, Int64Type};

    fn texts(column: Option<ArrayRef>) -> Vec<Option<String>> {
        let plain = cast(&column.unwrap(), &DataType::Utf8).unwrap();
        plain.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn missing_values_before_between_and_after_are_null() {
        let mut column = NumberColumn::<Int64Type>::default();
        column.put(0, None);
        column.put(1, Some(7));
        column.put(2, None);
        column.put(3, Some(i64::MIN));
        let array = column.finish(5).unwrap();
        let values: Vec<_> = array.as_primitive::<Int64Type>().iter().collect();
        assert_eq!(values, [None, Some(7), None, Some(i64::MIN), None]);
        assert!(column.finish(5).is_none(), "finish empties the column");
    }

    #[test]
    fn repeating_texts_become_a_dictionary_in_order_of_appearance() {
        let mut column = ChoiceColumn::default();
        for (row, text) in ["b", "b", "a", "b", "", "", "a", "a"].into_iter().enumerate() {
            column.put(row + 1, Some(text));
        }
        let array = column.finish(10).unwrap();
        let dictionary = array.as_dictionary::<Int32Type>();
        let values: Vec<_> = dictionary.values().as_string::<i32>().iter().flatten().collect();
        assert_eq!(values, ["b", "a", ""]);
        let expected = ["", "b", "b", "a", "b", "", "", "a", "a", ""];
        for (row, (text, expected)) in texts(Some(array)).into_iter().zip(expected).enumerate() {
            let is_null = row == 0 || row == 9;
            assert_eq!(text.as_deref(), (!is_null).then_some(expected), "row {row}");
        }
    }

    #[test]
    fn texts_that_do_not_repeat_stay_plain() {
        let mut column = ChoiceColumn::default();
        for row in 0..1000 {
            column.put(row, Some(&format!("text {row}")));
        }
        let array = column.finish(1001).unwrap();
        assert_eq!(array.data_type(), &DataType::Utf8);
        let read = texts(Some(array));
        assert_eq!(read[999].as_deref(), Some("text 999"));
        assert_eq!(read[1000], None);
        column.put(0, Some("again"));
        column.put(1, Some("again"));
        assert_eq!(texts(column.finish(2)), [Some("again".to_owned()), Some("again".to_owned())]);
    }

    #[test]
    fn empty_lists_are_null() {
        let mut column = ListColumn::default();
        column.put(0, &["a", "b"]);
        column.put(1, &[]);
        column.put(2, &[""]);
        let array = column.finish(4).unwrap();
        let list = array.as_list::<i32>();
        assert_eq!(
            (0..4).map(|row| list.is_null(row)).collect::<Vec<_>>(),
            [false, true, false, true]
        );
        assert_eq!(list.value(0).len(), 2);
        assert_eq!(list.value(2).as_string::<i32>().value(0), "");
    }
}
