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
    SUM(CASE WHEN status IN ('error', 'timeout') THEN 1 ELSE 0 END) AS tasks_failed,
    SUM(CASE WHEN status NOT IN ('running', 'cancelled') AND duration_ns IS NOT NULL THEN 1 ELSE 0 END)
      AS tasks_timed,
    SUM(CASE WHEN status NOT IN ('running', 'cancelled') THEN duration_ns END) AS sum_duration_ns,
    QUANTILE_DISC(CASE WHEN status NOT IN ('running', 'cancelled') THEN duration_ns END, 0.5)
      AS p50_duration_ns,
    QUANTILE_DISC(CASE WHEN status NOT IN ('running', 'cancelled') THEN duration_ns END, 0.95)
      AS p95_duration_ns,
    QUANTILE_DISC(CASE WHEN status NOT IN ('running', 'cancelled') THEN duration_ns END, 0.99)
      AS p99_duration_ns
  FROM agent_turns
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
c_parts AS (
  SELECT
    agent, events, NULL AS spans, first_us, last_us, destroyed_us, NULL AS tasks, NULL AS
    open_tasks, NULL AS tasks_finished, NULL AS tasks_failed, NULL AS tasks_timed, NULL AS
    sum_duration_ns, NULL AS p50_duration_ns, NULL AS p95_duration_ns, NULL AS p99_duration_ns,
    NULL AS errors, NULL AS input_tokens, NULL AS output_tokens, NULL AS cost_microusd, NULL AS
    most_used_tool
  FROM c_events
  UNION ALL
  SELECT
    agent, NULL AS events, spans, first_us, last_us, NULL AS destroyed_us, NULL AS tasks, NULL AS
    open_tasks, NULL AS tasks_finished, NULL AS tasks_failed, NULL AS tasks_timed, NULL AS
    sum_duration_ns, NULL AS p50_duration_ns, NULL AS p95_duration_ns, NULL AS p99_duration_ns,
    NULL AS errors, NULL AS input_tokens, NULL AS output_tokens, NULL AS cost_microusd, NULL AS
    most_used_tool
  FROM c_spans
  UNION ALL
  SELECT
    agent, NULL AS events, NULL AS spans, NULL AS first_us, NULL AS last_us, NULL AS destroyed_us,
    tasks, open_tasks, tasks_finished, tasks_failed, tasks_timed, sum_duration_ns,
    p50_duration_ns, p95_duration_ns, p99_duration_ns, NULL AS errors, NULL AS input_tokens, NULL
    AS output_tokens, NULL AS cost_microusd, NULL AS most_used_tool
  FROM c_turns
  UNION ALL
  SELECT
    agent, NULL AS events, NULL AS spans, NULL AS first_us, NULL AS last_us, NULL AS destroyed_us,
    NULL AS tasks, NULL AS open_tasks, NULL AS tasks_finished, NULL AS tasks_failed, NULL AS
    tasks_timed, NULL AS sum_duration_ns, NULL AS p50_duration_ns, NULL AS p95_duration_ns, NULL
    AS p99_duration_ns, errors, NULL AS input_tokens, NULL AS output_tokens, NULL AS
    cost_microusd, NULL AS most_used_tool
  FROM c_errors
  UNION ALL
  SELECT
    agent, NULL AS events, NULL AS spans, NULL AS first_us, NULL AS last_us, NULL AS destroyed_us,
    NULL AS tasks, NULL AS open_tasks, NULL AS tasks_finished, NULL AS tasks_failed, NULL AS
    tasks_timed, NULL AS sum_duration_ns, NULL AS p50_duration_ns, NULL AS p95_duration_ns, NULL
    AS p99_duration_ns, NULL AS errors, input_tokens, output_tokens, cost_microusd, NULL AS
    most_used_tool
  FROM c_tokens
  UNION ALL
  SELECT
    agent, NULL AS events, NULL AS spans, NULL AS first_us, NULL AS last_us, NULL AS destroyed_us,
    NULL AS tasks, NULL AS open_tasks, NULL AS tasks_finished, NULL AS tasks_failed, NULL AS
    tasks_timed, NULL AS sum_duration_ns, NULL AS p50_duration_ns, NULL AS p95_duration_ns, NULL
    AS p99_duration_ns, NULL AS errors, NULL AS input_tokens, NULL AS output_tokens, NULL AS
    cost_microusd, most_used_tool
  FROM c_tools
)
SELECT
  agent, COALESCE(MAX(events), 0) AS events, COALESCE(MAX(spans), 0) AS spans,
  COALESCE(MAX(tasks), 0) AS tasks, COALESCE(MAX(tasks_finished), 0) AS tasks_finished,
  COALESCE(MAX(tasks_timed), 0) AS tasks_timed, COALESCE(MAX(tasks_failed), 0) AS tasks_failed,
  COALESCE(MAX(open_tasks), 0) AS open_tasks, COALESCE(MAX(errors), 0) AS errors,
  MAX(sum_duration_ns) AS sum_duration_ns, MAX(p50_duration_ns) AS p50_duration_ns,
  MAX(p95_duration_ns) AS p95_duration_ns, MAX(p99_duration_ns) AS p99_duration_ns,
  MAX(input_tokens) AS input_tokens, MAX(output_tokens) AS output_tokens,
  MAX(cost_microusd) AS cost_microusd, MAX(most_used_tool) AS most_used_tool,
  MIN(first_us) AS first_us, MAX(last_us) AS last_us, MAX(destroyed_us) AS destroyed_us
FROM c_parts
GROUP BY agent
ORDER BY agent NULLS LAST
