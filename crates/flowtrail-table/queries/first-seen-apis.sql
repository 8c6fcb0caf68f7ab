-- APIs that a caller has never used before
--
-- First uses at the recent end of the logs. It says the more, the more history
-- there is before: give a month of logs and ask about the last day.
--
-- @param recent duration = 1 day; how long before the newest record a first use is new
SELECT principal, api, first_seen, calls
FROM (SELECT principal(useridentity) AS principal,
             api(eventsource, eventname) AS api,
             min(time) AS first_seen,
             count(*) AS calls,
             max(max(time)) OVER () AS newest
      FROM cloudtrail
      WHERE useridentity.type <> 'AWSService'
      GROUP BY 1, 2) AS used
WHERE first_seen >= newest - $recent
ORDER BY first_seen, principal, api
