//! Reads the bytes of a CloudTrail object into events and materialises only the projected fields.
