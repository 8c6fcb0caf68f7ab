//! The columns of the tables of logs: one table of them, from which the reading
//! of records, the types and the docs derive.
//!
//! AWS's columns have the names and the nesting of the tables that AWS's pages
//! create in Athena ("Querying AWS CloudTrail logs" and "Querying Amazon VPC
//! flow logs" in the Athena user guide), so that queries written for those run
//! here. Behind them stand columns of our own, the same in every table.

mod cloudtrail;
mod flow;
mod own;

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{
    DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit,
};
use flowtrail_event::{Kind, Service};

/// A table over raw logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LogTable {
    /// `cloudtrail`: management, data and network activity events.
    CloudTrail,
    /// `cloudtrail_insights`: Insights events.
    CloudTrailInsights,
    /// `vpcflow`: VPC flow logs of every version.
    VpcFlow,
    /// `tgwflow`: Transit Gateway flow logs.
    TgwFlow,
}

impl LogTable {
    /// Every table over raw logs.
    pub const ALL: [Self; 4] = [
        Self::CloudTrail,
        Self::CloudTrailInsights,
        Self::VpcFlow,
        Self::TgwFlow,
    ];

    /// The name of the table in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CloudTrail => "cloudtrail",
            Self::CloudTrailInsights => "cloudtrail_insights",
            Self::VpcFlow => "vpcflow",
            Self::TgwFlow => "tgwflow",
        }
    }

    /// The table of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }

    /// What a row is, in a sentence.
    #[must_use]
    pub const fn doc(self) -> &'static str {
        match self {
            Self::CloudTrail => {
                "One row for each CloudTrail record: management, data and network activity events"
            }
            Self::CloudTrailInsights => "One row for each CloudTrail Insights event",
            Self::VpcFlow => "One row for each record of VPC flow logs, whatever their version",
            Self::TgwFlow => "One row for each record of Transit Gateway flow logs",
        }
    }

    /// How its records are written.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::CloudTrail | Self::CloudTrailInsights => Kind::CloudTrail,
            Self::VpcFlow | Self::TgwFlow => Kind::Flow,
        }
    }

    /// The table in which a record of `service` is a row.
    #[must_use]
    pub const fn of(service: Service) -> Self {
        match service {
            Service::CloudTrail | Service::NetworkActivity => Self::CloudTrail,
            Service::Insight => Self::CloudTrailInsights,
            Service::VpcFlow => Self::VpcFlow,
            Service::TgwFlow => Self::TgwFlow,
        }
    }

    /// Its columns, AWS's first.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        &self.made().columns
    }

    /// Its columns as Arrow knows them.
    #[must_use]
    pub fn schema(self) -> SchemaRef {
        Arc::clone(&self.made().schema)
    }

    /// The column called `name`.
    #[must_use]
    pub fn column(self, name: &str) -> Option<&'static Column> {
        self.columns().iter().find(|c| c.name == name)
    }

    fn made(self) -> &'static Made {
        static CLOUDTRAIL: LazyLock<Made> = LazyLock::new(|| Made::new(cloudtrail::events()));
        static INSIGHTS: LazyLock<Made> = LazyLock::new(|| Made::new(cloudtrail::insights()));
        static VPC: LazyLock<Made> = LazyLock::new(|| Made::new(flow::vpc()));
        static TGW: LazyLock<Made> = LazyLock::new(|| Made::new(flow::tgw()));
        match self {
            Self::CloudTrail => &CLOUDTRAIL,
            Self::CloudTrailInsights => &INSIGHTS,
            Self::VpcFlow => &VPC,
            Self::TgwFlow => &TGW,
        }
    }
}

impl std::fmt::Display for LogTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The columns of one table, made once.
struct Made {
    columns: Vec<Column>,
    schema: SchemaRef,
}

impl Made {
    fn new(columns: Vec<Column>) -> Self {
        let fields: Fields = columns.iter().map(Column::field).collect();
        Self {
            schema: Arc::new(Schema::new(fields)),
            columns,
        }
    }
}

