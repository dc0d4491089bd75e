-- Question: which spans call another component, answer a call, or are not waited for?
-- Grain:    one row per span of OTLP or Jaeger whose kind or links say so.
-- Inputs:   whole_spans.
-- Columns:  id, trace_id, ts_us (microseconds since 1970), span_kind (a name, or a number: 2 server,
--           3 client, 5 consumer), links (what it follows from: of OTLP JSON text, of Jaeger an id).
WITH c_kinds AS (
  SELECT
    id, trace_id, ts_us, json_text(data, 'kind') AS span_kind, json_text(data, 'links') AS links
  FROM whole_spans
  WHERE source_format = 'otlp'
),
c_references AS (
  SELECT
    id, parent_id, trace_id, ts_us, json_text(extra, 'kind') AS span_kind,
    json_text(data, 'references') AS refs, json_text(data, 'parentSpanID') AS old_parent
  FROM whole_spans
  WHERE source_format = 'jaeger'
),
c_followers AS (
  SELECT
    id, trace_id, ts_us, span_kind,
    CASE
      WHEN refs LIKE '%FOLLOWS_FROM%' AND refs NOT LIKE '%CHILD_OF%' AND old_parent IS NULL
        THEN parent_id
    END AS links
  FROM c_references
)
SELECT id, trace_id, ts_us, span_kind, links
FROM c_kinds
WHERE span_kind IN (
    '2', '3', '5', 'SPAN_KIND_SERVER', 'SPAN_KIND_CLIENT', 'SPAN_KIND_CONSUMER'
  )
  OR links LIKE '%spanId%'
UNION ALL
SELECT id, trace_id, ts_us, span_kind, links
FROM c_followers
WHERE span_kind IN ('server', 'client', 'consumer') OR links IS NOT NULL
