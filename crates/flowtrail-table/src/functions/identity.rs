//! Functions that say who did what, and whose things are.

use std::net::IpAddr;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use flowtrail_context::{Context, Place, Scope, reads_by_name};
use flowtrail_event::EventTime;

use super::derive::derived;
use super::entry::{Entry, Group, Need, Returns, argument, optional};
use super::inputs::Inputs;
use super::kind::Kind;
use super::net::address;
use super::{Knowledge, fault};

const IDENTITY: &str = "the column `useridentity`; one as JSON text or an ARN will do as well";

/// The functions of this module.
#[rustfmt::skip] // One function, one block: it is read as a table.
pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "principal", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("useridentity", Kind::Identity, IDENTITY),
            optional("eventtype", Kind::Text, "the column; with the next ones it also names services that report on themselves"),
            optional("eventsource", Kind::Text, "the column"),
            optional("sourceipaddress", Kind::Text, "the column"),
            optional("awsregion", Kind::Text, "the column; it gives the partition of a user that failed to sign in"),
        ],
        returns: Returns::Text, needs: None,
        run: |inputs, _| {
            let roots = ["userIdentity", "eventType", "eventSource", "sourceIPAddress", "awsRegion"];
            derived(inputs, "flowtrail.principal", &roots, |_| None)
        },
        doc: "One name for one caller, as `flowtrail.principal` has it in rules: the ARN of a role without its session, of a user or a federated user; role ARN, slash and session for Identity Center roles; `root:`, `account:`, `svc:`, `saml:`, `web:`, `idc:` or `id:` and an id; `anonymous`. Null where the record names nobody.",
        example: ("principal('{\"type\": \"AssumedRole\", \"arn\": \"arn:aws:sts::111122223333:assumed-role/Deploy/ci-7\"}')", "arn:aws:iam::111122223333:role/Deploy"),
    },
    Entry {
        name: "session", aliases: &[], group: Group::Identity,
        arguments: &[argument("useridentity", Kind::Identity, IDENTITY)],
        returns: Returns::Text, needs: None,
        run: |inputs, _| derived(inputs, "flowtrail.session", &["userIdentity"], |_| None),
        doc: "The access key of the call, else the principal id with its session name, as `flowtrail.session` has it in rules. Null for sign-ins and services.",
        example: ("session('{\"type\": \"AssumedRole\", \"principalId\": \"AROAEXAMPLE:ci-7\"}')", "AROAEXAMPLE:ci-7"),
    },
    Entry {
        name: "api", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("eventsource", Kind::Text, "the column"),
            argument("eventname", Kind::Text, "the column"),
        ],
        returns: Returns::Text, needs: None,
        run: |inputs, _| derived(inputs, "flowtrail.api", &["eventSource", "eventName"], |_| None),
        doc: "Service and call without the version of the API, as `flowtrail.api` has it in rules. Null unless both are there.",
        example: ("api('lambda.amazonaws.com', 'UpdateFunctionCode20150331v2')", "lambda:UpdateFunctionCode"),
    },
    Entry {
        name: "ua_family", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("useragent", Kind::Text, "the column"),
            optional("sessioncredentialfromconsole", Kind::Text, "the column; it tells the console from other callers inside AWS"),
        ],
        returns: Returns::Text, needs: None,
        run: |inputs, _| derived(inputs, "flowtrail.ua_family", &["userAgent", "sessionCredentialFromConsole"], |_| None),
        doc: "The user agent without versions and systems, as `flowtrail.ua_family` has it in rules: `aws-cli`, `boto3`, `terraform`, `console`, `browser`, …; `other:` and its first word. It is what the caller says of itself.",
        example: ("ua_family('aws-cli/2.15.0 md/awscrt#0.19.19 ua/2.0 os/linux#6.1')", "aws-cli"),
    },
    Entry {
        name: "source_kind", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("sourceipaddress", Kind::Text, "the column"),
            optional("vpcendpointid", Kind::Text, "the column"),
        ],
        returns: Returns::Text, needs: None,
        run: |inputs, _| derived(inputs, "flowtrail.source.kind", &["sourceIPAddress", "vpcEndpointId"], |_| None),
        doc: "Where a call came from, as `flowtrail.source.kind` has it in rules: `public`, `private`, `aws_service`, `aws_internal` or `vpc_endpoint`.",
        example: ("source_kind('config.amazonaws.com')", "aws_service"),
    },
    Entry {
        name: "outcome", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("errorcode", Kind::Text, "the column"),
            optional("errormessage", Kind::Text, "the column"),
            optional("responseelements", Kind::Text, "the column; it tells failed sign-ins"),
        ],
        returns: Returns::Text, needs: None,
        run: |inputs, _| derived(inputs, "flowtrail.outcome", &["errorCode", "errorMessage", "responseElements"], |_| None),
        doc: "How a call ended, as `flowtrail.outcome` has it in rules: `success`, `denied` for a lack of permission or a failed sign-in, `error` for any other error.",
        example: ("outcome('Client.UnauthorizedOperation')", "denied"),
    },
    Entry {
        name: "is_readonly", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("eventname", Kind::Text, "the column"),
            optional("readonly", Kind::Flag, "the column"),
        ],
        returns: Returns::Boolean, needs: None, run: is_readonly,
        doc: "Whether a call changes nothing: what the record says; where it does not say, what the first word of the call's name lets expect (`Describe`, `Get`, `List`, … against `Create`, `Delete`, `Put`, …). Null where that says nothing either.",
        example: ("is_readonly('DescribeInstances', NULL)", "true"),
    },
    Entry {
        name: "aws_account", aliases: &[], group: Group::Identity,
        arguments: &[argument("arn", Kind::Text, "an ARN")],
        returns: Returns::Text, needs: None,
        run: |inputs, _| {
            let arn = inputs.text(0);
            let account = |arn| part(arn, 4).filter(|id| is_account(id));
            inputs.borrowed(|row| Ok(arn.get(row).and_then(account)))
        },
        doc: "The account in an ARN. Null where it has none, as those of buckets, and for what is no ARN.",
        example: ("aws_account('arn:aws:iam::111122223333:user/ann')", "111122223333"),
    },
    Entry {
        name: "arn_part", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("arn", Kind::Text, "an ARN"),
            argument("part", Kind::Text, "`partition`, `service`, `region`, `account`, `resource`, `type` or `name`"),
        ],
        returns: Returns::Text, needs: None, run: arn_part,
        doc: "A part of an ARN. `resource` is all that stands behind the account; `type` is its first word, if it has one; `name` is what stands behind its last slash or colon. Null where the part is empty, and for what is no ARN.",
        example: ("arn_part('arn:aws:iam::111122223333:role/team/Deploy', 'name')", "Deploy"),
    },
    Entry {
        name: "segment", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("ip", Kind::Text, "an address"),
            optional("time", Kind::Moment, "when; networks may have changed hands"),
        ],
        returns: Returns::Text, needs: Some(Need::Context),
        run: |inputs, knowledge| place(inputs, knowledge, Context::segment_name),
        doc: "The segment that an address belongs to by the context file. Null where the file does not say.",
        example: ("segment('10.16.4.5')", "database"),
    },
    Entry {
        name: "environment", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("owner", Kind::Text, "an address or the id of an account"),
            optional("time", Kind::Moment, "when; networks may have changed hands"),
        ],
        returns: Returns::Text, needs: Some(Need::Context),
        run: |inputs, knowledge| place(inputs, knowledge, Context::environment_name),
        doc: "The environment that an address or an account belongs to by the context file. Null where the file does not say.",
        example: ("environment('111122223333')", "production"),
    },
    Entry {
        name: "account_alias", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("owner", Kind::Text, "the id of an account, or an address"),
            optional("time", Kind::Moment, "when; networks may have changed hands"),
        ],
        returns: Returns::Text, needs: Some(Need::Context),
        run: |inputs, knowledge| place(inputs, knowledge, Context::account_name),
        doc: "The alias that the context file has for an account, or for the account that an address belongs to. Null where the file does not say.",
        example: ("account_alias('111122223333')", "shop-prod"),
    },
];

