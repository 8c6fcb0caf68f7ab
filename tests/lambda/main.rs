//! The Lambda from outside: the real `bootstrap` between a Lambda Runtime API
//! and an AWS on the loopback.

#[cfg(test)]
mod context;
#[cfg(test)]
mod drill;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod function;
#[cfg(test)]
mod geo;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod help;
#[cfg(test)]
mod http;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod mapping;
#[cfg(test)]
mod memory;
#[cfg(test)]
#[path = "../mmdb.rs"]
mod mmdb;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod payload;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod runtime;
#[cfg(test)]
mod world;
