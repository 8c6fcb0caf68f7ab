//! The columns of `CloudTrail`.
//!
//! Names and nesting: "Create a table for CloudTrail logs in Athena" in the
//! Athena user guide; the fields that it does not have: "CloudTrail record
//! contents" and "CloudTrail userIdentity element" in the `CloudTrail` user
//! guide. Booleans are text, as in AWS's table: `readonly = 'false'`.

use Holds::{BigInt, Double, Json, List, Struct, Text};

use super::{Column, Holds, at, own};

/// The columns of `cloudtrail`.
#[rustfmt::skip] // One column, one line: it is read as a table.
pub(super) fn events() -> Vec<Column> {
    with_ours(vec![
        at("eventversion", "eventVersion", Text, "Version of the record's form, such as 1.11"),
        at("useridentity", "userIdentity", Struct(user_identity()), "Who made the request"),
        at("eventtime", "eventTime", Text, "When the request was completed, as written: 2026-11-21T19:20:00Z"),
        at("eventsource", "eventSource", Text, "Service that was asked, such as iam.amazonaws.com"),
        at("eventname", "eventName", Text, "Action that was asked for"),
        at("awsregion", "awsRegion", Text, "Region that was asked"),
        at("sourceipaddress", "sourceIPAddress", Text, "Address of the caller, or the name of the AWS service that called"),
        at("useragent", "userAgent", Text, "Program that called, as it names itself"),
        at("errorcode", "errorCode", Text, "Error of the service; null if the request succeeded"),
        at("errormessage", "errorMessage", Text, "Description of the error"),
        at("requestparameters", "requestParameters", Json, "Parameters of the request"),
        at("responseelements", "responseElements", Json, "Answer to requests that change something"),
        at("additionaleventdata", "additionalEventData", Json, "What the service adds"),
        at("requestid", "requestID", Text, "Id that the service gave the request"),
        at("eventid", "eventID", Text, "Id of the record"),
        at("readonly", "readOnly", Text, "`true` if the action changes nothing"),
        at("resources", "resources", List(resource()), "Resources that the event touched"),
        at("eventtype", "eventType", Text, "AwsApiCall, AwsServiceEvent, AwsConsoleAction, AwsConsoleSignIn or AwsVpceEvents"),
        at("apiversion", "apiVersion", Text, "Version of the service's API"),
        at("recipientaccountid", "recipientAccountId", Text, "Account that received the event"),
        at("serviceeventdetails", "serviceEventDetails", Json, "What happened, and what came of it, for events of a service"),
        at("sharedeventid", "sharedEventID", Text, "Id that the copies of an event in several accounts share"),
        at("vpcendpointid", "vpcEndpointId", Text, "VPC endpoint that the request came through"),
        at("vpcendpointaccountid", "vpcEndpointAccountId", Text, "Owner of that endpoint"),
        at("eventcategory", "eventCategory", Text, "Management, Data or NetworkActivity"),
        at("addendum", "addendum", Struct(addendum()), "Why an event came late or again"),
        at("sessioncredentialfromconsole", "sessionCredentialFromConsole", Text, "`true` if the session came from the console"),
        at("edgedevicedetails", "edgeDeviceDetails", Json, "Edge device that the request was for"),
        at("tlsdetails", "tlsDetails", Struct(tls()), "How the connection was encrypted"),
        at("managementevent", "managementEvent", Text, "`true` for management events"),
        at("eventcontext", "eventContext", Json, "Tags and condition keys that an event was enriched with"),
    ])
}

/// The columns of `cloudtrail_insights`.
#[rustfmt::skip] // As above.
pub(super) fn insights() -> Vec<Column> {
    with_ours(vec![
        at("eventversion", "eventVersion", Text, "Version of the record's form"),
        at("eventtime", "eventTime", Text, "When the unusual activity began or ended, as written"),
        at("awsregion", "awsRegion", Text, "Region of the activity"),
        at("eventid", "eventID", Text, "Id of the record"),
        at("eventtype", "eventType", Text, "AwsCloudTrailInsight"),
        at("recipientaccountid", "recipientAccountId", Text, "Account that received the event"),
        at("sharedeventid", "sharedEventID", Text, "Id that the start and the end of one insight share"),
        at("eventcategory", "eventCategory", Text, "Insight"),
        at("insightdetails", "insightDetails", Struct(insight()), "What was unusual"),
    ])
}

#[rustfmt::skip] // As above.
fn user_identity() -> Vec<Column> {
    vec![
        at("type", "userIdentity.type", Text, "IAMUser, AssumedRole, Root, AWSService, AWSAccount, …"),
        at("principalid", "userIdentity.principalId", Text, "Unique id of the caller; for a role its session name behind a colon"),
        at("arn", "userIdentity.arn", Text, "ARN of the caller"),
        at("accountid", "userIdentity.accountId", Text, "Account that owns the caller"),
        at("invokedby", "userIdentity.invokedBy", Text, "AWS service that made the request for the caller"),
        at("accesskeyid", "userIdentity.accessKeyId", Text, "Access key that signed the request"),
        at("username", "userIdentity.userName", Text, "Name of the caller"),
        at("onbehalfof", "userIdentity.onBehalfOf", Struct(vec![
            at("userid", "userIdentity.onBehalfOf.userId", Text, "User of IAM Identity Center"),
            at("identitystorearn", "userIdentity.onBehalfOf.identityStoreArn", Text, "Its identity store"),
        ]), "User for whom the caller acted"),
        at("sessioncontext", "userIdentity.sessionContext", Struct(session_context()), "Session of temporary credentials"),
        at("identityprovider", "userIdentity.identityProvider", Text, "Provider that vouched for a federated caller"),
        at("credentialid", "userIdentity.credentialId", Text, "Bearer token that was used"),
        at("inscopeof", "userIdentity.inScopeOf", Json, "Whom the credentials were issued to"),
        at("invokedbydelegate", "userIdentity.invokedByDelegate", Json, "Delegate that made the request"),
    ]
}

