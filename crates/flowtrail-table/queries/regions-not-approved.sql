-- Writes in regions that are not meant to be used
--
-- us-east-1 is among the approved ones for a reason: global services log there.
--
-- @param approved list = us-east-1,eu-central-1; the regions that are meant to be used
-- @attack T1535
SELECT awsregion,
       account,
       principal(useridentity) AS principal,
       api(eventsource, eventname) AS api,
       count(*) AS calls,
       count(errorcode) AS failed,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE NOT is_readonly(eventname, readonly)
  AND NOT array_has($approved, awsregion)
GROUP BY 1, 2, 3, 4
ORDER BY awsregion, calls DESC, account, principal, api