/// One column of a table, or one field of a column that is a struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in SQL.
    pub name: Cow<'static, str>,
    /// What it holds.
    pub holds: Holds,
    /// Where its value comes from.
    pub origin: Origin,
    /// What it is, in a sentence.
    pub doc: &'static str,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// Text. A number or a boolean in its place is that as JSON writes it, an
    /// object or an array its JSON.
    Text,
    /// JSON text of whatever stands there, as it was written; a string has its
    /// quotes. JSON `null` is no value.
    Json,
    /// A 32-bit integer; null where the record has none that fits.
    Int,
    /// A 64-bit integer; null where the record has none that fits.
    BigInt,
    /// A number; null where the record has none.
    Double,
    /// An instant in milliseconds, UTC.
    Time,
    /// A day, UTC.
    Day,
    /// The fields of an object; null where there is no object.
    Struct(Vec<Column>),
    /// The objects of an array, each with these fields; null where there is no
    /// array. A member that is no object is null.
    List(Vec<Column>),
}

/// Where the value of a column comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The field of the record at this path: keys with dots between them for
    /// `CloudTrail`, AWS's name with hyphens for flow logs. For a field of a
    /// list it begins at the list's member.
    Field(Cow<'static, str>),
    /// The account that the record belongs to.
    Account,
    /// The region that the record belongs to.
    Region,
    /// The time of the event.
    Time,
    /// The day of that time.
    Day,
    /// The name of the object that the record lies in.
    ObjectName,
    /// Where in its inflated bytes (its rows, for Parquet) the record begins.
    ObjectOffset,
    /// The whole record.
    Record,
    /// What of the record no other column holds.
    Rest,
}

impl Column {
    /// The column as Arrow knows it. Every column may be null.
    #[must_use]
    pub fn field(&self) -> Field {
        Field::new(self.name.as_ref(), self.data_type(), true)
    }

    /// Its type.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match &self.holds {
            Holds::Text | Holds::Json => DataType::Utf8View,
            Holds::Int => DataType::Int32,
            Holds::BigInt => DataType::Int64,
            Holds::Double => DataType::Float64,
            Holds::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Holds::Day => DataType::Date32,
            Holds::Struct(fields) => DataType::Struct(fields_of(fields)),
            Holds::List(fields) => DataType::List(member_field(fields)),
        }
    }

    /// The field of a struct called `name`.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        match &self.holds {
            Holds::Struct(fields) => fields.iter().find(|c| c.name == name),
            Holds::Text
            | Holds::Json
            | Holds::Int
            | Holds::BigInt
            | Holds::Double
            | Holds::Time
            | Holds::Day
            | Holds::List(_) => None,
        }
    }

    /// Its type as AWS's pages write it for Athena: `struct<type:string,…>`.
    #[must_use]
    pub fn sql_type(&self) -> String {
        match &self.holds {
            Holds::Text | Holds::Json => "string".to_owned(),
            Holds::Int => "int".to_owned(),
            Holds::BigInt => "bigint".to_owned(),
            Holds::Double => "double".to_owned(),
            Holds::Time => "timestamp".to_owned(),
            Holds::Day => "date".to_owned(),
            Holds::Struct(fields) => struct_type(fields),
            Holds::List(fields) => format!("array<{}>", struct_type(fields)),
        }
    }

    /// The path in the record, where it has one.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match &self.origin {
            Origin::Field(path) => Some(path),
            Origin::Account
            | Origin::Region
            | Origin::Time
            | Origin::Day
            | Origin::ObjectName
            | Origin::ObjectOffset
            | Origin::Record
            | Origin::Rest => None,
        }
    }
}

/// The fields of a struct as Arrow knows them.
pub(crate) fn fields_of(columns: &[Column]) -> Fields {
    columns.iter().map(Column::field).collect()
}

/// The field of a list's members. The name is the one that Parquet gives it.
pub(crate) fn member_field(columns: &[Column]) -> FieldRef {
    let members = DataType::Struct(fields_of(columns));
    Arc::new(Field::new("element", members, true))
}

fn struct_type(fields: &[Column]) -> String {
    let fields: Vec<_> = fields
        .iter()
        .map(|c| format!("{}:{}", c.name, c.sql_type()))
        .collect();
    format!("struct<{}>", fields.join(","))
}

/// A column with the value at `path` of the record.
fn at(name: &'static str, path: &'static str, holds: Holds, doc: &'static str) -> Column {
    Column {
        name: Cow::Borrowed(name),
        holds,
        origin: Origin::Field(Cow::Borrowed(path)),
        doc,
    }
}

#[cfg(test)]
mod tests;
