//! What makes a receipt a claim: what a kind may ask for, and whether a receipt says it.

use calisec_types::ids::{FieldElement, Timestamp};
use calisec_types::membership::{
    ClaimKind, MAX_ATTRIBUTE_BYTES, MAX_CLAIM_PERIOD_SECONDS, MAX_CLAIM_ROOTS, MIN_CLAIM_PERIOD_SECONDS, Proves,
    attribute_tag, claim_period, claim_period_bounds,
};

/// Of Semaphore's circuits.
const DEPTHS: std::ops::RangeInclusive<u8> = 1..=32;
/// The least integer that is no scalar of BN254, in which all these statements live.
const MODULUS: [u8; 32] = [
    0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45, 0xb6, 0x81, 0x81, 0x58, 0x5d, 0x28, 0x33, 0xe8,
    0x48, 0x79, 0xb9, 0x70, 0x91, 0x43, 0xe1, 0xf5, 0x93, 0xf0, 0x00, 0x00, 0x01,
];

/// Whether a kind is one that could be proved. Its name is checked elsewhere.
///
/// # Errors
/// Why not, for humans.
pub fn check_kind(kind: &ClaimKind) -> Result<(), String> {
    let ClaimKind { name: _, circuit: _, proves, period_seconds } = kind;
    if !(MIN_CLAIM_PERIOD_SECONDS..=MAX_CLAIM_PERIOD_SECONDS).contains(period_seconds) {
        return Err(format!(
            "period_seconds must be between {MIN_CLAIM_PERIOD_SECONDS} and {MAX_CLAIM_PERIOD_SECONDS}"
        ));
    }
    if !(1..=MAX_CLAIM_ROOTS).contains(&proves.roots().len()) {
        return Err(format!(
            "between 1 and {MAX_CLAIM_ROOTS} roots are needed: without one anybody could attest anything"
        ));
    }
    if proves.attribute().is_some_and(|attribute| !(1..=MAX_ATTRIBUTE_BYTES).contains(&attribute.len())) {
        return Err(format!("an attribute has 1 to {MAX_ATTRIBUTE_BYTES} bytes"));
    }
    let set_root = match proves {
        Proves::Range { low, high, .. } if low > high => return Err("the range is empty".to_owned()),
        Proves::OneOfGroup { depth, .. } if !DEPTHS.contains(depth) => {
            return Err("a depth is between 1 and 32".to_owned());
        }
        Proves::OneOf { set_root, .. } => Some(set_root),
        Proves::Range { .. } | Proves::Leaf { .. } | Proves::OneOfGroup { .. } => None,
    };
    // Zero is the root of an empty tree.
    let is_root = |root: &FieldElement| root.0 < MODULUS && root.0 != [0; 32];
    if !proves.roots().iter().chain(set_root).all(is_root) {
        return Err("a root is a scalar of BN254 other than zero, 32 bytes big-endian".to_owned());
    }
    Ok(())
}

/// Whether public inputs of its statement say what a kind asks for.
///
/// # Errors
/// What they do not say, for humans.
pub fn check_inputs(proves: &Proves, inputs: &[FieldElement]) -> Result<(), &'static str> {
    let is_trusted = inputs.first().is_some_and(|root| proves.roots().contains(root));
    let is_about = |name: &str, tag: &FieldElement| *tag == attribute_tag(name);
    match (proves, inputs) {
        _ if !is_trusted => Err("it is proved against a root that the kind does not trust"),
        (
            Proves::Range { attribute, low, high, .. },
            [_root, _nullifier, _context, _signal, _scope, tag, proved_low, proved_high],
        ) => {
            if !is_about(attribute, tag) {
                Err("it is about another attribute")
            } else if *proved_low < number(*low) || *proved_high > number(*high) {
                Err("the range that it proves is not within the kind's")
            } else {
                Ok(())
            }
        }
        (
            Proves::OneOf { attribute, set_root, .. },
            [_root, _nullifier, _context, _signal, _scope, tag, proved_set],
        ) => {
            if !is_about(attribute, tag) {
                Err("it is about another attribute")
            } else if proved_set != set_root {
                Err("it is about another set")
            } else {
                Ok(())
            }
        }
        (Proves::Leaf { .. }, [_, _, _, _, _]) | (Proves::OneOfGroup { .. }, [_, _, _, _]) => Ok(()),
        _ => Err("its public inputs are of another statement"),
    }
}

/// When a claim of a period counts, that is proved at a time; `None` when the period is over by now, or neither this nor the next.
/// The next one's can be made ahead, so that no member is without a claim between two periods.
#[must_use]
pub fn counts_in(
    kind: &ClaimKind,
    period: u64,
    proved_at: Timestamp,
    now: Timestamp,
) -> Option<(Timestamp, Timestamp)> {
    let current = claim_period(now, kind.period_seconds);
    if period != current && Some(period) != current.checked_add(1) {
        return None;
    }
    let (start, end) = claim_period_bounds(period, kind.period_seconds);
    Some((start.max(proved_at), end))
}

/// A number as a public input: 32 bytes, big-endian.
fn number(value: u64) -> FieldElement {
    let mut bytes = [0; 32];
    bytes[24..].copy_from_slice(&value.to_be_bytes());
    FieldElement(bytes)
}

#[cfg(test)]
mod tests;
