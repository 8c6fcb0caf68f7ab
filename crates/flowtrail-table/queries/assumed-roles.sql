-- Who assumed which role, how often
--
-- The edges of the graph of trust as it is used. An edge that was not there
-- last month is worth a look; `role-chains` follows them over several steps.
--
-- @param role text optional; only this role, by its ARN
-- @attack T1550.001
SELECT principal(useridentity) AS caller,
       json_extract_scalar(requestparameters, '$.roleArn') AS role,
       count(*) AS times,
       count(DISTINCT json_extract_scalar(requestparameters, '$.roleSessionName')) AS session_names,
       count(errorcode) AS failed,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND eventname LIKE 'AssumeRole%'
  AND ($role IS NULL OR json_extract_scalar(requestparameters, '$.roleArn') = $role)
GROUP BY 1, 2
ORDER BY times DESC, caller, role
