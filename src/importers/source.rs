//! Where bytes come from: files, folders and standard input, plain, gzip or zstd, in pieces of whole lines.
//!
//! This is the importers' only place that opens files. What the bytes mean is for the formats;
//! which pieces are read at once is for `ingest`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use xxhash_rust::xxh3::Xxh3;

/// How much of a source is handed out at once, in bytes. It decides the row groups of the store, so
/// that changing it changes what the same input looks like on disk.
pub const CHUNK_BYTES: usize = 16 << 20;

/// How many bytes of a line that is too long are kept for the eye.
const EXCERPT_BYTES: usize = 256;

/// A place that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A path that is not there or cannot be opened.
    #[error("cannot read `{path}`: {cause}")]
    Open {
        /// The path as it was given.
        path: String,
        /// What the system says.
        cause: io::Error,
    },
    /// Reading failed half-way.
    #[error("reading `{path}` failed after {offset} bytes: {cause}")]
    Read {
        /// The path as it was given.
        path: String,
        /// How far it went, in decompressed bytes.
        offset: u64,
        /// What the system or the decompressor says.
        cause: io::Error,
    },
    /// More than `--max-decompressed` came out of a compressed file.
    #[error("`{path}` decompresses to more than {limit} bytes")]
    TooLarge {
        /// The path as it was given.
        path: String,
        /// The limit, in bytes.
        limit: u64,
    },
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Origin {
    /// The path as it was given, or `-`.
    pub fn display(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "-".to_owned(),
        }
    }
}

/// An origin and how it came up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where its bytes are.
    pub origin: Origin,
    /// Whether the user named it, and did not merely name a folder above it.
    pub is_named: bool,
}

/// The inputs that `paths` name: files as they are, folders with all that is below them, `-` as
/// standard input; each once, in a fixed order. Hidden files and folders are left out.
///
/// # Errors
/// [`SourceError::Open`] for a path that is not there, or a folder that cannot be listed.
pub fn discover(paths: &[PathBuf]) -> Result<Vec<Input>, SourceError> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        if path.as_os_str() == "-" {
            if seen.insert(PathBuf::from("-")) {
                found.push(Input { origin: Origin::Stdin, is_named: true });
            }
            continue;
        }
        let mut files = Vec::new();
        list(path, &mut files)?;
        for file in files {
            let identity = file.canonicalize().unwrap_or_else(|_| file.clone());
            if seen.insert(identity) {
                found.push(Input { is_named: file == *path, origin: Origin::File(file) });
            }
        }
    }
    Ok(found)
}

fn list(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), SourceError> {
    let fail = |cause| SourceError::Open { path: path.display().to_string(), cause };
    if !path.metadata().map_err(fail)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(fail)?;
    entries.sort();
    for entry in entries {
        let is_hidden =
            entry.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        // A link below a folder may lead out of it or round in a circle.
        let is_link = entry.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
        if !(is_hidden || is_link && entry.is_dir()) {
            list(&entry, files)?;
        }
    }
    Ok(())
}

/// How a source's bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, any number of members.
    Gzip,
    /// Zstandard, any number of frames.
    Zstd,
}

/// Hash of a source's first bytes: xxh3-128 over the xxh3-128 hashes of blocks of 4 MiB.
///
/// It only has to notice change. The last block may be shorter, so that the hash of any length can
/// be asked for and the count go on from there.
#[derive(Clone, Default)]
pub struct RangeHash {
    blocks: Xxh3,
    block: Xxh3,
    block_length: usize,
    length: u64,
    /// A length at which the hash is remembered, and what it was there.
    mark: Option<(u64, Option<u128>)>,
}

impl RangeHash {
    const BLOCK_BYTES: usize = 4 << 20;

    /// A hash that remembers what it was after `length` bytes.
    pub fn marked_at(length: u64) -> Self {
        Self { mark: Some((length, None)), ..Self::default() }
    }

    /// What it was at the mark; nothing before it has come so far.
    pub fn at_mark(&self) -> Option<u128> {
        self.mark.and_then(|(_, digest)| digest)
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        if let Some((mark, None)) = self.mark
            && let Ok(missing) = usize::try_from(mark - self.length)
            && missing <= bytes.len()
        {
            let (before, after) = bytes.split_at(missing);
            self.take(before);
            self.mark = Some((mark, Some(self.digest())));
            return self.take(after);
        }
        self.take(bytes);
    }

    fn take(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len() as u64;
        while !bytes.is_empty() {
            let count = bytes.len().min(Self::BLOCK_BYTES - self.block_length);
            self.block.update(&bytes[..count]);
            self.block_length += count;
            bytes = &bytes[count..];
            if self.block_length == Self::BLOCK_BYTES {
                self.blocks.update(&self.block.digest128().to_le_bytes());
                self.block.reset();
                self.block_length = 0;
            }
        }
    }

