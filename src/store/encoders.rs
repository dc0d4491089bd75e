//! Columns into pages: which rows have a value, and the values in the encoding that suits them.
//!
//! | values | encoding |
//! |---|---|
//! | texts that repeat | dictionary, keys in runs and packed groups |
//! | other texts | DELTA_LENGTH_BYTE_ARRAY: lengths apart from bytes, which compress better so |
//! | other texts that begin alike | DELTA_BYTE_ARRAY: of each the part that differs from the one before |
//! | whole numbers and times | DELTA_BINARY_PACKED |
//! | floats | PLAIN |

use super::builders::{ChoiceColumn, ListColumn, NumberColumn, TextColumn, Validity};
use super::delta::push_deltas;
use super::distinct::DistinctTexts;
use super::hybrid::{bit_width, push_bits, push_hybrid, push_run};
use super::pages::{
    ChunkWriter, Compressor, PagedChunk, Trailer, bloom_filter, text_statistics, write_chunk,
};
use super::stats::TextStats;
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::schema::types::ColumnDescPtr;
use std::cell::RefCell;
use std::ops::Range;

/// A data page ends after this many rows,
const PAGE_ROWS: usize = 1 << 16;
/// or before it exceeds this many bytes.
const PAGE_BYTES: usize = 1 << 20;

/// The rows of a row group in the order in which they are stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'o> {
    /// How many there are.
    pub(super) count: usize,
    /// Which row of the columns stands where; the same place without it.
    pub(super) order: Option<&'o [u32]>,
}

impl Rows<'_> {
    /// The row of the columns that is stored at place `place`.
    fn at(self, place: usize) -> usize {
        match self.order {
            Some(order) => order.get(place).map_or(place, |row| *row as usize),
            None => place,
        }
    }

    fn pages(self) -> impl Iterator<Item = Range<usize>> {
        (0..self.count).step_by(PAGE_ROWS).map(move |at| at..self.count.min(at + PAGE_ROWS))
    }
}

/// What a text column wants besides its pages.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TextOptions<'a> {
    /// Bounds to write beside the pages.
    pub(super) stats: Option<&'a TextStats>,
    /// Whether to write a bloom filter.
    pub(super) has_bloom_filter: bool,
}

/// What every chunk needs while it is encoded; each thread keeps its own.
#[derive(Default)]
struct Workshop {
    compressor: Compressor,
    page: Vec<u8>,
    bits: Vec<u8>,
    keys: Vec<u32>,
    numbers: Vec<i64>,
    lengths: Vec<i64>,
}

thread_local! {
    static WORKSHOP: RefCell<Workshop> = RefCell::default();
}

type Encoded = Result<PagedChunk, ParquetError>;

/// Encodes a column of texts that rarely repeat.
pub(super) fn texts(
    descriptor: &ColumnDescPtr,
    column: &TextColumn,
    rows: Rows<'_>,
    options: TextOptions<'_>,
) -> Encoded {
    let count = column.valid().count();
    let is_set = |row: &usize| column.valid().is_set(*row);
    let present = (0..rows.count).filter(is_set).map(|row| column.get(row));
    plain_texts(descriptor, rows, options, (count, present), |row| {
        column.valid().is_set(row).then(|| column.get(row))
    })
}

/// Encodes a column of texts that may repeat: as a dictionary where they do.
pub(super) fn choices(
    descriptor: &ColumnDescPtr,
    column: &ChoiceColumn,
    rows: Rows<'_>,
    options: TextOptions<'_>,
) -> Encoded {
    let distinct = column.texts();
    if !column.has_repeats() {
        let all = (column.count(), distinct.iter());
        return plain_texts(descriptor, rows, options, all, |row| distinct.get(column.key(row)?));
    }
    WORKSHOP.with_borrow_mut(|workshop| {
        let Workshop { compressor, page, bits, keys, .. } = workshop;
        write_chunk(descriptor, compressor, |chunk| {
            write_dictionary(chunk, page, distinct)?;
            let width = bit_width(distinct.len());
            for places in rows.pages() {
                page.clear();
                let is_full = column.count() == rows.count;
                push_levels(chunk, page, bits, &places, is_full, |place| {
                    column.key(rows.at(place)).is_some()
                });
                keys.clear();
                keys.extend(places.clone().filter_map(|place| column.key(rows.at(place))));
                page.push(width);
                push_hybrid(page, width, keys);
                chunk.write_rows(page, &places, places.len(), Encoding::RLE_DICTIONARY)?;
            }
            text_trailer(rows, options, column.count(), distinct.len(), distinct.iter())
        })
    })
}

