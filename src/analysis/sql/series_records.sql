-- Question: how much was recorded in each bucket of time?
-- Grain:    one row per key that splits the series and bucket of 60 s with records.
-- Inputs:   records.
-- Columns:  by_key ('' unless an option splits the series); bucket_us (begin of the bucket, microseconds
--           since 1970); records (those that are no samples of metrics).
WITH c_records AS (
  SELECT '' AS by_key, ts_us - (ts_us % 60000000 + 60000000) % 60000000 AS bucket_us
  FROM records
  WHERE kind <> 'metric'
)
SELECT by_key, bucket_us, CAST(COUNT(*) AS BIGINT) AS records
FROM c_records
GROUP BY by_key, bucket_us
ORDER BY by_key NULLS LAST, bucket_us NULLS LAST
