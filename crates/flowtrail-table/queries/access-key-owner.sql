-- Whose access key it is
--
-- The identity behind a key of a leaked file or of an alert: its type, ARN and
-- account, and for a role the one that was assumed.
--
-- @param key text; the access key id, `AKIA…` or `ASIA…`
-- @athena yes
SELECT useridentity.type AS type,
       useridentity.principalid AS principalid,
       useridentity.arn AS arn,
       useridentity.accountid AS accountid,
       useridentity.sessioncontext.sessionissuer.arn AS issuer,
       count(*) AS calls,
       min(eventtime) AS first_seen,
       max(eventtime) AS last_seen
FROM cloudtrail
WHERE useridentity.accesskeyid = $key
GROUP BY 1, 2, 3, 4, 5
ORDER BY calls DESC, arn
