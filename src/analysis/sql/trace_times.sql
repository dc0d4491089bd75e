-- Question: how many traces are there, and how long are they?
-- Grain:    one row.
-- Inputs:   traces.
-- Columns:  traces, timed (with a duration), sum_duration_ns.
SELECT
  CAST(COUNT(*) AS BIGINT) AS traces,
  COALESCE(SUM(CASE WHEN duration_ns IS NOT NULL THEN 1 ELSE 0 END), 0) AS timed,
  COALESCE(SUM(duration_ns), 0) AS sum_duration_ns
FROM traces
