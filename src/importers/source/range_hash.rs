//! What a source's first bytes were: enough to notice that they have changed.

use super::{Origin, SourceError, open, read_full};
use xxhash_rust::xxh3::Xxh3;

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

    /// Reads the first `length` bytes of a source's content, fewer where it is shorter.
    ///
    /// # Errors
    /// Where it cannot be read; `limit` is as in [`open`].
    pub fn of_content(origin: &Origin, length: u64, limit: u64) -> Result<Prefix, SourceError> {
        let mut opened = open(origin, Self::default(), limit)?;
        let mut hash = Self::default();
        let mut lines = 0;
        let mut buffer = vec![0; 1 << 20];
        loop {
            let missing = usize::try_from(length - hash.length).unwrap_or(usize::MAX);
            let step = buffer.len().min(missing.max(1));
            let count = read_full(&mut opened.reader, &mut buffer[..step]).map_err(|cause| {
                SourceError::Read { path: origin.display(), offset: hash.length, cause }
            })?;
            if count == 0 || missing == 0 {
                return Ok(Prefix { hash, lines, has_more: count > 0 });
            }
            lines += memchr::memchr_iter(b'\n', &buffer[..count]).count() as u64;
            hash.update(&buffer[..count]);
        }
    }
}

/// The first bytes of a source's content.
#[derive(Clone)]
pub struct Prefix {
    /// Their hash.
    pub hash: RangeHash,
    /// How many lines end in them.
    pub lines: u64,
    /// Whether more bytes follow.
    pub has_more: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
