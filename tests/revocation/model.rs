//! Who may do what, in a model that is too simple to be wrong.

use std::collections::BTreeMap;

/// Bob and Carol, who come and go.
pub const PLAYERS: usize = 2;

/// Something that is done.
#[derive(Clone, Copy, Debug)]
pub enum Move {
    /// A player is added, or given the other role.
    Add { who: usize, attests: bool },
    /// A player is removed.
    Remove(usize),
    /// A player is granted to read the note.
    Grant(usize),
    /// A grant is taken back: this one of all that were ever made.
    Revoke(usize),
    /// A player is given a device, or its device another key.
    Device(usize),
    /// A player's device is revoked.
    RevokeDevice(usize),
    /// All canisters are upgraded.
    Upgrade,
}

/// What a model leaves undone, to see that the comparison notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgets {
    Nothing,
    /// Who is removed keeps its grants.
    Grants,
    /// A device's key that was replaced or revoked goes on acting.
    Keys,
    /// Who is removed stays a member.
    Members,
}

#[derive(Clone, Debug)]
pub struct Model {
    forgets: Forgets,
    /// Members, and whether they attest.
    members: BTreeMap<usize, bool>,
    /// The holder of each grant, by the place in which it was made.
    grants: BTreeMap<usize, usize>,
    made: usize,
    /// The number of each player's device key, and the keys that act no more.
    devices: BTreeMap<usize, u64>,
    dead: Vec<(usize, u64)>,
    keys: u64,
}

impl Model {
    /// Both are members who do not attest.
    pub fn new(forgets: Forgets) -> Self {
        Self {
            forgets,
            members: (0..PLAYERS).map(|who| (who, false)).collect(),
            grants: BTreeMap::new(),
            made: 0,
            devices: BTreeMap::new(),
            dead: Vec::new(),
            keys: 0,
        }
    }

    pub fn is_member(&self, who: usize) -> bool {
        self.members.contains_key(&who)
    }

    /// Whether a player that may act at all may read the note.
    pub fn reads(&self, who: usize) -> bool {
        self.is_member(who) && self.grants.values().any(|holder| *holder == who)
    }

    pub fn attests(&self, who: usize) -> bool {
        self.members.get(&who) == Some(&true)
    }

    pub fn has_grant(&self, number: usize) -> bool {
        self.grants.contains_key(&number)
    }

    /// The number of a player's device key.
    pub fn device(&self, who: usize) -> Option<u64> {
        self.devices.get(&who).copied()
    }

    /// Keys of a player's devices that act no more, the latest two, and whether this model believes that they do.
    pub fn dead_keys(&self, who: usize) -> Vec<(u64, bool)> {
        let of = self.dead.iter().rev().filter(|(owner, _)| *owner == who).take(2);
        of.map(|(_, key)| (*key, self.forgets == Forgets::Keys)).collect()
    }

    /// The number that the next device key has.
    pub const fn next_key(&self) -> u64 {
        self.keys
    }

    /// Notes that a move was carried out: who is no member is granted and given nothing.
    pub fn play(&mut self, next: Move) {
        match next {
            Move::Add { who, attests } => {
                self.members.insert(who, attests);
            }
            Move::Remove(_) if self.forgets == Forgets::Members => {}
            Move::Remove(who) => {
                self.members.remove(&who);
                self.bury(who);
                if self.forgets != Forgets::Grants {
                    self.grants.retain(|_, holder| *holder != who);
                }
            }
            Move::Grant(who) => {
                if self.is_member(who) {
                    self.grants.insert(self.made, who);
                    self.made += 1;
                }
            }
            Move::Revoke(number) => {
                self.grants.remove(&number);
            }
            Move::Device(who) => {
                if self.is_member(who) {
                    self.bury(who);
                    self.devices.insert(who, self.keys);
                    self.keys += 1;
                }
            }
            Move::RevokeDevice(who) => self.bury(who),
            Move::Upgrade => {}
        }
    }

    fn bury(&mut self, who: usize) {
        self.dead.extend(self.devices.remove(&who).map(|key| (who, key)));
    }
}

/// A history that is the same in every run.
pub fn history(seed: u64, length: usize) -> Vec<Move> {
    let mut state = seed;
    let mut below = |limit: usize| {
        // splitmix64
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    };
    (0..length)
        .map(|_| {
            let who = below(PLAYERS);
            match below(16) {
                0..4 => Move::Add { who, attests: below(2) == 0 },
                4..6 => Move::Remove(who),
                6..9 => Move::Grant(who),
                9..11 => Move::Revoke(below(12)),
                11..14 => Move::Device(who),
                14 => Move::RevokeDevice(who),
                _ => Move::Upgrade,
            }
        })
        .collect()
}
