//! What a record shows of whom, for whatever remembers it.
//!
//! Calls of AWS's own services show nothing: there are endlessly many of them,
//! and nobody is behind them. A call that was refused shows as much as one that
//! was let through: whoever tries the same every day is no news.

use flowtrail_baseline::Dimension;
use flowtrail_event::{Event, Kind, Projection};

use super::base::{Base, BaseSlots, View};
use super::identity::{IdentityClass, identity_class, principal};
use super::opening::{Side, opener};
use super::text::{TextBuf, service_labels};
use super::{agent, api, class, network, origin};

/// Services whose calls are recorded in one region, wherever they are made: the
/// region of a change says nothing.
const GLOBAL: [&[u8]; 13] = [
    b"account",
    b"artifact",
    b"budgets",
    b"ce",
    b"cloudfront",
    b"health",
    b"iam",
    b"organizations",
    b"route53",
    b"shield",
    b"signin",
    b"sts",
    b"support",
];

/// Calls that hand out what is secret, as `flowtrail.api` has them.
const HANDS_OUT: [&[u8]; 7] = [
    b"kms:Decrypt",
    b"secretsmanager:BatchGetSecretValue",
    b"secretsmanager:GetSecretValue",
    b"ssm:GetParameter",
    b"ssm:GetParameterHistory",
    b"ssm:GetParameters",
    b"ssm:GetParametersByPath",
];

/// Calls that begin a session of a role.
const ASSUMES: [&[u8]; 3] = [
    b"sts:AssumeRole",
    b"sts:AssumeRoleWithSAML",
    b"sts:AssumeRoleWithWebIdentity",
];

/// How the keys of people and programs begin; those of sessions live for hours.
const LASTING_KEY: &[u8] = b"AKIA";

/// The fields that sightings are made of.
const OF_CLOUDTRAIL: &[Base] = &[
    Base::EventSource,
    Base::EventName,
    Base::EventType,
    Base::Region,
    Base::SourceIp,
    Base::UserAgent,
    Base::ReadOnly,
    Base::RecipientAccount,
    Base::VpcEndpoint,
    Base::FromConsole,
    Base::IdentityType,
    Base::PrincipalId,
    Base::IdentityArn,
    Base::IdentityAccount,
    Base::AccessKey,
    Base::UserName,
    Base::InvokedBy,
    Base::IdentityProvider,
    Base::OnBehalfOf,
    Base::InScopeOf,
    Base::MfaAuthenticated,
    Base::IssuerArn,
    Base::IssuerName,
    Base::FederatedProvider,
    Base::SourceIdentity,
    Base::Ec2Delivery,
    Base::RoleToAssume,
    Base::ResourceArn,
];
const OF_FLOWS: &[Base] = &[
    Base::SourceAddress,
    Base::DestinationAddress,
    Base::SourcePort,
    Base::DestinationPort,
    Base::Protocol,
    Base::TcpFlags,
    Base::OwnVpc,
    Base::Action,
];

/// Looks at records for whatever remembers. Planned once for a projection.
#[derive(Debug, Clone)]
pub struct Sighter {
    kind: Kind,
    wanted: Vec<Dimension>,
    base: BaseSlots,
}

impl Sighter {
    /// Adds to `projection`, which is one over logs of `kind`, the fields that
    /// the dimensions are seen in. Dimensions of other logs are left out. It has
    /// to be called before a reader or a record is made for the projection.
    #[must_use]
    pub fn plan(projection: &mut Projection, kind: Kind, dimensions: &[Dimension]) -> Self {
        let mine = dimensions.iter().copied().filter(|d| d.kind() == kind);
        let wanted: Vec<Dimension> = mine.collect();
        if !wanted.is_empty() {
            let fields = match kind {
                Kind::CloudTrail => OF_CLOUDTRAIL,
                Kind::Flow => OF_FLOWS,
            };
            for field in fields {
                projection.slot(field.path());
            }
        }
        Self {
            kind,
            wanted,
            base: BaseSlots::of(projection),
        }
    }

