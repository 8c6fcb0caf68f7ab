//! `flowtrail.api.class`: what sort of thing a call does.

use super::api::without_version;
use super::base::{Base, View};
use super::text::{TextBuf, service_labels};

pub(super) const READ: &str = "read";
pub(super) const WRITE: &str = "write";
pub(super) const DELETE: &str = "delete";
pub(super) const AUTH: &str = "auth";
pub(super) const CRYPTO: &str = "crypto";

/// Every sort.
pub(super) const ALL: [&str; 5] = [READ, WRITE, DELETE, AUTH, CRYPTO];

/// First words of calls that only read.
const READS: &[&str] = &[
    "BatchGet", "Check", "Count", "Describe", "Detect", "Discover", "Download", "Estimate",
    "Filter", "Get", "Head", "List", "Lookup", "Preview", "Query", "Read", "Scan", "Search",
    "Select", "Simulate", "Test", "Validate", "Verify", "View",
];

/// First words of calls that change something.
const WRITES: &[&str] = &[
    "Accept",
    "Add",
    "Allocate",
    "Apply",
    "Associate",
    "Attach",
    "Authorize",
    "BatchDelete",
    "BatchPut",
    "BatchWrite",
    "Cancel",
    "Change",
    "Complete",
    "Confirm",
    "Copy",
    "Create",
    "Deactivate",
    "Delete",
    "Deregister",
    "Detach",
    "Disable",
    "Disassociate",
    "Enable",
    "Export",
    "Import",
    "Invite",
    "Leave",
    "Modify",
    "Move",
    "Publish",
    "Put",
    "Reboot",
    "Register",
    "Release",
    "Remove",
    "Replace",
    "Reset",
    "Restore",
    "Revoke",
    "Rotate",
    "Run",
    "Schedule",
    "Send",
    "Set",
    "Start",
    "Stop",
    "Tag",
    "Terminate",
    "Unassign",
    "Untag",
    "Update",
    "Upload",
    "Write",
];

/// First words of calls that take something away. They are among those that
/// write.
const TAKES_AWAY: &[&str] = &[
    "Delete",
    "Deregister",
    "Destroy",
    "Purge",
    "Remove",
    "Revoke",
    "Terminate",
];

/// Calls of KMS that use a key.
const USES_KEY: &[&str] = &[
    "Decrypt",
    "DeriveSharedSecret",
    "Encrypt",
    "GenerateDataKey",
    "GenerateMac",
    "ReEncrypt",
    "Sign",
    "Verify",
];

/// The sort of a call. Absent unless the record has service and name.
pub(super) fn class(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let source = view.text(Base::EventSource)?;
    let service = service_labels(source).unwrap_or(source);
    let name = std::str::from_utf8(without_version(view.text(Base::EventName)?)).ok()?;
    out.push_all(&[sort(view, service, name).as_bytes()])
}

fn sort(view: View<'_>, service: &[u8], name: &str) -> &'static str {
    let begins_with_any = |words: &[&str]| words.iter().any(|w| begins_with(name, w));
    match service {
        b"sts" if name != "GetCallerIdentity" && name != "GetAccessKeyInfo" => AUTH,
        b"signin" | b"sso" | b"sso-oauth" | b"rolesanywhere"
            if !reads_by_name(name).unwrap_or(false) =>
        {
            AUTH
        }
        b"kms" if begins_with_any(USES_KEY) => CRYPTO,
        _ if begins_with_any(TAKES_AWAY) => DELETE,
        _ => {
            let told = view
                .text(Base::ReadOnly)
                .map(|t| t.eq_ignore_ascii_case(b"true"));
            match told.or_else(|| reads_by_name(name)) {
                Some(true) => READ,
                Some(false) | None => WRITE,
            }
        }
    }
}

/// A word ends where the next one begins: `Getaway` does not begin with `Get`.
fn begins_with(name: &str, word: &str) -> bool {
    let rest = name.strip_prefix(word);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// What the first word of a call's name lets expect: whether it changes nothing.
#[must_use]
pub fn reads_by_name(name: &str) -> Option<bool> {
    if READS.iter().any(|word| begins_with(name, word)) {
        return Some(true);
    }
    let writes = WRITES.iter().any(|word| begins_with(name, word));
    writes.then_some(false)
}

#[cfg(test)]
mod tests {
    use super::super::testing::cloudtrail;

    #[test]
    fn calls_of_every_sort() {
        for (service, name, read_only, expected) in [
            ("s3", "GetObject", "", "read"),
            ("s3", "GetObject", "true", "read"),
            ("ec2", "DescribeInstances", "", "read"),
            ("ec2", "RunInstances", "false", "write"),
            ("ec2", "TerminateInstances", "false", "delete"),
            ("iam", "DeleteUser", "", "delete"),
            ("iam", "RemoveUserFromGroup", "", "delete"),
            ("sts", "AssumeRole", "true", "auth"),
            ("sts", "GetSessionToken", "true", "auth"),
            ("sts", "GetCallerIdentity", "true", "read"),
            ("signin", "ConsoleLogin", "false", "auth"),
            ("kms", "Decrypt", "true", "crypto"),
            ("kms", "GenerateDataKeyWithoutPlaintext", "true", "crypto"),
            ("kms", "DescribeKey", "true", "read"),
            ("kms", "ScheduleKeyDeletion", "false", "write"),
            ("lambda", "GetFunction20150331v2", "", "read"),
            ("lambda", "Invoke", "false", "write"),
            ("partner.example.com", "Frobnicate", "", "write"),
        ] {
            let source = format!("{service}.amazonaws.com");
            let source = if service.contains('.') {
                service
            } else {
                &source
            };
            let fields = [
                ("eventSource", source),
                ("eventName", name),
                ("readOnly", read_only),
            ];
            let class = cloudtrail("flowtrail.api.class", &fields);
            assert_eq!(class.as_deref(), Some(expected), "{service} {name}");
        }
        assert_eq!(
            cloudtrail("flowtrail.api.class", &[("eventName", "GetObject")]),
            None
        );
    }
}
