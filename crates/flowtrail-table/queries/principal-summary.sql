-- One line for each caller: how much, how varied, how often refused
--
-- Where to begin when nothing is known yet.
--
-- @param account text optional; only events of this account
SELECT principal(useridentity) AS principal,
       count(*) AS events,
       count(errorcode) AS failed,
       count(*) FILTER (WHERE NOT is_readonly(eventname, readonly)) AS writes,
       count(DISTINCT api(eventsource, eventname)) AS apis,
       count(DISTINCT sourceipaddress) AS sources,
       count(DISTINCT awsregion) AS regions,
       count(DISTINCT ua_family(useragent)) AS agents,
       count(DISTINCT useridentity.accesskeyid) AS access_keys,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE $account IS NULL OR account = $account
GROUP BY principal(useridentity)
ORDER BY events DESC, principal
