//! `calisec context`.

use super::{Page, reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::session::Session;
use crate::{claim, keyfile, parse};
use calisec_sdk::Random;
use calisec_sdk::identity::Identity;
use calisec_sdk::types::ids::{ContextId, GroupId, Seq};
use calisec_sdk::types::membership::{
    AddContextArg, AuditArg, AuditEvent, ContextsArg, KeyRecovery, OfferAdministrationArg, RecoverAdministrationArg,
    RegisterContextArg, RegistrationsArg,
};
use calisec_sdk::types::signing::{AdministratorRecovery, ContextRegistration};
use candid::Principal;
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// What is done with contexts.
#[derive(Subcommand)]
pub enum Verb {
    /// Register a context with the key whose public key is its id. You administer it, or whom you name.
    ///
    /// Example: calisec identity new --out context.pem; calisec context register --key context.pem
    Register {
        /// The context's key, a file as 'calisec identity new' makes it.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Who administers it [default: you].
        #[arg(long, value_parser = parse::principal)]
        administrator: Option<Principal>,
        /// How long the signature may be used; at most 24h.
        #[arg(long, default_value = "1h", value_parser = parse::duration)]
        expires: Duration,
    },
    /// Say what to ask a Calimero node for, so that its ownership claim registers or recovers a context here.
    ///
    /// Example: calisec context ask
    Ask,
    /// Register a context of a Calimero group by the ownership claim of a node that administers it.
    ///
    /// Example: calisec context claim claim.json
    Claim {
        /// The node's answer in JSON; '-' for standard input.
        file: PathBuf,
    },
    /// Add a context to a registered group. Takes the capability manage-application.
    ///
    /// Example: calisec context add --group <group> <context>
    Add {
        /// The group as it is called here, in hex.
        #[arg(long, value_parser = parse::group)]
        group: GroupId,
        /// The context as it is called in Calimero.
        #[arg(value_parser = parse::context)]
        context: ContextId,
    },
    /// Find the contexts whose context or group has this id in Calimero. Anybody can register any: look at the issuer.
    ///
    /// Example: calisec context find <group>
    Find {
        /// The id in Calimero, of a group in hex or of a context in base58.
        #[arg(value_parser = parse::group)]
        id: GroupId,
        #[command(flatten)]
        page: Page<ContextId>,
    },
    /// Offer the administration to somebody, who has 7 days to accept it.
    ///
    /// Example: calisec context transfer <context> --to <principal>
    Transfer {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// To whom.
        #[arg(long, value_parser = parse::principal)]
        to: Principal,
    },
    /// Accept the administration that was offered to you, or that a recovery gives you.
    ///
    /// Example: calisec context accept <context>
    Accept {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
    },
    /// Take an offer back, or veto a recovery.
    ///
    /// Example: calisec context cancel <context>
    Cancel {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
    },
    /// Show the handover that is pending.
    ///
    /// Example: calisec context handover <context>
    Handover {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
    },
    /// Recover a group whose administrator's key is lost, with the key or the claim that it was registered with. Can be
    /// accepted after 7 days, in which the administrator can veto it.
    ///
    /// Example: calisec context recover --key context.pem --administrator <principal>
    Recover {
        /// The context's key.
        #[arg(long, value_name = "FILE", required_unless_present = "claim", conflicts_with = "claim")]
        key: Option<PathBuf>,
        /// A node's claim with the subject 'recover:' and a principal.
        #[arg(long, value_name = "FILE")]
        claim: Option<PathBuf>,
        /// Who shall administer [default: you].
        #[arg(long, conflicts_with = "claim", value_parser = parse::principal)]
        administrator: Option<Principal>,
        /// How long the signature may be used; at most 24h.
        #[arg(long, default_value = "1h", value_parser = parse::duration)]
        expires: Duration,
    },
    /// Show a context.
    ///
    /// Example: calisec context show <context>
    Show {
        /// Its id.
        #[arg(value_parser = parse::context)]
        context: ContextId,
    },
    /// List contexts: of a group, or all that the audit log tells of, which reads the whole log.
    ///
    /// Example: calisec context list --group <group>
    List {
        /// The group, in hex; a context that stands alone is its own group.
        #[arg(long, value_parser = parse::group)]
        group: Option<GroupId>,
        #[command(flatten)]
        page: Page<ContextId>,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Register { key, administrator, expires } => {
            writing(options, |session| register(session, &keyfile::load(&key)?, administrator, expires))
        }
        Verb::Ask => reading(options, ask),
        Verb::Claim { file } => {
            let claim = claim::read(&file)?;
            reading(options, |session| session.ask(session.membership()?.register_claim(&claim)).map(Answer::of))
        }
        Verb::Add { group, context } => writing(options, |session| {
            session.ask(session.membership()?.add_context(&AddContextArg { group, context })).map(Answer::of)
        }),
        Verb::Find { id, page } => reading(options, |session| {
            let membership = session.membership()?;
            page.show("registrations", |after, limit| {
                let arg = RegistrationsArg { calimero_id: id, after, limit };
                let page = session.wait(membership.registrations(&arg))?;
                Ok((page.registrations, page.next))
            })
        }),
        Verb::Transfer { context, to } => writing(options, |session| {
            let arg = OfferAdministrationArg { context, to };
            session.ask(session.membership()?.offer_administration(&arg)).map(Answer::of)
        }),
        Verb::Accept { context } => writing(options, |session| {
            session.ask(session.membership()?.accept_administration(context)).map(Answer::of)
        }),
        Verb::Cancel { context } => {
            writing(options, |session| session.ask(session.membership()?.cancel_handover(context)).map(Answer::of))
        }
        Verb::Handover { context } => reading(options, |session| {
            let handover = session.ask(session.membership()?.handover(context))?;
            Ok(Answer::of(json!({ "handover": handover })))
        }),
        Verb::Recover { key, claim, administrator, expires } => {
            let claim = claim.as_deref().map(claim::read).transpose()?;
            let key = key.as_deref().map(keyfile::load).transpose()?;
            let work = |session: &Session| {
                let arg = match (claim, key) {
                    (Some(claim), _) => RecoverAdministrationArg::Claim(claim),
                    (None, Some(key)) => recovery(session, &key, administrator, expires)?,
                    (None, None) => return Err(Failure::usage("pass --key or --claim")),
                };
                session.ask(session.membership()?.recover_administration(&arg)).map(Answer::of)
            };
            // Who holds the key behind the group needs no other one, unless it names itself.
            reading(options, work)
        }
        Verb::Show { context } => {
            reading(options, |session| session.ask(session.membership()?.context(context)).map(Answer::of))
        }
        Verb::List { group: Some(group), page } => reading(options, |session| {
            let membership = session.membership()?;
            page.show("contexts", |after, limit| {
                let page = session.ask(membership.contexts_of_group(&ContextsArg { group, after, limit }))?;
                Ok((page.contexts.iter().map(|id| json!({ "id": id })).collect(), page.next))
            })
        }),
        Verb::List { group: None, page } if page.is_partial() => Err(Failure::usage(
            "--after and --limit are for the contexts of a --group: without one, the audit log is read for all contexts",
        )),
        Verb::List { group: None, .. } => reading(options, registered),
    }
}

/// Who administers when nobody is named: whoever calls.
fn named_or_caller(session: &Session, administrator: Option<Principal>) -> Result<Principal, Failure> {
    match administrator {
        Some(administrator) => Ok(administrator),
        None => Ok(session.identity()?.principal()),
    }
}

fn register(
    session: &Session,
    key: &Identity,
    administrator: Option<Principal>,
    expires: Duration,
) -> Result<Answer, Failure> {
    let membership = session.membership()?;
    let payload = ContextRegistration {
        network: session.network_hash(),
        canister: membership.canister(),
        context: key.context(),
        administrator: named_or_caller(session, administrator)?,
        expires_at: parse::later(session.now(), expires),
    };
    let signature = key.sign_context_registration(&payload).map_err(|error| Failure::internal(error.to_string()))?;
    let ContextRegistration { context, administrator, expires_at, .. } = payload;
    let arg = RegisterContextArg { context, administrator, expires_at, signature: signature.to_vec().into() };
    session.ask(membership.register_context(&arg)).map(Answer::of)
}

fn recovery(
    session: &Session,
    key: &Identity,
    administrator: Option<Principal>,
    expires: Duration,
) -> Result<RecoverAdministrationArg, Failure> {
    let payload = AdministratorRecovery {
        network: session.network_hash(),
        canister: session.id("membership")?,
        context: key.context(),
        administrator: named_or_caller(session, administrator)?,
        expires_at: parse::later(session.now(), expires),
    };
    let signature = key.sign_administrator_recovery(&payload).map_err(|error| Failure::internal(error.to_string()))?;
    let AdministratorRecovery { context, administrator, expires_at, .. } = payload;
    let signature = signature.to_vec().into();
    Ok(RecoverAdministrationArg::Key(KeyRecovery { context, administrator, expires_at, signature }))
}

/// What a node must be asked for: the claim is worthless at any other canister, network or for any other administrator.
fn ask(session: &Session) -> Result<Answer, Failure> {
    let audience = format!("icp:{}#{}", session.id("membership")?, session.network_hash());
    let mut random = Random::from_os().map_err(|error| Failure::internal(error.to_string()))?;
    let expires_at_ms = session.now().plus_seconds(300).0 / 1_000_000;
    let principal = session.identity()?.principal();
    Ok(Answer::of(json!({
        "url": "POST /admin-api/groups/<group>/issue-ownership-proof",
        "audience": audience,
        "contextId": "<context>",
        "subject": format!("bind:{principal}"),
        "nonce": hex::encode(random.bytes::<16>()),
        "expiresAtMs": expires_at_ms,
    })))
}

/// All contexts, by the log of their registrations.
fn registered(session: &Session) -> Result<Answer, Failure> {
    let membership = session.membership()?;
    let mut contexts = Vec::new();
    let mut from = Seq(1);
    loop {
        let entries = session.wait(membership.audit_log(&AuditArg { from, limit: Some(200) }))?;
        let Some(last) = entries.last() else { break };
        from = last.seq.next();
        for entry in &entries {
            if let AuditEvent::ContextRegistered { group, administrator, .. } = &entry.event {
                contexts.push(json!({
                    "id": entry.context, "group": group, "registered_by": administrator, "registered_at": entry.at,
                }));
            }
        }
    }
    Ok(Answer::page("contexts", &contexts, None::<&ContextId>))
}
