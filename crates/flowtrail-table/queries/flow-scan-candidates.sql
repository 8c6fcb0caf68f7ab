-- Sources that tried many hosts or many ports within minutes
--
-- Rejected flows, and flows of a packet or two, which is what a probe leaves.
--
-- @param window duration = 5 minutes; within how long they are counted
-- @param hosts integer = 25; so many different hosts, or
-- @param ports integer = 15; so many different ports of a host
-- @attack T1046 T1595.001
SELECT date_bin($window, time) AS since,
       srcaddr,
       ip_class(srcaddr) AS source,
       count(DISTINCT dstaddr) AS hosts,
       count(DISTINCT dstport) AS ports,
       count(*) AS flows
FROM vpcflow
WHERE (action = 'REJECT' OR packets <= 2) AND dstport < 32768
GROUP BY 1, 2, 3
HAVING count(DISTINCT dstaddr) >= $hosts OR count(DISTINCT dstport) >= $ports
ORDER BY flows DESC, since, srcaddr
