//! Identities in files: Ed25519 keys as PKCS#8 in PEM, as `openssl` and `dfx` have them, or as 32 bytes in hex or base58.

use crate::failure::Failure;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use calisec_sdk::identity::Identity;
use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// PKCS#8 of an Ed25519 key up to the key (RFC 8410), without and with the public key after it.
const PKCS8_V1: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
const PKCS8_V2: [u8; 16] =
    [0x30, 0x53, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// What stands before the public key in the second form, as ring writes it and as RFC 8410 has it.
const PUBLIC_KEY: [&[u8]; 2] = [&[0xa1, 0x23, 0x03, 0x21, 0x00], &[0x81, 0x21, 0x00]];
const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
/// Far more than any key file has.
const MAX_FILE_BYTES: u64 = 4_096;

/// The identity in a file that only its owner can read.
pub fn load(path: &Path) -> Result<Identity, Failure> {
    let refused = |why: String| Failure::setup(format!("cannot use the identity {}: {why}", path.display()));
    let file = fs::File::open(path)
        .map_err(|error| refused(format!("{error}; make one with 'calisec identity new --out {}'", path.display())))?;
    require_private(&file, path)?;
    let mut text = String::new();
    file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(|error| refused(error.to_string()))?;
    parse(&text).map_err(refused)
}

/// Writes the identity to a new file that only its owner can read.
pub fn save(identity: &Identity, path: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::usage(format!(
            "{} exists: identities are never overwritten; choose another --out, or move the file away",
            path.display()
        )),
        _ => Failure::internal(format!("cannot write {}: {error}", path.display())),
    };
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    let mut file = create_private(path).map_err(failed)?;
    file.write_all(to_pem(identity).as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// Where the identity is when nobody says otherwise.
pub fn default_path() -> PathBuf {
    directory().join("identity.pem")
}

/// The user's configuration directory of this program.
fn directory() -> PathBuf {
    let chosen = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    chosen("CALISEC_CONFIG_DIR")
        .or_else(|| chosen("XDG_CONFIG_HOME").map(|config| config.join("calisec")))
        .or_else(|| chosen("HOME").map(|home| home.join(".config/calisec")))
        .unwrap_or_else(|| PathBuf::from(".calisec-config"))
}

/// The identity in the text of a file.
pub fn parse(text: &str) -> Result<Identity, String> {
    let text = text.trim();
    if text.contains("-----BEGIN ") {
        return Ok(Identity::from_seed(from_pem(text)?));
    }
    let seed = match text.len() {
        64 => hex::decode(text).map_err(|_| "64 characters that are not all hex digits".to_owned())?,
        length if length <= 44 => bs58_decode(text).ok_or("neither PEM, nor 64 hex digits, nor base58")?,
        length => {
            return Err(format!("{length} characters are neither PEM, nor 64 hex digits, nor base58 of 32 bytes"));
        }
    };
    let seed: [u8; 32] =
        seed.try_into().map_err(|seed: Vec<u8>| format!("a seed has 32 bytes, this one {}", seed.len()))?;
    Ok(Identity::from_seed(seed))
}

fn bs58_decode(text: &str) -> Option<Vec<u8>> {
    // An id is 32 bytes in base58 as well, and its decoder is at hand.
    text.parse::<calisec_sdk::types::ids::ContextId>().ok().map(|bytes| bytes.0.to_vec())
}

fn from_pem(text: &str) -> Result<[u8; 32], String> {
    let not_ours = "only unencrypted Ed25519 keys in PKCS#8 ('BEGIN PRIVATE KEY') can be used; \
                    'calisec identity new' makes one";
    let body = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).ok_or(not_ours)?.0;
    let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let der = BASE64.decode(body).map_err(|_| "what stands between BEGIN and END is not base64".to_owned())?;
    let seed = match der.split_at_checked(16) {
        Some((head, seed)) if head == PKCS8_V1 && seed.len() == 32 => seed,
        Some((head, rest)) if is_second_form(head, rest) => &rest[..32],
        _ => return Err(not_ours.to_owned()),
    };
    let seed: [u8; 32] = seed.try_into().map_err(|_| not_ours.to_owned())?;
    let public = &der[der.len() - 32..];
    if der.len() > 48 && Identity::from_seed(seed).account().0 != public {
        return Err("the public key in it is not that of the private key".to_owned());
    }
    Ok(seed)
}

fn is_second_form(head: &[u8], rest: &[u8]) -> bool {
    let has_public_key = PUBLIC_KEY.iter().any(|tag| rest.len() == 32 + tag.len() + 32 && rest[32..].starts_with(tag));
    // The first length byte is of everything after it.
    let has_its_length = usize::from(head[1]) == 14 + rest.len();
    head[0] == 0x30 && head[2..] == PKCS8_V2[2..] && has_its_length && has_public_key
}

fn to_pem(identity: &Identity) -> String {
    let der = [PKCS8_V1.as_slice(), identity.to_seed().as_slice()].concat();
    format!("{BEGIN}\n{}\n{END}\n", BASE64.encode(der))
}

/// Makes a new file that only its owner can read.
#[cfg(unix)]
pub fn create_private(path: &Path) -> std::io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Makes a new file.
#[cfg(not(unix))]
pub fn create_private(path: &Path) -> std::io::Result<fs::File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Refuses a secret that others can read.
#[cfg(unix)]
pub fn require_private(file: &fs::File, path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(|error| Failure::internal(error.to_string()))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Failure::setup(format!(
        "{path} holds a secret and can be read by others (mode {mode:03o}): run 'chmod 600 {path}', and think about who may \
         have read it",
        path = path.display(),
        mode = mode & 0o777
    )))
}

