//! Files mapped into memory, in windows, under a lease that keeps writers away.
//!
//! A mapped file that somebody truncates kills the process that reads it. So a file is mapped only
//! while a Linux read lease on it is held: nobody has the file open for writing then, and who wants
//! to must wait until the lease is given back. Where it is asked back, the windows that are out are
//! finished, and the rest of the file is read. Where there are no leases (other systems, network
//! file systems, a file that is being written), nothing is mapped.

use std::fs::File;
use std::io::{self, Read};
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Bytes of a source: read into memory or mapped.
#[derive(Debug)]
pub enum Bytes {
    /// Read.
    Read(Vec<u8>),
    /// Mapped; the file cannot change while they are there.
    Mapped(Window),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Read(bytes) => bytes,
            Self::Mapped(window) => window.bytes(),
        }
    }
}

impl Bytes {
    /// The first `length` of them.
    #[must_use]
    pub fn truncated(self, length: usize) -> Self {
        match self {
            Self::Read(mut bytes) => {
                bytes.truncate(length);
                Self::Read(bytes)
            }
            Self::Mapped(mut window) => {
                window.range.end = window.range.end.min(window.range.start + length);
                Self::Mapped(window)
            }
        }
    }

    /// Them in memory of their own.
    pub fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Read(bytes) => bytes,
            Self::Mapped(window) => window.bytes().to_vec(),
        }
    }
}

/// A file that may be mapped.
pub(super) struct MappedFile {
    file: Arc<File>,
    lease: Option<Arc<lease::Lease>>,
    size: u64,
}

impl MappedFile {
    /// The file, if it is a regular one, not empty, and a lease on it is granted.
    pub(super) fn open(file: File) -> Option<Self> {
        let metadata = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let file = Arc::new(file);
        let lease = lease::Lease::take(Arc::clone(&file))?;
        // Nobody writes from here on, so this is its size.
        let size = metadata.len();
        let is_same = file.metadata().is_ok_and(|now| now.len() == size);
        (is_same && size > 0).then(|| Self { file, lease: Some(Arc::new(lease)), size })
    }

    /// The next bytes from `offset` on, up to `length` of them; none where the lease was asked back
    /// or the system refuses, and from then on.
    pub(super) fn window(&mut self, offset: u64, length: usize) -> Option<Window> {
        let lease = self.lease.take().filter(|lease| lease.is_held())?;
        let length =
            usize::try_from(self.size.checked_sub(offset)?).map_or(length, |rest| rest.min(length));
        let map = lease::map(&self.file, offset, length)?;
        self.lease = Some(Arc::clone(&lease));
        Some(Window { map, range: 0..length, _lease: lease })
    }

    /// Whether `offset` is where the file ends.
    pub(super) fn is_end(&self, offset: u64) -> bool {
        offset >= self.size
    }

    /// Reads on from `offset` without mapping.
    pub(super) fn reader(&self, offset: u64) -> impl Read + Send + use<> {
        Plain { file: Arc::clone(&self.file), offset }
    }
}

/// Part of a mapped file.
#[derive(Debug)]
pub struct Window {
    map: memmap2::Mmap,
    range: Range<usize>,
    /// Held for as long as any window is there.
    _lease: Arc<lease::Lease>,
}

impl Window {
    fn bytes(&self) -> &[u8] {
        self.map.get(self.range.clone()).unwrap_or_default()
    }

    /// The first `length` bytes as a piece.
    pub(super) fn first(mut self, length: usize) -> Bytes {
        self.range.end = length;
        Bytes::Mapped(self)
    }
}

impl Deref for Window {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes()
    }
}

/// Reads a file at a place of its own.
struct Plain {
    file: Arc<File>,
    offset: u64,
}

impl Read for Plain {
    #[cfg(unix)]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }

    #[cfg(not(unix))]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = &*self.file;
        io::Seek::seek(&mut file, io::SeekFrom::Start(self.offset))?;
        let count = file.read(buffer)?;
        self.offset += count as u64;
        Ok(count)
    }
}

#[cfg(target_os = "linux")]
mod lease {
    #![expect(unsafe_code, reason = "a lease and a map are calls to the system")]

    use memmap2::{Advice, Mmap, MmapOptions};
    use std::fs::File;
    use std::os::fd::AsRawFd;
    use std::sync::Arc;

    /// `fcntl`'s number for the signal that asks a lease back; the libc crate lacks it.
    const F_SETSIG: libc::c_int = 10;

    /// A read lease on a file, given back when it is dropped.
    #[derive(Debug)]
    pub(super) struct Lease(Arc<File>);

    impl Lease {
        /// A lease, where nobody has the file open for writing.
        pub(super) fn take(file: Arc<File>) -> Option<Self> {
            let fd = file.as_raw_fd();
            // SAFETY: the file is open, and the arguments are numbers. The lease is asked back with
            // SIGURG, which a process ignores unless it says otherwise.
            let is_taken = unsafe {
                libc::fcntl(fd, F_SETSIG, libc::SIGURG) == 0
                    && libc::fcntl(fd, libc::F_SETLEASE, libc::F_RDLCK) == 0
            };
            is_taken.then_some(Self(file))
        }

