-- Question: what was last measured of each agent's use of processor and memory?
-- Grain:    one row per agent, metric and unit.
-- Inputs:   metrics.
-- Columns:  name, unit, samples, last_us (of the newest sample, microseconds since 1970), last_value (the
--           largest of samples of that time) and max_value, both in the unit.
WITH c_samples AS (
  SELECT agent, name, COALESCE(unit, '') AS unit_key, ts_us, value
  FROM metrics
  WHERE agent IS NOT NULL AND value IS NOT NULL AND name IN (
    'cpu.usage', 'system.cpuUsage', 'cpu_usage', 'cpuUsage.average', 'health.cpu.usagePercent',
    'process.cpu.utilization', 'system.cpu.utilization', 'memory.used', 'memory_usage',
    'system.memoryUsage', 'memory.usagePercent', 'health.memory.used',
    'health.memory.usagePercent', 'process.memory.usage', 'system.memory.usage',
    'process.memory.utilization', 'system.memory.utilization'
  )
),
c_series AS (
  SELECT
    agent AS series_agent, name AS series_name, unit_key AS series_unit,
    CAST(COUNT(*) AS BIGINT) AS samples, MAX(ts_us) AS last_us, MAX(value) AS max_value
  FROM c_samples
  GROUP BY agent, name, unit_key
)
SELECT
  agent, name, NULLIF(unit_key, '') AS unit, MIN(samples) AS samples, MIN(last_us) AS last_us,
  MAX(value) AS last_value, MAX(max_value) AS max_value
FROM c_samples
JOIN c_series
  ON c_samples.agent = c_series.series_agent AND c_samples.name = c_series.series_name
  AND c_samples.unit_key = c_series.series_unit AND c_samples.ts_us = c_series.last_us
GROUP BY agent, name, unit_key
ORDER BY agent NULLS LAST, name NULLS LAST, unit_key NULLS LAST
