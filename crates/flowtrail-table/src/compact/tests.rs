//! Compaction as a whole: what goes in comes out, whatever happens meanwhile.

mod data;
mod faults;
mod foreign;
mod runs;
mod support;
