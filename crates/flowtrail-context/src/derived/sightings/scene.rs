//! What one record says of whom, dimension by dimension.

use flowtrail_baseline::{Day, Dimension};
use flowtrail_event::Kind;

use super::super::base::{Base, View};
use super::super::identity::{IdentityClass, identity_class, principal};
use super::super::opening::{Side, opener};
use super::super::text::{TextBuf, service_labels};
use super::super::{agent, api, class, globe, network, origin};
use super::week_of;

/// Services whose calls are recorded in one region, wherever they are made: the
/// region of a change says nothing.
const GLOBAL: [&[u8]; 18] = [
    b"account",
    b"artifact",
    b"budgets",
    b"ce",
    b"cloudfront",
    b"ecr-public",
    b"globalaccelerator",
    b"health",
    b"iam",
    b"networkmanager",
    b"organizations",
    b"route53",
    b"route53domains",
    b"shield",
    b"signin",
    b"sts",
    b"support",
    b"waf",
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

/// The one key of what is the same for all.
const EVERYBODY: &[u8] = b"*";

/// The number of that day of a week that begins with Monday.
const SATURDAY: u32 = 5;

/// Hours of a part of the week.
const PART_HOURS: u32 = 4;

/// How the keys of people and programs begin; those of sessions live for hours.
const LASTING_KEY: &[u8] = b"AKIA";

/// What dimensions of one record have in common.
pub(super) struct Scene<'v> {
    view: View<'v>,
    principal: TextBuf,
    api: TextBuf,
    network: TextBuf,
}

impl<'v> Scene<'v> {
    pub(super) fn of(view: View<'v>, kind: Kind) -> Option<Self> {
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

    pub(super) fn show(
        &self,
        dimension: Dimension,
        key: &mut TextBuf,
        value: &mut TextBuf,
    ) -> Option<()> {
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
            Dimension::PrincipalRole => {
                ASSUMES.contains(&self.api.bytes()).then_some(())?;
                self.of_principal(key, value, view.text(Base::RoleToAssume)?)
            }
            Dimension::KeyNetwork => {
                let access_key = view.text(Base::AccessKey)?;
                access_key.starts_with(LASTING_KEY).then_some(())?;
                key.push(access_key);
                value.push_all(&[self.network.bytes()])
            }
            Dimension::KeyWeek => {
                let access_key = view.text(Base::AccessKey)?;
                access_key.starts_with(LASTING_KEY).then_some(())?;
                key.push(access_key);
                let week = week_of(Day::of(view.time()?));
                value.push_all(&[itoa::Buffer::new().format(week).as_bytes()])
            }
            Dimension::PersonHours => self.hour(key, value),
            Dimension::Edge => self.edge(key, value),
            Dimension::HostDestination => self.outside(key, value),
            Dimension::Destination => {
                let mut who = TextBuf::new();
                self.outside(&mut who, value)?;
                key.push_all(&[EVERYBODY])
            }
            Dimension::KeyCreated => {
                key.push(view.text(Base::CreatedKey)?);
                value.push_all(&[self.principal.bytes()])
            }
            Dimension::PrincipalCountry => {
                key.push(self.principal.bytes());
                globe::country(view, value)
            }
            // They are numbers.
            Dimension::PrincipalCalls
            | Dimension::InterfaceBytesOut
            | Dimension::InterfaceRejects => None,
        }
    }

    /// What the record adds to a number, and whose it is.
    pub(super) fn number(&self, dimension: Dimension, key: &mut TextBuf) -> Option<u64> {
        let view = self.view;
        match dimension {
            Dimension::PrincipalCalls => {
                let mut sort = TextBuf::new();
                class::class(view, &mut sort)?;
                self.calls(sort.bytes(), key)?;
                Some(1)
            }
            Dimension::InterfaceBytesOut => {
                self.goes_out()?;
                key.push(view.text(Base::Interface)?);
                view.number(Base::Bytes)
            }
            Dimension::InterfaceRejects => {
                view.says(Base::Action, "REJECT").then_some(())?;
                let kind = origin::address_kind(view.text(Base::SourceAddress)?);
                (kind == Some(origin::PRIVATE)).then_some(())?;
                key.push(view.text(Base::Interface)?);
                Some(1)
            }
            Dimension::PrincipalApi
            | Dimension::PrincipalNetwork
            | Dimension::PrincipalCountry
            | Dimension::PrincipalRegion
            | Dimension::PrincipalUa
            | Dimension::PrincipalSecret
            | Dimension::AccountApi
            | Dimension::AccountRegion
            | Dimension::AccountCaller
            | Dimension::RoleAssumer
            | Dimension::PrincipalRole
            | Dimension::KeyNetwork
            | Dimension::Edge
            | Dimension::HostDestination
            | Dimension::PersonHours
            | Dimension::KeyCreated
            | Dimension::KeyWeek
            | Dimension::Destination => None,
        }
    }