        /// Whether nobody has asked for it.
        pub(super) fn is_held(&self) -> bool {
            // SAFETY: the file is open.
            unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_GETLEASE) == libc::F_RDLCK }
        }
    }

    impl Drop for Lease {
        fn drop(&mut self) {
            // SAFETY: the file is open.
            unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_SETLEASE, libc::F_UNLCK) };
        }
    }

    /// Maps part of a file on which a lease is held.
    pub(super) fn map(file: &File, offset: u64, length: usize) -> Option<Mmap> {
        // SAFETY: the caller holds a read lease for as long as the map is there, so nobody can
        // write to the file or truncate it.
        let map = unsafe { MmapOptions::new().offset(offset).len(length).map(file) }.ok()?;
        // Advice only; all at once is cheaper than page by page.
        let _ = map.advise(Advice::Sequential);
        let _ = map.advise(Advice::PopulateRead);
        Some(map)
    }
}

#[cfg(not(target_os = "linux"))]
mod lease {
    use memmap2::Mmap;
    use std::fs::File;
    use std::sync::Arc;

    /// There are none on this system.
    #[derive(Debug)]
    pub(super) struct Lease;

    impl Lease {
        pub(super) fn take(_: Arc<File>) -> Option<Self> {
            None
        }

        pub(super) fn is_held(&self) -> bool {
            false
        }
    }

    pub(super) fn map(_: &File, _: u64, _: usize) -> Option<Mmap> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Origin, Piece, Pieces, RangeHash, open};
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::path::Path;

    fn pieces(path: &Path, offset: RangeHash, is_mapped: bool) -> Pieces {
        let from = offset.length();
        let mut opened = open(&Origin::File(path.to_owned()), offset, u64::MAX).unwrap();
        if is_mapped {
            opened = opened.mapped();
        }
        Pieces::new(opened, from, 1000, 1 << 20)
    }

    fn all(mut pieces: Pieces) -> (Vec<(u64, Vec<u8>)>, u128) {
        let mut found = Vec::new();
        while let Some(piece) = pieces.next_piece().unwrap() {
            let Piece::Lines { bytes, offset } = piece else { panic!("{piece:?}") };
            found.push((offset, bytes.to_vec()));
        }
        (found, pieces.hash().digest())
    }

    #[test]
    fn mapped_and_read_pieces_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for (lines, end) in [(0, ""), (1, "\n"), (700, "\n"), (700, "")] {
            let lines: Vec<_> =
                (0..lines).map(|i| format!("{}{i}\n", "x".repeat(i % 90))).collect();
            let mut text = lines.concat();
            // One line that no window holds: from there on the file is read.
            if lines.len() > 600 {
                text.insert_str(9000, &"y".repeat(5000));
            }
            text.truncate(text.len().saturating_sub(1));
            text.push_str(end);
            std::fs::write(&path, &text).unwrap();
            let read = all(pieces(&path, RangeHash::default(), false));
            assert_eq!(
                all(pieces(&path, RangeHash::default(), true)),
                read,
                "{} lines",
                lines.len()
            );
            assert_eq!(
                read.0.iter().flat_map(|(_, bytes)| bytes.clone()).collect::<Vec<_>>(),
                text.as_bytes()
            );
        }
    }

    #[test]
    fn a_file_that_is_open_for_writing_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "line\n".repeat(1000)).unwrap();
        let writer = OpenOptions::new().append(true).open(&path).unwrap();
        let mut pieces = pieces(&path, RangeHash::default(), true);
        let Some(Piece::Lines { bytes, .. }) = pieces.next_piece().unwrap() else { panic!() };
        assert!(matches!(bytes, super::Bytes::Read(_)));
        drop(writer);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_writer_waits_for_the_windows_and_the_rest_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "line\n".repeat(1000)).unwrap();
        let mut pieces = pieces(&path, RangeHash::default(), true);
        let Some(Piece::Lines { bytes, .. }) = pieces.next_piece().unwrap() else { panic!() };
        if matches!(bytes, super::Bytes::Read(_)) {
            // This file system has no leases.
            return;
        }
        let (send, receive) = std::sync::mpsc::channel();
        let writer = std::thread::spawn({
            let path = path.clone();
            move || {
                send.send(()).unwrap();
                // Waits until the lease is given back.
                let mut file = OpenOptions::new().write(true).open(path).unwrap();
                file.set_len(3000).unwrap();
                file.write_all(b"LINE").unwrap();
            }
        });
        receive.recv().unwrap();
        // The writer may not have asked yet; windows are mapped until it has.
        let mut mapped = bytes.len();
        assert!(bytes.starts_with(b"line"), "what is mapped does not change");
        drop(bytes);
        let mut is_read = false;
        while let Some(Piece::Lines { bytes, offset }) = pieces.next_piece().unwrap() {
            assert_eq!(offset, mapped as u64);
            mapped += bytes.len();
            is_read |= matches!(bytes, super::Bytes::Read(_));
        }
        drop(pieces);
        writer.join().unwrap();
        assert!(if is_read { mapped <= 5000 } else { mapped == 5000 });
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 3000);
    }
}
