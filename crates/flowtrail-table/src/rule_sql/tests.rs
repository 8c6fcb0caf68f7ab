use std::fmt::Write as _;

use flowtrail_scan::rule_options;
use flowtrail_sigma::{RuleSource, compile};

use super::*;

/// The conditions of a rule over the log of a service, blanks and line ends as
/// one blank each.
fn conditions(service: &str, detection: &str) -> Result<Vec<String>, String> {
    let mut text = format!(
        "title: t\nid: 00000000-0000-4000-8000-000000000001\nlogsource: {{product: aws{service}}}\ndetection:\n"
    );
    for line in detection.lines() {
        writeln!(text, "  {line}").unwrap();
    }
    let source = RuleSource {
        file: "t.yml".to_owned(),
        text: text.clone(),
    };
    let compiled = compile(&[source], &rule_options());
    let rule = &compiled.rules.rules()[0];
    let made = RuleSql::of(&text, &rule.meta, rule.services).map_err(|e| e.to_string())?;
    let flat = |s: &RuleSql| s.condition.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(made.iter().map(flat).collect())
}

const ONLY: &str =
    " AND (eventcategory = 'NetworkActivity' OR eventtype = 'AwsVpceEvents') IS NOT TRUE";

fn cloudtrail(selection: &str) -> String {
    let made = conditions(
        ", service: cloudtrail",
        &format!("s: {{{selection}}}\ncondition: s"),
    );
    let made = made.unwrap().remove(0);
    made.strip_suffix(ONLY).unwrap_or(&made).to_owned()
}

fn flow(selection: &str) -> String {
    let made = conditions(
        ", service: vpcflow",
        &format!("s: {{{selection}}}\ncondition: s"),
    );
    made.unwrap().remove(0)
}

#[test]
fn each_way_of_asking_a_column() {
    for (selection, expected) in [
        ("eventName: StopLogging", "eventname ILIKE 'StopLogging'"),
        (
            "eventName: [Put*, Delete_x]",
            r"(eventname ILIKE 'Put%' OR eventname ILIKE 'Delete\_x')",
        ),
        ("eventName|cased: It's", "eventname LIKE 'It''s'"),
        ("eventName: '*'", "eventname IS NOT NULL"),
        ("readOnly: false", "readonly ILIKE 'false'"),
        ("errorCode: null", "errorcode IS NULL"),
        ("errorCode|exists: true", "errorcode IS NOT NULL"),
        (
            "userIdentity.inScopeOf.issuerType: x",
            "any_equals(field_values(useridentity.inscopeof, 'issuerType'), 'x')",
        ),
        (
            "userIdentity.sessionContext.sessionIssuer.userName|endswith: [a, b]",
            "(useridentity.sessioncontext.sessionissuer.username ILIKE '%a' OR useridentity.sessioncontext.sessionissuer.username ILIKE '%b')",
        ),
        (
            "userIdentity|contains: x",
            "any_contains(field_texts(record, 'userIdentity'), 'x')",
        ),
        (
            "flowtrail.outcome: denied",
            "outcome(errorcode, errormessage, responseelements) ILIKE 'denied'",
        ),
    ] {
        assert_eq!(cloudtrail(selection), expected, "{selection}");
    }
}

