//! What is known about who and where: adds derived fields (flowtrail.*) to events.
//!
//! A rule may ask for fields under `flowtrail.`; no log contains them. A
//! [`Derivation`] is planned once over a projection: it finds out which of them
//! are asked for and adds the base fields that they are computed from. Applied
//! to an event it fills exactly the asked fields. [`DERIVED`] is the one table
//! of these fields; documentation, rule checker and SQL schema read it.
//!
//! ```
//! use flowtrail_context::Derivation;
//! use flowtrail_event::{Kind, Projection};
//!
//! let mut projection = Projection::new();
//! projection.slot("flowtrail.api");
//! let derivation = Derivation::plan(&mut projection, Kind::CloudTrail, None).unwrap();
//! assert!(!derivation.is_empty());
//! assert!(projection.find("eventSource").is_some());
//!
//! projection.slot("flowtrail.princpal");
//! let error = Derivation::plan(&mut projection, Kind::CloudTrail, None).unwrap_err();
//! assert_eq!(error.hint, Some("flowtrail.principal"));
//! ```
//!
//! Nothing here reads a clock, a file or the environment, and nothing here
//! raises an alarm: rules do.

mod context;
mod derived;
mod given;
#[cfg(test)]
#[path = "../../../tests/mmdb.rs"]
mod mmdb;
mod nearest;
mod places;

pub use context::{
    Account, AccountIx, Caller, Context, Decision, Declared, End, Entry, EnvironmentIx, Network,
    NetworkRef, PARTS, Place, Ports, Problem, Scope, Segment, SegmentIx, Severity, Standing,
    Subject, Summary, Suppression, Trace, Transport, Trusted, TrustedIx, Validity, Verdict, Vpc,
    VpcIx,
};
pub use derived::{
    Connection, DERIVED, Derivation, DerivedField, Knowledge, Side, Sighter, UnknownField,
    derived_field, reads_by_name,
};
pub use given::Given;
pub use places::{Places, PlacesError, PlacesFile, Spot, Tells};
