-- Connections that are opened at regular intervals
--
-- The intervals between openings (flows that begin with SYN) of one pair and
-- port: their median, and how much they vary around their mean. Health checks
-- and agents beacon as well; a rare destination outside is the one to look at.
--
-- @param openings integer = 24; fewest openings of a row
-- @param variation number = 0.2; largest standard deviation, as a part of the mean
-- @attack T1071 T1571
SELECT srcaddr,
       dstaddr,
       ip_class(dstaddr) AS destination,
       dstport,
       count(*) AS openings,
       median(pause) AS median_secs,
       round(stddev_pop(pause) / avg(pause), 3) AS variation,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM (SELECT srcaddr,
             dstaddr,
             dstport,
             time,
             CAST(start - lag(start) OVER (PARTITION BY interface_id, srcaddr, dstaddr, dstport ORDER BY start)
                  AS DOUBLE) AS pause
      FROM vpcflow
      WHERE protocol = 6 AND (tcp_flags & 18) = 2) AS opened
WHERE pause > 0
GROUP BY srcaddr, dstaddr, ip_class(dstaddr), dstport
HAVING count(*) >= $openings AND stddev_pop(pause) <= $variation * avg(pause)
ORDER BY variation, srcaddr, dstaddr, dstport
