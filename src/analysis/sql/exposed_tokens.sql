-- Question: who used how many tokens, and what does the source say that they cost?
-- Grain:    one row per agent, type, model and tool.
-- Inputs:   token_uses.
-- Columns:  tokens by kind; cost_microusd (millionths of a US dollar, as stated), stated (of how many
--           records a cost is stated).
SELECT
  agent, type, model, tool, SUM(COALESCE(input_tokens, 0)) AS input_tokens,
  SUM(COALESCE(output_tokens, 0)) AS output_tokens,
  SUM(COALESCE(cache_read_tokens, 0)) AS cache_read_tokens,
  SUM(COALESCE(cache_write_tokens, 0)) AS cache_write_tokens,
  SUM(COALESCE(cost_microusd, 0)) AS cost_microusd,
  SUM(CASE WHEN cost_microusd IS NOT NULL THEN 1 ELSE 0 END) AS stated
FROM token_uses
GROUP BY agent, type, model, tool
ORDER BY agent NULLS LAST, type NULLS LAST, model NULLS LAST, tool NULLS LAST
