//! Records into columns: one builder per thread, split by partition, emptied after each chunk.

use super::builders::{ChoiceColumn, ListColumn, NumberColumn, TextColumn, constant};
use super::calendar::day_of;
use crate::model::{Edge, Kind, MetricType, Record};
use arrow::array::{ArrayRef, RecordBatch, TimestampMicrosecondArray, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema};
use std::collections::HashMap;
use std::sync::Arc;

/// A partition that holds this many bytes becomes a batch of its own, long before Arrow's 32-bit
/// offsets end. Bytes only: the same input gives the same batches.
const MAX_BATCH_BYTES: usize = 256 << 20;

/// Emptied builders that are kept for the next chunk.
const MAX_SPARE: usize = 8;

/// The rows of one partition, sorted by time; equal times stay in their order.
#[derive(Clone, Debug)]
pub struct PartitionBatch {
    /// First partition column.
    pub kind: Kind,
    /// Second partition column: the UTC day, in days since 1970.
    pub date: i32,
    /// The stored columns that are not null in every row, in the schema's order and without the
    /// partition columns. Texts that repeat are dictionaries (`Dictionary(Int32, Utf8)`).
    pub batch: RecordBatch,
}

/// Collects the records of one chunk of one source.
#[derive(Debug)]
pub struct BatchBuilder {
    source: String,
    format: String,
    partitions: Vec<Partition>,
    by_key: HashMap<(Kind, i32), usize>,
    last: usize,
    spare: Vec<Columns>,
    full: Vec<PartitionBatch>,
    rows: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Partition {
    kind: Kind,
    date: i32,
    columns: Columns,
}

impl BatchBuilder {
    /// A builder for records of `source`, read as `format`.
    pub fn new(source: &str, format: &str) -> Self {
        Self {
            source: source.to_owned(),
            format: format.to_owned(),
            partitions: Vec::new(),
            by_key: HashMap::new(),
            last: 0,
            spare: Vec::new(),
            full: Vec::new(),
            rows: 0,
            bytes: 0,
        }
    }

    /// Copies one record. Its texts must be under 1 GiB each.
    pub fn append(&mut self, record: &Record<'_>) {
        let key = (record.kind, day_of(record.time_us));
        let is_last = self.partitions.get(self.last).is_some_and(|p| (p.kind, p.date) == key);
        if !is_last {
            self.last = self.position_of(key);
        }
        let Some(partition) = self.partitions.get_mut(self.last) else { return };
        let bytes = partition.columns.append(record);
        self.rows += 1;
        self.bytes += bytes;
        if partition.columns.bytes >= MAX_BATCH_BYTES {
            let batch = partition.columns.finish(&self.source, &self.format);
            self.full.extend(batch.map(|batch| partition.to_batch(batch)));
        }
    }

    fn position_of(&mut self, key: (Kind, i32)) -> usize {
        *self.by_key.entry(key).or_insert_with(|| {
            let (kind, date) = key;
            let columns = self.spare.pop().unwrap_or_default();
            self.partitions.push(Partition { kind, date, columns });
            self.partitions.len() - 1
        })
    }

