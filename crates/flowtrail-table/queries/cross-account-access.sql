-- Calls into an account by identities of another one
--
-- Partners, auditors, one's own other accounts; and whoever should be none of
-- these.
--
-- @param account text optional; only calls into this account
-- @attack T1199
SELECT useridentity.accountid AS caller_account,
       recipientaccountid AS called_account,
       principal(useridentity) AS principal,
       api(eventsource, eventname) AS api,
       count(*) AS calls,
       count(errorcode) AS failed,
       min(time) AS first_seen,
       max(time) AS last_seen
FROM cloudtrail
WHERE useridentity.accountid <> recipientaccountid
  AND ($account IS NULL OR recipientaccountid = $account)
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, caller_account, called_account, principal, api
