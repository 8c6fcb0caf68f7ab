//! Templates of JSON with `$names` in them: taken apart once, filled often.

use super::catalogue::Api;
use crate::random::Random;
use crate::text::{self, Alphabet};
use crate::world::{Account, Interface, Tier, dotted};

/// Something that a template can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// Given by the call: who, where, when.
    Setting(Setting),
    /// One of the account's resources; the same one throughout an event.
    Thing(Thing),
    /// New each time.
    Fresh(Fresh),
}

/// Who, where and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    Account,
    Region,
    Arn,
    Session,
    Action,
    Request,
    Now,
    DatePath,
    Expiry,
    Created,
    /// The key of an S3 object.
    Object,
    /// Given by a script; empty otherwise.
    Name,
    Outside,
    Value,
    Other,
}

/// A resource of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    Bucket,
    Key,
    Secret,
    Parameter,
    Function,
    Service,
    Database,
    Table,
    Queue,
    Role,
    HostRole,
    Group,
    Volume,
    Snapshot,
    Image,
    Cluster,
    Trail,
    Detector,
    Instance,
    Address,
    Vpc,
    Subnet,
    Interface,
    User,
}

/// A random text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fresh {
    Uuid,
    Hex8,
    Hex16,
    Hex32,
    Suffix,
    S3Request,
    S3Host,
    RoleId,
    UserId,
    AccessKey,
    Token,
    Number,
    Small,
    Size,
}

/// Every name that a template can use.
pub(crate) const FIELDS: [(&str, Field); 53] = [
    ("account", Field::Setting(Setting::Account)),
    ("region", Field::Setting(Setting::Region)),
    ("arn", Field::Setting(Setting::Arn)),
    ("session", Field::Setting(Setting::Session)),
    ("action", Field::Setting(Setting::Action)),
    ("request", Field::Setting(Setting::Request)),
    ("now", Field::Setting(Setting::Now)),
    ("datepath", Field::Setting(Setting::DatePath)),
    ("expiry", Field::Setting(Setting::Expiry)),
    ("created", Field::Setting(Setting::Created)),
    ("object", Field::Setting(Setting::Object)),
    ("name", Field::Setting(Setting::Name)),
    ("outside", Field::Setting(Setting::Outside)),
    ("value", Field::Setting(Setting::Value)),
    ("other", Field::Setting(Setting::Other)),
    ("bucket", Field::Thing(Thing::Bucket)),
    ("key", Field::Thing(Thing::Key)),
    ("secret", Field::Thing(Thing::Secret)),
    ("parameter", Field::Thing(Thing::Parameter)),
    ("function", Field::Thing(Thing::Function)),
    ("service", Field::Thing(Thing::Service)),
    ("database", Field::Thing(Thing::Database)),
    ("table", Field::Thing(Thing::Table)),
    ("queue", Field::Thing(Thing::Queue)),
    ("role", Field::Thing(Thing::Role)),
    ("hostrole", Field::Thing(Thing::HostRole)),
    ("group", Field::Thing(Thing::Group)),
    ("volume", Field::Thing(Thing::Volume)),
    ("snapshot", Field::Thing(Thing::Snapshot)),
    ("image", Field::Thing(Thing::Image)),
    ("cluster", Field::Thing(Thing::Cluster)),
    ("trail", Field::Thing(Thing::Trail)),
    ("detector", Field::Thing(Thing::Detector)),
    ("instance", Field::Thing(Thing::Instance)),
    ("address", Field::Thing(Thing::Address)),
    ("vpc", Field::Thing(Thing::Vpc)),
    ("subnet", Field::Thing(Thing::Subnet)),
    ("interface", Field::Thing(Thing::Interface)),
    ("user", Field::Thing(Thing::User)),
    ("uuid", Field::Fresh(Fresh::Uuid)),
    ("hexa", Field::Fresh(Fresh::Hex8)),
    ("hexb", Field::Fresh(Fresh::Hex16)),
    ("hexc", Field::Fresh(Fresh::Hex32)),
    ("suffix", Field::Fresh(Fresh::Suffix)),
    ("sthree", Field::Fresh(Fresh::S3Request)),
    ("shost", Field::Fresh(Fresh::S3Host)),
    ("roleid", Field::Fresh(Fresh::RoleId)),
    ("userid", Field::Fresh(Fresh::UserId)),
    ("accesskey", Field::Fresh(Fresh::AccessKey)),
    ("token", Field::Fresh(Fresh::Token)),
    ("number", Field::Fresh(Fresh::Number)),
    ("small", Field::Fresh(Fresh::Small)),
    ("size", Field::Fresh(Fresh::Size)),
];

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// As it stands.
    Text(&'static str),
    /// To be filled in.
    Field(Field),
}

