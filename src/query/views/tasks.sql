-- Question: which tasks were attempted, by whom, and how did each attempt end?
-- Grain:    one row per attempt at a task.
-- Inputs:   spans.
-- Columns:  task_id, attempt (1 for the first), and those of spans.
SELECT
  CAST(ROW_NUMBER() OVER (
    PARTITION BY interval_group, interval_key ORDER BY ts_us, id
  ) AS BIGINT) AS attempt,
  origin, kind, id, end_id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer,
  component, operation, tool, model, task_id, message_id, type, name, "time", ts_us, end_us,
  duration_ns, status, severity, error_type, error_message, input_tokens, output_tokens,
  cache_read_tokens, cache_write_tokens, cost_microusd, tags, interval_key, interval_group, source,
  source_format, data
FROM spans
WHERE interval_key LIKE 'task:%'
