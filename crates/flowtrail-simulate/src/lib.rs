//! Generates realistic logs with labelled attacks, by seed; for samples, benches, tests and drills.
