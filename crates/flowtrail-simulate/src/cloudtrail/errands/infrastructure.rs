//! What pipelines change in an account: networks, buckets, keys, data and the
//! wires between services.

use super::deploy::{enter, state};
use super::scene::Scene;
use crate::cloudtrail::identity::Caller;
use crate::cloudtrail::step::{BUCKET, GROUP, KEY, NAME, OTHER, OUTSIDE, Step, VALUE};
use crate::text::uuid_text;
use crate::world::OFFICES;

const REFRESHED: [&str; 16] = [
    "GetRole",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "GetPolicyVersion",
    "DescribeSecurityGroups",
    "DescribeSecurityGroupRules",
    "DescribeVpcs",
    "DescribeSubnets",
    "DescribeRouteTables",
    "GetBucketAcl",
    "GetBucketPolicy",
    "GetBucketVersioning",
    "DescribeTable",
    "GetQueueAttributes",
    "DescribeKey",
    "DescribeLogGroups",
];

/// One run: in, what is there, what changes, and out.
pub(super) fn apply(scene: &mut Scene<'_>, changes: impl FnOnce(&mut Scene<'_>, &Caller)) {
    let caller = enter(scene);
    state(scene, false);
    scene.calls(&caller, &["GetCallerIdentity"]);
    let n = scene.random.between(6, 18);
    scene.browse(&caller, &REFRESHED, n, 2);
    changes(scene, &caller);
    state(scene, true);
}

