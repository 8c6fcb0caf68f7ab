//! Why a Parquet file could not be read.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ::parquet::errors::ParquetError;
use flowtrail_event::ObjectFault;

/// Why a Parquet file could not be read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParquetFault {
    /// The bytes could not be fetched.
    #[error("reading failed: {0}")]
    Read(String),
    /// The footer, where Parquet describes itself, is missing or damaged.
    #[error("no Parquet file, or a damaged one: {0}")]
    Footer(String),
    /// No column is one that only flow logs have.
    #[error(
        "none of the {0} columns belongs to a flow log\nhint: AWS names them `srcaddr`, `pkt_srcaddr`, …"
    )]
    NotAFlowLog(usize),
    /// A field is of a type that it cannot be read from.
    #[error(
        "column `{column}` is of type {found}, from which a flow-log field cannot be read\nhint: integers, floats and text can be; times also as timestamps"
    )]
    ColumnType {
        /// The column as the file names it.
        column: String,
        /// Its Arrow type.
        found: String,
    },
    /// It says that it inflates to more than
    /// [`Limits::inflated_bytes_max`](flowtrail_event::Limits::inflated_bytes_max).
    #[error("inflates to {bytes} bytes; at most {max} are read")]
    TooLarge {
        /// What it says.
        bytes: u64,
        /// What is allowed.
        max: u64,
    },
    /// The data behind a sound footer is damaged.
    #[error("damaged behind row {rows_read} of {rows}: {what}")]
    Damaged {
        /// Rows that were read before.
        rows_read: u64,
        /// Rows that the footer promises.
        rows: u64,
        /// What is wrong.
        what: String,
    },
}

impl ParquetFault {
    /// How the accounting calls it.
    #[must_use]
    pub const fn object_fault(&self) -> ObjectFault {
        match self {
            Self::Read(_) => ObjectFault::Read,
            Self::Footer(_) | Self::Damaged { .. } => ObjectFault::Corrupt,
            Self::NotAFlowLog(_) | Self::ColumnType { .. } => ObjectFault::NotALog,
            Self::TooLarge { .. } => ObjectFault::TooLarge,
        }
    }

    /// An error of the decoder before any row.
    pub(super) fn of_footer(error: &ParquetError) -> Self {
        match Self::read_failed(error) {
            Some(fault) => fault,
            None => Self::Footer(one_line(error)),
        }
    }

    /// An error of the decoder behind `rows_read` of `rows` rows.
    pub(super) fn of_data(error: &ParquetError, rows_read: u64, rows: u64) -> Self {
        match Self::read_failed(error) {
            Some(fault) => fault,
            None => Self::Damaged {
                rows_read,
                rows,
                what: one_line(error),
            },
        }
    }

    /// Only errors of the storage arrive as external ones.
    fn read_failed(error: &ParquetError) -> Option<Self> {
        if let ParquetError::External(inner) = error
            && inner.downcast_ref::<std::io::Error>().is_some()
        {
            return Some(Self::Read(inner.to_string()));
        }
        None
    }
}

/// The text of an error, safe for one line of a log.
fn one_line(error: &impl std::fmt::Display) -> String {
    error.to_string().replace(char::is_control, " ")
}

/// Runs the decoder. It is written for sound files, and damaged bytes can make
/// it panic; here that is one more way to say that they are damaged. What it
/// leaves behind is not used again.
pub(super) fn guarded<T>(
    work: impl FnOnce() -> Result<T, ParquetError>,
) -> Result<T, ParquetError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(panic) => {
            let said = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no reason given");
            Err(ParquetError::General(format!(
                "the decoder gave up: {said}"
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_decoder_is_an_error() {
        let e = guarded::<()>(|| panic!("index {} out of\nrange", 7)).unwrap_err();
        let fault = ParquetFault::of_data(&e, 5, 9);
        assert_eq!(
            fault.to_string(),
            "damaged behind row 5 of 9: Parquet error: the decoder gave up: index 7 out of range"
        );
        assert_eq!(fault.object_fault(), ObjectFault::Corrupt);
    }

    #[test]
    fn a_failing_disk_is_not_a_damaged_file() {
        let io = std::io::Error::other("disk on fire");
        let fault = ParquetFault::of_footer(&ParquetError::from(io));
        assert_eq!(fault, ParquetFault::Read("disk on fire".to_owned()));
        assert_eq!(fault.object_fault(), ObjectFault::Read);
    }
}
