-- Question: how many spans of each component and operation fall into which class of duration?
-- Grain:    one row per component and operation that spans with a duration name.
-- Inputs:   spans.
-- Columns:  very_fast (below 1 ms), fast (below 10 ms), normal (below 100 ms), slow (below 1 s),
--           very_slow (1 s and more): counts.
SELECT
  component, operation, SUM(CASE WHEN duration_ns < 1000000 THEN 1 ELSE 0 END) AS very_fast,
  SUM(CASE WHEN duration_ns >= 1000000 AND duration_ns < 10000000 THEN 1 ELSE 0 END) AS fast,
  SUM(CASE WHEN duration_ns >= 10000000 AND duration_ns < 100000000 THEN 1 ELSE 0 END) AS normal,
  SUM(CASE WHEN duration_ns >= 100000000 AND duration_ns < 1000000000 THEN 1 ELSE 0 END) AS slow,
  SUM(CASE WHEN duration_ns >= 1000000000 THEN 1 ELSE 0 END) AS very_slow
FROM spans
WHERE duration_ns IS NOT NULL AND (component IS NOT NULL OR operation IS NOT NULL)
GROUP BY component, operation
ORDER BY component NULLS LAST, operation NULLS LAST
