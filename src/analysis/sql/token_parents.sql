-- Question: which records lie above others, and which calls began another agent?
-- Grain:    one row per record whose id others name as their parent's (some of them in other traces), and
--           per tool call that names the agent that it began.
-- Inputs:   records.
-- Columns:  group_id (the trace, else the session, in which ids count), id, parent_id, session_id, agent,
--           began (the agent that the call began).
WITH c_known AS (
  SELECT
    COALESCE(trace_id, session_id, '') AS group_id, id, parent_id, session_id, agent, ts_us,
    CASE WHEN kind = 'span' AND type = 'TOOL' THEN peer ELSE NULL END AS began
  FROM records
  WHERE kind <> 'metric'
),
c_named AS (
  SELECT DISTINCT parent_id AS named_id
  FROM c_known
  WHERE parent_id IS NOT NULL
)
SELECT group_id, id, parent_id, session_id, agent, began
FROM c_known
LEFT JOIN c_named ON c_known.id = c_named.named_id
WHERE named_id IS NOT NULL OR began IS NOT NULL
ORDER BY ts_us NULLS LAST, group_id NULLS LAST, id NULLS LAST, parent_id NULLS LAST, agent NULLS LAST