fn is_readonly(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (name, told) = (inputs.text(0), inputs.flag(1));
    inputs.flags(|row| Ok(told.get(row).or_else(|| reads_by_name(name.get(row)?))))
}

/// A part of an ARN by its number; everything behind the fifth colon is one.
fn part(arn: &str, number: usize) -> Option<&str> {
    let is_arn = arn.starts_with("arn:") && arn.splitn(6, ':').count() == 6;
    let mut parts = arn.splitn(6, ':').filter(|_| is_arn).skip(1);
    parts
        .nth(number.checked_sub(1)?)
        .filter(|part| !part.is_empty())
}

fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())
}

fn arn_part(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (arn, wanted) = (inputs.text(0), inputs.text(1));
    inputs.borrowed(|row| {
        let (Some(arn), Some(wanted)) = (arn.get(row), wanted.get(row)) else {
            return Ok(None);
        };
        let resource = || part(arn, 5);
        Ok(match wanted.to_ascii_lowercase().as_str() {
            "partition" => part(arn, 1),
            "service" => part(arn, 2),
            "region" => part(arn, 3),
            "account" | "account_id" => part(arn, 4),
            "resource" => resource(),
            "type" | "resource_type" => {
                resource().and_then(|r| r.split_once([':', '/'])).map(|(sort, _)| sort)
            }
            "name" | "resource_id" => resource().and_then(|r| r.rsplit([':', '/']).next()),
            other => {
                return Err(fault(format!(
                    "`{}` is no part of an ARN\nhint: parts are `partition`, `service`, `region`, `account`, `resource`, `type` and `name`",
                    other.escape_debug()
                )));
            }
        })
    })
}

