//! Functions of SQL: those that queries for Athena use, with the meaning that
//! they have there, and those that an investigator misses.
//!
//! | function | in a word |
//! |---|---|
//! | `json_extract_scalar`, `json_extract`, `json_extract_text`, `json_values`, `json_exists`, `json_size`, `json_array_length`, `json_array_get`, `json_array_contains`, `is_json_scalar`, `json_parse`, `json_format` | reach into JSON text by a path |
//! | `field_values`, `field_texts`, `field_absent`, `leaf_values` | what the name of a field leads to, as rules see it |
//! | `any_equals`, `any_contains`, `any_starts_with`, `any_ends_with`, `any_like`, `any_regexp`, `any_number` | tests as rules make them: one of the values has to pass |
//! | `from_iso8601_timestamp`, `from_iso8601_date`, `from_unixtime`, `date_parse`, `parse_datetime` | make points in time |
//! | `to_iso8601`, `to_unixtime`, `date_format`, `format_datetime` | make text and numbers of them |
//! | `date_diff`, `date_add` | count with them |
//! | `year`, `quarter`, `month`, `week`, `day`, `day_of_week`, `day_of_year`, `hour`, `minute`, `second`, `millisecond` | their parts |
//! | `regexp_extract`, `regexp_extract_all`, `regexp_replace`, `regexp_split` | regular expressions |
//! | `split`, `split_part`, `from_base64`, `to_base64`, `from_utf8` | text and bytes |
//! | `url_extract_host`, `url_extract_path`, `url_extract_query`, `url_extract_protocol`, `url_extract_port`, `url_extract_parameter`, `url_decode`, `url_encode` | addresses of the web |
//! | `cidr_contains`, `ip_address`, `ip_bytes`, `ip_class`, `ip_range`, `ip_version` | addresses and networks |
//! | `country`, `asn`, `as_name` | where an address is, by files in MaxMind's format |
//! | `principal`, `session`, `api`, `ua_family`, `source_kind`, `outcome`, `is_readonly` | who did what, in the words of rules |
//! | `identity_class`, `cross_account`, `mfa`, `initiator`, `derived_field` | the other derived fields of rules |
//! | `aws_account`, `arn_part` | parts of ARNs |
//! | `segment`, `environment`, `account_alias` | whose things are, by the context file |
//! | `if`, `try`, `contains`, `replace`, `bitwise_and`, `bitwise_or`, `bitwise_xor`, `element_at`, `count_if`, `arbitrary`, `max_by`, `min_by`, `approx_percentile` | written as Presto does, and rewritten into what `DataFusion` has |
//!
//! Beside these stand `DataFusion`'s own, among them `regexp_like`, `strpos`,
//! `cardinality`, `array_join`, `approx_distinct`, `array_agg`, `bool_or`,
//! `date_trunc` and `at time zone`, which mean the same as in Athena, and the
//! `json_…` functions of `datafusion-functions-json`. `date_format`,
//! `from_unixtime`, `to_unixtime`, `regexp_replace`, `split_part`, `contains`
//! and `element_at` are `DataFusion`'s names as well, with another meaning;
//! here they have Athena's.
//!
//! A null argument makes the answer null, but for the functions `any_…`, which
//! say `false`: rules know no third answer. What a row has wrong, as text that is
//! no JSON or no address, makes it null as well; what a query has wrong, as a
//! path that is none, is an error with a hint. Every answer that is text is
//! `Utf8View`, every point in time is in milliseconds and UTC.

mod call;
mod derive;
mod entry;
mod fields;
mod geo;
mod identity;
mod inputs;
mod json;
mod kind;
mod net;
mod presto;
mod regular;
mod rule_fields;
#[cfg(feature = "cluster")]
pub(crate) mod sent;
mod text;
mod time;
mod types;

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use datafusion::common::{DataFusionError, Result, exec_datafusion_err};
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::ScalarUDF;
use flowtrail_context::{Context, Places};

use call::Function;
use entry::Entry;
use net::is_cidr;

pub use types::AthenaTypes;

/// What some functions have to be told from outside.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    /// The context file, for `segment`, `environment` and `account_alias`.
    pub context: Option<Arc<Context>>,
    /// Where addresses are, for `country`, `asn` and `as_name`.
    pub places: Option<Arc<Places>>,
}

/// Every function that is not rewritten into another one.
fn entries() -> impl Iterator<Item = &'static Entry> {
    let tables = [
        json::ENTRIES,
        fields::ENTRIES,
        time::ENTRIES,
        time::PARTS,
        regular::ENTRIES,
        text::ENTRIES,
        net::ENTRIES,
        geo::ENTRIES,
        identity::ENTRIES,
        rule_fields::ENTRIES,
    ];
    tables.into_iter().flatten()
}

/// Registers all functions with a session, those of `datafusion-functions-json`
/// and its operators (`->`, `->>`, `?`) among them. Functions that need
/// knowledge which is not there are registered too; they say so when a query
/// with them is planned. An [`Engine`](crate::Engine) has them from the
/// beginning.
///
/// # Errors
/// If the session takes no functions.
pub fn register(registry: &mut dyn FunctionRegistry, knowledge: Knowledge) -> Result<()> {
    datafusion_functions_json::register_all(registry)?;
    let knowledge = Arc::new(knowledge);
    for entry in entries() {
        let function = ScalarUDF::from(Function::new(entry, &knowledge));
        registry.register_udf(Arc::new(function))?;
    }
    presto::register(registry)
}

/// A function of ours that needs no knowledge.
fn udf(name: &str) -> Result<Arc<ScalarUDF>> {
    static NOTHING: LazyLock<Arc<Knowledge>> = LazyLock::new(Arc::default);
    let entry = entries().find(|entry| entry.name == name);
    let entry = entry.ok_or_else(|| exec_datafusion_err!("there is no function `{name}`"))?;
    Ok(Arc::new(ScalarUDF::from(Function::new(entry, &NOTHING))))
}

/// An error in what a query says.
fn fault(text: impl Into<String>) -> DataFusionError {
    DataFusionError::Execution(text.into())
}
