//! The chunk store, and installing from it.

use super::sha256;
use crate::error::{ErrorCode, Reject};
use crate::network::Network;
use crate::network::canister::Canister;
use candid::Principal;
use ic_management_canister_types::{ChunkHash, InstallChunkedCodeArgs};

/// The largest chunk.
const MAX_CHUNK_BYTES: usize = 1 << 20;
/// The most chunks of one canister.
const MAX_CHUNKS: usize = 100;

/// Stores a chunk; returns its hash.
pub(crate) fn upload_chunk(
    network: &mut Network,
    sender: Principal,
    id: Principal,
    chunk: &[u8],
) -> Result<[u8; 32], Reject> {
    let canister = store(network, sender, id)?;
    if chunk.len() > MAX_CHUNK_BYTES {
        return Err(Reject::new(
            ErrorCode::InvalidManagementPayload,
            format!("Wasm chunk size {} exceeds the maximum chunk size of {MAX_CHUNK_BYTES}", chunk.len()),
        ));
    }
    let hash = sha256(chunk);
    if canister.chunks.len() >= MAX_CHUNKS && !canister.chunks.contains_key(&hash) {
        return Err(Reject::new(
            ErrorCode::InvalidManagementPayload,
            format!("Wasm chunk store has already reached maximum capacity of {MAX_CHUNKS} chunks"),
        ));
    }
    canister.chunks.insert(hash, chunk.to_vec());
    Ok(hash)
}

/// Empties the chunk store.
pub(crate) fn clear_chunks(network: &mut Network, sender: Principal, id: Principal) -> Result<(), Reject> {
    store(network, sender, id)?.chunks.clear();
    Ok(())
}

pub(super) fn stored_chunks(network: &mut Network, sender: Principal, id: Principal) -> Result<Vec<ChunkHash>, Reject> {
    let canister = store(network, sender, id)?;
    Ok(canister.chunks.keys().map(|hash| ChunkHash { hash: hash.to_vec() }).collect())
}

/// Puts the chunks together, checks the whole, and installs it.
pub(crate) fn install_chunked(
    network: &mut Network,
    sender: Principal,
    args: &InstallChunkedCodeArgs,
) -> Result<(), Reject> {
    network.canister_mut(args.target_canister)?.require_controller(sender)?;
    let canister = store(network, sender, args.store_canister.unwrap_or(args.target_canister))?;
    let mut wasm = Vec::new();
    for ChunkHash { hash } in &args.chunk_hashes_list {
        let chunk = <[u8; 32]>::try_from(hash.as_slice()).ok().and_then(|hash| canister.chunks.get(&hash));
        let Some(chunk) = chunk else {
            return Err(invalid("Chunk hash not found in the store canister's chunk store"));
        };
        wasm.extend_from_slice(chunk);
    }
    if sha256(&wasm).as_slice() != args.wasm_module_hash {
        return Err(invalid("Wasm module hash does not match the chunks"));
    }
    super::install(network, sender, args.target_canister, args.mode, &wasm, &args.arg)
}

/// The canister, if `sender` may use its chunk store: its controllers and itself.
fn store(network: &mut Network, sender: Principal, id: Principal) -> Result<&mut Canister, Reject> {
    let canister = network.canister_mut(id)?;
    if sender != id {
        canister.require_controller(sender)?;
    }
    Ok(canister)
}

fn invalid(message: &str) -> Reject {
    Reject::new(ErrorCode::InvalidManagementPayload, format!("Error from Wasm chunk store: {message}"))
}
