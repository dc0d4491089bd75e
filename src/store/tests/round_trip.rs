//! Values of every type, through columns, pages and files.

use super::*;
use crate::model::schema::RECORDS;
use crate::model::{Edge, MetricType, Status};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Encoding;
use std::fs::File;

/// Reads all files of a snapshot as they are, without what the log knows.
pub(super) fn read_all(snapshot: &Snapshot) -> Vec<RecordBatch> {
    let read = |file: &DataFile| {
        let file = File::open(snapshot.locate(file).unwrap()).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        reader.map(Result::unwrap).collect::<Vec<_>>()
    };
    snapshot.files.iter().flat_map(read).collect()
}

pub(super) fn texts(batch: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(column).unwrap().as_string::<i32>();
    column.iter().map(|text| text.map(str::to_owned)).collect()
}

fn text(batch: &RecordBatch, column: &str, row: usize) -> Option<String> {
    texts(batch, column).swap_remove(row)
}

fn integer(batch: &RecordBatch, column: &str, row: usize) -> Option<i64> {
    let column = batch.column_by_name(column).unwrap().as_primitive::<Int64Type>();
    column.is_valid(row).then(|| column.value(row))
}

/// A record with a value in every column.
fn full_record(id: &str, time_us: i64) -> Record<'_> {
    Record {
        kind: Kind::Span,
        time_us,
        duration_ns: Some(i64::MAX),
        record_type: "LLM",
        name: Some("name\u{1f980}"),
        id,
        parent_id: Some("parent"),
        trace_id: Some("trace"),
        session_id: Some("session"),
        swarm_id: Some("swarm"),
        correlation_id: Some("correlation"),
        agent: Some("agent"),
        peer: Some("peer"),
        component: Some("component"),
        operation: Some("operation"),
        tool: Some("tool"),
        model: Some("model"),
        task_id: Some("task"),
        message_id: Some("message"),
        status: Status::Timeout,
        severity: Some("high"),
        error_type: Some("TimeoutError"),
        error_message: Some("took\ntoo \"long\"\0"),
        input_tokens: Some(i64::MIN),
        output_tokens: Some(0),
        cache_read_tokens: Some(1),
        cache_write_tokens: Some(-1),
        cost_microusd: Some(1_234_567),
        value: Some(-0.0),
        unit: Some("%"),
        metric_type: Some(MetricType::Gauge),
        tags: &["a", "", "ü"],
        interval_key: Some("task:task"),
        interval_edge: Some(Edge::Begin),
        labels: Some("{\"k\":\"v\"}"),
        data: Some("{\"a\": [1, 2]}"),
        extra: Some("{}"),
        source_offset: u64::try_from(i64::MAX).unwrap(),
    }
}

#[test]
fn every_column_comes_back() {
    let (_folder, store) = new_store();
    let base = store.snapshot().unwrap();
    let mut builder = BatchBuilder::new("dir/ü file.jsonl", "claude-flow");
    builder.append(&full_record("one", DAY));
    builder.append(&Record { kind: Kind::Span, ..event("two", DAY + 1) });
    assert_eq!(builder.rows(), 2);
    assert!(builder.bytes() > 100);
    let mut transaction = begin(&store, &base, "dir/ü file.jsonl");
    append_all(&mut transaction, &mut builder);
    transaction.commit(9, 9, CommitInfo { rows: 2, ..CommitInfo::default() }).unwrap();

    let snapshot = store.snapshot().unwrap();
    let batch = find(&snapshot, LookupColumn::Id, "one").unwrap().pop().unwrap();
    let names: Vec<_> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, RECORDS.iter().map(|column| column.name).collect::<Vec<_>>());
    assert_eq!(batch.num_rows(), 1);
    for (column, array) in RECORDS.iter().zip(batch.columns()) {
        assert!(array.is_valid(0), "{} is null", column.name);
    }
    for (column, expected) in [
        ("kind", "span"),
        ("type", "LLM"),
        ("name", "name\u{1f980}"),
        ("id", "one"),
        ("parent_id", "parent"),
        ("trace_id", "trace"),
        ("session_id", "session"),
        ("swarm_id", "swarm"),
        ("correlation_id", "correlation"),
        ("agent", "agent"),
        ("peer", "peer"),
        ("component", "component"),
        ("operation", "operation"),
        ("tool", "tool"),
        ("model", "model"),
        ("task_id", "task"),
        ("message_id", "message"),
        ("status", "timeout"),
        ("severity", "high"),
        ("error_type", "TimeoutError"),
        ("error_message", "took\ntoo \"long\"\0"),
        ("unit", "%"),
        ("metric_type", "gauge"),
        ("interval_key", "task:task"),
        ("interval_edge", "begin"),
        ("labels", "{\"k\":\"v\"}"),
        ("data", "{\"a\": [1, 2]}"),
        ("extra", "{}"),
        ("source", "dir/ü file.jsonl"),
        ("source_format", "claude-flow"),
    ] {
        assert_eq!(text(&batch, column, 0).as_deref(), Some(expected), "{column}");
    }
    for (column, expected) in [
        ("duration_ns", i64::MAX),
        ("input_tokens", i64::MIN),
        ("output_tokens", 0),
        ("cache_read_tokens", 1),
        ("cache_write_tokens", -1),
        ("cost_microusd", 1_234_567),
        ("source_offset", i64::MAX),
    ] {
        assert_eq!(integer(&batch, column, 0), Some(expected), "{column}");
    }
    let time = batch.column_by_name("time").unwrap();
    assert_eq!(time.as_primitive::<TimestampMicrosecondType>().value(0), DAY);
    let date = batch.column_by_name("date").unwrap();
    assert_eq!(date.as_primitive::<Date32Type>().value(0), 20_777);
    let value = batch.column_by_name("value").unwrap().as_primitive::<Float64Type>().value(0);
    assert_eq!(value.to_bits(), (-0.0_f64).to_bits());
    let tags = batch.column_by_name("tags").unwrap().as_list::<i32>().value(0);
    let tags: Vec<_> = tags.as_string::<i32>().iter().flatten().map(str::to_owned).collect();
    assert_eq!(tags, ["a", "", "ü"]);

    let batch = find(&snapshot, LookupColumn::Id, "two").unwrap().pop().unwrap();
    for (column, array) in RECORDS.iter().zip(batch.columns()) {
        assert_eq!(array.is_null(0), column.nullable, "{}", column.name);
    }
    assert_eq!(text(&batch, "status", 0).as_deref(), Some("unset"));
}