    /// How many bytes it has seen.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The hash of what it has seen.
    pub fn digest(&self) -> u128 {
        let mut blocks = self.blocks.clone();
        if self.block_length > 0 {
            blocks.update(&self.block.digest128().to_le_bytes());
        }
        blocks.digest128()
    }

    /// The hash of the first `length` bytes of a source's content, of fewer where it is shorter, and
    /// whether more follow.
    ///
    /// # Errors
    /// Where it cannot be read; `limit` is as in [`open`].
    pub fn of_content(
        origin: &Origin,
        length: u64,
        limit: u64,
    ) -> Result<(Self, bool), SourceError> {
        let mut opened = open(origin, Self::default(), limit)?;
        let mut hash = Self::default();
        let mut buffer = vec![0; 1 << 20];
        loop {
            let missing = usize::try_from(length - hash.length).unwrap_or(usize::MAX);
            let step = buffer.len().min(missing.max(1));
            let count = read_full(&mut opened.reader, &mut buffer[..step]).map_err(|cause| {
                SourceError::Read { path: origin.display(), offset: hash.length, cause }
            })?;
            if count == 0 || missing == 0 {
                return Ok((hash, count > 0));
            }
            hash.update(&buffer[..count]);
        }
    }
}

/// Hashes what passes through.
struct Hashing<R> {
    inner: R,
    hash: Arc<Mutex<RangeHash>>,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.lock().unwrap_or_else(PoisonError::into_inner).update(&buffer[..count]);
        Ok(count)
    }
}

/// An opened source: decompressed bytes, and what is known about it.
pub struct Opened {
    reader: Box<dyn Read + Send>,
    /// Hash of the content read so far, and of what was before it.
    hash: Arc<Mutex<RangeHash>>,
    /// How it is packed, by its first bytes.
    pub compression: Compression,
    /// Size on disk when it was opened, for files.
    pub size: Option<u64>,
    name: String,
    limit: u64,
}

/// Opens a source behind the bytes of `before` (plain files only; others begin at their start).
///
/// `limit` is the most bytes that may come out of a compressed one.
///
/// # Errors
/// [`SourceError::Open`].
pub fn open(origin: &Origin, before: RangeHash, limit: u64) -> Result<Opened, SourceError> {
    let offset = before.length();
    let name = origin.display();
    let fail = |cause| SourceError::Open { path: origin.display(), cause };
    let (raw, size): (Box<dyn Read + Send>, Option<u64>) = match origin {
        Origin::Stdin => (Box::new(io::stdin()), None),
        Origin::File(path) => {
            let mut file = File::open(path).map_err(fail)?;
            let metadata = file.metadata().map_err(fail)?;
            if metadata.is_dir() {
                return Err(fail(io::Error::from(io::ErrorKind::IsADirectory)));
            }
            if offset > 0 {
                io::Seek::seek(&mut file, io::SeekFrom::Start(offset)).map_err(fail)?;
            }
            (Box::new(file), metadata.is_file().then_some(metadata.len()))
        }
    };
    let mut raw = raw;
    let mut head = [0; 4];
    let length = if offset == 0 { read_full(&mut raw, &mut head).map_err(fail)? } else { 0 };
    let compression = match &head[..length] {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] => Compression::Zstd,
        _ => Compression::None,
    };
    let whole = io::Cursor::new(head[..length].to_vec()).chain(raw);
    let reader: Box<dyn Read + Send> = match compression {
        Compression::None => Box::new(whole),
        Compression::Gzip => {
            Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(1 << 18, whole)))
        }
        Compression::Zstd => Box::new(zstd::Decoder::new(whole).map_err(fail)?),
    };
    // The content is hashed, not its packing: a log that was rotated and packed is the same log.
    let hash = Arc::new(Mutex::new(before));
    let reader = Box::new(Hashing { inner: reader, hash: Arc::clone(&hash) });
    Ok(Opened { reader, hash, compression, size, name, limit })
}

