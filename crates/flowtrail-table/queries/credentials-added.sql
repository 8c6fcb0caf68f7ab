-- Credentials that were added or changed, and MFA that was taken away
--
-- Keys, passwords, certificates, SSH keys, devices: whatever lets its holder
-- come back later.
--
-- @attack T1098.001 T1556.006
SELECT time,
       principal(useridentity) AS principal,
       eventname,
       json_extract_scalar(requestparameters, '$.userName') AS for_user,
       errorcode,
       sourceipaddress,
       account,
       eventid
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateAccessKey', 'UpdateAccessKey', 'CreateLoginProfile', 'UpdateLoginProfile',
                    'ChangePassword', 'CreateServiceSpecificCredential',
                    'ResetServiceSpecificCredential', 'UploadSSHPublicKey',
                    'UploadSigningCertificate', 'CreateVirtualMFADevice', 'EnableMFADevice',
                    'ResyncMFADevice', 'DeactivateMFADevice', 'DeleteVirtualMFADevice')
ORDER BY time, eventid
