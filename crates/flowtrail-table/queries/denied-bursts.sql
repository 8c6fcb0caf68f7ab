-- Callers to whom many different APIs were refused within minutes
--
-- Somebody finds out what a credential can do.
--
-- @param window duration = 10 minutes; how long a burst may take
-- @param apis integer = 3; fewest different APIs that were refused
-- @attack T1580 T1526 T1069.003
SELECT date_bin($window, time) AS since,
       principal(useridentity) AS principal,
       session(useridentity) AS session,
       count(*) AS denied,
       count(DISTINCT api(eventsource, eventname)) AS apis,
       array_agg(DISTINCT sourceipaddress ORDER BY sourceipaddress) AS sources
FROM cloudtrail
WHERE errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%UnauthorizedOperation%'
GROUP BY 1, 2, 3
HAVING count(DISTINCT api(eventsource, eventname)) >= $apis
ORDER BY since, principal, session
