-- Question: which sessions were there, how long, how costly, with how many errors?
-- Grain:    one row per session.
-- Inputs:   sessions.
-- Columns:  as the view.
SELECT
  session_id, swarm_id, start, "end", duration_ns, status, events, agents, errors, input_tokens,
  output_tokens, cost_microusd
FROM sessions
ORDER BY start_us NULLS LAST, session_id NULLS LAST
