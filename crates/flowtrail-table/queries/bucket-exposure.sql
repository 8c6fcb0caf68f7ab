-- Changes to who can reach a bucket, and to what becomes of its objects
--
-- Policies, access lists, the block of public access, replication to elsewhere
-- and rules that let objects expire.
--
-- @param bucket text optional; only this bucket
-- @attack T1530 T1537 T1485
SELECT time,
       principal(useridentity) AS principal,
       eventname,
       json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
       errorcode,
       sourceipaddress,
       requestparameters,
       eventid
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketAcl', 'PutObjectAcl',
                    'PutBucketPublicAccessBlock', 'DeleteBucketPublicAccessBlock',
                    'PutAccountPublicAccessBlock', 'DeleteAccountPublicAccessBlock',
                    'PutBucketReplication', 'PutBucketLifecycle', 'PutBucketLifecycleConfiguration',
                    'PutBucketVersioning', 'PutBucketCors', 'PutBucketWebsite', 'PutBucketEncryption',
                    'DeleteBucketEncryption', 'PutBucketOwnershipControls', 'PutAccessPointPolicy',
                    'DeleteBucket')
  AND ($bucket IS NULL OR json_extract_scalar(requestparameters, '$.bucketName') = $bucket)
ORDER BY time, eventid
