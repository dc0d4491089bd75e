//! Text columns into Parquet pages, straight from dictionaries and validity bitmaps.
//!
//! The general writer of the parquet crate hashes every value anew and widens every null into a
//! 16-bit level. Here keys are packed as they are, and a bitmap is already what Parquet calls
//! definition levels. All other columns go through the general writer.

use super::StoreError;
use super::encode::{BLOOM_FALSE_POSITIVES, ZSTD_LEVEL};
use super::hybrid::{bit_width, push_hybrid, push_run, push_varint};
use super::stats::TextStats;
use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::Int32Type;
use parquet::basic::{Compression, Encoding, PageType, ZstdLevel};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::page_index::offset_index::{OffsetIndexMetaData, PageLocation};
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use std::cell::RefCell;
use std::io::Write;
use std::ops::Range;

/// A data page ends after this many rows,
const PAGE_ROWS: usize = 20_000;
/// or before it exceeds this many bytes.
const PAGE_BYTES: usize = 1 << 20;

/// The pages of one column chunk, apart from any file.
pub(super) struct PagedChunk {
    /// Holds all pages one after the other: the only place where the crate lets its shared byte
    /// buffer be named.
    pages: Page,
    close: ColumnCloseResult,
}

impl PagedChunk {
    /// Its size in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.close.bytes_written
    }

    /// Writes it as the next column of a row group.
    pub(super) fn append_to<W: Write + Send>(
        self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        group.append_column(self.pages.buffer(), self.close)
    }
}

/// What a text column wants besides its pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextOptions<'a> {
    /// Bounds to write beside the pages.
    pub(super) stats: Option<&'a TextStats>,
    /// Whether to write a bloom filter.
    pub(super) has_bloom_filter: bool,
}

/// What every chunk needs while it is encoded; each thread keeps its own.
#[derive(Default)]
struct Workshop {
    page: Vec<u8>,
    present: Vec<i32>,
    zstd: Option<zstd::bulk::Compressor<'static>>,
}

thread_local! {
    static WORKSHOP: RefCell<Workshop> = RefCell::default();
}

/// Encodes a text column, dictionary or plain.
pub(super) fn encode_text(
    descriptor: &ColumnDescPtr,
    column: &ArrayRef,
    options: TextOptions<'_>,
) -> Result<PagedChunk, StoreError> {
    let result =
        WORKSHOP.with_borrow_mut(|workshop| match column.as_dictionary_opt::<Int32Type>() {
            Some(dictionary) => match dictionary.values().as_string_opt::<i32>() {
                Some(texts) => encode_keys(descriptor, dictionary.keys(), texts, options, workshop),
                None => Err(ParquetError::General("a dictionary without texts".to_owned())),
            },
            None => match column.as_string_opt::<i32>() {
                Some(texts) => encode_plain(descriptor, texts, options, workshop),
                None => Err(ParquetError::General("not a text column".to_owned())),
            },
        });
    result.map_err(|error| StoreError::Encode(format!("{}: {error}", descriptor.name())))
}

fn encode_plain(
    descriptor: &ColumnDescPtr,
    texts: &StringArray,
    options: TextOptions<'_>,
    Workshop { page, zstd, .. }: &mut Workshop,
) -> Result<PagedChunk, ParquetError> {
    let mut sink = Vec::new();
    let mut tracked = TrackedWrite::new(&mut sink);
    let mut chunk = ChunkWriter::new(descriptor, &mut tracked, zstd)?;
    let mut start = 0;
    while start < texts.len() {
        let end = end_of_page(texts, start);
        let rows = start..end;
        page.clear();
        chunk.push_levels(page, texts.nulls(), rows.clone());
        for row in rows.clone().filter(|row| texts.is_valid(*row)) {
            push_text(page, texts.value(row))?;
        }
        chunk.write_rows(page, rows, Encoding::PLAIN)?;
        start = end;
    }
    let bloom = options
        .has_bloom_filter
        .then(|| bloom_filter(texts.len() - texts.null_count(), texts.iter().flatten()));
    let close = chunk.close(texts.null_count(), options.stats, bloom.transpose()?)?;
    drop(tracked);
    Ok(PagedChunk { pages: hold(sink), close })
}

/// The row before which a page of plain texts that begins at `start` ends.
fn end_of_page(texts: &StringArray, start: usize) -> usize {
    let ends = texts.value_offsets();
    let last = texts.len().min(start + PAGE_ROWS);
    let begin = ends.get(start).copied().unwrap_or_default();
    let limit = begin.saturating_add(i32::try_from(PAGE_BYTES).unwrap_or(i32::MAX));
    let fitting = ends.get(start + 1..=last).unwrap_or_default();
    // At least one row, however long it is.
    start + fitting.partition_point(|end| *end <= limit).max(1)
}