/// Encodes a column with one text in all of its rows.
pub(super) fn constant(descriptor: &ColumnDescPtr, text: &str, rows: usize) -> Encoded {
    let mut column = DistinctTexts::default();
    column.number_of(text.as_bytes());
    WORKSHOP.with_borrow_mut(|Workshop { compressor, page, bits, .. }| {
        write_chunk(descriptor, compressor, |chunk| {
            write_dictionary(chunk, page, &column)?;
            for places in (Rows { count: rows, order: None }).pages() {
                page.clear();
                push_levels(chunk, page, bits, &places, true, |_| true);
                page.push(0);
                push_run(page, 0, 0, places.len());
                chunk.write_rows(page, &places, places.len(), Encoding::RLE_DICTIONARY)?;
            }
            Ok(Trailer { rows, ..Trailer::default() })
        })
    })
}

/// Encodes a column of whole numbers; `bounds` are written beside its pages.
pub(super) fn integers(
    descriptor: &ColumnDescPtr,
    column: &NumberColumn<i64>,
    rows: Rows<'_>,
    bounds: Option<(i64, i64)>,
) -> Encoded {
    WORKSHOP.with_borrow_mut(|Workshop { compressor, page, bits, numbers, .. }| {
        write_chunk(descriptor, compressor, |chunk| {
            for places in rows.pages() {
                page.clear();
                push_validity(chunk, page, bits, (&places, rows), column.valid());
                numbers.clear();
                let present = present_rows(places.clone(), rows, column.valid());
                numbers.extend(present.map(|row| column.get(row)));
                push_deltas(page, numbers);
                chunk.write_rows(page, &places, places.len(), Encoding::DELTA_BINARY_PACKED)?;
            }
            let statistics = bounds.map(|(min, max)| {
                let nulls = (rows.count - column.valid().count()) as u64;
                Statistics::Int64(ValueStatistics::new(
                    Some(min),
                    Some(max),
                    None,
                    Some(nulls),
                    false,
                ))
            });
            Ok(Trailer { rows: rows.count, statistics, ..Trailer::default() })
        })
    })
}

/// Encodes a column of floats.
pub(super) fn floats(
    descriptor: &ColumnDescPtr,
    column: &NumberColumn<f64>,
    rows: Rows<'_>,
) -> Encoded {
    WORKSHOP.with_borrow_mut(|Workshop { compressor, page, bits, .. }| {
        write_chunk(descriptor, compressor, |chunk| {
            for places in rows.pages() {
                page.clear();
                push_validity(chunk, page, bits, (&places, rows), column.valid());
                let present = present_rows(places.clone(), rows, column.valid());
                page.extend(present.flat_map(|row| column.get(row).to_le_bytes()));
                chunk.write_rows(page, &places, places.len(), Encoding::PLAIN)?;
            }
            Ok(Trailer { rows: rows.count, ..Trailer::default() })
        })
    })
}