    /// Shows `see` each dimension that the record says something of: whose, and
    /// what.
    pub fn sightings(&self, event: &Event<'_>, see: &mut dyn FnMut(Dimension, &str, &str)) {
        if self.wanted.is_empty() {
            return;
        }
        let view = View::new(event, &self.base);
        let Some(scene) = Scene::of(view, self.kind) else {
            return;
        };
        let (mut key, mut value) = (TextBuf::new(), TextBuf::new());
        for dimension in &self.wanted {
            key.clear();
            value.clear();
            let shown = scene.show(*dimension, &mut key, &mut value);
            let texts = (text(&key), text(&value));
            if let (Some(()), (Some(key), Some(value))) = (shown, texts) {
                see(*dimension, key, value);
            }
        }
    }
}

/// Bytes that are no UTF-8 name nobody.
fn text(buf: &TextBuf) -> Option<&str> {
    let text = std::str::from_utf8(buf.bytes()).ok()?;
    (!text.is_empty()).then_some(text)
}

/// What dimensions of one record have in common.
struct Scene<'v> {
    view: View<'v>,
    principal: TextBuf,
    api: TextBuf,
    network: TextBuf,
}

impl<'v> Scene<'v> {
    fn of(view: View<'v>, kind: Kind) -> Option<Self> {
        let mut scene = Self {
            view,
            principal: TextBuf::new(),
            api: TextBuf::new(),
            network: TextBuf::new(),
        };
        if kind == Kind::CloudTrail {
            let mut sort = TextBuf::new();
            identity_class(view, &mut sort)?;
            if sort.bytes() == IdentityClass::AwsService.name().as_bytes() {
                return None;
            }
            // What is absent shows nothing of itself.
            let _ = principal(view, &mut scene.principal);
            let _ = api::api(view, &mut scene.api);
            let _ = network::network(view, &mut scene.network);
        }
        Some(scene)
    }

    fn show(&self, dimension: Dimension, key: &mut TextBuf, value: &mut TextBuf) -> Option<()> {
        let view = self.view;
        match dimension {
            Dimension::PrincipalApi => self.of_principal(key, value, self.api.bytes()),
            Dimension::PrincipalNetwork => self.of_principal(key, value, self.network.bytes()),
            Dimension::PrincipalRegion => self.of_principal(key, value, self.region()?),
            Dimension::PrincipalSecret => self.of_principal(key, value, self.secret()?),
            Dimension::PrincipalUa => {
                key.push(self.principal.bytes());
                agent::ua_family(view, value)
            }
            Dimension::AccountApi => {
                key.push(view.text(Base::RecipientAccount)?);
                value.push_all(&[self.api.bytes()])
            }
            Dimension::AccountRegion => {
                key.push(view.text(Base::RecipientAccount)?);
                value.push_all(&[self.region()?])
            }
            Dimension::AccountCaller => {
                let caller = view.text(Base::IdentityAccount)?;
                let account = view.text(Base::RecipientAccount)?;
                key.push(account);
                (caller != account).then(|| value.push(caller))
            }
            Dimension::RoleAssumer => {
                ASSUMES.contains(&self.api.bytes()).then_some(())?;
                key.push(view.text(Base::RoleToAssume)?);
                value.push_all(&[self.principal.bytes()])
            }
            Dimension::KeyNetwork => {
                let access_key = view.text(Base::AccessKey)?;
                access_key.starts_with(LASTING_KEY).then_some(())?;
                key.push(access_key);
                value.push_all(&[self.network.bytes()])
            }
            Dimension::PersonHours => self.hour(key, value),
            Dimension::Edge => self.edge(key, value),
            Dimension::HostDestination => self.outside(key, value),
            // They await a database of countries, or are numbers.
            Dimension::PrincipalCountry
            | Dimension::PrincipalCalls
            | Dimension::InterfaceBytesOut
            | Dimension::InterfaceRejects => None,
        }
    }

    fn of_principal(&self, key: &mut TextBuf, value: &mut TextBuf, what: &[u8]) -> Option<()> {
        key.push(self.principal.bytes());
        value.push_all(&[what])
    }