fn encode_keys(
    descriptor: &ColumnDescPtr,
    keys: &Int32Array,
    texts: &StringArray,
    options: TextOptions<'_>,
    Workshop { page, present, zstd }: &mut Workshop,
) -> Result<PagedChunk, ParquetError> {
    let mut sink = Vec::new();
    let mut tracked = TrackedWrite::new(&mut sink);
    let mut chunk = ChunkWriter::new(descriptor, &mut tracked, zstd)?;
    page.clear();
    for text in texts.iter().flatten() {
        push_text(page, text)?;
    }
    chunk.write_dictionary(page, texts.len())?;
    let width = bit_width(texts.len());
    for start in (0..keys.len()).step_by(PAGE_ROWS) {
        let rows = start..keys.len().min(start + PAGE_ROWS);
        page.clear();
        chunk.push_levels(page, keys.nulls(), rows.clone());
        page.push(width);
        let values = keys.values().get(rows.clone()).unwrap_or_default();
        if keys.null_count() == 0 {
            push_hybrid(page, width, values);
        } else {
            present.clear();
            let valid = rows.clone().zip(values).filter(|(row, _)| keys.is_valid(*row));
            present.extend(valid.map(|(_, key)| *key));
            push_hybrid(page, width, present);
        }
        chunk.write_rows(page, rows, Encoding::RLE_DICTIONARY)?;
    }
    let bloom = options.has_bloom_filter.then(|| bloom_filter(texts.len(), texts.iter().flatten()));
    let close = chunk.close(keys.null_count(), options.stats, bloom.transpose()?)?;
    drop(tracked);
    Ok(PagedChunk { pages: hold(sink), close })
}

fn hold(bytes: Vec<u8>) -> Page {
    let encoding = Encoding::PLAIN;
    Page::DictionaryPage { buf: bytes.into(), num_values: 0, encoding, is_sorted: false }
}

fn bloom_filter<'t>(
    distinct: usize,
    texts: impl Iterator<Item = &'t str>,
) -> Result<Sbbf, ParquetError> {
    let mut filter = Sbbf::new_with_ndv_fpp(distinct.max(1) as u64, BLOOM_FALSE_POSITIVES)?;
    texts.for_each(|text| filter.insert(text.as_bytes()));
    Ok(filter)
}

/// Writes the pages of one chunk and keeps count.
struct ChunkWriter<'a, 'w> {
    descriptor: &'a ColumnDescPtr,
    writer: SerializedPageWriter<'a, &'w mut Vec<u8>>,
    zstd: &'a mut zstd::bulk::Compressor<'static>,
    rows: usize,
    bytes: u64,
    uncompressed: usize,
    dictionary_offset: Option<u64>,
    encoding: Encoding,
    locations: Vec<PageLocation>,
}

impl<'a, 'w> ChunkWriter<'a, 'w> {
    fn new(
        descriptor: &'a ColumnDescPtr,
        sink: &'a mut TrackedWrite<&'w mut Vec<u8>>,
        zstd: &'a mut Option<zstd::bulk::Compressor<'static>>,
    ) -> Result<Self, ParquetError> {
        let zstd = match zstd {
            Some(zstd) => zstd,
            None => zstd.insert(zstd::bulk::Compressor::new(ZSTD_LEVEL)?),
        };
        Ok(Self {
            descriptor,
            writer: SerializedPageWriter::new(sink),
            zstd,
            rows: 0,
            bytes: 0,
            uncompressed: 0,
            dictionary_offset: None,
            encoding: Encoding::PLAIN,
            locations: Vec::new(),
        })
    }

    /// Says which of the rows have a value, where the column may be null.
    fn push_levels(&self, page: &mut Vec<u8>, nulls: Option<&NullBuffer>, rows: Range<usize>) {
        if self.descriptor.max_def_level() == 0 {
            return;
        }
        let start = page.len();
        page.extend([0; 4]);
        match nulls.map(|nulls| nulls.inner().slice(rows.start, rows.len())) {
            None => push_run(page, 1, 1, rows.len()),
            Some(bits) => {
                // An Arrow bitmap is a bit-packed run of one-bit levels.
                let bytes = bits.sliced();
                let groups = rows.len().div_ceil(8);
                push_varint(page, groups << 1 | 1);
                page.extend(bytes.as_slice().iter().take(groups));
            }
        }
        let len = u32::try_from(page.len() - start - 4).unwrap_or(u32::MAX);
        if let Some(head) = page.get_mut(start..start + 4) {
            head.copy_from_slice(&len.to_le_bytes());
        }
    }

