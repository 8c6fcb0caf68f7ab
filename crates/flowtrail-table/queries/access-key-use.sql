-- What an access key was used for, from where and with what
--
-- One row for each API, source address and user agent. A second address or
-- agent beside the ordinary ones is the question to ask about a leaked key.
--
-- @param key text; the access key id
-- @attack T1078.004
SELECT sourceipaddress,
       ua_family(useragent) AS agent,
       api(eventsource, eventname) AS api,
       count(*) AS calls,
       count(errorcode) AS failed,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE useridentity.accesskeyid = $key
GROUP BY 1, 2, 3
ORDER BY calls DESC, sourceipaddress, agent, api
