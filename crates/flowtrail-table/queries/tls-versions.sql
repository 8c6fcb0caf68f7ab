-- Calls with an old version of TLS
--
-- AWS refuses TLS 1.0 and 1.1 at most of its endpoints; what still shows up is
-- software that nobody has looked at for years.
--
-- @athena yes
SELECT tlsdetails.tlsversion AS tlsversion,
       eventsource,
       useridentity.arn AS arn,
       sourceipaddress,
       count(*) AS calls,
       max(eventtime) AS last_seen
FROM cloudtrail
WHERE tlsdetails.tlsversion IN ('SSLv3', 'TLSv1', 'TLSv1.0', 'TLSv1.1')
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, tlsversion, eventsource, arn, sourceipaddress
