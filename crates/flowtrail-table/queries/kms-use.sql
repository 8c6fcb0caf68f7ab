-- Who uses which key to decrypt, and for whom
--
-- Services decrypt on behalf of a caller; calls without an invoker were made
-- directly.
--
-- @param key text optional; only this key, by its ARN
SELECT resources[1].arn AS key,
       principal(useridentity) AS principal,
       useridentity.invokedby AS invokedby,
       eventname,
       count(*) AS calls,
       count(errorcode) AS failed,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
  AND eventname IN ('Decrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncrypt', 'Encrypt')
  AND ($key IS NULL OR resources[1].arn = $key)
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, key, principal, invokedby, eventname
