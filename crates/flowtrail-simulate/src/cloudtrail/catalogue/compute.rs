//! EC2, Lambda, ECS, load balancing and scaling.

use super::{Row, read, write};

const EC2: &str = "1.10";
const ELB: &str = "2015-12-01";

const fn describe(name: &'static str, request: &'static str) -> Row {
    read("ec2", name).version(EC2).request(request)
}

const fn balancer(name: &'static str, request: &'static str) -> Row {
    read("elasticloadbalancing", name)
        .version("1.09")
        .api_version(ELB)
        .request(request)
}

pub(super) const FUNCTION_ANSWER: &str = r#"{"functionName":"$function","functionArn":"arn:aws:lambda:$region:$account:function:$function","runtime":"python3.12","role":"arn:aws:iam::$account:role/$role","handler":"app.handler","codeSize":$size,"description":"","timeout":30,"memorySize":512,"lastModified":"$now","codeSha256":"$hexc$hexa$suffix=","version":"$LATEST","environment":{},"tracingConfig":{"mode":"PassThrough"},"revisionId":"$uuid","state":"Active","lastUpdateStatus":"InProgress","packageType":"Zip","architectures":["arm64"],"ephemeralStorage":{"size":512},"snapStart":{"applyOn":"None","optimizationStatus":"Off"},"loggingConfig":{"logFormat":"Text","logGroup":"/aws/lambda/$function"}}"#;

