//! Members and roles: who may what, now and at every revision before.

use super::{Occasion, State};
use crate::storage::{
    StoredEvent, StoredGroup, StoredIdentity, StoredMember, StoredRole, StoredRoleEra, StoredStanding,
};
use calisec_runtime::Cbor;
use calisec_types::ids::{AccountId, Digest32, GroupId, KemKey, Revision, Weight};
use calisec_types::membership::{Capability, IdentityFact, Rights};
use std::ops::Bound;

/// The weight of a member who may vote.
const VOTER_WEIGHT: Weight = Weight(1);

/// The role whose members only the administrator of a group appoints, changes and removes.
pub const ADMINISTRATOR_ROLE: &str = "administrator";

const FIRST_ACCOUNT: AccountId = AccountId([0; 32]);
const LAST_ACCOUNT: AccountId = AccountId([0xff; 32]);

/// The roles that a group begins with.
#[must_use]
pub fn first_roles() -> Vec<StoredRole> {
    let role = |name: &str, capabilities| StoredRole {
        name: name.to_owned(),
        capabilities,
        since: Revision(0),
        members: 0,
        own_voters: 0,
        own_attesters: 0,
    };
    let contributes = [Capability::Mint, Capability::Vote, Capability::Checkpoint];
    vec![
        role(ADMINISTRATOR_ROLE, Rights::ALL.without(Rights::READ)),
        role("contributor", Rights::of(&contributes)),
        role("reader", Rights::of(&[Capability::Vote])),
    ]
}

/// What somebody with these rights weighs in a vote.
#[must_use]
pub const fn weight_of(rights: Rights) -> Weight {
    if rights.contains(Capability::Vote) { VOTER_WEIGHT } else { Weight(0) }
}

impl StoredGroup {
    /// A role.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&StoredRole> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// What a member may do: what its role may, and what it may itself. Members may read.
    #[must_use]
    pub fn rights_of(&self, member: &StoredMember) -> Rights {
        self.rights(&member.role, member.own)
    }

    fn rights(&self, role: &str, own: Rights) -> Rights {
        let of_role = self.role(role).map_or(Rights::NONE, |role| role.capabilities);
        of_role.or(own).or(Rights::READ)
    }

    /// How many members may attest checkpoints.
    #[must_use]
    pub fn attesters(&self) -> u64 {
        let of_role = |role: &StoredRole| {
            if role.capabilities.contains(Capability::Checkpoint) { role.members } else { role.own_attesters }
        };
        self.roles.iter().map(of_role).sum()
    }

    fn known_role(&mut self, name: &str) -> &mut StoredRole {
        self.roles.iter_mut().find(|role| role.name == name).expect("BUG: the role of a member must be defined")
    }

    /// Counts a member in.
    fn enter(&mut self, role: &str, own: Rights) {
        self.total_weight.0 += weight_of(self.rights(role, own)).0;
        let role = self.known_role(role);
        role.members += 1;
        role.own_voters += u64::from(own.contains(Capability::Vote));
        role.own_attesters += u64::from(own.contains(Capability::Checkpoint));
    }

    /// Counts a member out.
    fn leave(&mut self, role: &str, own: Rights) {
        self.total_weight.0 -= weight_of(self.rights(role, own)).0;
        let role = self.known_role(role);
        role.members -= 1;
        role.own_voters -= u64::from(own.contains(Capability::Vote));
        role.own_attesters -= u64::from(own.contains(Capability::Checkpoint));
    }
}

/// What an account was at a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its role.
    pub role: String,
    /// What it was able to do.
    pub rights: Rights,
}

impl Standing {
    /// What it weighed in a vote.
    #[must_use]
    pub const fn weight(&self) -> Weight {
        weight_of(self.rights)
    }
}

impl State {
    /// A member.
    #[must_use]
    pub fn member(&self, group: GroupId, account: AccountId) -> Option<StoredMember> {
        self.members.get(&(group, account)).map(|Cbor(member)| member)
    }

