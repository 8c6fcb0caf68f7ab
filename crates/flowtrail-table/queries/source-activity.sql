-- What came from one address, in every account
--
-- @param address text; the source address
SELECT account,
       principal(useridentity) AS principal,
       ua_family(useragent) AS agent,
       api(eventsource, eventname) AS api,
       count(*) AS calls,
       count(errorcode) AS failed,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE sourceipaddress = $address
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, account, principal, agent, api
