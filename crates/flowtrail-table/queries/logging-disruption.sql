-- Attempts to blind those who watch
--
-- Trails, detectors, recorders, flow logs, log groups and alarms that were
-- stopped, narrowed or deleted. Failed attempts count as well.
--
-- @attack T1562.008 T1562.001 T1070
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
WHERE (eventsource = 'cloudtrail.amazonaws.com'
       AND eventname IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors',
                         'PutInsightSelectors', 'DeleteEventDataStore', 'UpdateEventDataStore',
                         'StopEventDataStoreIngestion'))
   OR (eventsource = 'config.amazonaws.com'
       AND eventname IN ('StopConfigurationRecorder', 'DeleteConfigurationRecorder',
                         'DeleteDeliveryChannel', 'DeleteConfigRule'))
   OR (eventsource = 'guardduty.amazonaws.com'
       AND eventname IN ('DeleteDetector', 'UpdateDetector', 'CreateFilter', 'CreateIPSet',
                         'UpdateIPSet', 'DisassociateFromAdministratorAccount',
                         'DisassociateFromMasterAccount', 'StopMonitoringMembers', 'DeleteMembers'))
   OR (eventsource = 'securityhub.amazonaws.com'
       AND eventname IN ('DisableSecurityHub', 'BatchDisableStandards', 'CreateInsight'))
   OR (eventsource = 'ec2.amazonaws.com' AND eventname = 'DeleteFlowLogs')
   OR (eventsource = 'logs.amazonaws.com'
       AND eventname IN ('DeleteLogGroup', 'DeleteLogStream', 'PutRetentionPolicy',
                         'DeleteSubscriptionFilter', 'DeleteMetricFilter'))
   OR (eventsource = 'monitoring.amazonaws.com' AND eventname IN ('DeleteAlarms', 'DisableAlarmActions'))
   OR (eventsource = 'events.amazonaws.com' AND eventname IN ('DisableRule', 'DeleteRule', 'RemoveTargets'))
   OR (eventsource = 's3.amazonaws.com' AND eventname = 'PutBucketLogging')
   OR (eventsource = 'wafv2.amazonaws.com' AND eventname IN ('DeleteLoggingConfiguration', 'DisassociateWebACL'))
   OR (eventsource = 'access-analyzer.amazonaws.com' AND eventname IN ('DeleteAnalyzer', 'CreateArchiveRule'))
   OR (eventsource = 'macie2.amazonaws.com' AND eventname = 'DisableMacie')
   OR (eventsource = 'inspector2.amazonaws.com' AND eventname = 'Disable')
   OR (eventsource = 'detective.amazonaws.com' AND eventname = 'DeleteGraph')
   OR (eventsource = 'route53resolver.amazonaws.com'
       AND eventname IN ('DeleteResolverQueryLogConfig', 'DisassociateResolverQueryLogConfig'))
ORDER BY time, eventid
