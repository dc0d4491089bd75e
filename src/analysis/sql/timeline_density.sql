-- Question: when was who busy, and when did they fail?
-- Grain:    one row per agent and bucket of 60 s with records.
-- Inputs:   records.
-- Columns:  agent ('' for records without one), bucket_us (begin, microseconds since 1970), records,
--           errors.
WITH c_records AS (
  SELECT
    COALESCE(agent, '') AS agent, ts_us - (ts_us % 60000000 + 60000000) % 60000000 AS bucket_us,
    CASE WHEN status IN ('error', 'timeout') THEN 1 ELSE 0 END AS is_error
  FROM records
  WHERE kind <> 'metric'
)
SELECT
  agent, bucket_us, CAST(COUNT(*) AS BIGINT) AS records, CAST(SUM(is_error) AS BIGINT) AS errors
FROM c_records
GROUP BY agent, bucket_us
ORDER BY agent NULLS LAST, bucket_us NULLS LAST
