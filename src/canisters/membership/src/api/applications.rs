//! Which application a context runs.

use super::{authorise, known_context, process, witness_of};
use crate::application::{is_source, is_version};
use crate::state::{Event, State};
use crate::storage::StoredApplication;
use calisec_certification::facts::application_key;
use calisec_runtime::Env;
use calisec_types::ids::ContextId;
use calisec_types::membership::{
    Application, ApplicationCurrentArg, ApplicationHistoryArg, ApplicationPage, Capability, CertifiedApplication,
    MembershipError, MembershipReason, SetApplicationArg,
};
use calisec_types::page::page_length;
use serde_bytes::ByteBuf;

/// Says which application a context runs from now on. Who manages its application. Saying the same again changes nothing.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn set_application<E: Env>(
    env: &E,
    state: &mut State,
    arg: &SetApplicationArg,
) -> Result<Application, MembershipError> {
    let SetApplicationArg { context, application: id, version, wasm_hash, source } = arg;
    if !is_version(version) {
        return Err(MembershipReason::InvalidVersion.into());
    }
    if !is_source(source) {
        return Err(MembershipReason::InvalidSource.into());
    }
    authorise(env, state, *context, Capability::ManageApplication)?;
    let same = |now: &StoredApplication| {
        (now.application, &now.version, now.wasm_hash, &now.source) == (*id, version, *wasm_hash, source)
    };
    if !state.checkpoints().application(*context).is_some_and(|(_, now)| same(&now)) {
        let event = Event::ApplicationSet {
            application: *id,
            version: version.clone(),
            wasm_hash: *wasm_hash,
            source: source.clone(),
        };
        process(env, state, *context, event, None)?;
    }
    application(state, *context)
}

/// The application that a context runs.
///
/// # Errors
/// [`MembershipReason::UnknownContext`] and [`MembershipReason::NoApplication`].
pub fn application(state: &State, context: ContextId) -> Result<Application, MembershipError> {
    known_context(state, context)?;
    let (revision, stored) = state.checkpoints().application(context).ok_or(MembershipReason::NoApplication)?;
    Ok(stored.into_api(revision))
}

/// Whether a module is what a context runs, with the proof.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn application_current<E: Env>(
    env: &E,
    state: &State,
    arg: &ApplicationCurrentArg,
) -> Result<CertifiedApplication, MembershipError> {
    known_context(state, arg.context)?;
    let application = state.checkpoints().application(arg.context).map(|(revision, stored)| stored.into_api(revision));
    let is_current = application.as_ref().is_some_and(|application| application.wasm_hash == arg.wasm_hash);
    let witness = witness_of(state, &[application_key(&arg.context)]);
    Ok(CertifiedApplication { is_current, application, certificate: env.certificate().map(ByteBuf::from), witness })
}

/// A page of the applications that a context runs and ran, the first one first.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn application_history(state: &State, arg: &ApplicationHistoryArg) -> Result<ApplicationPage, MembershipError> {
    known_context(state, arg.context)?;
    let mut found = state.checkpoints().applications_after(arg.context, arg.after);
    let applications: Vec<_> =
        found.by_ref().take(page_length(arg.limit)).map(|(revision, stored)| stored.into_api(revision)).collect();
    let next = found.next().and(applications.last()).map(|last| last.revision);
    Ok(ApplicationPage { applications, next })
}
