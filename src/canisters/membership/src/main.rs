//! Contexts, members, roles, policies and access decisions.

fn main() {}
