-- Question: which spans does a timeline draw?
-- Grain:    one row per span, the 20000 longest, those without an end first; the lifetimes of agents and
--           systems are left out.
-- Inputs:   spans.
-- Columns:  those of spans that a person reads; last_id (record that ended it, else its own id); ts_us is
--           the start in microseconds since 1970.
SELECT
  id, COALESCE(end_id, id) AS last_id, parent_id, session_id, trace_id, agent, component, operation, tool, model, type, name, status,
  ts_us, duration_ns, error_type, error_message
FROM spans
WHERE interval_key IS NULL
  OR (interval_key NOT LIKE 'agent:%' AND interval_key NOT LIKE 'trace:%' AND interval_key <> 'system')
ORDER BY duration_ns DESC NULLS FIRST, ts_us NULLS LAST, id NULLS LAST
LIMIT 20000