/// Takes a template apart. A `$` that begins no known name (`$LATEST`) is text.
pub(crate) fn parse(template: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let mut from = 0;
    while let Some(at) = rest.get(from..).and_then(|r| r.find('$')) {
        let at = from + at;
        let word = rest.get(at + 1..).unwrap_or("");
        let len = word.bytes().take_while(u8::is_ascii_lowercase).count();
        let name = word.get(..len).unwrap_or("");
        let Some((_, field)) = FIELDS.iter().find(|(n, _)| *n == name) else {
            from = at + 1;
            continue;
        };
        let (before, after) = rest.split_at(at);
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Field(*field));
        rest = after.get(len + 1..).unwrap_or("");
        from = 0;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// What an event's templates are filled with.
pub(crate) struct Scope<'a> {
    pub(crate) account: &'a Account,
    pub(crate) region: &'a str,
    /// Seconds since 1970.
    pub(crate) time: i64,
    /// Chooses among the account's resources, for the whole event.
    pub(crate) choice: u64,
    pub(crate) arn: &'a str,
    pub(crate) session: &'a str,
    /// Values that a script sets, before anything else is asked.
    pub(crate) given: &'a [(Field, &'a str)],
}

impl Scope<'_> {
    fn one<'t>(&self, of: &'t [String]) -> &'t str {
        let n = u64::try_from(of.len()).unwrap_or(1).max(1);
        usize::try_from(self.choice % n)
            .ok()
            .and_then(|i| of.get(i))
            .map_or("", String::as_str)
    }

    fn host(&self) -> Option<&Interface> {
        let apps = || self.account.vpcs.iter().flat_map(|v| v.of(Tier::App));
        let n = u64::try_from(apps().count()).unwrap_or(1).max(1);
        apps().nth(usize::try_from(self.choice % n).unwrap_or(0))
    }

    fn thing(&self, thing: Thing, out: &mut Vec<u8>) {
        let stock = &self.account.stock;
        let host = || self.host();
        let text = match thing {
            Thing::Bucket => self.one(&stock.buckets),
            Thing::Key => self.one(&stock.keys),
            Thing::Secret => self.one(&stock.secrets),
            Thing::Parameter => self.one(&stock.parameters),
            Thing::Function => self.one(&stock.functions),
            Thing::Service => self.one(&stock.services),
            Thing::Database => self.one(&stock.databases),
            Thing::Table => self.one(&stock.tables),
            Thing::Queue => self.one(&stock.queues),
            Thing::Role => self.one(&stock.roles),
            Thing::HostRole => self.one(&stock.host_roles),
            Thing::Group => self.one(&stock.groups),
            Thing::Volume => self.one(&stock.volumes),
            Thing::Snapshot => self.one(&stock.snapshots),
            Thing::Image => self.one(&stock.images),
            Thing::Cluster => &stock.cluster,
            Thing::Trail => &stock.trail,
            Thing::Detector => &stock.detector,
            Thing::Instance => host().map_or("", |h| h.instance.as_str()),
            Thing::Subnet => host().map_or("", |h| h.subnet.as_str()),
            Thing::Interface => host().map_or("", |h| h.id.as_str()),
            Thing::Address => {
                let address = host().map_or([10, 0, 0, 1], |h| h.address);
                out.extend_from_slice(dotted(address).as_bytes());
                return;
            }
            Thing::Vpc => self.account.vpcs.first().map_or("", |v| v.id.as_str()),
            Thing::User => self.account.legacy_users().next().unwrap_or(""),
        };
        out.extend_from_slice(text.as_bytes());
    }

    fn setting(&self, setting: Setting, event: &Event<'_>, out: &mut Vec<u8>) {
        match setting {
            Setting::Account => out.extend_from_slice(self.account.id.as_bytes()),
            Setting::Region => out.extend_from_slice(self.region.as_bytes()),
            Setting::Arn => out.extend_from_slice(self.arn.as_bytes()),
            Setting::Session => out.extend_from_slice(self.session.as_bytes()),
            Setting::Action => out.extend_from_slice(event.api.action.as_bytes()),
            Setting::Request => out.extend_from_slice(&event.request_id),
            Setting::Now => text::iso_time(out, self.time),
            Setting::DatePath => text::date_path(out, self.time),
            Setting::Expiry => text::java_time(out, self.time + 3600, true),
            Setting::Created => text::java_time(out, self.time, false),
            Setting::Object => {
                out.extend_from_slice(b"exports/");
                text::date_path(out, self.time);
                out.extend_from_slice(b"/part-");
                text::number(out, self.choice % 5000);
                out.extend_from_slice(b".parquet");
            }
            Setting::Name | Setting::Outside | Setting::Value | Setting::Other => {}
        }
    }
}

