-- Hours in which an interface sent far more to the internet than it does
--
-- The distance of an hour from the interface's median, in units of its median
-- absolute deviation, scaled so that it reads like a z-score. Interfaces that
-- always send the same get a tenth of their median as the unit.
--
-- @param score number = 6; from which distance an hour is shown
-- @param bytes integer = 10000000; hours with less are left out
-- @attack T1048
WITH hours AS (
  SELECT interface_id, date_bin(INTERVAL '1 hour', time) AS hour, sum(bytes) AS bytes
  FROM vpcflow
  WHERE ip_class(srcaddr) = 'private' AND ip_class(dstaddr) = 'public' AND action = 'ACCEPT'
  GROUP BY 1, 2
), medians AS (
  SELECT interface_id, median(CAST(bytes AS DOUBLE)) AS usual, count(*) AS hours
  FROM hours
  GROUP BY interface_id
), deviations AS (
  SELECT hours.interface_id, median(abs(hours.bytes - medians.usual)) AS deviation
  FROM hours JOIN medians ON medians.interface_id = hours.interface_id
  GROUP BY hours.interface_id
)
SELECT hours.interface_id AS interface_id,
       hours.hour AS hour,
       hours.bytes AS bytes,
       medians.usual AS usual,
       round(0.6745 * (hours.bytes - medians.usual)
             / greatest(deviations.deviation, medians.usual / 10, 1), 1) AS score
FROM hours
JOIN medians ON medians.interface_id = hours.interface_id
JOIN deviations ON deviations.interface_id = hours.interface_id
WHERE hours.bytes >= $bytes
  AND 0.6745 * (hours.bytes - medians.usual)
      / greatest(deviations.deviation, medians.usual / 10, 1) >= $score
ORDER BY score DESC, interface_id, hour
