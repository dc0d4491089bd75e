-- Question: of which types are the records?
-- Grain:    one row per kind and type.
-- Inputs:   records.
-- Columns:  records, the most first.
SELECT kind, type, CAST(COUNT(*) AS BIGINT) AS records
FROM records
GROUP BY kind, type
ORDER BY records DESC NULLS LAST, kind NULLS LAST, type NULLS LAST
