-- Question: which traces were there?
-- Grain:    one row per trace id.
-- Inputs:   spans, errors.
-- Columns:  trace_id, session_id, name and agent of the first root, start, end, ts_us, duration_ns,
--           status, spans, agents, errors.
WITH c_traces AS (
  SELECT
    trace_id, MIN(session_id) AS session_id, MIN(ts_us) AS start_us,
    MAX(COALESCE(end_us, ts_us)) AS end_us, CAST(COUNT(*) AS BIGINT) AS spans,
    CAST(COUNT(DISTINCT agent) AS BIGINT) AS agents
  FROM spans
  WHERE trace_id IS NOT NULL
  GROUP BY trace_id
),
c_known AS (
  SELECT DISTINCT trace_id AS known_trace, id AS known_id
  FROM spans
  WHERE trace_id IS NOT NULL
),
c_roots AS (
  SELECT
    spans.trace_id AS root_trace, spans.name AS root_name, spans.agent AS root_agent,
    spans.status AS root_status,
    ROW_NUMBER() OVER (PARTITION BY spans.trace_id ORDER BY spans.ts_us, -COALESCE(spans.duration_ns, 0), spans.id) AS place
  FROM spans
  LEFT JOIN c_known ON spans.trace_id = c_known.known_trace AND spans.parent_id = c_known.known_id
  WHERE spans.trace_id IS NOT NULL AND c_known.known_id IS NULL
),
c_first_roots AS (
  SELECT root_trace, root_name, root_agent, root_status
  FROM c_roots
  WHERE place = 1
),
c_errors AS (
  SELECT trace_id AS error_trace, CAST(COUNT(*) AS BIGINT) AS errors
  FROM errors
  WHERE trace_id IS NOT NULL
  GROUP BY trace_id
)
SELECT
  c_traces.trace_id, c_traces.session_id, c_first_roots.root_name AS name,
  c_first_roots.root_agent AS agent,
  c_traces.start_us, c_traces.end_us,
  (c_traces.end_us - c_traces.start_us) * 1000 AS duration_ns,
  COALESCE(c_first_roots.root_status, 'unset') AS status, c_traces.spans, c_traces.agents,
  COALESCE(c_errors.errors, 0) AS errors
FROM c_traces
LEFT JOIN c_first_roots ON c_traces.trace_id = c_first_roots.root_trace
LEFT JOIN c_errors ON c_traces.trace_id = c_errors.error_trace
