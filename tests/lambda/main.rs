//! The Lambda from outside: the real `bootstrap` between a Lambda Runtime API
//! and an AWS on the loopback.

#[cfg(test)]
mod function;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod http;
#[cfg(test)]
mod mapping;
#[cfg(test)]
mod payload;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod runtime;
#[cfg(test)]
mod world;
