-- What CloudTrail Insights found unusual
--
-- The rate that was seen beside the rate that is usual, by API.
SELECT sharedeventid,
       account,
       awsregion,
       insightdetails.insighttype AS insighttype,
       insightdetails.eventsource AS eventsource,
       insightdetails.eventname AS eventname,
       insightdetails.errorcode AS errorcode,
       min(time) AS began,
       max(CASE WHEN insightdetails.state = 'End' THEN time END) AS ended,
       max(insightdetails.insightcontext.statistics.baseline.average) AS usual_a_minute,
       max(insightdetails.insightcontext.statistics.insight.average) AS seen_a_minute
FROM cloudtrail_insights
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY began, sharedeventid
