-- Question: how much work was finished in each bucket of time, how fast, and how much of it failed?
-- Grain:    one row per key that splits the series and bucket of 60 s in which finished work began.
-- Inputs:   agent_turns; an option takes tool_calls, llm_calls or spans instead.
-- Columns:  by_key ('' unless an option splits the series); bucket_us (begin of the bucket, microseconds
--           since 1970); finished, errors; percentiles of duration_ns (nearest rank).
WITH c_work AS (
  SELECT
    '' AS by_key, ts_us - (ts_us % 60000000 + 60000000) % 60000000 AS bucket_us, status, duration_ns
  FROM agent_turns
  WHERE status <> 'running'
)
SELECT
  by_key, bucket_us, CAST(COUNT(*) AS BIGINT) AS finished,
  SUM(CASE WHEN status IN ('error', 'timeout') THEN 1 ELSE 0 END) AS errors,
  QUANTILE_DISC(duration_ns, 0.5) AS p50_duration_ns,
  QUANTILE_DISC(duration_ns, 0.95) AS p95_duration_ns,
  QUANTILE_DISC(duration_ns, 0.99) AS p99_duration_ns
FROM c_work
GROUP BY by_key, bucket_us
ORDER BY by_key NULLS LAST, bucket_us NULLS LAST
