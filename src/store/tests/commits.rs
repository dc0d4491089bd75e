//! Commits: all or nothing, once, in any company.

use super::*;
use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use std::fs;

fn reject(line: u64) -> RejectRow {
    RejectRow {
        line,
        offset: line * 10,
        length: 9,
        category: "invalid_json",
        message: format!("line {line}"),
        excerpt: b"{\xff".to_vec(),
    }
}

#[test]
fn sources_are_committed_and_remembered() {
    let (_folder, store) = new_store();
    let done = ingest(&store, "a:1 %.jsonl", &["1", "2"]).unwrap();
    assert_eq!((done.version, done.files_written), (1, 1));
    ingest(&store, "b", &["3"]).unwrap();
    assert_eq!(ids(&store), ["1", "2", "3"]);
    let snapshot = Store::open(store.root()).unwrap().snapshot().unwrap();
    assert_eq!((snapshot.version, snapshot.rows()), (2, 3));
    let state = &snapshot.sources["a:1 %.jsonl"];
    assert_eq!(state, &done.state);
    assert_eq!((state.len, state.hash, state.format.as_deref()), (20, 7, Some("generic")));
    assert_eq!((state.rejects, &state.rejects_file), (0, &None));
    assert_eq!(snapshot.sources.len(), 2);
    let in_log: BTreeSet<_> = snapshot.files.iter().map(|file| file.path.clone()).collect();
    assert_eq!(files_on_disk(&store), in_log, "nothing is left behind");
}

#[test]
fn a_hash_of_128_bits_survives_and_so_does_another_format() {
    let (_folder, store) = new_store();
    let hash = 0xfedc_ba98_7654_3210_8123_4567_89ab_cdef;
    let base = store.snapshot().unwrap();
    let done = begin(&store, &base, "s").commit(u64::MAX, hash, CommitInfo::default()).unwrap();
    assert_eq!((done.state.hash, done.state.len), (hash, u64::MAX));
    let mut snapshot = base.clone();
    assert!(snapshot.refresh().unwrap());
    assert_eq!(snapshot.sources["s"], done.state);
    let source = SourceCommit {
        id: "s".to_owned(),
        format: "my format".to_owned(),
        from: 0,
        expected: Some(done.state),
    };
    let next = Transaction::begin(&store, &base, source).unwrap();
    let done = next.commit(1, 2, CommitInfo::default()).unwrap();
    assert_eq!(done.state.format.as_deref(), Some("my format"));
    assert_eq!(store.snapshot().unwrap().sources["s"], done.state);
    assert!(snapshot.refresh().unwrap());
    assert!(!snapshot.refresh().unwrap());
    assert_eq!(snapshot.sources["s"], done.state);
}

#[test]
fn the_same_source_is_not_committed_twice() {
    let (_folder, store) = new_store();
    let base = store.snapshot().unwrap();
    let mut late = begin(&store, &base, "s");
    ingest(&store, "other", &["0"]).unwrap();
    ingest(&store, "s", &["1"]).unwrap();
    let before = files_on_disk(&store);
    let mut builder = BatchBuilder::new("s", "generic");
    builder.append(&event("1", DAY));
    append_all(&mut late, &mut builder);
    late.reject(reject(1));
    let info = CommitInfo { rows: 1, rejects: 1, ..CommitInfo::default() };
    let error = late.commit(10, 7, info).unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { id } if id == "s"), "{error}");
    assert_eq!(files_on_disk(&store), before);
    assert_eq!(ids(&store), ["0", "1"]);
}

#[test]
fn a_transaction_that_is_dropped_leaves_nothing() {
    let (_folder, store) = new_store();
    ingest(&store, "s", &["1"]).unwrap();
    let before = files_on_disk(&store);
    let base = store.snapshot().unwrap();
    let mut transaction = begin(&store, &base, "t");
    let mut builder = BatchBuilder::new("t", "generic");
    for day in 0..40 {
        builder.append(&event("x", DAY + day * 86_400_000_000));
    }
    append_all(&mut transaction, &mut builder);
    assert!(files_on_disk(&store).len() > before.len());
    drop(transaction);
    assert_eq!(files_on_disk(&store), before);
    assert_eq!(store.snapshot().unwrap().version, 1);
}

#[test]
fn many_partitions_need_few_open_files() {
    let (_folder, store) = new_store();
    let base = store.snapshot().unwrap();
    let mut transaction = begin(&store, &base, "t");
    let mut builder = BatchBuilder::new("t", "generic");
    for round in 0..2 {
        for day in 0..40 {
            let id = format!("{round} {day}");
            builder.append(&event(&id, DAY + day * 86_400_000_000 + round));
        }
        append_all(&mut transaction, &mut builder);
    }
    transaction.commit(1, 1, CommitInfo { rows: 80, ..CommitInfo::default() }).unwrap();
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.rows(), 80);
    let days: BTreeSet<_> = snapshot.files.iter().map(|file| file.date).collect();
    assert_eq!(days.len(), 40);
}

