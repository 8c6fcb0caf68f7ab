//! The error for a field under `flowtrail.` that does not exist.

use super::fields::DERIVED;
use crate::nearest::edits;

/// Somebody asked for a derived field that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownField {
    /// The name that was asked for.
    pub name: String,
    /// The name that was probably meant.
    pub hint: Option<&'static str>,
}

impl UnknownField {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            hint: nearest(name),
        }
    }
}

impl std::fmt::Display for UnknownField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "unknown field `{}`\nhint: ", self.name.escape_debug())?;
        match self.hint {
            Some(hint) => write!(f, "did you mean `{hint}`?"),
            None => {
                f.write_str("the fields are ")?;
                for (i, field) in DERIVED.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    write!(f, "{comma}`{}`", field.name)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for UnknownField {}

/// The known name that takes the fewest edits, if they are few enough for a
/// slip: a third of the part behind the prefix.
fn nearest(name: &str) -> Option<&'static str> {
    let part = |name: &str| name.strip_prefix("flowtrail.").map_or(0, str::len);
    DERIVED
        .iter()
        .map(|field| (edits(name, field.name), field.name))
        .filter(|(edits, known)| *edits <= part(known).div_ceil(3))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_gets_a_hint_and_an_invention_the_list() {
        let slip = UnknownField::new("flowtrail.user_family");
        assert_eq!(slip.hint, Some("flowtrail.ua_family"));
        assert_eq!(
            slip.to_string(),
            "unknown field `flowtrail.user_family`\nhint: did you mean `flowtrail.ua_family`?"
        );
        let invention = UnknownField::new("flowtrail.weather");
        assert_eq!(invention.hint, None);
        assert!(
            invention
                .to_string()
                .contains("`flowtrail.principal`, `flowtrail.session`")
        );
        assert_eq!(UnknownField::new("flowtrail.").hint, None);
        assert_eq!(UnknownField::new("flowtrail.m").hint, None);
    }
}
