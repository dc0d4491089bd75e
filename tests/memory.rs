//! Analyses of groups hold a share of the records at a time: of six times as many sessions they take hardly
//! more memory, where holding all of them at once does.
//!
//! A process of its own, since what is counted is what all of its threads hold.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by a panic, and says what it measured"
)]

use peak_alloc::PeakAlloc;
use std::path::Path;
use std::process::Command;
use tracekit::analysis;
use tracekit::query::{Engine, Predicate};
use tracekit::store::{Snapshot, Store};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Two of what is asked share by share; the others go through the same shares.
const ASKED: [&str; 2] = ["loops", "errors"];

/// A generated run has two sessions with half of them each.
const EVENTS_OF_A_RUN: u64 = 2000;

/// So many runs are few, and so many are many.
const FEW: u64 = 4;
const MANY: u64 = 24;

/// Plans of debug builds need more stack than the thread of a test has.
const STACK_BYTES: usize = 64 << 20;

fn tracekit(folder: &Path, args: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracekit"));
    let ended = command.current_dir(folder).args(args).output().unwrap();
    assert!(ended.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ended.stderr));
}

/// A store of so many runs.
fn store(folder: &Path, runs: u64) -> Snapshot {
    let name = format!("of-{runs}");
    let mut ingest = vec!["ingest".to_owned(), "--store".to_owned(), name.clone()];
    for seed in 1..=runs {
        let (seed, file) = (seed.to_string(), format!("run-{seed}.jsonl"));
        let events = EVENTS_OF_A_RUN.to_string();
        tracekit(
            folder,
            &["demo", "--seed", &seed, "--events", &events, "--plant", "all", "-o", &file],
        );
        ingest.push(file);
    }
    tracekit(folder, &ingest.iter().map(String::as_str).collect::<Vec<_>>());
    Store::open(&folder.join(name)).unwrap().snapshot().unwrap()
}

/// The most bytes that an answer holds beyond what was held before, with so many records held at once.
fn bytes_of(name: &str, snapshot: &Snapshot, held: u64) -> usize {
    let answer = || {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let engine = Engine::new(snapshot.clone(), Predicate::True).with_share_records(held);
        let report = analysis::find(name).unwrap().report(&engine).unwrap();
        assert!(!report.sections.is_empty());
        MEMORY.peak_usage().saturating_sub(before)
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        thread.spawn_scoped(scope, answer).unwrap().join().unwrap()
    })
}

#[test]
fn more_sessions_take_hardly_more_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (few, many) = (store(folder.path(), FEW), store(folder.path(), MANY));
    for name in ASKED {
        let of = |snapshot, held| bytes_of(name, snapshot, held) as f64 / f64::from(1 << 20);
        // The first answer of a process makes what lasts.
        let _ = of(&few, EVENTS_OF_A_RUN);
        let (of_few, of_many) = (of(&few, EVENTS_OF_A_RUN), of(&many, EVENTS_OF_A_RUN));
        let at_once = of(&many, u64::MAX);
        let told = format!(
            "{name}: {of_few:.1} MiB of {FEW} runs, {of_many:.1} of {MANY}, {at_once:.1} at once"
        );
        println!("{told}");
        assert!(of_many < 1.25 * of_few, "{told}");
        // Else there would be too few records to tell anything.
        assert!(at_once > 1.4 * of_many, "{told}");
    }
}
