-- Question: what was each recorded metric in each bucket of time?
-- Grain:    one row per name, unit, key that splits the series, stream and bucket of 60 s with samples.
-- Inputs:   metrics.
-- Columns:  metric_type (the first by name); by_key ('' unless an option splits the series); stream (of
--           a counter the agent and labels that it is of, else ''); bucket_us (begin of the bucket,
--           microseconds since 1970); samples; middle (their median, nearest rank) and most (the
--           largest), in the unit.
WITH c_samples AS (
  SELECT
    name, COALESCE(unit, '') AS unit, metric_type, '' AS by_key,
    CASE
      WHEN metric_type = 'counter' THEN CONCAT(COALESCE(agent, ''), ' ', COALESCE(labels, ''))
      ELSE ''
    END AS stream,
    ts_us - (ts_us % 60000000 + 60000000) % 60000000 AS bucket_us, value
  FROM metrics
  WHERE value IS NOT NULL
)
SELECT
  name, unit, by_key, stream, bucket_us, MIN(metric_type) AS metric_type,
  CAST(COUNT(*) AS BIGINT) AS samples, QUANTILE_DISC(value, 0.5) AS middle, MAX(value) AS most
FROM c_samples
GROUP BY name, unit, by_key, stream, bucket_us
ORDER BY
  name NULLS LAST, unit NULLS LAST, by_key NULLS LAST, stream NULLS LAST, bucket_us NULLS LAST
