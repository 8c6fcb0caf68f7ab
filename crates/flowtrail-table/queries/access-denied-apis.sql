-- Denied calls, by API and error
--
-- What was refused, to how many callers, and one of the messages: they name
-- the policy that said no.
--
-- @param principal text optional; only calls of this principal, as `principal()` names it
-- @attack T1580 T1526
SELECT api(eventsource, eventname) AS api,
       errorcode,
       count(*) AS denied,
       count(DISTINCT principal(useridentity)) AS principals,
       min(time) AS first_seen,
       max(time) AS last_seen,
       max(errormessage) AS a_message
FROM cloudtrail
WHERE (errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%UnauthorizedOperation%')
  AND ($principal IS NULL OR principal(useridentity) = $principal)
GROUP BY api(eventsource, eventname), errorcode
ORDER BY denied DESC, api, errorcode
