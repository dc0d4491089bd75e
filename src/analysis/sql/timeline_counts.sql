-- Question: how many spans are there for a timeline, and which time do they cover?
-- Grain:    one row.
-- Inputs:   spans.
-- Columns:  spans, first_us and last_us (microseconds since 1970).
SELECT
  CAST(COUNT(*) AS BIGINT) AS spans, MIN(ts_us) AS first_us, MAX(COALESCE(end_us, ts_us)) AS last_us
FROM spans
WHERE interval_key IS NULL
  OR (interval_key NOT LIKE 'agent:%' AND interval_key NOT LIKE 'trace:%' AND interval_key <> 'system')
