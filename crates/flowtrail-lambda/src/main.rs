//! The function, as `provided.al2023` starts it.

fn main() {}
