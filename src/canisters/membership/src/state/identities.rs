//! Which principals act for which account: account keys, devices and linked principals.

use super::State;
use crate::storage::{
    StoredDead, StoredDevice, StoredEvent, StoredIdentity, StoredLink, StoredMember, StoredPrincipal,
};
use calisec_runtime::Cbor;
use calisec_types::ids::{AccountId, DeviceKey, GroupId, KemKey, Revision, Timestamp};
use calisec_types::membership::{DueDevice, Rights};
use candid::Principal;
use std::ops::Bound;

/// Whom a principal acts for, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The member.
    pub account: AccountId,
    /// Its facts.
    pub member: StoredMember,
    /// The device that acts; `None` for the account key, and for a principal that the account key linked.
    pub device: Option<DeviceKey>,
    /// What the principal may do for the member at the most.
    pub scope: Rights,
    /// The last moment at which it acts for the member, if nothing changes.
    pub until: Option<Timestamp>,
    /// The revision since which it does, with the member's facts as they are.
    pub since: Revision,
}

impl Resolved {
    /// The account itself, whichever of its principals acts.
    #[must_use]
    pub const fn account(account: AccountId, member: StoredMember) -> Self {
        let since = member.since;
        Self { account, member, device: None, scope: Rights::ALL, until: None, since }
    }
}

/// What goes with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) devices: u64,
    pub(super) links: u64,
}

impl State {
    /// What a principal is in a group, whether it still acts for anybody or not.
    #[must_use]
    pub fn identity(&self, group: GroupId, principal: Principal) -> Option<StoredIdentity> {
        self.principals.get(&(group, principal)).map(|Cbor(identity)| identity)
    }

    /// A device, live or stale.
    #[must_use]
    pub fn device(&self, group: GroupId, key: DeviceKey) -> Option<StoredDevice> {
        match self.identity(group, key.principal())? {
            StoredIdentity::Device(device) => Some(device),
            StoredIdentity::Account(_) | StoredIdentity::Link(_) | StoredIdentity::Dead(_) => None,
        }
    }

    /// The member that a principal acts for at this time. This is the only way from a principal to an account: whoever is
    /// expired, overdue or revoked is nobody here, whether anything was cleaned up or not.
    #[must_use]
    pub fn resolve(&self, group: GroupId, principal: Principal, now: Timestamp) -> Option<Resolved> {
        let (account, device, since) = match self.identity(group, principal)? {
            StoredIdentity::Account(account) => (account, None, Revision(0)),
            StoredIdentity::Device(device) => (device.account, Some(device), Revision(0)),
            StoredIdentity::Link(StoredLink { account, device: None, since, .. }) => (account, None, since),
            StoredIdentity::Link(StoredLink { account, device: Some(key), since, .. }) => {
                (account, Some(self.device(group, key)?), since)
            }
            StoredIdentity::Dead(_) => return None,
        };
        if device.as_ref().is_some_and(|device| !device.is_live(now)) {
            return None;
        }
        let member = self.member(group, account)?;
        let resolved = Resolved::account(account, member);
        let since = since.max(resolved.since);
        Some(match device {
            None => Resolved { since, ..resolved },
            Some(device) => Resolved {
                until: device.due(),
                device: Some(device.key),
                scope: device.scope,
                since: since.max(device.since),
                ..resolved
            },
        })
    }

    /// Whether a principal is one of an account's, or was when its key was given up.
    #[must_use]
    pub fn belongs_to(&self, group: GroupId, principal: Principal, account: AccountId) -> bool {
        principal == account.principal()
            || match self.identity(group, principal) {
                None => false,
                Some(StoredIdentity::Account(of)) => of == account,
                Some(StoredIdentity::Device(device)) => device.account == account,
                Some(StoredIdentity::Link(link)) => link.account == account,
                Some(StoredIdentity::Dead(dead)) => dead.account == account,
            }
    }

    /// The account that had a key at a revision: as a device's, or else as its own. It need not have been a member then.
    #[must_use]
    pub fn holder_at(&self, group: GroupId, key: AccountId, revision: Revision) -> AccountId {
        match self.identity(group, key.principal()) {
            Some(StoredIdentity::Device(device)) if device.since <= revision => device.account,
            Some(StoredIdentity::Dead(dead)) if dead.since <= revision && revision < dead.until => dead.account,
            None
            | Some(
                StoredIdentity::Account(_)
                | StoredIdentity::Device(_)
                | StoredIdentity::Link(_)
                | StoredIdentity::Dead(_),
            ) => key,
        }
    }

    /// Devices that are due at the latest at a time, those that are due first first.
    pub fn due_devices(
        &self,
        group: GroupId,
        at: Timestamp,
        after: Option<(Timestamp, DeviceKey)>,
    ) -> impl Iterator<Item = DueDevice> {
        let first = after
            .map_or(Bound::Included((group, Timestamp(0), FIRST_KEY)), |(due, key)| Bound::Excluded((group, due, key)));
        let entries = self.due.range((first, Bound::Unbounded));
        entries
            .map(|((of, due, key), account)| (of, DueDevice { due, key, account }))
            .take_while(move |(of, device)| *of == group && device.due <= at)
            .map(|(_, device)| device)
    }

    pub(super) fn add_device(&mut self, id: GroupId, mut device: StoredDevice) -> StoredEvent {
        device.since = self.next_revision(id);
        let mut member = self.known_member(id, device.account);
        member.devices.push(device.key);
        self.members.insert((id, device.account), Cbor(member));
        let StoredDevice { account, key, scope, kem_key, expires_at, rotate_every, .. } = device;
        self.put_device(id, device);
        StoredEvent::DeviceAdded { account, key, scope, kem_key, expires_at, rotate_every }
    }

