//! Tests of the methods, as their callers see them.

mod access;
mod administration;
mod applications;
mod audit;
mod bundles;
mod changes;
mod checkpoints;
mod claims;
mod devices;
mod facts;
mod group_state;
mod groups;
mod inquiries;
mod invites;
mod links;
mod members;
mod model;
mod nodes;
mod refusals;
mod registration;
mod requests;
mod revocation;
mod roles;
mod uses;
mod weaknesses;
mod weaknesses_limits;
