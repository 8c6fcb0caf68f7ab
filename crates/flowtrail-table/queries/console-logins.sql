-- Sign-ins to the console: by whom, from where, with MFA or not
--
-- Successes and failures side by side: many failures and then a success, from
-- an address that has not been seen, is a guessed password.
--
-- @attack T1078.004 T1110
SELECT principal(useridentity) AS principal,
       sourceipaddress,
       json_extract_scalar(responseelements, '$.ConsoleLogin') AS outcome,
       json_extract_scalar(additionaleventdata, '$.MFAUsed') AS mfa_used,
       count(*) AS times,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com' AND eventname = 'ConsoleLogin'
GROUP BY 1, 2, 3, 4
ORDER BY times DESC, principal, sourceipaddress, outcome, mfa_used
