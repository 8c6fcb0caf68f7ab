-- Callers that looked at many different things within seconds
--
-- Inventories are taken by scanners, by consoles that fill a page, and by
-- whoever has just got in.
--
-- @param window duration = 10 seconds; how long a burst may take
-- @param apis integer = 6; fewest different reading APIs
-- @attack T1580 T1526 T1087.004
SELECT date_bin($window, time) AS since,
       principal(useridentity) AS principal,
       ua_family(useragent) AS agent,
       sourceipaddress,
       count(DISTINCT api(eventsource, eventname)) AS apis,
       count(*) AS calls,
       count(errorcode) AS failed
FROM cloudtrail
WHERE is_readonly(eventname, readonly) AND useridentity.type <> 'AWSService'
GROUP BY 1, 2, 3, 4
HAVING count(DISTINCT api(eventsource, eventname)) >= $apis
ORDER BY apis DESC, since, principal, agent, sourceipaddress
