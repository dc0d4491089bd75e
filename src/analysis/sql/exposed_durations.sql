-- Question: how long did the spans of each agent take, and the calls of each tool?
-- Grain:    one row per agent, and one per tool.
-- Inputs:   spans, tool_calls.
-- Columns:  label (agent or tool), name, durations (how many), total_ns (their sum), le_0 to le_14 (how
--           many of them took at most 5, 10, 25, 50, 100, 250, 500 ms, 1, 2.5, 5, 10, 30, 60, 300 and
--           1800 s).
WITH c_durations AS (
  SELECT 'agent' AS label, agent AS name, duration_ns
  FROM spans
  WHERE duration_ns IS NOT NULL
  UNION ALL
  SELECT 'tool' AS label, tool AS name, duration_ns
  FROM tool_calls
  WHERE duration_ns IS NOT NULL
)
SELECT
  label, name, CAST(COUNT(*) AS BIGINT) AS durations, SUM(duration_ns) AS total_ns,
  SUM(CASE WHEN duration_ns <= 5000000 THEN 1 ELSE 0 END) AS le_0,
  SUM(CASE WHEN duration_ns <= 10000000 THEN 1 ELSE 0 END) AS le_1,
  SUM(CASE WHEN duration_ns <= 25000000 THEN 1 ELSE 0 END) AS le_2,
  SUM(CASE WHEN duration_ns <= 50000000 THEN 1 ELSE 0 END) AS le_3,
  SUM(CASE WHEN duration_ns <= 100000000 THEN 1 ELSE 0 END) AS le_4,
  SUM(CASE WHEN duration_ns <= 250000000 THEN 1 ELSE 0 END) AS le_5,
  SUM(CASE WHEN duration_ns <= 500000000 THEN 1 ELSE 0 END) AS le_6,
  SUM(CASE WHEN duration_ns <= 1000000000 THEN 1 ELSE 0 END) AS le_7,
  SUM(CASE WHEN duration_ns <= 2500000000 THEN 1 ELSE 0 END) AS le_8,
  SUM(CASE WHEN duration_ns <= 5000000000 THEN 1 ELSE 0 END) AS le_9,
  SUM(CASE WHEN duration_ns <= 10000000000 THEN 1 ELSE 0 END) AS le_10,
  SUM(CASE WHEN duration_ns <= 30000000000 THEN 1 ELSE 0 END) AS le_11,
  SUM(CASE WHEN duration_ns <= 60000000000 THEN 1 ELSE 0 END) AS le_12,
  SUM(CASE WHEN duration_ns <= 300000000000 THEN 1 ELSE 0 END) AS le_13,
  SUM(CASE WHEN duration_ns <= 1800000000000 THEN 1 ELSE 0 END) AS le_14
FROM c_durations
GROUP BY label, name
ORDER BY label NULLS LAST, name NULLS LAST
