-- Question: how long do spans take, and how many fail?
-- Grain:    one row.
-- Inputs:   spans.
-- Columns:  spans (the lifetimes of agents and systems are left out), finished, failed (with an error or
--           out of time), timed (with a duration), sum_duration_ns.
SELECT
  CAST(COUNT(*) AS BIGINT) AS spans,
  COALESCE(SUM(CASE WHEN status <> 'running' THEN 1 ELSE 0 END), 0) AS finished,
  COALESCE(SUM(CASE WHEN status IN ('error', 'timeout') THEN 1 ELSE 0 END), 0) AS failed,
  COALESCE(SUM(CASE WHEN duration_ns IS NOT NULL THEN 1 ELSE 0 END), 0) AS timed,
  COALESCE(SUM(duration_ns), 0) AS sum_duration_ns
FROM spans
WHERE interval_key IS NULL OR (interval_key NOT LIKE 'agent:%' AND interval_key <> 'system')
