-- Question: which time do the filtered records cover, and how many are there?
-- Grain:    one row.
-- Inputs:   records.
-- Columns:  first_us and last_us (microseconds since 1970; a span counts to its end), records.
SELECT
  MIN(ts_us) AS first_us,
  MAX(CASE
    WHEN kind = 'span' AND duration_ns IS NOT NULL
    THEN ts_us + CAST((duration_ns - duration_ns % 1000) / 1000 AS BIGINT)
    ELSE ts_us
  END) AS last_us,
  CAST(COUNT(*) AS BIGINT) AS records
FROM records
