//! Records outside polars: batches as the store reads them, and columns gathered from their rows.
//!
//! A stand-in reads the rows of events that it needs through [`Engine::read_records`], finds out on
//! numbers and borrowed texts what belongs together, and gathers columns for polars at the end.

use super::QueryError;
use super::engine::{Engine, collect};
use super::hashed::HashMap;
use super::lower::expression;
use super::predicate::Predicate;
use super::shares::Share;
use super::spans::GROUP;
use super::tables::{TIME_MICROS, data_type};
use crate::model::Kind;
use crate::model::schema::{self, ColumnType};
use crate::store::{DataFile, RowChoice, read_rows};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, MutableArrayData, PrimitiveArray,
    RecordBatch, StringArray, make_array,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{and, filter_record_batch};
use arrow::datatypes::{
    ArrowNativeType, ArrowPrimitiveType, Date32Type, Float64Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use polars::prelude::{
    Column, DataFrame, DataType, IdxCa, IdxSize, IntoColumn, IntoLazy, IntoSeries,
    ListBuilderTrait, ListStringChunkedBuilder, NamedFrom, PolarsResult, Series,
    StringChunkedBuilder,
};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which rows of a table something reads: those for which `is_wanted` is true of `columns`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    pub(super) columns: &'static [&'static str],
    pub(super) are_wanted: fn(&RecordBatch) -> BooleanArray,
}

impl Rows {
    /// Every row.
    pub(super) const ALL: Self = Self { columns: &[], are_wanted: are_all };
}

fn are_all(batch: &RecordBatch) -> BooleanArray {
    BooleanBuffer::new_set(batch.num_rows()).into()
}

/// Those of `rows` that fit the predicate, and are in the share.
struct Fitting {
    rows: Rows,
    predicate: Predicate,
    share: Option<Share>,
}

impl RowChoice for Fitting {
    fn columns(&self) -> Vec<&str> {
        let mut columns = self.rows.columns.to_vec();
        if self.share.is_some() {
            columns.extend(GROUP.iter().filter(|name| !self.rows.columns.contains(name)));
        }
        for column in self.predicate.columns() {
            if let Some(column) = schema::find(&column).filter(|one| !columns.contains(&one.name)) {
                columns.push(column.name);
            }
        }
        columns
    }

    fn choose(&self, batch: &RecordBatch) -> Result<BooleanArray, ArrowError> {
        let mut wanted = (self.rows.are_wanted)(batch);
        if let Some(share) = &self.share {
            wanted = and(&wanted, &share.members(batch))?;
        }
        if self.predicate == Predicate::True {
            return Ok(wanted);
        }
        let fitting = fitting(&self.predicate, batch)
            .map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
        and(&wanted, &fitting)
    }

    fn times_us(&self) -> Option<(i64, i64)> {
        self.share.as_ref().map(Share::times_us)
    }
}

/// Whether each row of a batch fits a predicate.
fn fitting(predicate: &Predicate, batch: &RecordBatch) -> Result<BooleanArray, QueryError> {
    let records = Records::new(vec![batch.clone()]);
    let columns = predicate.columns();
    let names: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
    let frame = records.frame(&names)?;
    let fits = collect(frame.lazy().select([expression(predicate).alias("fits")]))?;
    Ok(fits.column("fits")?.bool()?.iter().collect())
}

impl Engine {
    /// These columns of the rows of one kind that fit `predicate`.
    ///
    /// # Errors
    /// Those of reading the files.
    pub(super) fn read_records(
        &self,
        kind: Kind,
        rows: Rows,
        predicate: &Predicate,
        columns: &BTreeSet<&str>,
    ) -> Result<Records, QueryError> {
        Ok(Records::new(self.digest_records(kind, rows, predicate, columns, Ok)?))
    }

    /// The files of one kind that may hold records that fit.
    pub(super) fn files_of(
        &self,
        kind: Kind,
        predicate: &Predicate,
    ) -> Result<Vec<&DataFile>, QueryError> {
        let files = self.files(predicate)?;
        Ok(files.into_iter().filter(|file| file.kind == kind).collect())
    }

