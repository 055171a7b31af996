//! Shared pieces of the end-to-end tests.

pub mod by;
mod fixture;
mod messages;
pub mod proof_of_age;
mod samples;
mod unchanged;

pub use fixture::fixture;
pub use messages::{Sent, receive, send};
pub use samples::{Sample, Takes, samples, with_blobs_resized, with_extra_field};
pub use unchanged::Unchanged;

use calisec_testkit::backend::{LocalBackend, PocketIcBackend};
use libtest_mimic::{Arguments, Failed, Trial};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// A test that runs on any network.
pub struct Journey {
    /// `should_..._when_...`.
    pub name: &'static str,
    /// On the embedded engine.
    pub local: fn(LocalBackend),
    /// On PocketIC.
    pub pocket_ic: fn(PocketIcBackend),
}

/// Lists functions that are generic over [`Backend`](calisec_testkit::backend::Backend) as [`Journey`]s.
#[macro_export]
macro_rules! journeys {
    ($($name:ident),+ $(,)?) => {
        [$($crate::Journey { name: stringify!($name), local: $name, pocket_ic: $name }),+]
    };
}

/// Runs every journey on the embedded engine, and on PocketIC where `POCKET_IC_BIN` names its server. Where it does not,
/// those are reported as ignored: never as passed.
#[must_use]
pub fn run(journeys: impl IntoIterator<Item = Journey>) -> ExitCode {
    let server = PocketIcBackend::server();
    let trials = journeys
        .into_iter()
        .flat_map(|journey| {
            let local =
                Trial::test(format!("local::{}", journey.name), move || told(|| (journey.local)(LocalBackend::new(1))));
            let server = server.clone();
            let skipped = server.is_none();
            let pocket_ic = Trial::test(format!("pocket_ic::{}", journey.name), move || {
                let server = server.ok_or("POCKET_IC_BIN is not set")?;
                told(|| (journey.pocket_ic)(PocketIcBackend::new(server)))
            })
            .with_ignored_flag(skipped);
            [local, pocket_ic]
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A panic is a failed test.
fn told(test: impl FnOnce()) -> Result<(), Failed> {
    catch_unwind(AssertUnwindSafe(test)).map_err(|panic| Failed::from(panic_text(panic.as_ref())))
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panicked".to_owned())
}