/// Fills `buffer` as far as the reader goes.
fn read_full(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A piece of a source.
#[derive(Debug)]
pub enum Piece {
    /// Whole lines; the last one may lack its line end only at the end of the source.
    Lines {
        /// The bytes.
        bytes: Vec<u8>,
        /// Where they begin.
        offset: u64,
    },
    /// A line that is longer than allowed; its bytes are gone but for the first ones.
    TooLong {
        /// Where it begins.
        offset: u64,
        /// How long it is without its line end.
        length: u64,
        /// Its first bytes.
        excerpt: Vec<u8>,
    },
}

/// Cuts a source into pieces whose borders depend on its bytes alone.
pub struct Pieces {
    source: Opened,
    chunk_bytes: usize,
    max_line_bytes: usize,
    /// Read but not handed out yet.
    carry: Vec<u8>,
    /// Offset of the carry's first byte.
    offset: u64,
    is_done: bool,
    /// Why reading ended, where it was not the end of the source; told after the lines before it.
    failure: Option<SourceError>,
}

impl Pieces {
    /// Pieces of about `chunk_bytes`; lines above `max_line_bytes` are not kept.
    ///
    /// `offset` is where `source` was opened.
    pub fn new(source: Opened, offset: u64, chunk_bytes: usize, max_line_bytes: usize) -> Self {
        Self {
            source,
            chunk_bytes: chunk_bytes.max(1),
            max_line_bytes,
            carry: Vec::new(),
            offset,
            is_done: false,
            failure: None,
        }
    }

    /// Hash of all content read so far, from the source's start.
    pub fn hash(&self) -> RangeHash {
        self.source.hash.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    /// [`SourceError::Read`] when reading or decompressing fails, after the whole lines before that
    /// place; [`SourceError::TooLarge`] at the limit of decompressed bytes.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, SourceError> {
        let mut buffer = std::mem::take(&mut self.carry);
        let missing = self.chunk_bytes.saturating_sub(buffer.len());
        self.read_more(&mut buffer, missing);
        let mut searched = 0;
        loop {
            if let Some(end) = memchr::memrchr(b'\n', &buffer[searched..]) {
                self.carry = buffer.split_off(searched + end + 1);
                return Ok(Some(self.lines(buffer)));
            }
            if self.is_done {
                if let Some(failure) = self.failure.take() {
                    return Err(failure);
                }
                return Ok(if buffer.is_empty() {
                    None
                } else if buffer.len() > self.max_line_bytes {
                    Some(self.too_long(&buffer, 0))
                } else {
                    Some(self.lines(buffer))
                });
            }
            if buffer.len() > self.max_line_bytes {
                return self.skip_line(&buffer).map(Some);
            }
            searched = buffer.len();
            self.read_more(&mut buffer, self.chunk_bytes);
        }
    }

    /// Appends the next `bytes` to `buffer`, fewer at the end.
    fn read_more(&mut self, buffer: &mut Vec<u8>, bytes: usize) {
        if self.is_done || bytes == 0 {
            return;
        }
        buffer.reserve(bytes);
        let before = buffer.len();
        let result = (&mut self.source.reader).take(bytes as u64).read_to_end(buffer);
        let end = self.offset + buffer.len() as u64;
        let path = || self.source.name.clone();
        self.failure = match result {
            Err(cause) => Some(SourceError::Read { path: path(), offset: end, cause }),
            Ok(_) if self.source.compression != Compression::None && end > self.source.limit => {
                Some(SourceError::TooLarge { path: path(), limit: self.source.limit })
            }
            Ok(_) => None,
        };
        self.is_done = self.failure.is_some() || buffer.len() - before < bytes;
    }

    fn lines(&mut self, bytes: Vec<u8>) -> Piece {
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        Piece::Lines { bytes, offset }
    }

    fn too_long(&mut self, start: &[u8], rest: u64) -> Piece {
        let offset = self.offset;
        let length = start.len() as u64 + rest;
        self.offset += length;
        Piece::TooLong { offset, length, excerpt: start[..start.len().min(EXCERPT_BYTES)].to_vec() }
    }

    /// Reads on to the end of a line that is too long, keeping nothing but its `start`.
    fn skip_line(&mut self, start: &[u8]) -> Result<Piece, SourceError> {
        const STEP: usize = 1 << 16;
        let mut rest = 0u64;
        let mut buffer = Vec::with_capacity(STEP);
        loop {
            buffer.clear();
            self.read_more(&mut buffer, STEP);
            if let Some(end) = memchr::memchr(b'\n', &buffer) {
                self.carry = buffer.split_off(end + 1);
                let piece = self.too_long(start, rest + end as u64);
                self.offset += 1;
                return Ok(piece);
            }
            rest += buffer.len() as u64;
            if self.is_done {
                return match self.failure.take() {
                    Some(failure) => Err(failure),
                    None => Ok(self.too_long(start, rest)),
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn pieces(bytes: &[u8], chunk_bytes: usize, max_line_bytes: usize) -> Pieces {
        let opened = Opened {
            reader: Box::new(io::Cursor::new(bytes.to_vec())),
            hash: Arc::default(),
            compression: Compression::None,
            size: None,
            name: "test".into(),
            limit: u64::MAX,
        };
        Pieces::new(opened, 0, chunk_bytes, max_line_bytes)
    }

    #[test]
    fn pieces_hold_whole_lines_at_any_size() {
        let lines: Vec<String> =
            (0..1000).map(|i| format!("line {i}{}", "x".repeat(i % 7))).collect();
        let text = lines.join("\n") + "\n";
        for chunk_bytes in [1, 2, 3, 7, 64, 1000, 4096, 1 << 20] {
            let mut pieces = pieces(text.as_bytes(), chunk_bytes, 1000);
            let mut joined = Vec::new();
            while let Some(piece) = pieces.next_piece().unwrap() {
                let Piece::Lines { bytes, offset } = piece else { panic!("{piece:?}") };
                assert_eq!(offset, joined.len() as u64);
                assert!(bytes.ends_with(b"\n"));
                joined.extend(bytes);
            }
            assert_eq!(joined, text.as_bytes());
        }
    }

    #[test]
    fn a_line_that_is_too_long_leaves_its_neighbours_alone() {
        let text = format!("a\n{}\nb", "y".repeat(200_000));
        let mut pieces = pieces(text.as_bytes(), 100, 1000);
        let mut got = Vec::new();
        while let Some(piece) = pieces.next_piece().unwrap() {
            got.push(match piece {
                Piece::Lines { bytes, offset } => (offset, bytes.len() as u64, 0),
                Piece::TooLong { offset, length, excerpt } => (offset, length, excerpt.len()),
            });
        }
        assert_eq!(got, [(0, 2, 0), (2, 200_000, 256), (200_003, 1, 0)]);
    }

    #[test]
    fn a_damaged_member_is_told_after_the_lines_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.log");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        encoder.write_all("{}\n".repeat(50_000).as_bytes()).unwrap();
        let mut bytes = encoder.finish().unwrap();
        bytes.truncate(bytes.len() - 40_001);
        std::fs::write(&path, bytes).unwrap();
        let opened = open(&Origin::File(path), RangeHash::default(), u64::MAX).unwrap();
        assert_eq!(opened.compression, Compression::Gzip);
        let mut pieces = Pieces::new(opened, 0, 1000, 1000);
        let mut lines = 0;
        let error = loop {
            match pieces.next_piece() {
                Ok(Some(Piece::Lines { bytes, .. })) => lines += bytes.len() / 3,
                Ok(other) => panic!("{other:?}"),
                Err(error) => break error,
            }
        };
        assert!(lines > 30_000, "{lines}");
        assert!(matches!(error, SourceError::Read { .. }));
    }

    #[test]
    fn what_comes_out_of_a_compressed_file_is_limited() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb");
        std::fs::write(&path, zstd::encode_all(vec![b'\n'; 1 << 20].as_slice(), 3).unwrap())
            .unwrap();
        let opened = open(&Origin::File(path), RangeHash::default(), 1000).unwrap();
        let mut pieces = Pieces::new(opened, 0, 4096, 1000);
        let mut result = pieces.next_piece();
        while let Ok(Some(_)) = result {
            result = pieces.next_piece();
        }
        assert!(matches!(result, Err(SourceError::TooLarge { limit: 1000, .. })));
    }

    #[test]
    fn range_hashes_do_not_depend_on_how_bytes_arrive() {
        let bytes: Vec<u8> = (0..9_000_000u32).map(|i| i.to_le_bytes()[0] ^ 0x5a).collect();
        let mut whole = RangeHash::default();
        whole.update(&bytes);
        let mut parts = RangeHash::default();
        bytes.chunks(777_777).for_each(|part| parts.update(part));
        assert_eq!(whole.digest(), parts.digest());
        let mut shorter = RangeHash::default();
        shorter.update(&bytes[..8_999_999]);
        assert_ne!(whole.digest(), shorter.digest());
        let mut marked = RangeHash::marked_at(8_999_999);
        assert_eq!(marked.at_mark(), None);
        bytes.chunks(555_555).for_each(|part| marked.update(part));
        assert_eq!(marked.at_mark(), Some(shorter.digest()));
        assert_eq!(marked.digest(), whole.digest());
    }

    #[test]
    fn folders_are_walked_in_order_and_hidden_ones_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.jsonl", "a/c.jsonl", ".tracekit/x.parquet"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let twice = [folder.path().to_owned(), folder.path().join("b.jsonl")];
        let found: Vec<String> = discover(&twice)
            .unwrap()
            .iter()
            .map(|input| input.origin.display().rsplit('/').next().unwrap().to_owned())
            .collect();
        assert_eq!(found, ["c.jsonl", "b.jsonl"]);
        assert!(discover(&[folder.path().join("missing")]).is_err());
    }
}
