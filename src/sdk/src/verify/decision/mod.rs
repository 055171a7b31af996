//! Decisions that rest on certified facts, made here.

use super::certificate::{CertificateError, CertifiedData, Trust, certified_within};
use calisec_certification::decode_tree;
use calisec_certification::facts::{
    AUDIT_HEAD_LABEL, FACTS_LABEL, FactKind, claim_kinds_content, claim_kinds_key, claims_content, claims_key,
    context_content, context_key, fact_hash, grants_content, grants_key, identity_content, principal_key, role_content,
    role_key,
};
use calisec_policy::{Asking, HeldClaims, Judge, Policies, Ruling, Verdict, policy_hash};
use calisec_types::ids::{AccountId, ContextId, DeviceKey, GrantId, PolicyVersion, Seq, Timestamp};
use calisec_types::membership::{
    Action, ContextFact, DECISION_VALIDITY_SECONDS, DecideArg, DecisionBundle, IdentityFact, LinkFact, MemberFact,
    Rights, Subject,
};
use candid::Principal;
use ic_certification::{HashTree, LookupResult};
use std::time::Duration;

/// The page's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../../../docs/decision-bundles.md")]
struct DecisionBundles;

/// Why a bundle decides nothing. Take it for a deny, and ask another node.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DecisionError {
    /// Something of that kind is not done to that resource.
    #[error("reading is done to a note; minting is done to the context, without a note")]
    ResourceMismatch(Action),
    /// It was asked for in a way that gives no certificate.
    #[error("the bundle has no certificate: ask for it with a query, not from a canister or with an update")]
    NoCertificate,
    /// The certificate proves nothing, or is too old.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The witness is no hash tree.
    #[error("the witness is malformed: {0}")]
    MalformedWitness(String),
    /// The witness belongs to other data than the canister certified.
    #[error("the root of the witness is not what the canister certified")]
    WrongRoot,
    /// The group that the bundle names has no such context.
    #[error("the bundle is of a group that has no context {0}")]
    UnknownContext(ContextId),
    /// The witness does not say what is asked.
    #[error("the witness does not tell about {0}")]
    NotTold(&'static str),
    /// A fact is not what is certified, or one is missing or too many.
    #[error("what the bundle says about {0} is not what is certified")]
    WrongFact(&'static str),
    /// The policies are not in the bundle.
    #[error("the policies are too long for the bundle: ask `policy` for them and put them in")]
    NoPolicy,
    /// The policies are not those that are certified.
    #[error("the policies are not those that are certified")]
    WrongPolicy,
    /// The policies do not parse here: another version of Cedar.
    #[error("the policies cannot be read: {0}")]
    UnreadablePolicy(String),
}

/// A decision that follows from what the canister certified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedDecision {
    /// Allow or deny.
    pub allowed: bool,
    /// The account the subject resolved to, if it is a member.
    pub account: Option<AccountId>,
    /// The policies (`@id` or `policy<n>`) that decided; empty for a default deny.
    pub determining_policies: Vec<String>,
    /// What would have to be true for an allow, in words.
    pub missing: Vec<String>,
    /// The grant that was put to the policies, if one counts. Deciding by a bundle uses up nothing.
    pub grant: Option<GrantId>,
    /// The policy set it was decided under.
    pub policy_version: PolicyVersion,
    /// The canister's write counter when it was certified.
    pub seq: Seq,
    /// When what it rests on was certified. What changed since, it does not know.
    pub certified_at: Timestamp,
    /// How long it may be relied upon: no longer than the certificate may be old.
    pub valid_until: Timestamp,
}

/// Decides a question by a bundle that anybody passed on, as `membership` decides it. What the bundle rests on was certified at
/// most `max_age` ago; time that has passed since counts, so a grant that is over is over.
///
/// # Errors
/// [`DecisionError`].
pub fn decision(
    bundle: &DecisionBundle,
    question: &DecideArg,
    membership: Principal,
    trust: &Trust<'_>,
    max_age: Duration,
) -> Result<VerifiedDecision, DecisionError> {
    let certificate = bundle.certificate.as_ref().ok_or(DecisionError::NoCertificate)?;
    let certified = certified_within(certificate, membership, trust, max_age)?;
    let age_limit = u64::try_from(max_age.as_nanos()).unwrap_or(u64::MAX);
    let latest = Timestamp(certified.at.0.saturating_add(age_limit));
    let decision = decision_of_certified(bundle, question, &certified, trust.now)?;
    Ok(VerifiedDecision { valid_until: decision.valid_until.min(latest), ..decision })
}

