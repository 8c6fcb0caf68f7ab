-- Connections between hosts that were not there before
--
-- Accepted traffic to a port that serves, first seen at the recent end of the
-- logs. It says the more, the more history there is before.
--
-- @param recent duration = 1 day; how long before the newest record an edge is new
-- @attack T1021
SELECT srcaddr, dstaddr, dstport, protocol, first_seen, flows, bytes
FROM (SELECT srcaddr,
             dstaddr,
             dstport,
             protocol,
             min(time) AS first_seen,
             count(*) AS flows,
             sum(bytes) AS bytes,
             max(max(time)) OVER () AS newest
      FROM vpcflow
      WHERE action = 'ACCEPT' AND dstport < 32768
      GROUP BY srcaddr, dstaddr, dstport, protocol) AS edges
WHERE first_seen >= newest - $recent
ORDER BY first_seen, srcaddr, dstaddr, dstport, protocol
