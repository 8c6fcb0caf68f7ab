-- Security groups that were opened to everybody
--
-- Rules that name 0.0.0.0/0 or ::/0 as the source.
--
-- @attack T1562.007
SELECT time,
       principal(useridentity) AS principal,
       eventname,
       json_extract_scalar(requestparameters, '$.groupId') AS security_group,
       errorcode,
       sourceipaddress,
       account,
       awsregion,
       requestparameters,
       eventid
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules')
  AND (requestparameters LIKE '%"0.0.0.0/0"%' OR requestparameters LIKE '%"::/0"%')
ORDER BY time, eventid
