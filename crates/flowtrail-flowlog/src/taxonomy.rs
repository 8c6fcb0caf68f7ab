//! What Sigma rules call the fields of flow logs.

use crate::fields::field;

/// Names from Sigma's taxonomy (categories `network_connection` and `firewall`)
/// and the field of flow logs that each stands for. The values are flow-log
/// values all the same: `Protocol` is a number such as `6`, not `tcp`.
const GENERIC: &[(&str, &str)] = &[
    ("SourceIp", "srcaddr"),
    ("DestinationIp", "dstaddr"),
    ("SourcePort", "srcport"),
    ("DestinationPort", "dstport"),
    ("Protocol", "protocol"),
    ("Action", "action"),
    ("Bytes", "bytes"),
    ("Packets", "packets"),
    ("src_ip", "srcaddr"),
    ("dst_ip", "dstaddr"),
    ("src_port", "srcport"),
    ("dst_port", "dstport"),
    ("src_addr", "srcaddr"),
    ("dst_addr", "dstaddr"),
    ("direction", "flow-direction"),
];

/// The AWS name of the flow-log field that a Sigma rule calls `sigma_name`: an
/// AWS name with hyphens or underscores, or one of Sigma's generic names.
#[must_use]
pub fn flow_field(sigma_name: &str) -> Option<&'static str> {
    if let Some(info) = field(sigma_name) {
        return Some(info.name);
    }
    let (_, name) = GENERIC.iter().find(|(generic, _)| *generic == sigma_name)?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generic_names_lead_to_known_fields() {
        for (generic, name) in GENERIC {
            assert!(field(name).is_some_and(|f| f.name == *name), "{generic}");
            assert!(field(generic).is_none(), "{generic} needs no entry");
            assert_eq!(flow_field(generic), Some(*name));
        }
    }

    #[test]
    fn aws_names_pass_in_either_spelling() {
        assert_eq!(flow_field("pkt_srcaddr"), Some("pkt-srcaddr"));
        assert_eq!(flow_field("pkt-srcaddr"), Some("pkt-srcaddr"));
        assert_eq!(flow_field("protocol"), Some("protocol"));
        assert_eq!(flow_field("bytes"), Some("bytes"));
        assert_eq!(flow_field("eventName"), None);
        assert_eq!(flow_field(""), None);
    }
}
