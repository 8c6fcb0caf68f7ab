-- Changes made by hand
--
-- Writing calls by people, with a console or a command line, where deployments
-- are meant to come from code. What services did for others is left out, and
-- so are the tools that deploy.
--
-- @param principal text optional; only changes by this principal
-- @attack T1578
SELECT time,
       principal(useridentity) AS principal,
       api(eventsource, eventname) AS api,
       ua_family(useragent) AS agent,
       sessioncredentialfromconsole AS from_console,
       errorcode,
       sourceipaddress,
       account,
       eventid
FROM cloudtrail
WHERE NOT is_readonly(eventname, readonly)
  AND useridentity.type <> 'AWSService'
  AND useridentity.invokedby IS NULL
  AND (sessioncredentialfromconsole = 'true'
       OR ua_family(useragent) IN ('console', 's3-console', 'browser', 'aws-cli', 'powershell'))
  AND eventsource NOT IN ('signin.amazonaws.com', 'sts.amazonaws.com', 'sso.amazonaws.com')
  AND ($principal IS NULL OR principal(useridentity) = $principal)
ORDER BY time, eventid