    /// Members after an account, in the order of accounts.
    pub fn members_after(
        &self,
        group: GroupId,
        after: Option<AccountId>,
    ) -> impl Iterator<Item = (AccountId, StoredMember)> {
        let first = after.map_or(Bound::Included((group, FIRST_ACCOUNT)), |after| Bound::Excluded((group, after)));
        self.members
            .range((first, Bound::Included((group, LAST_ACCOUNT))))
            .map(|((_, account), Cbor(member))| (account, member))
    }

    /// What an account was at a revision; `None` when it was no member then. One or two searches, however long ago.
    #[must_use]
    pub fn standing_at(
        &self,
        (id, group): (GroupId, &StoredGroup),
        account: AccountId,
        revision: Revision,
    ) -> Option<Standing> {
        let (role, own) = match self.member(id, account) {
            Some(member) if member.since <= revision => (member.role, member.own),
            Some(_) | None => {
                let until_then = (id, account, Revision(0))..=(id, account, revision);
                let (_, Cbor(standing)) = self.standings.range(until_then).next_back()?;
                (revision < standing.until).then_some((standing.role, standing.own))?
            }
        };
        let of_role = match group.role(&role) {
            Some(now) if now.since <= revision => now.capabilities,
            Some(_) | None => {
                let until_then = (id, role.clone(), Revision(0))..=(id, role.clone(), revision);
                let era = self.role_eras.range(until_then).next_back().map(|entry| entry.value().0);
                era.filter(|era| revision < era.until).map_or(Rights::NONE, |era| era.capabilities)
            }
        };
        Some(Standing { role, rights: of_role.or(own).or(Rights::READ) })
    }

    /// Adds a member, which an invite may have brought, or changes one.
    pub(super) fn set_member(
        &mut self,
        id: GroupId,
        (account, invite): (AccountId, Option<Digest32>),
        role: String,
        kem_key: KemKey,
    ) -> StoredEvent {
        let mut group = self.known_group(id);
        let since = group.revision.next();
        // Whoever has no identity is no member, and that was asked for before.
        let principal = account.principal();
        let before = self.identity(id, principal).and_then(|_| self.member(id, account));
        let member = match before {
            Some(before) => {
                self.close_standing(id, account, &before, since);
                group.leave(&before.role, before.own);
                let member = StoredMember { role: role.clone(), kem_key, since, ..before };
                self.withdraw_unless_attester((id, &group), account, &member);
                member
            }
            None => {
                group.member_count += 1;
                self.principals.insert((id, principal), Cbor(StoredIdentity::Account(account)));
                let (devices, links) = (Vec::new(), Vec::new());
                let role = role.clone();
                StoredMember { role, kem_key, own: Rights::NONE, since, grants: 0, devices, links, invite }
            }
        };
        group.enter(&role, member.own);
        group.revision = since;
        self.certify_identity(id, principal, Some(&IdentityFact::Member(member.fact(account))));
        self.members.insert((id, account), Cbor(member));
        self.groups.insert(id, Cbor(group));
        StoredEvent::MemberSet { account, role, kem_key }
    }

    pub(super) fn add_own_capability(&mut self, id: GroupId, account: AccountId, capability: Rights) -> StoredEvent {
        self.change_own(id, account, |own| own.or(capability));
        StoredEvent::CapabilityGranted { account, capability }
    }

    pub(super) fn remove_own_capability(&mut self, id: GroupId, account: AccountId, capability: Rights) -> StoredEvent {
        self.change_own(id, account, |own| own.without(capability));
        StoredEvent::CapabilityRevoked { account, capability }
    }

    fn change_own(&mut self, id: GroupId, account: AccountId, change: impl FnOnce(Rights) -> Rights) {
        let mut group = self.known_group(id);
        let since = group.revision.next();
        let mut member = self.member(id, account).expect("BUG: who is given a capability must be a member");
        self.close_standing(id, account, &member, since);
        group.leave(&member.role, member.own);
        (member.own, member.since) = (change(member.own), since);
        group.enter(&member.role, member.own);
        group.revision = since;
        self.certify_member(id, account, &member);
        self.withdraw_unless_attester((id, &group), account, &member);
        self.members.insert((id, account), Cbor(member));
        self.groups.insert(id, Cbor(group));
    }

