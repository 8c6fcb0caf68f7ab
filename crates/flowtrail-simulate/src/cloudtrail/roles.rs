//! Callers beyond the everyday ones: users with a password, suppliers, the
//! containers of a cluster, and the roles of services and of single tasks.

use super::actors::{CLIS, SDKS, TERRAFORM, browser, egress, hosts, session_start};
use super::identity::{self, Caller, Channel, RoleSession, SessionExtra, user_arn};
use super::linked::Linked;
use crate::random::{Random, hash, hash_text};
use crate::text::{Alphabet, named, uuid_text};
use crate::world::{Account, Tier, dotted};

/// Where pipelines run: the gateway of the first account.
pub(crate) const RUNNERS: &str = "192.0.2.18";

/// Users with a password and a second factor: outside staff who are not in the
/// company's directory.
const MEMBERS: [&str; 6] = ["jules", "amara", "teo", "linnea", "paolo", "zofia"];

/// The monitoring that a supplier runs, in the supplier's own account.
pub(crate) const SUPPLIER_ACCOUNT: &str = "640212345678";
pub(crate) const SUPPLIER_ROLE: &str = "observability-integration";

/// A container in the cluster, by what it is there for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pod {
    pub(crate) role: &'static str,
    /// Namespace and service account.
    pub(crate) subject: &'static str,
    pub(crate) agent: &'static str,
}

pub(crate) const SECRETS_POD: Pod = Pod {
    role: "external-secrets",
    subject: "system:serviceaccount:platform:external-secrets",
    agent: "aws-sdk-go/1.55.5 (go1.22.5; linux; arm64) external-secrets",
};
pub(crate) const NODES_POD: Pod = Pod {
    role: "karpenter-controller",
    subject: "system:serviceaccount:platform:karpenter",
    agent: "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#arm64 karpenter.sh-v1.0.1",
};
pub(crate) const NAMES_POD: Pod = Pod {
    role: "external-dns",
    subject: "system:serviceaccount:platform:external-dns",
    agent: "aws-sdk-go/1.55.5 (go1.22.5; linux; arm64) ExternalDNS/v0.14.2",
};
pub(crate) const BALANCERS_POD: Pod = Pod {
    role: "load-balancer-controller",
    subject: "system:serviceaccount:kube-system:aws-load-balancer-controller",
    agent: "elbv2.k8s.aws/v2.8.1 aws-sdk-go/1.55.5 (go1.22.5; linux; arm64)",
};

/// A role that a program takes for one task.
pub(crate) fn tasked(
    account: &Account,
    (role, session): (&str, &str),
    (created, extra): (i64, SessionExtra),
    (address, agent): (&str, &str),
) -> Caller {
    RoleSession {
        account,
        path: "/",
        role,
        session,
        created,
        extra,
    }
    .caller(address.to_owned(), agent, Channel::Tls13)
}

/// The role of a plan: it reads, and may not read everything.
pub(crate) fn plan(account: &Account, run: u64, time: i64) -> Caller {
    let session = format!("plan-{}", 21_000 + run % 10_000);
    let given = (time, SessionExtra::Nothing);
    tasked(
        account,
        ("deploy-plan", &session),
        given,
        (RUNNERS, TERRAFORM),
    )
}

/// A pipeline before it goes into an account: what builds, and keeps the state.
pub(crate) fn runner(core: &Account, run: u64, time: i64) -> Caller {
    let session = format!("run-{}", 9_100_000 + run % 100_000);
    let given = (time, SessionExtra::Pipeline);
    tasked(core, ("ci-runner", &session), given, (RUNNERS, TERRAFORM))
}

/// The pipeline's role in an account, as [`super::actors::pipeline`] has it, for
/// a run that begins at `time`.
pub(crate) fn deployer(account: &Account, run: u64, time: i64) -> Caller {
    let session = format!("pipeline-{}", 48_000 + run % 10_000);
    let given = (time, SessionExtra::Nothing);
    tasked(
        account,
        ("deploy-pipeline", &session),
        given,
        (RUNNERS, TERRAFORM),
    )
}

