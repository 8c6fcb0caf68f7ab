//! Amazon Resource Names, as far as identities need them.

use super::text::split_once;

/// `arn:partition:service:region:account:resource`, borrowed from the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub(crate) partition: &'a [u8],
    /// 12 digits, or empty.
    pub(crate) account: &'a [u8],
    /// Everything behind the fifth colon, further colons included.
    pub(crate) resource: &'a [u8],
}

impl<'a> Arn<'a> {
    /// `None` if `text` does not have the six parts.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let (scheme, rest) = split_once(text, b':')?;
        let (partition, rest) = split_once(rest, b':')?;
        let (_service, rest) = split_once(rest, b':')?;
        let (_region, rest) = split_once(rest, b':')?;
        let (account, resource) = split_once(rest, b':')?;
        (scheme == b"arn" && !resource.is_empty()).then_some(Self {
            partition,
            account,
            resource,
        })
    }

    /// The name and the path of a role: `role/path/NAME` is `(NAME, path/)`.
    pub(crate) fn role(&self) -> Option<(&'a [u8], &'a [u8])> {
        let full = self.resource.strip_prefix(b"role/")?;
        let at = full.iter().rposition(|b| *b == b'/').map_or(0, |i| i + 1);
        let (path, name) = full.split_at_checked(at)?;
        (!name.is_empty()).then_some((name, path))
    }

    /// Name and session of `assumed-role/NAME/SESSION`.
    pub(crate) fn assumed_role(&self) -> Option<(&'a [u8], Option<&'a [u8]>)> {
        let full = self.resource.strip_prefix(b"assumed-role/")?;
        let (name, session) = match split_once(full, b'/') {
            Some((name, session)) => (name, Some(session)),
            None => (full, None),
        };
        (!name.is_empty()).then_some((name, session.filter(|s| !s.is_empty())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role_of(text: &str) -> Option<(&[u8], &[u8])> {
        Arn::parse(text.as_bytes())?.role()
    }

    #[test]
    fn roles_with_and_without_a_path() {
        assert_eq!(
            role_of("arn:aws:iam::123456789012:role/Deploy"),
            Some((&b"Deploy"[..], &b""[..]))
        );
        assert_eq!(
            role_of("arn:aws:iam::123456789012:role/a/b/Deploy"),
            Some((&b"Deploy"[..], &b"a/b/"[..]))
        );
        assert_eq!(role_of("arn:aws:iam::123456789012:role/a/"), None);
        assert_eq!(role_of("arn:aws:iam::123456789012:user/Ann"), None);
    }

    #[test]
    fn assumed_roles_with_and_without_a_session() {
        let parse = |text: &'static str| Arn::parse(text.as_bytes()).unwrap().assumed_role();
        assert_eq!(
            parse("arn:aws-cn:sts::123456789012:assumed-role/R/s"),
            Some((&b"R"[..], Some(&b"s"[..])))
        );
        assert_eq!(
            parse("arn:aws:sts::123456789012:assumed-role/R"),
            Some((&b"R"[..], None))
        );
        assert_eq!(
            parse("arn:aws:sts::123456789012:assumed-role/R/"),
            Some((&b"R"[..], None))
        );
        assert_eq!(parse("arn:aws:sts::123456789012:assumed-role//s"), None);
    }

    #[test]
    fn what_is_no_arn() {
        for text in [
            "",
            "arn",
            "arn:aws:iam::1",
            "arn:aws:iam::1:",
            "urn:a:b:c:d:e",
            ":::::",
        ] {
            assert_eq!(Arn::parse(text.as_bytes()), None, "{text}");
        }
    }
}
