-- Traffic to what a change of a security group has just opened
--
-- Accepted connections from the internet to a host, at most some time after a
-- security group of its account was opened to everybody. It does not prove that
-- the one let the other in; it says where to look.
--
-- @param within duration = 1 hour; how long after the change
-- @attack T1562.007
WITH opened AS (
  SELECT time, account, principal(useridentity) AS principal,
         json_extract_scalar(requestparameters, '$.groupId') AS security_group,
         eventid
  FROM cloudtrail
  WHERE eventsource = 'ec2.amazonaws.com'
    AND eventname = 'AuthorizeSecurityGroupIngress'
    AND errorcode IS NULL
    AND (requestparameters LIKE '%"0.0.0.0/0"%' OR requestparameters LIKE '%"::/0"%')
)
SELECT opened.time AS opened_at,
       opened.principal AS principal,
       opened.security_group AS security_group,
       flow.dstaddr AS dstaddr,
       flow.dstport AS dstport,
       count(*) AS flows,
       count(DISTINCT flow.srcaddr) AS sources,
       min(flow.time) AS first_seen,
       opened.eventid AS eventid
FROM opened
JOIN vpcflow AS flow
  ON flow.account = opened.account
 AND flow.time >= opened.time
 AND flow.time <= opened.time + $within
WHERE flow.action = 'ACCEPT'
  AND ip_class(flow.srcaddr) = 'public'
  AND ip_class(flow.dstaddr) = 'private'
  AND flow.dstport < 32768
GROUP BY 1, 2, 3, 4, 5, 9
ORDER BY opened_at, flows DESC, dstaddr, dstport, eventid
