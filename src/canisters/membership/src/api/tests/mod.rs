//! Tests of the methods, as their callers see them.

mod access;
mod administration;
mod audit;
mod changes;
mod claims;
mod facts;
mod groups;
mod members;
mod model;
mod refusals;
mod registration;
mod requests;
mod roles;
mod uses;
mod weaknesses;