#[test]
fn columns_without_values_are_left_out_and_partitions_are_split() {
    let mut builder = BatchBuilder::new("s", "f");
    builder.append(&Record { kind: Kind::Metric, value: Some(1.5), ..event("c", -1) });
    builder.append(&event("b", DAY));
    builder.append(&event("a", DAY - 1));
    builder.append(&Record { agent: Some("x"), ..event("d", DAY + 1) });
    let groups = builder.finish().unwrap();
    let keys: Vec<_> = groups.iter().map(|group| (group.kind, group.date)).collect();
    assert_eq!(keys, [(Kind::Event, 20_776), (Kind::Event, 20_777), (Kind::Metric, -1)]);
    let names = |group: &EncodedRowGroup| {
        group.columns.columns().map(|(_, column)| column.name).collect::<Vec<_>>().join(" ")
    };
    let required = "time type id status source source_format source_offset";
    assert_eq!(names(&groups[0]), required);
    assert_eq!(names(&groups[1]), required.replace(" status", " agent status"));
    assert_eq!(names(&groups[2]), required.replace(" source ", " value source "));
    assert_eq!((builder.rows(), builder.bytes()), (0, 0));
    assert!(builder.finish().unwrap().is_empty());
}

#[test]
fn rows_are_sorted_by_time_and_equal_times_keep_their_order() {
    let (_folder, store) = new_store();
    let base = store.snapshot().unwrap();
    let mut builder = BatchBuilder::new("s", "f");
    for (id, time) in [("d", 5), ("b", 3), ("e", 5), ("a", 1), ("c", 3), ("f", 5)] {
        builder.append(&Record { tags: &["t"], data: Some(id), ..event(id, DAY + time) });
    }
    let mut transaction = begin(&store, &base, "s");
    append_all(&mut transaction, &mut builder);
    transaction.commit(9, 9, CommitInfo { rows: 6, ..CommitInfo::default() }).unwrap();
    assert_eq!(ids(&store), ["a", "b", "c", "d", "e", "f"]);
    let snapshot = store.snapshot().unwrap();
    assert_eq!(texts(&read_all(&snapshot)[0], "data").concat_all(), "abcdef");
    assert_eq!(snapshot.files[0].stats.time_us, Some((DAY + 1, DAY + 5)));
}

