//! Torture: what the program does when processes are killed, disks are full, files change under it,
//! bytes are flipped, and data is hostile.
//!
//! Each test has a short form for `cargo test` and a long one where `TRACEKIT_SOAK` is 1; `just soak`
//! runs those with an optimised program. A long form prints a line with its figure. Random choices
//! begin at a fixed seed; `TRACEKIT_SEED` is another.

mod changes;
mod damage;
mod full_disk;
mod fuzzing;
mod hostile;
mod kills;
mod large;
mod order;
mod refusals;
mod signals;
mod together;
mod watch;

use super::runner::{Sandbox, event};
use std::fmt::{Display, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Whether the long form runs.
fn is_long() -> bool {
    std::env::var_os("TRACEKIT_SOAK").is_some_and(|value| value == "1")
}

/// `short` in the test suite, `long` in the long form.
fn short_or_long<T>(short: T, long: T) -> T {
    if is_long() { long } else { short }
}

/// Prints the figure of a long form.
fn say_figure(what: &str, figure: impl Display) {
    if is_long() {
        eprintln!("soak: {what}: {figure}");
    }
}

/// Says why a test leaves something out.
fn say_skipped(what: &str, why: &str) {
    eprintln!("skipped: {what}: {why}");
}

/// Marsaglia's xorshift: the same numbers every time.
struct Random(u64);

impl Random {
    /// Numbers of their own for each `purpose`.
    fn new(purpose: u64) -> Self {
        let seed = std::env::var("TRACEKIT_SEED").ok().and_then(|seed| seed.parse().ok());
        let mut random = Self(seed.unwrap_or(88_172_645_463_325_252_u64) ^ purpose << 17 | 1);
        for _ in 0..8 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// One of `0..end`.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}

/// So many events, a line each, with ids `{prefix}0`, …, over about three days.
fn lines_over_days(prefix: &str, count: usize) -> String {
    let step = 3 * 86_400_000 / i64::try_from(count).unwrap();
    (0..count).fold(String::new(), |mut text, i| {
        let millis = 1_760_000_000_000 + i64::try_from(i).unwrap() * step;
        let _ = writeln!(text, "{}", event(&format!("{prefix}{i}"), millis, "AGENT_IDLE", "{}"));
        text
    })
}

/// Whether the program has this command, such as `["store", "verify"]`.
fn has_command(path: &[&str]) -> bool {
    let mut command = tracekit::cli::command();
    path.iter().all(|name| {
        let found = command.find_subcommand(name).cloned();
        command = found.clone().unwrap_or_default();
        found.is_some()
    })
}

/// All files below a folder, sorted; none where it is not there.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { files_below(&path) } else { vec![path] };
    let mut found: Vec<PathBuf> = paths.flat_map(below).collect();
    found.sort();
    found
}

/// Whether this program is installed and starts.
fn has_program(name: &str) -> bool {
    Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Whether the tests run as root.
fn is_root() -> bool {
    static IS_ROOT: OnceLock<bool> = OnceLock::new();
    *IS_ROOT.get_or_init(|| {
        let output = Command::new("id").arg("-u").output();
        output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
    })
}

/// Rows and different ids of each source, sorted by source.
#[track_caller]
fn count_by_source(sandbox: &Sandbox, store: &str) -> Vec<(String, u64, u64)> {
    let sql = "SELECT source, COUNT(*) AS n, COUNT(DISTINCT id) AS ids FROM records \
               GROUP BY source ORDER BY source NULLS LAST";
    let rows = sandbox.rows(&["sql", sql, "--store", store, "--format", "jsonl"]);
    rows.iter()
        .map(|row| {
            let count = |name: &str| row[name].as_u64().unwrap();
            (row["source"].as_str().unwrap().to_owned(), count("n"), count("ids"))
        })
        .collect()
}

/// Asserts that the store is whole by its own check.
#[track_caller]
fn assert_verified(sandbox: &Sandbox, store: &str) {
    if has_command(&["store", "verify"]) {
        let outcome = sandbox.run(["store", "verify", "--store", store, "-q"]);
        assert_eq!(outcome.code(), Some(0), "{outcome:?}");
    }
}
