//! Whether the columns of a flow record give its text again.

use std::borrow::Cow;
use std::fmt;

use datafusion::arrow::datatypes::DataType;
use flowtrail_flowlog::field;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::LogTable;

/// Tells for each record of a table the names of its fields in their order,
/// which with the columns give its text again.
#[derive(Debug, Default)]
pub(super) struct FlowFields {
    /// AWS's names and the types of their columns, in the order of the table.
    columns: Vec<(&'static str, DataType)>,
    names: String,
    seen: Vec<bool>,
    /// Where the last name was found: records have the order of their table
    /// mostly, and the next one is likely to be the one behind it.
    at: usize,
}

impl FlowFields {
    /// For the records of `table`; one of `CloudTrail` has none.
    pub(super) fn of(table: LogTable) -> Self {
        let known = |c: &crate::Column| Some((field(&c.name)?.name, c.data_type()));
        Self {
            columns: table.columns().iter().filter_map(known).collect(),
            ..Self::default()
        }
    }

    /// The names of the fields of a record between blanks. None if the columns
    /// do not give its text again: it has a field that is no column, or a value
    /// that its column does not hold, or that stands for none there.
    pub(super) fn of_record(&mut self, record: &str) -> Option<&str> {
        self.names.clear();
        self.seen.clear();
        self.seen.resize(self.columns.len(), false);
        self.at = 0;
        let mut text = serde_json::Deserializer::from_str(record);
        let all = text.deserialize_map(AllColumns(self)).unwrap_or(false);
        (all && !self.names.is_empty()).then_some(self.names.as_str())
    }

    fn add(&mut self, name: &str, value: &Scalar<'_>) -> bool {
        let found = |c: &(&str, DataType)| c.0 == name;
        let behind = self.columns.iter().skip(self.at).position(found);
        let place = behind.map(|n| n + self.at);
        let Some(n) = place.or_else(|| self.columns.iter().position(found)) else {
            return false;
        };
        let (Some((_, kind)), Some(seen)) = (self.columns.get(n), self.seen.get_mut(n)) else {
            return false;
        };
        let twice = std::mem::replace(seen, true);
        self.at = n + 1;
        if !self.names.is_empty() {
            self.names.push(' ');
        }
        self.names.push_str(name);
        !twice && value.fits(kind)
    }
}

/// A value of a flow record.
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Other,
}

impl Scalar<'_> {
    fn fits(&self, kind: &DataType) -> bool {
        match self {
            Self::Text(text) => {
                *kind == DataType::Utf8View && !text.is_empty() && text.as_ref() != "-"
            }
            Self::Number(n) => {
                *kind == DataType::Int64 || (*kind == DataType::Int32 && i32::try_from(*n).is_ok())
            }
            Self::Other => false,
        }
    }
}

struct AllColumns<'f>(&'f mut FlowFields);

impl<'de> Visitor<'de> for AllColumns<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut all = true;
        while let Some((name, value)) = map.next_entry::<Scalar<'de>, Scalar<'de>>()? {
            let Scalar::Text(name) = name else {
                return Ok(false);
            };
            all = all && self.0.add(&name, &value);
        }
        Ok(all)
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyScalar)
    }
}

struct AnyScalar;

impl<'de> Visitor<'de> for AnyScalar {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a number")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Number(n))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Scalar<'de>, E> {
        Ok(i64::try_from(n).map_or(Scalar::Other, Scalar::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_their_columns_give_again() {
        let mut fields = FlowFields::of(LogTable::VpcFlow);
        let record = r#"{"end":5,"srcaddr":"10.0.0.1","bytes":9223372036854775807,"region":"x"}"#;
        assert_eq!(fields.of_record(record), Some("end srcaddr bytes region"));
        for other in [
            r#"{}"#,
            r#"{"brand-new":1}"#,
            r#"{"srcport":2147483648}"#,
            r#"{"bytes":9223372036854775808}"#,
            r#"{"srcaddr":""}"#,
            r#"{"srcaddr":"-"}"#,
            r#"{"srcaddr":7}"#,
            r#"{"end":"7"}"#,
            r#"{"end":1.5}"#,
            r#"{"end":1,"end":1}"#,
            r#"{"account":"1"}"#,
            r#"{"vpc_id":"vpc-1"}"#,
            r#"{"tgw-id":"tgw-1"}"#,
            r#"{"end":null}"#,
            "not JSON",
        ] {
            assert_eq!(fields.of_record(other), None, "{other}");
        }
    }
}
