-- Question: how much data goes through each component and operation, and how much memory do they take?
-- Grain:    one row per component and operation whose spans tell sizes or memory.
-- Inputs:   whole_spans of the format langswarm, whose tags are in data.
-- Columns:  sized (spans that tell both sizes), input_bytes and output_bytes (their sums);
--           memory_delta_bytes (a sum); minimal (below 1 KiB), small (below 1 MiB), moderate (below
--           10 MiB), large (below 100 MiB), very_large: counts of spans by what memory they took.
WITH c_tags AS (
  SELECT
    component, operation, CAST(json_number(data, 'tags.input_size_bytes') AS BIGINT) AS input_bytes,
    CAST(json_number(data, 'tags.output_size_bytes') AS BIGINT) AS output_bytes,
    CAST(json_number(data, 'tags.memory_delta_bytes') AS BIGINT) AS memory_bytes
  FROM whole_spans
  WHERE source_format = 'langswarm'
),
c_told AS (
  SELECT
    component, operation, memory_bytes,
    CASE WHEN input_bytes IS NOT NULL AND output_bytes IS NOT NULL THEN 1 ELSE 0 END AS is_sized,
    input_bytes, output_bytes
  FROM c_tags
  WHERE (input_bytes IS NOT NULL AND output_bytes IS NOT NULL) OR memory_bytes IS NOT NULL
)
SELECT
  component, operation, SUM(is_sized) AS sized,
  SUM(CASE WHEN is_sized = 1 THEN input_bytes ELSE 0 END) AS input_bytes,
  SUM(CASE WHEN is_sized = 1 THEN output_bytes ELSE 0 END) AS output_bytes,
  SUM(COALESCE(memory_bytes, 0)) AS memory_delta_bytes,
  SUM(CASE WHEN memory_bytes < 1024 THEN 1 ELSE 0 END) AS minimal,
  SUM(CASE WHEN memory_bytes >= 1024 AND memory_bytes < 1048576 THEN 1 ELSE 0 END) AS small,
  SUM(CASE WHEN memory_bytes >= 1048576 AND memory_bytes < 10485760 THEN 1 ELSE 0 END) AS moderate,
  SUM(CASE WHEN memory_bytes >= 10485760 AND memory_bytes < 104857600 THEN 1 ELSE 0 END) AS large,
  SUM(CASE WHEN memory_bytes >= 104857600 THEN 1 ELSE 0 END) AS very_large
FROM c_told
GROUP BY component, operation
ORDER BY component NULLS LAST, operation NULLS LAST
