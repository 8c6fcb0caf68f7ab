-- Sessions: whose, how long, from how many places, how much they did
--
-- A session has one credential. Several networks or agents behind one are a
-- laptop that moved, or a credential that did.
--
-- @param least integer = 1; fewest source addresses of a row
-- @attack T1550.001
SELECT session(useridentity) AS session,
       principal(useridentity) AS principal,
       count(DISTINCT sourceipaddress) AS sources,
       count(DISTINCT ua_family(useragent)) AS agents,
       count(DISTINCT api(eventsource, eventname)) AS apis,
       count(*) AS calls,
       count(errorcode) AS failed,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE session(useridentity) IS NOT NULL
GROUP BY 1, 2
HAVING count(DISTINCT sourceipaddress) >= $least
ORDER BY sources DESC, calls DESC, session, principal