#[test]
fn each_way_of_asking_json() {
    for (selection, expected) in [
        (
            "resources.ARN: x",
            "any_equals(field_values(record, 'resources.ARN'), 'x')",
        ),
        (
            "requestParameters|contains|all: [a, b]",
            "any_contains(field_texts(requestparameters), 'a') AND any_contains(field_texts(requestparameters), 'b')",
        ),
        (
            "requestParameters.a.b: [x, y, 'z*']",
            "(any_equals(field_values(requestparameters, 'a.b'), ['x', 'y']) OR any_like(field_texts(requestparameters, 'a.b'), 'z%'))",
        ),
        (
            "requestParameters.a: [null, '']",
            "(field_absent(requestparameters, 'a') OR any_equals(field_values(requestparameters, 'a'), ''))",
        ),
        (
            "requestParameters.a|exists: false",
            "field_texts(requestparameters, 'a') IS NULL",
        ),
        (
            "requestParameters.a|re|i: '^x'",
            "any_regexp(field_texts(requestparameters, 'a'), '(?i)^x')",
        ),
        (
            "requestParameters.a|gte: 5",
            "any_number(field_values(requestparameters, 'a'), '>=', 5)",
        ),
        (
            "requestParameters.a: 5",
            "any_number(field_values(requestparameters, 'a'), '=', 5)",
        ),
        (
            "requestParameters.a|neq: x",
            "(any_equals(field_values(requestparameters, 'a'), 'x')) IS NOT TRUE",
        ),
        (
            "requestParameters.a|cidr: [10.0.0.0/8, '::/0']",
            "cidr_contains('10.0.0.0/8, ::/0', field_values(requestparameters, 'a'))",
        ),
        (
            "requestParameters.a|fieldref|contains: recipientAccountId",
            "any_contains(field_values(requestparameters, 'a'), recipientaccountid)",
        ),
        (
            "requestParameters.a|cased: 'b.*'",
            r"any_regexp(field_texts(requestparameters, 'a'), '(?s)^b\..*$')",
        ),
    ] {
        assert_eq!(cloudtrail(selection), expected, "{selection}");
    }
}

#[test]
fn each_way_of_asking_a_flow() {
    for (selection, expected) in [
        ("dstport: [22, 3389]", "dstport IN (22, 3389)"),
        ("dstport: '22'", "CAST(dstport AS VARCHAR) ILIKE '22'"),
        ("end|gt: 5", "\"end\" > 5"),
        ("tcp-flags: 2", "tcp_flags = 2"),
        ("action: REJECT", "action ILIKE 'REJECT'"),
        (
            "pkt-dst-aws-service|exists: false",
            "pkt_dst_aws_service IS NULL",
        ),
        (
            "flowtrail.initiator: src",
            "initiator(protocol, srcport, dstport, tcp_flags) ILIKE 'src'",
        ),
        (
            "flowtrail.destination.kind: public",
            "derived_field('flowtrail.destination.kind', record) ILIKE 'public'",
        ),
    ] {
        assert_eq!(flow(selection), expected, "{selection}");
    }
}

#[test]
fn conditions_keep_their_sense() {
    let parts = "a1: {eventName: x}\na2: {eventName: y}\n_b: {eventName: z}\n";
    for (condition, expected) in [
        ("1 of a*", "(eventname ILIKE 'x' OR eventname ILIKE 'y')"),
        ("all of them", "eventname ILIKE 'x' AND eventname ILIKE 'y'"),
        ("not a1", "(eventname ILIKE 'x') IS NOT TRUE"),
        ("not not a1", "eventname ILIKE 'x'"),
        (
            "a1 and not (a2 or _b)",
            "eventname ILIKE 'x' AND (eventname ILIKE 'y' OR eventname ILIKE 'z') IS NOT TRUE",
        ),
        ("1 of _*", "eventname ILIKE 'z'"),
    ] {
        let made = conditions(
            ", service: cloudtrail",
            &format!("{parts}condition: {condition}"),
        );
        assert_eq!(made.unwrap(), [format!("{expected}{ONLY}")], "{condition}");
    }
    let keyword = conditions(", service: cloudtrail", "k: [curl, 7]\ncondition: k").unwrap();
    assert_eq!(
        keyword,
        [format!(
            "any_like(leaf_values(record), ['%curl%', '%7%']){ONLY}"
        )]
    );
}

#[test]
fn a_rule_for_several_logs_is_a_statement_over_each() {
    let made = conditions("", "s: {type: x}\ncondition: s").unwrap();
    assert_eq!(
        made,
        [
            "any_equals(field_values(record, 'type'), 'x')",
            "any_equals(field_values(record, 'type'), 'x')",
            "type ILIKE 'x'",
            "type ILIKE 'x'"
        ]
    );
}

#[test]
fn what_has_no_form_says_why() {
    for (selection, reason) in [
        ("eventTime|hour: 3", "the modifier `hour` of `eventTime`"),
        ("a|windash: -x", "the modifier `windash` of `a`"),
        ("a: 9223372036854775807", "is no number of SQL"),
    ] {
        let made = conditions(
            ", service: cloudtrail",
            &format!("s: {{{selection}}}\ncondition: s"),
        );
        let error = made.unwrap_err();
        assert!(error.contains(reason), "{selection}: {error}");
    }
}
