//! A message that acts for somebody who signed what it carries.

use crate::env::Env;
use calisec_types::ids::{Digest32, Timestamp};
use candid::Principal;

/// The environment of a message, with somebody else as its caller: whoever signed what the message carries.
#[derive(Clone, Copy, Debug)]
pub struct ActingFor<'a, E> {
    env: &'a E,
    signer: Principal,
}

impl<'a, E: Env> ActingFor<'a, E> {
    /// What `signer` signed is carried out. Whoever makes one has verified the signature.
    #[must_use]
    pub const fn new(env: &'a E, signer: Principal) -> Self {
        Self { env, signer }
    }
}

impl<E: Env> Env for ActingFor<'_, E> {
    fn caller(&self) -> Principal {
        self.signer
    }
    fn now(&self) -> Timestamp {
        self.env.now()
    }
    fn canister_self(&self) -> Principal {
        self.env.canister_self()
    }
    fn network(&self) -> Digest32 {
        self.env.network()
    }
    fn in_replicated_execution(&self) -> bool {
        self.env.in_replicated_execution()
    }
    fn instructions(&self) -> u64 {
        self.env.instructions()
    }
    fn cycles_available(&self) -> u128 {
        self.env.cycles_available()
    }
    fn accept_cycles(&self, amount: u128) -> u128 {
        self.env.accept_cycles(amount)
    }
    fn certify(&self, root: &[u8; 32]) {
        self.env.certify(root);
    }
    fn certificate(&self) -> Option<Vec<u8>> {
        self.env.certificate()
    }
}

#[cfg(test)]
mod tests {
    use super::ActingFor;
    use crate::{Env, StubEnv};
    use calisec_types::ids::Timestamp;
    use candid::Principal;

    #[test]
    fn should_differ_in_nothing_but_the_caller_when_somebody_is_acted_for() {
        let (canister, relay, signer) =
            (Principal::from_slice(&[1]), Principal::anonymous(), Principal::from_slice(&[3]));
        let env = StubEnv::new(canister, relay, Timestamp(5));
        let acting = ActingFor::new(&env, signer);
        assert_eq!((acting.caller(), env.caller()), (signer, relay));
        assert_eq!((acting.now(), acting.canister_self(), acting.network()), (Timestamp(5), canister, env.network));
        assert_eq!(acting.certificate(), env.certificate());
        env.cycles.set(7);
        assert_eq!((acting.accept_cycles(5), acting.cycles_available(), env.cycles.get()), (5, 2, 2));
        acting.certify(&[9; 32]);
        assert_eq!(*env.certified.borrow(), Some([9; 32]));
    }
}
