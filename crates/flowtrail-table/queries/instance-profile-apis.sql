-- What the roles of instances were used for
--
-- An instance calls few APIs, always the same. IAM calls, ListBuckets and
-- denials in this list are seldom the program that runs there.
--
-- @param instance text optional; only this instance, by its id
-- @attack T1552.005 T1078.004
SELECT split_part(useridentity.principalid, ':', 2) AS instance,
       useridentity.sessioncontext.sessionissuer.username AS role,
       api(eventsource, eventname) AS api,
       count(*) AS calls,
       count(errorcode) AS failed,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE useridentity.principalid LIKE '%:i-%'
  AND ($instance IS NULL OR split_part(useridentity.principalid, ':', 2) = $instance)
GROUP BY 1, 2, 3
ORDER BY calls DESC, instance, role, api
