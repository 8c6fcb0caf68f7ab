-- Every call of an access key, in order
--
-- The whole of what was done with one key, failed calls included.
--
-- @param key text; the access key id
-- @attack T1078.004
-- @athena yes
SELECT eventtime, eventsource, eventname, awsregion, errorcode, sourceipaddress, useragent, eventid
FROM cloudtrail
WHERE useridentity.accesskeyid = $key
ORDER BY eventtime, eventid
