-- Question: what did each agent do in one go?
-- Grain:    one row per turn: an attempt at a task; in a format without tasks, a span of the agent
--           whose parent in its trace (else session, else swarm) is not its own (one per trace, turn or
--           sub-agent invocation).
-- Inputs:   spans.
-- Columns:  those of spans.
WITH c_parents AS (
  SELECT
    id AS known_id, COALESCE(trace_id, session_id, swarm_id, '') AS known_scope,
    MIN(agent) AS parent_agent
  FROM spans
  WHERE interval_key IS NULL
  GROUP BY id, COALESCE(trace_id, session_id, swarm_id, '')
),
c_task_formats AS (
  SELECT source_format AS task_format, COUNT(*) AS tasks
  FROM spans
  WHERE interval_key LIKE 'task:%'
  GROUP BY source_format
),
c_others AS (
  SELECT spans.*, COALESCE(trace_id, session_id, swarm_id, '') AS scope
  FROM spans
  LEFT JOIN c_task_formats ON spans.source_format = c_task_formats.task_format
  WHERE spans.agent IS NOT NULL AND c_task_formats.tasks IS NULL
    AND (spans.interval_key IS NULL OR spans.interval_key NOT LIKE 'task:%')
)
SELECT
  origin, kind, id, end_id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer,
  component, operation, tool, model, task_id, message_id, type, name, "time", ts_us, end_us,
  duration_ns, status, severity, error_type, error_message, tags, source, source_format, data
FROM spans
WHERE agent IS NOT NULL AND interval_key LIKE 'task:%'
UNION ALL
SELECT
  origin, kind, id, end_id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer,
  component, operation, tool, model, task_id, message_id, type, name, "time", ts_us, end_us,
  duration_ns, status, severity, error_type, error_message, tags, source, source_format, data
FROM c_others
LEFT JOIN c_parents
  ON c_others.parent_id = c_parents.known_id AND c_others.scope = c_parents.known_scope
WHERE parent_agent IS NULL OR parent_agent <> agent
