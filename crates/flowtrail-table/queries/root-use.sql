-- What the root user did
--
-- Root is for the few tasks that need it. What services do in its name is left
-- out.
--
-- @attack T1078.004
SELECT time,
       account,
       api(eventsource, eventname) AS api,
       errorcode,
       sourceipaddress,
       ua_family(useragent) AS agent,
       useridentity.accesskeyid AS accesskeyid,
       useridentity.sessioncontext.attributes.mfaauthenticated AS mfaauthenticated,
       eventid
FROM cloudtrail
WHERE useridentity.type = 'Root'
  AND useridentity.invokedby IS NULL
  AND eventtype <> 'AwsServiceEvent'
ORDER BY time, eventid
