-- How complete the flow logs are, hour by hour
--
-- SKIPDATA stands for flows that AWS could not record; NODATA for interfaces
-- without traffic. An hour that is missing altogether is the worst of them.
SELECT date_bin(INTERVAL '1 hour', time) AS hour,
       count(DISTINCT interface_id) AS interfaces,
       count(*) FILTER (WHERE log_status = 'OK') AS ok,
       count(*) FILTER (WHERE log_status = 'NODATA') AS nodata,
       count(*) FILTER (WHERE log_status = 'SKIPDATA') AS skipdata
FROM vpcflow
GROUP BY 1
ORDER BY hour
