//! The names over the columns of an answer: a field of a struct is called as it
//! was asked for, `useridentity.arn`, and not as the planner calls it,
//! `cloudtrail.useridentity[arn]`.

use std::collections::HashSet;
use std::sync::Arc;

use flowtrail_table::arrow::datatypes::{Field, Schema, SchemaRef};

/// The schema with names for people.
pub(super) fn named(schema: &SchemaRef) -> SchemaRef {
    let names: Vec<String> = schema.fields().iter().map(|f| plain(f.name())).collect();
    let mut seen = HashSet::new();
    // Two tables may have one field each of a name.
    if !names.iter().all(|n| seen.insert(n)) {
        return SchemaRef::clone(schema);
    }
    let fields = schema.fields().iter().zip(&names);
    let fields = fields.map(|(field, name)| Field::clone(field).with_name(name));
    let fields: Vec<Field> = fields.collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// `table.column[a][b]` as `column.a.b`; every other name as it is.
fn plain(name: &str) -> String {
    let parts = name.strip_suffix(']').and_then(|n| n.split_once('['));
    let Some((column, path)) = parts else {
        return name.to_owned();
    };
    let keys: Vec<&str> = path.split("][").collect();
    let is_name = |t: &str| t.chars().all(|c| c.is_alphanumeric() || c == '_') && !t.is_empty();
    let column = column.rsplit('.').next().unwrap_or(column);
    if !is_name(column) || !keys.iter().all(|k| is_name(k)) {
        return name.to_owned();
    }
    format!("{column}.{}", keys.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flowtrail_table::arrow::datatypes::DataType;

    #[test]
    fn fields_are_called_as_they_are_asked_for() {
        for (planned, asked) in [
            ("cloudtrail.useridentity[arn]", "useridentity.arn"),
            (
                "t.useridentity[sessioncontext][sessionissuer][arn]",
                "useridentity.sessioncontext.sessionissuer.arn",
            ),
            ("n", "n"),
            ("count(*)", "count(*)"),
            (
                "array_element(t.resources,Int64(1))[arn]",
                "array_element(t.resources,Int64(1))[arn]",
            ),
            ("x[]", "x[]"),
            ("a]b[c", "a]b[c"),
        ] {
            assert_eq!(plain(planned), asked);
        }
    }

    #[test]
    fn names_stay_apart() {
        let heads = |names: [&'static str; 2]| {
            let fields = names.map(|name| Field::new(name, DataType::Utf8, true));
            let named = named(&Arc::new(Schema::new(fields.to_vec())));
            let names = named.fields().iter().map(|f| f.name().clone());
            names.collect::<Vec<_>>()
        };
        assert_eq!(heads(["a.u[arn]", "a.u[type]"]), ["u.arn", "u.type"]);
        assert_eq!(heads(["a.u[arn]", "b.u[arn]"]), ["a.u[arn]", "b.u[arn]"]);
    }
}