    /// Where a call changes something, if that says anything.
    fn region(&self) -> Option<&'v [u8]> {
        let mut sort = TextBuf::new();
        class::class(self.view, &mut sort)?;
        let changes = [class::WRITE, class::DELETE]
            .iter()
            .any(|c| c.as_bytes() == sort.bytes());
        let source = self.view.text(Base::EventSource)?;
        let service = service_labels(source).unwrap_or(source);
        (changes && !GLOBAL.contains(&service)).then(|| self.view.text(Base::Region))?
    }

    fn secret(&self) -> Option<&'v [u8]> {
        let hands_out = HANDS_OUT.contains(&self.api.bytes());
        hands_out.then(|| self.view.text(Base::ResourceArn))?
    }

    /// The hour of the week of what a person does, Monday's first is 0, in UTC.
    fn hour(&self, key: &mut TextBuf, value: &mut TextBuf) -> Option<()> {
        let mut sort = TextBuf::new();
        identity_class(self.view, &mut sort)?;
        (sort.bytes() == IdentityClass::Human.name().as_bytes()).then_some(())?;
        let at = self.view.time()?.civil();
        key.push(self.principal.bytes());
        let mut digits = itoa::Buffer::new();
        value.push_all(&[digits.format(at.weekday * 24 + at.hour).as_bytes()])
    }

    /// Who opened a connection to which port of whom, both inside.
    fn edge(&self, key: &mut TextBuf, value: &mut TextBuf) -> Option<()> {
        let (from, to, port) = self.connection()?;
        let inside = |address: &[u8]| origin::address_kind(address) == Some(origin::PRIVATE);
        (inside(from) && inside(to)).then_some(())?;
        key.push_all(&[self.view.text(Base::OwnVpc).unwrap_or_default(), b"/", from])?;
        value.push_all(&[to, b":", port])
    }

    /// Which address outside a host opened a connection to.
    fn outside(&self, key: &mut TextBuf, value: &mut TextBuf) -> Option<()> {
        let (from, to, _) = self.connection()?;
        let kinds = (origin::address_kind(from)?, origin::address_kind(to)?);
        (kinds == (origin::PRIVATE, origin::PUBLIC)).then_some(())?;
        key.push_all(&[self.view.text(Base::OwnVpc).unwrap_or_default(), b"/", from])?;
        value.push_all(&[to])
    }

    /// Who opened a connection that was let through, to whom, to which port.
    fn connection(&self) -> Option<(&'v [u8], &'v [u8], &'v [u8])> {
        let view = self.view;
        view.says(Base::Action, "ACCEPT").then_some(())?;
        let source = view.text(Base::SourceAddress)?;
        let destination = view.text(Base::DestinationAddress)?;
        Some(match opener(view)? {
            Side::Source => (source, destination, view.text(Base::DestinationPort)?),
            Side::Destination => (destination, source, view.text(Base::SourcePort)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use flowtrail_baseline::DIMENSIONS;
    use flowtrail_event::{EventTime, Record, Service};

    use super::super::testing::{NoRaw, case};
    use super::*;

    fn shown(service: Service, fields: &[(&str, String)]) -> BTreeMap<&'static str, String> {
        let mut projection = Projection::new();
        let sighter = Sighter::plan(&mut projection, service.kind(), DIMENSIONS);
        let mut record = Record::new(projection.len());
        for (name, value) in fields {
            if let Some(slot) = projection.find(name) {
                record.push_own_text(slot, value.as_bytes());
            }
        }
        let time = EventTime::parse(b"2026-11-24T10:20:30Z");
        let event = Event::new(service, &mut record, b"", &NoRaw).at(time);
        let mut all = BTreeMap::new();
        sighter.sightings(&event, &mut |dimension, key, value| {
            all.insert(dimension.name(), format!("{key} -> {value}"));
        });
        all
    }

    fn call(text: &str) -> BTreeMap<&'static str, String> {
        shown(Service::CloudTrail, &case(text))
    }

    fn flow(text: &str) -> BTreeMap<&'static str, String> {
        shown(Service::VpcFlow, &case(text))
    }

    #[track_caller]
    fn assert_shown(all: &BTreeMap<&'static str, String>, expected: &[(&'static str, &str)]) {
        let expected = expected
            .iter()
            .map(|(name, text)| (*name, (*text).to_owned()));
        assert_eq!(*all, expected.collect());
    }

    const ANN: &str = "user=ann | from=198.51.100.7 | ua=aws-cli/2.15.30 | recipientAccountId=111122223333 \
                       | userIdentity.accountId=111122223333 | awsRegion=eu-west-1";
    const ARN: &str = "arn:aws:iam::111122223333:user/ann";

    #[test]
    fn what_a_call_shows() {
        let all = call(&format!(
            "{ANN} | eventSource=s3.amazonaws.com | eventName=CreateBucket \
                                 | userIdentity.accessKeyId=AKIAEXAMPLE"
        ));
        assert_shown(
            &all,
            &[
                ("account_api", "111122223333 -> s3:CreateBucket"),
                ("account_region", "111122223333 -> eu-west-1"),
                ("key_network", "AKIAEXAMPLE -> 198.51.0.0/16"),
                ("principal_api", &format!("{ARN} -> s3:CreateBucket")),
                ("principal_network", &format!("{ARN} -> 198.51.0.0/16")),
                ("principal_region", &format!("{ARN} -> eu-west-1")),
                ("principal_ua", &format!("{ARN} -> aws-cli")),
            ],
        );
    }

    #[test]
    fn what_says_nothing_is_not_shown() {
        // A read has no region that matters, and neither has a service without regions.
        for call_of in [
            "s3.amazonaws.com | eventName=GetObject",
            "iam.amazonaws.com | eventName=CreateUser",
        ] {
            let all = call(&format!("{ANN} | eventSource={call_of}"));
            assert!(
                all.contains_key("principal_api") && !all.contains_key("principal_region"),
                "{all:?}"
            );
            assert!(!all.contains_key("account_region") && !all.contains_key("account_caller"));
        }
        // A service, and a session's key.
        assert_shown(
            &call("type=AWSService | by=config.amazonaws.com | eventName=PutObject"),
            &[],
        );
        assert_shown(&call(""), &[]);
        let all = call(&format!("{ANN} | userIdentity.accessKeyId=ASIAEXAMPLE"));
        assert!(!all.contains_key("key_network"), "{all:?}");
    }

    #[test]
    fn secrets_roles_and_other_accounts() {
        let all = call(&format!(
            "{ANN} | eventSource=secretsmanager.amazonaws.com \
                                 | eventName=GetSecretValue | resources.ARN=arn:aws:secretsmanager:x:1:secret:a"
        ));
        assert_eq!(
            all["principal_secret"],
            format!("{ARN} -> arn:aws:secretsmanager:x:1:secret:a")
        );
        let all = call(
            "user=ann | eventSource=sts.amazonaws.com | eventName=AssumeRole \
                        | requestParameters.roleArn=arn:aws:iam::444455556666:role/admin \
                        | account=111122223333 | recipientAccountId=444455556666",
        );
        assert_eq!(
            all["role_assumer"],
            format!("arn:aws:iam::444455556666:role/admin -> {ARN}")
        );
        assert_eq!(all["account_caller"], "444455556666 -> 111122223333");
    }

    #[test]
    fn hours_of_people() {
        let all =
            call("role=AWSReservedSSO_Admin_0a1b/ann@example.com | console=true | eventName=X");
        // A Tuesday, between ten and eleven.
        assert!(all["person_hours"].ends_with(" -> 34"), "{all:?}");
        assert!(!call(ANN).contains_key("person_hours"));
    }

    const FLOW: &str = "srcaddr=10.1.2.3 | dstaddr=10.9.9.9 | srcport=40000 | dstport=5432 \
                        | protocol=6 | action=ACCEPT | vpc-id=vpc-1";

    #[test]
    fn who_talks_to_whom() {
        assert_shown(&flow(FLOW), &[("edge", "vpc-1/10.1.2.3 -> 10.9.9.9:5432")]);
        // The answer shows the same connection.
        let answer = "srcaddr=10.9.9.9 | dstaddr=10.1.2.3 | srcport=5432 | dstport=40000 \
                      | protocol=6 | action=ACCEPT | vpc-id=vpc-1";
        assert_shown(
            &flow(answer),
            &[("edge", "vpc-1/10.1.2.3 -> 10.9.9.9:5432")],
        );
        let out = FLOW.replace("10.9.9.9", "203.0.113.9");
        assert_shown(
            &flow(&out),
            &[("host_destination", "vpc-1/10.1.2.3 -> 203.0.113.9")],
        );
        assert_shown(&flow(&FLOW.replace("ACCEPT", "REJECT")), &[]);
        assert_shown(&flow(&FLOW.replace("10.1.2.3", "203.0.113.9")), &[]);
    }
}
