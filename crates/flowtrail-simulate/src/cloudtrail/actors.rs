//! The callers of ordinary days: who there is and how they sign their calls.

use super::identity::{self, Caller, Channel, RoleSession, SessionExtra, user_arn};
use crate::random::{Random, hash, hash_text};
use crate::text::{Alphabet, named};
use crate::world::{Account, Person, Tier, dotted};
use std::fmt::Write as _;

pub(crate) const SDKS: [&str; 5] = [
    "Boto3/1.35.10 md/Botocore#1.35.10 ua/2.0 os/linux#6.1.102 md/arch#aarch64 lang/python#3.12.4 md/pyimpl#CPython exec-env/AWS_Lambda_python3.12 cfg/retry-mode#legacy",
    "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#arm64",
    "aws-sdk-java/2.26.25 md/io#sync md/http#Apache ua/2.0 os/Linux#6.1.102 lang/java#21.0.4 md/OpenJDK_64-Bit_Server_VM#21.0.4+7-LTS",
    "aws-sdk-js/3.620.0 ua/2.1 os/linux#6.1.102 lang/js md/nodejs#20.15.1 exec-env/AWS_Lambda_nodejs20.x",
    "aws-sdk-rust/1.3.3 os/linux lang/rust/1.79.0",
];
const SSM_AGENT: &str = "aws-sdk-go/1.55.5 (go1.22.5; linux; arm64) amazon-ssm-agent/";
pub(crate) const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.9.4 (+https://www.terraform.io) terraform-provider-aws/5.60.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64";
const BROWSERS: [&str; 4] = [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36 Edg/127.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
];
pub(crate) const CLIS: [&str; 3] = [
    "aws-cli/2.17.20 md/awscrt#0.20.11 ua/2.0 os/macos#23.6.0 md/arch#arm64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard",
    "aws-cli/2.15.30 md/awscrt#0.19.19 ua/2.0 os/linux#6.8.0 md/arch#x86_64 lang/python#3.11.8 md/pyimpl#CPython cfg/retry-mode#standard",
    "aws-cli/2.17.9 md/awscrt#0.20.11 ua/2.0 os/windows#10 md/arch#amd64 lang/python#3.11.8 md/pyimpl#CPython cfg/retry-mode#standard",
];

/// The folder of roles that single sign-on makes.
const SSO_PATH: &str = "/aws-reserved/sso.amazonaws.com/eu-central-1/";

/// The browser of someone: always the same one.
pub(crate) fn browser(of: &str) -> &'static str {
    Random::keyed(&[hash_text(of), 0x0062]).pick_text(&BROWSERS)
}

/// The beginning of the session that `holder` has at `time`, if sessions last
/// `period` seconds: holders change over at different times.
pub(crate) fn session_start(holder: u64, time: i64, period: i64) -> i64 {
    let shift = i64::try_from(hash(&[holder]) % 86_400).unwrap_or(0);
    (time - shift).div_euclid(period) * period + shift
}

/// The account's address on the internet.
pub(crate) fn egress(account: &Account) -> String {
    account
        .egress()
        .map_or_else(|| "192.0.2.250".to_owned(), dotted)
}

impl RoleSession<'_> {
    /// A caller with this session.
    pub(crate) fn caller(&self, address: String, agent: &str, channel: Channel) -> Caller {
        Caller {
            identity: self.identity(),
            arn: self.arn(),
            session: self.session.to_owned(),
            address,
            agent: agent.to_owned(),
            channel,
        }
    }
}

/// An AWS service that acts by itself.
pub(crate) fn service(name: &str) -> Caller {
    Caller {
        identity: identity::service(name),
        arn: String::new(),
        session: name.to_owned(),
        address: name.to_owned(),
        agent: name.to_owned(),
        channel: Channel::Internal,
    }
}

/// How many hosts of an account there are to choose from. A choice below it
/// chooses the same host and the same role in templates and here.
pub(crate) fn hosts(account: &Account) -> u64 {
    let hosts = account.vpcs.iter().flat_map(|v| v.of(Tier::App));
    u64::try_from(hosts.count()).unwrap_or(0)
}

