-- Question: which tools were called, by whom, and how did each call end?
-- Grain:    one row per call; a call that several sources repeat (same id, trace and time) stands once.
-- Inputs:   spans.
-- Columns:  those of spans.
WITH c_calls AS (
  SELECT
    kind, id, end_id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer,
    component, operation, tool, model, type, name, task_id, "time", ts_us, end_us, duration_ns,
    status, severity, error_type, error_message, input_tokens, output_tokens, tags,
    source, source_format, data,
    COALESCE(trace_id, '') AS call_trace
  FROM spans
  WHERE tool IS NOT NULL
),
c_repeated AS (
  SELECT id AS repeated_id, call_trace AS repeated_trace, ts_us AS repeated_us
  FROM c_calls
  GROUP BY id, call_trace, ts_us
  HAVING COUNT(*) > 1
),
c_marked AS (
  SELECT c_calls.*, c_repeated.repeated_id
  FROM c_calls
  LEFT JOIN c_repeated
    ON c_calls.id = c_repeated.repeated_id AND c_calls.call_trace = c_repeated.repeated_trace
    AND c_calls.ts_us = c_repeated.repeated_us
),
c_ranked AS (
  SELECT
    c_marked.*,
    ROW_NUMBER() OVER (PARTITION BY id, call_trace, ts_us ORDER BY source, session_id) AS copy
  FROM c_marked
  WHERE repeated_id IS NOT NULL
)
SELECT
  kind, id, end_id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer,
  component, operation, tool, model, type, name, task_id, "time", ts_us, end_us, duration_ns,
  status, severity, error_type, error_message, input_tokens, output_tokens, tags,
  source, source_format, data
FROM c_marked
WHERE repeated_id IS NULL
UNION ALL
SELECT
  kind, id, end_id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer,
  component, operation, tool, model, type, name, task_id, "time", ts_us, end_us, duration_ns,
  status, severity, error_type, error_message, input_tokens, output_tokens, tags,
  source, source_format, data
FROM c_ranked
WHERE copy = 1
