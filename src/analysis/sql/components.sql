-- Question: which components do what, how fast, and how often does it fail?
-- Grain:    one row per component and operation that spans name.
-- Inputs:   spans.
-- Columns:  spans, errors, timed (spans with a duration), sum_duration_ns, p95_duration_ns.
SELECT
  component, operation, CAST(COUNT(*) AS BIGINT) AS spans,
  SUM(CASE WHEN status IN ('error', 'timeout') THEN 1 ELSE 0 END) AS errors,
  SUM(CASE WHEN duration_ns IS NOT NULL THEN 1 ELSE 0 END) AS timed,
  SUM(COALESCE(duration_ns, 0)) AS sum_duration_ns,
  QUANTILE_DISC(duration_ns, 0.95) AS p95_duration_ns
FROM spans
WHERE component IS NOT NULL OR operation IS NOT NULL
GROUP BY component, operation
ORDER BY component NULLS LAST, operation NULLS LAST
