-- Question: what failed?
-- Grain:    one row per error: a failed span or task, and each error event or log that is not of a
--           failed attempt at a task (those are the task's own error, told once). An attempt lasts
--           until the next one at the same task begins.
-- Inputs:   spans, events, logs.
-- Columns:  those of records that describe an error; recovered (a later attempt at the same task
--           ended well), end_us (when it was known, microseconds since 1970).
WITH c_failed AS (
  SELECT
    kind, COALESCE(end_id, id) AS id, parent_id, trace_id, session_id, swarm_id, correlation_id,
    agent,
    peer, component, operation, tool, model, task_id, type, name, "time", ts_us, end_us,
    duration_ns, status, severity, error_type, error_message, tags, interval_key, interval_group,
    source, source_format, data
  FROM spans
  WHERE status IN ('error', 'timeout')
),
c_loose AS (
  SELECT
    kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer, component,
    operation, tool, model, task_id, type, name, "time", ts_us, duration_ns, status, severity,
    error_type, error_message, tags, source, source_format, data,
    COALESCE(session_id, swarm_id, trace_id, '') AS interval_group,
    CASE WHEN task_id IS NULL THEN NULL ELSE CONCAT('task:', task_id) END AS task_key
  FROM events
  WHERE status IN ('error', 'timeout') AND interval_edge IS NULL
  UNION ALL
  SELECT
    kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer, component,
    operation, tool, model, task_id, type, name, "time", ts_us, duration_ns, status, severity,
    error_type, error_message, tags, source, source_format, data,
    COALESCE(session_id, swarm_id, trace_id, '') AS interval_group, NULL AS task_key
  FROM logs
  WHERE status IN ('error', 'timeout')
),
c_ends AS (
  SELECT
    kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer, component,
    operation, tool, model, task_id, type, name, "time", ts_us, duration_ns, status, severity,
    error_type, error_message, tags, interval_key, source, source_format, data,
    COALESCE(session_id, swarm_id, trace_id, '') AS interval_group
  FROM events
  WHERE status IN ('error', 'timeout') AND interval_edge = 'end'
),
c_known AS (
  SELECT id AS known_id, interval_group AS known_group
  FROM c_failed
),
c_unmatched AS (
  SELECT c_ends.*
  FROM c_ends
  LEFT JOIN c_known
    ON c_ends.id = c_known.known_id AND c_ends.interval_group = c_known.known_group
  WHERE c_known.known_id IS NULL
),
c_keys AS (
  SELECT interval_key AS error_key
  FROM c_failed
  UNION ALL
  SELECT task_key AS error_key
  FROM c_loose
  UNION ALL
  SELECT interval_key AS error_key
  FROM c_unmatched
),
c_error_keys AS (
  SELECT error_key
  FROM c_keys
  WHERE error_key LIKE 'task:%'
  GROUP BY error_key
),
c_tasks AS (
  SELECT spans.interval_group, spans.interval_key, spans.status, spans.ts_us, spans.end_us, spans.id
  FROM spans
  JOIN c_error_keys ON spans.interval_key = c_error_keys.error_key
),
c_counts AS (
  SELECT
    interval_group AS task_group, interval_key AS task_key, CAST(COUNT(*) AS BIGINT) AS attempts
  FROM c_tasks
  GROUP BY interval_group, interval_key
),
c_counted AS (
  SELECT c_tasks.*, c_counts.attempts
  FROM c_tasks
  JOIN c_counts
    ON c_tasks.interval_group = c_counts.task_group AND c_tasks.interval_key = c_counts.task_key
),
c_attempts AS (
  SELECT
    interval_group, interval_key, status, ts_us,
    LEAD(ts_us) OVER (PARTITION BY interval_group, interval_key ORDER BY ts_us, id) AS next_us
  FROM c_counted
  WHERE attempts > 1
  UNION ALL
  SELECT interval_group, interval_key, status, ts_us, NULL AS next_us
  FROM c_counted
  WHERE attempts = 1
  UNION ALL
  SELECT interval_group, interval_key, status, 0 AS ts_us, NULL AS next_us
  FROM c_unmatched
),
c_told AS (
  SELECT DISTINCT c_loose.id AS told_id, c_loose.interval_group AS told_group
  FROM c_loose
  JOIN c_attempts
    ON c_loose.interval_group = c_attempts.interval_group
    AND c_loose.task_key = c_attempts.interval_key
  WHERE c_attempts.status IN ('error', 'timeout') AND c_loose.ts_us >= c_attempts.ts_us
    AND (c_attempts.next_us IS NULL OR c_loose.ts_us < c_attempts.next_us)
),
c_all AS (
  SELECT
    kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer, component,
    operation, tool, model, task_id, type, name, "time", ts_us, end_us, duration_ns, status,
    severity, error_type, error_message, tags, interval_key, interval_group, source,
    source_format, data
  FROM c_failed
  UNION ALL
  SELECT
    c_loose.kind, c_loose.id, c_loose.parent_id, c_loose.trace_id, c_loose.session_id,
    c_loose.swarm_id,
    c_loose.correlation_id, c_loose.agent, c_loose.peer, c_loose.component, c_loose.operation,
    c_loose.tool, c_loose.model, c_loose.task_id, c_loose.type, c_loose.name, c_loose."time",
    c_loose.ts_us, c_loose.ts_us AS end_us, c_loose.duration_ns, c_loose.status, c_loose.severity,
    c_loose.error_type,
    c_loose.error_message, c_loose.tags, c_loose.task_key AS interval_key, c_loose.interval_group,
    c_loose.source, c_loose.source_format, c_loose.data
  FROM c_loose
  LEFT JOIN c_told
    ON c_loose.id = c_told.told_id AND c_loose.interval_group = c_told.told_group
  WHERE c_told.told_id IS NULL
  UNION ALL
  SELECT
    kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, peer, component,
    operation, tool, model, task_id, type, name, "time", ts_us, ts_us AS end_us, duration_ns,
    status, severity, error_type, error_message, tags, interval_key, interval_group, source,
    source_format, data
  FROM c_unmatched
),
c_successes AS (
  SELECT interval_group AS ok_group, interval_key AS ok_key, MAX(end_us) AS last_ok_us
  FROM c_tasks
  WHERE status = 'ok'
  GROUP BY interval_group, interval_key
)
SELECT
  c_all.kind, c_all.id, c_all.parent_id, c_all.trace_id, c_all.session_id, c_all.swarm_id,
  c_all.correlation_id, c_all.agent, c_all.peer, c_all.component, c_all.operation, c_all.tool,
  c_all.model, c_all.task_id, c_all.type, c_all.name, c_all."time", c_all.ts_us, c_all.end_us,
  c_all.duration_ns, c_all.status, c_all.severity, c_all.error_type, c_all.error_message,
  c_all.tags, c_all.source,
  c_all.source_format, c_all.data,
  CASE WHEN c_successes.last_ok_us > c_all.end_us THEN 1 ELSE 0 END AS recovered
FROM c_all
LEFT JOIN c_successes
  ON c_all.interval_group = c_successes.ok_group AND c_all.interval_key = c_successes.ok_key
