//! Reading what people type, with the remedy in every refusal.

use crate::binding::Consumer;
use calisec_sdk::types::ids::{
    AccountId, ApplicationId, CircuitId, ContextId, DeviceKey, Digest32, GroupId, KemKey, ReceiptId, StateRoot,
    Timestamp,
};
use calisec_sdk::types::membership::Capability;
use calisec_sdk::zk::field::{Fr, parse_be32};
use calisec_testkit::modules::CANISTERS;
use candid::Principal;
use std::time::Duration;

/// Longer text is not echoed.
const ECHOED: usize = 70;

fn echo(text: &str) -> String {
    let shown: String = text.chars().take(ECHOED).collect();
    if shown.len() < text.len() { format!("'{shown}...' ({} bytes)", text.len()) } else { format!("'{shown}'") }
}

/// 32 bytes in base58, as Calimero writes contexts and accounts, or as 64 hex digits.
fn base58_or_hex(text: &str, what: &str) -> Result<[u8; 32], String> {
    let wrong = || {
        format!(
            "{} is no {what}: 32 bytes are expected, in base58 (43 or 44 characters) as 'calisec identity show' and \
             Calimero print them, or as 64 hex digits",
            echo(text)
        )
    };
    if text.len() == 64 {
        return hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong);
    }
    text.parse::<ContextId>().map(|id| id.0).map_err(|_| wrong())
}

fn hex32(text: &str, what: &str, source: &str) -> Result<[u8; 32], String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode(digits)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| format!("{} is no {what}: 64 hex digits are expected, not {}; {source}", echo(text), text.len()))
}

/// A context.
pub fn context(text: &str) -> Result<ContextId, String> {
    base58_or_hex(text, "context").map(ContextId)
}

/// A group.
pub fn group(text: &str) -> Result<GroupId, String> {
    base58_or_hex(text, "group")
        .map(GroupId)
        .map_err(|_| format!("{} is no group: 64 hex digits are expected, as Calimero writes groups", echo(text)))
}

/// An account.
pub fn account(text: &str) -> Result<AccountId, String> {
    base58_or_hex(text, "account").map(AccountId)
}

/// An account by the id that Calimero lists it by.
pub fn calimero_account(text: &str) -> Result<Digest32, String> {
    base58_or_hex(text, "account").map(Digest32)
}

/// A device's key.
pub fn device(text: &str) -> Result<DeviceKey, String> {
    base58_or_hex(text, "device key").map(DeviceKey)
}

/// An application.
pub fn application(text: &str) -> Result<ApplicationId, String> {
    base58_or_hex(text, "application").map(ApplicationId)
}

/// The root of a state.
pub fn state_root(text: &str) -> Result<StateRoot, String> {
    base58_or_hex(text, "state root").map(StateRoot)
}

/// An X25519 key.
pub fn kem_key(text: &str) -> Result<KemKey, String> {
    hex32(text, "envelope key", "'calisec identity show' prints it as kem_key").map(KemKey)
}

/// A circuit.
pub fn circuit(text: &str) -> Result<CircuitId, String> {
    hex32(text, "circuit id", "'calisec circuit list' prints those there are").map(CircuitId)
}

/// A receipt.
pub fn receipt(text: &str) -> Result<ReceiptId, String> {
    hex32(text, "receipt id", "'calisec submit' and 'calisec receipt list' print them").map(ReceiptId)
}

/// Any 32 bytes.
pub fn digest(text: &str) -> Result<Digest32, String> {
    hex32(text, "SHA-256 digest", "'sha256sum' prints one").map(Digest32)
}

/// A principal.
pub fn principal(text: &str) -> Result<Principal, String> {
    Principal::from_text(text)
        .map_err(|error| format!("{} is no principal ({error}); they look like 'w7x7r-cok77-xa'", echo(text)))
}

/// A canister that consumes receipts.
pub fn consumer(text: &str) -> Result<Consumer, String> {
    match CANISTERS.into_iter().find(|name| *name == text) {
        Some(name) => Ok(Consumer::Named(name)),
        None => principal(text).map(Consumer::Id).map_err(|why| format!("{why}; or one of {}", CANISTERS.join(", "))),
    }
}

/// An element of the field, in hex.
pub fn element(text: &str) -> Result<[u8; 32], String> {
    let bytes = hex32(text, "element of the field", "the verb that makes one prints it")?;
    let checked = parse_be32::<Fr>(&bytes);
    checked.map(|_| bytes).map_err(|_| format!("{} is not below the modulus of the field", echo(text)))
}

/// A duration: a number and one of s, m, h, d.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{} is no duration: a number and s, m, h or d are expected, like '90s' or '7d'", echo(text));
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let total = number.checked_mul(seconds).filter(|total| *total <= 100 * 366 * 24 * 60 * 60);
    total.map(Duration::from_secs).ok_or_else(|| format!("{} is longer than a hundred years", echo(text)))
}

/// A number that counts something from zero.
pub fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{} is no number from 0 to {}", echo(text), u64::MAX))
}

/// A capability, by its name.
pub fn capability(text: &str) -> Result<Capability, String> {
    let names = || Capability::ALL.map(Capability::name).join(", ");
    let found = Capability::ALL.into_iter().find(|capability| capability.name() == text);
    found.ok_or_else(|| format!("{} is no capability; there are {}", echo(text), names()))
}

/// `name=principal`, for `--canister`.
pub fn canister(text: &str) -> Result<(String, Principal), String> {
    let names = calisec_testkit::modules::CANISTERS;
    let (name, id) = text
        .split_once('=')
        .filter(|(name, _)| names.contains(name))
        .ok_or_else(|| format!("{} is not NAME=ID with a name of {}", echo(text), names.join(", ")))?;
    Ok((name.to_owned(), principal(id)?))
}

/// This much later.
pub fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.plus_seconds(by.as_secs())
}

#[cfg(test)]
mod tests {
    use super::{account, canister, circuit, context, duration, principal};
    use calisec_sdk::types::ids::ContextId;
    use std::time::Duration;

    #[test]
    fn should_read_an_id_when_it_is_in_base58_or_hex() {
        let id = ContextId([9; 32]);
        assert_eq!(context(&id.to_string()), Ok(id));
        assert_eq!(context(&"09".repeat(32)), Ok(id));
        assert_eq!(account(&id.to_string()).unwrap().0, id.0);
        assert_eq!(circuit(&format!("0x{}", "09".repeat(32))).unwrap().0, id.0);
    }

    #[test]
    fn should_say_what_is_expected_when_an_id_is_none() {
        for text in ["", "0", "OIl", &"a".repeat(31), &"1".repeat(31), &"zz".repeat(32), &"a".repeat(100_000)] {
            let why = context(text).unwrap_err();
            assert!(why.contains("base58") && why.len() < 400, "{why}");
            assert!(circuit(text).unwrap_err().contains("64 hex digits"));
            assert!(principal(text).is_err());
        }
    }

    #[test]
    fn should_read_durations_when_they_have_a_unit() {
        for (text, seconds) in [("0s", 0), ("90s", 90), ("5m", 300), ("2h", 7_200), ("7d", 604_800)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "5", "s", "-1s", "1.5h", "1w", "1 s", "5é", "18446744073709551615d", "9999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn should_name_the_canisters_when_an_override_is_wrong() {
        assert_eq!(canister("membership=aaaaa-aa").unwrap().0, "membership");
        for text in ["", "membership", "registry=aaaaa-aa", "membership=nonsense"] {
            let why = canister(text).unwrap_err();
            assert!(why.contains("membership") || why.contains("principal"), "{why}");
        }
    }
}
