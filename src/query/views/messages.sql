-- Question: which messages were sent, to whom, and when did each arrive?
-- Grain:    one row per send and receiver; a send that nobody received has one row (lost), and a
--           receive without a send or beyond the sends has one too (unsent, duplicate).
-- Inputs:   events with a message_id and an interval edge.
-- Columns:  message_id, agent (sender), peer (receiver), sent_us and received_us (microseconds since
--           1970), latency_ns, delivery (delivered, lost, duplicate, unsent), is_broadcast.
-- Rule:     within a group (session, else swarm, else trace) and a message id, the n-th receive of
--           each receiver belongs to the n-th send.
WITH c_sends AS (
  SELECT
    COALESCE(session_id, swarm_id, trace_id, '') AS message_group, message_id, id, agent, peer,
    ts_us, trace_id, session_id, swarm_id, correlation_id, status, severity, type, tags,
    source, source_format, data,
    ROW_NUMBER() OVER (
      PARTITION BY COALESCE(session_id, swarm_id, trace_id, ''), message_id ORDER BY ts_us, id
    ) AS turn
  FROM events
  WHERE interval_edge = 'begin' AND interval_key LIKE 'message:%'
),
c_receives AS (
  SELECT
    COALESCE(session_id, swarm_id, trace_id, '') AS message_group, message_id, id AS receive_id,
    agent AS receiver, peer AS stated_sender, ts_us AS received_us,
    trace_id, session_id, swarm_id, correlation_id, status, severity, type, tags, source,
    source_format, data,
    ROW_NUMBER() OVER (
      PARTITION BY COALESCE(session_id, swarm_id, trace_id, ''), message_id, agent ORDER BY ts_us, id
    ) AS turn
  FROM events
  WHERE interval_edge = 'end' AND interval_key LIKE 'message:%'
),
c_sent_counts AS (
  SELECT message_group, message_id, COUNT(*) AS sends
  FROM c_sends
  GROUP BY message_group, message_id
),
c_unclaimed AS (
  SELECT c_receives.*, c_sent_counts.sends
  FROM c_receives
  LEFT JOIN c_sent_counts
    ON c_receives.message_group = c_sent_counts.message_group
    AND c_receives.message_id = c_sent_counts.message_id
)
SELECT
  CASE WHEN c_receives.received_us IS NULL THEN 'lost' ELSE 'delivered' END AS delivery,
  c_sends.message_id, c_sends.id, c_receives.receive_id, c_sends.agent,
  COALESCE(c_receives.receiver, c_sends.peer) AS peer, c_sends.ts_us,
  c_sends.ts_us AS sent_us, c_receives.received_us,
  CASE
    WHEN c_receives.received_us >= c_sends.ts_us
    THEN (c_receives.received_us - c_sends.ts_us) * 1000
  END AS latency_ns, c_sends.trace_id,
  c_sends.session_id, c_sends.swarm_id, c_sends.correlation_id, c_sends.status, c_sends.severity,
  c_sends.type, c_sends.tags, c_sends.source, c_sends.source_format, c_sends.data
FROM c_sends
LEFT JOIN c_receives
  ON c_sends.message_group = c_receives.message_group
  AND c_sends.message_id = c_receives.message_id
  AND c_sends.turn = c_receives.turn
UNION ALL
SELECT
  CASE WHEN sends IS NULL THEN 'unsent' ELSE 'duplicate' END AS delivery, message_id,
  receive_id AS id, receive_id, stated_sender AS agent, receiver AS peer, 
  received_us AS ts_us, NULL AS sent_us, received_us, NULL AS latency_ns, trace_id, session_id,
  swarm_id, correlation_id, status, severity, type, tags, source, source_format, data
FROM c_unclaimed
WHERE sends IS NULL OR turn > sends
