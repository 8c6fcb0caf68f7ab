//! Names of types that Athena has and `DataFusion` has not.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast;

/// The name of the field that a cast to an address has, by which it is known
/// until it is rewritten.
pub(super) const IP_ADDRESS: &str = "ipaddress";

/// Makes `IPADDRESS`, `IPPREFIX` and `JSON` text, which is what functions over
/// them take. It is given to the builder of a session's state.
#[derive(Debug, Clone, Copy, Default)]
pub struct AthenaTypes;

impl TypePlanner for AthenaTypes {
    fn plan_type_field(&self, sql_type: &ast::DataType) -> Result<Option<FieldRef>> {
        let name = if let ast::DataType::Custom(name, _) = sql_type {
            let name = name.to_string();
            let mut known = [IP_ADDRESS, "ipprefix"].into_iter();
            known.find(|known| name.eq_ignore_ascii_case(known))
        } else {
            (sql_type == &ast::DataType::JSON).then_some("json")
        };
        Ok(name.map(|name| Arc::new(Field::new(name, DataType::Utf8View, true))))
    }
}