    /// Removes a member and everything of it. Who is revoked cannot be added again.
    pub(super) fn remove_member(&mut self, occasion: &Occasion, account: AccountId, is_revoked: bool) -> StoredEvent {
        let id = self.group_of(occasion.context);
        let mut group = self.known_group(id);
        let Cbor(member) = self.members.remove(&(id, account)).expect("BUG: who is removed must be a member");
        if let Some(invite) = member.invite.filter(|_| !self.belongs_to(id, occasion.caller, account)) {
            self.revoke_invite_of_removed(id, invite);
        }
        group.revision = group.revision.next();
        group.member_count -= 1;
        group.leave(&member.role, member.own);
        let dropped = self.drop_identities(id, account, &member, (group.revision, is_revoked));
        self.close_standing(id, account, &member, group.revision);
        self.groups.insert(id, Cbor(group));
        self.checkpoints.withdraw((id, account));
        self.remove_claims_of((id, account));
        let grants_removed = if member.grants == 0 { 0 } else { self.remove_grants_of((id, account)) };
        let (devices_removed, links_removed) = (dropped.devices, dropped.links);
        if is_revoked {
            StoredEvent::AccountRevoked { account, grants_removed, devices_removed, links_removed }
        } else {
            StoredEvent::MemberRemoved { account, grants_removed, devices_removed, links_removed }
        }
    }

    /// What an account attested of open checkpoints counts only while it may attest.
    fn withdraw_unless_attester(&mut self, group: (GroupId, &StoredGroup), account: AccountId, member: &StoredMember) {
        if !group.1.rights_of(member).contains(Capability::Checkpoint) {
            self.checkpoints.withdraw((group.0, account));
        }
    }

    /// Remembers what a member was, when it is so no more from a revision on.
    fn close_standing(&mut self, id: GroupId, account: AccountId, was: &StoredMember, until: Revision) {
        let standing = StoredStanding { until, role: was.role.clone(), own: was.own };
        self.standings.insert((id, account, was.since), Cbor(standing));
    }

    pub(super) fn set_role(&mut self, id: GroupId, name: String, capabilities: Rights) -> StoredEvent {
        let mut group = self.known_group(id);
        group.revision = group.revision.next();
        let since = group.revision;
        match group.roles.iter_mut().find(|role| role.name == name) {
            Some(role) => {
                let era = StoredRoleEra { until: since, capabilities: role.capabilities };
                let before = weight_of(role.capabilities).0 * (role.members - role.own_voters);
                let after = weight_of(capabilities).0 * (role.members - role.own_voters);
                let from = role.since;
                // Whose attestations no longer count cannot be told without asking every member of the role.
                if role.members > 0 && role.capabilities.without(capabilities).contains(Capability::Checkpoint) {
                    self.checkpoints.break_open_heights(id, since);
                }
                (role.capabilities, role.since) = (capabilities, since);
                group.total_weight.0 = group.total_weight.0 - before + after;
                self.role_eras.insert((id, name.clone(), from), Cbor(era));
            }
            None => {
                group.roles.push(StoredRole {
                    name: name.clone(),
                    capabilities,
                    since,
                    members: 0,
                    own_voters: 0,
                    own_attesters: 0,
                });
                group.roles.sort_by(|one, other| one.name.cmp(&other.name));
            }
        }
        self.certify_role(id, &name, group.role(&name));
        self.groups.insert(id, Cbor(group));
        StoredEvent::RoleSet { name, capabilities }
    }

    pub(super) fn remove_role(&mut self, id: GroupId, name: String) -> StoredEvent {
        let mut group = self.known_group(id);
        group.revision = group.revision.next();
        let role = group.known_role(&name).clone();
        assert!(role.members == 0, "BUG: a role that is removed must have no members");
        let era = StoredRoleEra { until: group.revision, capabilities: role.capabilities };
        self.role_eras.insert((id, name.clone(), role.since), Cbor(era));
        group.roles.retain(|role| role.name != name);
        self.certify_role(id, &name, None);
        self.groups.insert(id, Cbor(group));
        StoredEvent::RoleRemoved { name }
    }
}
