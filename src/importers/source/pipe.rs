//! A pipe whose end is not waited for: a thread reads it, and whole lines are taken out in between.

use super::{Compression, SourceError};
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How much is read at once.
const STEP: usize = 64 << 10;

/// A pipe that is read in the background.
pub struct Pipe {
    shared: Arc<Shared>,
    room: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Told when bytes were taken.
    taken: Condvar,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    is_ended: bool,
    failure: Option<io::Error>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads to the end, and waits while more than `room` bytes are not taken yet.
    fn read(&self, mut reader: impl Read, room: usize) {
        let mut buffer = vec![0; STEP];
        loop {
            let result = reader.read(&mut buffer);
            let mut state = self.lock();
            match result {
                Ok(0) => state.is_ended = true,
                Ok(count) => {
                    state.bytes.extend_from_slice(buffer.get(..count).unwrap_or_default());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    state.failure = Some(error);
                    state.is_ended = true;
                }
            }
            if state.is_ended {
                return;
            }
            while state.bytes.len() >= room {
                state = self.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl Pipe {
    /// Begins to read; at most about `room` bytes are kept.
    ///
    /// # Errors
    /// [`SourceError::Open`] when no thread can be started.
    pub fn start(reader: impl Read + Send + 'static, room: usize) -> Result<Self, SourceError> {
        let shared = Arc::<Shared>::default();
        let thread = std::thread::Builder::new().name("pipe".to_owned());
        let reading = Arc::clone(&shared);
        thread
            .spawn(move || reading.read(reader, room))
            .map_err(|cause| SourceError::Open { path: "-".to_owned(), cause })?;
        Ok(Self { shared, room })
    }

    /// How many bytes wait to be taken.
    pub fn waiting(&self) -> u64 {
        self.shared.lock().bytes.len() as u64
    }

    /// Whether nothing more will come.
    pub fn is_ended(&self) -> bool {
        self.shared.lock().is_ended
    }

    /// How it is packed, once its first bytes are there.
    pub fn compression(&self) -> Compression {
        Compression::of_head(&self.shared.lock().bytes)
    }

    /// The whole lines that wait, without taking them; at the pipe's end all that waits. A line that
    /// is longer than there is room is given in parts.
    pub fn lines(&self) -> Vec<u8> {
        let state = self.shared.lock();
        let end = match memchr::memrchr(b'\n', &state.bytes) {
            _ if state.is_ended => state.bytes.len(),
            Some(at) => at + 1,
            None if state.bytes.len() >= self.room => state.bytes.len(),
            None => 0,
        };
        state.bytes.get(..end).unwrap_or_default().to_vec()
    }

    /// Takes the first `count` bytes away.
    pub fn take(&self, count: usize) {
        let mut state = self.shared.lock();
        let count = count.min(state.bytes.len());
        state.bytes.drain(..count);
        self.shared.taken.notify_all();
    }

    /// Why it ended, where that was not its end; told once, after `offset` bytes.
    pub fn failure(&self, offset: u64) -> Option<SourceError> {
        let cause = self.shared.lock().failure.take()?;
        Some(SourceError::Read { path: "-".to_owned(), offset, cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn wait_until(is_met: impl Fn() -> bool) {
        while !is_met() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn whole_lines_are_taken_and_the_rest_at_the_end() {
        let (reader, mut writer) = std::os::unix::net::UnixStream::pair().unwrap();
        let pipe = Pipe::start(reader, 1 << 20).unwrap();
        writer.write_all(b"one\ntwo\nthr").unwrap();
        wait_until(|| pipe.waiting() == 11);
        assert_eq!(pipe.lines(), b"one\ntwo\n");
        pipe.take(8);
        assert_eq!(pipe.lines(), b"");
        assert!(!pipe.is_ended());
        writer.write_all(b"ee").unwrap();
        drop(writer);
        wait_until(|| pipe.is_ended());
        assert_eq!(pipe.lines(), b"three");
        assert!(pipe.failure(8).is_none());
    }

    #[test]
    fn no_more_is_read_than_there_is_room() {
        let lines = b"0123456\n".repeat(100_000);
        let pipe = Pipe::start(io::Cursor::new(lines), 100_000).unwrap();
        wait_until(|| pipe.waiting() >= 100_000);
        let mut all = 0;
        while !(pipe.is_ended() && pipe.waiting() == 0) {
            assert!(pipe.waiting() < 100_000 + STEP as u64);
            let lines = pipe.lines();
            assert_eq!(lines.len() % 8, 0);
            all += lines.len();
            pipe.take(lines.len());
        }
        assert_eq!(all, 800_000);
    }
}
