//! Everything an application needs to keep a secret note with CaliSEC.
//!
//! | module | for |
//! |---|---|
//! | [`aggregate`] | committing to a training update, summing updates, checking a sum |
//! | [`identity`] | an Ed25519 key: the principal that calls, signatures of payloads, and the key that envelopes are sealed to |
//! | [`note`] | encrypting a note, so that only who holds its [`note::NoteKey`] can read it |
//! | [`commitment`] | what the owner must remember to prove anything about a note |
//! | [`circuit`], [`prover`] | the zero-knowledge proof that a commitment is well formed and bound to one context and use |
//! | [`semaphore`] | identities of Semaphore's groups, whose members signal without saying who they are |
//! | [`envelope`] | handing a note's key to one recipient |
//! | [`verify`] | checking certified answers and the audit log, without trusting the node that passed them on |
//! | [`clients`] | typed clients of the canisters, over any transport |
//!
//! Nothing here is read from the environment: randomness comes from a [`Random`] that the caller makes.
//!
//! # From a note to its reader
//!
//! ```
//! use calisec_sdk::{Random, commitment::{NoteOpening, OwnerSecret}, envelope::{self, Recipient}, identity::Identity, note};
//! use calisec_types::ids::{ContextId, Epoch, NoteId};
//!
//! let mut random = Random::from_seed([7; 32]);
//! let context = ContextId([1; 32]);
//!
//! // The author encrypts, and commits to what was encrypted.
//! let encrypted = note::encrypt(&context, b"The recipe is in the blue tin.", &mut random)?;
//! let author = OwnerSecret::random(&mut random);
//! let opening = NoteOpening::new(encrypted.key.content_hash(), &author, &mut random);
//! assert_eq!(opening.content_hash(), encrypted.key.content_hash());
//!
//! // Once the note has an id, the author seals its key to a reader.
//! let reader = Identity::random(&mut random);
//! let to = Recipient { context, note: NoteId(1), epoch: Epoch(0), key: reader.kem_key() };
//! let sealed = envelope::seal(&encrypted.key, &to, &mut random)?;
//!
//! // The reader opens the envelope, then the note.
//! let key = envelope::open(&sealed, &to, &reader)?;
//! assert_eq!(note::decrypt(&context, &key, &encrypted.ciphertext)?.as_slice(), b"The recipe is in the blue tin.");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "agent")]
pub mod agent;
pub mod aggregate;
pub mod circuit;
pub mod commitment;
pub mod envelope;
pub mod identity;
pub mod note;
pub mod prover;
mod random;
pub mod semaphore;
#[cfg(feature = "stark")]
pub mod stark;
pub mod verify;

pub use calisec_clients as clients;
pub use calisec_types as types;
pub use calisec_zk as zk;
#[cfg(feature = "os-random")]
pub use random::OsRandomUnavailable;
pub use random::Random;
