-- Question: who used which tokens, on which model, when, and at which length of the prompt?
-- Grain:    one row per agent, model, tool, session, UTC day, step of the prompt's length, and record
--           below which the tokens were spent.
-- Inputs:   token_uses.
-- Columns:  day_us (start of the day, microseconds since 1970), prompt_over (the largest of the steps
--           at which models change their price that the prompt is longer than, in tokens; 0 below
--           them all), calls, tokens by kind (hour_write_tokens are those of cache_write_tokens that
--           are kept for an hour), stated_cost_microusd (what the source says), stated_calls (of how
--           many calls it says so), parent_id and group_id (the record above, and the trace or else the
--           session in which its id counts).
WITH c_hours AS (
  SELECT
    agent, model, tool, session_id, COALESCE(trace_id, session_id, '') AS group_id, parent_id, ts_us,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_microusd,
    CAST(json_number(data, 'cache_creation.ephemeral_1h_input_tokens') AS BIGINT) AS hour_tokens
  FROM token_uses
),
c_uses AS (
  SELECT
    agent, model, tool, session_id, group_id, parent_id, ts_us,
    COALESCE(input_tokens, 0) AS input_tokens,
    COALESCE(output_tokens, 0) AS output_tokens,
    COALESCE(cache_read_tokens, 0) AS cache_read_tokens,
    COALESCE(cache_write_tokens, 0) AS cache_write_tokens,
    LEAST(COALESCE(hour_tokens, 0), COALESCE(cache_write_tokens, 0)) AS hour_write_tokens,
    COALESCE(input_tokens, 0) + COALESCE(cache_read_tokens, 0)
      + COALESCE(cache_write_tokens, 0) AS prompt_tokens,
    cost_microusd
  FROM c_hours
),
c_steps AS (
  SELECT
    c_uses.*, ts_us - ts_us % 86400000000 AS day_us,
    CASE
      WHEN prompt_tokens > 272000 THEN 272000
      WHEN prompt_tokens > 200000 THEN 200000
      WHEN prompt_tokens > 128000 THEN 128000
      WHEN prompt_tokens > 100000 THEN 100000
      ELSE 0
    END AS prompt_over
  FROM c_uses
)
SELECT
  agent, model, tool, session_id, day_us, prompt_over, group_id, parent_id,
  CAST(COUNT(*) AS BIGINT) AS calls,
  SUM(input_tokens) AS input_tokens, SUM(output_tokens) AS output_tokens,
  SUM(cache_read_tokens) AS cache_read_tokens, SUM(cache_write_tokens) AS cache_write_tokens,
  SUM(hour_write_tokens) AS hour_write_tokens,
  SUM(COALESCE(cost_microusd, 0)) AS stated_cost_microusd,
  SUM(CASE WHEN cost_microusd IS NOT NULL THEN 1 ELSE 0 END) AS stated_calls
FROM c_steps
GROUP BY agent, model, tool, session_id, day_us, prompt_over, group_id, parent_id
ORDER BY
  agent NULLS LAST, model NULLS LAST, tool NULLS LAST, session_id NULLS LAST, day_us NULLS LAST,
  prompt_over NULLS LAST, group_id NULLS LAST, parent_id NULLS LAST
