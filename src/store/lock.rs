//! The store's lock: appenders share it, whoever rewrites the store takes it alone.

use super::StoreError;
use super::disk::{Disk, io_error};
use std::fs::{File, TryLockError};
use std::path::Path;

/// Holds the store's lock until it is dropped.
#[derive(Debug)]
pub struct LockGuard {
    /// Closing it gives up the lock.
    _file: File,
}

impl LockGuard {
    /// Takes the lock together with others who append.
    pub(super) fn share(disk: Disk, root: &Path) -> Result<Self, StoreError> {
        let path = root.join("_tracekit").join("lock");
        let file = disk.open_lock(&path)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                let holder = disk.read(&path).ok().flatten().unwrap_or_default();
                let holder = String::from_utf8_lossy(&holder);
                let holder = holder.trim();
                let by = if holder.is_empty() { String::new() } else { format!(" by {holder}") };
                Err(StoreError::Locked { path, by })
            }
            Err(TryLockError::Error(error)) => Err(io_error("lock", &path)(error)),
        }
    }
}
