-- Question: which messages were sent, to whom, and when did each arrive?
-- Grain:    one row per send and receiver; a send that nobody received has one row (lost), and a
--           receive without a send or beyond the sends has one too (unsent, duplicate).
-- Inputs:   events with a message_id and an interval edge.
-- Columns:  message_id, agent (sender), peer (receiver), sent_us and received_us (microseconds since
--           1970), latency_ns, delivery (delivered, lost, duplicate, unsent).
-- Rule:     within a group (session, else swarm, else trace) and a message id, the n-th receive of
--           a receiver belongs to the n-th send to it; a broadcast, and a send that names nobody,
--           belongs to the n-th receive of every receiver.
WITH c_sends AS (
  SELECT
    COALESCE(session_id, swarm_id, trace_id, '') AS message_group, message_id, id, agent, peer,
    CASE WHEN type = 'BROADCAST' THEN NULL ELSE peer END AS recipient, ts_us, trace_id, session_id,
    swarm_id, correlation_id, status, severity, type, tags, source, source_format, data,
    ROW_NUMBER() OVER (
      PARTITION BY COALESCE(session_id, swarm_id, trace_id, ''), message_id,
        CASE WHEN type = 'BROADCAST' THEN NULL ELSE peer END
      ORDER BY ts_us, id
    ) AS turn
  FROM events
  WHERE interval_edge = 'begin' AND interval_key LIKE 'message:%'
),
c_receives AS (
  SELECT
    COALESCE(session_id, swarm_id, trace_id, '') AS message_group, message_id, id AS receive_id,
    agent AS receiver, peer AS stated_sender, ts_us AS received_us, trace_id, session_id, swarm_id,
    correlation_id, status, severity, type, tags, source, source_format, data,
    ROW_NUMBER() OVER (
      PARTITION BY COALESCE(session_id, swarm_id, trace_id, ''), message_id, agent
      ORDER BY ts_us, id
    ) AS turn
  FROM events
  WHERE interval_edge = 'end' AND interval_key LIKE 'message:%'
),
c_directed AS (
  SELECT c_sends.*, c_receives.receive_id, c_receives.receiver, c_receives.received_us
  FROM c_sends
  LEFT JOIN c_receives
    ON c_sends.message_group = c_receives.message_group
    AND c_sends.message_id = c_receives.message_id
    AND c_sends.recipient = c_receives.receiver
    AND c_sends.turn = c_receives.turn
  WHERE c_sends.recipient IS NOT NULL
),
c_open_sends AS (
  SELECT *
  FROM c_sends
  WHERE recipient IS NULL
),
c_undirected AS (
  SELECT c_open_sends.*, c_receives.receive_id, c_receives.receiver, c_receives.received_us
  FROM c_open_sends
  LEFT JOIN c_receives
    ON c_open_sends.message_group = c_receives.message_group
    AND c_open_sends.message_id = c_receives.message_id
    AND c_open_sends.turn = c_receives.turn
),
c_matched AS (
  SELECT
    message_id, id, receive_id, receiver, agent, peer, ts_us, received_us, trace_id, session_id,
    swarm_id, correlation_id, status, severity, type, tags, source, source_format, data
  FROM c_directed
  UNION ALL
  SELECT
    message_id, id, receive_id, receiver, agent, peer, ts_us, received_us, trace_id, session_id,
    swarm_id, correlation_id, status, severity, type, tags, source, source_format, data
  FROM c_undirected
),
c_direct_counts AS (
  SELECT message_group, message_id, recipient, CAST(COUNT(*) AS BIGINT) AS sends
  FROM c_sends
  WHERE recipient IS NOT NULL
  GROUP BY message_group, message_id, recipient
),
c_open_counts AS (
  SELECT message_group, message_id, CAST(COUNT(*) AS BIGINT) AS open_sends
  FROM c_open_sends
  GROUP BY message_group, message_id
),
c_unclaimed AS (
  SELECT
    c_receives.*,
    COALESCE(c_direct_counts.sends, 0) AS sends,
    COALESCE(c_open_counts.open_sends, 0) AS open_sends
  FROM c_receives
  LEFT JOIN c_direct_counts
    ON c_receives.message_group = c_direct_counts.message_group
    AND c_receives.message_id = c_direct_counts.message_id
    AND c_receives.receiver = c_direct_counts.recipient
  LEFT JOIN c_open_counts
    ON c_receives.message_group = c_open_counts.message_group
    AND c_receives.message_id = c_open_counts.message_id
)
SELECT
  CASE WHEN received_us IS NULL THEN 'lost' ELSE 'delivered' END AS delivery, message_id, id,
  receive_id, agent, COALESCE(receiver, peer) AS peer, ts_us, ts_us AS sent_us, received_us,
  CASE WHEN received_us >= ts_us THEN (received_us - ts_us) * 1000 END AS latency_ns, trace_id,
  session_id, swarm_id, correlation_id, status, severity, type, tags, source, source_format, data
FROM c_matched
UNION ALL
SELECT
  CASE WHEN sends + open_sends = 0 THEN 'unsent' ELSE 'duplicate' END AS delivery, message_id,
  receive_id AS id, receive_id, stated_sender AS agent, receiver AS peer, received_us AS ts_us,
  NULL AS sent_us, received_us, NULL AS latency_ns, trace_id, session_id, swarm_id, correlation_id,
  status, severity, type, tags, source, source_format, data
FROM c_unclaimed
WHERE turn > sends AND turn > open_sends
