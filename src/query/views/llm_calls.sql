-- Question: which model calls were made, and what did each cost?
-- Grain:    one row per call; a call that several sources repeat (same id, trace and time) stands once.
-- Inputs:   spans, logs (records with tokens or a model that are no parent of such a record are the
--           caller's to leave out).
-- Columns:  those of spans.
WITH c_calls AS (
  SELECT
    kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer, component,
    operation, tool, model, task_id, type, name,
    "time", ts_us, duration_ns, status, severity, error_type, error_message, input_tokens,
    output_tokens, cache_read_tokens, cache_write_tokens, cost_microusd, tags, source,
    source_format, data,
    ROW_NUMBER() OVER (PARTITION BY id, COALESCE(trace_id, ''), ts_us ORDER BY source, session_id) AS copy
  FROM spans
  WHERE type = 'LLM' OR (type <> 'TOOL' AND model IS NOT NULL AND (
    input_tokens IS NOT NULL OR output_tokens IS NOT NULL
  ))
)
SELECT
  kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer, component,
  operation, tool, model, task_id, type, name,
  "time", ts_us, duration_ns, status, severity, error_type, error_message, input_tokens,
  output_tokens, cache_read_tokens, cache_write_tokens, cost_microusd, tags, source, source_format,
  data
FROM c_calls
WHERE copy = 1
