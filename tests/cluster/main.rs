//! A cluster on the loopback: a scheduler and executors as processes of their
//! own, asked by `flowtrail query --cluster`, beside one machine.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod bucket;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod servers;
