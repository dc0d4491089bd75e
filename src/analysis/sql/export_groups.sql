-- Question: which sessions, agents and days are there, to make files of?
-- Grain:    one row per session, agent and UTC day of records.
-- Inputs:   records.
-- Columns:  day_us (start of the day, microseconds since 1970), records (how many).
WITH c_days AS (
  SELECT session_id, agent, ts_us - ts_us % 86400000000 AS day_us
  FROM records
)
SELECT session_id, agent, day_us, CAST(COUNT(*) AS BIGINT) AS records
FROM c_days
GROUP BY session_id, agent, day_us
ORDER BY session_id NULLS LAST, agent NULLS LAST, day_us NULLS LAST
