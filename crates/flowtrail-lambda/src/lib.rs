//! Takes a notification, scans what it names, publishes, reports what failed.

pub mod account;
pub mod answer;
pub mod config;
pub mod log;
pub mod rules;
pub mod trigger;
pub mod windows;
