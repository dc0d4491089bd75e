-- Question: which tokens are stated in one number only, those read and those written together?
-- Grain:    one row per agent, model, tool, session, UTC day, and record below which the tokens were spent.
-- Inputs:   whole_spans.
-- Columns:  day_us (start of the day, microseconds since 1970), calls, unsplit_tokens (of records that
--           state neither of the two alone; the total of a run counts where no record of its trace states
--           any), stated_cost_microusd (what the source says), stated_calls (of how many calls it says
--           so), parent_id and group_id (the record above, and the trace or else the session in which its
--           id counts).
WITH c_stated AS (
  SELECT
    agent, model, tool, session_id, trace_id, parent_id, type, ts_us, input_tokens, output_tokens,
    cost_microusd, CAST(json_number(data, 'tokens_used') AS BIGINT) AS tokens_used
  FROM whole_spans
  WHERE source_format = 'myagent'
),
c_steps AS (
  SELECT trace_id AS step_trace, COUNT(*) AS steps
  FROM c_stated
  WHERE type <> 'TRACE' AND trace_id IS NOT NULL
    AND (tokens_used > 0 OR input_tokens IS NOT NULL OR output_tokens IS NOT NULL)
  GROUP BY trace_id
),
c_totals AS (
  SELECT trace_id AS total_trace, COUNT(*) AS totals
  FROM c_stated
  WHERE type = 'TRACE' AND trace_id IS NOT NULL
    AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)
  GROUP BY trace_id
),
c_counting AS (
  SELECT
    agent, model, tool, session_id, COALESCE(trace_id, session_id, '') AS group_id, parent_id,
    ts_us - ts_us % 86400000000 AS day_us, tokens_used, cost_microusd
  FROM c_stated
  LEFT JOIN c_steps ON c_stated.trace_id = c_steps.step_trace
  LEFT JOIN c_totals ON c_stated.trace_id = c_totals.total_trace
  WHERE tokens_used > 0 AND input_tokens IS NULL AND output_tokens IS NULL
    AND ((type = 'TRACE' AND steps IS NULL) OR (type <> 'TRACE' AND totals IS NULL))
)
SELECT
  agent, model, tool, session_id, day_us, group_id, parent_id, CAST(COUNT(*) AS BIGINT) AS calls,
  SUM(tokens_used) AS unsplit_tokens, SUM(COALESCE(cost_microusd, 0)) AS stated_cost_microusd,
  SUM(CASE WHEN cost_microusd IS NOT NULL THEN 1 ELSE 0 END) AS stated_calls
FROM c_counting
GROUP BY agent, model, tool, session_id, day_us, group_id, parent_id
ORDER BY
  agent NULLS LAST, model NULLS LAST, tool NULLS LAST, session_id NULLS LAST, day_us NULLS LAST,
  group_id NULLS LAST, parent_id NULLS LAST
