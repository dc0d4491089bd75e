-- Question: which errors does a timeline mark?
-- Grain:    one row per error of an agent, the first 2000.
-- Inputs:   errors.
-- Columns:  id, agent, ts_us (microseconds since 1970), error_type, error_message.
SELECT id, agent, ts_us, error_type, error_message
FROM errors
WHERE agent IS NOT NULL
ORDER BY ts_us NULLS LAST, id NULLS LAST
LIMIT 2000
