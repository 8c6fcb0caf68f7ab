//! The columns of compacted files, as other engines declare them.

use flowtrail_event::compacted::{LOG_LENGTH, LOG_OBJECT, LOG_OFFSET, RECORD, RECORD_FIELDS};
use flowtrail_table::arrow::datatypes::{DataType, Field};
use flowtrail_table::{LogTable, compacted_schema};

/// What stands in the path of a file.
pub(super) const PARTITIONS: [&str; 3] = ["account", "region", "day"];

/// A column of the files of a table.
pub(super) struct FileColumn {
    pub(super) name: String,
    /// As Hive writes it.
    pub(super) sql_type: String,
    pub(super) doc: &'static str,
}

/// The columns of a table's files, but for those that the path says: a flow's
/// `region` is both, and what the path says is the same or, where the record
/// has none, more.
pub(super) fn columns(table: LogTable) -> Vec<FileColumn> {
    let schema = compacted_schema(table);
    let fields = schema.fields().iter();
    let fields = fields.filter(|f| !PARTITIONS.contains(&f.name().as_str()));
    fields.map(|f| column(table, f)).collect()
}

fn column(table: LogTable, field: &Field) -> FileColumn {
    let (sql_type, doc) = match table.column(field.name()) {
        // What the table and the file call alike need not be of one type.
        Some(column) => (column.sql_type(), column.doc),
        None => (
            own_type(field.data_type()).to_owned(),
            own_doc(field.name()),
        ),
    };
    FileColumn {
        name: field.name().clone(),
        sql_type,
        doc,
    }
}

/// The type of a column that only the files have: a number or a text.
fn own_type(data_type: &DataType) -> &'static str {
    if data_type.is_integer() {
        "bigint"
    } else {
        "string"
    }
}

fn own_doc(name: &str) -> &'static str {
    match name {
        LOG_OBJECT => "Object that the record was first written to",
        LOG_OFFSET => "First byte of the record in that object, inflated",
        LOG_LENGTH => "Bytes of the record in that object",
        RECORD_FIELDS => "Fields that the record has, in its order",
        RECORD => "The whole record as JSON text; where the columns tell it all, none",
        _ => "",
    }
}

/// A comment as Hive and Spark write it.
pub(super) fn comment(doc: &str) -> String {
    if doc.is_empty() {
        return String::new();
    }
    format!(
        " COMMENT '{}'",
        doc.replace('\\', "\\\\").replace('\'', "\\'")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_type_and_a_meaning() {
        for table in LogTable::ALL {
            let all = columns(table);
            assert!(all.len() >= 15, "{table}: {}", all.len());
            for c in &all {
                assert!(
                    !c.doc.is_empty() && !c.sql_type.is_empty(),
                    "{table}.{}",
                    c.name
                );
                assert!(!PARTITIONS.contains(&c.name.as_str()));
            }
            let has = |name: &str| all.iter().any(|c| c.name == name);
            assert!(has("time") && has(RECORD) && has(LOG_LENGTH), "{table}");
        }
    }

    #[test]
    fn comments_are_closed() {
        assert_eq!(comment("it's \\"), r" COMMENT 'it\'s \\'");
    }
}
