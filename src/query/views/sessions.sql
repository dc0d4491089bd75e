-- Question: which sessions were there?
-- Grain:    one row per session.
-- Inputs:   events, whole_spans, logs, errors, token_uses.
-- Columns:  session_id, swarm_id, start_us and end_us (microseconds since 1970), duration_ns, status
--           (error when an error was never recovered), events (records), agents, errors, tokens,
--           cost_microusd.
WITH c_members AS (
  SELECT session_id, swarm_id, agent, ts_us, ts_us AS end_us
  FROM events
  UNION ALL
  SELECT session_id, swarm_id, agent, ts_us,
    ts_us + CAST((COALESCE(duration_ns, 0) - COALESCE(duration_ns, 0) % 1000) / 1000 AS BIGINT) AS end_us
  FROM whole_spans
  UNION ALL
  SELECT session_id, swarm_id, agent, ts_us, ts_us AS end_us
  FROM logs
),
c_sessions AS (
  SELECT
    session_id, MIN(swarm_id) AS swarm_id, MIN(ts_us) AS start_us, MAX(end_us) AS end_us,
    CAST(COUNT(*) AS BIGINT) AS events, CAST(COUNT(DISTINCT agent) AS BIGINT) AS agents
  FROM c_members
  WHERE session_id IS NOT NULL
  GROUP BY session_id
),
c_errors AS (
  SELECT
    session_id AS error_session, CAST(COUNT(*) AS BIGINT) AS errors,
    SUM(1 - recovered) AS unresolved
  FROM errors
  WHERE session_id IS NOT NULL
  GROUP BY session_id
),
c_tokens AS (
  SELECT
    session_id AS token_session, SUM(input_tokens) AS input_tokens,
    SUM(output_tokens) AS output_tokens, SUM(cost_microusd) AS cost_microusd
  FROM token_uses
  WHERE session_id IS NOT NULL
  GROUP BY session_id
)
SELECT
  c_sessions.session_id, c_sessions.swarm_id, c_sessions.start_us, c_sessions.end_us,
  (c_sessions.end_us - c_sessions.start_us) * 1000 AS duration_ns,
  CASE WHEN c_errors.unresolved > 0 THEN 'error' ELSE 'ok' END AS status, c_sessions.events,
  c_sessions.agents, COALESCE(c_errors.errors, 0) AS errors, c_tokens.input_tokens,
  c_tokens.output_tokens, c_tokens.cost_microusd
FROM c_sessions
LEFT JOIN c_errors ON c_sessions.session_id = c_errors.error_session
LEFT JOIN c_tokens ON c_sessions.session_id = c_tokens.token_session
