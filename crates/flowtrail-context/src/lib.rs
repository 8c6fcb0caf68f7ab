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
//! let derivation = Derivation::plan(&mut projection, Kind::CloudTrail).unwrap();
//! assert!(!derivation.is_empty());
//! assert!(projection.find("eventSource").is_some());
//!
//! projection.slot("flowtrail.princpal");
//! let error = Derivation::plan(&mut projection, Kind::CloudTrail).unwrap_err();
//! assert_eq!(error.hint, Some("flowtrail.principal"));
//! ```
//!
//! Nothing here reads a clock, a file or the environment, and nothing here
//! raises an alarm: rules do.

mod derived;

pub use derived::{DERIVED, Derivation, DerivedField, Knowledge, UnknownField, derived_field};
