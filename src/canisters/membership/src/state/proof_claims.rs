//! Kinds of claims and members' claims: lookups, and how they come and go.

use super::{FIRST_CONTEXT, Map, Occasion, State};
use crate::storage::{
    CLAIM_KINDS, CLAIMED_RECEIPTS, CLAIMS, Claims, Holder, Memories, StoredClaimKind, StoredClaimKinds, StoredClaims,
    StoredEvent,
};
use calisec_certification::facts::{FactKind, claim_kinds_content, claim_kinds_key, claims_content, claims_key};
use calisec_policy::HeldClaims;
use calisec_runtime::{Cbor, InFlight};
use calisec_types::ids::{AccountId, ContextId, ProposalId, ReceiptId, Seq, Timestamp};
use calisec_types::membership::{ClaimFact, ClaimKind, ClaimKindFact, ProofClaim};

/// Receipts whose claims are over that are forgotten whenever one is remembered: more than come in.
const FORGOTTEN_AT_ONCE: usize = 4;

/// Kinds, claims, and what is being asked about them.
pub struct ProofClaims {
    kinds: Map<ContextId, Cbor<StoredClaimKinds>>,
    held: Claims,
    claimed: Map<(Timestamp, ReceiptId), ()>,
    /// Receipts that the verifier is being asked about.
    pub claiming: InFlight<ReceiptId>,
    /// Kinds whose circuit the verifier is being asked about.
    pub reviewing: InFlight<(ContextId, String)>,
}

impl ProofClaims {
    pub(super) fn open(memories: &Memories) -> Self {
        Self {
            kinds: Map::init(memories.part(CLAIM_KINDS)),
            held: Claims::init(memories.part(CLAIMS)),
            claimed: Map::init(memories.part(CLAIMED_RECEIPTS)),
            claiming: InFlight::default(),
            reviewing: InFlight::default(),
        }
    }
}

impl State {
    /// What is being asked about claims.
    #[must_use]
    pub const fn proof_claims(&self) -> &ProofClaims {
        &self.proof_claims
    }

    /// The kinds of claims of a context, in the order of names.
    #[must_use]
    pub fn claim_kinds(&self, context: ContextId) -> Vec<StoredClaimKind> {
        self.proof_claims.kinds.get(&context).map_or_else(Vec::new, |Cbor(stored)| stored.kinds)
    }

    /// A kind of claims of a context.
    #[must_use]
    pub fn claim_kind(&self, context: ContextId, name: &str) -> Option<StoredClaimKind> {
        self.claim_kinds(context).into_iter().find(|kind| kind.kind.name == name)
    }

    /// A member's claims in a context, in the order of receipts: also those that are over, or of a kind that is not in force.
    #[must_use]
    pub fn claims_of(&self, holder: Holder, context: ContextId) -> Vec<ProofClaim> {
        self.proof_claims.held.get(&(holder, context)).map_or_else(Vec::new, |Cbor(stored)| stored.claims)
    }

    /// Whether a receipt was made a claim that lasts until then, which may be gone by now.
    #[must_use]
    pub fn was_claimed(&self, until: Timestamp, receipt: ReceiptId) -> bool {
        self.proof_claims.claimed.contains_key(&(until, receipt))
    }

    /// The claims of a member that count; one kind may be left aside.
    #[must_use]
    pub fn claims_in_force(&self, holder: Holder, context: ContextId, but: Option<&str>, now: Timestamp) -> HeldClaims {
        let claims = self.claim_facts(holder, context);
        if claims.is_empty() {
            return HeldClaims::default();
        }
        let mut kinds = self.claim_kind_facts(context);
        kinds.retain(|kind| Some(kind.name.as_str()) != but);
        HeldClaims::of(&kinds, &claims, now)
    }

    /// What is certified of the kinds of claims of a context.
    #[must_use]
    pub fn claim_kind_facts(&self, context: ContextId) -> Vec<ClaimKindFact> {
        let kinds = self.claim_kinds(context).into_iter();
        let fact = |StoredClaimKind { kind: ClaimKind { name, circuit, .. }, version, .. }| ClaimKindFact {
            name,
            version,
            circuit,
        };
        kinds.map(fact).collect()
    }

