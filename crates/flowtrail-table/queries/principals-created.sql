-- Users, roles and other identities that were made
--
-- @attack T1136.003
SELECT time,
       principal(useridentity) AS principal,
       api(eventsource, eventname) AS api,
       coalesce(json_extract_scalar(requestparameters, '$.userName'),
                json_extract_scalar(requestparameters, '$.roleName'),
                json_extract_scalar(requestparameters, '$.groupName'),
                json_extract_scalar(requestparameters, '$.name')) AS made,
       errorcode,
       sourceipaddress,
       account,
       eventid
FROM cloudtrail
WHERE (eventsource = 'iam.amazonaws.com'
       AND eventname IN ('CreateUser', 'CreateRole', 'CreateGroup', 'CreateServiceLinkedRole',
                         'CreateInstanceProfile', 'CreateSAMLProvider', 'CreateOpenIDConnectProvider'))
   OR (eventsource IN ('sso.amazonaws.com', 'identitystore.amazonaws.com', 'sso-directory.amazonaws.com')
       AND eventname IN ('CreateUser', 'CreateGroup', 'CreatePermissionSet', 'CreateAccountAssignment'))
   OR (eventsource = 'organizations.amazonaws.com'
       AND eventname IN ('CreateAccount', 'InviteAccountToOrganization'))
   OR (eventsource = 'rolesanywhere.amazonaws.com'
       AND eventname IN ('CreateTrustAnchor', 'CreateProfile'))
ORDER BY time, eventid
