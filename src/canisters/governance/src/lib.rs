//! Proposals, votes, timelocks and their execution.
