-- Traffic between segments, accepted and rejected
--
-- The matrix as it is used. It needs a context file (`--context`): what is not
-- in it has no environment and no segment.
SELECT environment(srcaddr) AS from_environment,
       segment(srcaddr) AS from_segment,
       environment(dstaddr) AS to_environment,
       segment(dstaddr) AS to_segment,
       count(*) FILTER (WHERE action = 'ACCEPT') AS accepted,
       count(*) FILTER (WHERE action = 'REJECT') AS rejected,
       sum(bytes) AS bytes
FROM vpcflow
WHERE log_status = 'OK' AND dstport < 32768
GROUP BY 1, 2, 3, 4
ORDER BY bytes DESC, from_environment, from_segment, to_environment, to_segment
