//! What the name of a role session looks like.
//!
//! Whoever assumes a role chooses the name, so its look is a description and
//! not a proof: it sorts callers into `workload` and `human`, and never into a
//! class that a rule would leave out.

/// A timestamp in seconds has ten digits. Shorter numbers are left alone: some
/// companies name their people by number.
const SERIAL_DIGITS_MIN: usize = 10;

const UUID_BYTES: usize = 36;

/// Lambda and ECS tasks name sessions by 32 hexadecimal digits.
const TASK_ID_BYTES: usize = 32;

/// `someone@example.com`, which identity providers hand on as session names.
pub(super) fn is_email(name: &[u8]) -> bool {
    let mut parts = name.split(|b| *b == b'@');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(local), Some(domain), None) => {
            !local.is_empty() && domain.split(|b| *b == b'.').count() > 1 && is_domain(domain)
        }
        (_, _, _) => false,
    }
}

fn is_domain(domain: &[u8]) -> bool {
    domain
        .split(|b| *b == b'.')
        .all(|label| !label.is_empty() && label.iter().all(is_label_byte))
}

const fn is_label_byte(b: &u8) -> bool {
    b.is_ascii_alphanumeric() || *b == b'-'
}

/// Names that programs make up: an instance (`i-0123456789abcdef0`), a serial
/// number alone or at the end (`botocore-session-1722375070`,
/// `aws-go-sdk-1722375070115152000`), a task id, a UUID alone or at the end.
pub(super) fn is_machine_made(name: &[u8]) -> bool {
    is_instance(name) || ends_in_serial(name) || is_hex(name, TASK_ID_BYTES) || ends_in_uuid(name)
}

/// `i-` of EC2 and `mi-` of Systems Manager, with 8 or 17 hexadecimal digits.
fn is_instance(name: &[u8]) -> bool {
    let id = name
        .strip_prefix(b"i-")
        .or_else(|| name.strip_prefix(b"mi-"));
    id.is_some_and(|id| is_hex(id, 8) || is_hex(id, 17))
}

fn is_hex(text: &[u8], len: usize) -> bool {
    text.len() == len && text.iter().all(u8::is_ascii_hexdigit)
}

fn ends_in_serial(name: &[u8]) -> bool {
    let digits = name.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let before = name.iter().rev().nth(digits);
    digits >= SERIAL_DIGITS_MIN && before.is_none_or(|b| matches!(b, b'-' | b'_'))
}

fn ends_in_uuid(name: &[u8]) -> bool {
    let Some(start) = name.len().checked_sub(UUID_BYTES) else {
        return false;
    };
    let (head, uuid) = name.split_at_checked(start).unwrap_or_default();
    let dashes = [8, 13, 18, 23];
    let fits = uuid
        .iter()
        .enumerate()
        .all(|(i, b)| match dashes.contains(&i) {
            true => *b == b'-',
            false => b.is_ascii_hexdigit(),
        });
    fits && head.last().is_none_or(|b| !b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_programs_make() {
        for name in [
            "i-0123456789abcdef0",
            "i-786a3A8B5C0d92eF4",
            "i-1a2b3c4d",
            "mi-0123456789abcdef0",
            "botocore-session-1722375070",
            "aws-go-sdk-1722375070115152000",
            "aws-sdk-java-1709630105164",
            "awslambda_282_20211202220456968",
            "1722375070115",
            "c95c6bcfe9033cfff4d3d0c295caf16e",
            "0f14d0ab-9605-4a62-a9e4-5ed26688389b",
            "AWSCodeBuild-0f14d0ab-9605-4a62-a9e4-5ed26688389b",
            "eks-prod-web-0f14d0ab-9605-4a62-a9e4-5ed26688389b",
        ] {
            assert!(is_machine_made(name.as_bytes()), "{name}");
            assert!(!is_email(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn names_that_say_nothing() {
        for name in [
            "",
            "cli",
            "ann",
            "1234567",
            "i-",
            "i-0123456789abcdeg0",
            "i-0123456789abcdef01",
            "xi-0123456789abcdef0",
            "ann1722375070115",
            "c95c6bcfe9033cfff4d3d0c295caf16",
            "x0f14d0ab-9605-4a62-a9e4-5ed26688389b",
            "0f14d0ab+9605-4a62-a9e4-5ed26688389b",
            "GitHubActions",
            "\u{fffd}\u{fffd}",
        ] {
            assert!(!is_machine_made(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn emails_and_their_near_misses() {
        for name in ["ann@example.com", "a.b+c@mail.example.co.uk"] {
            assert!(is_email(name.as_bytes()), "{name}");
        }
        for name in [
            "@example.com",
            "ann@",
            "ann@example",
            "ann@example.",
            "ann@@example.com",
            "a@b@example.com",
            "ann@exa mple.com",
            "ann",
        ] {
            assert!(!is_email(name.as_bytes()), "{name}");
        }
    }
}
