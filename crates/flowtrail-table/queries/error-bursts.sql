-- Callers whose calls mostly failed, hour by hour
--
-- Denials, throttling and mistakes alike, where they are many and the larger
-- part of what the caller did.
--
-- @param least integer = 5; fewest failed calls of an hour
-- @param share number = 0.5; smallest part of the calls that failed
SELECT date_bin(INTERVAL '1 hour', time) AS hour,
       principal(useridentity) AS principal,
       count(*) AS calls,
       count(errorcode) AS failed,
       count(DISTINCT errorcode) AS errors,
       count(DISTINCT api(eventsource, eventname)) AS apis
FROM cloudtrail
GROUP BY 1, 2
HAVING count(errorcode) >= $least AND count(errorcode) >= $share * count(*)
ORDER BY failed DESC, hour, principal