#[test]
fn rows_are_grouped_by_type_and_metrics_by_name() {
    let (_folder, store) = new_store();
    let base = store.snapshot().unwrap();
    let mut builder = BatchBuilder::new("s", "f");
    for (id, record_type, time) in
        [("1", "STOP", 1), ("2", "GO", 2), ("3", "STOP", 0), ("4", "GO", 2), ("5", "GO", 1)]
    {
        builder.append(&Record { record_type, ..event(id, DAY + time) });
    }
    for (id, name, time) in
        [("6", Some("b"), 1), ("7", None, 2), ("8", Some("a"), 3), ("9", None, 1)]
    {
        let record = Record { kind: Kind::Metric, name, value: Some(1.0), ..event(id, DAY + time) };
        builder.append(&record);
    }
    let mut transaction = begin(&store, &base, "s");
    append_all(&mut transaction, &mut builder);
    transaction.commit(9, 9, CommitInfo { rows: 9, ..CommitInfo::default() }).unwrap();
    assert_eq!(ids(&store), ["5", "2", "4", "3", "1", "9", "7", "8", "6"]);
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.files[0].stats.time_us, Some((DAY, DAY + 2)));
    assert_eq!(snapshot.files[1].stats.time_us, Some((DAY + 1, DAY + 3)));
}

#[test]
fn texts_that_begin_alike_come_back() {
    let (_folder, store) = new_store();
    let base = store.snapshot().unwrap();
    let mut builder = BatchBuilder::new("s", "f");
    let id = |row: i64| match row % 50 {
        0 => "tr".to_owned(),
        1 => "trace-".to_owned(),
        _ => format!("trace-{:08x}", row.wrapping_mul(2_654_435_761) & 0xffff_ffff),
    };
    for row in 0..3000 {
        builder.append(&event(&id(row), DAY + row));
    }
    let mut transaction = begin(&store, &base, "s");
    append_all(&mut transaction, &mut builder);
    transaction.commit(9, 9, CommitInfo { rows: 3000, ..CommitInfo::default() }).unwrap();
    assert_eq!(ids(&store), (0..3000).map(id).collect::<Vec<_>>());
    let snapshot = store.snapshot().unwrap();
    let opened = File::open(snapshot.path_of(&snapshot.files[0])).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(opened).unwrap();
    let group = reader.metadata().row_group(0);
    let column = group.columns().iter().find(|column| column.column_path().string() == "id");
    assert!(column.unwrap().encodings().any(|encoding| encoding == Encoding::DELTA_BYTE_ARRAY));
}

trait ConcatAll {
    fn concat_all(self) -> String;
}

impl ConcatAll for Vec<Option<String>> {
    fn concat_all(self) -> String {
        self.into_iter().flatten().collect()
    }
}

#[test]
fn pages_of_many_rows_come_back_with_their_nulls() {
    // Over several pages (65,536 rows, 1 MiB), with runs, dictionaries and plain texts.
    let (_folder, store) = new_store();
    let base = store.snapshot().unwrap();
    let mut builder = BatchBuilder::new("s", "f");
    let rows = 70_001;
    let long = "x".repeat(300);
    let row_agent = |row: i64| (row % 3 != 0).then(|| format!("agent {}", row / 100 % 17));
    let row_data = |row: i64| (row % 5 != 0).then(|| format!("{row} {long}"));
    let row_trace = |row: i64| (row > 30_000).then(|| format!("trace {row}"));
    for row in 0..rows {
        let id = format!("id {row}");
        let (agent, data, trace_id) = (row_agent(row), row_data(row), row_trace(row));
        builder.append(&Record {
            agent: agent.as_deref(),
            data: data.as_deref(),
            trace_id: trace_id.as_deref(),
            output_tokens: (row % 7 == 0).then_some(row),
            ..event(&id, DAY + row)
        });
    }
    let mut transaction = begin(&store, &base, "s");
    append_all(&mut transaction, &mut builder);
    let info = CommitInfo { rows: u64::try_from(rows).unwrap(), ..CommitInfo::default() };
    transaction.commit(9, 9, info).unwrap();
    let snapshot = store.snapshot().unwrap();
    let mut row = 0;
    for batch in read_all(&snapshot) {
        let (agents, data) = (texts(&batch, "agent"), texts(&batch, "data"));
        let (traces, ids) = (texts(&batch, "trace_id"), texts(&batch, "id"));
        for i in 0..batch.num_rows() {
            assert_eq!(ids[i].as_deref(), Some(format!("id {row}").as_str()));
            assert_eq!(agents[i], row_agent(row), "agent of row {row}");
            assert_eq!(data[i], row_data(row), "data of row {row}");
            assert_eq!(traces[i], row_trace(row), "trace of row {row}");
            assert_eq!(integer(&batch, "output_tokens", i), (row % 7 == 0).then_some(row));
            row += 1;
        }
    }
    assert_eq!(row, rows);
    // The offset index lets a reader skip to one row.
    let found = find(&snapshot, LookupColumn::TraceId, "trace 49999").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(text(&found[0], "data", 0), row_data(49_999));
    assert_eq!(text(&found[0], "agent", 0), row_agent(49_999));
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let write = || {
        let (_folder, store) = new_store();
        let base = store.snapshot().unwrap();
        let mut builder = BatchBuilder::new("s", "f");
        let mut transaction = begin(&store, &base, "s");
        for chunk in 0..3 {
            for row in 0..500 {
                let id = format!("{chunk} {row}");
                let kind = Kind::ALL[row % 4];
                let time = DAY + i64::try_from(row).unwrap() * 600_000_000;
                builder.append(&Record { kind, ..full_record(&id, time) });
            }
            append_all(&mut transaction, &mut builder);
        }
        let info = CommitInfo { rows: 1500, ..CommitInfo::default() };
        transaction.commit(9, 9, info).unwrap();
        let snapshot = store.snapshot().unwrap();
        snapshot
            .files
            .into_iter()
            .map(|file| (file.kind, file.date, file.blake3))
            .collect::<Vec<_>>()
    };
    let first = write();
    assert_eq!(first, write());
    assert!(first.len() >= 8, "several partitions");
}

