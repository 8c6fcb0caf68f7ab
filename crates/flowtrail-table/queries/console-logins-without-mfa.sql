-- Successful sign-ins to the console for which AWS saw no MFA
--
-- Sign-ins through an identity provider are left out: theirs is asked for
-- there, and AWS does not see it.
--
-- @attack T1078.004
SELECT time,
       principal(useridentity) AS principal,
       useridentity.type AS type,
       sourceipaddress,
       ua_family(useragent) AS agent,
       account,
       eventid
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'ConsoleLogin'
  AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Success'
  AND coalesce(json_extract_scalar(additionaleventdata, '$.MFAUsed'), 'No') <> 'Yes'
  AND useridentity.type IN ('IAMUser', 'Root')
ORDER BY time, eventid
