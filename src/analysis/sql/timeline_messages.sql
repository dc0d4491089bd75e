-- Question: which messages does a timeline draw?
-- Grain:    one row per message, at most 2000: lost ones first, then those that took longest.
-- Inputs:   messages.
-- Columns:  agent (who sent it), peer, type, sent_us and received_us (microseconds since 1970),
--           delivery, latency_ns.
SELECT agent, peer, type, delivery, sent_us, received_us, latency_ns
FROM messages
WHERE sent_us IS NOT NULL AND agent IS NOT NULL AND peer IS NOT NULL
ORDER BY
  CASE WHEN delivery = 'lost' THEN 0 ELSE 1 END NULLS LAST, latency_ns DESC NULLS LAST,
  sent_us NULLS LAST, message_id NULLS LAST
LIMIT 2000
