-- Every event that names a resource
--
-- By any id or name that stands anywhere in the record: an instance, a bucket,
-- a key, a user, an address.
--
-- @param resource text; the id, name or ARN
-- @param writes text = no; `yes` leaves out calls that only read
SELECT time,
       principal(useridentity) AS principal,
       api(eventsource, eventname) AS api,
       errorcode,
       sourceipaddress,
       account,
       awsregion,
       eventid
FROM cloudtrail
WHERE strpos(record, $resource) > 0
  AND ($writes <> 'yes' OR NOT is_readonly(eventname, readonly))
ORDER BY time, eventid
