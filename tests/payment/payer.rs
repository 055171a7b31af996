//! A canister that calls with cycles, and tells how many came back.

use calisec_testkit::Deployment;
use calisec_testkit::backend::Backend;
use candid::utils::ArgumentEncoder;
use candid::{CandidType, Principal, decode_one, encode_args};
use serde::de::DeserializeOwned;

/// Who tells it what to call.
const OWNER: Principal = Principal::from_slice(&[7; 29]);

/// The canister.
pub struct Payer(pub Principal);

impl Payer {
    pub fn install<B: Backend>(deployment: &Deployment<B>) -> Self {
        let canister = deployment.backend.create_canister();
        let module = wat::parse_str(include_str!("payer.wat")).expect("the test's own module");
        deployment.backend.install(canister, &module, &[]).expect("installs");
        Self(canister)
    }

    /// Has it call a canister with so many cycles; answers with what came back of them, too.
    pub fn pay<B: Backend, T: CandidType + DeserializeOwned>(
        &self,
        deployment: &Deployment<B>,
        cycles: u128,
        (callee, method): (Principal, &str),
        arg: impl ArgumentEncoder,
    ) -> (T, u128) {
        let mut message = vec![0; 64];
        for (at, text) in [(0, callee.as_slice()), (30, method.as_bytes())] {
            message[at] = u8::try_from(text.len()).expect("short");
            message[at + 1..][..text.len()].copy_from_slice(text);
        }
        message.extend(cycles.to_le_bytes());
        message.extend(encode_args(arg).expect("encodes"));
        let answer = deployment.backend.update(OWNER, self.0, "call", &message).expect("the payer answers");
        let (refunded, reply) = answer.split_first_chunk().expect("16 bytes and the reply");
        (decode_one(reply).expect("decodes"), u128::from_le_bytes(*refunded))
    }
}
