//! Records into columns: one builder per thread, split by partition, emptied after each chunk.
//!
//! Within a row group, rows are grouped by their type (metrics by their name) and sorted by time in
//! each group: records of one type have the same columns and like payloads, so they take a tenth
//! less room than in the order of time alone, and are read faster.

use super::StoreError;
use super::builders::{ChoiceColumn, ListColumn, NumberColumn, TextColumn};
use super::calendar::day_of;
use super::distinct::DistinctTexts;
use super::encode::{Content, EncodedRowGroup, encode_row_group};
use super::encoders::Rows;
use crate::model::{Edge, Kind, MetricType, Record};
use std::collections::HashMap;

/// A partition that holds this many bytes becomes a row group of its own, long before 32-bit
/// places end. Bytes only: the same input gives the same row groups.
const MAX_GROUP_BYTES: usize = 256 << 20;

/// Emptied builders that are kept for the next chunk.
const MAX_SPARE: usize = 8;

/// Rows of more types than this are sorted by time alone.
const MAX_GROUPS: usize = 256;

/// Collects the records of one chunk of one source.
#[derive(Debug)]
pub struct BatchBuilder {
    source: String,
    format: String,
    partitions: Vec<Partition>,
    by_key: HashMap<(Kind, i32), usize>,
    last: usize,
    spare: Vec<Columns>,
    full: Vec<Partition>,
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
        if partition.columns.bytes >= MAX_GROUP_BYTES {
            let columns = std::mem::take(&mut partition.columns);
            self.full.push(Partition { columns, ..*partition });
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

    /// Gives what was collected as row groups, ordered by kind and day, and starts anew.
    ///
    /// # Errors
    /// `Encode` when the parquet crate refuses, which is a fault of tracekit's.
    pub fn finish(&mut self) -> Result<Vec<EncodedRowGroup>, StoreError> {
        let mut partitions = std::mem::take(&mut self.full);
        partitions.append(&mut self.partitions);
        // Stable: those of one partition stay in the order of the input.
        partitions.sort_by_key(|partition| (partition.kind, partition.date));
        self.by_key.clear();
        self.last = 0;
        self.rows = 0;
        self.bytes = 0;
        let mut groups = Vec::with_capacity(partitions.len());
        for Partition { kind, date, mut columns } in partitions {
            if columns.rows > 0 {
                groups.push(columns.encode((kind, date), &self.source, &self.format)?);
            }
            columns.clear();
            if self.spare.len() < MAX_SPARE {
                self.spare.push(columns);
            }
        }
        Ok(groups)
    }
}

/// The growing columns of one partition.
#[derive(Debug, Default)]
struct Columns {
    rows: usize,
    bytes: usize,
    is_unsorted: bool,
    time: NumberColumn<i64>,
    last_time: i64,
    duration_ns: NumberColumn<i64>,
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
    input_tokens: NumberColumn<i64>,
    output_tokens: NumberColumn<i64>,
    cache_read_tokens: NumberColumn<i64>,
    cache_write_tokens: NumberColumn<i64>,
    cost_microusd: NumberColumn<i64>,
    value: NumberColumn<f64>,
    unit: ChoiceColumn,
    metric_type: ChoiceColumn,
    tags: ListColumn,
    interval_key: TextColumn,
    interval_edge: ChoiceColumn,
    labels: ChoiceColumn,
    data: TextColumn,
    extra: ChoiceColumn,
    source_offset: NumberColumn<i64>,
}

impl Columns {
    /// Copies one record; gives the bytes that it takes.
    fn append(&mut self, record: &Record<'_>) -> usize {
        let row = self.rows;
        self.is_unsorted |= row > 0 && self.last_time > record.time_us;
        self.last_time = record.time_us;
        self.time.put(row, Some(record.time_us));
        let offset = i64::try_from(record.source_offset).unwrap_or(i64::MAX);
        self.source_offset.put(row, Some(offset));
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

    /// Encodes all rows as one row group.
    fn encode(
        &self,
        partition: (Kind, i32),
        source: &str,
        format: &str,
    ) -> Result<EncodedRowGroup, StoreError> {
        let order = self.order(partition.0);
        let rows = Rows { count: self.rows, order: order.as_deref() };
        let times = (0..self.rows).map(|row| self.time.get(row));
        let bounds = times.fold((i64::MAX, i64::MIN), |(a, b), time| (a.min(time), b.max(time)));
        encode_row_group(partition, rows, bounds, |name| self.content(name, source, format))
    }

    /// The column called `name` in the schema.
    fn content<'c>(&'c self, name: &str, source: &'c str, format: &'c str) -> Option<Content<'c>> {
        Some(match name {
            "time" => Content::Integers(&self.time),
            "duration_ns" => Content::Integers(&self.duration_ns),
            "type" => Content::Choices(&self.record_type),
            "name" => Content::Choices(&self.name),
            "id" => Content::Texts(&self.id),
            "parent_id" => Content::Texts(&self.parent_id),
            "trace_id" => Content::Choices(&self.trace_id),
            "session_id" => Content::Choices(&self.session_id),
            "swarm_id" => Content::Choices(&self.swarm_id),
            "correlation_id" => Content::Choices(&self.correlation_id),
            "agent" => Content::Choices(&self.agent),
            "peer" => Content::Choices(&self.peer),
            "component" => Content::Choices(&self.component),
            "operation" => Content::Choices(&self.operation),
            "tool" => Content::Choices(&self.tool),
            "model" => Content::Choices(&self.model),
            "task_id" => Content::Texts(&self.task_id),
            "message_id" => Content::Texts(&self.message_id),
            "status" => Content::Choices(&self.status),
            "severity" => Content::Choices(&self.severity),
            "error_type" => Content::Choices(&self.error_type),
            "error_message" => Content::Texts(&self.error_message),
            "input_tokens" => Content::Integers(&self.input_tokens),
            "output_tokens" => Content::Integers(&self.output_tokens),
            "cache_read_tokens" => Content::Integers(&self.cache_read_tokens),
            "cache_write_tokens" => Content::Integers(&self.cache_write_tokens),
            "cost_microusd" => Content::Integers(&self.cost_microusd),
            "value" => Content::Floats(&self.value),
            "unit" => Content::Choices(&self.unit),
            "metric_type" => Content::Choices(&self.metric_type),
            "tags" => Content::Lists(&self.tags),
            "interval_key" => Content::Texts(&self.interval_key),
            "interval_edge" => Content::Choices(&self.interval_edge),
            "labels" => Content::Choices(&self.labels),
            "data" => Content::Texts(&self.data),
            "extra" => Content::Choices(&self.extra),
            "source" => Content::Constant(source),
            "source_format" => Content::Constant(format),
            "source_offset" => Content::Integers(&self.source_offset),
            _ => return None,
        })
    }

