//! The columns of flow logs, from the one table of flow-log fields.

use std::borrow::Cow;

use flowtrail_flowlog::{DEFAULT_TGW_FORMAT, FIELDS, FieldInfo, Form, field};

use super::{Column, Holds, Origin, own};

/// The numeric fields that Athena's tables declare `int`; the others `bigint`.
const INTS: [&str; 6] = [
    "version",
    "srcport",
    "dstport",
    "tcp-flags",
    "traffic-path",
    "encryption-status",
];

/// The columns of VPC flow logs, in AWS's order.
pub(super) fn vpc() -> Vec<Column> {
    with_ours(FIELDS.iter().filter(|f| f.vpc))
}

/// The columns of Transit Gateway flow logs, in the order of their default format.
pub(super) fn tgw() -> Vec<Column> {
    with_ours(DEFAULT_TGW_FORMAT.split(' ').filter_map(field))
}

fn with_ours(fields: impl Iterator<Item = &'static FieldInfo>) -> Vec<Column> {
    let mut columns: Vec<_> = fields.map(column).collect();
    columns.extend(own::before_region());
    columns.extend(own::after_region());
    columns
}

fn column(info: &'static FieldInfo) -> Column {
    if info.name == "region" {
        return own::region();
    }
    let holds = match info.form {
        Form::Text | Form::Account | Form::Address => Holds::Text,
        Form::Int if INTS.contains(&info.name) => Holds::Int,
        Form::Int | Form::Time => Holds::BigInt,
    };
    Column {
        name: Cow::Owned(info.column_name()),
        holds,
        origin: Origin::Field(Cow::Borrowed(info.name)),
        doc: info.doc,
    }
}
