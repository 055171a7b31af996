//! What can be seen of a canister: status, info, logs.

use crate::error::{ErrorCode, Reject};
use crate::network::Network;
use crate::network::canister::{Canister, Status};
use crate::network::not_found;
use candid::{Nat, Principal};
use ic_management_canister_types::{
    CanisterInfoArgs, CanisterInfoResult, CanisterLogFilter, CanisterLogRecord, CanisterStatusResult,
    CanisterStatusType, FetchCanisterLogsArgs, FetchCanisterLogsResult, LogVisibility, MemoryMetrics, QueryStats,
};

/// `canister_status`. The breakdown of memory that is not metered here (globals, module, history) is zero.
pub(crate) fn status(network: &Network, sender: Principal, id: Principal) -> Result<CanisterStatusResult, Reject> {
    let canister = find(network, id)?;
    if sender != id {
        canister.require_controller(sender)?;
    }
    let nothing = || Nat::from(0_u8);
    let state = canister.state.as_ref();
    Ok(CanisterStatusResult {
        status: match canister.status {
            Status::Running => CanisterStatusType::Running,
            Status::Stopping(_) => CanisterStatusType::Stopping,
            Status::Stopped => CanisterStatusType::Stopped,
        },
        ready_for_migration: matches!(canister.status, Status::Stopped) && canister.inputs.is_empty(),
        version: canister.version,
        settings: canister.settings.definite(),
        module_hash: state.map(|state| state.module().hash().to_vec()),
        memory_size: canister.memory_bytes().into(),
        memory_metrics: MemoryMetrics {
            wasm_memory_size: state.map_or(0, |state| state.heap_bytes()).into(),
            stable_memory_size: state.map_or(0, |state| state.stable_bytes()).into(),
            global_memory_size: nothing(),
            wasm_binary_size: nothing(),
            custom_sections_size: nothing(),
            canister_history_size: nothing(),
            wasm_chunk_store_size: canister.chunk_bytes().into(),
            snapshots_size: nothing(),
            log_memory_store_size: nothing(),
        },
        cycles: canister.balance.into(),
        reserved_cycles: nothing(),
        idle_cycles_burned_per_day: canister.idle_per_day().into(),
        query_stats: QueryStats {
            num_calls_total: nothing(),
            num_instructions_total: nothing(),
            request_payload_bytes_total: nothing(),
            response_payload_bytes_total: nothing(),
        },
    })
}

/// `canister_info`.
pub(super) fn info(network: &Network, args: &CanisterInfoArgs) -> Result<CanisterInfoResult, Reject> {
    let canister = find(network, args.canister_id)?;
    let wanted = usize::try_from(args.num_requested_changes.unwrap_or(0)).unwrap_or(usize::MAX);
    let skipped = canister.changes.len().saturating_sub(wanted);
    Ok(CanisterInfoResult {
        total_num_changes: canister.total_changes,
        recent_changes: canister.changes.iter().skip(skipped).cloned().collect(),
        module_hash: canister.state.as_ref().map(|state| state.module().hash().to_vec()),
        controllers: canister.settings.controllers.clone(),
    })
}

/// `fetch_canister_logs`: the newest records that fit the canister's log memory limit, oldest first.
pub(super) fn logs(
    network: &Network,
    sender: Principal,
    args: &FetchCanisterLogsArgs,
) -> Result<FetchCanisterLogsResult, Reject> {
    let canister = find(network, args.canister_id)?;
    let allowed = canister.settings.controllers.contains(&sender)
        || match &canister.settings.log_visibility {
            LogVisibility::Public => true,
            LogVisibility::AllowedViewers(viewers) => viewers.contains(&sender),
            LogVisibility::Controllers => false,
        };
    if !allowed {
        return Err(Reject::new(
            ErrorCode::CanisterRejectedMessage,
            format!("Caller {sender} is not allowed to access canister logs"),
        ));
    }
    let mut room = canister.settings.log_memory_limit;
    let mut records: Vec<CanisterLogRecord> = canister
        .logs
        .records()
        .rev()
        .map_while(|record| {
            room = room.checked_sub(record.content.len() as u64)?;
            Some(record)
        })
        .filter(|record| match &args.filter {
            None => true,
            Some(CanisterLogFilter::ByIdx { start, end }) => (*start..*end).contains(&record.index),
            Some(CanisterLogFilter::ByTimestampNanos { start, end }) => (*start..*end).contains(&record.time_ns),
        })
        .map(|record| CanisterLogRecord {
            idx: record.index,
            timestamp_nanos: record.time_ns,
            content: record.content.clone(),
        })
        .collect();
    records.reverse();
    Ok(FetchCanisterLogsResult { canister_log_records: records })
}

fn find(network: &Network, id: Principal) -> Result<&Canister, Reject> {
    network.canisters.get(&id).ok_or_else(|| not_found(id))
}
