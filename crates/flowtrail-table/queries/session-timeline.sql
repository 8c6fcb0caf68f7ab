-- Every call of one session, in order
--
-- @param session text; as `session()` names it: the access key, or the principal id with the session's name
SELECT time,
       principal(useridentity) AS principal,
       api(eventsource, eventname) AS api,
       errorcode,
       sourceipaddress,
       ua_family(useragent) AS agent,
       account,
       awsregion,
       eventid
FROM cloudtrail
WHERE session(useridentity) = $session
ORDER BY time, eventid
