-- Question: which spans make up one trace, session or swarm run?
-- Grain:    one row per span.
-- Inputs:   spans.
-- Columns:  those that a tree needs; ts_us is the start in microseconds since 1970.
SELECT
  id, end_id, parent_id, name, type, agent, component, operation, tool, model, ts_us, duration_ns,
  status, error_message, trace_id, session_id
FROM spans
ORDER BY ts_us NULLS LAST, id NULLS LAST
