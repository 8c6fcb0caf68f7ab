-- Access keys that were made: by whom, for whom, which
--
-- A key for another user, or for root, outlives the session that made it. The
-- new key is the one to ask `access-key-use` about.
--
-- @attack T1098.001
SELECT time,
       principal(useridentity) AS principal,
       json_extract_scalar(responseelements, '$.accessKey.userName') AS for_user,
       json_extract_scalar(responseelements, '$.accessKey.accessKeyId') AS access_key,
       sourceipaddress,
       account,
       eventid
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com' AND eventname = 'CreateAccessKey' AND errorcode IS NULL
ORDER BY time, eventid