    /// What `each` makes of these columns of the rows of one kind that fit `predicate`, batch by batch,
    /// on all threads.
    ///
    /// # Errors
    /// Those of reading the files.
    pub(super) fn digest_records<R: Send>(
        &self,
        kind: Kind,
        rows: Rows,
        predicate: &Predicate,
        columns: &BTreeSet<&str>,
        each: impl Fn(RecordBatch) -> Result<R, ArrowError> + Sync,
    ) -> Result<Vec<R>, QueryError> {
        let files = self.files_of(kind, predicate)?;
        let columns = stored_columns(columns.iter().copied());
        let share = self.share().cloned();
        // What wants every row looks at none.
        let is_choosing =
            !rows.columns.is_empty() || share.is_some() || *predicate != Predicate::True;
        let fitting = Fitting { rows, predicate: predicate.clone(), share };
        let choice: Option<Arc<dyn RowChoice>> =
            if is_choosing { Some(Arc::new(fitting)) } else { None };
        Ok(read_rows(self.snapshot(), &files, &columns, choice.as_ref(), each)?)
    }
}

/// Some columns of the rows that are wanted. Records of one type stand together, so rows are copied
/// run by run, unless there are many runs.
pub(super) fn select(
    batch: &RecordBatch,
    wanted: &BooleanArray,
    columns: &[&str],
) -> Result<RecordBatch, ArrowError> {
    const FEWEST_ROWS_OF_A_RUN: usize = 16;
    let schema = batch.schema();
    let places = stored_columns(columns.iter().copied())
        .into_iter()
        .map(|name| schema.index_of(name))
        .collect::<Result<Vec<_>, _>>()?;
    let batch = batch.project(&places)?;
    let runs: Vec<(usize, usize)> = wanted.values().set_slices().collect();
    let rows = runs.iter().map(|(start, end)| end - start).sum();
    if runs.len() * FEWEST_ROWS_OF_A_RUN > rows {
        return filter_record_batch(&batch, wanted);
    }
    let copied = batch.columns().iter().map(|array| {
        let array = array.to_data();
        let mut copied = MutableArrayData::new(vec![&array], false, rows);
        for (start, end) in &runs {
            copied.try_extend(0, *start, *end)?;
        }
        Ok(make_array(copied.freeze()))
    });
    RecordBatch::try_new(batch.schema(), copied.collect::<Result<_, ArrowError>>()?)
}

/// The stored columns that these are made of, each once.
fn stored_columns<'n>(names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    names.map(stored).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The stored column that a column of a table is made of.
fn stored(name: &str) -> &str {
    if name == TIME_MICROS { "time" } else { name }
}

/// Some rows of a table, in batches; a row's place counts through all of them.
pub(super) struct Records {
    batches: Vec<RecordBatch>,
    /// The place of each batch's first row.
    starts: Vec<u32>,
    len: u32,
}

/// A batch and a row in it, if any.
type Place = Option<(u32, u32)>;

/// A column of texts of one batch.
#[derive(Clone, Copy)]
pub(super) enum Texts<'r> {
    /// Codes and what they stand for.
    Coded(&'r Int32Array, &'r StringArray),
    /// As they are.
    Plain(&'r StringArray),
}

impl<'r> Texts<'r> {
    fn of(array: &'r ArrayRef) -> Self {
        match array.as_dictionary_opt::<Int32Type>() {
            Some(coded) => Self::Coded(coded.keys(), coded.values().as_string()),
            None => Self::Plain(array.as_string()),
        }
    }

    /// Which rows have a text that fits; codes are looked at once for each text.
    pub(super) fn matching(self, fits: impl Fn(&str) -> bool) -> BooleanArray {
        match self {
            Self::Coded(codes, texts) => {
                let fitting: Vec<bool> = texts.iter().map(|text| text.is_some_and(&fits)).collect();
                let fits = |code: Option<i32>| code.is_some_and(|code| fitting[code.as_usize()]);
                codes.iter().map(fits).collect::<BooleanBuffer>().into()
            }
            Self::Plain(texts) => {
                let fits = |text: Option<&str>| text.is_some_and(&fits);
                texts.iter().map(fits).collect::<BooleanBuffer>().into()
            }
        }
    }

    /// The text of a row.
    pub(super) fn get(self, row: usize) -> Option<&'r str> {
        match self {
            Self::Coded(codes, texts) => {
                codes.is_valid(row).then(|| texts.value(codes.value(row).as_usize()))
            }
            Self::Plain(texts) => texts.is_valid(row).then(|| texts.value(row)),
        }
    }
}

/// A column of texts as numbers: equal texts have equal numbers, throughout all batches.
pub(super) struct Codes<'r> {
    codes: Vec<u32>,
    texts: Vec<&'r str>,
}

impl<'r> Codes<'r> {
    /// Stands where there is no text.
    const NONE: u32 = u32::MAX;

    /// The texts, in the order of their numbers.
    pub(super) fn texts(&self) -> &[&'r str] {
        &self.texts
    }

