-- Denied calls, by who made them
--
-- The first look when somebody tries out keys or roles: many different calls
-- refused within a short time are somebody who finds out what a credential can
-- do, a single one refused over and over is a broken program.
--
-- @param least integer = 1; fewest denied calls of a row
-- @attack T1580 T1526
SELECT principal(useridentity) AS principal,
       count(*) AS denied,
       count(DISTINCT api(eventsource, eventname)) AS apis,
       count(DISTINCT sourceipaddress) AS sources,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%UnauthorizedOperation%'
GROUP BY principal(useridentity)
HAVING count(*) >= $least
ORDER BY denied DESC, principal
