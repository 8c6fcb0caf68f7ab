-- Who launched an instance, and with what
--
-- @param instance text; the instance, by its id
-- @attack T1578.002
SELECT time,
       principal(useridentity) AS principal,
       useridentity.invokedby AS invokedby,
       json_extract_scalar(responseelements, '$.instancesSet.items[0].instanceType') AS instance_type,
       json_extract_scalar(responseelements, '$.instancesSet.items[0].imageId') AS image,
       sourceipaddress,
       ua_family(useragent) AS agent,
       account,
       awsregion,
       eventid
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('RunInstances', 'CreateFleet')
  AND strpos(responseelements, $instance) > 0
ORDER BY time, eventid
