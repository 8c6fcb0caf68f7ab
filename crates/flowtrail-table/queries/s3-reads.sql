-- Who read how many objects of which bucket
--
-- Data events of S3, with the bytes that left. They are there only if the
-- trail records them.
--
-- @param bucket text optional; only this bucket
-- @attack T1530
SELECT json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
       principal(useridentity) AS principal,
       sourceipaddress,
       count(*) AS reads,
       count(DISTINCT json_extract_scalar(requestparameters, '$.key')) AS objects,
       sum(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS DOUBLE)) AS bytes_out,
       count(errorcode) AS failed,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('GetObject', 'SelectObjectContent', 'CopyObject', 'GetObjectTorrent')
  AND ($bucket IS NULL OR json_extract_scalar(requestparameters, '$.bucketName') = $bucket)
GROUP BY 1, 2, 3
ORDER BY reads DESC, bucket, principal, sourceipaddress
