-- Changes to who may become whom
--
-- Trust policies of roles, identity providers, federation, the organization.
--
-- @attack T1484.002 T1098
SELECT time,
       principal(useridentity) AS principal,
       api(eventsource, eventname) AS api,
       coalesce(json_extract_scalar(requestparameters, '$.roleName'),
                json_extract_scalar(requestparameters, '$.name'),
                json_extract_scalar(requestparameters, '$.sAMLProviderArn'),
                json_extract_scalar(requestparameters, '$.url')) AS target,
       json_extract_scalar(requestparameters, '$.policyDocument') AS policy,
       errorcode,
       sourceipaddress,
       account,
       eventid
FROM cloudtrail
WHERE (eventsource = 'iam.amazonaws.com'
       AND eventname IN ('UpdateAssumeRolePolicy', 'CreateSAMLProvider', 'UpdateSAMLProvider',
                         'DeleteSAMLProvider', 'CreateOpenIDConnectProvider',
                         'AddClientIDToOpenIDConnectProvider',
                         'UpdateOpenIDConnectProviderThumbprint', 'DeleteOpenIDConnectProvider',
                         'CreateRole'))
   OR (eventsource = 'rolesanywhere.amazonaws.com' AND eventname IN ('CreateTrustAnchor', 'UpdateTrustAnchor'))
   OR (eventsource = 'organizations.amazonaws.com'
       AND eventname IN ('InviteAccountToOrganization', 'LeaveOrganization',
                         'RemoveAccountFromOrganization', 'RegisterDelegatedAdministrator'))
   OR (eventsource = 'sso.amazonaws.com'
       AND eventname IN ('CreateAccountAssignment', 'AttachManagedPolicyToPermissionSet',
                         'PutInlinePolicyToPermissionSet'))
ORDER BY time, eventid