    /// How many records it holds.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many bytes they take, before encoding.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Gives what was collected, ordered by kind and day, and starts anew.
    pub fn finish(&mut self) -> Vec<PartitionBatch> {
        let mut batches = std::mem::take(&mut self.full);
        for mut partition in self.partitions.drain(..) {
            let batch = partition.columns.finish(&self.source, &self.format);
            batches.extend(batch.map(|batch| partition.to_batch(batch)));
            if self.spare.len() < MAX_SPARE {
                self.spare.push(partition.columns);
            }
        }
        // Stable: batches of one partition stay in the order of the input.
        batches.sort_by_key(|batch| (batch.kind, batch.date));
        self.by_key.clear();
        self.last = 0;
        self.rows = 0;
        self.bytes = 0;
        batches
    }
}

impl Partition {
    fn to_batch(&self, batch: RecordBatch) -> PartitionBatch {
        PartitionBatch { kind: self.kind, date: self.date, batch }
    }
}

/// The growing columns of one partition.
#[derive(Debug, Default)]
struct Columns {
    rows: usize,
    bytes: usize,
    is_unsorted: bool,
    time: Vec<i64>,
    duration_ns: NumberColumn<Int64Type>,
    record_type: ChoiceColumn,
    name: ChoiceColumn,
    id: TextColumn,
    parent_id: TextColumn,
    trace_id: ChoiceColumn,
    session_id: ChoiceColumn,
    swarm_id: ChoiceColumn,
    correlation_id: ChoiceColumn,
    agent: ChoiceColumn,
    peer: ChoiceColumn,
    component: ChoiceColumn,
    operation: ChoiceColumn,
    tool: ChoiceColumn,
    model: ChoiceColumn,
    task_id: TextColumn,
    message_id: TextColumn,
    status: ChoiceColumn,
    severity: ChoiceColumn,
    error_type: ChoiceColumn,
    error_message: TextColumn,
    input_tokens: NumberColumn<Int64Type>,
    output_tokens: NumberColumn<Int64Type>,
    cache_read_tokens: NumberColumn<Int64Type>,
    cache_write_tokens: NumberColumn<Int64Type>,
    cost_microusd: NumberColumn<Int64Type>,
    value: NumberColumn<Float64Type>,
    unit: ChoiceColumn,
    metric_type: ChoiceColumn,
    tags: ListColumn,
    interval_key: TextColumn,
    interval_edge: ChoiceColumn,
    labels: ChoiceColumn,
    data: TextColumn,
    extra: ChoiceColumn,
    source_offset: Vec<i64>,
}

impl Columns {
    /// Copies one record; gives the bytes that it takes.
    fn append(&mut self, record: &Record<'_>) -> usize {
        let row = self.rows;
        self.is_unsorted |= self.time.last().is_some_and(|last| *last > record.time_us);
        self.time.push(record.time_us);
        self.source_offset.push(i64::try_from(record.source_offset).unwrap_or(i64::MAX));
        self.duration_ns.put(row, record.duration_ns);
        self.input_tokens.put(row, record.input_tokens);
        self.output_tokens.put(row, record.output_tokens);
        self.cache_read_tokens.put(row, record.cache_read_tokens);
        self.cache_write_tokens.put(row, record.cache_write_tokens);
        self.cost_microusd.put(row, record.cost_microusd);
        self.value.put(row, record.value);
        // 64: the numbers and keys of a row, roughly.
        let bytes = 64
            + self.record_type.put(row, Some(record.record_type))
            + self.name.put(row, record.name)
            + self.id.put(row, Some(record.id))
            + self.parent_id.put(row, record.parent_id)
            + self.trace_id.put(row, record.trace_id)
            + self.session_id.put(row, record.session_id)
            + self.swarm_id.put(row, record.swarm_id)
            + self.correlation_id.put(row, record.correlation_id)
            + self.agent.put(row, record.agent)
            + self.peer.put(row, record.peer)
            + self.component.put(row, record.component)
            + self.operation.put(row, record.operation)
            + self.tool.put(row, record.tool)
            + self.model.put(row, record.model)
            + self.task_id.put(row, record.task_id)
            + self.message_id.put(row, record.message_id)
            + self.status.put(row, Some(record.status.as_str()))
            + self.severity.put(row, record.severity)
            + self.error_type.put(row, record.error_type)
            + self.error_message.put(row, record.error_message)
            + self.unit.put(row, record.unit)
            + self.metric_type.put(row, record.metric_type.map(MetricType::as_str))
            + self.tags.put(row, record.tags)
            + self.interval_key.put(row, record.interval_key)
            + self.interval_edge.put(row, record.interval_edge.map(Edge::as_str))
            + self.labels.put(row, record.labels)
            + self.data.put(row, record.data)
            + self.extra.put(row, record.extra);
        self.rows += 1;
        self.bytes += bytes;
        bytes
    }

