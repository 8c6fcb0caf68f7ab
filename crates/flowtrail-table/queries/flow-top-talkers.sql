-- Pairs of addresses that move the most
--
-- Where both ends are watched, a flow stands in the logs of both, and counts
-- twice.
--
-- @param limit integer = 20; how many pairs
-- @athena yes
SELECT srcaddr,
       dstaddr,
       count(*) AS flows,
       sum(packets) AS packets,
       sum(bytes) AS bytes
FROM vpcflow
WHERE log_status = 'OK'
GROUP BY srcaddr, dstaddr
ORDER BY bytes DESC, srcaddr, dstaddr
LIMIT $limit
