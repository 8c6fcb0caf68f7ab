-- What was shared with other accounts, or with everybody
--
-- Snapshots, images, functions, queues, keys and repositories that somebody
-- else can read from then on.
--
-- @attack T1537
SELECT time,
       principal(useridentity) AS principal,
       api(eventsource, eventname) AS api,
       errorcode,
       sourceipaddress,
       account,
       awsregion,
       requestparameters,
       eventid
FROM cloudtrail
WHERE (eventsource = 'ec2.amazonaws.com' AND eventname IN ('ModifySnapshotAttribute', 'ModifyImageAttribute'))
   OR (eventsource = 'rds.amazonaws.com'
       AND eventname IN ('ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute', 'StartExportTask'))
   OR (eventsource = 's3.amazonaws.com' AND eventname IN ('PutBucketPolicy', 'PutBucketAcl', 'PutBucketReplication'))
   OR (eventsource = 'kms.amazonaws.com'
       AND (eventname = 'PutKeyPolicy' OR (eventname = 'CreateGrant' AND useridentity.invokedby IS NULL)))
   OR (eventsource = 'secretsmanager.amazonaws.com' AND eventname = 'PutResourcePolicy')
   OR (eventsource = 'ecr.amazonaws.com' AND eventname IN ('SetRepositoryPolicy', 'PutReplicationConfiguration'))
   OR (eventsource = 'lambda.amazonaws.com'
       AND (eventname LIKE 'AddPermission%' OR eventname LIKE 'AddLayerVersionPermission%'))
   OR (eventsource = 'sqs.amazonaws.com' AND eventname = 'AddPermission')
   OR (eventsource = 'sns.amazonaws.com' AND eventname = 'AddPermission')
   OR (eventsource = 'ram.amazonaws.com' AND eventname IN ('CreateResourceShare', 'AssociateResourceShare'))
   OR (eventsource = 'ssm.amazonaws.com' AND eventname = 'ModifyDocumentPermission')
ORDER BY time, eventid