/// Answers with a name of the place that an address or an account is.
fn place(
    inputs: &Inputs<'_>,
    knowledge: &Knowledge,
    name: for<'c> fn(&'c Context, &Place) -> Option<&'c str>,
) -> Result<ArrayRef> {
    let context = knowledge.context.as_deref();
    let context = context.ok_or_else(|| fault("there is no context file"))?;
    let (owner, time) = (inputs.text(0), inputs.moment(1));
    inputs.borrowed(|row| {
        let Some(owner) = owner.get(row) else {
            return Ok(None);
        };
        let place = match address(owner) {
            Some(ip) => Some(at(context, ip, time.get(row))),
            None => context.account(owner.as_bytes()),
        };
        Ok(place.and_then(|place| name(context, &place)))
    })
}

/// Where an address lies. Nothing is known of the interface that saw it.
fn at(context: &Context, ip: IpAddr, millis: Option<i64>) -> Place {
    context.endpoint(ip, Scope::default(), false, millis.map(EventTime))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_of_a_call() {
        for (name, expected) in [
            ("GetObject", Some(true)),
            ("Get", Some(true)),
            ("Getaway", None),
            ("BatchGetItem", Some(true)),
            ("BatchDeleteImage", Some(false)),
            ("PutObject", Some(false)),
            ("SetDefaultPolicyVersion", Some(false)),
            ("Settle", None),
            ("AssumeRole", None),
            ("", None),
        ] {
            assert_eq!(reads_by_name(name), expected, "{name}");
        }
    }

    #[test]
    fn parts_of_what_is_hardly_an_arn() {
        for text in [
            "",
            "arn",
            "arn:::::",
            "arn:aws:iam::1",
            "urn:a:b:c:d:e",
            "::::::",
        ] {
            for number in 0..8 {
                assert_eq!(part(text, number).filter(|p| p.is_empty()), None, "{text}");
            }
        }
        assert_eq!(part("arn:aws:iam::1", 2), None);
        assert_eq!(
            part("arn:aws:logs:eu-central-1:1:log-group:a:*", 5),
            Some("log-group:a:*")
        );
    }
}
