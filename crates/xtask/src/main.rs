//! Test set-up, packaging, benches.

fn main() {}
