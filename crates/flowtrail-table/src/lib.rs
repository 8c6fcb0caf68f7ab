//! Logs, findings and rules as tables of `DataFusion`. The only crate that
//! knows `DataFusion`.

mod layout;
mod store;

pub use layout::{AHEAD, Day, LATENESS, LogKind, Place, REDELIVERY_MAX, Wanted};
pub use store::{
    Bucket, Fetched, Fetcher, IGNORE_FILE, ListError, ListSettings, Listing, LogObject, NotListed,
    NotListedKind, ReadAhead, STDIN, Source, list, share,
};
