//! Whether first contacts fail as those of a scanner do: the sequential test of
//! Jung, Paxson, Berger and Balakrishnan, "Fast Portscan Detection Using
//! Sequential Hypothesis Testing" (IEEE Symposium on Security and Privacy 2004).
//!
//! Of a host that means well four of five first contacts are answered (θ0 =
//! 0.8), of a scanner one of five (θ1 = 0.2). So each failure adds
//! ln((1 − θ1)/(1 − θ0)) = ln 4 to the logarithm of the likelihood ratio, and
//! each answer ln(θ1/θ0) = −ln 4. The paper stops where the sum is below a bound
//! and calls the host benign; here the sum never falls below zero and goes on, so
//! that a host cannot buy itself off with answered contacts beforehand.

use super::entry::Entry;

/// What a failed first contact adds, and an answered one takes away: ln 4.
const STEP: f64 = 2.0 * std::f64::consts::LN_2;

/// The highest sum over `entries`: in the order of time, each the first contact
/// of its destination, those of member 0 failed. `None` if there are fewer than
/// `min`.
pub(super) fn number(entries: &[Entry], min: u32) -> Option<f64> {
    if entries.len() < min as usize {
        return None;
    }
    let (mut sum, mut highest) = (0_u32, 0_u32);
    for entry in entries {
        sum = if entry.member == 0 {
            sum.saturating_add(1)
        } else {
            sum.saturating_sub(1)
        };
        highest = highest.max(sum);
    }
    Some(f64::from(highest) * STEP)
}
