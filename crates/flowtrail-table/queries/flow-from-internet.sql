-- What answers to the internet
--
-- Accepted traffic from public addresses to ports that serve, by host and port.
--
-- @attack T1190 T1133
SELECT dstaddr,
       dstport,
       protocol,
       count(*) AS flows,
       count(DISTINCT srcaddr) AS sources,
       sum(bytes) AS bytes,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM vpcflow
WHERE action = 'ACCEPT'
  AND ip_class(srcaddr) = 'public'
  AND ip_class(dstaddr) = 'private'
  AND dstport < 32768
  AND srcport >= 1024
GROUP BY dstaddr, dstport, protocol
ORDER BY flows DESC, dstaddr, dstport, protocol
