use std::collections::BTreeSet;

use super::*;

fn walk<'a>(columns: &'a [Column], seen: &mut Vec<&'a Column>) {
    for column in columns {
        seen.push(column);
        if let Holds::Struct(fields) | Holds::List(fields) = &column.holds {
            walk(fields, seen);
        }
    }
}

#[test]
fn names_are_distinct_lower_case_and_documented() {
    for table in LogTable::ALL {
        let names: BTreeSet<_> = table.columns().iter().map(|c| &c.name).collect();
        assert_eq!(names.len(), table.columns().len(), "{table}");
        let mut all = Vec::new();
        walk(table.columns(), &mut all);
        for column in all {
            let name = &column.name;
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            assert!(name.bytes().all(plain), "{table}.{name}");
            assert!(
                !column.doc.is_empty() && !column.doc.ends_with('.'),
                "{table}.{name}"
            );
        }
    }
}

#[test]
fn a_field_lies_below_its_struct_under_its_own_name() {
    fn check(parent: &str, fields: &[Column]) {
        for field in fields {
            let path = field.path().unwrap();
            let key = path
                .strip_prefix(parent)
                .unwrap()
                .strip_prefix('.')
                .unwrap();
            assert_eq!(key.to_ascii_lowercase(), field.name, "{path}");
            if let Holds::Struct(below) = &field.holds {
                check(path, below);
            }
        }
    }
    for table in [LogTable::CloudTrail, LogTable::CloudTrailInsights] {
        for column in table.columns() {
            if let Some(path) = column.path() {
                assert_eq!(path.to_ascii_lowercase(), column.name);
            }
            if let Holds::Struct(fields) = &column.holds {
                check(column.path().unwrap(), fields);
            }
        }
    }
}

#[test]
fn our_columns_stand_in_every_table_with_one_type() {
    for name in [
        "time",
        "account",
        "region",
        "day",
        "log_object",
        "log_offset",
        "record",
        "unknown_fields",
    ] {
        let types: BTreeSet<_> = LogTable::ALL
            .iter()
            .map(|t| {
                t.column(name)
                    .unwrap_or_else(|| panic!("{t}.{name}"))
                    .data_type()
            })
            .collect();
        assert_eq!(types.len(), 1, "{name}");
    }
}

#[test]
fn every_flow_field_is_a_column_of_its_table() {
    for info in flowtrail_flowlog::FIELDS {
        let name = info.column_name();
        assert_eq!(
            LogTable::VpcFlow.column(&name).is_some(),
            info.vpc,
            "{name}"
        );
        assert_eq!(
            LogTable::TgwFlow.column(&name).is_some(),
            info.tgw,
            "{name}"
        );
    }
    let types = |table: LogTable, names: &[&str]| -> Vec<String> {
        names
            .iter()
            .map(|n| table.column(n).unwrap().sql_type())
            .collect()
    };
    let names = [
        "version",
        "srcport",
        "protocol",
        "bytes",
        "start",
        "end",
        "tcp_flags",
        "action",
    ];
    assert_eq!(
        types(LogTable::VpcFlow, &names),
        [
            "int", "int", "bigint", "bigint", "bigint", "bigint", "int", "string"
        ]
    );
    assert_eq!(
        types(LogTable::TgwFlow, &["packets_lost_blackhole"]),
        ["bigint"]
    );
}

#[test]
fn types_read_as_in_the_guides() {
    let resources = LogTable::CloudTrail.column("resources").unwrap();
    assert_eq!(
        resources.sql_type(),
        "array<struct<arn:string,accountid:string,type:string>>"
    );
    let identity = LogTable::CloudTrail.column("useridentity").unwrap();
    let on_behalf = identity.child("onbehalfof").unwrap();
    assert_eq!(
        on_behalf.sql_type(),
        "struct<userid:string,identitystorearn:string>"
    );
    assert_eq!(identity.child("nothing"), None);
    assert_eq!(LogTable::from_name("tgwflow"), Some(LogTable::TgwFlow));
    assert_eq!(LogTable::from_name("CloudTrail"), None);
}
