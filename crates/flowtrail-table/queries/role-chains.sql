-- Roles that were assumed with the credentials of another role's session
--
-- Each row is one step: the key that the first call handed out made the second
-- call.
--
-- @attack T1550.001 T1078.004
WITH assumed AS (
  SELECT time,
         eventid,
         principal(useridentity) AS caller,
         useridentity.accesskeyid AS used_key,
         json_extract_scalar(requestparameters, '$.roleArn') AS role,
         json_extract_scalar(responseelements, '$.credentials.accessKeyId') AS given_key
  FROM cloudtrail
  WHERE eventsource = 'sts.amazonaws.com' AND eventname LIKE 'AssumeRole%' AND errorcode IS NULL
)
SELECT step.time AS first_time,
       step.caller AS caller,
       step.role AS through,
       onward.time AS second_time,
       onward.role AS reached,
       onward.eventid AS eventid
FROM assumed AS step
JOIN assumed AS onward ON onward.used_key = step.given_key
ORDER BY first_time, second_time, eventid