/// What belongs to one event only.
pub(crate) struct Event<'a> {
    pub(crate) api: &'a Api,
    /// A UUID, or sixteen characters for S3.
    pub(crate) request_id: Vec<u8>,
}

fn fresh(fresh: Fresh, random: &mut Random, out: &mut Vec<u8>) {
    let mut name = |prefix: &[u8], alphabet, len| {
        out.extend_from_slice(prefix);
        text::name(out, alphabet, len, random);
    };
    match fresh {
        Fresh::Hex8 => name(b"", Alphabet::Hex, 8),
        Fresh::Hex16 => name(b"", Alphabet::Hex, 16),
        Fresh::Hex32 => name(b"", Alphabet::Hex, 32),
        Fresh::Suffix => name(b"", Alphabet::Base62, 6),
        Fresh::S3Request => name(b"", Alphabet::Base36, 16),
        Fresh::S3Host => {
            name(b"", Alphabet::Base62, 75);
            out.push(b'=');
        }
        Fresh::RoleId => name(b"AROA", Alphabet::Base32, 17),
        Fresh::UserId => name(b"AIDA", Alphabet::Base32, 17),
        Fresh::AccessKey => name(b"ASIA", Alphabet::Base32, 16),
        // Real tokens run to 800 characters; their beginning is always the same.
        Fresh::Token => name(b"IQoJb3JpZ2luX2Vj", Alphabet::Base62, 48),
        Fresh::Uuid => out.extend_from_slice(&text::uuid(random)),
        Fresh::Number => text::number(out, random.below(100_000)),
        Fresh::Small => text::number(out, random.between(1, 50)),
        Fresh::Size => text::number(out, random.heavy(4000)),
    }
}

/// Appends the filled template.
pub(crate) fn fill(
    pieces: &[Piece],
    scope: &Scope<'_>,
    event: &Event<'_>,
    random: &mut Random,
    out: &mut Vec<u8>,
) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
            Piece::Field(field) => {
                if let Some((_, value)) = scope.given.iter().find(|(f, _)| f == field) {
                    out.extend_from_slice(value.as_bytes());
                    continue;
                }
                match *field {
                    Field::Setting(setting) => scope.setting(setting, event, out),
                    Field::Thing(thing) => scope.thing(thing, out),
                    Field::Fresh(kind) => fresh(kind, random, out),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_taken_apart_at_known_names() {
        assert_eq!(
            parse(r#"{"a":"$bucket-x","b":"[$LATEST]$uuid"}"#),
            [
                Piece::Text(r#"{"a":""#),
                Piece::Field(Field::Thing(Thing::Bucket)),
                Piece::Text(r#"-x","b":"[$LATEST]"#),
                Piece::Field(Field::Fresh(Fresh::Uuid)),
                Piece::Text(r#""}"#),
            ]
        );
        assert_eq!(parse("a $unknown b"), [Piece::Text("a $unknown b")]);
        assert_eq!(parse("$"), [Piece::Text("$")]);
        assert_eq!(parse(""), []);
    }

    #[test]
    fn names_are_unique() {
        for (i, (name, _)) in FIELDS.iter().enumerate() {
            assert!(FIELDS[..i].iter().all(|(n, _)| n != name), "{name}");
        }
    }
}
