-- Question: since when and until when is anything known of each agent?
-- Grain:    one row per agent.
-- Inputs:   records.
-- Columns:  records, first_us and last_us (microseconds since 1970; a span counts to its end).
SELECT
  agent, CAST(COUNT(*) AS BIGINT) AS records, MIN(ts_us) AS first_us,
  MAX(CASE
    WHEN kind = 'span' AND duration_ns IS NOT NULL
    THEN ts_us + CAST((duration_ns - duration_ns % 1000) / 1000 AS BIGINT)
    ELSE ts_us
  END) AS last_us
FROM records
WHERE agent IS NOT NULL
GROUP BY agent
ORDER BY agent NULLS LAST