#[test]
fn a_new_column_begins_a_new_part_and_a_missing_one_is_null() {
    let (_folder, store) = new_store();
    let base = store.snapshot().unwrap();
    let mut builder = BatchBuilder::new("s", "f");
    let mut transaction = begin(&store, &base, "s");
    let agent = Some("x");
    let tags: &[&str] = &["t"];
    for record in [
        Record { agent, ..event("1", DAY) },
        event("2", DAY + 1),
        Record { tags, value: Some(2.5), input_tokens: Some(3), ..event("3", DAY + 2) },
        Record { agent, ..event("4", DAY + 3) },
    ] {
        builder.append(&record);
        append_all(&mut transaction, &mut builder);
    }
    let done = transaction.commit(9, 9, CommitInfo { rows: 4, ..CommitInfo::default() }).unwrap();
    assert_eq!(done.files_written, 2);
    assert_eq!(ids(&store), ["1", "2", "3", "4"]);
    let snapshot = store.snapshot().unwrap();
    let rows: Vec<_> = snapshot.files.iter().map(|file| file.rows).collect();
    assert_eq!(rows, [2, 2]);
    let batches = read_all(&snapshot);
    assert_eq!(texts(&batches[0], "agent"), [Some("x".to_owned()), None]);
    assert!(batches[0].column_by_name("tags").is_none());
    // The second part has every column seen so far, `agent` too, which its first group lacks.
    let second = arrow::compute::concat_batches(&batches[1].schema(), &batches[1..]).unwrap();
    assert_eq!(texts(&second, "agent"), [None, Some("x".to_owned())]);
    assert_eq!(integer(&second, "input_tokens", 0), Some(3));
    assert_eq!(integer(&second, "input_tokens", 1), None);
    assert!(second.column_by_name("tags").unwrap().is_null(1));
    assert!(second.column_by_name("value").unwrap().is_null(1));
    assert_eq!(snapshot.files[1].stats.agent.null_count, Some(1));
    assert_eq!(snapshot.files[1].stats.agent.min.as_deref(), Some("x"));
}

#[test]
fn files_are_as_other_readers_like_them() {
    let (_folder, store) = new_store();
    ingest(&store, "s", &["a", "b"]).unwrap();
    let snapshot = store.snapshot().unwrap();
    let file = &snapshot.files[0];
    assert!(file.path.starts_with("kind=event/date=2026-11-20/part-"), "{}", file.path);
    let opened = File::open(snapshot.path_of(file)).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(opened).unwrap();
    let footer = builder.metadata().file_metadata();
    let keys: Vec<_> =
        footer.key_value_metadata().into_iter().flatten().map(|pair| pair.key.clone()).collect();
    assert_eq!(keys, ["tracekit.version"], "no embedded Arrow schema");
    let group = builder.metadata().row_group(0);
    assert!(group.sorting_columns().is_none(), "by type and time, which it cannot say");
    for column in group.columns() {
        let name = column.column_path().string();
        let prunes = ["time", "id", "type", "status"].contains(&name.as_str());
        assert_eq!(column.statistics().is_some(), prunes, "{name}");
        assert_eq!(column.bloom_filter_offset().is_some(), name == "id", "{name}");
    }
    assert_eq!(
        builder.schema().field(0).data_type(),
        &DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some("UTC".into()),)
    );
    let bytes = std::fs::read(snapshot.path_of(file)).unwrap();
    assert_eq!(file.blake3, blake3::hash(&bytes).to_hex().to_string());
    assert_eq!(file.bytes, bytes.len() as u64);
    assert_eq!((file.source.as_deref(), file.format.as_deref()), (Some("s"), Some("generic")));
}
