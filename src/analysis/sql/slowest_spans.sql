-- Question: which spans took longest?
-- Grain:    one row per span, the twenty longest; the lifetimes of agents and systems are left out.
-- Inputs:   spans.
-- Columns:  those of spans that a person reads.
SELECT
  id, type, name, agent, component, operation, tool, "time" AS start, duration_ns, status, trace_id,
  session_id
FROM spans
WHERE duration_ns IS NOT NULL
  AND (interval_key IS NULL OR (interval_key NOT LIKE 'agent:%' AND interval_key <> 'system'))
ORDER BY duration_ns DESC NULLS LAST, ts_us DESC NULLS LAST, id DESC NULLS LAST
LIMIT 20
