-- Question: which tokens were used in each bucket of time, on which model, at which length of the prompt?
-- Grain:    one row per key that splits the series, bucket of 60 s, model and step of the prompt's length.
-- Inputs:   token_uses.
-- Columns:  by_key ('' unless an option splits the series); bucket_us (begin of the bucket, microseconds
--           since 1970); prompt_over (the largest of the steps at which models change their price that
--           the prompt is longer than, in tokens; 0 below them all); calls, tokens by kind
--           (hour_write_tokens are those of cache_write_tokens that are kept for an hour),
--           stated_cost_microusd (what the source says), stated_calls (of how many calls it says so).
WITH c_uses AS (
  SELECT
    '' AS by_key, ts_us - (ts_us % 60000000 + 60000000) % 60000000 AS bucket_us, model,
    COALESCE(input_tokens, 0) AS input_tokens, COALESCE(output_tokens, 0) AS output_tokens,
    COALESCE(cache_read_tokens, 0) AS cache_read_tokens,
    COALESCE(cache_write_tokens, 0) AS cache_write_tokens,
    LEAST(
      COALESCE(CAST(json_number(data, 'cache_creation.ephemeral_1h_input_tokens') AS BIGINT), 0),
      COALESCE(cache_write_tokens, 0)
    ) AS hour_write_tokens,
    COALESCE(input_tokens, 0) + COALESCE(cache_read_tokens, 0)
      + COALESCE(cache_write_tokens, 0) AS prompt_tokens,
    cost_microusd
  FROM token_uses
),
c_steps AS (
  SELECT
    c_uses.*,
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
  by_key, bucket_us, model, prompt_over, CAST(COUNT(*) AS BIGINT) AS calls,
  SUM(input_tokens) AS input_tokens, SUM(output_tokens) AS output_tokens,
  SUM(cache_read_tokens) AS cache_read_tokens, SUM(cache_write_tokens) AS cache_write_tokens,
  SUM(hour_write_tokens) AS hour_write_tokens,
  SUM(COALESCE(cost_microusd, 0)) AS stated_cost_microusd,
  SUM(CASE WHEN cost_microusd IS NOT NULL THEN 1 ELSE 0 END) AS stated_calls
FROM c_steps
GROUP BY by_key, bucket_us, model, prompt_over
ORDER BY by_key NULLS LAST, bucket_us NULLS LAST, model NULLS LAST, prompt_over NULLS LAST