pub(super) const ROWS: &[Row] = &[
    describe("DescribeInstances", r#"{"instancesSet":{},"filterSet":{}}"#)
        .fault(4, "Client.RequestLimitExceeded", "Request limit exceeded."),
    describe("DescribeInstances", r#"{"maxResults":1000,"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"},{"value":"pending"}]}}]}}"#)
        .id("DescribeInstances.running"),
    describe("DescribeInstanceStatus", r#"{"instancesSet":{"items":[{"instanceId":"$instance"}]},"filterSet":{},"includeAllInstances":true}"#),
    describe("DescribeInstanceAttribute", r#"{"instanceId":"$instance","attribute":"userData"}"#),
    describe("DescribeInstanceTypes", r#"{"instanceTypeSet":{},"filterSet":{"items":[{"name":"processor-info.supported-architecture","valueSet":{"items":[{"value":"arm64"}]}}]}}"#),
    describe("DescribeVolumes", r#"{"volumeSet":{},"filterSet":{}}"#),
    describe("DescribeSnapshots", r#"{"snapshotSet":{},"ownersSet":{"items":[{"owner":"self"}]},"sharedUsersSet":{},"filterSet":{}}"#),
    describe("DescribeImages", r#"{"executableBySet":{},"imagesSet":{"items":[{"imageId":"$image"}]},"ownersSet":{},"filterSet":{}}"#),
    describe("DescribeSecurityGroups", r#"{"securityGroupSet":{},"securityGroupIdSet":{},"filterSet":{}}"#),
    describe("DescribeSecurityGroupRules", r#"{"DescribeSecurityGroupRulesRequest":{"Filter":{"Value":{"content":"$group","tag":1},"tag":1,"Name":"group-id"},"MaxResults":1000}}"#),
    describe("DescribeSubnets", r#"{"subnetSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"$vpc"}]}}]}}"#),
    describe("DescribeVpcs", r#"{"vpcSet":{"items":[{"vpcId":"$vpc"}]},"filterSet":{}}"#),
    describe("DescribeRouteTables", r#"{"routeTableIdSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"$vpc"}]}}]}}"#),
    describe("DescribeNetworkInterfaces", r#"{"networkInterfaceIdSet":{"items":[{"networkInterfaceId":"$interface"}]},"filterSet":{}}"#),
    describe("DescribeAvailabilityZones", r#"{"availabilityZoneSet":{},"availabilityZoneIdSet":{}}"#),
    describe("DescribeRegions", r#"{"regionSet":{}}"#),
    describe("DescribeTags", r#"{"filterSet":{"items":[{"name":"resource-id","valueSet":{"items":[{"value":"$instance"}]}}]}}"#),
    describe("DescribeAddresses", r#"{"publicIpsSet":{},"filterSet":{},"allocationIdsSet":{}}"#),
    describe("DescribeFlowLogs", r#"{"DescribeFlowLogsRequest":""}"#),
    describe("DescribeAccountAttributes", r#"{"accountAttributeNameSet":{},"filterSet":{}}"#),
    describe("DescribeLaunchTemplateVersions", r#"{"DescribeLaunchTemplateVersionsRequest":{"LaunchTemplateId":"lt-0$hexb","LaunchTemplateVersion":{"tag":1,"content":"$Latest"}}}"#),
    describe("GetEbsEncryptionByDefault", r#"{"GetEbsEncryptionByDefaultRequest":""}"#),
    write("ec2", "CreateTags").version(EC2).request(
        r#"{"resourcesSet":{"items":[{"resourceId":"$volume"}]},"tagSet":{"items":[{"key":"revision","value":"$hexa"}]}}"#,
    ).response(r#"{"requestId":"$request","_return":true}"#),
    write("ec2", "CreateSnapshot")
        .version(EC2)
        .request(r#"{"volumeId":"$volume","description":"nightly"}"#)
        .response(r#"{"requestId":"$request","snapshotId":"snap-0$hexb","volumeId":"$volume","status":"pending","ownerId":"$account","volumeSize":"$small","description":"nightly","encrypted":true}"#),
    write("ec2", "AuthorizeSecurityGroupIngress")
        .version(EC2)
        .request(r#"{"groupId":"$group","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":8080,"toPort":8080,"groups":{},"ipRanges":{"items":[{"cidrIp":"10.0.0.0/12","description":"revision $hexa"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#)
        .response(r#"{"requestId":"$request","_return":true,"securityGroupRuleSet":{"items":[{"groupOwnerId":"$account","groupId":"$group","securityGroupRuleId":"sgr-0$hexb","description":"revision $hexa","isEgress":false,"ipProtocol":"tcp","fromPort":8080,"toPort":8080,"cidrIpv4":"10.0.0.0/12"}]}}"#)
        .fault(60, "Client.InvalidPermission.Duplicate", "the specified rule \\\"peer: 10.0.0.0/12, TCP, from port: 8080, to port: 8080, ALLOW\\\" already exists"),
    write("ec2", "AuthorizeSecurityGroupIngress")
        .id("AuthorizeSecurityGroupIngress.world")
        .version(EC2)
        .request(r#"{"groupId":"$group","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#)
        .response(r#"{"requestId":"$request","_return":true,"securityGroupRuleSet":{"items":[{"groupOwnerId":"$account","groupId":"$group","securityGroupRuleId":"sgr-0$hexb","isEgress":false,"ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIpv4":"0.0.0.0/0"}]}}"#),
    write("ec2", "RevokeSecurityGroupIngress")
        .version(EC2)
        .request(r#"{"groupId":"$group","securityGroupRuleIds":{"items":[{"securityGroupRuleId":"sgr-0$hexb"}]},"ipPermissions":{}}"#)
        .response(r#"{"requestId":"$request","_return":true}"#),
    write("ec2", "ModifySnapshotAttribute")
        .version(EC2)
        .request(r#"{"snapshotId":"$snapshot","createVolumePermission":{"add":{"items":[{"userId":"$outside"}]}},"attributeType":"CREATE_VOLUME_PERMISSION"}"#)
        .response(r#"{"requestId":"$request","_return":true}"#),
    write("ec2", "DeleteFlowLogs")
        .version(EC2)
        .request(r#"{"DeleteFlowLogsRequest":{"FlowLogId":{"content":"$name","tag":1}}}"#)
        .response(r#"{"DeleteFlowLogsResponse":{"xmlns":"http://ec2.amazonaws.com/doc/2016-11-15/","unsuccessful":"","requestId":"$request"}}"#),
    write("ec2", "CreateKeyPair")
        .version(EC2)
        .request(r#"{"keyName":"$name","keyType":"rsa","keyFormat":"pem"}"#)
        .response(r#"{"requestId":"$request","keyName":"$name","keyFingerprint":"$hexc","keyPairId":"key-0$hexb","keyMaterial":"<sensitiveDataRemoved>"}"#),
    write("ec2", "RunInstances")
        .version(EC2)
        .request(r#"{"instancesSet":{"items":[{"imageId":"ami-0$hexb","minCount":4,"maxCount":4,"keyName":"$name"}]},"instanceType":"$value","blockDeviceMapping":{},"monitoring":{"enabled":false},"disableApiTermination":false,"disableApiStop":false,"clientToken":"$uuid","ebsOptimized":false}"#)
        .response(r#"{"requestId":"$request","reservationId":"r-0$hexb","ownerId":"$account","groupSet":{},"instancesSet":{"items":[{"instanceId":"$outside","imageId":"ami-0$hexb","instanceState":{"code":0,"name":"pending"},"instanceType":"$value","amiLaunchIndex":0,"placement":{"tenancy":"default"},"hypervisor":"xen","architecture":"x86_64"}]}}"#),
    write("ec2", "RunInstances")
        .id("RunInstances.scaling")
        .version(EC2)
        .request(r#"{"instancesSet":{"items":[{"minCount":1,"maxCount":1}]},"blockDeviceMapping":{},"monitoring":{"enabled":false},"subnetId":"$subnet","disableApiTermination":false,"clientToken":"fleet-$uuid-0","launchTemplate":{"launchTemplateId":"lt-0$hexb","version":"$small"}}"#)
        .response(r#"{"requestId":"$request","reservationId":"r-0$hexb","ownerId":"$account","groupSet":{},"instancesSet":{"items":[{"instanceId":"i-0$hexb","imageId":"$image","instanceState":{"code":0,"name":"pending"},"instanceType":"m7g.large","subnetId":"$subnet","vpcId":"$vpc","amiLaunchIndex":0,"architecture":"arm64"}]}}"#),
    read("lambda", "ListFunctions20150331").version("1.08").request(r#"{"maxItems":50}"#),
    read("lambda", "GetFunction20150331v2").version("1.08").request(r#"{"functionName":"$function"}"#),
    read("lambda", "ListEventSourceMappings20150331").version("1.08").request(r#"{"maxItems":100}"#),
    read("lambda", "GetPolicy20150331v2")
        .version("1.08")
        .request(r#"{"functionName":"arn:aws:lambda:$region:$account:function:$function"}"#)
        .fault(500, "ResourceNotFoundException", "The resource you requested does not exist."),
    write("lambda", "UpdateFunctionCode20150331v2")
        .version("1.08")
        .request(r#"{"functionName":"$function","s3Bucket":"$bucket","s3Key":"releases/$hexa.zip","publish":false,"dryRun":false}"#)
        .response(FUNCTION_ANSWER),
    write("lambda", "UpdateFunctionCode20150331v2")
        .id("UpdateFunctionCode.zip")
        .version("1.08")
        .request(r#"{"functionName":"$function","publish":true,"dryRun":false}"#)
        .response(FUNCTION_ANSWER),
    write("lambda", "AddPermission20150331v2")
        .version("1.08")
        .request(r#"{"functionName":"$function","statementId":"$name","action":"lambda:InvokeFunction","principal":"*"}"#)
        .response(r#"{"statement":"{\"Sid\":\"$name\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"arn:aws:lambda:$region:$account:function:$function\"}"}"#),
    read("ecs", "ListClusters").version("1.08"),
    read("ecs", "DescribeServices").version("1.08").request(r#"{"cluster":"$cluster","services":["$service"]}"#),
    read("ecs", "DescribeTaskDefinition").version("1.08").request(r#"{"taskDefinition":"$service:$small"}"#),
    write("ecs", "RegisterTaskDefinition")
        .version("1.08")
        .request(r#"{"family":"$service","taskRoleArn":"arn:aws:iam::$account:role/$role","networkMode":"awsvpc","containerDefinitions":[{"name":"$service","image":"$account.dkr.ecr.$region.amazonaws.com/$service:$hexa","essential":true}],"requiresCompatibilities":["FARGATE"],"cpu":"512","memory":"1024"}"#)
        .response(r#"{"taskDefinition":{"taskDefinitionArn":"arn:aws:ecs:$region:$account:task-definition/$service:$small","family":"$service","status":"ACTIVE","registeredBy":"$arn"}}"#),
    write("ecs", "UpdateService")
        .version("1.08")
        .request(r#"{"cluster":"$cluster","service":"$service","taskDefinition":"$service:$small","forceNewDeployment":false}"#)
        .response(r#"{"service":{"serviceArn":"arn:aws:ecs:$region:$account:service/$cluster/$service","serviceName":"$service","status":"ACTIVE","desiredCount":3,"runningCount":3}}"#),
    balancer("DescribeLoadBalancers", r#"{"pageSize":100}"#),
    balancer("DescribeTargetGroups", r#"{"names":["$service"]}"#)
        .fault(20, "TargetGroupNotFoundException", "One or more target groups not found"),
    balancer("DescribeTargetHealth", r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:$region:$account:targetgroup/$service/$hexb"}"#),
    balancer("DescribeListeners", r#"{"loadBalancerArn":"arn:aws:elasticloadbalancing:$region:$account:loadbalancer/app/$cluster/$hexb"}"#),
    read("autoscaling", "DescribeAutoScalingGroups")
        .version("1.08")
        .request(r#"{"autoScalingGroupNames":["$service"]}"#),
    read("autoscaling", "DescribeScalingActivities").version("1.08").request(r#"{"maxRecords":100}"#),
    write("ecr", "GetAuthorizationToken").version("1.08"),
    write("ecr", "BatchGetImage")
        .version("1.08")
        .request(r#"{"registryId":"$account","repositoryName":"$service","imageIds":[{"imageTag":"$hexa"}],"acceptedMediaTypes":["application/vnd.oci.image.manifest.v1+json"]}"#)
        .resources(r#"[{"accountId":"$account","ARN":"arn:aws:ecr:$region:$account:repository/$service"}]"#),
];
