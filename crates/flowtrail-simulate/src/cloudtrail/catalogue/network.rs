//! Changes to networks, hosts, disks and images.

use super::{Row, read, write};

const EC2: &str = "1.10";

const fn change(name: &'static str, request: &'static str) -> Row {
    write("ec2", name)
        .version(EC2)
        .request(request)
        .response(r#"{"requestId":"$request","_return":true}"#)
}

/// Opens a group: the request has the range and the port, and so has the answer.
const fn open(id: &'static str, request: &'static str) -> Row {
    change("AuthorizeSecurityGroupIngress", request).id(id)
}

pub(super) const ROWS: &[Row] = &[
    change("CreateSecurityGroup", r#"{"groupName":"$name","groupDescription":"managed","vpcId":"$vpc","tagSpecificationSet":{"items":[{"resourceType":"security-group","tags":[{"key":"managed-by","value":"platform"}]}]}}"#)
        .response(r#"{"requestId":"$request","_return":true,"groupId":"$value","tagSet":{"items":[{"key":"managed-by","value":"platform"}]},"securityGroupArn":"arn:aws:ec2:$region:$account:security-group/$value"}"#),
    change("DeleteSecurityGroup", r#"{"groupId":"$value"}"#)
        .fault(200, "Client.DependencyViolation", "resource $value has a dependent object"),
    open("AuthorizeSecurityGroupIngress.group", r#"{"groupId":"$group","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":5432,"toPort":5432,"groups":{"items":[{"userId":"$account","groupId":"$value"}]},"ipRanges":{},"ipv6Ranges":{},"prefixListIds":{}}]}}"#),
    open("AuthorizeSecurityGroupIngress.office", r#"{"groupId":"$group","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"groups":{},"ipRanges":{"items":[{"cidrIp":"$value/32","description":"office"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#),
    open("AuthorizeSecurityGroupIngress.own", r#"{"groupId":"$group","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"groups":{},"ipRanges":{"items":[{"cidrIp":"$value/32"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#),
    open("AuthorizeSecurityGroupIngress.web", r#"{"groupId":"$group","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0","description":"public"}]},"ipv6Ranges":{"items":[{"cidrIpv6":"::/0","description":"public"}]},"prefixListIds":{}},{"ipProtocol":"tcp","fromPort":80,"toPort":80,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0","description":"redirect"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#),
    change("AuthorizeSecurityGroupEgress", r#"{"groupId":"$group","ipPermissions":{"items":[{"ipProtocol":"-1","groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#),
    change("RevokeSecurityGroupEgress", r#"{"groupId":"$group","ipPermissions":{"items":[{"ipProtocol":"-1","groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#),
    change("CreateVpc", r#"{"cidrBlock":"10.80.0.0/16","instanceTenancy":"default","amazonProvidedIpv6CidrBlock":false}"#)
        .response(r#"{"requestId":"$request","vpc":{"vpcId":"$value","ownerId":"$account","state":"pending","cidrBlock":"10.80.0.0/16","isDefault":false}}"#),
    change("DeleteVpc", r#"{"vpcId":"$value"}"#),
    change("CreateSubnet", r#"{"vpcId":"$value","cidrBlock":"10.80.$small.0/24"}"#)
        .response(r#"{"requestId":"$request","subnet":{"subnetId":"subnet-0$hexb","state":"available","vpcId":"$value"}}"#),
    change("DeleteSubnet", r#"{"subnetId":"subnet-0$hexb"}"#),
    change("CreateInternetGateway", "{}")
        .response(r#"{"requestId":"$request","internetGateway":{"internetGatewayId":"$value","ownerId":"$account","attachmentSet":{},"tagSet":{}}}"#),
    change("AttachInternetGateway", r#"{"internetGatewayId":"$other","vpcId":"$value"}"#),
    change("DetachInternetGateway", r#"{"internetGatewayId":"$other","vpcId":"$value"}"#),
    change("DeleteInternetGateway", r#"{"internetGatewayId":"$other"}"#),
    change("CreateNatGateway", r#"{"CreateNatGatewayRequest":{"AllocationId":"eipalloc-0$hexb","SubnetId":"$subnet","ClientToken":"$uuid"}}"#)
        .response(r#"{"CreateNatGatewayResponse":{"xmlns":"http://ec2.amazonaws.com/doc/2016-11-15/","natGateway":{"natGatewayId":"nat-0$hexb","state":"pending"},"requestId":"$request"}}"#),
    change("CreateRoute", r#"{"routeTableId":"rtb-0$hexb","destinationCidrBlock":"0.0.0.0/0","natGatewayId":"nat-0$hexb"}"#),
    change("CreateRoute", r#"{"routeTableId":"rtb-0$hexb","destinationCidrBlock":"10.0.0.0/8","transitGatewayId":"tgw-0$hexb"}"#)
        .id("CreateRoute.transit"),
    change("DeleteRoute", r#"{"routeTableId":"rtb-0$hexb","destinationCidrBlock":"10.80.0.0/16"}"#),
    change("CreateRouteTable", r#"{"vpcId":"$vpc"}"#)
        .response(r#"{"requestId":"$request","routeTable":{"routeTableId":"rtb-0$hexb","vpcId":"$vpc"}}"#),
    change("AssociateRouteTable", r#"{"routeTableId":"rtb-0$hexb","subnetId":"$subnet"}"#)
        .response(r#"{"requestId":"$request","associationId":"rtbassoc-0$hexb"}"#),
    change("CreateNetworkAclEntry", r#"{"networkAclId":"acl-0$hexb","ruleNumber":110,"aclProtocol":"6","ruleAction":"allow","egress":false,"cidrBlock":"10.0.0.0/8","icmpTypeCode":{},"portRange":{"from":443,"to":443}}"#),
    change("CreateVpcEndpoint", r#"{"CreateVpcEndpointRequest":{"VpcId":"$vpc","ServiceName":"com.amazonaws.$region.$value","VpcEndpointType":"Interface","PrivateDnsEnabled":true,"SubnetId":{"tag":1,"content":"$subnet"}}}"#)
        .response(r#"{"CreateVpcEndpointResponse":{"xmlns":"http://ec2.amazonaws.com/doc/2016-11-15/","vpcEndpoint":{"vpcEndpointId":"vpce-0$hexb","vpcId":"$vpc","state":"pending","ownerId":$account},"requestId":"$request"}}"#),
    change("CreateFlowLogs", r#"{"CreateFlowLogsRequest":{"ResourceId":{"tag":1,"content":"$value"},"ResourceType":"VPC","TrafficType":"ALL","LogDestinationType":"s3","LogDestination":"arn:aws:s3:::$bucket","MaxAggregationInterval":60}}"#)
        .response(r#"{"CreateFlowLogsResponse":{"xmlns":"http://ec2.amazonaws.com/doc/2016-11-15/","flowLogIdSet":{"item":"fl-0$hexb"},"unsuccessful":"","requestId":"$request"}}"#),
    change("EnableEbsEncryptionByDefault", r#"{"EnableEbsEncryptionByDefaultRequest":""}"#)
        .response(r#"{"EnableEbsEncryptionByDefaultResponse":{"xmlns":"http://ec2.amazonaws.com/doc/2016-11-15/","ebsEncryptionByDefault":true,"requestId":"$request"}}"#),
    // Hosts.
    change("RunInstances", r#"{"instancesSet":{"items":[{"imageId":"$image","minCount":1,"maxCount":1,"keyName":"$name"}]},"groupSet":{"items":[{"groupId":"$group"}]},"instanceType":"$value","blockDeviceMapping":{},"monitoring":{"enabled":false},"subnetId":"$subnet","disableApiTermination":false,"disableApiStop":false,"clientToken":"$uuid","ebsOptimized":false,"tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"Name","value":"$name"}]}]}}"#)
        .id("RunInstances.one")
        .response(r#"{"requestId":"$request","reservationId":"r-0$hexb","ownerId":"$account","groupSet":{},"instancesSet":{"items":[{"instanceId":"$instance","imageId":"$image","instanceState":{"code":0,"name":"pending"},"instanceType":"$value","subnetId":"$subnet","vpcId":"$vpc","amiLaunchIndex":0,"placement":{"tenancy":"default"},"hypervisor":"xen","architecture":"x86_64"}]}}"#),
    change("CreateFleet", r#"{"CreateFleetRequest":{"TargetCapacitySpecification":{"DefaultTargetCapacityType":"spot","TotalTargetCapacity":1},"Type":"instant","LaunchTemplateConfigs":{"tag":1,"LaunchTemplateSpecification":{"LaunchTemplateName":"$name","Version":"$Latest"},"Overrides":{"tag":1,"InstanceType":"$value","SubnetId":"$subnet"}},"TagSpecification":{"tag":1,"ResourceType":"instance","Tag":{"tag":1,"Key":"karpenter.sh/nodepool","Value":"default"}}}}"#)
        .response(r#"{"CreateFleetResponse":{"xmlns":"http://ec2.amazonaws.com/doc/2016-11-15/","fleetInstanceSet":{"item":{"lifecycle":"spot","instanceIds":{"item":"$instance"},"instanceType":"$value"}},"fleetId":"fleet-$uuid","requestId":"$request"}}"#),
    change("RunInstances", r#"{"instancesSet":{"items":[{"minCount":1,"maxCount":1}]},"instanceType":"$value","blockDeviceMapping":{},"monitoring":{"enabled":false},"subnetId":"$subnet","disableApiTermination":false,"clientToken":"fleet-$uuid-0","instanceMarketOptions":{"marketType":"spot","spotOptions":{"spotInstanceType":"one-time"}},"launchTemplate":{"launchTemplateName":"$name","version":"1"}}"#)
        .id("RunInstances.spot")
        .via("ec2fleet.amazonaws.com")
        .response(r#"{"requestId":"$request","reservationId":"r-0$hexb","ownerId":"$account","groupSet":{},"instancesSet":{"items":[{"instanceId":"$instance","imageId":"$image","instanceState":{"code":0,"name":"pending"},"instanceType":"$value","subnetId":"$subnet","vpcId":"$vpc","instanceLifecycle":"spot","amiLaunchIndex":0,"architecture":"arm64"}]}}"#),
    change("CreateLaunchTemplate", r#"{"CreateLaunchTemplateRequest":{"LaunchTemplateName":"$name","ClientToken":"$uuid","LaunchTemplateData":{"ImageId":"$image","UserData":"<sensitiveDataRemoved>","MetadataOptions":{"HttpTokens":"required"}}}}"#)
        .response(r#"{"CreateLaunchTemplateResponse":{"xmlns":"http://ec2.amazonaws.com/doc/2016-11-15/","launchTemplate":{"launchTemplateId":"lt-0$hexb","launchTemplateName":"$name","createdBy":"$arn","defaultVersionNumber":1,"latestVersionNumber":1},"requestId":"$request"}}"#),
    change("CreateLaunchTemplateVersion", r#"{"CreateLaunchTemplateVersionRequest":{"LaunchTemplateName":"$service","SourceVersion":"$small","LaunchTemplateData":{"ImageId":"$image"}}}"#)
        .response(r#"{"CreateLaunchTemplateVersionResponse":{"xmlns":"http://ec2.amazonaws.com/doc/2016-11-15/","launchTemplateVersion":{"launchTemplateName":"$service","versionNumber":"$small"},"requestId":"$request"}}"#),
    change("DeleteLaunchTemplate", r#"{"DeleteLaunchTemplateRequest":{"LaunchTemplateName":"$name"}}"#)
        .response(r#"{"DeleteLaunchTemplateResponse":{"xmlns":"http://ec2.amazonaws.com/doc/2016-11-15/","requestId":"$request"}}"#),
    write("autoscaling", "UpdateAutoScalingGroup")
        .version("1.11")
        .request(r#"{"autoScalingGroupName":"$service","mixedInstancesPolicy":{"launchTemplate":{"launchTemplateSpecification":{"launchTemplateName":"$service","version":"$small"}}}}"#),
    write("autoscaling", "TerminateInstanceInAutoScalingGroup")
        .version("1.11")
        .request(r#"{"instanceId":"$instance","shouldDecrementDesiredCapacity":false}"#)
        .response(r#"{"activity":{"activityId":"$uuid","statusCode":"InProgress","progress":0}}"#),
    change("TerminateInstances", r#"{"instancesSet":{"items":[{"instanceId":"$instance"}]}}"#)
        .response(r#"{"requestId":"$request","instancesSet":{"items":[{"instanceId":"$instance","currentState":{"code":32,"name":"shutting-down"},"previousState":{"code":16,"name":"running"}}]}}"#),
    change("StopInstances", r#"{"instancesSet":{"items":[{"instanceId":"$instance"}]},"force":false}"#)
        .response(r#"{"requestId":"$request","instancesSet":{"items":[{"instanceId":"$instance","currentState":{"code":64,"name":"stopping"},"previousState":{"code":16,"name":"running"}}]}}"#),
    change("StartInstances", r#"{"instancesSet":{"items":[{"instanceId":"$instance"}]}}"#)
        .response(r#"{"requestId":"$request","instancesSet":{"items":[{"instanceId":"$instance","currentState":{"code":0,"name":"pending"},"previousState":{"code":80,"name":"stopped"}}]}}"#),
    change("RebootInstances", r#"{"instancesSet":{"items":[{"instanceId":"$instance"}]}}"#),
    change("ModifyInstanceAttribute", r#"{"instanceId":"$instance","userData":"<sensitiveDataRemoved>"}"#)
        .id("ModifyInstanceAttribute.user-data"),
    change("ModifyInstanceAttribute", r#"{"instanceId":"$instance","instanceType":{"value":"$value"}}"#)
        .id("ModifyInstanceAttribute.size"),
    change("DeleteKeyPair", r#"{"keyName":"$name"}"#)
        .response(r#"{"requestId":"$request","_return":true,"keyPairId":"key-0$hexb"}"#),
    read("ec2", "GetPasswordData").version(EC2).request(r#"{"instanceId":"$instance"}"#),
    change("EnableSerialConsoleAccess", r#"{"EnableSerialConsoleAccessRequest":""}"#)
        .response(r#"{"EnableSerialConsoleAccessResponse":{"xmlns":"http://ec2.amazonaws.com/doc/2016-11-15/","serialConsoleAccessEnabled":true,"requestId":"$request"}}"#),
    // Disks and images.
    change("CreateVolume", r#"{"size":"$small","zone":"$region","volumeType":"gp3","encrypted":true}"#)
        .response(r#"{"requestId":"$request","volumeId":"vol-0$hexb","status":"creating","encrypted":true}"#),
    change("DeleteVolume", r#"{"volumeId":"vol-0$hexb","reportVolumeFailure":false}"#),
    change("DeleteSnapshot", r#"{"snapshotId":"$value","force":false}"#)
        .fault(40, "Client.InvalidSnapshot.InUse", "The snapshot $value is currently in use by ami-0$hexb"),
    change("CopySnapshot", r#"{"sourceRegion":"$region","sourceSnapshotId":"$snapshot","description":"backup","encrypted":true,"kmsKeyId":"arn:aws:kms:$region:$account:key/$key"}"#)
        .response(r#"{"requestId":"$request","snapshotId":"snap-0$hexb"}"#),
    change("ModifySnapshotAttribute", r#"{"snapshotId":"$value","createVolumePermission":{"remove":{"items":[{"userId":"$outside"}]}},"attributeType":"CREATE_VOLUME_PERMISSION"}"#)
        .id("ModifySnapshotAttribute.remove"),
    change("CreateImage", r#"{"instanceId":"$instance","name":"$name","description":"base image","noReboot":false}"#)
        .response(r#"{"requestId":"$request","imageId":"$image"}"#),
    change("CopyImage", r#"{"sourceRegion":"eu-central-1","sourceImageId":"$image","name":"$name","encrypted":true}"#)
        .response(r#"{"requestId":"$request","imageId":"ami-0$hexb"}"#),
    change("ModifyImageAttribute", r#"{"imageId":"$image","launchPermission":{"add":{"items":[{"userId":"$outside"}]}},"attributeType":"launchPermission"}"#),
    change("ModifyImageAttribute", r#"{"imageId":"$image","launchPermission":{"add":{"items":[{"organizationArn":"arn:aws:organizations::$outside:organization/$other"}]}},"attributeType":"launchPermission"}"#)
        .id("ModifyImageAttribute.organization"),
    change("DeregisterImage", r#"{"imageId":"$image"}"#),
    change("AllocateAddress", r#"{"domain":"vpc"}"#)
        .response(r#"{"requestId":"$request","publicIp":"192.0.2.238","domain":"vpc","allocationId":"eipalloc-0$hexb"}"#),
    change("ReleaseAddress", r#"{"allocationId":"eipalloc-0$hexb"}"#),
];
