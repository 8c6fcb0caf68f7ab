-- Who read secrets and parameters, and how many different ones
--
-- A program reads its own few. One that reads all of them within minutes is
-- taking them.
--
-- @param window duration = 10 minutes; within how long they are counted
-- @param least integer = 1; fewest different secrets of a row
-- @attack T1555.006 T1552
-- In two steps: counting different texts in each of many groups at once would
-- keep a table of its own for every group.
SELECT since, principal, sourceipaddress,
       CAST(sum(reads) AS bigint) AS reads,
       count(secret) AS secrets,
       CAST(sum(failed) AS bigint) AS failed
FROM (SELECT date_bin($window, time) AS since,
             principal(useridentity) AS principal,
             sourceipaddress,
             coalesce(json_extract_scalar(requestparameters, '$.secretId'),
                      json_extract_scalar(requestparameters, '$.name'),
                      json_extract_scalar(requestparameters, '$.path'),
                      requestparameters) AS secret,
             count(*) AS reads,
             count(errorcode) AS failed
      FROM cloudtrail
      WHERE (eventsource = 'secretsmanager.amazonaws.com' AND eventname IN ('GetSecretValue', 'BatchGetSecretValue'))
         OR (eventsource = 'ssm.amazonaws.com'
             AND eventname IN ('GetParameter', 'GetParameters', 'GetParametersByPath', 'GetParameterHistory'))
      GROUP BY 1, 2, 3, 4)
GROUP BY 1, 2, 3
HAVING count(secret) >= $least
ORDER BY secrets DESC, reads DESC, since, principal, sourceipaddress