/// Encodes a column of lists of texts, none of which is empty.
pub(super) fn lists(descriptor: &ColumnDescPtr, column: &ListColumn, rows: Rows<'_>) -> Encoded {
    let distinct = column.texts();
    let width = bit_width(distinct.len());
    WORKSHOP.with_borrow_mut(|Workshop { compressor, page, keys, .. }| {
        write_chunk(descriptor, compressor, |chunk| {
            write_dictionary(chunk, page, distinct)?;
            let (mut repeats, mut depths) = (Vec::new(), Vec::new());
            let depth = u32::try_from(descriptor.max_def_level()).unwrap_or_default();
            for places in rows.pages() {
                keys.clear();
                repeats.clear();
                depths.clear();
                for place in places.clone() {
                    let list = column.get(rows.at(place));
                    keys.extend(list);
                    repeats.push(0);
                    repeats.extend(list.iter().skip(1).map(|_| 1));
                    depths.extend(list.iter().map(|_| depth));
                    if list.is_empty() {
                        depths.push(0);
                    }
                }
                page.clear();
                let depth_width = bit_width(depth as usize + 1);
                with_length(page, |page| push_hybrid(page, 1, &repeats));
                with_length(page, |page| push_hybrid(page, depth_width, &depths));
                page.push(width);
                push_hybrid(page, width, keys);
                chunk.write_rows(page, &places, depths.len(), Encoding::RLE_DICTIONARY)?;
            }
            Ok(Trailer { rows: rows.count, ..Trailer::default() })
        })
    })
}

/// Encodes a column that is null in all of its rows.
pub(super) fn nulls(descriptor: &ColumnDescPtr, rows: usize) -> Encoded {
    WORKSHOP.with_borrow_mut(|Workshop { compressor, page, .. }| {
        write_chunk(descriptor, compressor, |chunk| {
            for places in (Rows { count: rows, order: None }).pages() {
                page.clear();
                if descriptor.max_rep_level() > 0 {
                    with_length(page, |page| push_run(page, 1, 0, places.len()));
                }
                let depth = usize::try_from(descriptor.max_def_level()).unwrap_or_default();
                let width = bit_width(depth + 1);
                with_length(page, |page| push_run(page, width, 0, places.len()));
                chunk.write_rows(page, &places, places.len(), Encoding::PLAIN)?;
            }
            Ok(Trailer { rows, ..Trailer::default() })
        })
    })
}

/// Encodes the text that `get` gives for each row; `all` are the same texts in any order, and how
/// many rows have one.
fn plain_texts<'t>(
    descriptor: &ColumnDescPtr,
    rows: Rows<'_>,
    options: TextOptions<'_>,
    (count, all): (usize, impl Iterator<Item = &'t [u8]>),
    get: impl Fn(usize) -> Option<&'t [u8]>,
) -> Encoded {
    let beginning = common_beginning(rows, &get);
    WORKSHOP.with_borrow_mut(|workshop| {
        let Workshop { compressor, page, bits, numbers: prefixes, lengths, .. } = workshop;
        write_chunk(descriptor, compressor, |chunk| {
            let mut start = 0;
            while start < rows.count {
                prefixes.clear();
                lengths.clear();
                let mut before: &[u8] = &[];
                let (mut end, mut bytes) = (start, 0);
                while end < rows.count.min(start + PAGE_ROWS) {
                    if let Some(text) = get(rows.at(end)) {
                        // At least one row, however long it is.
                        if end > start && bytes + text.len() > PAGE_BYTES {
                            break;
                        }
                        let prefix = shared(before, text, beginning);
                        prefixes.push(i64::try_from(prefix)?);
                        lengths.push(i64::try_from(text.len() - prefix)?);
                        bytes += text.len() - prefix;
                        before = text;
                    }
                    end += 1;
                }
                let places = start..end;
                page.clear();
                push_levels(chunk, page, bits, &places, count == rows.count, |place| {
                    get(rows.at(place)).is_some()
                });
                let encoding = if beginning > 0 {
                    push_deltas(page, prefixes);
                    Encoding::DELTA_BYTE_ARRAY
                } else {
                    Encoding::DELTA_LENGTH_BYTE_ARRAY
                };
                push_deltas(page, lengths);
                let present = places.clone().filter_map(|place| get(rows.at(place)));
                for (text, prefix) in present.zip(&*prefixes) {
                    page.extend_from_slice(
                        text.get(usize::try_from(*prefix)?..).unwrap_or_default(),
                    );
                }
                chunk.write_rows(page, &places, places.len(), encoding)?;
                start = end;
            }
            text_trailer(rows, options, count, count, all)
        })
    })
}