/// An instance with its own credentials; `agent` is what AWS runs on it.
pub(crate) fn instance(account: &Account, choice: u64, time: i64, agent: bool) -> Option<Caller> {
    let mut all = account
        .vpcs
        .iter()
        .flat_map(|v| v.of(Tier::App).map(move |i| (v, i)));
    let choice = choice.checked_rem(hosts(account))?;
    let (vpc, host) = all.nth(usize::try_from(choice).ok()?)?;
    let address = vpc.nat_address().map(dotted).unwrap_or_default();
    let holder = hash_text(&host.instance);
    let session = RoleSession {
        account,
        path: "/",
        role: one(&account.stock.host_roles, choice),
        session: &host.instance,
        created: session_start(holder, time, 6 * 3600),
        extra: SessionExtra::Instance,
    };
    Some(if agent {
        session.caller(address, SSM_AGENT, Channel::Tls12)
    } else {
        session.caller(
            address,
            Random::keyed(&[holder]).pick_text(&SDKS),
            Channel::Tls13,
        )
    })
}

/// What a choice chooses, as it does in templates.
fn one(of: &[String], choice: u64) -> &str {
    let n = u64::try_from(of.len()).unwrap_or(1).max(1);
    usize::try_from(choice % n)
        .ok()
        .and_then(|i| of.get(i))
        .map_or("", String::as_str)
}

/// An environment of the function that `choice` chooses.
pub(crate) fn function(account: &Account, choice: u64, time: i64) -> Caller {
    let name = one(&account.stock.functions, choice);
    let holder = hash(&[hash_text(name), choice % 3]);
    RoleSession {
        account,
        path: "/",
        role: one(&account.stock.roles, choice),
        session: name,
        created: session_start(holder, time, 2 * 3600),
        extra: SessionExtra::Function,
    }
    .caller(
        egress(account),
        Random::keyed(&[hash_text(name)]).pick_text(&SDKS),
        Channel::Tls13,
    )
}

/// A container; its session is named after the task, which lives for a day.
pub(crate) fn task(account: &Account, choice: u64, time: i64) -> Caller {
    let holder = hash(&[hash_text(one(&account.stock.services, choice)), choice % 2]);
    let day = session_start(holder, time, 86_400);
    let keys = [holder, u64::try_from(day).unwrap_or(0)];
    let session = named(Alphabet::Hex, 32, &mut Random::keyed(&keys));
    RoleSession {
        account,
        path: "/",
        role: one(&account.stock.roles, choice),
        session: &session,
        created: session_start(holder, time, 6 * 3600),
        extra: SessionExtra::Nothing,
    }
    .caller(
        egress(account),
        Random::keyed(&[holder]).pick_text(&SDKS),
        Channel::Tls13,
    )
}

/// The role that a person has in an account.
pub(crate) fn sso_role(account: &Account, person: &Person) -> String {
    let keys = [hash_text(&account.id), hash_text(person.permission_set)];
    let mut role = format!("AWSReservedSSO_{}_", person.permission_set);
    let _ = write!(role, "{:016x}", hash(&keys));
    role
}

/// Someone who signed in through single sign-on.
pub(crate) fn person(account: &Account, person: &Person, time: i64, console: bool) -> Caller {
    let holder = hash(&[hash_text(person.name), hash_text(&account.id)]);
    let address = person.address(time);
    let session = format!("{}@example.com", person.name);
    let (agent, channel) = if console {
        (browser(person.name), Channel::Console)
    } else {
        (
            Random::keyed(&[hash_text(person.name)]).pick_text(&CLIS),
            Channel::Tls13,
        )
    };
    RoleSession {
        account,
        path: SSO_PATH,
        role: &sso_role(account, person),
        session: &session,
        created: session_start(holder, time, 8 * 3600),
        extra: SessionExtra::Nothing,
    }
    .caller(address.to_string(), &person.upgraded(agent, time), channel)
}

/// The same person, at the moment of signing in.
pub(crate) fn signing_in(person: &Caller) -> Caller {
    Caller {
        identity: identity::saml(&person.session),
        ..person.clone()
    }
}

/// The pipeline that deploys everything.
pub(crate) fn pipeline(account: &Account, run: u64, time: i64) -> Caller {
    let session = format!("pipeline-{}", 48_000 + run % 10_000);
    RoleSession {
        account,
        path: "/",
        role: "deploy-pipeline",
        session: &session,
        created: session_start(run, time, 1800),
        extra: SessionExtra::Nothing,
    }
    // The runners stand in the first account of the organisation.
    .caller("192.0.2.18".to_owned(), TERRAFORM, Channel::Tls13)
}

