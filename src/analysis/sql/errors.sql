-- Question: which errors are there?
-- Grain:    one row per error type, message and agent.
-- Inputs:   errors.
-- Columns:  count, recovered, first_us and last_us (microseconds since 1970), example_id (the
--           earliest record, by id among equals).
WITH c_errors AS (
  SELECT
    error_type, COALESCE(error_message, name, '') AS error_message, agent, id, ts_us, recovered,
    MIN(ts_us) OVER (
      PARTITION BY error_type, COALESCE(error_message, name, ''), agent
    ) AS earliest_us
  FROM errors
)
SELECT
  error_type, error_message, agent, CAST(COUNT(*) AS BIGINT) AS count, SUM(recovered) AS recovered,
  MIN(ts_us) AS first_us, MAX(ts_us) AS last_us,
  MIN(CASE WHEN ts_us = earliest_us THEN id END) AS example_id
FROM c_errors
GROUP BY error_type, error_message, agent
ORDER BY error_type NULLS LAST, error_message NULLS LAST, agent NULLS LAST
