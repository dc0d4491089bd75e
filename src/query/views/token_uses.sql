-- Question: where was each token spent?
-- Grain:    one row per record whose tokens or cost count. A model call that several sources repeat
--           counts once; an agent's, chain's, turn's or trace's own total does not count where the
--           same trace holds model calls with tokens.
-- Inputs:   events, whole_spans, logs.
-- Columns:  those of records that describe a use of tokens.
WITH c_uses AS (
  SELECT
    kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, component,
    operation, tool, model, task_id, type, name, "time", ts_us, duration_ns, status, severity,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_microusd, tags,
    source, source_format, data
  FROM events
  UNION ALL
  SELECT
    kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, component,
    operation, tool, model, task_id, type, name, "time", ts_us, duration_ns, status, severity,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_microusd, tags,
    source, source_format, data
  FROM whole_spans
  UNION ALL
  SELECT
    kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, component,
    operation, tool, model, task_id, type, name, "time", ts_us, duration_ns, status, severity,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_microusd, tags,
    source, source_format, data
  FROM logs
),
c_spent AS (
  SELECT c_uses.*
  FROM c_uses
  WHERE input_tokens IS NOT NULL OR output_tokens IS NOT NULL OR cache_read_tokens IS NOT NULL
    OR cache_write_tokens IS NOT NULL OR cost_microusd IS NOT NULL
),
c_called AS (
  SELECT trace_id AS called_trace, COUNT(*) AS calls
  FROM c_spent
  WHERE type IN ('LLM', 'THINK') AND trace_id IS NOT NULL
  GROUP BY trace_id
),
c_calls AS (
  SELECT
    c_spent.*,
    ROW_NUMBER() OVER (PARTITION BY id, COALESCE(trace_id, ''), ts_us, kind ORDER BY source, session_id) AS copy
  FROM c_spent
  WHERE type = 'LLM'
)
SELECT
  kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, component, operation,
  tool, model, task_id, type, name, "time", ts_us, duration_ns, status, severity, input_tokens,
  output_tokens,
  cache_read_tokens, cache_write_tokens, cost_microusd, tags, source, source_format, data
FROM c_calls
WHERE copy = 1
UNION ALL
SELECT
  kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, component, operation,
  tool, model, task_id, type, name, "time", ts_us, duration_ns, status, severity, input_tokens,
  output_tokens,
  cache_read_tokens, cache_write_tokens, cost_microusd, tags, source, source_format, data
FROM c_spent
WHERE type NOT IN ('LLM', 'AGENT', 'CHAIN', 'TURN', 'TRACE')
UNION ALL
SELECT
  kind, id, parent_id, trace_id, session_id, swarm_id, correlation_id, agent, component, operation,
  tool, model, task_id, type, name, "time", ts_us, duration_ns, status, severity, input_tokens,
  output_tokens,
  cache_read_tokens, cache_write_tokens, cost_microusd, tags, source, source_format, data
FROM c_spent
LEFT JOIN c_called ON c_spent.trace_id = c_called.called_trace
WHERE type IN ('AGENT', 'CHAIN', 'TURN', 'TRACE') AND c_called.calls IS NULL