    /// The number of the text of each row.
    pub(super) fn iter(&self) -> impl Iterator<Item = Option<usize>> {
        self.codes.iter().map(|code| (*code != Self::NONE).then_some(*code as usize))
    }

    /// The number of the text in a place.
    pub(super) fn get(&self, place: u32) -> Option<usize> {
        self.codes
            .get(place as usize)
            .filter(|code| **code != Self::NONE)
            .map(|code| *code as usize)
    }

    /// The text in a place.
    pub(super) fn text(&self, place: u32) -> Option<&'r str> {
        self.get(place).map(|code| self.texts[code])
    }
}

/// A column of texts of a batch.
///
/// The column is there, for it was asked for.
pub(super) fn texts<'r>(batch: &'r RecordBatch, name: &str) -> Texts<'r> {
    Texts::of(&batch[name])
}

/// The whole numbers of a batch; the time in microseconds since 1970 is one of them.
pub(super) fn integers(batch: &RecordBatch, name: &str) -> PrimitiveArray<Int64Type> {
    let array = &batch[stored(name)];
    match array.as_primitive_opt::<TimestampMicrosecondType>() {
        Some(times) => times.reinterpret_cast(),
        None => array.as_primitive::<Int64Type>().clone(),
    }
}

impl Records {
    /// Records in batches that have the same columns.
    pub(super) fn new(batches: Vec<RecordBatch>) -> Self {
        let mut starts = Vec::with_capacity(batches.len());
        let mut len = 0;
        for batch in &batches {
            starts.push(len);
            len += u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
        }
        Self { batches, starts, len }
    }

    /// The batches.
    pub(super) fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// The place of each batch's first row.
    pub(super) fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// A column of texts as numbers.
    pub(super) fn codes(&self, name: &str) -> Codes<'_> {
        let mut known: HashMap<&str, u32> = HashMap::default();
        let mut all = Codes { codes: Vec::with_capacity(self.len as usize), texts: Vec::new() };
        // What the codes of the last batch stand for, and their numbers.
        let mut last: Option<(&StringArray, Vec<u32>)> = None;
        for batch in &self.batches {
            let texts = &mut all.texts;
            let mut code = |text| {
                *known.entry(text).or_insert_with(|| {
                    texts.push(text);
                    u32::try_from(texts.len() - 1).unwrap_or(Codes::NONE)
                })
            };
            match Texts::of(&batch[name]) {
                Texts::Coded(codes, texts) => {
                    let (_, here) = match last.take() {
                        Some(same) if are_same(same.0, texts) => last.insert(same),
                        _ => last.insert((
                            texts,
                            texts.iter().map(|text| text.map_or(Codes::NONE, &mut code)).collect(),
                        )),
                    };
                    let of = |own: Option<i32>| own.map_or(Codes::NONE, |own| here[own.as_usize()]);
                    all.codes.extend(codes.iter().map(of));
                }
                Texts::Plain(texts) => {
                    all.codes.extend(texts.iter().map(|text| text.map_or(Codes::NONE, &mut code)));
                }
            }
        }
        all
    }

    /// A column of texts, by place.
    pub(super) fn texts<'r>(
        &'r self,
        name: &str,
    ) -> impl Fn(u32) -> Option<&'r str> + Sync + use<'r> {
        let parts: Vec<Texts<'r>> = self.batches.iter().map(|batch| texts(batch, name)).collect();
        move |place| {
            let (batch, row) = self.locate(place);
            parts[batch as usize].get(row as usize)
        }
    }

    /// The batch of a place, and the row in it.
    pub(super) fn locate(&self, place: u32) -> (u32, u32) {
        let batch = self.starts.partition_point(|start| *start <= place).saturating_sub(1);
        (u32::try_from(batch).unwrap_or(u32::MAX), place - self.starts[batch])
    }

    /// Some columns of all rows.
    ///
    /// # Errors
    /// Those of making columns.
    pub(super) fn frame(&self, names: &BTreeSet<&str>) -> PolarsResult<DataFrame> {
        self.gather(names, (0..self.len).map(Some))
    }

    /// Some columns of the rows in these places; null where there is no place.
    ///
    /// # Errors
    /// Those of making columns.
    pub(super) fn gather(
        &self,
        names: &BTreeSet<&str>,
        places: impl Iterator<Item = Option<u32>>,
    ) -> PolarsResult<DataFrame> {
        let places: Vec<Place> =
            places.map(|place| place.map(|place| self.locate(place))).collect();
        let names: Vec<&str> = names.iter().copied().collect();
        let columns = names.par_iter().map(|name| self.column(name, &places));
        DataFrame::new(places.len(), columns.collect::<PolarsResult<_>>()?)
    }

    fn column(&self, name: &str, places: &[Place]) -> PolarsResult<Column> {
        let stored = schema::find(stored(name));
        let column_type = stored.map_or(ColumnType::Text, |column| column.column_type);
        let arrays: Vec<&ArrayRef> =
            self.batches.iter().map(|batch| &batch[self::stored(name)]).collect();
        let values = match column_type {
            ColumnType::Text | ColumnType::Json => return gather_texts(name, &arrays, places),
            ColumnType::Integer => {
                Series::new(name.into(), gather_numbers::<Int64Type>(&arrays, places))
            }
            ColumnType::Float => {
                Series::new(name.into(), gather_numbers::<Float64Type>(&arrays, places))
            }
            ColumnType::Timestamp => Series::new(
                name.into(),
                gather_numbers::<TimestampMicrosecondType>(&arrays, places),
            ),
            ColumnType::Date => {
                Series::new(name.into(), gather_numbers::<Date32Type>(&arrays, places))
            }
            ColumnType::TextList => gather_lists(name, &arrays, places),
        };
        let is_number = name == TIME_MICROS;
        let data_type = if is_number { DataType::Int64 } else { data_type(column_type) };
        Ok(values.cast(&data_type)?.into_column())
    }
}

