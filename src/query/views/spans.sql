-- Question: which intervals were there, and how did each of them end?
-- Grain:    one row per span: spans that were written whole, begins with the end that closes them,
--           begins without one (running), and ends without a begin that state their own duration.
-- Inputs:   events (interval_key, interval_edge), whole_spans.
-- Columns:  those of records that describe a span; end_id (record that ended it), ts_us and end_us
--           (microseconds since 1970; every view's `x_us` has a time `x` beside it, `ts_us` `time`), origin (whole, paired, open, end_only), interval_group.
-- Rule:     in one group (session, else swarm, else trace) and one key, a begin is closed by the
--           first end whose parent_id names it, else by the record directly after it if that is an
--           end which names no begin of the key. Messages have their own view.
WITH c_edges AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY ts_us, interval_edge, id) AS position,
    COALESCE(session_id, swarm_id, trace_id, '') AS interval_group,
    CASE WHEN interval_edge = 'begin' THEN id ELSE parent_id END AS anchor,
    CASE WHEN interval_edge = 'begin' THEN 0 ELSE 1 END AS edge_rank,
    interval_key, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer,
    component, operation, tool, model, task_id, message_id, type, name, ts_us, duration_ns,
    status, severity, error_type, error_message, input_tokens, output_tokens, cache_read_tokens,
    cache_write_tokens, cost_microusd, tags, source, source_format, data
  FROM events
  WHERE interval_key IS NOT NULL AND interval_key NOT LIKE 'message:%'
),
c_marked AS (
  SELECT
    position, interval_group, interval_key, anchor, edge_rank,
    CASE
      WHEN edge_rank = 0 THEN 0
      WHEN MIN(edge_rank) OVER (PARTITION BY interval_group, interval_key, anchor) = 0 THEN 2
      ELSE 1
    END AS mark
  FROM c_edges
),
c_next AS (
  SELECT
    position, edge_rank,
    LEAD(position) OVER (
      PARTITION BY interval_group, interval_key, anchor ORDER BY edge_rank, position
    ) AS named_end,
    LEAD(edge_rank) OVER (
      PARTITION BY interval_group, interval_key, anchor ORDER BY edge_rank, position
    ) AS named_rank,
    LEAD(position) OVER (PARTITION BY interval_group, interval_key ORDER BY position) AS next_end,
    LEAD(mark) OVER (PARTITION BY interval_group, interval_key ORDER BY position) AS next_mark
  FROM c_marked
),
c_pairs AS (
  SELECT
    position AS begin_position,
    CASE
      WHEN named_rank = 1 THEN named_end
      WHEN next_mark = 1 THEN next_end
    END AS end_position
  FROM c_next
  WHERE edge_rank = 0
),
c_begins AS (
  SELECT c_edges.*, c_pairs.end_position
  FROM c_edges
  JOIN c_pairs ON c_edges.position = c_pairs.begin_position
),
c_ends AS (
  SELECT
    position AS end_row, id AS end_id, ts_us AS end_us, status AS end_status,
    severity AS end_severity, error_type AS end_error_type, error_message AS end_error_message,
    input_tokens AS end_input_tokens, output_tokens AS end_output_tokens,
    cache_read_tokens AS end_cache_read_tokens, cache_write_tokens AS end_cache_write_tokens,
    cost_microusd AS end_cost_microusd, tool AS end_tool, model AS end_model
  FROM c_edges
  WHERE edge_rank = 1
),
c_unmatched AS (
  SELECT c_edges.*
  FROM c_edges
  LEFT JOIN c_pairs ON c_edges.position = c_pairs.end_position
  WHERE c_edges.edge_rank = 1 AND c_pairs.end_position IS NULL AND c_edges.duration_ns IS NOT NULL
)
SELECT
  'whole' AS origin, 'span' AS kind, id, id AS end_id, parent_id, trace_id, session_id, swarm_id,
  correlation_id,
  agent, peer, component, operation, tool, model, task_id, message_id, type, name, ts_us,
  ts_us + CAST((duration_ns - duration_ns % 1000) / 1000 AS BIGINT) AS end_us, duration_ns, status,
  severity, error_type,
  error_message, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_microusd,
  tags, interval_key, COALESCE(session_id, swarm_id, trace_id, '') AS interval_group, source,
  source_format, data
FROM whole_spans
UNION ALL
SELECT
  CASE WHEN c_ends.end_row IS NULL THEN 'open' ELSE 'paired' END AS origin, 'span' AS kind,
  c_begins.id,
  c_ends.end_id, c_begins.parent_id, c_begins.trace_id, c_begins.session_id, c_begins.swarm_id,
  c_begins.correlation_id, c_begins.agent, c_begins.peer, c_begins.component, c_begins.operation,
  COALESCE(c_begins.tool, c_ends.end_tool) AS tool,
  COALESCE(c_ends.end_model, c_begins.model) AS model,
  c_begins.task_id, c_begins.message_id, c_begins.type, c_begins.name,
  c_begins.ts_us, c_ends.end_us,
  CASE WHEN c_ends.end_us >= c_begins.ts_us THEN (c_ends.end_us - c_begins.ts_us) * 1000 END
    AS duration_ns,
  CASE WHEN c_ends.end_row IS NULL THEN 'running' ELSE c_ends.end_status END AS status,
  COALESCE(c_ends.end_severity, c_begins.severity) AS severity,
  c_ends.end_error_type AS error_type, c_ends.end_error_message AS error_message,
  COALESCE(c_ends.end_input_tokens, c_begins.input_tokens) AS input_tokens,
  COALESCE(c_ends.end_output_tokens, c_begins.output_tokens) AS output_tokens,
  COALESCE(c_ends.end_cache_read_tokens, c_begins.cache_read_tokens) AS cache_read_tokens,
  COALESCE(c_ends.end_cache_write_tokens, c_begins.cache_write_tokens) AS cache_write_tokens,
  COALESCE(c_ends.end_cost_microusd, c_begins.cost_microusd) AS cost_microusd,
  c_begins.tags, c_begins.interval_key, c_begins.interval_group, c_begins.source,
  c_begins.source_format, c_begins.data
FROM c_begins
LEFT JOIN c_ends ON c_begins.end_position = c_ends.end_row
UNION ALL
SELECT
  'end_only' AS origin, 'span' AS kind, id, id AS end_id, parent_id, trace_id, session_id, swarm_id,
  correlation_id, agent, peer, component, operation, tool, model, task_id, message_id, type, name,
  ts_us - CAST((duration_ns - duration_ns % 1000) / 1000 AS BIGINT) AS ts_us, ts_us AS end_us,
  duration_ns, status,
  severity, error_type, error_message, input_tokens, output_tokens, cache_read_tokens,
  cache_write_tokens, cost_microusd, tags, interval_key, interval_group, source, source_format, data
FROM c_unmatched
