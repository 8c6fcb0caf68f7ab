-- Calls that can give somebody more than they had
--
-- Policies that are attached or rewritten, groups that are joined, roles that
-- are handed to a service, passwords set for others. Most are administration;
-- one by somebody who does not administer is not.
--
-- @attack T1098.003 T1484 T1548.005
SELECT time,
       principal(useridentity) AS principal,
       api(eventsource, eventname) AS api,
       coalesce(json_extract_scalar(requestparameters, '$.userName'),
                json_extract_scalar(requestparameters, '$.roleName'),
                json_extract_scalar(requestparameters, '$.groupName'),
                json_extract_scalar(requestparameters, '$.functionName')) AS target,
       coalesce(json_extract_scalar(requestparameters, '$.policyArn'),
                json_extract_scalar(requestparameters, '$.policyName')) AS policy,
       errorcode,
       sourceipaddress,
       account,
       eventid
FROM cloudtrail
WHERE (eventsource = 'iam.amazonaws.com'
       AND eventname IN ('AttachUserPolicy', 'AttachRolePolicy', 'AttachGroupPolicy', 'PutUserPolicy',
                         'PutRolePolicy', 'PutGroupPolicy', 'CreatePolicyVersion',
                         'SetDefaultPolicyVersion', 'AddUserToGroup', 'AddRoleToInstanceProfile',
                         'UpdateAssumeRolePolicy', 'CreateLoginProfile', 'UpdateLoginProfile',
                         'DeleteUserPermissionsBoundary', 'DeleteRolePermissionsBoundary',
                         'PutUserPermissionsBoundary', 'PutRolePermissionsBoundary'))
   OR (eventsource = 'ec2.amazonaws.com'
       AND eventname IN ('AssociateIamInstanceProfile', 'ReplaceIamInstanceProfileAssociation'))
   OR (eventsource = 'lambda.amazonaws.com'
       AND (eventname LIKE 'AddPermission%' OR eventname LIKE 'CreateFunction%'))
   OR (eventsource = 'glue.amazonaws.com' AND eventname IN ('CreateDevEndpoint', 'UpdateDevEndpoint'))
   OR (eventsource = 'sts.amazonaws.com' AND eventname = 'AssumeRoot')
ORDER BY time, eventid
