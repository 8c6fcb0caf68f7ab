//! Changes to keys, databases, logs and the services that watch, and what
//! applications and people ask of the rest.

use super::{Kind, Row, read, write};

const LOGS: &str = "20140328";

const KEY: &str = r#"[{"accountId":"$account","type":"AWS::KMS::Key","ARN":"arn:aws:kms:$region:$account:key/$key"}]"#;

const fn key(name: &'static str, request: &'static str) -> Row {
    write("kms", name).request(request).resources(KEY)
}

const fn logs(name: &'static str, request: &'static str) -> Row {
    write("logs", name)
        .version("1.09")
        .api_version(LOGS)
        .request(request)
}

const fn host(name: &'static str, request: &'static str) -> Row {
    write("ssm", name).version("1.08").request(request)
}

const fn old(source: &'static str, name: &'static str, request: &'static str) -> Row {
    write(source, name).version("1.08").request(request)
}

/// A service's own account of what it did.
const fn rotation(name: &'static str) -> Row {
    write("secretsmanager", name)
        .version("1.08")
        .kind(Kind::ServiceEvent)
        .extra(r#"{"SecretId":"arn:aws:secretsmanager:$region:$account:secret:$secret"}"#)
}

const COMMAND: &str = r#"{"command":{"commandId":"$name","documentName":"$value","documentVersion":"$DEFAULT","comment":"","status":"Pending","statusDetails":"Pending","targets":[],"instanceIds":["$instance"],"maxConcurrency":"50","maxErrors":"0","targetCount":1,"completedCount":0,"errorCount":0,"interactive":false,"timeoutSeconds":3600,"hasSensitiveParameters":false}}"#;

pub(super) const ROWS: &[Row] = &[
    key("CreateKey", r#"{"description":"$service","keyUsage":"ENCRYPT_DECRYPT","customerMasterKeySpec":"SYMMETRIC_DEFAULT","keySpec":"SYMMETRIC_DEFAULT","origin":"AWS_KMS","multiRegion":false,"bypassPolicyLockoutSafetyCheck":false,"policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Account\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::$account:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}","tags":[{"tagKey":"managed-by","tagValue":"platform"}]}"#)
        .response(r#"{"keyMetadata":{"aWSAccountId":"$account","keyId":"$key","arn":"arn:aws:kms:$region:$account:key/$key","creationDate":"$created","enabled":true,"description":"$service","keyUsage":"ENCRYPT_DECRYPT","keyState":"Enabled","origin":"AWS_KMS","keyManager":"CUSTOMER","keySpec":"SYMMETRIC_DEFAULT","encryptionAlgorithms":["SYMMETRIC_DEFAULT"],"multiRegion":false}}"#),
    key("CreateAlias", r#"{"aliasName":"alias/$service-$hexa","targetKeyId":"$key"}"#),
    key("DeleteAlias", r#"{"aliasName":"alias/$service-$hexa"}"#),
    key("EnableKeyRotation", r#"{"keyId":"$key"}"#),
    key("PutKeyPolicy", r#"{"keyId":"$key","policyName":"default","bypassPolicyLockoutSafetyCheck":false,"policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Account\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::$account:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"},{\"Sid\":\"Backup\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::$outside:root\"},\"Action\":[\"kms:Decrypt\",\"kms:DescribeKey\",\"kms:CreateGrant\"],\"Resource\":\"*\"}]}"}"#),
    key("CreateGrant", r#"{"keyId":"arn:aws:kms:$region:$account:key/$key","granteePrincipal":"$value","operations":["Decrypt","GenerateDataKeyWithoutPlaintext","ReEncryptFrom","ReEncryptTo","CreateGrant","DescribeKey"],"constraints":{"encryptionContextSubset":{"aws:ebs:id":"$volume"}}}"#)
        .response(r#"{"grantId":"$hexc$hexc","keyId":"arn:aws:kms:$region:$account:key/$key"}"#),
    key("RetireGrant", r#"{"grantId":"$hexc$hexc"}"#),
    key("ScheduleKeyDeletion", r#"{"keyId":"$key","pendingWindowInDays":30}"#)
        .id("ScheduleKeyDeletion.month")
        .response(r#"{"keyId":"arn:aws:kms:$region:$account:key/$key","deletionDate":"$value","keyState":"PendingDeletion","pendingWindowInDays":30}"#),
    // Secrets and parameters.
    write("secretsmanager", "CreateSecret")
        .request(r#"{"name":"$name","description":"managed","clientRequestToken":"$uuid"}"#)
        .response(r#"{"arn":"arn:aws:secretsmanager:$region:$account:secret:$name-$suffix"}"#),
    write("secretsmanager", "PutSecretValue")
        .request(r#"{"secretId":"arn:aws:secretsmanager:$region:$account:secret:$secret","clientRequestToken":"$uuid","versionStages":["AWSPENDING"]}"#)
        .response(r#"{"arn":"arn:aws:secretsmanager:$region:$account:secret:$secret"}"#),
    write("secretsmanager", "UpdateSecretVersionStage")
        .request(r#"{"secretId":"arn:aws:secretsmanager:$region:$account:secret:$secret","versionStage":"AWSCURRENT","moveToVersionId":"$uuid","removeFromVersionId":"$uuid"}"#)
        .response(r#"{"arn":"arn:aws:secretsmanager:$region:$account:secret:$secret"}"#),
    read("secretsmanager", "GetRandomPassword").request(r#"{"passwordLength":32,"excludeCharacters":"/@\"'\\"}"#),
    read("secretsmanager", "BatchGetSecretValue")
        .request(r#"{"secretIdList":["arn:aws:secretsmanager:$region:$account:secret:$secret"]}"#),
    read("secretsmanager", "BatchGetSecretValue")
        .id("BatchGetSecretValue.filter")
        .request(r#"{"filters":[{"key":"name","values":["$name"]}],"maxResults":20}"#),
    read("ssm", "GetParameters")
        .version("1.08")
        .request(r#"{"names":["$parameter","$parameter/database","$parameter/token"],"withDecryption":true}"#)
        .resources(r#"[{"accountId":"$account","ARN":"arn:aws:ssm:$region:$account:parameter$parameter"}]"#),
    rotation("RotationStarted"),
    rotation("RotationSucceeded"),
    host("PutParameter", r#"{"name":"$parameter","value":"HIDDEN_DUE_TO_SECURITY_REASONS","type":"SecureString","overwrite":true}"#)
        .response(r#"{"version":$small,"tier":"Standard"}"#),
    // Hosts.
    host("StartSession", r#"{"target":"$instance"}"#)
        .response(r#"{"sessionId":"$name","tokenValue":"Value hidden due to security reasons.","streamUrl":"wss://ssmmessages.$region.amazonaws.com/v1/data-channel/$name?role=publish_subscribe&cell-number=AAEAA$shost"}"#)
        .fault(80, "TargetNotConnected", "$instance is not connected."),
    host("StartSession", r#"{"target":"$instance","documentName":"AWS-StartPortForwardingSessionToRemoteHost","parameters":{"host":["$database.cluster.$region.rds.amazonaws.com"],"portNumber":["5432"],"localPortNumber":["15432"]}}"#)
        .id("StartSession.forward")
        .response(r#"{"sessionId":"$name","tokenValue":"Value hidden due to security reasons.","streamUrl":"wss://ssmmessages.$region.amazonaws.com/v1/data-channel/$name?role=publish_subscribe&cell-number=AAEAA$shost"}"#),
    host("ResumeSession", r#"{"sessionId":"$name"}"#)
        .response(r#"{"sessionId":"$name","tokenValue":"Value hidden due to security reasons.","streamUrl":"wss://ssmmessages.$region.amazonaws.com/v1/data-channel/$name?role=publish_subscribe"}"#),
    host("TerminateSession", r#"{"sessionId":"$name"}"#).response(r#"{"sessionId":"$name"}"#),
    host("SendCommand", r#"{"documentName":"$value","instanceIds":["$instance"],"parameters":"HIDDEN_DUE_TO_SECURITY_REASONS","interactive":false}"#)
        .response(COMMAND),
    host("SendCommand", r#"{"documentName":"$value","targets":[{"key":"tag:patch-group","values":["weekly"]}],"parameters":{"Operation":["Install"],"RebootOption":["RebootIfNeeded"]},"maxConcurrency":"10%","maxErrors":"10%","interactive":false}"#)
        .id("SendCommand.group")
        .response(COMMAND),
    read("ssm", "GetCommandInvocation")
        .version("1.08")
        .request(r#"{"commandId":"$name","instanceId":"$instance"}"#)
        .fault(150, "InvocationDoesNotExist", ""),
    host("PutComplianceItems", r#"{"resourceId":"$instance","resourceType":"ManagedInstance","complianceType":"Association","executionSummary":{"executionTime":"$now","executionId":"$uuid","executionType":"Command"},"items":[]}"#),
    host("PutInventory", r#"{"instanceId":"$instance","items":[{"typeName":"AWS:Application","schemaVersion":"1.1","captureTime":"$now","contentHash":"$hexc"}]}"#),
    write("ec2-instance-connect", "SendSSHPublicKey")
        .version("1.08")
        .request(r#"{"instanceId":"$instance","instanceOSUser":"ec2-user","sSHPublicKey":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI$hexc"}"#)
        .response(r#"{"requestId":"$request","success":true}"#),
    write("ec2-instance-connect", "SendSerialConsoleSSHPublicKey")
        .version("1.08")
        .request(r#"{"instanceId":"$instance","serialPort":0,"sSHPublicKey":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI$hexc","monitorMode":"ON"}"#)
        .response(r#"{"requestId":"$request","success":true}"#),
    write("route53resolver", "DisassociateResolverQueryLogConfig")
        .version("1.08")
        .request(r#"{"resolverQueryLogConfigId":"$name","resourceId":"$vpc"}"#)
        .response(r#"{"resolverQueryLogConfigAssociation":{"resolverQueryLogConfigId":"$name","resourceId":"$vpc","status":"DELETING"}}"#),
    write("route53resolver", "DeleteResolverQueryLogConfig")
        .version("1.08")
        .request(r#"{"resolverQueryLogConfigId":"$name"}"#)
        .response(r#"{"resolverQueryLogConfig":{"id":"$name","ownerId":"$account","status":"DELETING"}}"#),
    // Databases.
    old("rds", "ModifyDBInstance", r#"{"dBInstanceIdentifier":"$database","allocatedStorage":$small,"applyImmediately":true,"allowMajorVersionUpgrade":false,"maxAllocatedStorage":500}"#)
        .response(r#"{"dBInstanceIdentifier":"$database","dBInstanceClass":"db.r7g.large","engine":"postgres","dBInstanceStatus":"available","storageEncrypted":true,"publiclyAccessible":false,"deletionProtection":true}"#),
    old("rds", "CopyDBSnapshot", r#"{"sourceDBSnapshotIdentifier":"$name","targetDBSnapshotIdentifier":"$name-copy","kmsKeyId":"arn:aws:kms:$region:$account:key/$key","copyTags":true}"#)
        .response(r#"{"dBSnapshotIdentifier":"$name-copy","dBInstanceIdentifier":"$database","engine":"postgres","status":"creating","snapshotType":"manual","encrypted":true}"#),
    old("rds", "DeleteDBSnapshot", r#"{"dBSnapshotIdentifier":"$name"}"#)
        .response(r#"{"dBSnapshotIdentifier":"$name","dBInstanceIdentifier":"$database","engine":"postgres","status":"deleted","snapshotType":"manual","encrypted":true}"#),
    write("dynamodb", "CreateTable")
        .api_version("2012-08-10")
        .request(r#"{"tableName":"$name","billingMode":"PAY_PER_REQUEST","attributeDefinitions":[{"attributeName":"pk","attributeType":"S"}],"keySchema":[{"attributeName":"pk","keyType":"HASH"}],"sSESpecification":{"enabled":true,"sSEType":"KMS"},"deletionProtectionEnabled":true}"#)
        .response(r#"{"tableDescription":{"tableName":"$name","tableStatus":"CREATING","tableArn":"arn:aws:dynamodb:$region:$account:table/$name","tableId":"$uuid","deletionProtectionEnabled":true}}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:$region:$account:table/$name"}]"#),
    write("dynamodb", "UpdateContinuousBackups")
        .api_version("2012-08-10")
        .request(r#"{"tableName":"$table","pointInTimeRecoverySpecification":{"pointInTimeRecoveryEnabled":true}}"#)
        .response(r#"{"continuousBackupsDescription":{"continuousBackupsStatus":"ENABLED","pointInTimeRecoveryDescription":{"pointInTimeRecoveryStatus":"ENABLED"}}}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:$region:$account:table/$table"}]"#),
    write("dynamodb", "UpdateContinuousBackups")
        .id("UpdateContinuousBackups.off")
        .api_version("2012-08-10")
        .request(r#"{"tableName":"$table","pointInTimeRecoverySpecification":{"pointInTimeRecoveryEnabled":false}}"#)
        .response(r#"{"continuousBackupsDescription":{"continuousBackupsStatus":"ENABLED","pointInTimeRecoveryDescription":{"pointInTimeRecoveryStatus":"DISABLED"}}}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:$region:$account:table/$table"}]"#),
    write("dynamodb", "UpdateTable")
        .api_version("2012-08-10")
        .request(r#"{"tableName":"$table","deletionProtectionEnabled":false}"#)
        .response(r#"{"tableDescription":{"tableName":"$table","tableStatus":"ACTIVE","deletionProtectionEnabled":false}}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:$region:$account:table/$table"}]"#),
    write("dynamodb", "DeleteTable")
        .api_version("2012-08-10")
        .request(r#"{"tableName":"$table"}"#)
        .response(r#"{"tableDescription":{"tableName":"$table","tableStatus":"DELETING","tableArn":"arn:aws:dynamodb:$region:$account:table/$table"}}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:$region:$account:table/$table"}]"#),
    // Logs and alarms.
    logs("PutRetentionPolicy", r#"{"logGroupName":"/aws/lambda/$function","retentionInDays":90}"#),
    logs("PutSubscriptionFilter", r#"{"logGroupName":"/aws/lambda/$function","filterName":"forward","filterPattern":"","destinationArn":"arn:aws:logs:$region:$outside:destination:central"}"#),
    logs("PutMetricFilter", r#"{"logGroupName":"/aws/lambda/$function","filterName":"errors","filterPattern":"ERROR","metricTransformations":[{"metricName":"errors","metricNamespace":"app","metricValue":"1"}]}"#),
    logs("DeleteLogGroup", r#"{"logGroupName":"$name"}"#),
    write("monitoring", "PutMetricAlarm").version("1.11").request(
        r#"{"alarmName":"$service-errors","metricName":"errors","namespace":"app","comparisonOperator":"GreaterThanThreshold","evaluationPeriods":3,"period":60,"threshold":5.0,"statistic":"Sum","actionsEnabled":true}"#,
    ),
    write("monitoring", "DisableAlarmActions").version("1.11").request(r#"{"alarmNames":["$service-errors"]}"#),
    write("monitoring", "EnableAlarmActions").version("1.11").request(r#"{"alarmNames":["$service-errors"]}"#),
    write("monitoring", "DeleteAlarms").version("1.11").request(r#"{"alarmNames":["$name-errors"]}"#),
    read("monitoring", "GetMetricData").version("1.11").request(
        r#"{"maxDatapoints":100800,"startTime":"$now","endTime":"$now","metricDataQueries":[]}"#,
    ),
    read("monitoring", "GetMetricStatistics").version("1.11").request(
        r#"{"namespace":"AWS/RDS","metricName":"CPUUtilization","period":300,"statistics":["Average"]}"#,
    ),
    // Those who watch.
    old("config", "PutConfigurationRecorder", r#"{"configurationRecorder":{"name":"default","roleARN":"arn:aws:iam::$account:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig","recordingGroup":{"allSupported":true,"includeGlobalResourceTypes":false}}}"#),
    old("config", "PutDeliveryChannel", r#"{"deliveryChannel":{"name":"default","s3BucketName":"$bucket"}}"#),
    old("config", "StartConfigurationRecorder", r#"{"configurationRecorderName":"default"}"#),
    old("config", "DeleteConfigurationRecorder", r#"{"configurationRecorderName":"default"}"#),
    old("config", "DeleteDeliveryChannel", r#"{"deliveryChannelName":"default"}"#),
    old("config", "PutConfigRule", r#"{"configRule":{"configRuleName":"securityhub-$name-$hexa","source":{"owner":"AWS","sourceIdentifier":"S3_BUCKET_SSL_REQUESTS_ONLY"},"createdBy":"securityhub.amazonaws.com"}}"#),
    old("config", "DeleteConfigRule", r#"{"configRuleName":"securityhub-$name-$hexa"}"#),
    old("config", "PutEvaluations", r#"{"evaluations":[{"complianceResourceType":"AWS::EC2::SecurityGroup","complianceResourceId":"$group","complianceType":"COMPLIANT","orderingTimestamp":"$created"}],"testMode":false}"#)
        .response(r#"{"failedEvaluations":[]}"#),
    write("guardduty", "CreateDetector")
        .request(r#"{"enable":true,"clientToken":"$uuid","findingPublishingFrequency":"FIFTEEN_MINUTES"}"#)
        .response(r#"{"detectorId":"$hexc"}"#),
    write("guardduty", "ArchiveFindings").request(r#"{"detectorId":"$detector","findingIds":["$hexc"]}"#),
    write("guardduty", "CreateFilter")
        .request(r#"{"detectorId":"$detector","name":"$name","description":"known probe","action":"ARCHIVE","rank":1,"findingCriteria":{"criterion":{"type":{"equals":["Recon:EC2/PortProbeUnprotectedPort"]},"resource.instanceDetails.tags.value":{"equals":["bastion"]}}},"clientToken":"$uuid"}"#)
        .response(r#"{"name":"$name"}"#),
    write("guardduty", "UpdateDetector").request(r#"{"detectorId":"$detector","enable":false}"#),
    old("securityhub", "BatchUpdateFindings", r#"{"FindingIdentifiers":[{"Id":"arn:aws:securityhub:$region:$account:subscription/aws-foundational-security-best-practices/v/1.0.0/S3.5/finding/$uuid","ProductArn":"arn:aws:securityhub:$region::product/aws/securityhub"}],"Workflow":{"Status":"RESOLVED"},"Note":{"Text":"done","UpdatedBy":"$session"}}"#)
        .response(r#"{"ProcessedFindings":[],"UnprocessedFindings":[]}"#),
    old("securityhub", "EnableSecurityHub", r#"{"EnableDefaultStandards":true}"#),
    old("securityhub", "DisableSecurityHub", "null"),
    old("securityhub", "BatchImportFindings", r#"{"Findings":[]}"#)
        .response(r#"{"FailedCount":0,"SuccessCount":1,"FailedFindings":[]}"#),
    old("backup", "StartCopyJob", r#"{"recoveryPointArn":"arn:aws:ec2:$region::snapshot/$snapshot","sourceBackupVaultName":"daily","destinationBackupVaultArn":"arn:aws:backup:$region:$outside:backup-vault:central","iamRoleArn":"arn:aws:iam::$account:role/service-role/AWSBackupDefaultServiceRole","idempotencyToken":"$uuid"}"#)
        .response(r#"{"copyJobId":"$uuid","creationDate":"$created"}"#),
    // Applications and their data.
    write("bedrock", "DeleteModelInvocationLoggingConfiguration"),
    read("bedrock", "InvokeModel").version("1.11").request(r#"{"modelId":"$value"}"#),
    read("bedrock", "InvokeModel")
        .id("InvokeModel.app")
        .version("1.11")
        .request(r#"{"modelId":"amazon.titan-embed-text-v2:0"}"#),
    read("bedrock", "Converse")
        .id("Converse.app")
        .version("1.11")
        .request(r#"{"modelId":"eu.amazon.nova-lite-v1:0"}"#)
        .fault(12, "ThrottlingException", "Too many requests, please wait before trying again."),
    write("bedrock", "PutUseCaseForModelAccess").version("1.09"),
    write("bedrock", "CreateFoundationModelAgreement")
        .version("1.09")
        .request(r#"{"modelId":"$value"}"#)
        .response(r#"{"modelId":"$value"}"#),
    write("bedrock", "PutFoundationModelEntitlement")
        .version("1.09")
        .request(r#"{"modelId":"$value"}"#)
        .response(r#"{"status":"SUCCESS"}"#),
    read("bedrock", "GetFoundationModelAvailability").version("1.09").request(r#"{"modelId":"$value"}"#),
    read("ses", "GetSendQuota").version("1.08"),
    read("ses", "GetEmailIdentity").version("1.08").request(r#"{"emailIdentity":"example.com"}"#),
    write("ses", "SendEmail")
        .version("1.08")
        .kind(Kind::Data)
        .request(r#"{"fromEmailAddress":"HIDDEN_DUE_TO_SECURITY_REASONS","destination":{"toAddresses":["HIDDEN_DUE_TO_SECURITY_REASONS"]},"content":"HIDDEN_DUE_TO_SECURITY_REASONS","configurationSetName":"transactional"}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::SES::ConfigurationSet","ARN":"arn:aws:ses:$region:$account:configuration-set/transactional"}]"#),
    old("sagemaker", "CreatePresignedNotebookInstanceUrl", r#"{"notebookInstanceName":"$name"}"#)
        .response(r#"{"authorizedUrl":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#),
    old("sagemaker", "StartNotebookInstance", r#"{"notebookInstanceName":"$name"}"#),
    old("sagemaker", "StopNotebookInstance", r#"{"notebookInstanceName":"$name"}"#),
    old("sagemaker", "UpdateNotebookInstance", r#"{"notebookInstanceName":"$name","instanceType":"ml.t3.xlarge"}"#),
    old("sagemaker", "UpdateNotebookInstance", r#"{"notebookInstanceName":"$name","lifecycleConfigName":"$value"}"#)
        .id("UpdateNotebookInstance.lifecycle"),
    old("sagemaker", "CreateNotebookInstanceLifecycleConfig", r#"{"notebookInstanceLifecycleConfigName":"$value","onStart":[{"content":"IyEvYmluL2Jhc2gK$shost"}]}"#)
        .response(r#"{"notebookInstanceLifecycleConfigArn":"arn:aws:sagemaker:$region:$account:notebook-instance-lifecycle-config/$value"}"#),
    old("sagemaker", "CreateTrainingJob", r#"{"trainingJobName":"$name-$hexa","roleArn":"arn:aws:iam::$account:role/$role","resourceConfig":{"instanceType":"ml.m5.xlarge","instanceCount":1,"volumeSizeInGB":50},"stoppingCondition":{"maxRuntimeInSeconds":7200}}"#)
        .response(r#"{"trainingJobArn":"arn:aws:sagemaker:$region:$account:training-job/$name-$hexa"}"#),
    old("athena", "StartQueryExecution", r#"{"queryString":"HIDDEN_DUE_TO_SECURITY_REASONS","clientRequestToken":"$uuid","workGroup":"analysts","queryExecutionContext":{"database":"$name"}}"#)
        .response(r#"{"queryExecutionId":"$uuid"}"#),
    // How somebody signs in to the portal.
    write("signin", "UserAuthentication")
        .version("1.08")
        .kind(Kind::ServiceEvent)
        .extra(r#"{"AuthWorkflowID":"$uuid","CredentialType":"PASSWORD","LoginTo":"https://portal.sso.$region.amazonaws.com/saml/assertion/$name","UserName":"$session"}"#),
    write("sso", "Authenticate").version("1.08").kind(Kind::ServiceEvent),
    write("sso", "Federate").version("1.08").kind(Kind::ServiceEvent),
];