/// Some program's name.
pub(super) fn service(scene: &mut Scene<'_>) -> &'static str {
    scene.random.pick_text(&[
        "orders", "billing", "notify", "reports", "pricing", "search", "import", "audit",
    ])
}

pub(super) fn network(scene: &mut Scene<'_>) {
    apply(scene, |scene, caller| {
        let group = scene.id("sg-");
        let name = format!("{}-{}", service(scene), scene.hex(4));
        let choice = scene.random.next();
        let made = [(NAME, name.as_str()), (VALUE, group.as_str())];
        match scene.turn(5) {
            // A load balancer for everybody: the web is where it belongs.
            0 => {
                scene.call(caller, Step::new("CreateSecurityGroup").given(&made));
                let of = [(GROUP, group.as_str())];
                for api in [
                    "RevokeSecurityGroupEgress",
                    "AuthorizeSecurityGroupIngress.web",
                    "AuthorizeSecurityGroupEgress",
                ] {
                    scene.call(caller, Step::new(api).given(&of));
                }
            }
            1 => {
                let office = OFFICES.first().map(ToString::to_string).unwrap_or_default();
                let from = [(VALUE, office.as_str())];
                let step = Step::new("AuthorizeSecurityGroupIngress.office").about(choice);
                scene.call(caller, step.given(&from));
                let step = Step::new("RevokeSecurityGroupIngress").about(choice);
                scene.call(caller, step);
            }
            2 => {
                scene.call(caller, Step::new("CreateSecurityGroup").given(&made));
                let step = Step::new("AuthorizeSecurityGroupIngress.group").about(choice);
                scene.call(caller, step.given(&made));
                let step = Step::new("AuthorizeSecurityGroupIngress").about(choice);
                scene.call(caller, step);
            }
            3 => {
                let endpoint = scene.random.pick_text(&["sqs", "kms", "ecr.api", "logs"]);
                let given = [(VALUE, endpoint)];
                scene.call(caller, Step::new("CreateVpcEndpoint").given(&given));
                scene.calls(
                    caller,
                    &[
                        "CreateRouteTable",
                        "CreateRoute.transit",
                        "AssociateRouteTable",
                    ],
                );
            }
            _ => {
                let list = [
                    "AllocateAddress",
                    "CreateNatGateway",
                    "DescribeNatGateways",
                    "CreateRoute",
                    "CreateNetworkAclEntry",
                    "CreateLaunchTemplateVersion",
                ];
                scene.calls(caller, &list);
            }
        }
    });
}

pub(super) fn buckets(scene: &mut Scene<'_>) {
    apply(scene, |scene, caller| {
        let name = format!(
            "meridian-{}-{}-{}",
            scene.account.name,
            service(scene),
            scene.hex(4)
        );
        let sibling = scene.sibling().map_or("", |a| a.id.as_str());
        let logs = scene.world.log_bucket.as_str();
        let given = [
            (BUCKET, name.as_str()),
            (OTHER, scene.organization()),
            (OUTSIDE, sibling),
            (VALUE, "role/deploy-pipeline"),
        ];
        let of = |api| Step::new(api).given(&given);
        scene.call(caller, of("CreateBucket"));
        scene.call(caller, of("PutBucketPublicAccessBlock"));
        scene.call(caller, of("PutBucketOwnershipControls"));
        scene.call(caller, of("PutBucketEncryption"));
        scene.call(caller, of("PutBucketVersioning.on"));
        let logged = [(BUCKET, name.as_str()), (OTHER, logs)];
        scene.call(caller, Step::new("PutBucketLogging").given(&logged));
        let choice = scene.turn(6);
        let policy = match choice {
            0 => "PutBucketPolicy.cloudfront",
            1 => "PutBucketPolicy.organization",
            2 => "PutBucketPolicy.delivery",
            3 if !sibling.is_empty() => "PutBucketPolicy.account",
            _ => "PutBucketPolicy.encrypted",
        };
        scene.call(caller, of(policy));
        let lifecycle = match choice {
            2 => "PutBucketLifecycle.logs",
            4 => "PutBucketLifecycle.scratch",
            _ => "PutBucketLifecycle.versions",
        };
        scene.call(caller, of(lifecycle));
        if choice == 5 {
            scene.call(caller, of("PutBucketNotification"));
            scene.call(caller, of("DeleteBucketPolicy"));
            scene.call(caller, of("DeleteBucket"));
        }
    });
}

pub(super) fn keys(scene: &mut Scene<'_>) {
    apply(scene, |scene, caller| {
        let key = uuid_text(&mut scene.random);
        let backup = scene.core().id.as_str();
        let grantee = format!(
            "arn:aws:iam::{}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
            scene.account.id
        );
        let given = [
            (KEY, key.as_str()),
            (OUTSIDE, backup),
            (VALUE, grantee.as_str()),
        ];
        for api in [
            "CreateKey",
            "CreateAlias",
            "EnableKeyRotation",
            "PutKeyPolicy",
        ] {
            scene.call(caller, Step::new(api).given(&given));
        }
        if scene.random.chance(500) {
            scene.call(caller, Step::new("CreateGrant").given(&given));
        }
    });
}

pub(super) fn data(scene: &mut Scene<'_>) {
    apply(scene, |scene, caller| {
        let name = format!("{}-{}", service(scene), scene.hex(4));
        let choice = scene.random.next();
        match scene.turn(4) {
            0 => {
                let given = [(NAME, name.as_str())];
                scene.call(caller, Step::new("CreateTable").given(&given));
                let step = Step::new("UpdateContinuousBackups").about(choice);
                scene.call(caller, step);
            }
            1 => {
                let list = [
                    "DescribeDBInstances",
                    "ModifyDBInstance",
                    "DescribeDBInstances",
                ];
                for api in list {
                    scene.call(caller, Step::new(api).about(choice));
                }
            }
            2 => {
                let given = [(NAME, name.as_str())];
                scene.call(caller, Step::new("CreateSecret").given(&given));
                scene.call(caller, Step::new("PutParameter").about(choice));
            }
            _ => {
                let sibling = scene.core().id.as_str();
                let given = [(OUTSIDE, sibling)];
                let step = Step::new("SetRepositoryPolicy").about(choice);
                scene.call(caller, step.given(&given));
            }
        }
    });
}

/// The account's own trail is set to record more.
pub(super) fn trail(scene: &mut Scene<'_>) {
    apply(scene, |scene, caller| {
        scene.calls(
            caller,
            &[
                "DescribeTrails",
                "GetTrailStatus",
                "UpdateTrail",
                "PutEventSelectors.more",
                "PutInsightSelectors",
                "StartLogging",
            ],
        );
    });
}

/// Rules, targets, permissions and where logs go.
pub(super) fn wiring(scene: &mut Scene<'_>) {
    apply(scene, |scene, caller| {
        let name = format!("{}-{}", service(scene), scene.hex(4));
        let choice = scene.random.next();
        let core = scene.core().id.as_str();
        let rule = format!(
            "arn:aws:events:eu-central-1:{}:rule/{name}",
            scene.account.id
        );
        let given = [
            (NAME, name.as_str()),
            (OUTSIDE, core),
            (VALUE, "events.amazonaws.com"),
            (OTHER, rule.as_str()),
        ];
        let of = |api| Step::new(api).about(choice).given(&given);
        let steps: &[&str] = match scene.turn(4) {
            0 => &["PutRule", "PutTargets", "AddPermission.service"],
            1 => &[
                "CreateFunction20150331",
                "CreateEventSourceMapping20150331",
                "PutFunctionConcurrency20171031",
                "PublishLayerVersion20181031",
            ],
            2 => &["PutMetricFilter", "PutMetricAlarm", "PutRetentionPolicy"],
            _ => &["RemovePermission20150331v2", "RemoveTargets", "DeleteRule"],
        };
        for api in steps {
            scene.call(caller, of(api));
        }
        if core != scene.account.id && scene.random.chance(500) {
            // What happens here is told to the organisation's own bus and log.
            let pattern = r#"{\"source\":[\"aws.health\"]}"#;
            let given = [(NAME, name.as_str()), (VALUE, pattern)];
            scene.call(caller, Step::new("PutRule.pattern").given(&given));
            let given = [(NAME, name.as_str()), (OUTSIDE, core), (VALUE, "central")];
            scene.call(caller, Step::new("PutTargets.bus").given(&given));
            scene.call(caller, of("PutSubscriptionFilter"));
        }
    });
}
