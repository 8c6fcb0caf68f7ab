//! What pipelines change: functions, stacks, images, rules and schedules.

use super::compute::FUNCTION_ANSWER;
use super::{Kind, Row, read, write};

const fn lambda(name: &'static str, request: &'static str) -> Row {
    write("lambda", name).version("1.08").request(request)
}

const fn stack(name: &'static str, request: &'static str) -> Row {
    write("cloudformation", name)
        .version("1.09")
        .request(request)
}

const fn image(name: &'static str, request: &'static str) -> Row {
    write("ecr", name)
        .version("1.08")
        .request(request)
        .resources(r#"[{"accountId":"$account","ARN":"arn:aws:ecr:$region:$account:repository/$service"}]"#)
}

pub(super) const ROWS: &[Row] = &[
    lambda("CreateFunction20150331", r#"{"functionName":"$name","runtime":"python3.12","role":"arn:aws:iam::$account:role/$role","handler":"app.handler","code":{"s3Bucket":"$bucket","s3Key":"releases/$hexa.zip"},"timeout":30,"memorySize":512,"publish":false,"packageType":"Zip","architectures":["arm64"],"environment":{},"tags":{"managed-by":"platform"}}"#)
        .response(FUNCTION_ANSWER),
    lambda("DeleteFunction20150331", r#"{"functionName":"$name"}"#),
    lambda("UpdateFunctionConfiguration20150331v2", r#"{"functionName":"$function","environment":{},"memorySize":512,"timeout":30}"#)
        .response(FUNCTION_ANSWER),
    lambda("UpdateFunctionConfiguration20150331v2", r#"{"functionName":"$function","layers":["arn:aws:lambda:$region:$outside:layer:$name:1"],"environment":{}}"#)
        .id("UpdateFunctionConfiguration.layer")
        .response(FUNCTION_ANSWER),
    lambda("PublishVersion20150331", r#"{"functionName":"$function","description":"$hexa"}"#)
        .response(FUNCTION_ANSWER),
    lambda("UpdateAlias20150331", r#"{"functionName":"$function","name":"live","functionVersion":"$small"}"#)
        .response(r#"{"aliasArn":"arn:aws:lambda:$region:$account:function:$function:live","name":"live","functionVersion":"$small","description":"","revisionId":"$uuid"}"#),
    lambda("PublishLayerVersion20181031", r#"{"layerName":"$name","content":{"s3Bucket":"$bucket","s3Key":"layers/$hexa.zip"},"compatibleRuntimes":["python3.12"]}"#)
        .response(r#"{"layerArn":"arn:aws:lambda:$region:$account:layer:$name","layerVersionArn":"arn:aws:lambda:$region:$account:layer:$name:$small","version":$small}"#),
    // A service of this account, about a thing of this account.
    lambda("AddPermission20150331v2", r#"{"functionName":"$function","statementId":"$name","action":"lambda:InvokeFunction","principal":"$value","sourceArn":"$other","sourceAccount":"$account"}"#)
        .id("AddPermission.service")
        .response(r#"{"statement":"{\"Sid\":\"$name\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"$value\"},\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"arn:aws:lambda:$region:$account:function:$function\",\"Condition\":{\"StringEquals\":{\"AWS:SourceAccount\":\"$account\"},\"ArnLike\":{\"AWS:SourceArn\":\"$other\"}}}"}"#)
        .fault(60, "ResourceConflictException", "The statement id ($name) provided already exists. Please provide a new statement id, or remove the existing statement."),
    lambda("RemovePermission20150331v2", r#"{"functionName":"$function","statementId":"$name"}"#),
    lambda("CreateEventSourceMapping20150331", r#"{"functionName":"$function","eventSourceArn":"arn:aws:sqs:$region:$account:$queue","enabled":true,"batchSize":10}"#)
        .response(r#"{"uUID":"$uuid","batchSize":10,"eventSourceArn":"arn:aws:sqs:$region:$account:$queue","functionArn":"arn:aws:lambda:$region:$account:function:$function","state":"Creating"}"#),
    lambda("PutFunctionConcurrency20171031", r#"{"functionName":"$function","reservedConcurrentExecutions":$small}"#)
        .response(r#"{"reservedConcurrentExecutions":$small}"#),
    write("lambda", "Invoke")
        .version("1.08")
        .kind(Kind::Data)
        .request(r#"{"invocationType":"RequestResponse","functionName":"arn:aws:lambda:$region:$account:function:$function"}"#)
        .extra(r#"{"functionVersion":"arn:aws:lambda:$region:$account:function:$function:$LATEST"}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::Lambda::Function","ARN":"arn:aws:lambda:$region:$account:function:$function"}]"#),
    stack("CreateStack", r#"{"stackName":"$name","templateURL":"https://s3.$region.amazonaws.com/$bucket/templates/$hexa.yaml","capabilities":["CAPABILITY_NAMED_IAM"],"disableRollback":false,"parameters":[],"tags":[{"key":"managed-by","value":"platform"}]}"#)
        .response(r#"{"stackId":"arn:aws:cloudformation:$region:$account:stack/$name/$uuid"}"#),
    stack("UpdateStack", r#"{"stackName":"$name","usePreviousTemplate":false,"templateURL":"https://s3.$region.amazonaws.com/$bucket/templates/$hexa.yaml","capabilities":["CAPABILITY_NAMED_IAM"],"parameters":[]}"#)
        .response(r#"{"stackId":"arn:aws:cloudformation:$region:$account:stack/$name/$uuid"}"#)
        .fault(150, "ValidationException", "No updates are to be performed."),
    stack("CreateChangeSet", r#"{"stackName":"$name","changeSetName":"change-$hexa","changeSetType":"UPDATE","capabilities":["CAPABILITY_IAM"]}"#)
        .response(r#"{"id":"arn:aws:cloudformation:$region:$account:changeSet/change-$hexa/$uuid","stackId":"arn:aws:cloudformation:$region:$account:stack/$name/$uuid"}"#),
    stack("ExecuteChangeSet", r#"{"stackName":"$name","changeSetName":"change-$hexa"}"#),
    stack("DeleteStack", r#"{"stackName":"$name"}"#),
    image("InitiateLayerUpload", r#"{"registryId":"$account","repositoryName":"$service"}"#)
        .response(r#"{"uploadId":"$uuid","partSize":10485760}"#),
    image("CompleteLayerUpload", r#"{"registryId":"$account","repositoryName":"$service","uploadId":"$uuid","layerDigests":["sha256:$hexc$hexc"]}"#),
    image("PutImage", r#"{"registryId":"$account","repositoryName":"$service","imageTag":"$hexa","imageManifestMediaType":"application/vnd.docker.distribution.manifest.v2+json"}"#)
        .response(r#"{"image":{"registryId":"$account","repositoryName":"$service","imageId":{"imageDigest":"sha256:$hexc$hexc","imageTag":"$hexa"}}}"#),
    image("SetRepositoryPolicy", r#"{"registryId":"$account","repositoryName":"$service","policyText":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Pull\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::$outside:root\"},\"Action\":[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\"]}]}","force":false}"#)
        .response(r#"{"registryId":"$account","repositoryName":"$service"}"#),
    write("ecs", "RunTask")
        .version("1.11")
        .request(r#"{"cluster":"$cluster","taskDefinition":"$service-migrate","launchType":"FARGATE","count":1,"networkConfiguration":{"awsvpcConfiguration":{"subnets":["$subnet"],"securityGroups":["$group"],"assignPublicIp":"DISABLED"}}}"#)
        .response(r#"{"tasks":[{"taskArn":"arn:aws:ecs:$region:$account:task/$cluster/$hexc","clusterArn":"arn:aws:ecs:$region:$account:cluster/$cluster","lastStatus":"PROVISIONING"}],"failures":[]}"#),
    write("codebuild", "StartBuild")
        .version("1.08")
        .request(r#"{"projectName":"$service","sourceVersion":"$hexc$hexa"}"#)
        .response(r#"{"build":{"id":"$service:$uuid","arn":"arn:aws:codebuild:$region:$account:build/$service:$uuid","buildStatus":"IN_PROGRESS","initiator":"$session"}}"#),
    write("events", "PutRule")
        .version("1.08")
        .request(r#"{"name":"$name","scheduleExpression":"rate(1 hour)","state":"ENABLED"}"#)
        .response(r#"{"ruleArn":"arn:aws:events:$region:$account:rule/$name"}"#),
    write("events", "PutRule")
        .id("PutRule.pattern")
        .version("1.08")
        .request(r#"{"name":"$name","eventPattern":"$value","state":"ENABLED"}"#)
        .response(r#"{"ruleArn":"arn:aws:events:$region:$account:rule/$name"}"#),
    write("events", "PutTargets")
        .version("1.08")
        .request(r#"{"rule":"$name","targets":[{"id":"function","arn":"arn:aws:lambda:$region:$account:function:$function"}]}"#)
        .response(r#"{"failedEntryCount":0,"failedEntries":[]}"#),
    // The bus of another account: that of the organisation on ordinary days.
    write("events", "PutTargets")
        .id("PutTargets.bus")
        .version("1.08")
        .request(r#"{"rule":"$name","targets":[{"id":"bus","arn":"arn:aws:events:$region:$outside:event-bus/$value","roleArn":"arn:aws:iam::$account:role/event-forwarder"}]}"#)
        .response(r#"{"failedEntryCount":0,"failedEntries":[]}"#),
    write("events", "RemoveTargets")
        .version("1.08")
        .request(r#"{"rule":"$name","ids":["function"]}"#)
        .response(r#"{"failedEntryCount":0,"failedEntries":[]}"#),
    write("events", "DeleteRule").version("1.08").request(r#"{"name":"$name"}"#),
    write("route53", "ChangeResourceRecordSets")
        .version("1.08")
        .global()
        .request(r#"{"hostedZoneId":"Z$sthree","changeBatch":{"changes":[{"action":"UPSERT","resourceRecordSet":{"name":"$service.example.com","type":"A","aliasTarget":{"hostedZoneId":"Z$sthree","dNSName":"$service-$hexa.$region.elb.amazonaws.com","evaluateTargetHealth":true}}}]}}"#)
        .response(r#"{"changeInfo":{"id":"/change/C$sthree","status":"PENDING","submittedAt":"$now"}}"#),
    write("cloudfront", "CreateInvalidation")
        .version("1.09")
        .global()
        .request(r#"{"distributionId":"E$sthree","invalidationBatch":{"paths":{"items":["/*"],"quantity":1},"callerReference":"$uuid"}}"#)
        .response(r#"{"invalidation":{"id":"I$sthree","status":"InProgress","createTime":"$now"}}"#),
    read("dynamodb", "GetItem")
        .version("1.11")
        .api_version("2012-08-10")
        .kind(Kind::Data)
        .request(r#"{"tableName":"$name","key":{"LockID":"$value"},"consistentRead":true}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:$region:$account:table/$name"}]"#),
    write("dynamodb", "PutItem")
        .version("1.11")
        .api_version("2012-08-10")
        .kind(Kind::Data)
        .request(r#"{"tableName":"$name","key":{"LockID":"$value"},"items":["LockID","Info"],"conditionExpression":"attribute_not_exists(LockID)"}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:$region:$account:table/$name"}]"#)
        .fault(30, "ConditionalCheckFailedException", "The conditional request failed"),
    write("dynamodb", "DeleteItem")
        .version("1.11")
        .api_version("2012-08-10")
        .kind(Kind::Data)
        .request(r#"{"tableName":"$name","key":{"LockID":"$value"}}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:$region:$account:table/$name"}]"#),
];
