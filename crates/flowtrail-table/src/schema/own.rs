//! Our own columns, the same in every table of logs.

use std::borrow::Cow;

use super::{Column, Holds, Origin};

fn own(name: &'static str, holds: Holds, origin: Origin, doc: &'static str) -> Column {
    Column {
        name: Cow::Borrowed(name),
        holds,
        origin,
        doc,
    }
}

/// The region. Flow logs have a field of that name, whose place it takes.
pub(super) fn region() -> Column {
    own(
        "region",
        Holds::Text,
        Origin::Region,
        "Region of the record; where it names none, that of the object's key",
    )
}

/// Our columns but for the region, in two parts, between which it stands.
pub(super) fn before_region() -> Vec<Column> {
    vec![
        own(
            "time",
            Holds::Time,
            Origin::Time,
            "When it happened: eventtime, or the end of the flow (its start where it has no end)",
        ),
        own(
            "account",
            Holds::Text,
            Origin::Account,
            "Account that the record belongs to; where it names none, that of the object's key",
        ),
    ]
}

/// See [`before_region`].
pub(super) fn after_region() -> Vec<Column> {
    vec![
        own(
            "day",
            Holds::Day,
            Origin::Day,
            "Day of `time` in UTC; not the day of delivery that the object's key names",
        ),
        own(
            "log_object",
            Holds::Text,
            Origin::ObjectName,
            "Object that the record lies in",
        ),
        own(
            "log_offset",
            Holds::BigInt,
            Origin::ObjectOffset,
            "First byte of the record in the inflated object; its row in Parquet",
        ),
        own(
            "record",
            Holds::Json,
            Origin::Record,
            "The whole record as JSON text",
        ),
        own(
            "unknown_fields",
            Holds::Json,
            Origin::Rest,
            "JSON text of the fields of the record that no other column holds",
        ),
    ]
}
