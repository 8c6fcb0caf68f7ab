//! Names of types that Athena has and `DataFusion` has not.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast;

/// Makes `IPADDRESS`, `IPPREFIX` and `JSON` text, which is what functions over
/// them take. It is given to the builder of a session's state.
#[derive(Debug, Clone, Copy, Default)]
pub struct AthenaTypes;

impl TypePlanner for AthenaTypes {
    fn plan_type_field(&self, sql_type: &ast::DataType) -> Result<Option<FieldRef>> {
        let is_text = if let ast::DataType::Custom(name, _) = sql_type {
            let name = name.to_string();
            let known = ["ipaddress", "ipprefix"];
            known.iter().any(|known| name.eq_ignore_ascii_case(known))
        } else {
            sql_type == &ast::DataType::JSON
        };
        Ok(is_text.then(|| Arc::new(Field::new("", DataType::Utf8View, true))))
    }
}
