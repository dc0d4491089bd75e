-- Question: which time do the filtered records cover, and how many are there, where none is a span?
-- Grain:    one row.
-- Inputs:   records without whole spans; `range` says the same of any.
-- Columns:  first_us and last_us (microseconds since 1970), records.
SELECT MIN(ts_us) AS first_us, MAX(ts_us) AS last_us, CAST(COUNT(*) AS BIGINT) AS records
FROM records