/// How many bytes most texts, by a sample of them, have in common with the one before; 0 where
/// leaving them out does not pay.
///
/// No more than these are left out of any text, so that the lengths of what is left differ little.
fn common_beginning<'t>(rows: Rows<'_>, get: &impl Fn(usize) -> Option<&'t [u8]>) -> usize {
    const SAMPLE: usize = 512;
    const LONGEST: usize = 64;
    const PAYS: usize = 4;
    let mut counts = [0_u32; LONGEST + 1];
    let text = |place: usize| get(rows.at(place));
    for place in (1..rows.count).step_by(rows.count.div_ceil(SAMPLE).max(1)) {
        if let (Some(before), Some(text)) = (text(place - 1), text(place))
            && let Some(count) = counts.get_mut(shared(before, text, LONGEST))
        {
            *count += 1;
        }
    }
    let most = (PAYS..=LONGEST).max_by_key(|length| counts.get(*length)).unwrap_or_default();
    let are_most = counts.get(most).is_some_and(|count| *count * 2 > counts.iter().sum());
    if are_most { most } else { 0 }
}

/// How many bytes two texts have in common at their beginnings, up to `most`.
fn shared(one: &[u8], two: &[u8], most: usize) -> usize {
    one.iter().zip(two).take(most).take_while(|(a, b)| a == b).count()
}

fn text_trailer<'t>(
    rows: Rows<'_>,
    options: TextOptions<'_>,
    count: usize,
    distinct: usize,
    texts: impl Iterator<Item = &'t [u8]>,
) -> Result<Trailer, ParquetError> {
    let filter = options.has_bloom_filter.then(|| bloom_filter(distinct, texts)).transpose()?;
    let statistics = options.stats.map(|stats| text_statistics(stats, rows.count - count));
    Ok(Trailer { rows: rows.count, statistics, bloom_filter: filter })
}

fn write_dictionary(
    chunk: &mut ChunkWriter<'_, '_>,
    page: &mut Vec<u8>,
    texts: &DistinctTexts,
) -> Result<(), ParquetError> {
    page.clear();
    for text in texts.iter() {
        page.extend(u32::try_from(text.len())?.to_le_bytes());
        page.extend_from_slice(text);
    }
    chunk.write_dictionary(page, texts.len())
}

fn present_rows(
    places: Range<usize>,
    rows: Rows<'_>,
    valid: &Validity,
) -> impl Iterator<Item = usize> {
    places.map(move |place| rows.at(place)).filter(|row| valid.is_set(*row))
}

fn push_validity(
    chunk: &ChunkWriter<'_, '_>,
    page: &mut Vec<u8>,
    bits: &mut Vec<u8>,
    (places, rows): (&Range<usize>, Rows<'_>),
    valid: &Validity,
) {
    let is_full = valid.count() == rows.count;
    push_levels(chunk, page, bits, places, is_full, |place| valid.is_set(rows.at(place)));
}

/// Says which of the rows have a value, where the column may be null.
fn push_levels(
    chunk: &ChunkWriter<'_, '_>,
    page: &mut Vec<u8>,
    bits: &mut Vec<u8>,
    places: &Range<usize>,
    is_full: bool,
    is_set: impl Fn(usize) -> bool,
) {
    if chunk.descriptor().max_def_level() == 0 {
        return;
    }
    with_length(page, |page| {
        if is_full {
            return push_run(page, 1, 1, places.len());
        }
        bits.clear();
        for start in places.clone().step_by(8) {
            let eight = start..places.end.min(start + 8);
            bits.push(eight.rev().fold(0, |byte, place| byte << 1 | u8::from(is_set(place))));
        }
        push_bits(page, bits, places.len());
    });
}

/// Puts the number of bytes that `push` adds before them.
fn with_length(page: &mut Vec<u8>, push: impl FnOnce(&mut Vec<u8>)) {
    let start = page.len();
    page.extend([0; 4]);
    push(page);
    let length = u32::try_from(page.len() - start - 4).unwrap_or(u32::MAX);
    if let Some(head) = page.get_mut(start..start + 4) {
        head.copy_from_slice(&length.to_le_bytes());
    }
}