    /// Under which key calls of a sort are counted: by account, so that the hours
    /// of two accounts never meet.
    pub(super) fn calls(&self, sort: &[u8], key: &mut TextBuf) -> Option<()> {
        let account = self.view.text(Base::RecipientAccount)?;
        let principal = self.principal.bytes();
        (!principal.is_empty()).then_some(())?;
        push_words(key, &[account, principal, sort]);
        Some(())
    }

    /// Whether the record is of bytes that leave for the outside, and not for
    /// one of AWS's services.
    fn goes_out(&self) -> Option<()> {
        let view = self.view;
        let kind = |base| origin::address_kind(view.text(base)?);
        let leaves = kind(Base::SourceAddress)? == origin::PRIVATE
            && kind(Base::DestinationAddress)? == origin::PUBLIC;
        let ours = view.says(Base::Action, "ACCEPT") && !view.says(Base::Direction, "ingress");
        (leaves && ours && !view.has(Base::DestinationService)).then_some(())
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

    /// Secrets Manager names no resource: there the secret is as its caller
    /// wrote it, and who writes it otherwise asks for another one.
    fn secret(&self) -> Option<&'v [u8]> {
        let hands_out = HANDS_OUT.contains(&self.api.bytes());
        let resource = || self.view.text(Base::ResourceArn);
        hands_out.then(|| resource().or_else(|| self.view.text(Base::SecretId)))?
    }

    /// The part of the week in which a person does something, in UTC: four hours
    /// of a working day or of a weekend, by the first of them. Finer parts would
    /// be new for months.
    fn hour(&self, key: &mut TextBuf, value: &mut TextBuf) -> Option<()> {
        let mut sort = TextBuf::new();
        identity_class(self.view, &mut sort)?;
        (sort.bytes() == IdentityClass::Human.name().as_bytes()).then_some(())?;
        let at = self.view.time()?.civil();
        key.push(self.principal.bytes());
        let days: &[u8] = match at.weekday {
            0..SATURDAY => b"workday ",
            _ => b"weekend ",
        };
        let mut digits = itoa::Buffer::new();
        let first = at.hour / PART_HOURS * PART_HOURS;
        value.push_all(&[days, digits.format(first).as_bytes()])
    }

    /// Who opened a connection to which port of whom, both inside.
    fn edge(&self, key: &mut TextBuf, value: &mut TextBuf) -> Option<()> {
        let (from, to, port) = self.connection()?;
        let inside = |address: &[u8]| origin::address_kind(address) == Some(origin::PRIVATE);
        (inside(from) && inside(to)).then_some(())?;
        key.push_all(&[self.view.text(Base::OwnVpc).unwrap_or_default(), b"/", from])?;
        value.push_all(&[to, b":", port])
    }

    /// Which address outside a host opened a connection to. Not what a gateway
    /// passes on: that would be a second host for each that is behind it, and
    /// nothing would be rare that was seen once.
    fn outside(&self, key: &mut TextBuf, value: &mut TextBuf) -> Option<()> {
        let (from, to, _) = self.connection()?;
        (!self.is_gateway()).then_some(())?;
        let kinds = (origin::address_kind(from)?, origin::address_kind(to)?);
        (kinds == (origin::PRIVATE, origin::PUBLIC)).then_some(())?;
        key.push_all(&[self.view.text(Base::OwnVpc).unwrap_or_default(), b"/", from])?;
        value.push_all(&[to])
    }

    /// Whether the record is of a gateway, by the type of its interface, or,
    /// where the format has no type, by a way through an internet gateway of an
    /// interface that belongs to nothing.
    fn is_gateway(&self) -> bool {
        let view = self.view;
        let is = |base, names: &[&str]| names.iter().any(|name| view.says(base, name));
        let owned = view.has(Base::OwnInstance) || view.has(Base::OwnTask);
        is(
            Base::InterfaceType,
            &["nat_gateway", "regional_nat_gateway"],
        ) || matches!(view.number(Base::TrafficPath), Some(2 | 8))
            && view.says(Base::Direction, "egress")
            && !owned
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

fn push_words(out: &mut TextBuf, words: &[&[u8]]) {
    for (n, word) in words.iter().enumerate() {
        if n > 0 {
            out.push(b" ");
        }
        out.push(word);
    }
}
