-- Who talked to an address, in which direction, and how much
--
-- @param address text; the address
SELECT CASE WHEN srcaddr = $address THEN 'sent' ELSE 'received' END AS direction,
       CASE WHEN srcaddr = $address THEN dstaddr ELSE srcaddr END AS peer,
       CASE WHEN srcport < dstport THEN srcport ELSE dstport END AS port,
       protocol,
       action,
       count(*) AS flows,
       sum(bytes) AS bytes,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM vpcflow
WHERE srcaddr = $address OR dstaddr = $address
GROUP BY 1, 2, 3, 4, 5
ORDER BY bytes DESC, direction, peer, port, protocol, action
