//! Ownership claims as a Calimero node answers them.

use crate::failure::Failure;
use crate::verbs::read_text;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use calisec_sdk::types::membership::OwnershipClaim;
use serde::Deserialize;
use std::path::Path;

/// Larger files are refused.
const MAX_FILE_BYTES: u64 = 16 * 1024;

/// What `issue-ownership-proof` and `issue-namespace-ownership-proof` answer; `meroctl` shows it below `data`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issued {
    signed_payload: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answered {
    Wrapped { data: Issued },
    Bare(Issued),
}

/// The claim in a file with the node's JSON.
pub fn read(path: &Path) -> Result<OwnershipClaim, Failure> {
    let wrong = |what: &str| {
        Failure::usage(format!(
            "{} is no ownership claim: {what}; the JSON is expected that a node answers to \
             POST /admin-api/groups/<group>/issue-ownership-proof",
            path.display()
        ))
    };
    parse(&read_text(path, MAX_FILE_BYTES)?).map_err(wrong)
}

fn parse(text: &str) -> Result<OwnershipClaim, &'static str> {
    let answered: Answered =
        serde_json::from_str(text).map_err(|_| "signedPayload and signature are not both there")?;
    let (Answered::Wrapped { data: issued } | Answered::Bare(issued)) = answered;
    let bytes = |text: &str| BASE64.decode(text.trim());
    Ok(OwnershipClaim {
        payload: bytes(&issued.signed_payload).map_err(|_| "signedPayload is not base64")?.into(),
        signature: bytes(&issued.signature).map_err(|_| "signature is not base64")?.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn should_read_what_a_node_answers() {
        let bare = r#"{"signerPublicKey": "x", "signedPayload": "eyJ2IjoxfQ==", "signature": "AAAA"}"#;
        for text in [bare.to_owned(), format!("{{\"data\": {bare}}}")] {
            let claim = parse(&text).expect(&text);
            assert_eq!((claim.payload.as_slice(), claim.signature.len()), (b"{\"v\":1}".as_slice(), 3));
        }
        for text in ["", "{}", "{\"data\": {}}", &bare.replace("AAAA", "%"), &bare.replace("eyJ2IjoxfQ==", "{}")] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