/// One of the supplier's machines. They share a range.
pub(crate) fn supplier_address(choice: u64) -> String {
    format!("203.0.113.{}", 5 + choice % 4)
}

/// What the supplier is in this account.
pub(crate) fn supplier(account: &Account, time: i64) -> Caller {
    let created = session_start(hash_text(&account.id), time, 3600);
    let address = supplier_address(u64::try_from(created).unwrap_or(0) / 3600);
    let session = supplier_session(account);
    let given = (created, SessionExtra::Nothing);
    let from = (address.as_str(), SDKS[2]);
    tasked(account, (SUPPLIER_ROLE, &session), given, from)
}

/// The name that the supplier gives its sessions.
pub(crate) fn supplier_session(account: &Account) -> String {
    let tail = named(
        Alphabet::Hex,
        8,
        &mut Random::keyed(&[hash_text(&account.id)]),
    );
    format!("observability-{tail}")
}

/// The supplier at the door: another account's role.
pub(crate) fn supplier_outside(account: &Account, time: i64) -> Caller {
    let inside = supplier(account, time);
    let principal = format!("{}:collector", account.unique_id("AROA", SUPPLIER_ACCOUNT));
    Caller {
        identity: identity::foreign(SUPPLIER_ACCOUNT, &principal),
        arn: String::new(),
        ..inside
    }
}

/// A container with its cluster's word.
pub(crate) fn pod(account: &Account, pod: &Pod, time: i64) -> Caller {
    let created = session_start(hash_text(pod.role), time, 3600);
    let session = format!(
        "{}{:09}",
        created,
        hash(&[hash_text(pod.role)]) % 1_000_000_000
    );
    let given = (created, SessionExtra::Cluster);
    let address = egress(account);
    tasked(account, (pod.role, &session), given, (&address, pod.agent))
}

/// The container before it has a role.
pub(crate) fn pod_outside(account: &Account, asks: &Pod, time: i64) -> Caller {
    Caller {
        identity: identity::web(account, &identity::cluster_issuer(account), asks.subject),
        arn: String::new(),
        session: asks.subject.to_owned(),
        ..pod(account, asks, time)
    }
}

/// A host of the cluster. Some of what it calls goes through endpoints in its
/// own network and comes from its private address, the rest through the gateway.
pub(crate) fn node(account: &Account, choice: u64, time: i64, private: bool) -> Option<Caller> {
    let mut all = account
        .vpcs
        .iter()
        .flat_map(|v| v.of(Tier::App).map(move |i| (v, i)));
    let at = choice.checked_rem(hosts(account))?;
    let (vpc, host) = all.nth(usize::try_from(at).ok()?)?;
    let keys = [hash_text(&host.instance), 0x006e_6f64];
    let session = format!("i-0{}", named(Alphabet::Hex, 16, &mut Random::keyed(&keys)));
    let (address, channel) = if private {
        let [a, b, c, d] = host.address;
        (dotted([a, b, c, d.saturating_add(60)]), Channel::Endpoint)
    } else {
        (
            vpc.nat_address().map(dotted).unwrap_or_default(),
            Channel::Tls13,
        )
    };
    let caller = RoleSession {
        account,
        path: "/",
        role: "cluster-node-role",
        session: &session,
        created: session_start(hash_text(&session), time, 6 * 3600),
        extra: SessionExtra::Instance,
    }
    .caller(address, SDKS[1], channel);
    Some(caller)
}

/// A service in its own role.
pub(crate) fn linked(account: &Account, of: &Linked, time: i64) -> Caller {
    let path = format!("/aws-service-role/{}/", of.service);
    RoleSession {
        account,
        path: &path,
        role: of.role,
        session: of.session,
        created: session_start(hash_text(of.role), time, 3600),
        extra: SessionExtra::Nothing,
    }
    .invoked_by(of.service)
}

