//! Contexts, members, roles, policies and access decisions.
