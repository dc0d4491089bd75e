-- Question: how many events of which type did each agent write?
-- Grain:    one row per agent and type.
-- Inputs:   events.
-- Columns:  agent, type, events (how many).
SELECT agent, type, CAST(COUNT(*) AS BIGINT) AS events
FROM events
GROUP BY agent, type
ORDER BY agent NULLS LAST, type NULLS LAST
