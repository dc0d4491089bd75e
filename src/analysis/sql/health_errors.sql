-- Question: of which type are most of the errors of each agent and component?
-- Grain:    one row per agent, component and type of error.
-- Inputs:   errors.
-- Columns:  errors; unresolved (those without a later success of the same task); last_us (the newest,
--           microseconds since 1970); example_id (one of the records, the first by id).
SELECT
  agent, component, error_type, CAST(COUNT(*) AS BIGINT) AS errors,
  SUM(CASE WHEN recovered = 1 THEN 0 ELSE 1 END) AS unresolved, MAX(ts_us) AS last_us,
  MIN(id) AS example_id
FROM errors
GROUP BY agent, component, error_type
ORDER BY
  errors DESC NULLS LAST, agent NULLS LAST, component NULLS LAST, error_type NULLS LAST
