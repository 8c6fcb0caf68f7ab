//! KMS, Secrets Manager, parameters, S3 and databases.

use super::{Kind, Row, read, write};

const KEY: &str = r#"[{"accountId":"$account","type":"AWS::KMS::Key","ARN":"arn:aws:kms:$region:$account:key/$key"}]"#;

pub(super) const BUCKET: &str =
    r#"[{"accountId":"$account","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::$bucket"}]"#;

pub(super) const OBJECT: &str = r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::$bucket/$object"},{"accountId":"$account","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::$bucket"}]"#;

pub(super) const TRANSFER: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"$shost","bytesTransferredOut":$size}"#;

pub(super) const UPLOAD: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":$size,"SSEApplied":"SSE_KMS","AuthenticationMethod":"AuthHeader","x-amz-id-2":"$shost","bytesTransferredOut":0}"#;

/// A call about a bucket's settings, whose name stands in the request as an
/// empty parameter.
const fn bucket(name: &'static str, request: &'static str) -> Row {
    read("s3", name)
        .request(request)
        .extra(TRANSFER)
        .resources(BUCKET)
}

const fn key(name: &'static str, request: &'static str) -> Row {
    read("kms", name).request(request).resources(KEY)
}

pub(super) const ROWS: &[Row] = &[
    key("Decrypt", r#"{"keyId":"arn:aws:kms:$region:$account:key/$key","encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"service":"$service"}}"#)
        .fault(3, "AccessDenied", "User: $arn is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:$region:$account:key/$key because no identity-based policy allows the kms:Decrypt action"),
    key("Decrypt", r#"{"encryptionContext":{"SecretARN":"arn:aws:secretsmanager:$region:$account:secret:$secret","SecretVersionId":"$uuid"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#)
        .id("Decrypt.secretsmanager")
        .via("secretsmanager.amazonaws.com"),
    key("Decrypt", r#"{"encryptionContext":{"PARAMETER_ARN":"arn:aws:ssm:$region:$account:parameter$parameter"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#)
        .id("Decrypt.ssm")
        .via("ssm.amazonaws.com"),
    key("Decrypt", r#"{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::$bucket"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#)
        .id("Decrypt.s3")
        .via("s3.amazonaws.com"),
    key("Decrypt", r#"{"encryptionContext":{"aws:lambda:FunctionArn":"arn:aws:lambda:$region:$account:function:$function"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#)
        .id("Decrypt.lambda")
        .via("lambda.amazonaws.com"),
    key("GenerateDataKey", r#"{"keyId":"arn:aws:kms:$region:$account:key/$key","keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::$bucket"}}"#)
        .via("s3.amazonaws.com"),
    key("GenerateDataKey", r#"{"keySpec":"AES_256","keyId":"arn:aws:kms:$region:$account:key/$key","encryptionContext":{"aws:sqs:arn":"arn:aws:sqs:$region:$account:$queue"}}"#)
        .id("GenerateDataKey.sqs"),
    key("GenerateDataKey", r#"{"keySpec":"AES_256","keyId":"arn:aws:kms:$region:$account:key/$key","encryptionContext":{"aws:cloudtrail:arn":"arn:aws:cloudtrail:$region:$account:trail/$trail","aws:s3:arn":"arn:aws:s3:::$bucket"}}"#)
        .id("GenerateDataKey.cloudtrail"),
    key("Encrypt", r#"{"encryptionContext":{"aws:eks:context":"$uuid"},"keyId":"arn:aws:kms:$region:$account:key/$key","encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#),
    key("DescribeKey", r#"{"keyId":"$key"}"#),
    key("GetKeyRotationStatus", r#"{"keyId":"$key"}"#),
    read("kms", "ListKeys").request(r#"{"limit":1000}"#),
    read("kms", "ListAliases").request(r#"{"limit":100}"#),
    write("kms", "DisableKey").request(r#"{"keyId":"$key"}"#).resources(KEY),
    write("kms", "ScheduleKeyDeletion")
        .request(r#"{"keyId":"$key","pendingWindowInDays":7}"#)
        .response(r#"{"keyId":"arn:aws:kms:$region:$account:key/$key","deletionDate":"$value","keyState":"PendingDeletion","pendingWindowInDays":7}"#)
        .resources(KEY),
    read("secretsmanager", "GetSecretValue")
        .request(r#"{"secretId":"arn:aws:secretsmanager:$region:$account:secret:$secret"}"#)
        .fault(3, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
    read("secretsmanager", "ListSecrets").request(r#"{"maxResults":100}"#),
    read("secretsmanager", "DescribeSecret")
        .request(r#"{"secretId":"arn:aws:secretsmanager:$region:$account:secret:$secret"}"#),
    read("ssm", "GetParameter")
        .version("1.08")
        .request(r#"{"name":"$parameter","withDecryption":true}"#)
        .resources(r#"[{"accountId":"$account","ARN":"arn:aws:ssm:$region:$account:parameter$parameter"}]"#)
        .fault(12, "ParameterNotFound", ""),
    read("ssm", "GetParametersByPath")
        .version("1.08")
        .request(r#"{"path":"$parameter","recursive":true,"withDecryption":true}"#)
        .fault(15, "ThrottlingException", "Rate exceeded"),
    read("ssm", "DescribeParameters").version("1.08").request(r#"{"maxResults":50}"#),
    write("ssm", "UpdateInstanceInformation").version("1.08").request(
        r#"{"instanceId":"$instance","agentVersion":"3.3.1611.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"$address","computerName":"ip-$hexa.$region.compute.internal","agentName":"amazon-ssm-agent","sSMConnectionChannel":"ssmmessages"}"#,
    ),
    read("ssm", "ListInstanceAssociations")
        .version("1.08")
        .request(r#"{"instanceId":"$instance","maxResults":20}"#),
    read("ssm", "DescribeInstanceInformation").version("1.08").request(r#"{"maxResults":50}"#),
    bucket("GetBucketAcl", r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","acl":""}"#),
    bucket("GetBucketLocation", r#"{"bucketName":"$bucket","location":"","Host":"s3.$region.amazonaws.com"}"#),
    bucket("GetBucketVersioning", r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","versioning":""}"#),
    bucket("GetBucketLogging", r#"{"logging":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com"}"#),
    bucket("GetBucketEncryption", r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","encryption":""}"#),
    bucket("GetBucketPublicAccessBlock", r#"{"publicAccessBlock":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com"}"#)
        .fault(200, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
    bucket("GetBucketPolicy", r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","policy":""}"#)
        .fault(600, "NoSuchBucketPolicy", "The bucket policy does not exist"),
    bucket("GetBucketTagging", r#"{"tagging":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com"}"#)
        .fault(700, "NoSuchTagSet", "The TagSet does not exist"),
    bucket("GetBucketLifecycle", r#"{"lifecycle":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com"}"#)
        .fault(800, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
    bucket("GetBucketReplication", r#"{"replication":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com"}"#)
        .fault(950, "ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
    bucket("GetBucketWebsite", r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","website":""}"#)
        .fault(980, "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
    read("s3", "ListBuckets").request(r#"{"Host":"s3.$region.amazonaws.com"}"#).extra(TRANSFER),
    read("s3", "GetObject")
        .kind(Kind::Data)
        .request(r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","key":"$object"}"#)
        .extra(TRANSFER)
        .resources(OBJECT)
        .fault(8, "NoSuchKey", "The specified key does not exist."),
    write("s3", "PutObject")
        .kind(Kind::Data)
        .request(r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","key":"$object"}"#)
        .response(r#"{"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:$region:$account:key/$key"}"#)
        .extra(UPLOAD)
        .resources(OBJECT),
    write("s3", "DeleteObject")
        .kind(Kind::Data)
        .request(r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","key":"$object"}"#)
        .extra(TRANSFER)
        .resources(OBJECT),
    write("s3", "PutBucketVersioning")
        .request(r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","versioning":"","VersioningConfiguration":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","Status":"Suspended"}}"#)
        .extra(TRANSFER)
        .resources(BUCKET),
    write("s3", "PutBucketLifecycle")
        .request(r#"{"lifecycle":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","LifecycleConfiguration":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","Rule":{"ID":"cleanup","Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":1}}}}"#)
        .extra(TRANSFER)
        .resources(BUCKET),
    write("s3", "PutBucketTagging")
        .request(r#"{"tagging":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","Tagging":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","TagSet":{"Tag":[{"Key":"revision","Value":"$hexa"}]}}}"#)
        .extra(TRANSFER)
        .resources(BUCKET),
    read("rds", "DescribeDBInstances")
        .version("1.08")
        .request(r#"{"dBInstanceIdentifier":"$database"}"#)
        .fault(10, "DBInstanceNotFound", "DBInstance $database not found."),
    read("rds", "DescribeDBClusters").version("1.08"),
    read("rds", "DescribeDBSnapshots").version("1.08").request(r#"{"dBInstanceIdentifier":"$database"}"#),
    read("rds", "ListTagsForResource")
        .version("1.08")
        .request(r#"{"resourceName":"arn:aws:rds:$region:$account:db:$database"}"#),
    write("rds", "ModifyDBSnapshotAttribute")
        .version("1.08")
        .request(r#"{"dBSnapshotIdentifier":"$name","attributeName":"restore","valuesToAdd":["$outside"]}"#)
        .response(r#"{"dBSnapshotIdentifier":"$name","dBSnapshotAttributes":[{"attributeName":"restore","attributeValues":["$outside"]}]}"#),
    write("rds", "CreateDBSnapshot")
        .version("1.08")
        .request(r#"{"dBInstanceIdentifier":"$database","dBSnapshotIdentifier":"$name"}"#)
        .response(r#"{"dBSnapshotIdentifier":"$name","dBInstanceIdentifier":"$database","engine":"postgres","status":"creating","snapshotType":"manual","encrypted":false,"dBSnapshotArn":"arn:aws:rds:$region:$account:snapshot:$name"}"#),
    write("rds", "CreateDBSnapshot")
        .id("CreateDBSnapshot.encrypted")
        .version("1.08")
        .request(r#"{"dBInstanceIdentifier":"$database","dBSnapshotIdentifier":"$name"}"#)
        .response(r#"{"dBSnapshotIdentifier":"$name","dBInstanceIdentifier":"$database","engine":"postgres","status":"creating","snapshotType":"manual","encrypted":true,"kmsKeyId":"arn:aws:kms:$region:$account:key/$key","dBSnapshotArn":"arn:aws:rds:$region:$account:snapshot:$name"}"#),
    read("dynamodb", "DescribeTable")
        .version("1.08")
        .api_version("2012-08-10")
        .request(r#"{"tableName":"$table"}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:$region:$account:table/$table"}]"#),
    read("sqs", "GetQueueAttributes").version("1.10").request(
        r#"{"queueUrl":"https://sqs.$region.amazonaws.com/$account/$queue","attributeNames":["All"]}"#,
    ),
    read("sns", "ListTopics").version("1.08"),
];
