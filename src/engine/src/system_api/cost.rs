//! What things cost, in cycles, on a 13-node application subnet.
//!
//! Source: `rs/cycles_account_manager` and `rs/config/src/subnet_config.rs` of dfinity/ic.

use super::{Call, Host, MODULE, rule};
use crate::execution::{Environment, UPDATE_INSTRUCTIONS};
use wasmtime::{Caller, Linker};

/// A response may be this large, and its transmission is paid in advance.
const MAX_RESPONSE_BYTES: u128 = 2 << 20;

/// Nodes of the subnet the prices are for.
const NODES: u128 = 13;
const HTTP_BASE: u128 = 3_000_000;
const HTTP_PER_NODE: u128 = 60_000;
const HTTP_REQUEST_BYTE: u128 = 400;
const HTTP_RESPONSE_BYTE: u128 = 800;

/// Signing with a production key, which a 34-node subnet holds.
const SIGNATURE: u128 = 26_153_846_153;
/// Signing with a test key.
const TEST_SIGNATURE: u128 = 10_000_000_000;

const OK: u32 = 0;
const UNKNOWN_ALGORITHM: u32 = 1;
const UNKNOWN_KEY: u32 = 2;

/// Everything a call takes from the balance when it is sent: the call, its bytes, and in advance the transmission of
/// the largest response and the execution of its callback. Source: `xnet_call_total_fee` of dfinity/ic.
pub(super) fn call_cost(environment: &Environment, bytes: u128) -> u128 {
    let costs = &environment.costs;
    let callback = costs.execution_message + u128::from(UPDATE_INSTRUCTIONS) / 10 * costs.execution_ten_instructions;
    costs
        .call
        .saturating_add(costs.call_byte.saturating_mul(bytes.saturating_add(MAX_RESPONSE_BYTES)))
        .saturating_add(callback)
}

/// What `http_request` takes for a request and a largest response of so many bytes: `http_request_fee` of dfinity/ic.
pub(crate) fn http_cost(request_bytes: u64, response_bytes: u64) -> u128 {
    let per_node = HTTP_BASE
        + HTTP_PER_NODE * NODES
        + HTTP_REQUEST_BYTE * u128::from(request_bytes)
        + HTTP_RESPONSE_BYTE * u128::from(response_bytes);
    per_node * NODES
}

fn signature_cost(algorithm_exists: bool, key: &[u8]) -> Result<u128, u32> {
    if !algorithm_exists {
        return Err(UNKNOWN_ALGORITHM);
    }
    match key {
        b"key_1" => Ok(SIGNATURE),
        b"test_key_1" | b"dfx_test_key" => Ok(TEST_SIGNATURE),
        _ => Err(UNKNOWN_KEY),
    }
}

pub(super) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    let call_rule = rule("cost_call")?;
    linker.func_wrap(
        MODULE,
        call_rule.name,
        move |caller: Caller<'_, Host>, method_bytes: u64, payload_bytes: u64, dst: u32| {
            let mut call = Call::enter(caller, call_rule, 0)?;
            let cost = call_cost(&call.host().environment, u128::from(method_bytes) + u128::from(payload_bytes));
            call.put_u128(dst, cost)
        },
    )?;

    let create = rule("cost_create_canister")?;
    linker.func_wrap(MODULE, create.name, move |caller: Caller<'_, Host>, dst: u32| {
        let mut call = Call::enter(caller, create, 0)?;
        let cost = call.host().environment.costs.create_canister;
        call.put_u128(dst, cost)
    })?;

    let http = rule("cost_http_request")?;
    linker.func_wrap(MODULE, http.name, move |caller: Caller<'_, Host>, request: u64, response: u64, dst: u32| {
        let mut call = Call::enter(caller, http, 0)?;
        call.put_u128(dst, http_cost(request, response))
    })?;

    // secp256k1; BIP-340 and Ed25519; BLS12-381 G2.
    for (name, algorithms) in [("cost_sign_with_ecdsa", 1), ("cost_sign_with_schnorr", 2), ("cost_vetkd_derive_key", 1)]
    {
        let rule = rule(name)?;
        linker.func_wrap(
            MODULE,
            name,
            move |caller: Caller<'_, Host>, src: u32, size: u32, algorithm: u32, dst: u32| {
                let mut call = Call::enter(caller, rule, size.into())?;
                let key = call.take(src, size)?;
                match signature_cost(algorithm < algorithms, &key) {
                    Ok(cost) => call.put_u128(dst, cost).map(|()| OK),
                    Err(code) => Ok(code),
                }
            },
        )?;
    }
    Ok(())
}
