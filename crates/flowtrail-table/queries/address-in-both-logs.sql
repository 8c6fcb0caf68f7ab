-- One address in calls and in flows
--
-- Whether a source of API calls also talked to hosts, and the other way round.
--
-- @param address text; the address
SELECT 'cloudtrail' AS log,
       account,
       concat(principal(useridentity), ' ', api(eventsource, eventname)) AS what,
       count(*) AS records,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE sourceipaddress = $address
GROUP BY 1, 2, 3
UNION ALL
SELECT 'vpcflow' AS log,
       account,
       CASE WHEN srcaddr = $address
            THEN concat(action, ' to ', dstaddr, ' port ', CAST(dstport AS VARCHAR))
            ELSE concat(action, ' from ', srcaddr, ' port ', CAST(srcport AS VARCHAR))
       END AS what,
       count(*) AS records,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM vpcflow
WHERE srcaddr = $address OR dstaddr = $address
GROUP BY 1, 2, 3
ORDER BY first_seen, log, account, what
