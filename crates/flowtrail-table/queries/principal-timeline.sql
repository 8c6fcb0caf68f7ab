-- Everything that one caller did, in order
--
-- @param principal text; as `principal()` names it: the ARN of a user or of a role, `root:` and the account, …
-- @param writes text = no; `yes` leaves out calls that only read
SELECT time,
       api(eventsource, eventname) AS api,
       errorcode,
       sourceipaddress,
       ua_family(useragent) AS agent,
       session(useridentity) AS session,
       account,
       awsregion,
       eventid
FROM cloudtrail
WHERE principal(useridentity) = $principal
  AND ($writes <> 'yes' OR NOT is_readonly(eventname, readonly))
ORDER BY time, eventid
