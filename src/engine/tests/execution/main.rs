//! One message on one canister: what it costs, what it may do, and that it commits or rolls back as a whole.

mod basics;
mod calls;
mod contexts;
mod facts;
mod limits;
mod metering;
mod modules;
mod rollback;
mod support;
