//! What the fields that correlations group by are to suppressions.

use flowtrail_event::Kind;
use flowtrail_sigma::{MemberField, MemberOf, RuleSet};

use crate::about::names_resource;
use crate::feed::slot_of;

/// What a field is to a suppression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Principal,
    Address,
    Account,
    Resource,
}

impl Role {
    /// What a field of a log is to a suppression.
    pub(crate) fn of(kind: Kind, field: &str) -> Option<Self> {
        const ADDRESSES: [&str; 4] = ["srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr"];
        match (kind, field) {
            (_, "flowtrail.principal") => Some(Self::Principal),
            (Kind::CloudTrail, "sourceIPAddress") => Some(Self::Address),
            (Kind::CloudTrail, "recipientAccountId") => Some(Self::Account),
            (Kind::CloudTrail, field) => names_resource(field).then_some(Self::Resource),
            (Kind::Flow, "account-id") => Some(Self::Account),
            (Kind::Flow, "instance-id" | "vpc-id" | "resource-id") => Some(Self::Resource),
            (Kind::Flow, field) => ADDRESSES.contains(&field).then_some(Self::Address),
        }
    }
}

/// What each group field of each correlation is, if it is the same in all of
/// its members.
pub(crate) fn roles(rules: &RuleSet) -> Vec<Vec<Option<Role>>> {
    let mut known: Vec<Vec<Option<Role>>> = Vec::new();
    for correlation in rules.correlations().iter() {
        let role = |at: usize| {
            let mut of_members = correlation.members.iter().map(|m| {
                let field = m.group_by.get(at)?;
                match m.of {
                    MemberOf::Rule(_) => role_in_logs(rules, field),
                    MemberOf::Correlation(ix) => {
                        let below = rules.correlations().get(ix.0 as usize)?;
                        let at = below.group_by.iter().position(|n| *n == field.name)?;
                        known.get(ix.0 as usize)?.get(at).copied()?
                    }
                }
            });
            let first = of_members.next()??;
            of_members.all(|r| r == Some(first)).then_some(first)
        };
        let of_fields = (0..correlation.group_by.len()).map(role).collect();
        known.push(of_fields);
    }
    known
}

/// What a field is in each log that has it.
fn role_in_logs(rules: &RuleSet, field: &MemberField) -> Option<Role> {
    let kinds = [Kind::CloudTrail, Kind::Flow].into_iter();
    let mut of_kinds = kinds.filter_map(|kind| {
        let name = rules.projection(kind).name(slot_of(field, kind)?);
        Some(name.and_then(|name| Role::of(kind, name)))
    });
    let first = of_kinds.next()??;
    of_kinds.all(|r| r == Some(first)).then_some(first)
}
