//! The table of dimensions. What is gathered, what files hold and what the
//! documents say derive from it.

use flowtrail_event::Kind;

/// What is to be said of a dimension.
struct Row {
    name: &'static str,
    kind: Kind,
    key: &'static str,
    value: &'static str,
    is_number: bool,
}

/// A row: code and name of a dimension, the logs that it is gathered from, whose
/// values they are, what they are, and whether numbers of hours are kept instead
/// of days of values.
macro_rules! dimensions {
    ($($(#[$doc:meta])+ $is:ident = $code:literal $name:literal $kind:ident $key:literal $value:literal $number:literal;)+) => {
        /// What is remembered of whom. The numbers stand in files and seed
        /// hashes: none is ever given to another one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Dimension {
            $($(#[$doc])+ $is = $code,)+
        }

        /// Every dimension.
        pub const DIMENSIONS: &[Dimension] = &[$(Dimension::$is),+];

        impl Dimension {
            const fn row(self) -> Row {
                match self {
                    $(Self::$is => Row {
                        name: $name,
                        kind: Kind::$kind,
                        key: $key,
                        value: $value,
                        is_number: $number,
                    },)+
                }
            }
        }
    };
}

dimensions! {
    /// A principal calls an API.
    PrincipalApi = 1 "principal_api" CloudTrail "principal" "API" false;
    /// A principal calls from a network.
    PrincipalNetwork = 2 "principal_network" CloudTrail "principal" "network" false;
    /// A principal calls from a country.
    PrincipalCountry = 3 "principal_country" CloudTrail "principal" "country" false;
    /// A principal changes something in a region.
    PrincipalRegion = 4 "principal_region" CloudTrail "principal" "region" false;
    /// A principal calls with a sort of program.
    PrincipalUa = 5 "principal_ua" CloudTrail "principal" "user agent" false;
    /// A principal reads a secret, a parameter, or decrypts with a key.
    PrincipalSecret = 6 "principal_secret" CloudTrail "principal" "secret" false;
    /// Somebody of an account calls an API.
    AccountApi = 7 "account_api" CloudTrail "account" "API" false;
    /// Somebody of an account changes something in a region.
    AccountRegion = 8 "account_region" CloudTrail "account" "region" false;
    /// An account is called into from another one.
    AccountCaller = 9 "account_caller" CloudTrail "account" "caller's account" false;
    /// A role is assumed by a principal.
    RoleAssumer = 10 "role_assumer" CloudTrail "role" "principal" false;
    /// An access key is used from a network.
    KeyNetwork = 11 "key_network" CloudTrail "access key" "network" false;
    /// A host inside opens a connection to a port of another.
    Edge = 12 "edge" Flow "source" "destination and port" false;
    /// A host talks to an address outside.
    HostDestination = 13 "host_destination" Flow "source" "address" false;
    /// Calls of a principal in an hour, by their sort.
    PrincipalCalls = 14 "principal_calls" CloudTrail "principal and sort of call" "calls" true;
    /// Bytes that an interface sends outside in an hour.
    InterfaceBytesOut = 15 "interface_bytes_out" Flow "interface" "bytes" true;
    /// Flows from private addresses that an interface rejects in an hour.
    InterfaceRejects = 16 "interface_rejects" Flow "interface" "flows" true;
    /// Parts of the week in which a person works.
    PersonHours = 17 "person_hours" CloudTrail "person" "part of the week" false;
    /// An access key is created by a principal.
    KeyCreated = 18 "key_created" CloudTrail "access key" "principal" false;
    /// Anybody inside talks to an address outside: one key for all of them.
    Destination = 19 "destination" Flow "everybody" "address" false;
    /// A principal assumes a role: `role_assumer`, seen from the other side.
    PrincipalRole = 20 "principal_role" CloudTrail "principal" "role" false;
    /// A lasting access key is used in a week, of seven days since 1970-01-01.
    KeyWeek = 21 "key_week" CloudTrail "access key" "week" false;
}

impl Dimension {
    /// Its number in files.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The dimension of a number in a file.
    #[must_use]
    pub fn of_code(code: u8) -> Option<Self> {
        DIMENSIONS.iter().copied().find(|d| d.code() == code)
    }

    /// Its name, as `flowtrail.first_seen` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The dimension of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        DIMENSIONS.iter().copied().find(|d| d.name() == name)
    }

    /// The logs that it is gathered from.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.row().kind
    }

    /// Whose values they are, in a word or two.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.row().key
    }

    /// What its values are, in a word or two.
    #[must_use]
    pub const fn value(self) -> &'static str {
        self.row().value
    }

    /// Whether numbers of hours are kept, and not days of values.
    #[must_use]
    pub const fn is_number(self) -> bool {
        self.row().is_number
    }

    /// Whether a number's key is known from records that add nothing to it, so
    /// that hours with nothing say as much as others: who was never refused is
    /// known not to be.
    #[must_use]
    pub const fn is_watched(self) -> bool {
        matches!(self, Self::InterfaceRejects)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_codes_are_given_once() {
        let codes: BTreeSet<u8> = DIMENSIONS.iter().map(|d| d.code()).collect();
        let names: BTreeSet<&str> = DIMENSIONS.iter().map(|d| d.name()).collect();
        assert_eq!(
            (codes.len(), names.len()),
            (DIMENSIONS.len(), DIMENSIONS.len())
        );
        for (at, dimension) in DIMENSIONS.iter().copied().enumerate() {
            assert_eq!(usize::from(dimension.code()), at + 1);
            assert_eq!(Dimension::of_code(dimension.code()), Some(dimension));
            assert_eq!(Dimension::of_name(dimension.name()), Some(dimension));
        }
        assert_eq!(Dimension::of_code(0), None);
    }
}
