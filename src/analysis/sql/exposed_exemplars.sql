-- Question: which trace is an example of durations of this length?
-- Grain:    one row per agent and bucket that has a span of a trace: the newest of them.
-- Inputs:   spans.
-- Columns:  bucket (its place among those of exposed_durations; 15 is beyond them all),
--           trace_id, duration_ns, ts_us (when it began, microseconds since 1970).
WITH c_placed AS (
  SELECT
    agent, trace_id, duration_ns, ts_us, id,
    CASE
      WHEN duration_ns <= 5000000 THEN 0
      WHEN duration_ns <= 10000000 THEN 1
      WHEN duration_ns <= 25000000 THEN 2
      WHEN duration_ns <= 50000000 THEN 3
      WHEN duration_ns <= 100000000 THEN 4
      WHEN duration_ns <= 250000000 THEN 5
      WHEN duration_ns <= 500000000 THEN 6
      WHEN duration_ns <= 1000000000 THEN 7
      WHEN duration_ns <= 2500000000 THEN 8
      WHEN duration_ns <= 5000000000 THEN 9
      WHEN duration_ns <= 10000000000 THEN 10
      WHEN duration_ns <= 30000000000 THEN 11
      WHEN duration_ns <= 60000000000 THEN 12
      WHEN duration_ns <= 300000000000 THEN 13
      WHEN duration_ns <= 1800000000000 THEN 14
      ELSE 15
    END AS bucket
  FROM spans
  WHERE duration_ns IS NOT NULL AND trace_id IS NOT NULL
),
c_ranked AS (
  SELECT
    agent, bucket, trace_id, duration_ns, ts_us,
    ROW_NUMBER() OVER (
      PARTITION BY agent, bucket ORDER BY 0 - ts_us, trace_id, id, duration_ns
    ) AS place
  FROM c_placed
)
SELECT agent, CAST(bucket AS BIGINT) AS bucket, trace_id, duration_ns, ts_us
FROM c_ranked
WHERE place = 1
ORDER BY agent NULLS LAST, bucket NULLS LAST
