//! Opening and decoding Parquet files that may be damaged.
//!
//! The parquet crate can panic on damaged pages. A panic in here becomes an error that names the
//! file, and no trace of it reaches the user.

use super::StoreError;
use parquet::errors::ParquetError;
use std::cell::Cell;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is expected and caught.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

static QUIET_HOOK: Once = Once::new();

/// Runs `decode` on the file at `path`; a panic in it is a damaged file.
pub(super) fn guard<T>(
    path: &Path,
    decode: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    QUIET_HOOK.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                report(panic);
            }
        }));
    });
    let before = IS_GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(decode));
    IS_GUARDED.set(before);
    result.unwrap_or_else(|_| Err(StoreError::damaged(path, "its pages cannot be decoded")))
}

/// Makes the error of decoding the file at `path`.
pub(super) fn decoding_error(path: &Path) -> impl Fn(ParquetError) -> StoreError {
    move |error| match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(source) if source.kind() != io::ErrorKind::UnexpectedEof => {
                StoreError::Io { operation: "read", path: path.to_owned(), source: *source }
            }
            Ok(source) => StoreError::damaged(path, source.to_string()),
            Err(source) => StoreError::damaged(path, source.to_string()),
        },
        error => StoreError::damaged(path, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_damaged_file_and_later_panics_are_loud_again() {
        let path = Path::new("part.parquet");
        let error = guard::<()>(path, || panic!("out of range")).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("part.parquet"));
        assert!(!IS_GUARDED.get());
        assert!(guard(path, || guard(path, || Ok(IS_GUARDED.get()))).unwrap());
    }
}
