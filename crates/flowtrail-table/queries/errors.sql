-- Errors, most frequent first
--
-- What goes wrong in the account, with how many callers: a sudden newcomer in
-- this list is an incident or a deployment.
--
-- @athena yes
SELECT errorcode,
       eventsource,
       count(*) AS times,
       count(DISTINCT eventname) AS apis,
       count(DISTINCT useridentity.arn) AS principals,
       min(eventtime) AS first_seen,
       max(eventtime) AS last_seen
FROM cloudtrail
WHERE errorcode IS NOT NULL
GROUP BY errorcode, eventsource
ORDER BY times DESC, errorcode, eventsource
