-- Question: which intervals are needed for the self time of each component and operation?
-- Grain:    one row per span with a duration.
-- Inputs:   spans.
-- Columns:  span_group (trace, else session, else swarm), id, parent_id, component, operation,
--           ts_us (start, microseconds since 1970), duration_ns.
SELECT
  COALESCE(trace_id, session_id, swarm_id, '') AS span_group, id, parent_id, component, operation,
  ts_us, duration_ns
FROM spans
WHERE duration_ns IS NOT NULL
ORDER BY ts_us NULLS LAST, id NULLS LAST, duration_ns NULLS LAST
