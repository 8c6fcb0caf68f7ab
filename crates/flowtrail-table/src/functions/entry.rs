//! What a function is: one row says its name, its arguments, what it answers,
//! what people read about it, an example that a test runs, and its code.

use std::sync::LazyLock;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::Result;

use super::inputs::Inputs;
use super::kind::Kind;
use super::{Knowledge, kind};

/// The code of a function: from its inputs to one value for each row.
pub(super) type Run = fn(&Inputs<'_>, &Knowledge) -> Result<ArrayRef>;

/// One function.
pub(super) struct Entry {
    /// The name that people write.
    pub(super) name: &'static str,
    /// Other names for the same.
    pub(super) aliases: &'static [&'static str],
    /// What it is about.
    pub(super) group: Group,
    /// Its arguments; the optional ones come last.
    pub(super) arguments: &'static [Argument],
    /// The type of its answer.
    pub(super) returns: Returns,
    /// What it says and when it says nothing, in a sentence or two.
    pub(super) doc: &'static str,
    /// A call and its answer as text.
    pub(super) example: (&'static str, &'static str),
    /// What it cannot answer without.
    pub(super) needs: Option<Need>,
    /// Its code.
    pub(super) run: Run,
}

/// One argument.
pub(super) struct Argument {
    /// Its name in the documentation.
    pub(super) name: &'static str,
    /// What it may be.
    pub(super) kind: Kind,
    /// Whether it may be left out.
    pub(super) optional: bool,
    /// What it means.
    pub(super) doc: &'static str,
}

/// An argument that has to be there.
pub(super) const fn argument(name: &'static str, kind: Kind, doc: &'static str) -> Argument {
    Argument {
        name,
        kind,
        optional: false,
        doc,
    }
}

/// An argument that may be left out.
pub(super) const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Argument {
    Argument {
        name,
        kind,
        optional: true,
        doc,
    }
}

/// What a function is about, as documentation sorts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// JSON text.
    Json,
    /// Points in time and their parts.
    Time,
    /// Text.
    Text,
    /// Addresses and networks.
    Network,
    /// Who did what.
    Identity,
}

impl Group {
    /// Its heading.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Json => "JSON Functions",
            Self::Time => "Time and Date Functions",
            Self::Text => "String Functions",
            Self::Network => "Network Functions",
            Self::Identity => "Identity Functions",
        }
    }
}

/// The type of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returns {
    /// Text.
    Text,
    /// A list of texts.
    TextList,
    /// Yes or no.
    Boolean,
    /// A whole number of 64 bits.
    Integer,
    /// A floating point number.
    Number,
    /// Bytes.
    Bytes,
    /// A point in time: milliseconds, UTC.
    Moment,
    /// A day.
    Date,
    /// A day if the third argument is one, else a point in time.
    LikeThird,
}

/// The type of points in time: that of the column `time`.
pub(super) fn moment() -> DataType {
    static UTC: LazyLock<DataType> =
        LazyLock::new(|| DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())));
    UTC.clone()
}

impl Returns {
    /// The Arrow type, given those of the arguments.
    pub(super) fn data_type(self, arguments: &[DataType]) -> DataType {
        match self {
            Self::Text => DataType::Utf8View,
            Self::TextList => DataType::new_list(DataType::Utf8View, true),
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::Bytes => DataType::Binary,
            Self::Moment => moment(),
            Self::Date => DataType::Date32,
            Self::LikeThird if arguments.get(2).is_some_and(kind::is_date) => DataType::Date32,
            Self::LikeThird => moment(),
        }
    }
}

/// What some functions cannot answer without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// A context file.
    Context,
    /// A file with the countries of addresses.
    Countries,
    /// A file with the autonomous systems of addresses.
    Systems,
    /// Whatever a field rests on that is named when the function is called, and
    /// that is refused then if it is not there.
    Field,
}

impl Entry {
    /// The call as documentation writes it: `f(a, b[, c])`.
    pub(super) fn syntax(&self) -> String {
        let mut text = format!("{}(", self.name);
        let mut open = 0;
        for (i, argument) in self.arguments.iter().enumerate() {
            if argument.optional {
                text.push('[');
                open += 1;
            }
            if i > 0 {
                text.push_str(", ");
            }
            text.push_str(argument.name);
        }
        text.push_str(&"]".repeat(open));
        text.push(')');
        text
    }

    /// How many arguments it takes at least.
    pub(super) fn required(&self) -> usize {
        self.arguments.iter().filter(|a| !a.optional).count()
    }
}