    /// The order in which rows are stored, where it is not the one in which they came.
    fn order(&self, kind: Kind) -> Option<Vec<u32>> {
        let group = if kind == Kind::Metric { &self.name } else { &self.record_type };
        let ranks = ranks(group.texts()).filter(|ranks| ranks.len() > 1);
        if ranks.is_none() && !self.is_unsorted {
            return None;
        }
        let mut order: Vec<u32> = (0..).take(self.rows).collect();
        // Stable: equal times stay in the order of the input.
        if self.is_unsorted {
            order.sort_by_key(|row| self.time.get(*row as usize));
        }
        let Some(ranks) = &ranks else { return Some(order) };
        // A place for each rank, and before them one for rows without a text.
        let rank = |row: u32| {
            let key = group.key(row as usize)?;
            Some(*ranks.get(key as usize)? as usize + 1)
        };
        let mut ends = vec![0_u32; ranks.len() + 2];
        for row in &order {
            if let Some(count) = ends.get_mut(rank(*row).unwrap_or_default() + 1) {
                *count += 1;
            }
        }
        let mut before = 0;
        for count in &mut ends {
            before += *count;
            *count = before;
        }
        let mut grouped = vec![0; order.len()];
        for row in order {
            let Some(end) = ends.get_mut(rank(row).unwrap_or_default()) else { continue };
            if let Some(place) = grouped.get_mut(*end as usize) {
                *place = row;
                *end += 1;
            }
        }
        Some(grouped)
    }

    fn clear(&mut self) {
        self.rows = 0;
        self.bytes = 0;
        self.is_unsorted = false;
        self.time.clear();
        self.duration_ns.clear();
        self.record_type.clear();
        self.name.clear();
        self.id.clear();
        self.parent_id.clear();
        self.trace_id.clear();
        self.session_id.clear();
        self.swarm_id.clear();
        self.correlation_id.clear();
        self.agent.clear();
        self.peer.clear();
        self.component.clear();
        self.operation.clear();
        self.tool.clear();
        self.model.clear();
        self.task_id.clear();
        self.message_id.clear();
        self.status.clear();
        self.severity.clear();
        self.error_type.clear();
        self.error_message.clear();
        self.input_tokens.clear();
        self.output_tokens.clear();
        self.cache_read_tokens.clear();
        self.cache_write_tokens.clear();
        self.cost_microusd.clear();
        self.value.clear();
        self.unit.clear();
        self.metric_type.clear();
        self.tags.clear();
        self.interval_key.clear();
        self.interval_edge.clear();
        self.labels.clear();
        self.data.clear();
        self.extra.clear();
        self.source_offset.clear();
    }
}

/// The place of each text when they are sorted; `None` for too many.
fn ranks(texts: &DistinctTexts) -> Option<Vec<u32>> {
    if texts.len() > MAX_GROUPS {
        return None;
    }
    let mut sorted: Vec<(&[u8], usize)> = texts.iter().zip(0..).collect();
    sorted.sort_unstable();
    let mut ranks = vec![0; sorted.len()];
    for ((_, number), rank) in sorted.into_iter().zip(0..) {
        if let Some(place) = ranks.get_mut(number) {
            *place = rank;
        }
    }
    Some(ranks)
}