#[test]
fn what_a_crash_leaves_is_not_in_the_store() {
    let (_folder, store) = new_store();
    ingest(&store, "s", &["1"]).unwrap();
    let snapshot = store.snapshot().unwrap();
    let part = snapshot.path_of(&snapshot.files[0]);
    fs::copy(&part, part.with_file_name("part-uncommitted.parquet")).unwrap();
    fs::write(store.root().join("_tracekit/tmp/half.parquet"), "PAR1").unwrap();
    fs::write(store.root().join("_tracekit/tmp/half.json"), "{\"add\":").unwrap();
    assert_eq!(store.snapshot().unwrap().files.len(), 1);
    assert_eq!(ids(&store), ["1"]);
    ingest(&store, "t", &["2"]).unwrap();
    assert_eq!(ids(&store), ["1", "2"]);
}

#[test]
fn a_source_is_replaced_in_one_commit() {
    let (_folder, store) = new_store();
    ingest(&store, "other", &["0"]).unwrap();
    ingest(&store, "s", &["1", "2"]).unwrap();
    let base = store.snapshot().unwrap();
    let mut transaction = begin(&store, &base, "s");
    transaction.reject(reject(4));
    let info = CommitInfo { rejects: 1, ..CommitInfo::default() };
    let appended = transaction.commit(30, 8, info).unwrap();
    let source = SourceCommit {
        id: "s".to_owned(),
        format: "generic".to_owned(),
        from: 0,
        expected: Some(appended.state),
    };
    // `base` is older than the last commit: the files to replace are found all the same.
    let mut transaction = Transaction::begin(&store, &base, source).unwrap();
    transaction.replace_source();
    let mut builder = BatchBuilder::new("s", "generic");
    builder.append(&event("3", DAY));
    append_all(&mut transaction, &mut builder);
    let info = CommitInfo { rows: 1, ..CommitInfo::default() };
    let done = transaction.commit(40, 9, info).unwrap();
    assert_eq!((done.state.rejects, &done.state.rejects_file), (0, &None));
    assert_eq!(ids(&store), ["0", "3"]);
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.sources["s"], done.state);
    assert!(read_rejects(&snapshot).unwrap().is_empty());
    assert_eq!(ids_of(&base), ["0", "1", "2"], "an older snapshot keeps its files");
}

fn ids_of(snapshot: &Snapshot) -> Vec<String> {
    let batches = round_trip::read_all(snapshot);
    batches.iter().flat_map(|batch| round_trip::texts(batch, "id")).flatten().collect()
}

/// Source, line and excerpt of all rejects.
fn rejects(store: &Store) -> Vec<(String, i64, String)> {
    let mut rows = Vec::new();
    for batch in read_rejects(&store.snapshot().unwrap()).unwrap() {
        let line = batch.column_by_name("line").unwrap().as_primitive::<Int64Type>().clone();
        let (sources, excerpts) =
            (round_trip::texts(&batch, "source"), round_trip::texts(&batch, "excerpt"));
        for row in 0..batch.num_rows() {
            let source = sources[row].clone().unwrap();
            rows.push((source, line.value(row), excerpts[row].clone().unwrap()));
        }
    }
    rows
}

#[test]
fn rejects_add_up_over_commits() {
    let (_folder, store) = new_store();
    for (source, lines) in [("s", vec![2, 5]), ("t", vec![1]), ("s", vec![]), ("s", vec![9])] {
        let base = store.snapshot().unwrap();
        let mut transaction = begin(&store, &base, source);
        for line in &lines {
            transaction.reject(reject(*line));
        }
        let rejects = lines.len() as u64;
        let info = CommitInfo { rejects, ..CommitInfo::default() };
        transaction.commit(100, 1, info).unwrap();
    }
    let row = |source: &str, line| (source.to_owned(), line, "{\u{fffd}".to_owned());
    assert_eq!(rejects(&store), [row("s", 2), row("s", 5), row("s", 9), row("t", 1)]);
    let snapshot = store.snapshot().unwrap();
    assert_eq!((snapshot.sources["s"].rejects, snapshot.sources["t"].rejects), (3, 1));
}

#[test]
fn more_rejects_than_fit_into_memory_are_kept_in_order() {
    let (_folder, store) = new_store();
    for _ in 0..2 {
        let base = store.snapshot().unwrap();
        let mut transaction = begin(&store, &base, "s");
        (0..20_000).for_each(|line| transaction.reject(reject(line)));
        let info = CommitInfo { rejects: 20_000, ..CommitInfo::default() };
        transaction.commit(100, 1, info).unwrap();
    }
    let lines: Vec<_> = rejects(&store).into_iter().map(|(_, line, _)| line).collect();
    assert_eq!(lines, (0..20_000).chain(0..20_000).collect::<Vec<_>>());
}