/// Decides a question by a bundle whose certificate was verified before with [`certified_within`], for many bundles under one.
///
/// # Errors
/// [`DecisionError`].
pub fn decision_of_certified(
    bundle: &DecisionBundle,
    question: &DecideArg,
    certified: &CertifiedData,
    now: Timestamp,
) -> Result<VerifiedDecision, DecisionError> {
    match (question.action, &question.note) {
        (Action::Read, Some(_)) | (Action::Mint, None) => {}
        (action @ Action::Read, None) | (action @ Action::Mint, Some(_)) => {
            return Err(DecisionError::ResourceMismatch(action));
        }
    }
    let told = Told::of(bundle, &certified.data)?;
    let member = told.member(bundle, question, now)?;
    if bundle.policy.as_ref().is_some_and(|cedar| policy_hash(cedar) != bundle.context.policy_hash) {
        return Err(DecisionError::WrongPolicy);
    }
    let account = member.as_ref().map(|member| member.standing.member.account);
    let ruling = match member {
        None => {
            let valid_until = now.plus_seconds(DECISION_VALIDITY_SECONDS);
            Ruling { verdict: Verdict::not_a_member(), grant: None, valid_until }
        }
        Some(Member { standing: Standing { member, scope, device, until, .. }, rights, identity }) => {
            let cedar = bundle.policy.as_ref().ok_or(DecisionError::NoPolicy)?;
            let policies = Policies::parse(cedar).map_err(DecisionError::UnreadablePolicy)?;
            let claims = &told.claims(bundle, (question.context, member.account), &policies, now)?;
            let asking = Asking { member, rights, scope, device, until, identity, grants: &bundle.grants, claims };
            Judge::default().rule(&policies, question, asking, now)
        }
    };
    let Ruling { verdict: Verdict { allowed, determining_policies, missing }, grant, valid_until } = ruling;
    Ok(VerifiedDecision {
        allowed,
        account,
        determining_policies,
        missing,
        grant,
        policy_version: bundle.context.policy_version,
        seq: told.seq()?,
        certified_at: certified.at,
        valid_until,
    })
}

/// What a witness tells.
struct Told(HashTree);

impl Told {
    fn of(bundle: &DecisionBundle, certified: &[u8]) -> Result<Self, DecisionError> {
        let tree = decode_tree(&bundle.witness).map_err(DecisionError::MalformedWitness)?;
        if tree.digest()[..] == *certified { Ok(Self(tree)) } else { Err(DecisionError::WrongRoot) }
    }

    /// The hash of the fact with this key, or that there is none.
    fn fact(&self, key: [u8; 32], about: &'static str) -> Result<Option<&[u8]>, DecisionError> {
        match self.0.lookup_path([FACTS_LABEL.as_bytes(), &key]) {
            LookupResult::Found(hash) => Ok(Some(hash)),
            LookupResult::Absent => Ok(None),
            LookupResult::Unknown | LookupResult::Error => Err(DecisionError::NotTold(about)),
        }
    }

    /// Checks that what a bundle says is certified, be it that there is nothing.
    fn check(
        &self,
        key: [u8; 32],
        kind: FactKind,
        content: Option<&[u8]>,
        about: &'static str,
    ) -> Result<(), DecisionError> {
        let expected = content.map(|content| fact_hash(kind, content));
        if self.fact(key, about)? == expected.as_ref().map(|hash| hash.0.as_slice()) {
            Ok(())
        } else {
            Err(DecisionError::WrongFact(about))
        }
    }

    fn seq(&self) -> Result<Seq, DecisionError> {
        let LookupResult::Found(head) = self.0.lookup_path([AUDIT_HEAD_LABEL]) else {
            return Err(DecisionError::NotTold("the audit log"));
        };
        let seq = head.first_chunk().ok_or(DecisionError::WrongFact("the audit log"))?;
        Ok(Seq(u64::from_be_bytes(*seq)))
    }

    /// The claims of a member that count, by the facts of the bundle. Only policies that are about claims need them.
    fn claims(
        &self,
        bundle: &DecisionBundle,
        (context, account): (ContextId, AccountId),
        policies: &Policies,
        now: Timestamp,
    ) -> Result<HeldClaims, DecisionError> {
        let DecisionBundle { context: ContextFact { group, .. }, claim_kinds, claims, .. } = bundle;
        if !policies.mention_claims() {
            let is_bare = claim_kinds.is_empty() && claims.is_empty();
            return if is_bare { Ok(HeldClaims::default()) } else { Err(DecisionError::WrongFact("claims")) };
        }
        let content = (!claim_kinds.is_empty()).then(|| claim_kinds_content(claim_kinds));
        self.check(claim_kinds_key(group, &context), FactKind::ClaimKinds, content.as_deref(), "kinds of claims")?;
        let content = (!claims.is_empty()).then(|| claims_content(claims));
        self.check(claims_key((group, &account), &context), FactKind::Claims, content.as_deref(), "claims")?;
        Ok(HeldClaims::of(claim_kinds, claims, now))
    }

