//! Proposals, votes, timelocks and their execution.

fn main() {}