fn gather_numbers<T: ArrowPrimitiveType>(
    arrays: &[&ArrayRef],
    places: &[Place],
) -> Vec<Option<T::Native>> {
    let arrays: Vec<&PrimitiveArray<T>> = arrays.iter().map(|one| one.as_primitive()).collect();
    let value = |(batch, row): (u32, u32)| {
        let (array, row) = (arrays[batch as usize], row as usize);
        array.is_valid(row).then(|| array.value(row))
    };
    places.iter().map(|place| place.and_then(value)).collect()
}

/// Texts: where all are codes, what they stand for is copied once.
fn gather_texts(name: &str, arrays: &[&ArrayRef], places: &[Place]) -> PolarsResult<Column> {
    let parts: Vec<Texts<'_>> = arrays.iter().copied().map(Texts::of).collect();
    if parts.iter().any(|part| matches!(part, Texts::Plain(_))) {
        let mut texts = StringChunkedBuilder::new(name.into(), places.len());
        for place in places {
            texts.append_option(
                place.and_then(|(batch, row)| parts[batch as usize].get(row as usize)),
            );
        }
        return Ok(texts.finish().into_column());
    }
    let mut known: Vec<Option<&str>> = Vec::new();
    let mut coded: Vec<(usize, &Int32Array)> = Vec::with_capacity(parts.len());
    let mut last: Option<&StringArray> = None;
    for part in &parts {
        let Texts::Coded(keys, texts) = part else { continue };
        if last.is_none_or(|last| !are_same(last, texts)) {
            known.extend(texts.iter());
            last = Some(texts);
        }
        coded.push((known.len() - texts.len(), keys));
    }
    let index = |(batch, row): (u32, u32)| {
        let ((first, keys), row) = (coded[batch as usize], row as usize);
        let index = keys.is_valid(row).then(|| first + keys.value(row).as_usize())?;
        IdxSize::try_from(index).ok()
    };
    let indices: Vec<Option<IdxSize>> = places.iter().map(|place| place.and_then(index)).collect();
    Series::new(name.into(), known)
        .take(&IdxCa::new("indices".into(), indices))
        .map(Series::into_column)
}

/// Whether codes stand for one list of texts: batches of a row group share theirs.
fn are_same(one: &StringArray, other: &StringArray) -> bool {
    one.len() == other.len()
        && one.value_offsets().as_ptr() == other.value_offsets().as_ptr()
        && one.value_data().as_ptr() == other.value_data().as_ptr()
}

fn gather_lists(name: &str, arrays: &[&ArrayRef], places: &[Place]) -> Series {
    let mut lists = ListStringChunkedBuilder::new(name.into(), places.len(), places.len());
    for place in places {
        let list = place.map(|(batch, row)| (arrays[batch as usize], row as usize));
        match list.filter(|(array, row)| array.is_valid(*row)) {
            Some((array, row)) => {
                let list = array.as_list::<i32>().value(row);
                // No element is null.
                lists.append_values_iter(list.as_string::<i32>().iter().flatten());
            }
            None => lists.append_null(),
        }
    }
    lists.finish().into_series()
}