    /// The member that asks, by the facts of the bundle, all of which are certified; `None` when it is certified that the
    /// subject is no member.
    fn member<'a>(
        &self,
        bundle: &'a DecisionBundle,
        question: &DecideArg,
        now: Timestamp,
    ) -> Result<Option<Member<'a>>, DecisionError> {
        let DecisionBundle { context, role, grants, owner, .. } = bundle;
        let id = question.context;
        let key = context_key(&context.group, &id);
        if self.fact(key, "the context")?.is_none() {
            return Err(DecisionError::UnknownContext(id));
        }
        self.check(key, FactKind::Context, Some(&context_content(context)), "the context")?;

        let Some(standing) = self.standing(bundle, question, now)? else { return Ok(None) };
        let Standing { member, .. } = standing;
        let key = role_key(&context.group, &member.role);
        self.check(key, FactKind::Role, role.as_ref().map(role_content).as_deref(), "the role")?;
        let mut identity = member.account.principal();
        match &question.note {
            None if grants.is_empty() && owner.is_none() => {}
            None => return Err(DecisionError::WrongFact("grants")),
            Some(note) => {
                let key =
                    grants_key((&context.group, &member.account), &id, question.action, (&note.registry, note.note));
                let content = (!grants.is_empty()).then(|| grants_content(grants));
                self.check(key, FactKind::Grants, content.as_deref(), "grants")?;
                if note.owner != identity {
                    let key = principal_key(&context.group, &note.owner);
                    let content = owner.as_ref().map(identity_content);
                    self.check(key, FactKind::Principal, content.as_deref(), "the owner")?;
                    // What somebody owns by one of its devices is its own.
                    if owner.as_ref().is_some_and(|owner| owner.account() == member.account) {
                        identity = note.owner;
                    }
                } else if owner.is_some() {
                    return Err(DecisionError::WrongFact("the owner"));
                }
            }
        }
        let of_role = role.as_ref().map_or(Rights::NONE, |role| Rights::of(&role.capabilities));
        let rights = rights_of(member, of_role);
        Ok(standing.is_live.then_some(Member { standing, rights, identity }))
    }

    /// Follows the identities from the subject to its member; `None` when there is none.
    fn standing<'a>(
        &self,
        bundle: &'a DecisionBundle,
        question: &DecideArg,
        now: Timestamp,
    ) -> Result<Option<Standing<'a>>, DecisionError> {
        let DecisionBundle { context, identities, role, grants, claim_kinds, claims, owner, .. } = bundle;
        let nobody = || {
            let is_unproved = claim_kinds.is_empty() && claims.is_empty();
            let is_bare = role.is_none() && grants.is_empty() && owner.is_none() && is_unproved;
            if is_bare { Ok(None) } else { Err(DecisionError::WrongFact("somebody who is no member")) }
        };
        let mut principal = match question.subject {
            Subject::Account(account) => account.principal(),
            Subject::Principal(principal) => principal,
        };
        let (mut scope, mut device, mut until) = (Rights::ALL, None, None);
        let mut left = identities.iter();
        loop {
            let identity = left.next();
            let key = principal_key(&context.group, &principal);
            self.check(key, FactKind::Principal, identity.map(identity_content).as_deref(), "the subject")?;
            let is_last = left.as_slice().is_empty();
            principal = match identity {
                Some(IdentityFact::Member(member)) if is_last => {
                    let is_live = until.is_none_or(|due| now <= due);
                    return Ok(Some(Standing { member, scope, device, until, is_live }));
                }
                None | Some(IdentityFact::GivenUp(_)) if is_last => return nobody(),
                // Of an account it matters whether it is a member, not whom its key acts for.
                Some(_) if is_last && matches!(question.subject, Subject::Account(_)) => return nobody(),
                Some(IdentityFact::Link(LinkFact { device: Some(key), .. })) if device.is_none() => key.principal(),
                Some(IdentityFact::Link(LinkFact { account, device: None })) if device.is_none() => account.principal(),
                Some(IdentityFact::Device(of)) if device.is_none() => {
                    (scope, device, until) = (of.scope.rights(), Some(of.key), of.due);
                    of.account.principal()
                }
                None | Some(_) => return Err(DecisionError::WrongFact("the subject")),
            };
        }
    }
}

/// A member that asks.
struct Member<'a> {
    standing: Standing<'a>,
    rights: Rights,
    /// The principal that policies know it by.
    identity: Principal,
}

/// A member, and through what the subject acts for it.
struct Standing<'a> {
    member: &'a MemberFact,
    scope: Rights,
    device: Option<DeviceKey>,
    until: Option<Timestamp>,
    /// Whether the device still counts.
    is_live: bool,
}

/// What a member may do: what its role may, and what it may itself. Members may read.
fn rights_of(member: &MemberFact, of_role: Rights) -> Rights {
    of_role.or(Rights::of(&member.capabilities)).or(Rights::READ)
}
