-- Question: what did each agent do, how well, how fast, and for how many tokens?
-- Grain:    one row per agent.
-- Inputs:   events, spans, agent_turns, errors, token_uses, tool_calls.
-- Columns:  events, spans; tasks (turns begun), tasks_finished, tasks_failed, tasks_timed, sum and
--           percentiles of the finished turns' duration_ns (nearest rank); errors; tokens and cost_microusd;
--           most_used_tool; first_us and last_us (microseconds since 1970); open_tasks; destroyed_us.
WITH c_events AS (
  SELECT
    agent, CAST(COUNT(*) AS BIGINT) AS events, MIN(ts_us) AS first_us, MAX(ts_us) AS last_us,
    MAX(CASE WHEN interval_edge = 'end' AND interval_key LIKE 'agent:%' THEN ts_us END) AS destroyed_us
  FROM events
  WHERE agent IS NOT NULL
  GROUP BY agent
),
c_spans AS (
  SELECT
    agent, CAST(COUNT(*) AS BIGINT) AS spans, MIN(ts_us) AS first_us,
    MAX(COALESCE(end_us, ts_us)) AS last_us
  FROM spans
  WHERE agent IS NOT NULL
  GROUP BY agent
),
c_turns AS (
  SELECT
    agent, CAST(COUNT(*) AS BIGINT) AS tasks,
    SUM(CASE WHEN status = 'running' THEN 1 ELSE 0 END) AS open_tasks,
    SUM(CASE WHEN status NOT IN ('running', 'cancelled') THEN 1 ELSE 0 END) AS tasks_finished,
    SUM(CASE WHEN status IN ('error', 'timeout') THEN 1 ELSE 0 END) AS tasks_failed
  FROM agent_turns
  GROUP BY agent
),
c_timed AS (
  SELECT
    agent, CAST(COUNT(*) AS BIGINT) AS tasks_timed, SUM(duration_ns) AS sum_duration_ns,
    QUANTILE_DISC(duration_ns, 0.5) AS p50_duration_ns,
    QUANTILE_DISC(duration_ns, 0.95) AS p95_duration_ns,
    QUANTILE_DISC(duration_ns, 0.99) AS p99_duration_ns
  FROM agent_turns
  WHERE duration_ns IS NOT NULL AND status NOT IN ('running', 'cancelled')
  GROUP BY agent
),
c_errors AS (
  SELECT agent, CAST(COUNT(*) AS BIGINT) AS errors
  FROM errors
  WHERE agent IS NOT NULL
  GROUP BY agent
),
c_tokens AS (
  SELECT
    agent, SUM(input_tokens) AS input_tokens, SUM(output_tokens) AS output_tokens,
    SUM(cost_microusd) AS cost_microusd
  FROM token_uses
  WHERE agent IS NOT NULL
  GROUP BY agent
),
c_tool_counts AS (
  SELECT agent, tool, CAST(COUNT(*) AS BIGINT) AS calls
  FROM tool_calls
  WHERE agent IS NOT NULL
  GROUP BY agent, tool
),
c_tool_places AS (
  SELECT agent, tool, ROW_NUMBER() OVER (PARTITION BY agent ORDER BY -calls, tool) AS place
  FROM c_tool_counts
),
c_tools AS (
  SELECT agent, tool AS most_used_tool
  FROM c_tool_places
  WHERE place = 1
),
c_names AS (
  SELECT agent FROM c_events
  UNION ALL
  SELECT agent FROM c_spans
  UNION ALL
  SELECT agent FROM c_errors
  UNION ALL
  SELECT agent FROM c_tokens
),
c_agents AS (
  SELECT agent
  FROM c_names
  GROUP BY agent
)
SELECT
  c_agents.agent, COALESCE(c_events.events, 0) AS events, COALESCE(c_spans.spans, 0) AS spans,
  COALESCE(c_turns.tasks, 0) AS tasks, COALESCE(c_turns.tasks_finished, 0) AS tasks_finished,
  COALESCE(c_timed.tasks_timed, 0) AS tasks_timed,
  COALESCE(c_turns.tasks_failed, 0) AS tasks_failed, COALESCE(c_turns.open_tasks, 0) AS open_tasks,
  COALESCE(c_errors.errors, 0) AS errors, c_timed.sum_duration_ns, c_timed.p50_duration_ns,
  c_timed.p95_duration_ns, c_timed.p99_duration_ns, c_tokens.input_tokens,
  c_tokens.output_tokens, c_tokens.cost_microusd, c_tools.most_used_tool,
  LEAST(COALESCE(c_events.first_us, c_spans.first_us), COALESCE(c_spans.first_us, c_events.first_us))
    AS first_us,
  GREATEST(COALESCE(c_events.last_us, c_spans.last_us), COALESCE(c_spans.last_us, c_events.last_us))
    AS last_us,
  c_events.destroyed_us
FROM c_agents
LEFT JOIN c_events ON c_agents.agent = c_events.agent
LEFT JOIN c_spans ON c_agents.agent = c_spans.agent
LEFT JOIN c_turns ON c_agents.agent = c_turns.agent
LEFT JOIN c_timed ON c_agents.agent = c_timed.agent
LEFT JOIN c_errors ON c_agents.agent = c_errors.agent
LEFT JOIN c_tokens ON c_agents.agent = c_tokens.agent
LEFT JOIN c_tools ON c_agents.agent = c_tools.agent
ORDER BY c_agents.agent NULLS LAST
