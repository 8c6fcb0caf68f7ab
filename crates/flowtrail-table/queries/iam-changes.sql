-- Changes to users, groups, roles and policies
--
-- Whatever IAM did that was not looking, failed attempts included.
--
-- @param principal text optional; only changes by this principal
-- @attack T1098 T1136.003
SELECT time,
       principal(useridentity) AS principal,
       eventname,
       coalesce(json_extract_scalar(requestparameters, '$.userName'),
                json_extract_scalar(requestparameters, '$.roleName'),
                json_extract_scalar(requestparameters, '$.groupName'),
                json_extract_scalar(requestparameters, '$.policyArn'),
                json_extract_scalar(requestparameters, '$.policyName')) AS target,
       errorcode,
       sourceipaddress,
       account,
       eventid
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND NOT is_readonly(eventname, readonly)
  AND ($principal IS NULL OR principal(useridentity) = $principal)
ORDER BY time, eventid