#[test]
fn a_wrong_count_commits_nothing() {
    let (_folder, store) = new_store();
    let base = store.snapshot().unwrap();
    let mut transaction = begin(&store, &base, "s");
    let mut builder = BatchBuilder::new("s", "generic");
    builder.append(&event("1", DAY));
    append_all(&mut transaction, &mut builder);
    let info = CommitInfo { rows: 2, ..CommitInfo::default() };
    let error = transaction.commit(1, 1, info).unwrap_err();
    assert!(matches!(error, StoreError::Miscounted { counted: 2, written: 1, .. }), "{error}");
    assert!(files_on_disk(&store).is_empty());
    assert_eq!(store.snapshot().unwrap().version, 0);
}

#[test]
fn many_threads_commit_different_sources() {
    let (_folder, store) = new_store();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for round in 0..4 {
                    let name = format!("source {thread} {round}");
                    ingest(store, &name, &[&name]).unwrap();
                }
            });
        }
    });
    let snapshot = store.snapshot().unwrap();
    assert_eq!((snapshot.version, snapshot.sources.len()), (32, 32));
    let found: BTreeSet<_> = ids(&store).into_iter().collect();
    assert_eq!(found.len(), 32);
    assert!(!files_on_disk(&store).iter().any(|file| file.contains("tmp/")));
}

#[test]
fn of_many_threads_with_the_same_source_one_commits() {
    let (_folder, store) = new_store();
    ingest(&store, "other", &["0"]).unwrap();
    let base = store.snapshot().unwrap();
    let commit = || {
        let mut transaction = begin(&store, &base, "s");
        let mut builder = BatchBuilder::new("s", "generic");
        builder.append(&event("1", DAY));
        append_all(&mut transaction, &mut builder);
        transaction.commit(10, 7, CommitInfo { rows: 1, ..CommitInfo::default() })
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(commit)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let is_conflict = |error: &StoreError| matches!(error, StoreError::Conflict { .. });
    assert!(results.iter().filter_map(|result| result.as_ref().err()).all(is_conflict));
    assert_eq!(ids(&store), ["0", "1"]);
    assert_eq!(files_on_disk(&store).len(), 2);
}

#[test]
fn rows_that_another_tool_merged_are_not_replaced() {
    let (_folder, store) = new_store();
    ingest(&store, "s", &["1"]).unwrap();
    let base = store.snapshot().unwrap();
    // What a compaction by another tool looks like: the tags are gone.
    let entry = log::commit_path(store.root(), 1);
    let text = fs::read_to_string(&entry).unwrap();
    let tags = text.find(",\"tags\":{").unwrap()..text.rfind("}}}").unwrap() + 1;
    fs::write(&entry, text.replace(&text[tags], "")).unwrap();
    assert_eq!(store.snapshot().unwrap().files[0].rows, 1, "the statistics say it too");
    let merged = store.snapshot().unwrap();
    assert_eq!((&merged.sources, &merged.files[0].source), (&base.sources, &None));
    let mut transaction = begin(&store, &merged, "s");
    transaction.replace_source();
    let error = transaction.commit(1, 1, CommitInfo::default()).unwrap_err().to_string();
    assert!(error.contains("`s` cannot be replaced"), "{error}");
}

#[test]
fn look_ups_open_only_files_that_may_match() {
    let (_folder, store) = new_store();
    ingest(&store, "a", &["a1", "a3", "a5"]).unwrap();
    ingest(&store, "b", &["a2", "a4"]).unwrap();
    ingest(&store, "c", &["c1"]).unwrap();
    let snapshot = store.snapshot().unwrap();
    let sources = |values: &[&str]| {
        let found = candidates(&snapshot, LookupColumn::Id, values).unwrap();
        found.iter().map(|file| file.source.clone().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(sources(&["a3"]), ["a"], "statistics allow b too, its bloom filter does not");
    assert_eq!(sources(&["a2", "c1"]), ["b", "c"]);
    assert!(sources(&["zzz"]).is_empty());
    assert!(candidates(&snapshot, LookupColumn::SessionId, &["x"]).unwrap().is_empty());
    assert!(candidates(&snapshot, LookupColumn::ParentId, &["x"]).unwrap().is_empty());
    // What the log rules out is not even opened.
    fs::write(snapshot.path_of(&snapshot.files[2]), "garbage").unwrap();
    let found = find(&snapshot, LookupColumn::Id, "a4").unwrap();
    assert_eq!(found.iter().map(arrow::array::RecordBatch::num_rows).sum::<usize>(), 1);
    assert!(find(&snapshot, LookupColumn::Id, "a9").unwrap().is_empty());
    let error = find(&snapshot, LookupColumn::Id, "c1").unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}
