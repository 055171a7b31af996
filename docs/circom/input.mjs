// usage: node input.mjs STATEMENT claim.json > input.json
// The private and public inputs of STATEMENT.circom, from what a submission says. See docs/statements.md.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const claim = JSON.parse(readFileSync(process.argv[3], "utf8"));
const hex = (text) => Buffer.from(text, "hex");

// SHA-256, shifted right by 8 bits: always below the modulus.
const h248 = (...parts) => BigInt("0x" + createHash("sha256").update(Buffer.concat(parts)).digest("hex")) >> 8n;

// The bytes of a principal: base32 without padding, after four bytes of checksum.
function principal(text) {
  let bits = "";
  for (const letter of text.replaceAll("-", "")) {
    bits += "abcdefghijklmnopqrstuvwxyz234567".indexOf(letter).toString(2).padStart(5, "0");
  }
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2))).subarray(4);
}

const len8 = (bytes) => Buffer.concat([Buffer.from([bytes.length]), bytes]);
const len16 = (bytes) => Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);

const text = (value) => Buffer.from(value);
const tag = (name, ...parts) => h248(text(`calisec.${name}.v1\0`), ...parts).toString();
const network = hex(claim.network_root_key_hash);
const [verifier, consumer, submitter] = [claim.proof_verifier, claim.consumer, claim.submitter].map(principal);
const context = hex(claim.context_id);
// What a nullifier counts in leaves out the submitter, and the choice after "#".
const topic = claim.purpose.split("#")[0];

const context_tag = tag("context", context);
const bound_signal = tag(
  "domain",
  network,
  len8(verifier),
  context,
  len8(consumer),
  len8(submitter),
  len16(text(claim.purpose)),
);
const scope = tag("scope", network, len8(verifier), context, len8(consumer), len16(text(topic)));

const note = {
  content_tag: tag("content", hex(claim.content_hash)),
  owner_secret: claim.owner_secret,
  salt: claim.salt,
};

// A path from the leaf upwards, filled up to the levels of the circuit.
function path({ siblings, sides }, levels, suffix = "") {
  const filled = (list, nothing) => [...list, ...Array(levels - siblings.length).fill(nothing)];
  return {
    [`is_present${suffix}`]: filled(siblings.map(() => "1"), "0"),
    [`sibling_is_left${suffix}`]: filled(siblings.map((_, level) => String((sides >> level) & 1)), "0"),
    [`siblings${suffix}`]: filled(siblings, "0"),
  };
}

const { credential } = claim;
const attested = () => ({
  context_tag,
  bound_signal,
  scope,
  attribute_tag: tag("attribute", text(credential.attribute)),
  holder_secret: credential.holder_secret,
  value: credential.value,
  salt: credential.salt,
  ...path(credential.path, 8),
});

// Semaphore's hash of a number: Keccak-256 of its 32 bytes, shifted right by 8 bits.
async function semaphoreHash(number) {
  const { keccak_256 } = await import("@noble/hashes/sha3");
  const digest = keccak_256(hex(BigInt(number).toString(16).padStart(64, "0")));
  return (BigInt("0x" + Buffer.from(digest).toString("hex")) >> 8n).toString();
}

async function ownKeySignal({ secret_scalar, path: { siblings, sides } }, levels) {
  return {
    secret: secret_scalar,
    merkleProofLength: siblings.length,
    merkleProofIndex: sides,
    merkleProofSiblings: [...siblings, ...Array(levels - siblings.length).fill("0")],
    message: await semaphoreHash(bound_signal),
    scope: await semaphoreHash(scope),
  };
}

const inputs = {
  note_commitment: () => ({ context_tag, bound_signal, ...note }),
  context_membership: () => ({ context_tag, bound_signal, scope, ...note, ...path(claim.path, 8) }),
  credential_range: () => ({ ...attested(), low: credential.low, high: credential.high }),
  credential_set: () => ({
    ...attested(),
    set_root: credential.set_root,
    ...path(credential.path_in_set, 3, "_in_set"),
  }),
  own_key_signal: () => ownKeySignal(claim.identity, 8),
  // For generateProof of @semaphore-protocol/core.
  anonymous_signal: () => ({ message: bound_signal, scope }),
};
console.log(JSON.stringify(await inputs[process.argv[2]]()));
