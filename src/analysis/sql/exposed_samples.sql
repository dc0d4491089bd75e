-- Question: what is the newest value of each recorded series?
-- Grain:    one row per name, unit, type, dimensions, agent and component of metrics.
-- Inputs:   metrics.
-- Columns:  unit, agent and component (empty where there is none), value (in the unit; of the newest
--           sample, the largest among equals; of a counter that is written as steps, the sum of the
--           steps), ts_us (when, microseconds since 1970).
WITH c_samples AS (
  SELECT
    name, COALESCE(unit, '') AS unit, COALESCE(metric_type, 'gauge') AS metric_type,
    COALESCE(labels, '') AS labels, COALESCE(agent, '') AS agent,
    COALESCE(component, '') AS component, ts_us, value,
    CASE WHEN json_number(extra, 'sum.aggregationTemporality') = 1 THEN 1 ELSE 0 END AS is_step
  FROM metrics
  WHERE value IS NOT NULL AND name IS NOT NULL
),
c_last AS (
  SELECT
    name AS last_name, unit AS last_unit, metric_type AS last_type, labels AS last_labels,
    agent AS last_agent, component AS last_component, MAX(ts_us) AS last_us,
    SUM(value) AS total, MAX(is_step) AS has_steps
  FROM c_samples
  GROUP BY name, unit, metric_type, labels, agent, component
),
c_newest AS (
  SELECT
    name, unit, metric_type, labels, agent, component, MAX(ts_us) AS newest_us,
    MAX(value) AS newest, MAX(total) AS steps, MAX(has_steps) AS is_steps
  FROM c_samples
  JOIN c_last
    ON c_samples.name = c_last.last_name AND c_samples.unit = c_last.last_unit
    AND c_samples.metric_type = c_last.last_type AND c_samples.labels = c_last.last_labels
    AND c_samples.agent = c_last.last_agent AND c_samples.component = c_last.last_component
    AND c_samples.ts_us = c_last.last_us
  GROUP BY name, unit, metric_type, labels, agent, component
)
SELECT
  name, unit, metric_type, NULLIF(labels, '') AS labels, agent, component, newest_us AS ts_us,
  CASE WHEN metric_type = 'counter' AND is_steps = 1 THEN steps ELSE newest END AS value
FROM c_newest
ORDER BY
  name NULLS LAST, unit NULLS LAST, metric_type NULLS LAST, labels NULLS LAST, agent NULLS LAST,
  component NULLS LAST
