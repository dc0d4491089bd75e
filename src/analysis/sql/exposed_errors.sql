-- Question: how many errors were there, of whom and where?
-- Grain:    one row per agent, type, model and tool.
-- Inputs:   errors.
-- Columns:  agent, type, model, tool, errors (how many).
SELECT agent, type, model, tool, CAST(COUNT(*) AS BIGINT) AS errors
FROM errors
GROUP BY agent, type, model, tool
ORDER BY agent NULLS LAST, type NULLS LAST, model NULLS LAST, tool NULLS LAST
