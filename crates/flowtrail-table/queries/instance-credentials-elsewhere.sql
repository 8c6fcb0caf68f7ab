-- Credentials of an instance that were used from several addresses
--
-- What an instance does comes from its own address, or from that of its NAT
-- gateway. A second public address is somebody who took the credentials out.
--
-- @attack T1552.005
SELECT split_part(useridentity.principalid, ':', 2) AS instance,
       useridentity.sessioncontext.sessionissuer.username AS role,
       count(DISTINCT sourceipaddress) AS addresses,
       array_agg(DISTINCT sourceipaddress ORDER BY sourceipaddress) AS sources,
       array_agg(DISTINCT ua_family(useragent) ORDER BY ua_family(useragent)) AS agents,
       count(*) AS calls,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE useridentity.principalid LIKE '%:i-%' AND ip_class(sourceipaddress) = 'public'
GROUP BY 1, 2
HAVING count(DISTINCT sourceipaddress) > 1
ORDER BY addresses DESC, instance, role
