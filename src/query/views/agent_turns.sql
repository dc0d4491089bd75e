-- Question: what did each agent do in one go?
-- Grain:    one row per turn: an attempt at a task; in a format without tasks, a span of the agent
--           whose parent is not its own (one per trace, turn or sub-agent invocation).
-- Inputs:   spans.
-- Columns:  those of spans.
WITH c_parents AS (
  SELECT id AS known_id, MIN(agent) AS parent_agent
  FROM spans
  WHERE interval_key IS NULL
  GROUP BY id
),
c_task_formats AS (
  SELECT source_format AS task_format, COUNT(*) AS tasks
  FROM spans
  WHERE interval_key LIKE 'task:%'
  GROUP BY source_format
)
SELECT
  spans.origin, spans.kind, spans.id, spans.end_id, spans.parent_id, spans.trace_id,
  spans.session_id,
  spans.swarm_id, spans.correlation_id, spans.agent, spans.peer, spans.component, spans.operation,
  spans.tool, spans.model, spans.task_id, spans.message_id, spans.type, spans.name, spans."time",
  spans.ts_us, spans.end_us, spans.duration_ns, spans.status, spans.severity, spans.error_type,
  spans.error_message, spans.tags, spans.source, spans.source_format, spans.data
FROM spans
LEFT JOIN c_parents ON spans.parent_id = c_parents.known_id
LEFT JOIN c_task_formats ON spans.source_format = c_task_formats.task_format
WHERE spans.agent IS NOT NULL AND (
  spans.interval_key LIKE 'task:%'
  OR (c_task_formats.tasks IS NULL
    AND (c_parents.parent_agent IS NULL OR c_parents.parent_agent <> spans.agent))
)
