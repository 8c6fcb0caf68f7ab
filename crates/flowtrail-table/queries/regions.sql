-- What is used in which region
--
-- Reads and writes of each region, with how many callers and services. A
-- region with few events and one caller is where miners are put.
--
-- @attack T1535
SELECT awsregion,
       count(*) AS events,
       count(*) FILTER (WHERE NOT is_readonly(eventname, readonly)) AS writes,
       count(DISTINCT eventsource) AS services,
       count(DISTINCT principal(useridentity)) AS principals,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
GROUP BY awsregion
ORDER BY events DESC, awsregion
