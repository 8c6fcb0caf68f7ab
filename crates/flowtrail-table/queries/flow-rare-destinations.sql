-- Addresses outside that few hosts talk to
--
-- Updates and APIs are fetched by many; a control server or a drop is the
-- destination of one.
--
-- @param hosts integer = 2; at most so many addresses of ours: a host, and its NAT gateway
-- @param bytes integer = 1000000; at least so many bytes sent
-- @attack T1071 T1048
SELECT dstaddr,
       count(DISTINCT srcaddr) AS hosts,
       min(srcaddr) AS a_host,
       count(DISTINCT dstport) AS ports,
       count(*) AS flows,
       sum(bytes) AS bytes,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM vpcflow
WHERE action = 'ACCEPT'
  AND ip_class(srcaddr) = 'private'
  AND ip_class(dstaddr) = 'public'
GROUP BY dstaddr
HAVING count(DISTINCT srcaddr) <= $hosts AND sum(bytes) >= $bytes
ORDER BY bytes DESC, dstaddr
