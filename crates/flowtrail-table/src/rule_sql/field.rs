//! Where a field of a rule stands in a table.

use flowtrail_context::{Knowledge, derived_field};
use flowtrail_event::Kind;

use super::NoStatement;
use super::text::{name, quoted};
use crate::schema::{Column, Holds, LogTable};

/// What shows a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// An expression with one text or null.
    Text(String),
    /// A column with a number or null.
    Number(String),
    /// A name inside JSON text; an empty one is the whole text.
    Inside { json: String, name: String },
}

impl Place {
    /// The place of the field that a rule calls `field`.
    pub(super) fn of(field: &str, table: LogTable) -> Result<Self, NoStatement> {
        if field.starts_with("flowtrail.") {
            return derived(field, table).map(Self::Text);
        }
        let field = match table.kind() {
            Kind::CloudTrail => field,
            Kind::Flow => flowtrail_flowlog::flow_field(field).unwrap_or(field),
        };
        let found = find(field, table.columns(), "");
        Ok(found.unwrap_or_else(|| Self::Inside {
            json: "record".to_owned(),
            name: field.to_owned(),
        }))
    }

    /// Every value, for comparisons: objects equal nothing.
    pub(super) fn values(&self) -> String {
        self.call("field_values")
    }

    /// Every value, for searches: objects are texts.
    pub(super) fn texts(&self) -> String {
        self.call("field_texts")
    }

    fn call(&self, function: &str) -> String {
        match self {
            Self::Text(sql) | Self::Number(sql) => sql.clone(),
            Self::Inside { json, name } if name.is_empty() => format!("{function}({json})"),
            Self::Inside { json, name } => format!("{function}({json}, {})", quoted(name)),
        }
    }
}

/// The column that holds the field, or the one inside whose JSON it lies. An
/// object that is shown as a struct, and what no column has, is in none.
fn find(field: &str, columns: &[Column], around: &str) -> Option<Place> {
    for column in columns {
        let Some(path) = column.path() else {
            continue;
        };
        let sql = match around {
            "" => name(&column.name),
            around => format!("{around}.{}", name(&column.name)),
        };
        let rest = field.strip_prefix(path);
        let inner = rest.and_then(|r| r.strip_prefix('.'));
        match (&column.holds, rest, inner) {
            (Holds::Text, Some(""), _) => return Some(Place::Text(sql)),
            (Holds::Int | Holds::BigInt | Holds::Double, Some(""), _) => {
                return Some(Place::Number(sql));
            }
            (Holds::Json, Some(""), _) => {
                return Some(Place::Inside {
                    json: sql,
                    name: String::new(),
                });
            }
            (Holds::Json, _, Some(inner)) => {
                return Some(Place::Inside {
                    json: sql,
                    name: inner.to_owned(),
                });
            }
            (Holds::Struct(fields), _, Some(_)) => return find(field, fields, &sql),
            _ => {}
        }
    }
    None
}

/// A derived field: the function about it, or the one about all of them.
fn derived(field: &str, table: LogTable) -> Result<String, NoStatement> {
    let known = derived_field(field);
    let known =
        known.ok_or_else(|| NoStatement::new(format!("there is no derived field `{field}`")))?;
    if known.awaits == Some(Knowledge::Baseline) {
        return Err(NoStatement::new(format!(
            "`{field}` rests on what was seen before the record, which is in no row"
        )));
    }
    let special = match table {
        LogTable::CloudTrail => of_cloudtrail(field),
        LogTable::VpcFlow | LogTable::TgwFlow => of_flow(field, table),
        LogTable::CloudTrailInsights => None,
    };
    Ok(special.unwrap_or_else(|| format!("derived_field({}, record)", quoted(field))))
}

fn of_cloudtrail(field: &str) -> Option<String> {
    let call = match field {
        "flowtrail.principal" => {
            "principal(useridentity, eventtype, eventsource, sourceipaddress, awsregion)"
        }
        "flowtrail.session" => "session(useridentity)",
        "flowtrail.api" => "api(eventsource, eventname)",
        "flowtrail.identity.class" => {
            "identity_class(useridentity, eventtype, eventname, readonly, sourceipaddress, \
             useragent, sessioncredentialfromconsole)"
        }
        "flowtrail.ua_family" => "ua_family(useragent, sessioncredentialfromconsole)",
        "flowtrail.source.kind" => "source_kind(sourceipaddress, vpcendpointid)",
        "flowtrail.mfa" => "mfa(useridentity, additionaleventdata)",
        "flowtrail.cross_account" => "cross_account(useridentity, recipientaccountid)",
        "flowtrail.outcome" => "outcome(errorcode, errormessage, responseelements)",
        _ => return None,
    };
    Some(call.to_owned())
}

fn of_flow(field: &str, table: LogTable) -> Option<String> {
    if field != "flowtrail.initiator" {
        return None;
    }
    const COLUMNS: &str = "protocol, srcport, dstport, tcp_flags";
    Some(match table {
        LogTable::TgwFlow => format!("initiator({COLUMNS}, 'tgwflow')"),
        LogTable::VpcFlow | LogTable::CloudTrail | LogTable::CloudTrailInsights => {
            format!("initiator({COLUMNS})")
        }
    })
}