/// The tool that looks for misconfigurations, as the security team runs it.
pub(crate) fn scanner(account: &Account, time: i64) -> Caller {
    RoleSession {
        account,
        path: "/security/",
        role: "posture-audit",
        session: "posture-audit",
        created: session_start(1, time, 3600),
        extra: SessionExtra::Nothing,
    }
    .caller("192.0.2.18".to_owned(), "Boto3/1.34.151 md/Botocore#1.34.151 ua/2.0 os/linux#5.10.220 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard", Channel::Tls13)
}

/// A user from before single sign-on, with a key that never changes.
pub(crate) fn legacy_user(account: &Account, name: &str) -> Caller {
    let key = account.access_key("AKIA", name, 0);
    Caller {
        identity: identity::user(account, name, Some(&key)),
        arn: user_arn(account, name),
        session: name.to_owned(),
        address: egress(account),
        agent: "aws-cli/1.29.80 md/Botocore#1.31.80 ua/2.0 os/linux#5.4.0 md/arch#x86_64 lang/python#3.8.10 md/pyimpl#CPython cfg/retry-mode#legacy".to_owned(),
        channel: Channel::Tls13,
    }
}

/// The same user, at the console's login page.
pub(crate) fn at_login(account: &Account, name: &str, known: bool) -> Caller {
    let identity = if known {
        identity::user(account, name, None)
    } else {
        identity::failed_login(account, name)
    };
    Caller {
        identity,
        agent: browser(name).to_owned(),
        address: "192.0.2.5".to_owned(),
        ..legacy_user(account, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_begun_and_lasts() {
        for holder in 0..50 {
            let t = 1_772_409_600 + i64::try_from(holder).unwrap() * 777;
            let start = session_start(holder, t, 3600);
            assert!(start <= t && t - start < 3600);
            assert_eq!(session_start(holder, start, 3600), start);
        }
    }

    #[test]
    fn an_instance_calls_from_its_own_gateway() {
        let account = Account::new(1, 1, 3);
        let a = instance(&account, 3, 1_772_409_600, true).unwrap();
        assert!(a.session.starts_with("i-0"));
        assert_eq!(a.address, dotted(account.egress().unwrap()));
        let b = instance(&account, 4, 1_772_409_600, true).unwrap();
        assert_ne!(a.session, b.session);
    }

    #[test]
    fn what_a_service_starts_is_what_calls_later() {
        use crate::cloudtrail::catalogue::Catalogue;
        use crate::cloudtrail::record::{Call, Outcome};
        use crate::cloudtrail::template::Scope;
        let catalogue = Catalogue::new();
        for count in [1, 2, 3] {
            let account = Account::new(1, count / 2, count);
            for choice in 0..hosts(&account) {
                let caller = service("ec2.amazonaws.com");
                let scope = Scope {
                    account: &account,
                    region: "eu-central-1",
                    time: 1_772_409_600,
                    choice,
                    arn: "",
                    session: "",
                    given: &[],
                };
                let api = catalogue.named("AssumeRole.instance");
                let mut out = Vec::new();
                Call {
                    api,
                    caller: &caller,
                    scope,
                    outcome: Outcome::Success,
                }
                .write(&mut Random::keyed(&[1]), &mut out);
                let v: serde_json::Value = serde_json::from_slice(&out).unwrap();
                let host = instance(&account, choice, 1_772_409_600, false).unwrap();
                let asked = &v["requestParameters"];
                assert_eq!(asked["roleSessionName"], host.session.as_str());
                let role = asked["roleArn"]
                    .as_str()
                    .unwrap()
                    .rsplit('/')
                    .next()
                    .unwrap()
                    .to_owned();
                assert!(
                    host.arn.contains(&format!("assumed-role/{role}/")),
                    "{}",
                    host.arn
                );
            }
        }
    }

    #[test]
    fn a_key_stays_within_a_session_and_changes_after_it() {
        let account = Account::new(1, 1, 3);
        let at = |t| function(&account, 1, t).identity;
        let start = session_start(hash(&[hash_text("orders-worker"), 1]), 1_772_409_600, 7200);
        assert_eq!(at(start), at(start + 7199));
        assert_ne!(at(start), at(start + 7200));
    }
}
