//! Small tools over bytes of log text, and the buffer in which a derived value
//! is put together.

/// Longer values than this are rare (a role ARN with a deep path and an SSO
/// session); they spill to the heap and are not cut.
const INLINE_BYTES: usize = 256;

/// A buffer for one derived value. It lives on the stack, so that deriving does
/// not allocate for each event.
pub(crate) struct TextBuf {
    inline: [u8; INLINE_BYTES],
    len: usize,
    /// Holds everything once the inline room was too small.
    spill: Vec<u8>,
}

impl TextBuf {
    pub(crate) const fn new() -> Self {
        Self {
            inline: [0; INLINE_BYTES],
            len: 0,
            spill: Vec::new(),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
        self.spill.clear();
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.spill.is_empty() {
            let end = self.len.saturating_add(bytes.len());
            if let Some(room) = self.inline.get_mut(self.len..end) {
                room.copy_from_slice(bytes);
                self.len = end;
                return;
            }
            let held = self.inline.get(..self.len).unwrap_or_default();
            self.spill.extend_from_slice(held);
        }
        self.spill.extend_from_slice(bytes);
    }

    /// Appends all pieces; the return value lets computations end with it.
    pub(crate) fn push_all(&mut self, pieces: &[&[u8]]) -> Option<()> {
        for piece in pieces {
            self.push(piece);
        }
        Some(())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        if self.spill.is_empty() {
            self.inline.get(..self.len).unwrap_or_default()
        } else {
            &self.spill
        }
    }
}

impl std::fmt::Write for TextBuf {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

/// Whether `needle` stands in `text`, ASCII case aside.
pub(crate) fn contains_ignore_case(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len().max(1))
        .any(|w| w.eq_ignore_ascii_case(needle))
}

/// Whether two words begin with the same letter. It is asked before words are
/// compared, because nearly all comparisons end here.
pub(crate) fn same_initial(word: &[u8], other: &str) -> bool {
    let initial = |b: &u8| b.to_ascii_lowercase();
    word.first().map(initial) == other.as_bytes().first().map(initial)
}

/// Whether `text` ends with `suffix`, ASCII case aside.
pub(crate) fn ends_with_ignore_case(text: &[u8], suffix: &[u8]) -> bool {
    let start = text.len().checked_sub(suffix.len());
    start
        .and_then(|at| text.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

/// What stands before and after the first `separator`.
pub(crate) fn split_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|b| *b == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// A 12-digit account id.
pub(crate) fn is_account_id(text: &[u8]) -> bool {
    text.len() == 12 && text.iter().all(u8::is_ascii_digit)
}

/// The DNS name of an AWS service (`config.amazonaws.com`), as `CloudTrail` puts
/// it in place of an address or a user agent. Regional names and those of the
/// China partition count as well.
pub(crate) fn is_service_name(text: &[u8]) -> bool {
    let name_bytes = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    service_labels(text).is_some_and(|labels| !labels.is_empty())
        && text.iter().all(name_bytes)
        && !text.starts_with(b".")
}

/// The part of a service's DNS name before `.amazonaws.com`.
pub(crate) fn service_labels(text: &[u8]) -> Option<&[u8]> {
    [b".amazonaws.com".as_slice(), b".amazonaws.com.cn"]
        .into_iter()
        .find(|suffix| ends_with_ignore_case(text, suffix))
        .and_then(|suffix| text.get(..text.len().checked_sub(suffix.len())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_kept_whole() {
        let mut buf = TextBuf::new();
        let mut expected = Vec::new();
        for n in 0..100_u8 {
            buf.push(&[n; 7]);
            expected.extend_from_slice(&[n; 7]);
            assert_eq!(buf.bytes(), expected);
        }
        buf.clear();
        assert!(buf.bytes().is_empty());
        buf.push(b"again");
        assert_eq!(buf.bytes(), b"again");
    }

    #[test]
    fn a_value_that_fills_the_buffer_exactly_is_kept() {
        let mut buf = TextBuf::new();
        buf.push(&[b'a'; INLINE_BYTES]);
        assert_eq!(buf.bytes().len(), INLINE_BYTES);
        buf.push(b"");
        buf.push(b"b");
        assert_eq!(buf.bytes().len(), INLINE_BYTES + 1);
    }

    #[test]
    fn service_names_and_their_near_misses() {
        for name in [
            "config.amazonaws.com",
            "ec2.us-east-1.amazonaws.com",
            "sts.cn-north-1.amazonaws.com.cn",
            "member.org.stacksets.cloudformation.amazonaws.com",
            "Config.AmazonAWS.com",
        ] {
            assert!(is_service_name(name.as_bytes()), "{name}");
        }
        for name in [
            "",
            "amazonaws.com",
            ".amazonaws.com",
            "evil.amazonaws.com.example.net",
            "evilamazonaws.com",
            "a b.amazonaws.com",
            "https://config.amazonaws.com",
            "10.0.0.1",
            "AWS Internal",
        ] {
            assert!(!is_service_name(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn searching_ignores_case_and_survives_empty_input() {
        assert!(contains_ignore_case(
            b"Client.UnauthorizedOperation",
            b"unauthorized"
        ));
        assert!(!contains_ignore_case(b"", b"x"));
        assert!(!contains_ignore_case(b"ab", b"abc"));
        assert_eq!(split_once(b"a:b:c", b':'), Some((&b"a"[..], &b"b:c"[..])));
        assert_eq!(split_once(b"abc", b':'), None);
    }
}
