-- Question: when did each agent, tool, component and operation do something?
-- Grain:    one row per agent, tool, component, operation and bucket of 60 s with records.
-- Inputs:   records.
-- Columns:  bucket_us (begin of the bucket, microseconds since 1970); records (those that are no samples of
--           metrics).
WITH c_records AS (
  SELECT
    agent, tool, component, operation, ts_us - (ts_us % 60000000 + 60000000) % 60000000 AS bucket_us
  FROM records
  WHERE kind <> 'metric'
)
SELECT agent, tool, component, operation, bucket_us, CAST(COUNT(*) AS BIGINT) AS records
FROM c_records
GROUP BY agent, tool, component, operation, bucket_us
ORDER BY
  agent NULLS LAST, tool NULLS LAST, component NULLS LAST, operation NULLS LAST, bucket_us NULLS LAST