#[rustfmt::skip] // As above.
fn session_context() -> Vec<Column> {
    vec![
        at("attributes", "userIdentity.sessionContext.attributes", Struct(vec![
            at("mfaauthenticated", "userIdentity.sessionContext.attributes.mfaAuthenticated", Text, "`true` if a second factor was used"),
            at("creationdate", "userIdentity.sessionContext.attributes.creationDate", Text, "When the credentials were issued, as written"),
            at("sessioncredentialfromconsole", "userIdentity.sessionContext.attributes.sessionCredentialFromConsole", Text, "`true` if the session came from the console"),
        ]), "Attributes of the session"),
        at("sessionissuer", "userIdentity.sessionContext.sessionIssuer", Struct(vec![
            at("type", "userIdentity.sessionContext.sessionIssuer.type", Text, "Root, IAMUser or Role"),
            at("principalid", "userIdentity.sessionContext.sessionIssuer.principalId", Text, "Unique id of the issuer"),
            at("arn", "userIdentity.sessionContext.sessionIssuer.arn", Text, "ARN of the issuer: the role itself"),
            at("accountid", "userIdentity.sessionContext.sessionIssuer.accountId", Text, "Account that owns the issuer"),
            at("username", "userIdentity.sessionContext.sessionIssuer.userName", Text, "Name of the issuer"),
        ]), "Whose credentials the session holds"),
        at("ec2roledelivery", "userIdentity.sessionContext.ec2RoleDelivery", Text, "Version of the instance metadata service that gave out the credentials"),
        at("webidfederationdata", "userIdentity.sessionContext.webIdFederationData", Struct(vec![
            at("federatedprovider", "userIdentity.sessionContext.webIdFederationData.federatedProvider", Text, "Provider that vouched for the caller"),
            at("attributes", "userIdentity.sessionContext.webIdFederationData.attributes", Json, "What the provider said of the caller"),
        ]), "How a web identity got the session"),
        at("sourceidentity", "userIdentity.sessionContext.sourceIdentity", Text, "Identity that was set when the role was first assumed"),
        at("assumedroot", "userIdentity.sessionContext.assumedRoot", Text, "`true` for a root session of a member account"),
    ]
}

#[rustfmt::skip] // As above.
fn resource() -> Vec<Column> {
    vec![
        at("arn", "ARN", Text, "ARN of the resource"),
        at("accountid", "accountId", Text, "Its owner"),
        at("type", "type", Text, "Its type, such as AWS::S3::Bucket"),
    ]
}

#[rustfmt::skip] // As above.
fn addendum() -> Vec<Column> {
    vec![
        at("reason", "addendum.reason", Text, "DELIVERY_DELAY, UPDATED_DATA or SERVICE_OUTAGE"),
        at("updatedfields", "addendum.updatedFields", Text, "Fields that were updated"),
        at("originalrequestid", "addendum.originalRequestID", Text, "Request id of the event that this one amends"),
        at("originaleventid", "addendum.originalEventID", Text, "Id of the event that this one amends"),
    ]
}

#[rustfmt::skip] // As above.
fn tls() -> Vec<Column> {
    vec![
        at("tlsversion", "tlsDetails.tlsVersion", Text, "Version of TLS"),
        at("ciphersuite", "tlsDetails.cipherSuite", Text, "Cipher suite"),
        at("clientprovidedhostheader", "tlsDetails.clientProvidedHostHeader", Text, "Host that the caller asked"),
        at("keyexchange", "tlsDetails.keyExchange", Text, "Key exchange"),
    ]
}

#[rustfmt::skip] // As above.
fn insight() -> Vec<Column> {
    const STATISTICS: &str = "insightDetails.insightContext.statistics";
    vec![
        at("state", "insightDetails.state", Text, "Start or End"),
        at("eventsource", "insightDetails.eventSource", Text, "Service whose use was unusual"),
        at("eventname", "insightDetails.eventName", Text, "Action whose rate was unusual"),
        at("insighttype", "insightDetails.insightType", Text, "ApiCallRateInsight or ApiErrorRateInsight"),
        at("errorcode", "insightDetails.errorCode", Text, "Error whose rate was unusual"),
        at("insightcontext", "insightDetails.insightContext", Struct(vec![
            at("statistics", STATISTICS, Struct(vec![
                at("baseline", "insightDetails.insightContext.statistics.baseline", Struct(vec![
                    at("average", "insightDetails.insightContext.statistics.baseline.average", Double, "Calls or errors in a minute, usually"),
                ]), "What is usual"),
                at("insight", "insightDetails.insightContext.statistics.insight", Struct(vec![
                    at("average", "insightDetails.insightContext.statistics.insight.average", Double, "Calls or errors in a minute, now"),
                ]), "What was unusual"),
                at("insightduration", "insightDetails.insightContext.statistics.insightDuration", BigInt, "Minutes of unusual activity"),
                at("baselineduration", "insightDetails.insightContext.statistics.baselineDuration", BigInt, "Minutes that the baseline was taken over"),
            ]), "Rates"),
            at("attributions", "insightDetails.insightContext.attributions", Json, "Callers, agents and errors that stood out"),
        ]), "How it was unusual"),
    ]
}

fn with_ours(mut columns: Vec<Column>) -> Vec<Column> {
    columns.extend(own::before_region());
    columns.push(own::region());
    columns.extend(own::after_region());
    columns
}
