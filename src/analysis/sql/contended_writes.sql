-- Question: which keys of the memory are written by several agents at once?
-- Grain:    one row per group and key, agent and other agent whose writes overlap.
-- Inputs:   events.
-- Columns:  memory_key (namespace and key, joined by a slash), agent (who wrote later), other; overlaps;
--           lost_ns (sum of the overlaps), first_us and last_us (microseconds since 1970); first_id and
--           last_id (two of the later writes), other_id (one of the earlier ones).
-- Rule:     a write of a key lasts from the agent's last read of it, if nothing else of the agent
--           touched the key in between, else from its own time, to its time and its stated duration.
WITH c_touches AS (
  SELECT
    COALESCE(session_id, swarm_id, trace_id, '') AS memory_group,
    CONCAT(COALESCE(json_text(data, 'namespace'), ''), '/', json_text(data, 'key')) AS memory_key,
    agent, id, type, ts_us, ts_us + CAST(
      (COALESCE(duration_ns, 0) - COALESCE(duration_ns, 0) % 1000) / 1000 AS BIGINT
    ) AS end_us
  FROM events
  WHERE type IN ('MEMORY_READ', 'MEMORY_WRITE') AND agent IS NOT NULL
    AND json_text(data, 'key') IS NOT NULL
),
c_keys AS (
  SELECT
    memory_group AS key_group, memory_key AS key_name, MIN(agent) AS first_agent,
    MAX(agent) AS last_agent
  FROM c_touches
  WHERE type = 'MEMORY_WRITE'
  GROUP BY memory_group, memory_key
),
c_fought_over AS (
  SELECT key_group, key_name
  FROM c_keys
  WHERE first_agent <> last_agent
),
c_own AS (
  SELECT
    memory_group, memory_key, agent, id, type, ts_us, end_us,
    LAG(type) OVER (
      PARTITION BY memory_group, memory_key, agent ORDER BY ts_us, id
    ) AS type_before,
    LAG(ts_us) OVER (PARTITION BY memory_group, memory_key, agent ORDER BY ts_us, id) AS us_before
  FROM c_touches
  JOIN c_fought_over
    ON c_touches.memory_group = c_fought_over.key_group
    AND c_touches.memory_key = c_fought_over.key_name
),
c_writes AS (
  SELECT
    memory_group, memory_key, agent, id, end_us,
    CASE WHEN type_before = 'MEMORY_READ' THEN us_before ELSE ts_us END AS begin_us
  FROM c_own
  WHERE type = 'MEMORY_WRITE'
),
c_ordered AS (
  SELECT
    memory_group, memory_key, agent, id, begin_us, end_us,
    LAG(agent) OVER (
      PARTITION BY memory_group, memory_key ORDER BY end_us, begin_us, id
    ) AS other,
    LAG(id) OVER (PARTITION BY memory_group, memory_key ORDER BY end_us, begin_us, id) AS other_id,
    LAG(begin_us) OVER (
      PARTITION BY memory_group, memory_key ORDER BY end_us, begin_us, id
    ) AS other_begin_us,
    LAG(end_us) OVER (
      PARTITION BY memory_group, memory_key ORDER BY end_us, begin_us, id
    ) AS other_end_us
  FROM c_writes
),
c_overlaps AS (
  SELECT
    memory_group, memory_key, agent, id, other, other_id, end_us,
    CASE WHEN begin_us > other_begin_us THEN begin_us ELSE other_begin_us END AS from_us,
    other_end_us AS to_us
  FROM c_ordered
  WHERE other IS NOT NULL AND other <> agent AND begin_us < other_end_us
)
SELECT
  memory_key, agent, other, CAST(COUNT(*) AS BIGINT) AS overlaps,
  SUM((to_us - from_us) * 1000) AS lost_ns, MIN(from_us) AS first_us, MAX(end_us) AS last_us,
  MIN(id) AS first_id, MAX(id) AS last_id, MIN(other_id) AS other_id
FROM c_overlaps
GROUP BY memory_group, memory_key, agent, other
ORDER BY
  memory_key NULLS LAST, agent NULLS LAST, other NULLS LAST, first_us NULLS LAST,
  first_id NULLS LAST
