-- Accepted traffic between different environments
--
-- Staging that talks to production, and the like, by pair and port. It needs a
-- context file (`--context`).
--
-- @attack T1021
SELECT environment(srcaddr) AS from_environment,
       environment(dstaddr) AS to_environment,
       srcaddr,
       dstaddr,
       segment(dstaddr) AS to_segment,
       dstport,
       protocol,
       count(*) AS flows,
       sum(bytes) AS bytes,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM vpcflow
WHERE action = 'ACCEPT'
  AND dstport < 32768
  AND environment(srcaddr) <> environment(dstaddr)
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY flows DESC, srcaddr, dstaddr, dstport, protocol
