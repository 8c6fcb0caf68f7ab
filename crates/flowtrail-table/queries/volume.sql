-- Events hour by hour
--
-- A flat line that stops is a trail that does; a step is a new program, or an
-- incident.
--
-- @param bucket duration = 1 hour; how long a row lasts
SELECT date_bin($bucket, time) AS since,
       count(*) AS events,
       count(errorcode) AS failed,
       count(*) FILTER (WHERE NOT is_readonly(eventname, readonly)) AS writes,
       count(DISTINCT principal(useridentity)) AS principals,
       count(DISTINCT account) AS accounts
FROM cloudtrail
GROUP BY 1
ORDER BY since
