-- Who reaches ports that administer, and databases
--
-- SSH, RDP, WinRM, SMB, Docker, Kubernetes and the usual databases. A public
-- source in an accepted row is the first thing to look at.
--
-- @param action text = ACCEPT; `ACCEPT`, `REJECT`, or `any`
-- @attack T1021 T1133
SELECT srcaddr,
       ip_class(srcaddr) AS source,
       dstaddr,
       dstport,
       action,
       count(*) AS flows,
       sum(bytes) AS bytes,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM vpcflow
WHERE protocol = 6
  AND dstport IN (22, 23, 135, 139, 445, 1433, 1521, 2375, 2376, 3306, 3389, 5432, 5900, 5985, 5986,
                  6379, 6443, 7474, 7687, 9042, 9200, 10250, 11211, 27017)
  AND ($action = 'any' OR action = $action)
GROUP BY 1, 2, 3, 4, 5
ORDER BY source DESC, flows DESC, srcaddr, dstaddr, dstport, action
