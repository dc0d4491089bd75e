-- Question: whose finished work began in each bucket of time, how much of it, and what became of it?
-- Grain:    one row per dimension (error_type, tool, operation, model, agent), key in it, and bucket of
--           60 s.
-- Inputs:   spans.
-- Columns:  bucket_us (begin of the bucket, microseconds since 1970); spans; errors; busy_ns (the sum of
--           their durations, nanoseconds); tokens.
WITH c_work AS (
  SELECT
    agent, tool, model, operation,
    CASE WHEN status IN ('error', 'timeout') THEN COALESCE(error_type, status) END AS error_type,
    CASE WHEN status IN ('error', 'timeout') THEN 1 ELSE 0 END AS is_error,
    COALESCE(duration_ns, 0) AS busy_ns, COALESCE(input_tokens, 0) + COALESCE(output_tokens, 0) AS tokens,
    ts_us - (ts_us % 60000000 + 60000000) % 60000000 AS bucket_us
  FROM spans
  WHERE status <> 'running'
),
c_keys AS (
  SELECT 'error_type' AS dimension, error_type AS dimension_key, bucket_us, is_error, busy_ns, tokens
  FROM c_work
  WHERE error_type IS NOT NULL
  UNION ALL
  SELECT 'tool' AS dimension, tool AS dimension_key, bucket_us, is_error, busy_ns, tokens
  FROM c_work
  WHERE tool IS NOT NULL
  UNION ALL
  SELECT 'operation' AS dimension, operation AS dimension_key, bucket_us, is_error, busy_ns, tokens
  FROM c_work
  WHERE operation IS NOT NULL
  UNION ALL
  SELECT 'model' AS dimension, model AS dimension_key, bucket_us, is_error, busy_ns, tokens
  FROM c_work
  WHERE model IS NOT NULL
  UNION ALL
  SELECT 'agent' AS dimension, agent AS dimension_key, bucket_us, is_error, busy_ns, tokens
  FROM c_work
  WHERE agent IS NOT NULL
)
SELECT
  dimension, dimension_key, bucket_us, CAST(COUNT(*) AS BIGINT) AS spans, SUM(is_error) AS errors,
  SUM(busy_ns) AS busy_ns, SUM(tokens) AS tokens
FROM c_keys
GROUP BY dimension, dimension_key, bucket_us
ORDER BY dimension NULLS LAST, dimension_key NULLS LAST, bucket_us NULLS LAST