    /// What is certified of a member's claims in a context.
    #[must_use]
    pub fn claim_facts(&self, holder: Holder, context: ContextId) -> Vec<ClaimFact> {
        let claims = self.claims_of(holder, context).into_iter();
        claims.map(|ProofClaim { version, since, until, .. }| ClaimFact { version, since, until }).collect()
    }

    /// Sets a kind: claims of its version before count for nothing from now on.
    pub(super) fn set_claim_kind(
        &mut self,
        context: ContextId,
        version: Seq,
        kind: ClaimKind,
        proposal: ProposalId,
    ) -> StoredEvent {
        let mut kinds = self.claim_kinds(context);
        kinds.retain(|other| other.kind.name != kind.name);
        kinds.push(StoredClaimKind { kind: kind.clone(), version, proposal });
        kinds.sort_by(|one, other| one.kind.name.cmp(&other.kind.name));
        self.store_claim_kinds(context, kinds);
        StoredEvent::ClaimKindSet { kind, proposal }
    }

    /// Removes a kind: its claims count for nothing from now on.
    pub(super) fn remove_claim_kind(
        &mut self,
        context: ContextId,
        name: String,
        proposal: Option<ProposalId>,
    ) -> StoredEvent {
        let mut kinds = self.claim_kinds(context);
        kinds.retain(|kind| kind.kind.name != name);
        self.store_claim_kinds(context, kinds);
        StoredEvent::ClaimKindRemoved { name, proposal }
    }

    fn store_claim_kinds(&mut self, context: ContextId, kinds: Vec<StoredClaimKind>) {
        if kinds.is_empty() {
            self.proof_claims.kinds.remove(&context);
        } else {
            self.proof_claims.kinds.insert(context, Cbor(StoredClaimKinds { kinds }));
        }
        let facts = self.claim_kind_facts(context);
        let content = (!facts.is_empty()).then(|| claim_kinds_content(&facts));
        let group = self.group_of(context);
        self.certify_fact(FactKind::ClaimKinds, claim_kinds_key(&group, &context), content.as_deref());
    }

    /// Gives a member a claim, and forgets those of its claims that cannot count any more.
    pub(super) fn add_claim(&mut self, occasion: &Occasion, account: AccountId, claim: ProofClaim) -> StoredEvent {
        let Occasion { at: now, context, .. } = *occasion;
        let holder = (self.group_of(context), account);
        let kinds = self.claim_kind_facts(context);
        let mut claims = self.claims_of(holder, context);
        claims.retain(|held| {
            let is_of_kind = kinds.iter().any(|kind| (&kind.name, kind.version) == (&held.kind, held.version));
            // A period has one claim of a kind: another proof of the same replaces it.
            let is_replaced = (&held.kind, held.until) == (&claim.kind, claim.until);
            is_of_kind && held.until >= now && !is_replaced
        });
        claims.push(claim.clone());
        claims.sort_by_key(|held| held.receipt.0);
        self.proof_claims.held.insert((holder, context), Cbor(StoredClaims { claims }));
        self.certify_claims(holder, context);
        self.remember_claimed((claim.until, claim.receipt), now);
        StoredEvent::ReceiptClaimed { account, claim }
    }

    fn remember_claimed(&mut self, claimed: (Timestamp, ReceiptId), now: Timestamp) {
        let over: Vec<_> =
            self.proof_claims.claimed.keys_range(..(now, ReceiptId([0; 32]))).take(FORGOTTEN_AT_ONCE).collect();
        for key in over {
            self.proof_claims.claimed.remove(&key);
        }
        self.proof_claims.claimed.insert(claimed, ());
    }

    /// Removes everything that was proved about a member, in all contexts of the group.
    pub(super) fn remove_claims_of(&mut self, holder: Holder) {
        let held = self.proof_claims.held.keys_range((holder, FIRST_CONTEXT)..);
        let contexts: Vec<_> = held.take_while(|(of, _)| *of == holder).map(|(_, context)| context).collect();
        for context in contexts {
            self.proof_claims.held.remove(&(holder, context));
            self.certify_claims(holder, context);
        }
    }

    fn certify_claims(&mut self, holder: Holder, context: ContextId) {
        let facts = self.claim_facts(holder, context);
        let content = (!facts.is_empty()).then(|| claims_content(&facts));
        let (group, account) = holder;
        self.certify_fact(FactKind::Claims, claims_key((&group, &account), &context), content.as_deref());
    }
}
