//! Changes to buckets, and what is done with their objects beyond reading and
//! writing one.

use super::storage::{BUCKET, OBJECT, TRANSFER, UPLOAD};
use super::{Kind, Row, read, write};

/// A bucket's setting.
const fn setting(name: &'static str, request: &'static str) -> Row {
    write("s3", name)
        .request(request)
        .extra(TRANSFER)
        .resources(BUCKET)
}

/// A bucket's policy; the statement is the part between the brackets.
const fn policy(id: &'static str, request: &'static str) -> Row {
    setting("PutBucketPolicy", request).id(id)
}

const fn object(name: &'static str, request: &'static str) -> Row {
    write("s3", name)
        .kind(Kind::Data)
        .request(request)
        .extra(TRANSFER)
        .resources(OBJECT)
}

/// A multi-object deletion names no keys: there may be a thousand.
const DELETED: &str = r#"[{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::$bucket/"},{"accountId":"$account","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::$bucket"}]"#;

pub(super) const ROWS: &[Row] = &[
    setting("CreateBucket", r#"{"CreateBucketConfiguration":{"LocationConstraint":"$region","xmlns":"http://s3.amazonaws.com/doc/2006-03-01/"},"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com"}"#)
        .fault(40, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it."),
    setting("DeleteBucket", r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com"}"#)
        .fault(250, "BucketNotEmpty", "The bucket you tried to delete is not empty"),
    setting("PutBucketEncryption", r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","encryption":"","ServerSideEncryptionConfiguration":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","Rule":{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"arn:aws:kms:$region:$account:key/$key"},"BucketKeyEnabled":true}}}"#),
    setting("PutBucketPublicAccessBlock", r#"{"publicAccessBlock":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","PublicAccessBlockConfiguration":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","RestrictPublicBuckets":true,"BlockPublicPolicy":true,"BlockPublicAcls":true,"IgnorePublicAcls":true}}"#),
    setting("PutBucketOwnershipControls", r#"{"ownershipControls":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","OwnershipControls":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","Rule":{"ObjectOwnership":"BucketOwnerEnforced"}}}"#),
    setting("PutBucketLogging", r#"{"logging":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","BucketLoggingStatus":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","LoggingEnabled":{"TargetBucket":"$other","TargetPrefix":"access/$bucket/"}}}"#),
    setting("PutBucketNotification", r#"{"notification":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","NotificationConfiguration":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","CloudFunctionConfiguration":{"Id":"tf-s3-lambda-$hexa","CloudFunction":"arn:aws:lambda:$region:$account:function:$function","Event":"s3:ObjectCreated:*"}}}"#),
    setting("PutBucketVersioning", r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","versioning":"","VersioningConfiguration":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","Status":"Enabled"}}"#)
        .id("PutBucketVersioning.on"),
    // Old versions and unfinished uploads go, logs after their year.
    setting("PutBucketLifecycle", r#"{"lifecycle":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","LifecycleConfiguration":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","Rule":[{"ID":"old-versions","Status":"Enabled","Filter":{"Prefix":""},"NoncurrentVersionExpiration":{"NoncurrentDays":30}},{"ID":"uploads","Status":"Enabled","Filter":{"Prefix":""},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7}}]}}"#)
        .id("PutBucketLifecycle.versions"),
    setting("PutBucketLifecycle", r#"{"lifecycle":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","LifecycleConfiguration":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","Rule":{"ID":"archive","Status":"Enabled","Filter":{"Prefix":"AWSLogs/"},"Transition":{"Days":90,"StorageClass":"GLACIER_IR"},"Expiration":{"Days":400}}}}"#)
        .id("PutBucketLifecycle.logs"),
    setting("PutBucketLifecycle", r#"{"lifecycle":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","LifecycleConfiguration":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","Rule":{"ID":"scratch","Status":"Enabled","Filter":{"Prefix":"tmp/"},"Expiration":{"Days":1}}}}"#)
        .id("PutBucketLifecycle.scratch"),
    policy("PutBucketPolicy.cloudfront", r#"{"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"AllowCloudFront","Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::$bucket/*","Condition":{"StringEquals":{"AWS:SourceArn":"arn:aws:cloudfront::$account:distribution/E$sthree"}}}]},"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","policy":""}"#),
    policy("PutBucketPolicy.organization", r#"{"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"Organisation","Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::$bucket","arn:aws:s3:::$bucket/*"],"Condition":{"StringEquals":{"aws:PrincipalOrgID":"$other"}}}]},"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","policy":""}"#),
    policy("PutBucketPolicy.delivery", r#"{"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"Write","Effect":"Allow","Principal":{"Service":["delivery.logs.amazonaws.com","cloudtrail.amazonaws.com"]},"Action":"s3:PutObject","Resource":"arn:aws:s3:::$bucket/AWSLogs/*","Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceOrgID":"$other"}}}]},"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","policy":""}"#),
    // Another account of the organisation on ordinary days.
    policy("PutBucketPolicy.account", r#"{"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"Reader","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::$outside:$value"},"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::$bucket","arn:aws:s3:::$bucket/*"]}]},"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","policy":""}"#),
    // A denial for everyone who comes without encryption: a star that shuts.
    policy("PutBucketPolicy.encrypted", r#"{"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"OnlyEncrypted","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::$bucket","arn:aws:s3:::$bucket/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]},"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","policy":""}"#),
    setting("DeleteBucketPolicy", r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","policy":""}"#),
    setting("PutBucketReplication", r#"{"replication":"","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","ReplicationConfiguration":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","Role":"arn:aws:iam::$account:role/replication","Rule":{"ID":"copy","Status":"Enabled","Priority":1,"Filter":"","DeleteMarkerReplication":{"Status":"Disabled"},"Destination":{"Bucket":"arn:aws:s3:::$value","Account":"$outside","AccessControlTranslation":{"Owner":"Destination"}}}}}"#),
    read("s3", "ListObjects")
        .kind(Kind::Data)
        .request(r#"{"list-type":"2","bucketName":"$bucket","encoding-type":"url","prefix":"$name","Host":"$bucket.s3.$region.amazonaws.com"}"#)
        .extra(TRANSFER)
        .resources(DELETED),
    read("s3", "HeadObject")
        .kind(Kind::Data)
        .request(r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","key":"$object"}"#)
        .extra(TRANSFER)
        .resources(OBJECT)
        .fault(60, "NoSuchKey", "The specified key does not exist."),
    object("DeleteObjects", r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","delete":""}"#)
        .resources(DELETED),
    object("CopyObject", r#"{"bucketName":"$bucket","x-amz-copy-source":"$bucket/$object","Host":"$bucket.s3.$region.amazonaws.com","key":"$object"}"#)
        .extra(UPLOAD),
    // With a key that the caller keeps: S3 forgets it.
    object("CopyObject", r#"{"x-amz-server-side-encryption-customer-algorithm":"AES256","bucketName":"$bucket","x-amz-copy-source":"$bucket/$object","Host":"$bucket.s3.$region.amazonaws.com","key":"$object"}"#)
        .id("CopyObject.customer-key")
        .response(r#"{"x-amz-server-side-encryption-customer-algorithm":"AES256"}"#)
        .extra(r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"SSEApplied":"SSE_C","AuthenticationMethod":"AuthHeader","x-amz-id-2":"$shost","bytesTransferredOut":$size}"#),
    object("PutObject", r#"{"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:$region:$account:key/$key","bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","key":"$object"}"#)
        .id("PutObject.own-key")
        .response(r#"{"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:$region:$account:key/$key"}"#)
        .extra(UPLOAD),
    read("s3", "GetObject")
        .id("GetObject.anonymous")
        .kind(Kind::Data)
        .request(r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","key":"$name"}"#)
        .extra(r#"{"CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"x-amz-id-2":"$shost","bytesTransferredOut":243}"#)
        .resources(OBJECT)
        .fault(1000, "AccessDenied", "Access Denied"),
    read("s3", "GetBucketAcl")
        .id("GetBucketAcl.anonymous")
        .request(r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","acl":""}"#)
        .extra(r#"{"CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"x-amz-id-2":"$shost","bytesTransferredOut":243}"#)
        .resources(BUCKET)
        .fault(1000, "AccessDenied", "Access Denied"),
];
