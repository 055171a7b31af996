//! Which invites were used or revoked.

use super::{Map, Occasion, State};
use crate::storage::{INVITES, INVITES_BY_END, Memories, StoredEvent, StoredInvite};
use calisec_runtime::Cbor;
use calisec_types::ids::{AccountId, Digest32, GroupId, KemKey, Revision, Timestamp};
use std::ops::Bound;

/// Invites that are over and are forgotten whenever one is remembered: more than come in.
const FORGOTTEN_AT_ONCE: usize = 4;
const FIRST: Digest32 = Digest32([0; 32]);
const LAST: Digest32 = Digest32([0xff; 32]);

/// Something that happens to an invite.
#[derive(Clone, Debug)]
pub struct InviteChange {
    /// Which.
    pub invite: Digest32,
    /// When it is over.
    pub expires_at: Timestamp,
    /// Who joins by it; `None` when it is revoked.
    pub joiner: Option<Joiner>,
}

/// Who joins by an invite.
#[derive(Clone, Debug)]
pub struct Joiner {
    /// The key that invited it.
    pub inviter: AccountId,
    /// Who.
    pub account: AccountId,
    /// With which role.
    pub role: String,
    /// With which envelope key.
    pub kem_key: KemKey,
}

/// What is remembered of invites.
pub(super) struct Invites {
    known: Map<(GroupId, Digest32), Cbor<StoredInvite>>,
    by_end: Map<(Timestamp, GroupId, Digest32), ()>,
}

impl Invites {
    pub(super) fn open(memories: &Memories) -> Self {
        Self { known: Map::init(memories.part(INVITES)), by_end: Map::init(memories.part(INVITES_BY_END)) }
    }
}

impl State {
    /// An invite that was used or revoked.
    #[must_use]
    pub fn invite(&self, group: GroupId, invite: Digest32) -> Option<StoredInvite> {
        self.invites.known.get(&(group, invite)).map(|Cbor(invite)| invite)
    }

    /// Invites of a group after this one that were used or revoked.
    pub fn invites_after(
        &self,
        group: GroupId,
        after: Option<Digest32>,
    ) -> impl Iterator<Item = (Digest32, StoredInvite)> {
        let first = after.map_or(Bound::Included((group, FIRST)), |after| Bound::Excluded((group, after)));
        let range = self.invites.known.range((first, Bound::Included((group, LAST))));
        range.map(|entry| (entry.key().1, entry.value().0))
    }

    /// The revision at which what an account was in a group last changed or ended; `None` when it was never anything else than it
    /// is now.
    #[must_use]
    pub fn last_change_of(&self, group: GroupId, account: AccountId) -> Option<Revision> {
        let any = (group, account, Revision(0))..=(group, account, Revision(u64::MAX));
        self.standings.range(any).next_back().map(|(_, Cbor(standing))| standing.until)
    }

    pub(super) fn change_invite(&mut self, occasion: &Occasion, change: InviteChange) -> StoredEvent {
        let InviteChange { invite, expires_at, joiner } = change;
        let group = self.known_context(occasion.context).group;
        self.forget_invites(occasion.at);
        let unknown = StoredInvite { used: 0, is_revoked: false, expires_at };
        let mut known = self.invite(group, invite).unwrap_or(unknown);
        let event = match joiner {
            Some(Joiner { inviter, account, role, kem_key }) => {
                known.used += 1;
                self.set_member(group, (account, Some(invite)), role.clone(), kem_key);
                StoredEvent::InviteRedeemed { invite, inviter, account, role, kem_key }
            }
            None => {
                known.is_revoked = true;
                StoredEvent::InviteRevoked { invite }
            }
        };
        self.invites.known.insert((group, invite), Cbor(known));
        self.invites.by_end.insert((expires_at, group, invite), ());
        event
    }

    /// Nobody else joins by an invite that brought somebody who was removed: whoever holds its secret could come back with another
    /// key.
    pub(super) fn revoke_invite_of_removed(&mut self, group: GroupId, invite: Digest32) {
        if let Some(known) = self.invite(group, invite) {
            self.invites.known.insert((group, invite), Cbor(StoredInvite { is_revoked: true, ..known }));
        }
    }

    fn forget_invites(&mut self, now: Timestamp) {
        let until_now = ..(now, GroupId(FIRST.0), FIRST);
        let over: Vec<_> = self.invites.by_end.keys_range(until_now).take(FORGOTTEN_AT_ONCE).collect();
        for key in over {
            self.invites.by_end.remove(&key);
            self.invites.known.remove(&(key.1, key.2));
        }
    }
}