/// A service in a role that the account made for it.
pub(crate) fn employed(
    account: &Account,
    (path, role): (&str, &str),
    session: &str,
    (service, time): (&'static str, i64),
) -> Caller {
    RoleSession {
        account,
        path,
        role,
        session,
        created: session_start(hash_text(role), time, 3600),
        extra: SessionExtra::Nothing,
    }
    .invoked_by(service)
}

impl RoleSession<'_> {
    /// A caller with this session that a service uses.
    fn invoked_by(self, service: &'static str) -> Caller {
        Self {
            extra: SessionExtra::InvokedBy(service),
            ..self
        }
        .caller(service.to_owned(), service, Channel::Internal)
    }
}

/// The users with a password in this account: two of them.
pub(crate) fn members(account: &Account) -> impl Iterator<Item = &'static str> {
    let first = usize::try_from(account.index % 3).unwrap_or(0) * 2;
    MEMBERS.into_iter().skip(first).take(2)
}

/// Where such a user works from.
pub(crate) fn member_address(name: &str) -> String {
    format!("198.51.100.{}", 13 + hash_text(name) % 6)
}

/// Such a user with a session of the console.
pub(crate) fn member(account: &Account, name: &str, time: i64) -> Caller {
    Caller {
        identity: identity::user_session(account, name, time, true),
        arn: user_arn(account, name),
        session: name.to_owned(),
        address: member_address(name),
        agent: browser(name).to_owned(),
        channel: Channel::Console,
    }
}

/// Such a user with an access key; keys are changed now and then, and `epoch`
/// counts them.
pub(crate) fn member_with_key(account: &Account, name: &str, epoch: u64) -> Caller {
    let key = account.access_key("AKIA", name, epoch);
    Caller {
        identity: identity::user(account, name, Some(&key)),
        arn: user_arn(account, name),
        session: name.to_owned(),
        address: member_address(name),
        agent: Random::keyed(&[hash_text(name)])
            .pick_text(&CLIS)
            .to_owned(),
        channel: Channel::Tls13,
    }
}

/// A build of a machine image, on a machine that AWS lends for it.
pub(crate) fn image_builder(core: &Account, time: i64) -> Caller {
    let keys = [hash_text(&core.id), u64::try_from(time).unwrap_or(0)];
    let session = format!("AWSCodeBuild-{}", uuid_text(&mut Random::keyed(&keys)));
    let given = (time, SessionExtra::Nothing);
    let address = egress(core);
    tasked(
        core,
        ("image-builder", &session),
        given,
        (&address, SDKS[0]),
    )
}

/// Whoever is looked at by the auditors' program.
pub(crate) fn auditor(account: &Account, time: i64) -> Caller {
    let given = (time, SessionExtra::Nothing);
    tasked(
        account,
        ("compliance-scan", "quarterly-review"),
        given,
        ("203.0.113.9", SDKS[0]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: i64 = 1_772_409_600;

    fn account() -> Account {
        Account::new(1, 1, 3)
    }

    #[test]
    fn a_host_of_the_cluster_has_two_ways_out() {
        let account = account();
        let inside = node(&account, 1, TIME, true).unwrap();
        let outside = node(&account, 1, TIME, false).unwrap();
        assert_eq!(inside.identity, outside.identity);
        assert!(inside.address.starts_with("10."));
        assert_eq!(inside.channel, Channel::Endpoint);
        assert_eq!(outside.address, egress(&account));
    }

    #[test]
    fn the_supplier_is_a_stranger_until_it_has_the_role() {
        let account = account();
        let outside = String::from_utf8(supplier_outside(&account, TIME).identity).unwrap();
        assert!(outside.contains(SUPPLIER_ACCOUNT) && outside.contains("AWSAccount"));
        let inside = supplier(&account, TIME);
        assert!(inside.arn.contains(SUPPLIER_ROLE));
        assert!(inside.address.starts_with("203.0.113."));
    }

    #[test]
    fn users_with_a_password_differ_by_account() {
        let names: Vec<_> = members(&account()).collect();
        let others: Vec<_> = members(&Account::new(1, 2, 3)).collect();
        assert_eq!(names.len(), 2);
        assert!(names.iter().all(|n| !others.contains(n)));
        let key = |epoch| member_with_key(&account(), names[0], epoch).identity;
        assert_ne!(key(0), key(1));
    }
}