/// Who can read a file is not known here.
#[cfg(not(unix))]
pub fn require_private(_: &fs::File, _: &Path) -> Result<(), Failure> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{BASE64, PKCS8_V2, PUBLIC_KEY, parse, to_pem};
    use base64::Engine;
    use calisec_sdk::identity::Identity;

    #[test]
    fn should_read_a_key_when_it_is_written_in_any_of_the_ways() {
        let alice = Identity::from_seed([7; 32]);
        let public = alice.account().0;
        let long = [PKCS8_V2.as_slice(), &[7; 32], PUBLIC_KEY[0], &public].concat();
        let short = [&[0x30, 0x51], &PKCS8_V2[2..], &[7; 32], PUBLIC_KEY[1], &public].concat();
        let pem =
            |der: &[u8]| format!("-----BEGIN PRIVATE KEY-----\r\n{}\n-----END PRIVATE KEY-----\n", BASE64.encode(der));
        let openssl = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n-----END PRIVATE KEY-----\n";
        let base58 = calisec_sdk::types::ids::ContextId([7; 32]).to_string();
        for text in [to_pem(&alice), openssl.to_owned(), pem(&long), pem(&short), "07".repeat(32), base58] {
            let read = parse(&text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(read.account(), alice.account(), "{text}");
        }
        let other = [PKCS8_V2.as_slice(), &[8; 32], PUBLIC_KEY[0], &public].concat();
        assert!(parse(&pem(&other)).unwrap_err().contains("public key"));
    }

    #[test]
    fn should_say_what_is_accepted_when_a_file_holds_something_else() {
        let secp = "-----BEGIN EC PRIVATE KEY-----\nMHQCAQEEIA==\n-----END EC PRIVATE KEY-----";
        let cut = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAcH\n-----END PRIVATE KEY-----";
        let noise = "-----BEGIN PRIVATE KEY-----\n%%%\n-----END PRIVATE KEY-----";
        for (text, says) in [
            ("", "PEM"),
            ("abc", "PEM"),
            (&*"0".repeat(63), "64 hex digits"),
            (&*"g".repeat(64), "hex digits"),
            (secp, "Ed25519"),
            (cut, "Ed25519"),
            (noise, "base64"),
        ] {
            let why = parse(text).expect_err(text);
            assert!(why.contains(says), "{text}: {why}");
        }
    }
}
