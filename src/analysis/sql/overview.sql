-- Question: what is there, by kind, format and source?
-- Grain:    one row per kind, format and source.
-- Inputs:   records.
-- Columns:  records, first_us and last_us (microseconds since 1970).
SELECT
  kind, source_format, source, CAST(COUNT(*) AS BIGINT) AS records, MIN(ts_us) AS first_us,
  MAX(ts_us) AS last_us
FROM records
GROUP BY kind, source_format, source
ORDER BY kind NULLS LAST, source_format NULLS LAST, source NULLS LAST
