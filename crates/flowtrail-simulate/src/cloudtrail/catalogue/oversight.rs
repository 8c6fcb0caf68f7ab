//! Logs, metrics, trails, configuration and the security services.

use super::{Row, read, write};

const LOGS: &str = "20140328";

pub(super) const ROWS: &[Row] = &[
    write("logs", "CreateLogStream")
        .version("1.09")
        .api_version(LOGS)
        .request(r#"{"logGroupName":"/aws/lambda/$function","logStreamName":"$datepath/[$LATEST]$hexc"}"#),
    write("logs", "CreateLogStream")
        .id("CreateLogStream.delivery")
        .version("1.09")
        .api_version(LOGS)
        .request(r#"{"forAccount":"$account","logGroupName":"/aws/route53/$vpc/dns-flow-logs","logStreamName":"$vpc_$hexa"}"#),
    write("logs", "CreateLogGroup")
        .version("1.09")
        .api_version(LOGS)
        .request(r#"{"logGroupName":"/aws/lambda/$function"}"#)
        .fault(900, "ResourceAlreadyExistsException", "The specified log group already exists"),
    read("logs", "DescribeLogGroups").version("1.09").api_version(LOGS).request(r#"{"limit":50}"#),
    read("logs", "DescribeMetricFilters")
        .version("1.09")
        .api_version(LOGS)
        .request(r#"{"logGroupName":"/aws/lambda/$function"}"#),
    read("logs", "StartQuery").version("1.09").api_version(LOGS).request(
        r#"{"logGroupName":"/aws/lambda/$function","startTime":$number,"endTime":$number,"queryString":"***"}"#,
    ),
    read("logs", "FilterLogEvents")
        .version("1.09")
        .api_version(LOGS)
        .request(r#"{"logGroupName":"/aws/lambda/$function","limit":10000}"#)
        .fault(20, "ThrottlingException", "Rate exceeded"),
    read("monitoring", "DescribeAlarms").version("1.08").request(r#"{"maxRecords":100}"#),
    read("monitoring", "ListDashboards").version("1.08"),
    read("cloudtrail", "DescribeTrails").request(r#"{"trailNameList":[],"includeShadowTrails":true}"#),
    read("cloudtrail", "GetTrailStatus")
        .request(r#"{"name":"arn:aws:cloudtrail:$region:$account:trail/$trail"}"#),
    read("cloudtrail", "GetEventSelectors").request(r#"{"trailName":"$trail"}"#),
    read("cloudtrail", "LookupEvents").request(r#"{"maxResults":50}"#),
    write("cloudtrail", "PutEventSelectors")
        .request(r#"{"trailName":"$trail","eventSelectors":[{"readWriteType":"ReadOnly","includeManagementEvents":false,"dataResources":[{"type":"AWS::S3::Object","values":[]},{"type":"AWS::Lambda::Function","values":[]}],"excludeManagementEventSources":[]}]}"#)
        .response(r#"{"trailARN":"arn:aws:cloudtrail:$region:$account:trail/$trail","eventSelectors":[{"readWriteType":"ReadOnly","includeManagementEvents":false,"dataResources":[{"type":"AWS::S3::Object","values":[]},{"type":"AWS::Lambda::Function","values":[]}],"excludeManagementEventSources":[]}]}"#),
    // More is recorded than before.
    write("cloudtrail", "PutEventSelectors")
        .id("PutEventSelectors.more")
        .request(r#"{"trailName":"$trail","advancedEventSelectors":[{"name":"management","fieldSelectors":[{"field":"eventCategory","equals":["Management"]}]},{"name":"objects","fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.type","equals":["AWS::S3::Object"]}]}]}"#)
        .response(r#"{"trailARN":"arn:aws:cloudtrail:$region:$account:trail/$trail"}"#),
    write("cloudtrail", "UpdateTrail")
        .request(r#"{"name":"$trail","kmsKeyId":"arn:aws:kms:$region:$account:key/$key","isMultiRegionTrail":true,"enableLogFileValidation":true,"includeGlobalServiceEvents":true}"#)
        .response(r#"{"name":"$trail","trailARN":"arn:aws:cloudtrail:$region:$account:trail/$trail","isMultiRegionTrail":true,"logFileValidationEnabled":true,"includeGlobalServiceEvents":true}"#),
    write("cloudtrail", "PutInsightSelectors").request(r#"{"trailName":"$trail","insightSelectors":[{"insightType":"ApiCallRateInsight"}]}"#),
    write("cloudtrail", "StartLogging").request(r#"{"name":"$trail"}"#),
    write("cloudtrail", "StopLogging").request(r#"{"name":"$trail"}"#),
    write("cloudtrail", "DeleteTrail").request(r#"{"name":"$trail"}"#),
    read("config", "DescribeConfigurationRecorders").version("1.08"),
    read("config", "DescribeConfigurationRecorderStatus").version("1.08"),
    read("config", "DescribeComplianceByConfigRule").version("1.08").fault(
        30,
        "ThrottlingException",
        "Rate exceeded",
    ),
    write("config", "StopConfigurationRecorder")
        .version("1.08")
        .request(r#"{"configurationRecorderName":"default"}"#),
    read("guardduty", "ListDetectors").request("{}"),
    read("guardduty", "GetDetector").request(r#"{"detectorId":"$detector"}"#),
    read("guardduty", "ListFindings").request(r#"{"detectorId":"$detector","maxResults":50}"#),
    write("guardduty", "DeleteDetector").request(r#"{"detectorId":"$detector"}"#),
    read("securityhub", "GetFindings").version("1.08").request(r#"{"MaxResults":100}"#),
    read("access-analyzer", "ListAnalyzers").version("1.08").request(r#"{"maxResults":100}"#),
    read("tagging", "GetResources").version("1.08").request(
        r#"{"resourcesPerPage":100,"resourceTypeFilters":["elasticloadbalancing"],"paginationToken":""}"#,
    ),
    read("xray", "GetSamplingRules").version("1.08"),
    read("ce", "GetCostAndUsage").version("1.08").global().request(
        r#"{"TimePeriod":{"Start":"2026-02-01","End":"2026-03-01"},"Granularity":"DAILY","Metrics":["UnblendedCost"]}"#,
    ),
    read("health", "DescribeEventAggregates").version("1.08").global().request(
        r#"{"filter":{"eventStatusCodes":["open","upcoming"]},"aggregateField":"eventTypeCategory"}"#,
    ),
];
