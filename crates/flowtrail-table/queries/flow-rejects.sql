-- What was rejected, by destination and port
--
-- Much of it from one source is a scan; much of it from one's own hosts is a
-- rule that is missing.
--
-- @param address text optional; only this destination
-- @attack T1046
SELECT dstaddr,
       dstport,
       protocol,
       count(*) AS flows,
       count(DISTINCT srcaddr) AS sources,
       sum(packets) AS packets,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM vpcflow
WHERE action = 'REJECT'
  AND ($address IS NULL OR dstaddr = $address)
GROUP BY dstaddr, dstport, protocol
ORDER BY flows DESC, dstaddr, dstport, protocol
