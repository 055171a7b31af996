use candid::types::subtype::equal;
use candid_parser::utils::{CandidSource, instantiate_candid, service_compatible, service_equal};
use std::collections::HashSet;
use std::path::PathBuf;

fn declared() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../candid/note_registry.did")
}

/// What ICRC-7 and ICRC-10 ask for, method by method.
const STANDARDS: &str = r"
    type Account = record { owner : principal; subaccount : opt blob };
    type Value = variant {
        Nat : nat; Int : int; Text : text; Blob : blob; Array : vec Value; Map : vec record { text; Value };
    };
    type Item = record {
        token_id : nat; to : Account; from_subaccount : opt blob; memo : opt blob; created_at_time : opt nat64;
    };
    type Refusal = variant {
        Unauthorized; NonExistingTokenId; InvalidRecipient; TooOld;
        CreatedInFuture : record { ledger_time : nat64 };
        Duplicate : record { duplicate_of : nat };
        GenericError : record { message : text; error_code : nat };
        GenericBatchError : record { message : text; error_code : nat };
    };
    service : {
        icrc7_name : () -> (text) query;
        icrc7_symbol : () -> (text) query;
        icrc7_total_supply : () -> (nat) query;
        icrc7_description : () -> (opt text) query;
        icrc7_logo : () -> (opt text) query;
        icrc7_supply_cap : () -> (opt nat) query;
        icrc7_max_query_batch_size : () -> (opt nat) query;
        icrc7_max_update_batch_size : () -> (opt nat) query;
        icrc7_default_take_value : () -> (opt nat) query;
        icrc7_max_take_value : () -> (opt nat) query;
        icrc7_max_memo_size : () -> (opt nat) query;
        icrc7_tx_window : () -> (opt nat) query;
        icrc7_permitted_drift : () -> (opt nat) query;
        icrc7_atomic_batch_transfers : () -> (opt bool) query;
        icrc7_collection_metadata : () -> (vec record { text; Value }) query;
        icrc7_token_metadata : (vec nat) -> (vec opt vec record { text; Value }) query;
        icrc7_owner_of : (vec nat) -> (vec opt Account) query;
        icrc7_balance_of : (vec Account) -> (vec nat) query;
        icrc7_tokens : (opt nat, opt nat) -> (vec nat) query;
        icrc7_tokens_of : (Account, opt nat, opt nat) -> (vec nat) query;
        icrc7_transfer : (vec Item) -> (vec opt variant { Ok : nat; Err : Refusal });
        icrc10_supported_standards : () -> (vec record { name : text; url : text }) query;
    }";

#[test]
fn should_match_declared_candid_interface() {
    let implemented = super::implemented_interface();
    service_equal(CandidSource::Text(&implemented), CandidSource::File(&declared()))
        .unwrap_or_else(|error| panic!("{error}\nimplemented:\n{implemented}"));
}

#[test]
fn should_serve_clients_of_the_standards_when_they_were_made_for_others() {
    service_compatible(CandidSource::File(&declared()), CandidSource::Text(STANDARDS)).expect("a subtype");
}

#[test]
fn should_tell_a_missing_method_when_the_standards_are_compared() {
    let more = STANDARDS.replace("icrc7_logo :", "icrc7_another :");
    assert!(service_compatible(CandidSource::File(&declared()), CandidSource::Text(&more)).is_err());
}

/// Subtyping lets whatever stands behind an `opt` differ, which a client would decode as `null`. Only metadata values may
/// differ: the registry uses fewer kinds of them than the standard has.
#[test]
fn should_have_the_very_types_of_the_standards_when_no_metadata_value_is_in_them() {
    let (_, (ours, our_service)) = instantiate_candid(CandidSource::File(&declared())).expect("valid");
    let (_, (standard, standard_service)) = instantiate_candid(CandidSource::Text(STANDARDS)).expect("valid");
    let methods = standard.as_service(&standard_service).expect("a service");
    assert_eq!(methods.len(), 22);
    for (name, method) in methods {
        if name.ends_with("_metadata") {
            continue;
        }
        let our_method = ours.get_method(&our_service, name).expect("present").clone();
        let mut environment = ours.clone();
        let method = environment.merge_type(standard.clone(), method.clone());
        equal(&mut HashSet::new(), &environment, &candid::types::TypeInner::Func(our_method).into(), &method)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
