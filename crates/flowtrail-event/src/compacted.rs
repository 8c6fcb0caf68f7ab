//! How a compacted file says where its rows came from.
//!
//! Compacting writes the records of many objects into one Parquet file. Such a
//! file carries [`TABLE_KEY`] in its metadata, and beside the columns of its
//! table those that are named here. They stand behind all others, in the order
//! of [`COLUMNS`], so that a reader finds them without a look at the rest.

/// The key of the file's metadata under which the name of its table stands.
pub const TABLE_KEY: &str = "flowtrail.table";

/// The key of the file's metadata under which the version of the layout stands.
pub const VERSION_KEY: &str = "flowtrail.layout";

/// The version of the layout: what is written here, and what can be read.
pub const VERSION: &str = "1";

/// The object that the record was first written to; text.
pub const LOG_OBJECT: &str = "log_object";

/// The first byte of the record in that object, inflated; 64 bits.
pub const LOG_OFFSET: &str = "log_offset";

/// How many bytes it has there; 64 bits.
pub const LOG_LENGTH: &str = "log_length";

/// For flow logs: the names of the fields that the record has, in its order,
/// between blanks; text. Null where `record` says it.
pub const RECORD_FIELDS: &str = "record_fields";

/// The record as JSON text, byte for byte as it was read. For flow logs null
/// where the columns and [`RECORD_FIELDS`] give it again.
pub const RECORD: &str = "record";

/// The columns in their order.
pub const COLUMNS: [&str; 5] = [LOG_OBJECT, LOG_OFFSET, LOG_LENGTH, RECORD_FIELDS, RECORD];
