//! Bad days: each fault with the real function, and what has to be true
//! afterwards. No finding is lost, none is counted twice where there is a state
//! table, the accounting adds up, and the failure is visible in a metric.

mod channels;
mod claims;
mod delivery;
mod killed;
mod limits;
mod load;
mod services;
mod stage;
mod storage;
