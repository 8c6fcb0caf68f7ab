//! Clocks, memory, and the best of some rounds, for the benches beside this file.
#![allow(dead_code, reason = "not every bench measures all of it")]

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Tells a time; what counts is how much later it is the next time.
pub(crate) type Clock = fn() -> Duration;

/// Time that this thread was on a processor; that of the clock where the system
/// does not tell. On Linux it goes in steps of milliseconds.
pub(crate) fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = stat
        .as_deref()
        .and_then(|s| s.split(' ').next())
        .and_then(|n| n.parse().ok());
    nanos.map_or_else(wall, Duration::from_nanos)
}

/// Time on the clock, for what is shorter than the steps of [`processor`].
pub(crate) fn wall() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// How long a step takes, and what it comes to.
pub(crate) fn timed<R>(clock: Clock, step: impl FnOnce() -> R) -> (Duration, R) {
    let started = clock();
    let result = black_box(step());
    (clock() - started, result)
}

/// The best time of so many rounds, at least one, and what each of them comes
/// to.
pub(crate) fn best<R: PartialEq>(
    clock: Clock,
    rounds: usize,
    mut step: impl FnMut() -> R,
) -> (Duration, R) {
    let (mut best, result) = timed(clock, &mut step);
    for _ in 1..rounds {
        let (took, again) = timed(clock, &mut step);
        assert!(result == again, "each round computes the same");
        best = best.min(took);
    }
    (best, result)
}

/// Nanoseconds for each of so many.
pub(crate) fn nanos_each(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e9 / count as f64
}

/// Megabytes of this process now (`VmRSS`) or at most (`VmHWM`), as
/// `/proc/self/status` has them; nothing where there is none.
pub(crate) fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix(name));
    let kb = line.and_then(|l| l.split_whitespace().nth(1)?.parse().ok());
    kb.unwrap_or(0.0) * 1024.0 / 1e6
}