    fn write_dictionary(&mut self, page: &[u8], count: usize) -> Result<(), ParquetError> {
        let buf = self.zstd.compress(page)?.into();
        let num_values = u32::try_from(count)?;
        let encoding = Encoding::PLAIN;
        let dictionary = Page::DictionaryPage { buf, num_values, encoding, is_sorted: false };
        let spec = self.writer.write_page(CompressedPage::new(dictionary, page.len()))?;
        self.dictionary_offset = Some(spec.offset);
        self.bytes += spec.bytes_written;
        self.uncompressed += spec.uncompressed_size;
        Ok(())
    }

    fn write_rows(
        &mut self,
        page: &[u8],
        rows: Range<usize>,
        encoding: Encoding,
    ) -> Result<(), ParquetError> {
        let data = Page::DataPage {
            buf: self.zstd.compress(page)?.into(),
            num_values: u32::try_from(rows.len())?,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let spec = self.writer.write_page(CompressedPage::new(data, page.len()))?;
        self.locations.push(PageLocation {
            offset: i64::try_from(spec.offset)?,
            compressed_page_size: i32::try_from(spec.compressed_size)?,
            first_row_index: i64::try_from(rows.start)?,
        });
        self.rows += rows.len();
        self.bytes += spec.bytes_written;
        self.uncompressed += spec.uncompressed_size;
        self.encoding = encoding;
        Ok(())
    }

    fn close(
        mut self,
        null_count: usize,
        stats: Option<&TextStats>,
        bloom_filter: Option<Sbbf>,
    ) -> Result<ColumnCloseResult, ParquetError> {
        self.writer.close()?;
        let first = self.locations.first().map_or(0, |location| location.offset);
        let mut encodings = vec![Encoding::PLAIN, Encoding::RLE];
        let mut page_stats = vec![PageEncodingStats {
            page_type: PageType::DATA_PAGE,
            encoding: self.encoding,
            count: i32::try_from(self.locations.len())?,
        }];
        if self.dictionary_offset.is_some() {
            encodings.push(Encoding::RLE_DICTIONARY);
            let page_type = PageType::DICTIONARY_PAGE;
            page_stats.push(PageEncodingStats { page_type, encoding: Encoding::PLAIN, count: 1 });
        }
        let level = ZstdLevel::try_new(ZSTD_LEVEL)?;
        let mut metadata = ColumnChunkMetaData::builder(self.descriptor.clone())
            .set_compression(Compression::ZSTD(level))
            .set_encodings(encodings)
            .set_page_encoding_stats(page_stats)
            .set_num_values(i64::try_from(self.rows)?)
            .set_total_compressed_size(i64::try_from(self.bytes)?)
            .set_total_uncompressed_size(i64::try_from(self.uncompressed)?)
            .set_data_page_offset(first)
            .set_dictionary_page_offset(self.dictionary_offset.map(i64::try_from).transpose()?);
        if let Some(stats) = stats {
            metadata = metadata.set_statistics(to_parquet(stats, null_count));
        }
        Ok(ColumnCloseResult {
            bytes_written: self.bytes,
            rows_written: self.rows as u64,
            metadata: metadata.build()?,
            bloom_filter,
            column_index: None,
            offset_index: Some(OffsetIndexMetaData {
                page_locations: self.locations,
                unencoded_byte_array_data_bytes: None,
            }),
        })
    }
}

/// Bounds as Parquet has them: cut ones are not exact, and a missing one leaves out both.
fn to_parquet(stats: &TextStats, null_count: usize) -> Statistics {
    let bound = |text: &Option<String>| text.as_deref().map(ByteArray::from);
    let (min, max) = match (bound(&stats.min), bound(&stats.max)) {
        (Some(min), Some(max)) => (Some(min), Some(max)),
        _ => (None, None),
    };
    let statistics = ValueStatistics::new(min, max, None, Some(null_count as u64), false);
    Statistics::ByteArray(statistics.with_min_is_exact(false).with_max_is_exact(false))
}

/// One value of Parquet's PLAIN encoding.
fn push_text(page: &mut Vec<u8>, text: &str) -> Result<(), ParquetError> {
    page.extend(u32::try_from(text.len())?.to_le_bytes());
    page.extend_from_slice(text.as_bytes());
    Ok(())
}