    /// The columns that are not all null, sorted by time; `None` without rows.
    fn finish(&mut self, source: &str, format: &str) -> Option<RecordBatch> {
        let rows = std::mem::take(&mut self.rows);
        let is_unsorted = std::mem::take(&mut self.is_unsorted);
        self.bytes = 0;
        let time = std::mem::take(&mut self.time);
        self.time.reserve(rows);
        let order = is_unsorted.then(|| order_by_time(&time));
        let offsets = std::mem::take(&mut self.source_offset);
        self.source_offset.reserve(rows);
        let columns: [(&str, Option<ArrayRef>); 39] = [
            ("time", Some(Arc::new(TimestampMicrosecondArray::from(time).with_timezone("UTC")))),
            ("duration_ns", self.duration_ns.finish(rows)),
            ("type", self.record_type.finish(rows)),
            ("name", self.name.finish(rows)),
            ("id", self.id.finish(rows)),
            ("parent_id", self.parent_id.finish(rows)),
            ("trace_id", self.trace_id.finish(rows)),
            ("session_id", self.session_id.finish(rows)),
            ("swarm_id", self.swarm_id.finish(rows)),
            ("correlation_id", self.correlation_id.finish(rows)),
            ("agent", self.agent.finish(rows)),
            ("peer", self.peer.finish(rows)),
            ("component", self.component.finish(rows)),
            ("operation", self.operation.finish(rows)),
            ("tool", self.tool.finish(rows)),
            ("model", self.model.finish(rows)),
            ("task_id", self.task_id.finish(rows)),
            ("message_id", self.message_id.finish(rows)),
            ("status", self.status.finish(rows)),
            ("severity", self.severity.finish(rows)),
            ("error_type", self.error_type.finish(rows)),
            ("error_message", self.error_message.finish(rows)),
            ("input_tokens", self.input_tokens.finish(rows)),
            ("output_tokens", self.output_tokens.finish(rows)),
            ("cache_read_tokens", self.cache_read_tokens.finish(rows)),
            ("cache_write_tokens", self.cache_write_tokens.finish(rows)),
            ("cost_microusd", self.cost_microusd.finish(rows)),
            ("value", self.value.finish(rows)),
            ("unit", self.unit.finish(rows)),
            ("metric_type", self.metric_type.finish(rows)),
            ("tags", self.tags.finish(rows)),
            ("interval_key", self.interval_key.finish(rows)),
            ("interval_edge", self.interval_edge.finish(rows)),
            ("labels", self.labels.finish(rows)),
            ("data", self.data.finish(rows)),
            ("extra", self.extra.finish(rows)),
            ("source", constant(source, rows)),
            ("source_format", constant(format, rows)),
            ("source_offset", Some(Arc::new(arrow::array::Int64Array::from(offsets)))),
        ];
        if rows == 0 {
            return None;
        }
        let (fields, arrays) = columns
            .into_iter()
            .filter_map(|(name, array)| array.map(|array| (to_field(name, &array), array)))
            .unzip::<_, _, Vec<_>, Vec<_>>();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).ok()?;
        match order {
            Some(order) => take_record_batch(&batch, &order).ok(),
            None => Some(batch),
        }
    }
}

fn to_field(name: &str, array: &ArrayRef) -> Field {
    let is_nullable = crate::model::schema::find(name).is_none_or(|column| column.nullable);
    let data_type: DataType = array.data_type().clone();
    Field::new(name, data_type, is_nullable)
}

/// The rows in the order of their times; equal times stay in their order.
fn order_by_time(time: &[i64]) -> UInt32Array {
    let mut order: Vec<u32> = (0..).take(time.len()).collect();
    order.sort_by_key(|row| time.get(*row as usize));
    order.into()
}
