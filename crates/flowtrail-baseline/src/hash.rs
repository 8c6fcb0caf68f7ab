//! The names that keys and values go by: 64 bits of `XXH3`, seeded with what
//! they belong to.
//!
//! Among ten million sightings a new one has the name of another by chance once
//! in 10^12 cases. It is no cryptographic hash, and whoever could choose a
//! value freely could find one that passes for known; names of APIs, regions
//! and countries, networks and families of user agents leave no such choice.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::Dimension;

/// A key in a dimension: who.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u64);

/// A value in a dimension, whoever has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(pub u64);

/// A value of a key in a dimension: who and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SightingId(pub u64);

impl KeyId {
    /// The name of a key.
    #[must_use]
    pub fn new(dimension: Dimension, key: &str) -> Self {
        Self(xxh3_64_with_seed(
            key.as_bytes(),
            u64::from(dimension.code()),
        ))
    }

    /// A whole dimension, which learns as a key does. No key is called like it,
    /// because the name of a key is never empty.
    #[must_use]
    pub fn whole(dimension: Dimension) -> Self {
        Self::new(dimension, "")
    }

    /// The name of a value of it.
    #[must_use]
    pub fn sighting(self, value: &str) -> SightingId {
        SightingId(xxh3_64_with_seed(value.as_bytes(), self.0))
    }
}

impl ValueId {
    /// The name of a value.
    #[must_use]
    pub fn new(dimension: Dimension, value: &str) -> Self {
        let seed = !u64::from(dimension.code());
        Self(xxh3_64_with_seed(value.as_bytes(), seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They stand in files: another version must make the same.
    #[test]
    fn names_never_change() {
        let key = KeyId::new(Dimension::PrincipalApi, "arn:aws:iam::1:role/a");
        let value = ValueId::new(Dimension::PrincipalApi, "s3:GetObject");
        let names = (key.0, key.sighting("s3:GetObject").0, value.0);
        assert_eq!(
            names,
            (
                12_992_172_360_862_919_142,
                13_626_463_606_201_245_733,
                8_300_465_150_459_567_885
            )
        );
    }

    #[test]
    fn names_differ_in_every_part() {
        let name = |d, k: &str, v: &str| KeyId::new(d, k).sighting(v);
        let one = name(Dimension::PrincipalApi, "a", "bc");
        assert_ne!(one, name(Dimension::PrincipalUa, "a", "bc"));
        assert_ne!(one, name(Dimension::PrincipalApi, "ab", "c"));
        assert_ne!(one, name(Dimension::PrincipalApi, "a", "bd"));
    }
}
