//! Each kind by hand, and all kinds against the twin on random input.

mod account;
mod agreement;
mod chains;
mod kinds;
mod ours;
mod random;
mod rises;
