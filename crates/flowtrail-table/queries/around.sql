-- Everything within some minutes around a time
--
-- The before and after of an alert: who did what in those minutes, most of it
-- first if it is read backwards.
--
-- @param at time; the middle
-- @param within duration = 5 minutes; how far to look before and after
-- @param principal text optional; only this principal, as `principal()` names it
SELECT time,
       account,
       awsregion,
       principal(useridentity) AS principal,
       api(eventsource, eventname) AS api,
       errorcode,
       sourceipaddress,
       eventid
FROM cloudtrail
WHERE time BETWEEN $at - $within AND $at + $within
  AND ($principal IS NULL OR principal(useridentity) = $principal)
ORDER BY time, eventid
