//! Reads flow logs of any version and any custom field order, text and Parquet, into events.
