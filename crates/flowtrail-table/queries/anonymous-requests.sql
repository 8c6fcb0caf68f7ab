-- Requests that nobody signed
--
-- Objects that are public are read without credentials; data events of S3 show
-- by whom, and whether it worked.
--
-- @param bucket text optional; only this bucket
-- @attack T1530
SELECT json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
       eventname,
       sourceipaddress,
       errorcode,
       count(*) AS calls,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE principal(useridentity) = 'anonymous'
  AND ($bucket IS NULL OR json_extract_scalar(requestparameters, '$.bucketName') = $bucket)
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, bucket, eventname, sourceipaddress, errorcode
