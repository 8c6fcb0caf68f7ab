//! What spans crates, in one test binary.

#[cfg(test)]
mod account;
#[cfg(test)]
mod alarms;
#[cfg(test)]
mod at_hand;
#[cfg(test)]
mod backtest;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod baseline;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod compact;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod context;
#[cfg(test)]
mod correlations;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod export;
#[cfg(test)]
mod geo;
#[cfg(test)]
mod layers;
#[cfg(test)]
#[path = "../mmdb.rs"]
mod mmdb;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod query;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod rule_sql;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod segments;
#[cfg(test)]
mod shipped;
#[cfg(test)]
mod sigma_cases;
#[cfg(test)]
mod support;