    pub(super) fn rotate_device(
        &mut self,
        id: GroupId,
        (old, new): (DeviceKey, DeviceKey),
        kem_key: KemKey,
        now: Timestamp,
    ) -> StoredEvent {
        let revision = self.next_revision(id);
        let device = self.bury_device(id, old, revision);
        let account = device.account;
        let mut member = self.known_member(id, account);
        member.devices.retain(|key| *key != old);
        member.devices.push(new);
        // What the device linked stays linked by it.
        for StoredPrincipal(principal) in &member.links {
            if let Some(StoredIdentity::Link(mut link)) = self.identity(id, *principal)
                && link.device == Some(old)
            {
                link.device = Some(new);
                self.put_identity(id, *principal, StoredIdentity::Link(link));
            }
        }
        self.members.insert((id, account), Cbor(member));
        self.put_device(id, StoredDevice { key: new, kem_key, rotated_at: now, since: revision, ..device });
        StoredEvent::DeviceRotated { account, old, new, kem_key }
    }

    pub(super) fn revoke_device(&mut self, id: GroupId, key: DeviceKey) -> StoredEvent {
        let revision = self.next_revision(id);
        let account = self.bury_device(id, key, revision).account;
        let mut member = self.known_member(id, account);
        member.devices.retain(|other| *other != key);
        // What the device linked goes with it: a stolen device leaves no way back in.
        let (gone, kept): (Vec<_>, Vec<_>) = member.links.iter().partition(|StoredPrincipal(principal)| {
            matches!(self.identity(id, *principal), Some(StoredIdentity::Link(link)) if link.device == Some(key))
        });
        for StoredPrincipal(principal) in &gone {
            self.remove_identity(id, *principal);
        }
        member.links = kept;
        self.members.insert((id, account), Cbor(member));
        StoredEvent::DeviceRevoked { account, key, links_removed: gone.len() as u64 }
    }

    pub(super) fn link(&mut self, id: GroupId, principal: Principal, mut link: StoredLink) -> StoredEvent {
        link.since = self.next_revision(id);
        let StoredLink { account, device, .. } = link;
        let mut member = self.known_member(id, account);
        member.links.push(StoredPrincipal(principal));
        self.members.insert((id, account), Cbor(member));
        self.put_identity(id, principal, StoredIdentity::Link(link));
        StoredEvent::PrincipalLinked { account, principal, device }
    }

    pub(super) fn unlink(&mut self, id: GroupId, principal: Principal) -> StoredEvent {
        self.next_revision(id);
        let Some(StoredIdentity::Link(StoredLink { account, .. })) = self.remove_identity(id, principal) else {
            panic!("BUG: what is unlinked must be linked");
        };
        let mut member = self.known_member(id, account);
        member.links.retain(|other| other.0 != principal);
        self.members.insert((id, account), Cbor(member));
        StoredEvent::PrincipalUnlinked { account, principal }
    }

    /// Takes everything that acts for a member away. Keys of devices are given up for ever; the account key's is when it is
    /// revoked, and only then.
    pub(super) fn drop_identities(
        &mut self,
        id: GroupId,
        account: AccountId,
        member: &StoredMember,
        (until, is_revoked): (Revision, bool),
    ) -> Dropped {
        for key in &member.devices {
            self.bury_device(id, *key, until);
        }
        for StoredPrincipal(principal) in &member.links {
            self.remove_identity(id, *principal);
        }
        let own = account.principal();
        if is_revoked {
            let dead = StoredDead { account, since: Revision(0), until };
            self.put_identity(id, own, StoredIdentity::Dead(dead));
        } else {
            self.remove_identity(id, own);
        }
        Dropped { devices: member.devices.len() as u64, links: member.links.len() as u64 }
    }

    /// Says what a principal is that is no account key of a member's.
    fn put_identity(&mut self, id: GroupId, principal: Principal, identity: StoredIdentity) {
        self.certify_identity(id, principal, identity.fact().as_ref());
        self.principals.insert((id, principal), Cbor(identity));
    }

    fn remove_identity(&mut self, id: GroupId, principal: Principal) -> Option<StoredIdentity> {
        self.certify_identity(id, principal, None);
        self.principals.remove(&(id, principal)).map(|Cbor(identity)| identity)
    }

    fn put_device(&mut self, id: GroupId, device: StoredDevice) {
        if let Some(due) = device.due() {
            self.due.insert((id, due, device.key), device.account);
        }
        self.put_identity(id, device.key.principal(), StoredIdentity::Device(device));
    }

    /// Gives a device's key up for ever.
    fn bury_device(&mut self, id: GroupId, key: DeviceKey, until: Revision) -> StoredDevice {
        let device = self.device(id, key).expect("BUG: a key that is given up must be a device's");
        if let Some(due) = device.due() {
            self.due.remove(&(id, due, key));
        }
        let dead = StoredDead { account: device.account, since: device.since, until };
        self.put_identity(id, key.principal(), StoredIdentity::Dead(dead));
        device
    }

    fn known_member(&self, id: GroupId, account: AccountId) -> StoredMember {
        self.member(id, account).expect("BUG: who has devices and links must be a member")
    }

    fn next_revision(&mut self, id: GroupId) -> Revision {
        let mut group = self.known_group(id);
        group.revision = group.revision.next();
        let revision = group.revision;
        self.groups.insert(id, Cbor(group));
        revision
    }
}

const FIRST_KEY: DeviceKey = DeviceKey([0; 32]);
